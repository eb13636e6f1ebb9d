//! Launching instances: what the request, the launch template, the image and the subnet say together.

use serde_json::{Map, Value, json};

use super::kind::{INSTANCE, NETWORK_INTERFACE, SUBNET};
use super::{address, image, instance, instance_type, key_pair, launch_template, network_interface, placement_group};
use super::{network_prefix, security_group, spot, tags, volume};
use crate::context::Ctx;
use crate::document::{items, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("RunInstances", run)];

/// What a launch may say. Anything else is refused by name.
const MEMBERS: &[&str] = &[
    "BlockDeviceMappings",
    "CapacityReservationSpecification",
    "CpuOptions",
    "CreditSpecification",
    "DisableApiStop",
    "DisableApiTermination",
    "EbsOptimized",
    "EnclaveOptions",
    "HibernationOptions",
    "IamInstanceProfile",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceMarketOptions",
    "InstanceType",
    "Ipv6AddressCount",
    "Ipv6Addresses",
    "KeyName",
    "MaintenanceOptions",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "Placement",
    "PrivateDnsNameOptions",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
    "TagSpecifications",
    "UserData",
    "EnablePrimaryIpv6",
];

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

fn run(ctx: &mut Ctx, input: &Input) -> Answer {
    let token = input.filled("ClientToken")?.map(str::to_owned);
    if let Some(token) = &token
        && let Some(same) = INSTANCE.all(ctx).find(|i| i["ClientToken"] == token.as_str()).cloned()
    {
        let shown = instance::render(ctx, &same);
        return Ok(instance::reservation(ctx, text(&same, "_reservation"), vec![shown]));
    }
    let count = input.int("MinCount")?;
    if !(1..=100).contains(&count) || input.int("MaxCount")? < count {
        return Err(invalid("Invalid value for instance counts; they must be from 1 to 100, the least first."));
    }
    let mut wanted = Map::new();
    for name in MEMBERS {
        if let Some(v) = input.raw(name) {
            wanted.insert((*name).to_owned(), v.clone());
        }
    }
    let template = match input.opt_structure("LaunchTemplate") {
        None => None,
        Some(t) => {
            let found = launch_template::find(ctx, t.filled("LaunchTemplateId")?, t.filled("LaunchTemplateName")?)?;
            Some(launch_template::version(&found, t.filled("Version")?.unwrap_or("$Default"))?)
        }
    };
    let launch = Launch { wanted: Value::Object(wanted), template, token };
    let reservation = ctx.new_id("r");
    let mut made = Vec::new();
    for n in 0..count {
        let id = launch.run(ctx, &reservation, n)?;
        made.push(id);
    }
    let shown = made.iter().filter_map(|id| INSTANCE.find(ctx, id)).map(|i| instance::render(ctx, i)).collect();
    Ok(instance::reservation(ctx, &reservation, shown))
}

/// One launch.
pub(crate) struct Launch {
    /// What the request says, in the member names of `RunInstances`.
    pub(crate) wanted: Value,
    /// The version of a launch template that says the rest.
    pub(crate) template: Option<Value>,
    /// The client's token.
    pub(crate) token: Option<String>,
}

impl Launch {
    /// What request and template say together: the request counts, and lists are taken whole, but tags are joined.
    fn merged(&self) -> Value {
        let from = self.template.as_ref().map(|t| t["LaunchTemplateData"].clone()).unwrap_or_else(|| json!({}));
        let mut all = from.as_object().cloned().unwrap_or_default();
        for (name, v) in self.wanted.as_object().into_iter().flatten() {
            // Empty text says nothing, as in `Placement.AvailabilityZone`.
            if v.as_str() == Some("") {
                continue;
            }
            if name == "TagSpecifications" {
                let both = [items(&from, name), items(&self.wanted, name)].concat();
                all.insert(name.clone(), json!(both));
                continue;
            }
            let v = match (all.get(name), v) {
                (Some(Value::Object(old)), Value::Object(new)) => {
                    let mut old = old.clone();
                    old.extend(new.iter().filter(|(_, v)| v.as_str() != Some("")).map(|(k, v)| (k.clone(), v.clone())));
                    Value::Object(old)
                }
                _ => v.clone(),
            };
            all.insert(name.clone(), v);
        }
        Value::Object(all)
    }

