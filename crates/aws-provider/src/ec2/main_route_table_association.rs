//! `aws_main_route_table_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/main_route_table_association>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_main_route_table_association`.
pub static MAIN_ROUTE_TABLE_ASSOCIATION: Resource = resource("aws_main_route_table_association", &super::EC2)
    .attrs(&[
        string("original_route_table_id").computed().unread(),
        string("route_table_id").required(),
        string("vpc_id").required().replaces().unread(),
    ])
    .timeouts(&[("create", 300), ("update", 120), ("delete", 300)])
    .create_with(create)
    .read(Read::PerParent { parent: &super::ROUTE_TABLES, of: "route_table_id", pick })
    .updates(&[update_with(change, &["route_table_id"])])
    .delete_with(delete)
    .gone(&["InvalidAssociationID.NotFound"]);

fn pick(table: &Json, obj: &Obj) -> Option<Json> {
    doc::items(table, "Associations").into_iter().find(|a| doc::text(a, "RouteTableAssociationId") == obj.id())
}

async fn replace(cx: &Cx, association: &str, table: &str) -> Result<String, Fail> {
    let input = json!({"AssociationId": association, "RouteTableId": table});
    let answer = cx.ec2("ReplaceRouteTableAssociation", input).await?;
    Ok(doc::text(&answer, "NewAssociationId"))
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let filters = [("association.main", "true"), ("vpc-id", work.state.text("vpc_id"))];
        let main = super::first(cx, "DescribeRouteTables", "RouteTables", &filters).await?;
        let associations = main.as_ref().map(|t| doc::items(t, "Associations")).unwrap_or_default();
        let Some(one) = associations.iter().find(|a| doc::flag(a, "Main")) else {
            return Err(Fail::new(
                "Main route table not found",
                format!("The VPC {} has no main route table.", work.state.text("vpc_id")),
            ));
        };
        let id = replace(cx, &doc::text(one, "RouteTableAssociationId"), work.state.text("route_table_id")).await?;
        work.state.set("id", id);
        work.state.set("original_route_table_id", doc::text(one, "RouteTableId"));
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = replace(cx, work.prior.id(), work.state.text("route_table_id")).await?;
        work.state.set("id", id);
        Ok(())
    })
}

/// A VPC always has a main route table: the first one is put back.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        replace(cx, work.prior.id(), work.prior.text("original_route_table_id")).await?;
        Ok(())
    })
}
