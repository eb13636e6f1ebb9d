//! ElastiCache.

use crate::cx::Cx;
use crate::decl::*;
use crate::subnet_groups;
use crate::work::Work;

/// Every resource type here.
pub static ALL: &[&Resource] = &[&SUBNET_GROUP];

/// The service.
pub static ELASTICACHE: Service = Service { id: "elasticache", faults: &[] };

/// `aws_elasticache_subnet_group`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/elasticache_subnet_group>).
pub static SUBNET_GROUP: Resource = resource("aws_elasticache_subnet_group", &ELASTICACHE)
    .attrs(&[
        string("arn").computed().from("ARN"),
        string("description").default_str("Managed by Terraform").api("CacheSubnetGroupDescription"),
        string("name").required().replaces().same(Same::IgnoreCase).from("CacheSubnetGroupName").unsent(),
        strings("subnet_ids").required().from("Subnets[].SubnetIdentifier").to("SubnetIds"),
        string("vpc_id").computed(),
    ])
    .tagged(subnet_groups::BY_ARN)
    .create_with(create)
    .key(&[("CacheSubnetGroupName", "id")])
    .read(Read::One { op: "DescribeCacheSubnetGroups", item: "CacheSubnetGroups[0]" })
    .updates(&[update("ModifyCacheSubnetGroup", &["description", "subnet_ids"])])
    .delete("DeleteCacheSubnetGroup")
    .gone(&["CacheSubnetGroupNotFoundFault"])
    .busy(&["DependencyViolation"])
    .faults(&[("CacheSubnetGroupAlreadyExists", "name"), ("InvalidSubnet", "subnet_ids")])
    .plans(|_, plan| {
        // ElastiCache keeps names in lower case.
        if let Some(name) = plan.planned.str("name").map(str::to_lowercase) {
            plan.planned.set("name", name);
        }
        Ok(())
    });

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.text("name").to_lowercase();
        subnet_groups::create(cx, work, "CreateCacheSubnetGroup", "CacheSubnetGroupName", name).await
    })
}
