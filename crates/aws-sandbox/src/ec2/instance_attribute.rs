//! What can be changed of an instance, one call for each thing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::filters;
use super::instance::state_of;
use super::kind::{self, INSTANCE};
use super::{instance, instance_launch, instance_type, network_interface, volume};
use crate::context::Ctx;
use crate::document::{items_mut, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribeInstanceAttribute", describe),
    ("ModifyInstanceAttribute", modify),
    ("ModifyInstanceMetadataOptions", modify_metadata),
    ("ModifyInstanceMaintenanceOptions", modify_maintenance),
    ("ModifyPrivateDnsNameOptions", modify_names),
    ("ModifyInstanceCapacityReservationAttributes", modify_reservation),
    ("DescribeInstanceCreditSpecifications", credits),
    ("ModifyInstanceCreditSpecification", modify_credits),
    ("MonitorInstances", |ctx, input| monitor(ctx, input, true)),
    ("UnmonitorInstances", |ctx, input| monitor(ctx, input, false)),
    ("DescribeIamInstanceProfileAssociations", profiles),
    ("AssociateIamInstanceProfile", associate_profile),
    ("ReplaceIamInstanceProfileAssociation", replace_profile),
    ("DisassociateIamInstanceProfile", disassociate_profile),
    ("GetPasswordData", password),
];

