//! Redshift.

use crate::cx::Cx;
use crate::decl::*;
use crate::subnet_groups;
use crate::work::Work;

/// Every resource type here.
pub static ALL: &[&Resource] = &[&SUBNET_GROUP];

/// The service.
pub static REDSHIFT: Service = Service { id: "redshift", faults: &[] };

/// `aws_redshift_subnet_group`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/redshift_subnet_group>).
pub static SUBNET_GROUP: Resource = resource("aws_redshift_subnet_group", &REDSHIFT)
    .arn("redshift:subnetgroup:{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("description").default_str("Managed by Terraform"),
        string("name")
            .required()
            .replaces()
            .from("ClusterSubnetGroupName")
            .unsent()
            .check(&[Check::Length(1, 255), Check::By(name_characters)]),
        strings("subnet_ids").required().from("Subnets[].SubnetIdentifier").to("SubnetIds"),
    ])
    .tagged(Tagging {
        create: CreateTags::Member("Tags"),
        add: "CreateTags",
        remove: "DeleteTags",
        by: ("ResourceName", "arn"),
        by_list: false,
        tags: "Tags",
        is_map: false,
        keys: "TagKeys",
        keys_are_tags: false,
        read: ReadTags::Item("Tags"),
        ..TAGGING
    })
    .create_with(create)
    .key(&[("ClusterSubnetGroupName", "id")])
    .read(Read::One { op: "DescribeClusterSubnetGroups", item: "ClusterSubnetGroups[0]" })
    .updates(&[update("ModifyClusterSubnetGroup", &["description", "subnet_ids"])])
    .delete("DeleteClusterSubnetGroup")
    .gone(&["ClusterSubnetGroupNotFoundFault"])
    .faults(&[("ClusterSubnetGroupAlreadyExists", "name"), ("InvalidSubnet", "subnet_ids")]);

fn name_characters(name: &str) -> Result<(), String> {
    match name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
        Some(c) => Err(format!("{name:?} has a {c:?}; lower case letters, digits and hyphens are possible")),
        None if name == "default" => Err("\"default\" is not possible as a name".into()),
        None => Ok(()),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.text("name").to_owned();
        subnet_groups::create(cx, work, "CreateClusterSubnetGroup", "ClusterSubnetGroupName", name).await
    })
}
