//! The services that endpoints can lead to.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::kind;
use super::{filters, zones};
use crate::context::Ctx;
use crate::document::text;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("DescribeVpcEndpointServices", describe)];

/// A service of AWS: the end of its name, and its private DNS name before `.<region>.amazonaws.com`.
/// Source: "AWS services that integrate with AWS PrivateLink".
const INTERFACE: &[(&str, &str)] = &[
    ("autoscaling", "autoscaling"),
    ("cloudformation", "cloudformation"),
    ("ec2", "ec2"),
    ("ec2messages", "ec2messages"),
    ("ecr.api", "api.ecr"),
    ("ecr.dkr", "*.dkr.ecr"),
    ("ecs", "ecs"),
    ("ecs-agent", "ecs-a"),
    ("ecs-telemetry", "ecs-t"),
    ("eks", "eks"),
    ("eks-auth", "eks-auth"),
    ("elasticache", "elasticache"),
    ("elasticfilesystem", "elasticfilesystem"),
    ("elasticloadbalancing", "elasticloadbalancing"),
    ("events", "events"),
    ("execute-api", "*.execute-api"),
    ("kinesis-firehose", "firehose"),
    ("kinesis-streams", "kinesis"),
    ("kms", "kms"),
    ("lambda", "lambda"),
    ("logs", "logs"),
    ("monitoring", "monitoring"),
    ("rds", "rds"),
    ("rds-data", "rds-data"),
    ("s3", "s3"),
    ("secretsmanager", "secretsmanager"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
    ("ssmmessages", "ssmmessages"),
    ("states", "states"),
    ("sts", "sts"),
    ("xray", "xray"),
];

const GATEWAY: &[&str] = &["dynamodb", "s3"];

/// Which kind of endpoint a service name allows, and its private DNS name.
pub(crate) struct Service {
    pub(crate) short: String,
    pub(crate) kind: &'static str,
    pub(crate) private_dns: Option<String>,
}

/// The service with a full name such as `com.amazonaws.eu-west-1.logs`.
///
/// # Errors
/// `InvalidServiceName` when there is none of that name and kind.
pub(crate) fn find(ctx: &Ctx, name: &str, kind: &str) -> Result<Service, AwsError> {
    let missing = || AwsError::new("InvalidServiceName", format!("The Vpc Endpoint Service '{name}' does not exist"));
    let prefix = format!("com.amazonaws.{}.", ctx.region);
    let short = name.strip_prefix(&prefix).ok_or_else(missing)?;
    match kind {
        "Gateway" if GATEWAY.contains(&short) => {
            Ok(Service { short: short.to_owned(), kind: "Gateway", private_dns: None })
        }
        "Interface" => {
            let (_, dns) = INTERFACE.iter().find(|(n, _)| *n == short).ok_or_else(missing)?;
            Ok(Service {
                short: short.to_owned(),
                kind: "Interface",
                private_dns: Some(format!("{dns}.{}.amazonaws.com", ctx.region)),
            })
        }
        _ if GATEWAY.contains(&short) || INTERFACE.iter().any(|(n, _)| *n == short) => Err(AwsError::new(
            "InvalidParameter",
            format!("VpcEndpointType ({kind}) does not match available service types for {name}."),
        )),
        _ => Err(missing()),
    }
}

fn service_id(name: &str, kind: &str) -> String {
    let d = Sha256::digest(format!("{name}/{kind}"));
    format!("vpce-svc-0{}", d[..8].iter().map(|b| format!("{b:02x}")).collect::<String>())
}

fn detail(ctx: &Ctx, short: &str, kind: &str, dns: Option<&str>) -> Value {
    let name = format!("com.amazonaws.{}.{short}", ctx.region);
    let (names, ids): (Vec<String>, Vec<String>) = zones::zones(&ctx.region).into_iter().unzip();
    let mut doc = json!({
        "ServiceName": name,
        "ServiceId": service_id(&name, kind),
        "ServiceType": [{"ServiceType": kind}],
        "ServiceRegion": ctx.region,
        "AvailabilityZoneIds": ids,
        "AvailabilityZones": names,
        "Owner": "amazon",
        "BaseEndpointDnsNames": [format!("{short}.{}.{}", ctx.region, if kind == "Interface" { "vpce.amazonaws.com" } else { "amazonaws.com" })],
        "VpcEndpointPolicySupported": true,
        "AcceptanceRequired": false,
        "ManagesVpcEndpoints": false,
        "Tags": [],
        "SupportedIpAddressTypes": ["ipv4"],
    });
    if let Some(dns) = dns {
        let dns = format!("{dns}.{}.amazonaws.com", ctx.region);
        doc["PrivateDnsName"] = json!(dns);
        doc["PrivateDnsNames"] = json!([{"PrivateDnsName": dns}]);
        doc["PrivateDnsNameVerificationState"] = json!("verified");
    }
    doc
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ServiceRegions"])?;
    let names = input.strings("ServiceNames")?;
    let gateways = GATEWAY.iter().map(|s| detail(ctx, s, "Gateway", None));
    let interfaces = INTERFACE.iter().map(|(s, dns)| detail(ctx, s, "Interface", Some(dns)));
    let all: Vec<Value> = gateways.chain(interfaces).collect();
    if let Some(missing) = names.iter().find(|n| all.iter().all(|d| text(d, "ServiceName") != **n)) {
        return Err(AwsError::new(
            "InvalidServiceName",
            format!("The Vpc Endpoint Service '{missing}' does not exist"),
        ));
    }
    let all = all.into_iter().filter(|d| names.is_empty() || names.contains(&text(d, "ServiceName"))).collect();
    let known = &[
        ("owner", "Owner"),
        ("service-name", "ServiceName"),
        ("service-region", "ServiceRegion"),
        ("service-type", "ServiceType.ServiceType"),
        ("supported-ip-address-types", "SupportedIpAddressTypes"),
    ];
    let all = filters::apply(input, "Filters", all, known)?;
    let mut names: Vec<String> = all.iter().map(|d| text(d, "ServiceName").to_owned()).collect();
    names.sort();
    names.dedup();
    let (page, next) = kind::cut(input, all)?;
    let mut out = json!({"ServiceNames": names, "ServiceDetails": page});
    crate::document::set_some(&mut out, "NextToken", next);
    Ok(out)
}