    /// Starts an instance and gives its id.
    ///
    /// # Errors
    /// AWS's codes for what cannot be.
    pub(crate) fn run(&self, ctx: &mut Ctx, reservation: &str, index: i64) -> Result<String, AwsError> {
        let all = self.merged();
        let image_id = all["ImageId"]
            .as_str()
            .ok_or_else(|| AwsError::new("MissingParameter", "The request must contain the parameter ImageId"))?;
        let image = image::get(ctx, image_id)?;
        let name = all["InstanceType"].as_str().unwrap_or("m1.small");
        let kind = instance_type::get(name)?;
        let arch = text(&image, "Architecture");
        if !items(&kind["ProcessorInfo"], "SupportedArchitectures").iter().any(|a| a == arch) {
            return Err(invalid(format!(
                "The architecture '{arch}' of the specified AMI does not match the architectures of the instance type \
                 '{name}'. Specify an instance type and an AMI that have matching architectures, and try again."
            )));
        }
        if let Some(name) = all["KeyName"].as_str() {
            key_pair::by_name(ctx, name)?;
        }
        let id = ctx.new_id("i");
        let networks = Networks::of(ctx, &all)?;
        let zone = networks.zone(ctx)?;
        let mut doc = base(ctx, &id, &image, &kind, &zone);
        set(&mut doc, "AmiLaunchIndex", index);
        set_some(&mut doc, "Platform", image["Platform"].as_str());
        set(&mut doc, "_reservation", reservation);
        set(&mut doc, "ClientToken", self.token.as_deref().unwrap_or(""));
        options(ctx, &mut doc, &all, &kind)?;
        let mut own = tags::specified(&all["TagSpecifications"], "instance")?;
        if let (Some(t), Value::Array(list)) = (&self.template, &mut own) {
            list.push(json!({"Key": "aws:ec2launchtemplate:id", "Value": t["LaunchTemplateId"]}));
            list.push(json!({"Key": "aws:ec2launchtemplate:version", "Value": t["VersionNumber"].to_string()}));
        }
        set(&mut doc, "Tags", own);
        INSTANCE.put(ctx, doc);
        volumes(ctx, &id, &image, &all, &zone)?;
        networks.attach(ctx, &id, &all)?;
        ctx.after(20, "instance-running", &id);
        Ok(id)
    }
}

fn base(ctx: &Ctx, id: &str, image: &Value, kind: &Value, zone: &str) -> Value {
    json!({
        "InstanceId": id,
        "ImageId": image["ImageId"],
        "InstanceType": kind["InstanceType"],
        "LaunchTime": ctx.timestamp(),
        "Architecture": image["Architecture"],
        "BlockDeviceMappings": [],
        "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
        "CpuOptions": {
            "CoreCount": kind["VCpuInfo"]["DefaultCores"], "ThreadsPerCore": kind["VCpuInfo"]["DefaultThreadsPerCore"],
        },
        "EbsOptimized": false,
        "EnaSupport": true,
        "EnclaveOptions": {"Enabled": false},
        "HibernationOptions": {"Configured": false},
        "Hypervisor": "xen",
        "MaintenanceOptions": {"AutoRecovery": "default", "RebootMigration": "default"},
        "Monitoring": {"State": "disabled"},
        "Placement": {"AvailabilityZone": zone, "GroupName": "", "Tenancy": "default"},
        "PlatformDetails": image["PlatformDetails"],
        "ProductCodes": [],
        "RootDeviceName": image["RootDeviceName"],
        "RootDeviceType": "ebs",
        "State": instance::state("pending"),
        "StateTransitionReason": "",
        "UsageOperation": image["UsageOperation"],
        "UsageOperationUpdateTime": ctx.timestamp(),
        "VirtualizationType": "hvm",
        "_attributes": {"disableApiTermination": false, "disableApiStop": false, "instanceInitiatedShutdownBehavior": "stop"},
    })
}

