//! The kinds of EC2 resources: table, id prefix and the error codes of each.

use serde_json::Value;

use super::filters::{self, FilterPaths};
use crate::context::Ctx;
use crate::document::{items, public, text};
use crate::error::{Answer, AwsError};
use crate::ids;
use crate::input::Input;
use crate::page;

/// One kind of resource.
pub(crate) struct Kind {
    /// The table, which is also the resource type in tag specifications.
    pub(crate) table: &'static str,
    pub(crate) prefix: &'static str,
    /// The member that holds the id.
    pub(crate) id: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) malformed: &'static str,
    /// How AWS's messages call it, e.g. `vpc ID`.
    pub(crate) noun: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $table:literal $prefix:literal $id:literal $not_found:literal $malformed:literal $noun:literal;)*) => {
        $(pub(crate) const $name: Kind = Kind {
            table: $table, prefix: $prefix, id: $id, not_found: $not_found, malformed: $malformed, noun: $noun,
        };)*
        /// All kinds, by which ids in tag requests are looked up.
        pub(crate) const ALL: &[&Kind] = &[$(&$name),*];
    };
}

// Source of the codes: "Error codes for the Amazon EC2 API".
kinds! {
    VPC = "vpc" "vpc" "VpcId" "InvalidVpcID.NotFound" "InvalidVpcId.Malformed" "vpc ID";
    SUBNET = "subnet" "subnet" "SubnetId" "InvalidSubnetID.NotFound" "InvalidSubnetId.Malformed" "subnet ID";
    INTERNET_GATEWAY = "internet-gateway" "igw" "InternetGatewayId" "InvalidInternetGatewayID.NotFound" "InvalidInternetGatewayId.Malformed" "internetGateway ID";
    EGRESS_ONLY = "egress-only-internet-gateway" "eigw" "EgressOnlyInternetGatewayId" "InvalidGatewayID.NotFound" "InvalidEgressOnlyInternetGatewayId.Malformed" "eigw ID";
    ADDRESS = "elastic-ip" "eipalloc" "AllocationId" "InvalidAllocationID.NotFound" "InvalidAllocationID.Malformed" "allocation ID";
    NAT_GATEWAY = "natgateway" "nat" "NatGatewayId" "NatGatewayNotFound" "NatGatewayMalformed" "NatGateway";
    ROUTE_TABLE = "route-table" "rtb" "RouteTableId" "InvalidRouteTableID.NotFound" "InvalidRouteTableId.Malformed" "routeTable ID";
    NETWORK_ACL = "network-acl" "acl" "NetworkAclId" "InvalidNetworkAclID.NotFound" "InvalidNetworkAclId.Malformed" "networkAcl ID";
    SECURITY_GROUP = "security-group" "sg" "GroupId" "InvalidGroup.NotFound" "InvalidGroupId.Malformed" "security group";
    SECURITY_GROUP_RULE = "security-group-rule" "sgr" "SecurityGroupRuleId" "InvalidSecurityGroupRuleId.NotFound" "InvalidSecurityGroupRuleId.Malformed" "security group rule ID";
    VPC_ENDPOINT = "vpc-endpoint" "vpce" "VpcEndpointId" "InvalidVpcEndpointId.NotFound" "InvalidVpcEndpointId.Malformed" "Vpc Endpoint Id";
    FLOW_LOG = "vpc-flow-log" "fl" "FlowLogId" "InvalidFlowLogId.NotFound" "InvalidFlowLogId.Malformed" "flow log ID";
    NETWORK_INTERFACE = "network-interface" "eni" "NetworkInterfaceId" "InvalidNetworkInterfaceID.NotFound" "InvalidNetworkInterfaceId.Malformed" "networkInterface ID";
    DHCP_OPTIONS = "dhcp-options" "dopt" "DhcpOptionsId" "InvalidDhcpOptionID.NotFound" "InvalidDhcpOptionsId.Malformed" "dhcpOption ID";
    PREFIX_LIST = "prefix-list" "pl" "PrefixListId" "InvalidPrefixListID.NotFound" "InvalidPrefixListId.Malformed" "prefix list ID";
    VPN_GATEWAY = "vpn-gateway" "vgw" "VpnGatewayId" "InvalidVpnGatewayID.NotFound" "InvalidVpnGatewayID.Malformed" "vpnGateway ID";
    BLOCK_EXCLUSION = "vpc-block-public-access-exclusion" "vpcbpa-exclude" "ExclusionId" "InvalidVpcBlockPublicAccessExclusionId.NotFound" "InvalidVpcBlockPublicAccessExclusionId.Malformed" "exclusion ID";
    INSTANCE = "instance" "i" "InstanceId" "InvalidInstanceID.NotFound" "InvalidInstanceID.Malformed" "instance ID";
    SPOT_REQUEST = "spot-instances-request" "sir" "SpotInstanceRequestId" "InvalidSpotInstanceRequestID.NotFound" "InvalidSpotInstanceRequestID.Malformed" "spot instance request ID";
    VOLUME = "volume" "vol" "VolumeId" "InvalidVolume.NotFound" "InvalidVolumeID.Malformed" "volume";
    SNAPSHOT = "snapshot" "snap" "SnapshotId" "InvalidSnapshot.NotFound" "InvalidSnapshotID.Malformed" "snapshot";
    IMAGE = "image" "ami" "ImageId" "InvalidAMIID.NotFound" "InvalidAMIID.Malformed" "image id";
    KEY_PAIR = "key-pair" "key" "KeyPairId" "InvalidKeyPair.NotFound" "InvalidKeyPair.NotFound" "key pair";
    PLACEMENT_GROUP = "placement-group" "pg" "GroupId" "InvalidPlacementGroup.Unknown" "InvalidPlacementGroupId.Malformed" "placement group";
    LAUNCH_TEMPLATE = "launch-template" "lt" "LaunchTemplateId" "InvalidLaunchTemplateId.NotFound" "InvalidLaunchTemplateId.Malformed" "launch template ID";
    CUSTOMER_GATEWAY = "customer-gateway" "cgw" "CustomerGatewayId" "InvalidCustomerGatewayID.NotFound" "InvalidCustomerGatewayId.Malformed" "customerGateway ID";
}

