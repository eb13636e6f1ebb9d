//! `aws_vpc_endpoint_route_table_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc_endpoint_route_table_association>).

use serde_json::{Value as Json, json};

use super::vpc_endpoint::VPC_ENDPOINTS;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::hash::hashcode;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_vpc_endpoint_route_table_association`.
pub static VPC_ENDPOINT_ROUTE_TABLE_ASSOCIATION: Resource =
    resource("aws_vpc_endpoint_route_table_association", &super::EC2)
        .attrs(&[
            string("route_table_id").required().replaces().unread(),
            string("vpc_endpoint_id").required().replaces().unread(),
        ])
        .create_with(create)
        .read(Read::PerParent { parent: &VPC_ENDPOINTS, of: "vpc_endpoint_id", pick })
        .delete_with(delete)
        .gone(&["InvalidVpcEndpointId.NotFound", "InvalidRouteTableId.NotFound"])
        .imports(import);

fn pick(endpoint: &Json, obj: &Obj) -> Option<Json> {
    let table = obj.text("route_table_id");
    doc::texts(endpoint, "RouteTableIds").iter().any(|t| t == table).then(|| json!({}))
}

fn id(obj: &Obj) -> String {
    format!("a-{}{}", obj.text("vpc_endpoint_id"), hashcode(obj.text("route_table_id")))
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let input = json!({"VpcEndpointId": s.text("vpc_endpoint_id"), "AddRouteTableIds": [s.text("route_table_id")]});
        cx.ec2("ModifyVpcEndpoint", input).await?;
        let id = id(s);
        work.state.set("id", id);
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let p = &work.prior;
        let input =
            json!({"VpcEndpointId": p.text("vpc_endpoint_id"), "RemoveRouteTableIds": [p.text("route_table_id")]});
        match cx.ec2("ModifyVpcEndpoint", input).await {
            Err(e) if !e.is(&["InvalidParameter"]) => Err(e),
            _ => Ok(()),
        }
    })
}

/// `vpce-1234/rtb-5678`
fn import<'a>(_: &'a Cx, given: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((endpoint, table)) = given.split_once('/') else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{given:?} is no association: give the endpoint and the route table, as vpce-1234/rtb-5678."),
            ));
        };
        obj.set("vpc_endpoint_id", endpoint);
        obj.set("route_table_id", table);
        let id = id(obj);
        obj.set("id", id);
        Ok(())
    })
}