/// Everything that is one member of the request.
fn options(ctx: &mut Ctx, doc: &mut Value, all: &Value, kind: &Value) -> Result<(), AwsError> {
    set_some(doc, "KeyName", all["KeyName"].as_str());
    set(doc, "EbsOptimized", all["EbsOptimized"] == true);
    for name in ["CpuOptions", "EnclaveOptions", "HibernationOptions", "MaintenanceOptions"] {
        for (member, v) in all[name].as_object().into_iter().flatten() {
            set(&mut doc[name], member, v.clone());
        }
    }
    if all["CpuOptions"].is_object()
        && !items(&kind["VCpuInfo"], "ValidCores").contains(&doc["CpuOptions"]["CoreCount"])
    {
        return Err(invalid(format!("The number of CPU cores is not valid for {}.", text(kind, "InstanceType"))));
    }
    if doc["HibernationOptions"]["Configured"] == true && kind["HibernationSupported"] != true {
        let message = format!("The instance type {} does not support hibernation.", text(kind, "InstanceType"));
        return Err(AwsError::new("UnsupportedHibernationConfiguration", message));
    }
    if all["Monitoring"]["Enabled"] == true {
        set(doc, "Monitoring", json!({"State": "enabled"}));
    }
    for (member, v) in all["Placement"].as_object().into_iter().flatten() {
        match (member.as_str(), v.as_str()) {
            // An empty text says nothing; the zone is that of the subnet.
            (_, Some("")) | ("AvailabilityZone", _) => {}
            ("GroupName", Some(group)) => {
                placement_group::by_name(ctx, group)?;
                set(&mut doc["Placement"], member, group);
            }
            ("Tenancy" | "PartitionNumber", _) => set(&mut doc["Placement"], member, v.clone()),
            (other, _) => return Err(AwsError::not_implemented(format!("the parameter Placement.{other}"))),
        }
    }
    if let Some(v) = all.get("CapacityReservationSpecification") {
        let mut shown = v.clone();
        if let Some(target) = crate::document::unset(&mut shown, "CapacityReservationTarget") {
            set(&mut shown, "CapacityReservationTarget", target);
        }
        set(doc, "CapacityReservationSpecification", shown);
    }
    if all["InstanceMarketOptions"]["MarketType"] == "spot" {
        spot::launched(ctx, doc, all)?;
    }
    profile(ctx, doc, &all["IamInstanceProfile"])?;
    metadata(ctx, doc, all)?;
    let attributes = &mut doc["_attributes"];
    set(attributes, "disableApiTermination", all["DisableApiTermination"] == true);
    set(attributes, "disableApiStop", all["DisableApiStop"] == true);
    set_some(attributes, "instanceInitiatedShutdownBehavior", all["InstanceInitiatedShutdownBehavior"].as_str());
    set_some(attributes, "userData", all["UserData"].as_str());
    if kind["BurstablePerformanceSupported"] == true {
        let standard = text(kind, "InstanceType").starts_with("t2");
        let credits = all["CreditSpecification"]["CpuCredits"].as_str();
        set(doc, "_credits", credits.unwrap_or(if standard { "standard" } else { "unlimited" }));
    } else if all["CreditSpecification"].is_object() && !all["CreditSpecification"]["CpuCredits"].is_null() {
        let message = format!("The instance type {} has no CPU credits.", text(kind, "InstanceType"));
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    Ok(())
}

/// The instance profile that a request names by name or ARN, as instances show it.
///
/// # Errors
/// AWS's for one that is not there or has no role.
pub(crate) fn profile_of(ctx: &Ctx, named: &Value) -> Result<Value, AwsError> {
    let (name, arn) = (named["Name"].as_str(), named["Arn"].as_str());
    let member = if arn.is_some() { "arn" } else { "name" };
    let given = arn.or(name).unwrap_or_default();
    let mut all = ctx.store.rows(&ctx.global("instance-profile")).map(|(_, p)| p);
    let found = all.find(|p| Some(text(p, "InstanceProfileName")) == name || Some(text(p, "Arn")) == arn);
    let Some(found) = found else {
        let what = if arn.is_some() { "ARN" } else { "name" };
        return Err(invalid(format!(
            "Value ({given}) for parameter iamInstanceProfile.{member} is invalid. Invalid IAM Instance Profile {what}"
        )));
    };
    if items(found, "_roles").is_empty() {
        return Err(invalid(format!("IAM Instance Profile \"{}\" has no associated IAM Roles", text(found, "Arn"))));
    }
    Ok(json!({"Arn": found["Arn"], "Id": found["InstanceProfileId"]}))
}

fn profile(ctx: &mut Ctx, doc: &mut Value, named: &Value) -> Result<(), AwsError> {
    if named.as_object().is_none_or(Map::is_empty) {
        return Ok(());
    }
    let shown = profile_of(ctx, named)?;
    set(doc, "IamInstanceProfile", shown);
    let association = ctx.new_id("iip-assoc");
    set(doc, "_profile_association", association);
    Ok(())
}

/// Options of the instance metadata service: an image may ask for version 2.
/// Source: "Configure instance metadata options for new instances" in the EC2 user guide.
fn metadata(ctx: &Ctx, doc: &mut Value, all: &Value) -> Result<(), AwsError> {
    let image = image::get(ctx, text(doc, "ImageId"))?;
    let v2 = text(&image, "ImdsSupport") == "v2.0";
    let mut options = json!({
        "State": "pending",
        "HttpTokens": if v2 { "required" } else { "optional" },
        "HttpPutResponseHopLimit": if v2 { 2 } else { 1 },
        "HttpEndpoint": "enabled",
        "HttpProtocolIpv6": "disabled",
        "InstanceMetadataTags": "disabled",
    });
    for (member, v) in all["MetadataOptions"].as_object().into_iter().flatten() {
        if v.as_str() != Some("") && member != "State" {
            set(&mut options, member, v.clone());
        }
    }
    set(&mut options, "State", "applied");
    set(doc, "MetadataOptions", options);
    let mut names = json!({
        "HostnameType": "ip-name", "EnableResourceNameDnsARecord": false, "EnableResourceNameDnsAAAARecord": false,
    });
    let first = &all["NetworkInterfaces"][0];
    let place = all["SubnetId"].as_str().or(first["SubnetId"].as_str()).and_then(|s| SUBNET.find(ctx, s));
    for from in [place.map(|p| &p["PrivateDnsNameOptionsOnLaunch"]), Some(&all["PrivateDnsNameOptions"])] {
        for (member, v) in from.and_then(Value::as_object).into_iter().flatten() {
            set(&mut names, member, v.clone());
        }
    }
    set(doc, "PrivateDnsNameOptions", names);
    Ok(())
}

/// Makes the volumes of an instance: those of the image, changed by what is asked for, and further ones.
fn volumes(ctx: &mut Ctx, id: &str, image: &Value, all: &Value, zone: &str) -> Result<(), AwsError> {
    let mut wanted: Vec<Value> = items(image, "BlockDeviceMappings").to_vec();
    for given in items(all, "BlockDeviceMappings") {
        let device = text(given, "DeviceName");
        let place = wanted.iter().position(|w| text(w, "DeviceName") == device);
        if given.get("NoDevice").is_some() {
            if let Some(at) = place {
                wanted.remove(at);
            }
            continue;
        }
        if given.get("VirtualName").is_some() {
            // An instance store volume shows nowhere; the types here have none.
            continue;
        }
        let Some(at) = place else {
            wanted.push(given.clone());
            continue;
        };
        let ebs = &mut wanted[at]["Ebs"];
        // Another type has its own speed.
        if given["Ebs"].get("VolumeType").is_some() {
            crate::document::unset(ebs, "Iops");
            crate::document::unset(ebs, "Throughput");
        }
        for (member, v) in given["Ebs"].as_object().into_iter().flatten() {
            set(ebs, member, v.clone());
        }
    }
    let tags = tags::specified(&all["TagSpecifications"], "volume")?;
    let public_snapshots: Vec<(String, i64)> = items(image, "BlockDeviceMappings")
        .iter()
        .map(|m| (text(&m["Ebs"], "SnapshotId").to_owned(), m["Ebs"]["VolumeSize"].as_i64().unwrap_or(0)))
        .collect();
    for w in wanted {
        let (device, ebs) = (text(&w, "DeviceName").to_owned(), &w["Ebs"]);
        let snapshot = ebs["SnapshotId"].as_str().filter(|s| !s.is_empty());
        let size = ebs["VolumeSize"].as_i64();
        if let Some((_, least)) = public_snapshots.iter().find(|(s, _)| Some(s.as_str()) == snapshot)
            && size.is_some_and(|s| s < *least)
        {
            let message = format!(
                "Volume of size {}GB is smaller than snapshot '{}', expect size >= {least}GB",
                size.unwrap_or(0),
                snapshot.unwrap_or_default()
            );
            return Err(AwsError::new("InvalidBlockDeviceMapping", message));
        }
        let made = volume::make(
            ctx,
            volume::Wanted {
                zone,
                size,
                kind: ebs["VolumeType"].as_str(),
                iops: ebs["Iops"].as_i64(),
                throughput: ebs["Throughput"].as_i64(),
                encrypted: ebs["Encrypted"].as_bool().filter(|e| *e),
                key: ebs["KmsKeyId"].as_str().filter(|k| !k.is_empty()),
                snapshot,
                multi_attach: false,
                tags: tags.clone(),
            },
        )?;
        let volume = text(&made, "VolumeId").to_owned();
        let with_it = ebs["DeleteOnTermination"].as_bool().unwrap_or(true);
        let attachment = volume::tie(ctx, &volume, id, &device, with_it, "attaching");
        super::kind::VOLUME.update(ctx, &volume, |v| set(v, "_with", id));
        let mapping = instance::mapping(&device, &attachment);
        INSTANCE.update(ctx, id, |i| {
            if let Some(list) = crate::document::items_mut(i, "BlockDeviceMappings") {
                list.push(mapping);
            }
        });
    }
    Ok(())
}

/// The interfaces that an instance is to have.
struct Networks(Vec<Value>);

impl Networks {
    fn of(ctx: &Ctx, all: &Value) -> Result<Self, AwsError> {
        let given = items(all, "NetworkInterfaces");
        if !given.is_empty() {
            for member in ["SubnetId", "SecurityGroupIds", "PrivateIpAddress"] {
                // A template may say what the request's interfaces say anew.
                let said = all.get(member).is_some_and(|v| v.as_array().is_none_or(|a| !a.is_empty()));
                if said && member == "SubnetId" {
                    let message =
                        "Network interfaces and an instance-level subnet ID may not be specified on the same request";
                    return Err(AwsError::new("InvalidParameterCombination", message));
                }
            }
            let mut list = given.to_vec();
            list.sort_by_key(|n| n["DeviceIndex"].as_i64().unwrap_or(0));
            for n in &mut list {
                if n.get("NetworkInterfaceId").is_none() && n.get("Groups").is_none() {
                    set_some(n, "Groups", all.get("SecurityGroupIds").cloned());
                }
            }
            return Ok(Self(list));
        }
        let mut n = json!({"DeviceIndex": 0});
        for (from, to) in [
            ("SubnetId", "SubnetId"),
            ("SecurityGroupIds", "Groups"),
            ("PrivateIpAddress", "PrivateIpAddress"),
            ("Ipv6AddressCount", "Ipv6AddressCount"),
            ("Ipv6Addresses", "Ipv6Addresses"),
            ("EnablePrimaryIpv6", "PrimaryIpv6"),
        ] {
            set_some(&mut n, to, all.get(from).cloned());
        }
        // Names are those of groups of the default VPC.
        let named = items(all, "SecurityGroups");
        if !named.is_empty() {
            if n.get("SubnetId").is_some() || n.get("Groups").is_some() {
                let message = "The parameter groupName cannot be used with the parameter subnet";
                return Err(AwsError::new("InvalidParameterCombination", message));
            }
            let ids: Result<Vec<Value>, AwsError> =
                named.iter().filter_map(Value::as_str).map(|name| security_group::in_default_vpc(ctx, name)).collect();
            set(&mut n, "Groups", ids?);
        }
        if n.get("SubnetId").is_none() {
            // There is no default VPC here, and so no subnet to choose by itself.
            let zone = text(&all["Placement"], "AvailabilityZone");
            let default = SUBNET
                .all(ctx)
                .find(|s| s["DefaultForAz"] == true && (zone.is_empty() || text(s, "AvailabilityZone") == zone));
            let Some(default) = default else {
                let message = "No subnets found for the default VPC. Please specify a subnet.";
                return Err(AwsError::new("MissingInput", message));
            };
            set(&mut n, "SubnetId", default["SubnetId"].clone());
        }
        Ok(Self(vec![n]))
    }

    fn zone(&self, ctx: &Ctx) -> Result<String, AwsError> {
        let Some(first) = self.0.first() else { return Err(invalid("An instance needs a network interface.")) };
        let place = match first["NetworkInterfaceId"].as_str() {
            Some(eni) => NETWORK_INTERFACE.get(ctx, eni)?,
            None => SUBNET.get(ctx, text(first, "SubnetId"))?,
        };
        Ok(text(place, "AvailabilityZone").to_owned())
    }

    fn attach(&self, ctx: &mut Ctx, id: &str, all: &Value) -> Result<(), AwsError> {
        for n in &self.0 {
            let index = n["DeviceIndex"].as_i64().unwrap_or(0);
            if let Some(eni) = n["NetworkInterfaceId"].as_str() {
                let held = NETWORK_INTERFACE.get(ctx, eni)?;
                if text(held, "Status") == "in-use" {
                    let message = format!("Interface: [{eni}] in-use.");
                    return Err(AwsError::new("InvalidNetworkInterface.InUse", message));
                }
                let with_it = n["DeleteOnTermination"] == true;
                network_interface::fasten(ctx, eni, id, index, with_it, "attaching");
                continue;
            }
            let place = SUBNET.get(ctx, text(n, "SubnetId"))?.clone();
            let given: Vec<&str> = items(n, "Groups").iter().filter_map(Value::as_str).collect();
            let addresses = items(n, "PrivateIpAddresses");
            let primary = n["PrivateIpAddress"].as_str().or_else(|| {
                addresses.iter().find(|a| a["Primary"] == true).and_then(|a| a["PrivateIpAddress"].as_str())
            });
            let more: Vec<String> = addresses
                .iter()
                .filter(|a| a["Primary"] != true)
                .filter_map(|a| a["PrivateIpAddress"].as_str().map(str::to_owned))
                .collect();
            let wanted = network_interface::Wanted {
                primary,
                more: &more,
                more_count: n["SecondaryPrivateIpAddressCount"].as_i64().unwrap_or(0),
                ipv6: items(n, "Ipv6Addresses"),
                ipv6_count: n["Ipv6AddressCount"].as_i64().unwrap_or_else(|| {
                    i64::from(place["AssignIpv6AddressOnCreation"] == true && items(n, "Ipv6Addresses").is_empty())
                }),
                groups: &given,
                description: n["Description"].as_str().unwrap_or(""),
                tags: tags::specified(&all["TagSpecifications"], "network-interface")?,
            };
            let eni = network_interface::make_own(ctx, &place, &wanted)?;
            if n["PrimaryIpv6"] == true || (index == 0 && all["EnablePrimaryIpv6"] == true) {
                network_prefix::primary_ipv6(ctx, &eni)?;
            }
            let with_it = n["DeleteOnTermination"].as_bool().unwrap_or(true);
            network_interface::fasten(ctx, &eni, id, index, with_it, "attaching");
            let open = n["AssociatePublicIpAddress"].as_bool().unwrap_or(place["MapPublicIpOnLaunch"] == true);
            let lent = open && index == 0;
            NETWORK_INTERFACE.update(ctx, &eni, |e| {
                set(e, "_with", id);
                set(e, "_auto_public", lent);
            });
            if lent {
                let ip = address::new_public_ip(ctx);
                network_interface::set_auto_public(ctx, &eni, Some(&ip));
            }
        }
        Ok(())
    }
}
