//! `aws_instance`.

use serde_json::{Value as Json, json};

use super::network::{FILTER, filters};
use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::ec2::ebs::VOLUMES;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::of_document;

const CREDITS: Kind = Kind::Object(&[string("cpu_credits")]);
const ENCLAVE: Kind = Kind::Object(&[boolean("enabled")]);
const EPHEMERAL: Kind = Kind::Object(&[string("device_name"), boolean("no_device"), string("virtual_name")]);
const MAINTENANCE: Kind = Kind::Object(&[string("auto_recovery")]);
const METADATA: Kind = Kind::Object(&[
    string("http_endpoint"),
    string("http_protocol_ipv6"),
    int("http_put_response_hop_limit"),
    string("http_tokens"),
    string("instance_metadata_tags"),
]);
const NAMES: Kind = Kind::Object(&[
    boolean("enable_resource_name_dns_a_record"),
    boolean("enable_resource_name_dns_aaaa_record").from("EnableResourceNameDnsAAAARecord"),
    string("hostname_type"),
]);
const EBS: Kind = Kind::Object(&[
    boolean("delete_on_termination"),
    string("device_name"),
    boolean("encrypted"),
    int("iops"),
    string("kms_key_id"),
    string("snapshot_id"),
    map("tags", &Kind::String),
    int("throughput"),
    string("volume_id"),
    int("volume_size"),
    string("volume_type"),
]);
const ROOT: Kind = Kind::Object(&[
    boolean("delete_on_termination"),
    string("device_name"),
    boolean("encrypted"),
    int("iops"),
    string("kms_key_id"),
    map("tags", &Kind::String),
    int("throughput"),
    string("volume_id"),
    int("volume_size"),
    string("volume_type"),
]);

/// `aws_instance`.
pub static INSTANCE: DataSource = data(
    "aws_instance",
    &[
        string("ami").computed().from("ImageId"),
        string("arn").computed().unread(),
        boolean("associate_public_ip_address").computed().unread(),
        string("availability_zone").computed().from("Placement.AvailabilityZone"),
        list("credit_specification", &CREDITS).computed().unread(),
        boolean("disable_api_stop").computed().unread(),
        boolean("disable_api_termination").computed().unread(),
        set("ebs_block_device", &EBS).computed().unread(),
        boolean("ebs_optimized").computed(),
        list("enclave_options", &ENCLAVE).computed(),
        list("ephemeral_block_device", &EPHEMERAL).computed().unread(),
        block_set("filter", &FILTER).unread(),
        boolean("get_password_data").default_bool(false).unread(),
        boolean("get_user_data").default_bool(false).unread(),
        string("host_id").computed().from("Placement.HostId").zero(),
        string("host_resource_group_arn").computed().from("Placement.HostResourceGroupArn").zero(),
        string("iam_instance_profile").computed().unread(),
        string("instance_id").unread(),
        string("instance_state").computed().from("State.Name"),
        map("instance_tags", &Kind::String).optional_computed().unread(),
        string("instance_type").computed(),
        strings("ipv6_addresses").computed().unread(),
        string("key_name").computed().zero(),
        string("launch_time").computed().unread(),
        list("maintenance_options", &MAINTENANCE).computed(),
        list("metadata_options", &METADATA).computed(),
        boolean("monitoring").computed().unread(),
        string("network_interface_id").computed().unread(),
        string("outpost_arn").computed().zero(),
        string("password_data").computed().unread(),
        string("placement_group").computed().from("Placement.GroupName").zero(),
        int("placement_partition_number").computed().from("Placement.PartitionNumber").zero(),
        string("private_dns").computed().from("PrivateDnsName"),
        list("private_dns_name_options", &NAMES).computed(),
        string("private_ip").computed().from("PrivateIpAddress"),
        string("public_dns").computed().from("PublicDnsName").zero(),
        string("public_ip").computed().from("PublicIpAddress").zero(),
        set("root_block_device", &ROOT).computed().unread(),
        strings("secondary_private_ips").computed().unread(),
        strings("security_groups").computed().unread(),
        boolean("source_dest_check").computed().unread(),
        string("subnet_id").computed().unread(),
        map("tags", &Kind::String).optional_computed().unread(),
        string("tenancy").computed().from("Placement.Tenancy"),
        string("user_data").computed().unread(),
        string("user_data_base64").computed().unread(),
        strings("vpc_security_group_ids").computed().unread(),
    ],
    instance,
)
.timeouts();

fn instance<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut request = json!({});
        if let Some(id) = obj.str("instance_id") {
            request["InstanceIds"] = json!([id]);
        }
        let mut by = Obj::empty(obj.ty());
        by.set("filter", obj.get("filter"));
        by.set("tags", obj.get("instance_tags"));
        let wanted = filters(&by, &[]);
        if wanted.as_array().is_some_and(|f| !f.is_empty()) {
            request["Filters"] = wanted;
        }
        let found = match cx.list("ec2", "DescribeInstances", "Reservations[].Instances", request).await {
            Err(Fail::Api(e)) if crate::loader::is_not_found(&e) => Vec::new(),
            found => found?,
        };
        let found = found.into_iter().filter(|i| doc::text(i, "State.Name") != "terminated").collect();
        let item = exactly_one("instance", found)?;
        doc::fill(INSTANCE.attrs, &item, obj);
        let id = doc::text(&item, "InstanceId");
        obj.set("id", id.as_str());
        let account = cx.account().await?.to_owned();
        obj.set("arn", cx.arn("ec2", &account, &format!("instance/{id}")));
        obj.set("launch_time", crate::iam::moment(&item, "LaunchTime"));
        let profile = doc::text(&item, "IamInstanceProfile.Arn");
        obj.set("iam_instance_profile", profile.rsplit('/').next().unwrap_or_default());
        let monitored = doc::text(&item, "Monitoring.State");
        obj.set("monitoring", monitored == "enabled" || monitored == "pending");
        network(obj, &item);
        for name in ["get_password_data", "get_user_data"] {
            let on = obj.bool(name);
            obj.set(name, on);
        }
        attributes(cx, obj, &id).await?;
        devices(cx, obj, &item).await?;
        let tags = doc::at(&item, "Tags").map(|t| of_document(&t)).unwrap_or_default();
        let kept = tags.iter().filter(|(k, _)| !cx.settings.tags.ignores(k));
        obj.set("tags", crate::tags::value(kept));
        Ok(())
    })
}