impl Kind {
    /// The kind of an id, by its prefix.
    pub(crate) fn of(id: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|k| id.strip_prefix(k.prefix).is_some_and(|rest| rest.starts_with('-')))
    }

    pub(crate) fn missing(&self, id: &str) -> AwsError {
        let message = match self.table {
            "natgateway" => format!("NatGateway {id} was not found"),
            _ => format!("The {} '{id}' does not exist", self.noun),
        };
        AwsError::new(self.not_found, message)
    }

    pub(crate) fn check(&self, id: &str) -> Result<(), AwsError> {
        if ids::well_formed(id, self.prefix) {
            return Ok(());
        }
        Err(AwsError::new(self.malformed, format!("Invalid id: \"{id}\" (expecting \"{}-...\")", self.prefix)))
    }

    /// The document of an id.
    ///
    /// # Errors
    /// AWS's codes for an id that is malformed or not there.
    pub(crate) fn get<'a>(&self, ctx: &'a Ctx, id: &str) -> Result<&'a Value, AwsError> {
        self.check(id)?;
        ctx.store.get(&ctx.regional(self.table), id).ok_or_else(|| self.missing(id))
    }

    pub(crate) fn find<'a>(&self, ctx: &'a Ctx, id: &str) -> Option<&'a Value> {
        ctx.store.get(&ctx.regional(self.table), id)
    }

    pub(crate) fn all<'a>(&self, ctx: &'a Ctx) -> impl Iterator<Item = &'a Value> {
        ctx.store.rows(&ctx.regional(self.table)).map(|(_, doc)| doc)
    }

    pub(crate) fn count(&self, ctx: &Ctx) -> usize {
        ctx.store.count(&ctx.regional(self.table))
    }

    /// All whose member has a value.
    pub(crate) fn with<'a>(&self, ctx: &'a Ctx, member: &'static str, value: &str) -> Vec<&'a Value> {
        self.all(ctx).filter(|d| text(d, member) == value).collect()
    }

    pub(crate) fn put(&self, ctx: &mut Ctx, doc: Value) {
        let (table, id) = (ctx.regional(self.table), text(&doc, self.id).to_owned());
        ctx.store.put(&table, &id, doc);
    }

    /// Changes the document of an id, if it is there.
    pub(crate) fn update(&self, ctx: &mut Ctx, id: &str, change: impl FnOnce(&mut Value)) {
        let Some(mut doc) = self.find(ctx, id).cloned() else { return };
        change(&mut doc);
        self.put(ctx, doc);
    }

    /// Removes the document of an id, if it is there.
    pub(crate) fn forget(&self, ctx: &mut Ctx, id: &str) {
        let table = ctx.regional(self.table);
        ctx.store.remove(&table, id);
    }

    /// AWS's refusal to delete what others need.
    pub(crate) fn in_use(&self, id: &str) -> AwsError {
        let noun = self.noun.trim_end_matches(" ID");
        AwsError::new("DependencyViolation", format!("The {noun} '{id}' has dependencies and cannot be deleted."))
    }

    /// Answers a Describe operation: by ids, by filters, in pages.
    pub(crate) fn describe(
        &self,
        ctx: &mut Ctx,
        input: &Input,
        shape: &Describe,
        render: impl Fn(&Ctx, &Value) -> Value,
    ) -> Answer {
        let wanted = input.strings(shape.ids)?;
        let docs: Vec<Value> = if wanted.is_empty() {
            self.all(ctx).map(|d| render(ctx, d)).collect()
        } else {
            let mut docs = Vec::with_capacity(wanted.len());
            for id in wanted {
                docs.push(render(ctx, self.get(ctx, id)?));
            }
            docs
        };
        let docs = filters::apply(input, shape.filter_member, docs, shape.filters)?;
        let page = cut(input, docs)?;
        if page.0.iter().any(in_transition) {
            ctx.pending = true;
        }
        let page = (page.0.iter().map(public).collect(), page.1);
        Ok(page::document(shape.list, page, "NextToken"))
    }
}