/// An instance that is not terminated.
fn alive(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let found = INSTANCE.get(ctx, id)?.clone();
    match state_of(&found) {
        "terminated" | "shutting-down" => Err(AwsError::new(
            "IncorrectInstanceState",
            format!("The instance '{id}' is not in a state in which it can be changed."),
        )),
        _ => Ok(found),
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let found = INSTANCE.get(ctx, id)?;
    let held = &found["_attributes"];
    let value = |v: &Value| json!({"Value": v});
    let mut out = json!({"InstanceId": id});
    match input.str("Attribute")? {
        "disableApiTermination" => set(&mut out, "DisableApiTermination", value(&held["disableApiTermination"])),
        "disableApiStop" => set(&mut out, "DisableApiStop", value(&held["disableApiStop"])),
        "instanceInitiatedShutdownBehavior" => {
            let v = value(&held["instanceInitiatedShutdownBehavior"]);
            set(&mut out, "InstanceInitiatedShutdownBehavior", v);
        }
        "userData" => {
            let v = held.get("userData").map_or_else(|| json!({}), value);
            set(&mut out, "UserData", v);
        }
        "instanceType" => set(&mut out, "InstanceType", value(&found["InstanceType"])),
        "ebsOptimized" => set(&mut out, "EbsOptimized", value(&found["EbsOptimized"])),
        "rootDeviceName" => set(&mut out, "RootDeviceName", value(&found["RootDeviceName"])),
        "sourceDestCheck" => {
            let v = instance::render(ctx, found)["SourceDestCheck"].clone();
            set(&mut out, "SourceDestCheck", value(&v));
        }
        "blockDeviceMapping" => set(&mut out, "BlockDeviceMappings", found["BlockDeviceMappings"].clone()),
        "groupSet" => {
            let v = instance::render(ctx, found)["SecurityGroups"].clone();
            set(&mut out, "Groups", v);
        }
        other => return Err(AwsError::not_implemented(format!("the instance attribute {other}"))),
    }
    Ok(out)
}

fn must_be_stopped(found: &Value) -> Result<(), AwsError> {
    if state_of(found) == "stopped" {
        return Ok(());
    }
    let message = format!("The instance '{}' is not in the 'stopped' state.", text(found, "InstanceId"));
    Err(AwsError::new("IncorrectInstanceState", message))
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Attribute", "Value", "EnaSupport", "Kernel", "Ramdisk", "SriovNetSupport"])?;
    let id = input.str("InstanceId")?;
    let mut found = alive(ctx, id)?;
    let before = found.clone();
    let mut changes = 0;
    for (member, name) in [("DisableApiTermination", "disableApiTermination"), ("DisableApiStop", "disableApiStop")] {
        if let Some(on) = input.attribute_bool(member)? {
            set(&mut found["_attributes"], name, on);
            changes += 1;
        }
    }
    if let Some(v) = input.opt_structure("InstanceInitiatedShutdownBehavior") {
        set(&mut found["_attributes"], "instanceInitiatedShutdownBehavior", v.str("Value")?);
        changes += 1;
    }
    if let Some(v) = input.opt_structure("UserData") {
        must_be_stopped(&before)?;
        set_some(&mut found["_attributes"], "userData", v.opt_str("Value")?);
        changes += 1;
    }
    if let Some(v) = input.opt_structure("InstanceType") {
        must_be_stopped(&before)?;
        let kind = instance_type::get(v.str("Value")?)?;
        set(&mut found, "InstanceType", kind["InstanceType"].clone());
        let cpus = &kind["VCpuInfo"];
        set(
            &mut found,
            "CpuOptions",
            json!({"CoreCount": cpus["DefaultCores"], "ThreadsPerCore": cpus["DefaultThreadsPerCore"]}),
        );
        // What was chosen for the credits stays from one burstable type to another.
        if kind["BurstablePerformanceSupported"] != true {
            unset(&mut found, "_credits");
        } else if found.get("_credits").is_none() {
            let standard = text(&kind, "InstanceType").starts_with("t2");
            set(&mut found, "_credits", if standard { "standard" } else { "unlimited" });
        }
        changes += 1;
    }
    if let Some(on) = input.attribute_bool("EbsOptimized")? {
        must_be_stopped(&before)?;
        set(&mut found, "EbsOptimized", on);
        changes += 1;
    }
    let primary = instance::interfaces(ctx, id).first().map(|e| text(e, "NetworkInterfaceId").to_owned());
    if let Some(on) = input.attribute_bool("SourceDestCheck")? {
        if instance::interfaces(ctx, id).len() > 1 {
            let message = format!(
                "There are multiple interfaces attached to instance '{id}'. Please specify an interface ID for the operation instead."
            );
            return Err(AwsError::new("InvalidInstanceID", message));
        }
        if let Some(eni) = &primary {
            kind::NETWORK_INTERFACE.update(ctx, eni, |e| set(e, "SourceDestCheck", on));
        }
        changes += 1;
    }
    let groups = input.strings("Groups")?;
    if !groups.is_empty() {
        if let Some(eni) = &primary {
            let vpc = text(kind::NETWORK_INTERFACE.get(ctx, eni)?, "VpcId").to_owned();
            let groups = network_interface::groups(ctx, &groups, &vpc)?;
            kind::NETWORK_INTERFACE.update(ctx, eni, |e| set(e, "Groups", groups));
        }
        changes += 1;
    }
    let mappings = input.structures("BlockDeviceMappings")?;
    for m in &mappings {
        let device = m.str("DeviceName")?;
        let ebs = m.structure("Ebs")?;
        ebs.refuse(&["VolumeId"])?;
        let on = ebs.flag("DeleteOnTermination")?;
        let all = items_mut(&mut found, "BlockDeviceMappings");
        let Some(slot) = all.into_iter().flatten().find(|m| text(m, "DeviceName") == device) else {
            return Err(AwsError::new(
                "InvalidInstanceAttributeValue",
                format!("No device is currently mapped at {device}"),
            ));
        };
        set(&mut slot["Ebs"], "DeleteOnTermination", on);
        let held = text(&slot["Ebs"], "VolumeId").to_owned();
        volume::keep(ctx, &held, id, on);
    }
    changes += usize::from(!mappings.is_empty());
    if changes != 1 {
        let message = "Fields for multiple attribute types specified";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    INSTANCE.put(ctx, found);
    Ok(json!({}))
}

fn modify_metadata(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let mut found = alive(ctx, id)?;
    let options = &mut found["MetadataOptions"];
    for member in ["HttpTokens", "HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags"] {
        set_some(options, member, input.filled(member)?);
    }
    if let Some(n) = input.opt_int("HttpPutResponseHopLimit")? {
        if !(1..=64).contains(&n) {
            return Err(input.invalid(format!("Value ({n}) for parameter HttpPutResponseHopLimit is invalid.")));
        }
        set(options, "HttpPutResponseHopLimit", n);
    }
    set(options, "State", "pending");
    let shown = options.clone();
    INSTANCE.put(ctx, found);
    ctx.after(10, "instance-metadata", id);
    Ok(json!({"InstanceId": id, "InstanceMetadataOptions": shown}))
}

/// The metadata service follows its options.
pub(crate) fn metadata_applied(ctx: &mut Ctx, id: &str) {
    INSTANCE.update(ctx, id, |i| set(&mut i["MetadataOptions"], "State", "applied"));
}

fn modify_maintenance(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let mut found = alive(ctx, id)?;
    let options = &mut found["MaintenanceOptions"];
    for member in ["AutoRecovery", "RebootMigration"] {
        set_some(options, member, input.filled(member)?);
    }
    let mut out = options.clone();
    set(&mut out, "InstanceId", id);
    INSTANCE.put(ctx, found);
    Ok(out)
}

fn modify_names(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let mut found = alive(ctx, id)?;
    let options = &mut found["PrivateDnsNameOptions"];
    if let Some(kind) = input.filled("PrivateDnsHostnameType")? {
        if kind != text(options, "HostnameType") && text(&found["State"], "Name") != "stopped" {
            return Err(must_be_stopped(&found).err().unwrap_or_else(|| input.invalid("stopped")));
        }
        set(&mut found["PrivateDnsNameOptions"], "HostnameType", kind);
    }
    let options = &mut found["PrivateDnsNameOptions"];
    for member in ["EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord"] {
        set_some(options, member, input.opt_bool(member)?);
    }
    INSTANCE.put(ctx, found);
    Ok(json!({"Return": true}))
}

fn modify_reservation(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let mut found = alive(ctx, id)?;
    must_be_stopped(&found)?;
    let wanted = input.raw("CapacityReservationSpecification").cloned().unwrap_or_default();
    set(&mut found, "CapacityReservationSpecification", wanted);
    INSTANCE.put(ctx, found);
    Ok(json!({"Return": true}))
}

fn credits(ctx: &mut Ctx, input: &Input) -> Answer {
    let ids = input.strings("InstanceIds")?;
    for id in &ids {
        if INSTANCE.get(ctx, id)?.get("_credits").is_none() {
            let message = format!("The instance '{id}' has no CPU credits.");
            return Err(AwsError::new("InstanceCreditSpecification.NotSupported", message));
        }
    }
    let docs: Vec<Value> = INSTANCE
        .all(ctx)
        .filter(|i| i.get("_credits").is_some() && (ids.is_empty() || ids.contains(&text(i, "InstanceId"))))
        .map(|i| json!({"InstanceId": i["InstanceId"], "CpuCredits": i["_credits"]}))
        .collect();
    let docs = filters::apply(input, "Filters", docs, &[("instance-id", "InstanceId")])?;
    Ok(page::document("InstanceCreditSpecifications", kind::cut(input, docs)?, "NextToken"))
}

fn modify_credits(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for s in input.structures("InstanceCreditSpecifications")? {
        let (id, credits) = (s.str("InstanceId")?, s.str("CpuCredits")?);
        if INSTANCE.find(ctx, id).is_some_and(|i| i.get("_credits").is_some()) {
            INSTANCE.update(ctx, id, |i| set(i, "_credits", credits));
            done.push(json!({"InstanceId": id}));
        } else {
            let error =
                json!({"Code": "InstanceCreditSpecification.NotSupported", "Message": "It has no CPU credits."});
            failed.push(json!({"InstanceId": id, "Error": error}));
        }
    }
    Ok(json!({
        "SuccessfulInstanceCreditSpecifications": done, "UnsuccessfulInstanceCreditSpecifications": failed,
    }))
}

fn monitor(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let mut answers = Vec::new();
    for id in input.strings("InstanceIds")? {
        alive(ctx, id)?;
        let state = json!({"State": if on { "enabled" } else { "disabled" }});
        INSTANCE.update(ctx, id, |i| set(i, "Monitoring", state));
        let passing = if on { "pending" } else { "disabling" };
        answers.push(json!({"InstanceId": id, "Monitoring": {"State": passing}}));
    }
    Ok(json!({"InstanceMonitorings": answers}))
}

fn association(i: &Value) -> Value {
    json!({
        "AssociationId": i["_profile_association"], "InstanceId": i["InstanceId"],
        "IamInstanceProfile": i["IamInstanceProfile"], "State": "associated",
    })
}

fn profiles(ctx: &mut Ctx, input: &Input) -> Answer {
    let ids = input.strings("AssociationIds")?;
    let docs: Vec<Value> = INSTANCE
        .all(ctx)
        .filter(|i| i.get("IamInstanceProfile").is_some())
        .map(association)
        .filter(|a| ids.is_empty() || ids.contains(&text(a, "AssociationId")))
        .collect();
    let docs = filters::apply(input, "Filters", docs, &[("instance-id", "InstanceId"), ("state", "State")])?;
    Ok(page::document("IamInstanceProfileAssociations", kind::cut(input, docs)?, "NextToken"))
}

fn associate_profile(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let mut found = alive(ctx, id)?;
    let shown = instance_launch::profile_of(ctx, input.raw("IamInstanceProfile").unwrap_or(&Value::Null))?;
    if found.get("IamInstanceProfile").is_some() {
        let message = format!("There is an existing association for instance {id}");
        return Err(AwsError::new("IncorrectState", message));
    }
    set(&mut found, "IamInstanceProfile", shown);
    set(&mut found, "_profile_association", ctx.new_id("iip-assoc"));
    let out = association(&found);
    INSTANCE.put(ctx, found);
    Ok(json!({"IamInstanceProfileAssociation": out}))
}

fn with_association(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    INSTANCE
        .all(ctx)
        .find(|i| text(i, "_profile_association") == id)
        .cloned()
        .ok_or_else(|| AwsError::new("NoSuchAssociation", format!("An invalid association-id of '{id}' was given")))
}

fn replace_profile(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut found = with_association(ctx, input.str("AssociationId")?)?;
    let shown = instance_launch::profile_of(ctx, input.raw("IamInstanceProfile").unwrap_or(&Value::Null))?;
    set(&mut found, "IamInstanceProfile", shown);
    set(&mut found, "_profile_association", ctx.new_id("iip-assoc"));
    let out = association(&found);
    INSTANCE.put(ctx, found);
    Ok(json!({"IamInstanceProfileAssociation": out}))
}

fn disassociate_profile(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut found = with_association(ctx, input.str("AssociationId")?)?;
    let mut out = association(&found);
    set(&mut out, "State", "disassociating");
    unset(&mut found, "IamInstanceProfile");
    unset(&mut found, "_profile_association");
    INSTANCE.put(ctx, found);
    Ok(json!({"IamInstanceProfileAssociation": out}))
}

/// Linux has no password data, and there is no other system here.
fn password(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InstanceId")?;
    let found = INSTANCE.get(ctx, id)?;
    // Windows makes a password when it starts, and encrypts it for the key; here it stands for none.
    let has = text(found, "Platform") == "windows" && found.get("KeyName").is_some() && state_of(found) == "running";
    let data = if has {
        STANDARD.encode(id.repeat(14).as_bytes().iter().take(256).copied().collect::<Vec<u8>>())
    } else {
        String::new()
    };
    Ok(json!({"InstanceId": id, "PasswordData": data, "Timestamp": ctx.timestamp()}))
}
