//! `aws_eip` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eip>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

static ADDRESSES: Many =
    super::many("DescribeAddresses", "AllocationIds", "Addresses", "AllocationId", Some(("Filters", "allocation-id")));

/// The names of addresses in the reverse DNS.
static ADDRESS_NAMES: Many = Many {
    service: "ec2",
    op: "DescribeAddressesAttribute",
    ids: "AllocationIds",
    items: "Addresses",
    key: "AllocationId",
    max: 200,
    filter: None,
    with: &[("Attribute", "domain-name")],
};

/// `aws_eip`.
pub static EIP: Resource = resource("aws_eip", &super::EC2)
    .id("AllocationId")
    .attrs(&[
        string("address").replaces().unread(),
        string("allocation_id").computed(),
        string("arn").computed().unread(),
        string("associate_with_private_ip").local(),
        string("association_id").computed().zero(),
        string("carrier_ip").computed().zero(),
        string("customer_owned_ip").computed().zero(),
        string("customer_owned_ipv4_pool").zero().replaces(),
        string("domain")
            .optional_computed()
            .replaces()
            .conflicts_with(&["vpc"])
            .check(&[Check::OneOf(&["standard", "vpc"])]),
        string("instance").optional_computed().zero().from("InstanceId").unsent(),
        string("ipam_pool_id").optional_computed().replaces().unread(),
        string("network_border_group").optional_computed().zero().replaces(),
        string("network_interface").optional_computed().zero().from("NetworkInterfaceId").unsent(),
        string("private_dns").computed().unread(),
        string("private_ip").computed().zero().from("PrivateIpAddress"),
        string("ptr_record").computed().unread(),
        string("public_dns").computed().unread(),
        string("public_ip").computed(),
        string("public_ipv4_pool").optional_computed().zero().replaces(),
        boolean("vpc").optional_computed().deprecated().replaces().local(),
    ])
    .tagged(super::tags("elastic-ip"))
    .timeouts(&[("read", 900), ("update", 300), ("delete", 180)])
    .create_with(create)
    .key(&[("AllocationId", "id")])
    .read(Read::Many(&ADDRESSES))
    .updates(&[update_with(change_association, ASSOCIATION).also_after_create()])
    .delete_with(delete)
    .gone(&["InvalidAllocationID.NotFound"])
    .after_read(read);

const ASSOCIATION: &[&str] = &["instance", "network_interface", "associate_with_private_ip"];

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        input.insert("Domain".into(), json!("vpc"));
        if let Some(t) = &work.resource.tags {
            let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
            t.at_creation(&tags, &mut input);
        }
        let answer = cx.ec2("AllocateAddress", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "AllocationId"));
        work.state.set("public_ip", doc::text(&answer, "PublicIp"));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = cx.load(&ADDRESS_NAMES, obj.id()).await?;
        obj.set("ptr_record", name.map(|n| doc::text(&n, "PtrRecord")).unwrap_or_default());
        if obj.str("arn").is_none() {
            let account = cx.account().await?.to_owned();
            obj.set("arn", cx.arn("ec2", &account, &format!("elastic-ip/{}", obj.id())));
        }
        obj.set("vpc", obj.text("domain") == "vpc");
        let region = cx.region().to_owned();
        let dashes = |ip: &str| ip.replace('.', "-");
        if let Some(ip) = obj.str("private_ip").map(dashes) {
            let zone = if region == "us-east-1" { "ec2.internal".into() } else { format!("{region}.compute.internal") };
            obj.set("private_dns", format!("ip-{ip}.{zone}"));
        }
        if let Some(ip) = obj.str("public_ip").map(dashes) {
            let suffix = cx.settings.dns_suffix;
            let zone = if region == "us-east-1" {
                format!("compute-1.{suffix}")
            } else {
                format!("{region}.compute.{suffix}")
            };
            obj.set("public_dns", format!("ec2-{ip}.{zone}"));
        }
        Ok(true)
    })
}

async fn disassociate(cx: &Cx, association: Option<&str>) -> Result<(), Fail> {
    let Some(association) = association else { return Ok(()) };
    match cx.ec2("DisassociateAddress", json!({"AssociationId": association})).await {
        Err(e) if !e.is(&["InvalidAssociationID.NotFound"]) => Err(e),
        _ => Ok(()),
    }
}

fn change_association<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        disassociate(cx, work.prior.str("association_id")).await?;
        let mut input = Map::new();
        // AWS takes an instance or an interface. The one that the state still has from before is not meant.
        let left = |name: &str, other: &str| work.config.is_zero(name) && !work.config.is_zero(other);
        let meant = |name: &str| match name {
            "instance" => !left("instance", "network_interface"),
            "network_interface" => !left("network_interface", "instance"),
            _ => true,
        };
        for (name, member) in [
            ("instance", "InstanceId"),
            ("network_interface", "NetworkInterfaceId"),
            ("associate_with_private_ip", "PrivateIpAddress"),
        ] {
            if let Some(v) = work.state.str(name).filter(|_| meant(name)) {
                input.insert(member.into(), json!(v));
            }
        }
        if input.contains_key("InstanceId") || input.contains_key("NetworkInterfaceId") {
            input.insert("AllocationId".into(), json!(work.state.id()));
            // An instance that is still starting cannot have an address.
            let passing = &["InvalidInstanceID", "InvalidAllocationID.NotFound"];
            cx.ec2_retry("AssociateAddress", Json::Object(input), work.limit, passing).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        // A NAT gateway has given its address up by itself when it comes to this; then there is nothing to end.
        disassociate(cx, work.prior.str("association_id")).await?;
        let input = json!({"AllocationId": work.prior.id()});
        cx.ec2_retry("ReleaseAddress", input, work.limit, &["InvalidIPAddress.InUse"]).await?;
        Ok(())
    })
}
