//! `aws_route_table_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/route_table_association>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_route_table_association`.
pub static ROUTE_TABLE_ASSOCIATION: Resource = resource("aws_route_table_association", &super::EC2)
    .id("AssociationId")
    .attrs(&[
        string("gateway_id").replaces().zero().exactly_one_of(&["gateway_id", "subnet_id"]),
        string("route_table_id").required(),
        string("subnet_id").replaces().zero(),
    ])
    .timeouts(&[("create", 300), ("update", 120), ("delete", 300)])
    .create("AssociateRouteTable", "")
    .key(&[("AssociationId", "id")])
    .read(Read::PerParent { parent: &super::ROUTE_TABLES, of: "route_table_id", pick })
    .dead("AssociationState.State", &["disassociated"])
    .wait("AssociationState.State", &["associating"], &["associated", ""])
    .updates(&[update_with(replace, &["route_table_id"])])
    .delete("DisassociateRouteTable")
    .gone(&["InvalidAssociationID.NotFound"])
    .imports(import);

fn pick(table: &Json, obj: &Obj) -> Option<Json> {
    doc::items(table, "Associations").into_iter().find(|a| doc::text(a, "RouteTableAssociationId") == obj.id())
}

/// AWS gives a moved association a new id.
fn replace<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"AssociationId": work.prior.id(), "RouteTableId": work.state.text("route_table_id")});
        let answer = cx.ec2("ReplaceRouteTableAssociation", input).await?;
        work.state.set("id", doc::text(&answer, "NewAssociationId"));
        Ok(())
    })
}

fn import<'a>(cx: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let wrong = |text: String| Fail::new("Invalid import id", text);
        let Some((target, table)) = id.split_once('/') else {
            return Err(wrong(format!(
                "{id:?} is no association: give the subnet or gateway and the route table, as subnet-1234/rtb-5678."
            )));
        };
        let found =
            cx.load(&super::ROUTE_TABLES, table).await?.map(|t| doc::items(&t, "Associations")).unwrap_or_default();
        let one = found.iter().find(|a| doc::text(a, "SubnetId") == target || doc::text(a, "GatewayId") == target);
        let Some(one) = one else {
            return Err(wrong(format!("The route table {table:?} is not associated with {target:?}.")));
        };
        obj.set("id", doc::text(one, "RouteTableAssociationId"));
        obj.set("route_table_id", table);
        Ok(())
    })
}