fn network(obj: &mut Obj, item: &Json) {
    let all = doc::items(item, "NetworkInterfaces");
    let primary = all.iter().find(|n| doc::text(n, "Attachment.DeviceIndex") == "0");
    let of = |path: &str| primary.map(|n| doc::items(n, path)).unwrap_or_default();
    obj.set("subnet_id", primary.map(|n| doc::text(n, "SubnetId")).unwrap_or_default());
    obj.set("network_interface_id", primary.map(|n| doc::text(n, "NetworkInterfaceId")).unwrap_or_default());
    obj.set("associate_public_ip_address", primary.is_some_and(|n| n.get("Association").is_some()));
    obj.set("source_dest_check", doc::flag(item, "SourceDestCheck"));
    let secondary: Vec<String> = of("PrivateIpAddresses")
        .iter()
        .filter(|a| !doc::flag(a, "Primary"))
        .map(|a| doc::text(a, "PrivateIpAddress"))
        .collect();
    obj.set_strs("secondary_private_ips", secondary.iter().map(String::as_str));
    let ipv6: Vec<String> = of("Ipv6Addresses").iter().map(|a| doc::text(a, "Ipv6Address")).collect();
    obj.set_strs("ipv6_addresses", ipv6.iter().map(String::as_str));
    let groups = doc::texts(item, "SecurityGroups[].GroupId");
    obj.set_strs("vpc_security_group_ids", groups.iter().map(String::as_str));
    obj.set_strs("security_groups", []);
}

async fn attributes(cx: &Cx, obj: &mut Obj, id: &str) -> Result<(), Fail> {
    let ask =
        |name: &'static str| cx.once("ec2", "DescribeInstanceAttribute", json!({"InstanceId": id, "Attribute": name}));
    let (stop, end) = futures_util::join!(ask("disableApiStop"), ask("disableApiTermination"));
    obj.set("disable_api_stop", doc::flag(&*stop?, "DisableApiStop.Value"));
    obj.set("disable_api_termination", doc::flag(&*end?, "DisableApiTermination.Value"));
    if obj.bool("get_user_data") {
        let data = doc::text(&*ask("userData").await?, "UserData.Value");
        if !data.is_empty() {
            obj.set("user_data", crate::ec2::instance::sum(&data));
            obj.set("user_data_base64", data);
        }
    }
    if obj.bool("get_password_data") {
        let answer = cx.ec2("GetPasswordData", json!({"InstanceId": id})).await?;
        obj.set("password_data", doc::text(&answer, "PasswordData").trim());
    }
    let credits = cx.ec2("DescribeInstanceCreditSpecifications", json!({"InstanceIds": [id]})).await;
    let credits = match credits {
        // Most types have no credits, and some partitions not even the call.
        Err(e) if e.is(&["InstanceCreditSpecification.NotSupported", "UnsupportedOperation"]) => None,
        found => doc::items(&found?, "InstanceCreditSpecifications").pop(),
    };
    let credits = credits.map(|c| json!([{"cpu_credits": c["CpuCredits"]}]));
    Ok(obj.set_json("credit_specification", &credits.unwrap_or_else(|| json!([])))?)
}

async fn devices(cx: &Cx, obj: &mut Obj, item: &Json) -> Result<(), Fail> {
    let (mut root, mut others) = (Vec::new(), Vec::new());
    for m in doc::items(item, "BlockDeviceMappings") {
        let Some(v) = cx.load(&VOLUMES, &doc::text(&m, "Ebs.VolumeId")).await? else { continue };
        let number = |path: &str| doc::at(&v, path).unwrap_or_else(|| json!(0));
        let mut shown = json!({
            "delete_on_termination": doc::flag(&m, "Ebs.DeleteOnTermination"),
            "device_name": m["DeviceName"],
            "encrypted": doc::flag(&v, "Encrypted"),
            "iops": number("Iops"),
            "kms_key_id": doc::text(&v, "KmsKeyId"),
            "tags": doc::at(&v, "Tags").map(|t| of_document(&t)).unwrap_or_default(),
            "throughput": number("Throughput"),
            "volume_id": v["VolumeId"],
            "volume_size": number("Size"),
            "volume_type": v["VolumeType"],
        });
        if m["DeviceName"] == item["RootDeviceName"] {
            root.push(shown);
        } else {
            shown["snapshot_id"] = json!(doc::text(&v, "SnapshotId"));
            others.push(shown);
        }
    }
    obj.set_json("root_block_device", &json!(root))?;
    obj.set_json("ebs_block_device", &json!(others))?;
    obj.set_json("ephemeral_block_device", &json!([]))?;
    Ok(())
}
