//! `aws_vpc_dhcp_options` and `aws_vpc_dhcp_options_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc_dhcp_options>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

static DHCP_OPTIONS: Many = super::many(
    "DescribeDhcpOptions",
    "DhcpOptionsIds",
    "DhcpOptions",
    "DhcpOptionsId",
    Some(("Filters", "dhcp-options-id")),
);

/// Arguments and the keys that AWS has for them.
const OPTIONS: &[(&str, &str)] = &[
    ("domain_name", "domain-name"),
    ("domain_name_servers", "domain-name-servers"),
    ("ipv6_address_preferred_lease_time", "ipv6-address-preferred-lease-time"),
    ("netbios_name_servers", "netbios-name-servers"),
    ("netbios_node_type", "netbios-node-type"),
    ("ntp_servers", "ntp-servers"),
];

/// `aws_vpc_dhcp_options`.
pub static VPC_DHCP_OPTIONS: Resource = resource("aws_vpc_dhcp_options", &super::EC2)
    .arn("ec2:dhcp-options/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("domain_name").replaces().local(),
        list("domain_name_servers", &Kind::String).replaces().local(),
        string("ipv6_address_preferred_lease_time").replaces().local(),
        list("netbios_name_servers", &Kind::String).replaces().local(),
        string("netbios_node_type").replaces().local(),
        list("ntp_servers", &Kind::String).replaces().local(),
        string("owner_id").computed().zero(),
    ])
    .tagged(super::tags("dhcp-options"))
    .create_with(create)
    .key(&[("DhcpOptionsId", "id")])
    .read(Read::Many(&DHCP_OPTIONS))
    .delete_with(delete)
    .gone(&["InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"])
    .after_read(read);

/// `aws_vpc_dhcp_options_association`.
pub static VPC_DHCP_OPTIONS_ASSOCIATION: Resource = resource("aws_vpc_dhcp_options_association", &super::EC2)
    .attrs(&[string("dhcp_options_id").required(), string("vpc_id").required().replaces()])
    .create_with(associate)
    .read(Read::PerParent { parent: &super::VPCS, of: "vpc_id", pick })
    .updates(&[update_with(associate, &["dhcp_options_id"])])
    .delete_with(disassociate)
    .gone(&["InvalidVpcID.NotFound"])
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut all: Vec<Json> = Vec::new();
        for (name, key) in OPTIONS {
            let many = work.state.strs(name);
            let values: Vec<&str> = work.state.str(name).into_iter().chain(many).collect();
            if !values.is_empty() {
                all.push(json!({"Key": key, "Values": values}));
            }
        }
        let mut input = Map::new();
        input.insert("DhcpConfigurations".into(), all.into());
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2("CreateDhcpOptions", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "DhcpOptions.DhcpOptionsId"));
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = doc::items(item, "DhcpConfigurations");
        for (name, key) in OPTIONS {
            let values = found.iter().find(|o| doc::text(o, "Key") == *key).map(|o| doc::texts(o, "Values[].Value"));
            let values = values.unwrap_or_default();
            if obj.type_of(name) == craton_model::Type::String {
                obj.set(name, values.first().map(String::as_str).unwrap_or_default());
            } else {
                obj.set_strs(name, values.iter().map(String::as_str));
            }
        }
        Ok(true)
    })
}

/// VPCs that use the options go back to none before the options go.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let filters = super::filter_list(&[("dhcp-options-id", work.prior.id())]);
        for vpc in cx.list("ec2", "DescribeVpcs", "Vpcs", json!({"Filters": filters})).await? {
            cx.ec2("AssociateDhcpOptions", json!({"VpcId": doc::text(&vpc, "VpcId"), "DhcpOptionsId": "default"}))
                .await?;
        }
        let input = json!({"DhcpOptionsId": work.prior.id()});
        cx.ec2_retry("DeleteDhcpOptions", input, std::time::Duration::from_secs(180), &["DependencyViolation"]).await?;
        Ok(())
    })
}

fn pick(vpc: &Json, obj: &Obj) -> Option<Json> {
    (doc::text(vpc, "DhcpOptionsId") == obj.text("dhcp_options_id")).then(|| vpc.clone())
}

fn associate<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (options, vpc) = (work.state.text("dhcp_options_id").to_owned(), work.state.text("vpc_id").to_owned());
        cx.ec2("AssociateDhcpOptions", json!({"DhcpOptionsId": options, "VpcId": vpc})).await?;
        work.state.set("id", format!("{options}-{vpc}"));
        Ok(())
    })
}

fn disassociate<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"DhcpOptionsId": "default", "VpcId": work.prior.text("vpc_id")});
        cx.ec2("AssociateDhcpOptions", input).await?;
        Ok(())
    })
}

/// The id people give is the VPC's.
fn import<'a>(cx: &'a Cx, vpc: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(found) = cx.load(&super::VPCS, vpc).await? else {
            return Err(Fail::new("Invalid import id", format!("AWS knows no VPC {vpc:?}.")));
        };
        let options = doc::text(&found, "DhcpOptionsId");
        obj.set("vpc_id", vpc);
        obj.set("id", format!("{options}-{vpc}"));
        obj.set("dhcp_options_id", options);
        Ok(())
    })
}
