//! The blocks of `aws_eks_cluster`.

use crate::decl::*;

const fn text(name: &'static str) -> Attr {
    string(name).zero()
}

const fn on(name: &'static str) -> Attr {
    boolean(name).zero().always()
}

/// How people get into a cluster.
pub const ACCESS: Kind = Kind::Object(&[
    text("authentication_mode").optional_computed().api("authenticationMode").check(&[Check::OneOf(&[
        "API",
        "API_AND_CONFIG_MAP",
        "CONFIG_MAP",
    ])]),
    // Without a block it is true; in one, where it is not said, false.
    boolean("bootstrap_cluster_creator_admin_permissions")
        .zero()
        .always()
        .replaces()
        .api("bootstrapClusterCreatorAdminPermissions"),
]);

/// The certificate authority.
pub const CERTIFICATE: Kind = Kind::Object(&[string("data").from("data").zero()]);

/// Nodes of Auto Mode.
pub const COMPUTE: Kind = Kind::Object(&[
    on("enabled").api("enabled"),
    strings("node_pools").zero().api("nodePools").check(&[Check::OneOf(&["general-purpose", "system"])]),
    text("node_role_arn").api("nodeRoleArn").check(&[Check::Arn]),
]);

const PROVIDER: Kind = Kind::Object(&[string("key_arn").required().api("keyArn")]);

/// What encrypts secrets.
pub const ENCRYPTION: Kind = Kind::Object(&[
    block("provider", &PROVIDER).required().api("provider"),
    strings("resources").required().api("resources").check(&[Check::OneOf(&["secrets"])]),
]);

const OIDC: Kind = Kind::Object(&[string("issuer").from("issuer").zero()]);
/// The OIDC issuer.
pub const IDENTITY: Kind = Kind::Object(&[list("oidc", &OIDC).from("oidc").zero()]);

const BALANCING: Kind = Kind::Object(&[on("enabled").api("enabled")]);

/// Addresses of services.
pub const NETWORK: Kind = Kind::Object(&[
    block("elastic_load_balancing", &BALANCING).optional_computed().api("elasticLoadBalancing"),
    text("ip_family").optional_computed().replaces().api("ipFamily").check(&[Check::OneOf(&["ipv4", "ipv6"])]),
    text("service_ipv4_cidr").optional_computed().replaces().api("serviceIpv4Cidr").check(&[Check::Ipv4Cidr]),
    text("service_ipv6_cidr").computed().from("serviceIpv6Cidr"),
]);

const PLACEMENT: Kind = Kind::Object(&[string("group_name").required().replaces().api("groupName")]);

/// Where the control plane is on an Outpost.
pub const OUTPOST: Kind = Kind::Object(&[
    string("control_plane_instance_type").required().replaces().api("controlPlaneInstanceType"),
    block("control_plane_placement", &PLACEMENT).api("controlPlanePlacement"),
    strings("outpost_arns").required().replaces().api("outpostArns"),
]);

const RANGES: Kind = Kind::Object(&[strings("cidrs").zero().replaces().api("cidrs")]);

/// Networks of hybrid nodes.
pub const REMOTE: Kind = Kind::Object(&[
    blocks("remote_node_networks", &RANGES).required().times(1, 1).api("remoteNodeNetworks[]"),
    blocks("remote_pod_networks", &RANGES).optional_computed().times(0, 1).api("remotePodNetworks[]"),
]);

const BLOCK_STORAGE: Kind = Kind::Object(&[on("enabled").api("enabled")]);
/// Volumes of Auto Mode.
pub const STORAGE: Kind = Kind::Object(&[block("block_storage", &BLOCK_STORAGE).api("blockStorage")]);

/// What happens at the end of support.
pub const UPGRADE: Kind = Kind::Object(&[text("support_type")
    .optional_computed()
    .api("supportType")
    .check(&[Check::OneOf(&["EXTENDED", "STANDARD"])])]);

/// Where a cluster is, and who reaches it.
pub const VPC: Kind = Kind::Object(&[
    text("cluster_security_group_id").computed().from("clusterSecurityGroupId"),
    boolean("endpoint_private_access").default_bool(false).zero().api("endpointPrivateAccess").always(),
    boolean("endpoint_public_access").default_bool(true).zero().api("endpointPublicAccess").always(),
    strings("public_access_cidrs").optional_computed().zero().api("publicAccessCidrs").check(&[Check::Cidr]),
    strings("security_group_ids").zero().api("securityGroupIds"),
    strings("subnet_ids").required().api("subnetIds"),
    text("vpc_id").computed().from("vpcId"),
]);

/// Whether a zone can be left.
pub const ZONAL: Kind = Kind::Object(&[on("enabled").api("enabled")]);