/// The members of one Describe operation.
pub(crate) struct Describe {
    /// The input's list of ids.
    pub(crate) ids: &'static str,
    /// The input's filters: `Filters`, or `Filter` where AWS named it so.
    pub(crate) filter_member: &'static str,
    /// The output's list.
    pub(crate) list: &'static str,
    /// Filter names, and where their values are.
    pub(crate) filters: FilterPaths,
}

/// Cuts a page by `MaxResults` and `NextToken`.
pub(crate) fn cut(input: &Input, docs: Vec<Value>) -> Result<(Vec<Value>, Option<String>), AwsError> {
    let max = input.opt_int("MaxResults")?;
    let max = match max {
        None => None,
        Some(n @ 1..=1000) => usize::try_from(n).ok(),
        Some(n) => {
            let message =
                format!("Value ( {n} ) for parameter maxResults is invalid. Expecting a value from 5 to 1000.");
            return Err(AwsError::new("InvalidParameterValue", message));
        }
    };
    page::cut(docs, max, input.filled("NextToken")?, "InvalidNextToken")
}

/// The same where AWS gives so many at once even when more are asked for, or nothing is said.
pub(crate) fn cut_by(input: &Input, docs: Vec<Value>, most: usize) -> Result<(Vec<Value>, Option<String>), AwsError> {
    let max = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(most).min(most);
    page::cut(docs, Some(max), input.filled("NextToken")?, "InvalidNextToken")
}

fn in_transition(doc: &Value) -> bool {
    const STATES: &[&str] = &[
        "pending",
        "creating",
        "deleting",
        "associating",
        "disassociating",
        "assigning",
        "unassigning",
        "modifying",
        "create-in-progress",
        "update-in-progress",
        "delete-in-progress",
    ];
    let passing = |v: &Value, member: &str| STATES.contains(&text(v, member));
    passing(doc, "State")
        || items(doc, "NatGatewayAddresses").iter().any(|a| passing(a, "Status"))
        || ["CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"].iter().any(|set| {
            items(doc, set)
                .iter()
                .any(|a| passing(&a["CidrBlockState"], "State") || passing(&a["Ipv6CidrBlockState"], "State"))
        })
}
