use super::*;

/// Every attribute, block and type that one release has and another has not.
fn lacking(of: &ProviderSchema, judged: &ProviderSchema) -> Vec<String> {
    fn blocks(at: &str, full: &Block, narrow: &Block, found: &mut Vec<String>) {
        let names = full.attributes.keys().filter(|n| !narrow.attributes.contains_key(*n));
        found.extend(names.map(|n| format!("{at}.{n}")));
        for (name, b) in &full.blocks {
            match narrow.blocks.get(name) {
                Some(other) => blocks(&format!("{at}.{name}"), &b.block, &other.block, found),
                None => found.push(format!("{at}.{name}")),
            }
        }
    }
    let mut found = Vec::new();
    for (kind, full, narrow) in
        [("", &of.resources, &judged.resources), ("data.", &of.data_sources, &judged.data_sources)]
    {
        for (name, schema) in full {
            match narrow.get(name) {
                Some(other) => blocks(&format!("{kind}{name}"), &schema.block, &other.block, &mut found),
                None => found.push(format!("{kind}{name}")),
            }
        }
    }
    found
}

/// The schemas of the AWS provider's releases 5.87.0 to 5.99.1, compared release by release.
#[test]
fn what_releases_lack() {
    let of = |minor| lacking(provider_schema(), &view(minor).schema);
    let at_87 = [
        "aws_autoscaling_group.capacity_reservation_specification",
        "aws_dynamodb_table.point_in_time_recovery.recovery_period_in_days",
        "aws_ebs_volume.create_time",
        "aws_eks_cluster.force_update_version",
        "aws_launch_template.block_device_mappings.ebs.volume_initialization_rate",
        "aws_launch_template.network_interfaces.ena_srd_specification",
        "aws_s3_object.checksum_crc64nvme",
        "aws_sns_topic.fifo_throughput_scope",
        "data.aws_ami.last_launched_time",
        "data.aws_eks_cluster_versions",
    ];
    assert_eq!(of(87), at_87);
    assert_eq!(of(40), at_87, "releases before it are not told apart");
    assert_eq!(
        of(95),
        [
            "aws_autoscaling_group.capacity_reservation_specification",
            "aws_dynamodb_table.point_in_time_recovery.recovery_period_in_days",
            "aws_launch_template.block_device_mappings.ebs.volume_initialization_rate",
            "aws_sns_topic.fifo_throughput_scope",
        ]
    );
    assert_eq!(of(99), Vec::<String>::new());
}

#[test]
fn which_releases_are_imitated() {
    let of = |text| minor(&Version::parse(text).unwrap());
    assert_eq!((of("5.87.0"), of("5.99.1"), of("5.100.0")), (Some(87), Some(99), None));
    assert_eq!((of("4.67.0"), of("6.0.0"), of("5.101.0")), (None, None, None));
}

#[test]
fn values_are_fitted_both_ways() {
    let view = view(87);
    let (narrow, full) = view.resource("aws_dynamodb_table").unwrap();
    assert!(view.resource("aws_vpc").is_none(), "nothing came to it");
    let empty = crate::obj::Obj::empty(full).value();
    let list = full.attribute("point_in_time_recovery").unwrap();
    let item = list.element().unwrap();
    let recovery = Value::null(item.clone());
    let recovery = fit(&Value::object([("enabled", Value::bool(true))]), recovery.ty());
    let recovery = recovery.with_attribute("recovery_period_in_days", Value::number(7_usize));
    let table = empty
        .with_attribute("name", Value::string("t"))
        .with_attribute("arn", Value::unknown(Type::String))
        .with_attribute("point_in_time_recovery", Value::list(item.clone(), [recovery]));
    let narrowed = fit(&table, narrow);
    assert_eq!(narrowed.ty(), narrow);
    let block = &narrowed.get("point_in_time_recovery").unwrap().as_seq().unwrap()[0];
    assert_eq!(
        (block.get("enabled").and_then(Value::as_bool), block.get("recovery_period_in_days")),
        (Some(true), None)
    );
    let widened = fit(&narrowed, full);
    assert_eq!(widened.ty(), full);
    assert!(!widened.get("arn").unwrap().is_known());
    let block = &widened.get("point_in_time_recovery").unwrap().as_seq().unwrap()[0];
    assert!(block.get("recovery_period_in_days").unwrap().is_null());
    assert_eq!(widened.get("name").and_then(Value::as_str), Some("t"));
    assert!(fit(&Value::null(full.clone()), narrow).is_null());
}

#[test]
fn blocks_that_came_later_are_absent() {
    let view = view(87);
    let (narrow, full) = view.resource("aws_autoscaling_group").unwrap();
    let widened = fit(&crate::obj::Obj::empty(narrow).value(), full);
    assert!(widened.get("capacity_reservation_specification").unwrap().as_seq().is_some_and(<[Value]>::is_empty));
}

#[test]
fn paths_to_what_came_later_lead_nowhere() {
    let view = view(87);
    let (narrow, full) = view.resource("aws_dynamodb_table").unwrap();
    let path =
        Path::attr("point_in_time_recovery").then_index(Value::number(0_usize)).then_attr("recovery_period_in_days");
    assert!(leads_somewhere(&path, full) && !leads_somewhere(&path, narrow));
    assert!(leads_somewhere(&Path::attr("name"), narrow));
}
