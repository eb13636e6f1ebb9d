//! `aws_vpc_endpoint_service`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/vpc_endpoint_service>).

use serde_json::json;

use super::network::{FILTER, filters, set_tags};
use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::hash::hashcode;
use crate::obj::Obj;

/// `aws_vpc_endpoint_service`.
pub static VPC_ENDPOINT_SERVICE: DataSource = data(
    "aws_vpc_endpoint_service",
    &[
        boolean("acceptance_required").computed().zero(),
        string("arn").computed().unread(),
        strings("availability_zones").computed().zero(),
        strings("base_endpoint_dns_names").computed().zero(),
        block_set("filter", &FILTER).unread(),
        boolean("manages_vpc_endpoints").computed().zero(),
        string("owner").computed(),
        string("private_dns_name").computed().zero(),
        strings("private_dns_names").computed().from("PrivateDnsNames[].PrivateDnsName").zero(),
        string("region").computed().from("ServiceRegion").zero(),
        string("service").unread().conflicts_with(&["service_name"]),
        string("service_id").computed(),
        string("service_name").optional_computed(),
        strings("service_regions").unread(),
        string("service_type").optional_computed().from("ServiceType[0].ServiceType"),
        strings("supported_ip_address_types").computed().zero(),
        map("tags", &Kind::String).optional_computed().unread(),
        boolean("vpc_endpoint_policy_supported").computed().zero(),
    ],
    read,
)
.timeouts();

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = match (obj.str("service_name"), obj.str("service")) {
            (Some(name), _) => Some(name.to_owned()),
            (None, Some(service)) => {
                let prefix = cx.settings.dns_suffix.split('.').rev().collect::<Vec<_>>().join(".");
                Some(format!("{prefix}.{}.{service}", cx.region()))
            }
            (None, None) => None,
        };
        let mut input = json!({});
        if let Some(name) = &name {
            input["ServiceNames"] = json!([name]);
        }
        let all = filters(obj, &[("service_type", "service-type")]);
        if all.as_array().is_some_and(|f| !f.is_empty()) {
            input["Filters"] = all;
        }
        if !obj.is_zero("service_regions") {
            input["ServiceRegions"] = json!(obj.strs("service_regions"));
        }
        let mut found = cx.list("ec2", "DescribeVpcEndpointServices", "ServiceDetails", input).await?;
        if let Some(name) = &name {
            found.retain(|s| doc::text(s, "ServiceName") == *name);
        }
        let item = exactly_one("VPC endpoint service", found)?;
        doc::fill(VPC_ENDPOINT_SERVICE.attrs, &item, obj);
        let service_name = obj.text("service_name").to_owned();
        obj.set("id", hashcode(&service_name).to_string());
        let (partition, region, account) = (cx.settings.partition, obj.text("region"), cx.account().await?);
        let arn = format!("arn:{partition}:ec2:{region}:{account}:vpc-endpoint-service/{}", obj.text("service_id"));
        obj.set("arn", arn);
        set_tags(cx, obj, &item);
        Ok(())
    })
}
