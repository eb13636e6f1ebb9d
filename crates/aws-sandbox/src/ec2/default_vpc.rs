//! The default VPC: there is none until somebody asks for one.

use serde_json::{Value, json};

use super::kind::{SUBNET, VPC};
use super::{ask, zones};
use crate::context::Ctx;
use crate::document::{set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("CreateDefaultVpc", create), ("CreateDefaultSubnet", create_subnet)];

/// The default VPC of the region.
pub(crate) fn find(ctx: &Ctx) -> Option<String> {
    VPC.all(ctx).find(|v| v["IsDefault"] == true).map(|v| text(v, "VpcId").to_owned())
}

/// 172.31.0.0/16 with a /20 in each zone, a gateway and a way out, as "Default VPCs" in the VPC user guide has it.
fn create(ctx: &mut Ctx, _: &Input) -> Answer {
    if let Some(id) = find(ctx) {
        let message = format!("A Default VPC already exists for this account in this region: {id}");
        return Err(AwsError::new("DefaultVpcAlreadyExists", message));
    }
    let made = ask(ctx, "CreateVpc", &json!({"CidrBlock": "172.31.0.0/16"}))?;
    let id = text(&made["Vpc"], "VpcId").to_owned();
    VPC.update(ctx, &id, |v| {
        set(v, "IsDefault", true);
        set(&mut v["_attributes"], "enableDnsHostnames", true);
    });
    for (n, (zone, _)) in zones::zones(&ctx.region).into_iter().enumerate() {
        subnet(ctx, &id, &zone, n)?;
    }
    let gateway = ask(ctx, "CreateInternetGateway", &json!({}))?;
    let gateway = text(&gateway["InternetGateway"], "InternetGatewayId").to_owned();
    ask(ctx, "AttachInternetGateway", &json!({"InternetGatewayId": gateway, "VpcId": id}))?;
    let filters = json!([{"Name": "vpc-id", "Values": [id]}, {"Name": "association.main", "Values": ["true"]}]);
    let tables = ask(ctx, "DescribeRouteTables", &json!({"Filters": filters}))?;
    let table = text(&tables["RouteTables"][0], "RouteTableId").to_owned();
    let route = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway});
    ask(ctx, "CreateRoute", &route)?;
    let mut shown = made["Vpc"].clone();
    set(&mut shown, "IsDefault", true);
    Ok(json!({"Vpc": shown}))
}

fn subnet(ctx: &mut Ctx, vpc: &str, zone: &str, n: usize) -> Result<Value, AwsError> {
    let wanted = json!({"VpcId": vpc, "CidrBlock": format!("172.31.{}.0/20", n * 16), "AvailabilityZone": zone});
    let made = ask(ctx, "CreateSubnet", &wanted)?;
    let id = text(&made["Subnet"], "SubnetId").to_owned();
    SUBNET.update(ctx, &id, |s| {
        set(s, "DefaultForAz", true);
        set(s, "MapPublicIpOnLaunch", true);
    });
    let mut shown = made["Subnet"].clone();
    set(&mut shown, "DefaultForAz", true);
    set(&mut shown, "MapPublicIpOnLaunch", true);
    Ok(shown)
}

fn create_subnet(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Ipv6Native", "AvailabilityZoneId"])?;
    let zone = input.str("AvailabilityZone")?;
    let Some(vpc) = find(ctx) else {
        return Err(AwsError::new("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region."));
    };
    if SUBNET.all(ctx).any(|s| s["DefaultForAz"] == true && text(s, "AvailabilityZone") == zone) {
        let message = format!("A default subnet already exists in availability zone {zone}.");
        return Err(AwsError::new("DefaultSubnetAlreadyExistsInAvailabilityZone", message));
    }
    let all = zones::zones(&ctx.region);
    let n = all.iter().position(|(name, _)| name == zone);
    let n = n.ok_or_else(|| input.invalid(format!("Value ({zone}) for parameter availabilityZone is invalid.")))?;
    Ok(json!({"Subnet": subnet(ctx, &vpc, zone, n)?}))
}
