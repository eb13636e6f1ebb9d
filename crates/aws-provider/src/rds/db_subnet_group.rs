//! `aws_db_subnet_group`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/db_subnet_group>).

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::*;
use crate::names;
use crate::obj::Obj;
use crate::subnet_groups;
use crate::work::Work;

/// `aws_db_subnet_group`.
pub static DB_SUBNET_GROUP: Resource = resource("aws_db_subnet_group", &super::RDS)
    .attrs(&[
        string("arn").computed().from("DBSubnetGroupArn"),
        string("description").default_str("Managed by Terraform").api("DBSubnetGroupDescription"),
        string("name")
            .optional_computed()
            .replaces()
            .from("DBSubnetGroupName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 255), Check::By(name_characters)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 229), Check::By(name_characters)]),
        strings("subnet_ids").required().from("Subnets[].SubnetIdentifier").to("SubnetIds"),
        strings("supported_network_types").computed().zero(),
        string("vpc_id").computed(),
    ])
    .tagged(subnet_groups::BY_ARN)
    .create_with(create)
    .key(&[("DBSubnetGroupName", "id")])
    .read(Read::One { op: "DescribeDBSubnetGroups", item: "DBSubnetGroups[0]" })
    .updates(&[update("ModifyDBSubnetGroup", &["description", "subnet_ids"])])
    .delete("DeleteDBSubnetGroup")
    .gone(&["DBSubnetGroupNotFoundFault"])
    .faults(&[
        ("DBSubnetGroupAlreadyExists", "name"),
        ("InvalidSubnet", "subnet_ids"),
        ("DBSubnetGroupDoesNotCoverEnoughAZs", "subnet_ids"),
    ])
    .after_read(read);

fn name_characters(name: &str) -> Result<(), String> {
    match name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "-_. ".contains(*c))) {
        Some(c) => Err(format!("{name:?} has a {c:?}; lower case letters, digits, - _ . and spaces are possible")),
        None => Ok(()),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose(&work.state, cx.settings.clock.now());
        subnet_groups::create(cx, work, "CreateDBSubnetGroup", "DBSubnetGroupName", name).await
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = obj.text("name").to_owned();
        obj.set("name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}
