//! Functions of the provider: `provider::aws::arn_parse` and the like.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::schema::FunctionSignature;
use craton_model::{Type, Value};

fn signature(parameters: &[&str], returns: Type, summary: &str) -> FunctionSignature {
    FunctionSignature {
        parameters: parameters.iter().map(|p| (Arc::from(*p), Type::String)).collect(),
        variadic: None,
        returns,
        summary: summary.into(),
    }
}

/// All of them, by name.
pub fn signatures() -> BTreeMap<Arc<str>, FunctionSignature> {
    let parts = ["account_id", "partition", "region", "resource", "service"].map(|n| (n, Type::String));
    [
        (
            "arn_build",
            signature(
                &["partition", "service", "region", "account_id", "resource"],
                Type::String,
                "An ARN from its parts.",
            ),
        ),
        ("arn_parse", signature(&["arn"], Type::object(parts), "The parts of an ARN.")),
        ("trim_iam_role_path", signature(&["arn"], Type::String, "The ARN of an IAM role without its path.")),
    ]
    .into_iter()
    .map(|(n, s)| (Arc::from(n), s))
    .collect()
}

/// An ARN's partition, service, region, account and resource
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
///
/// # Errors
/// It is none; says why.
pub fn parse_arn(arn: &str) -> Result<[&str; 5], String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, region, account, resource] => Ok([partition, service, region, account, resource]),
        _ => Err(format!("{arn:?} is not an ARN, which looks like arn:partition:service:region:account:resource")),
    }
}

/// Calls one.
///
/// # Errors
/// No such function, or an argument that it cannot take.
pub fn call(name: &str, args: &[Value]) -> Result<Value, (Option<usize>, String)> {
    let arg = |i: usize| args.get(i).and_then(Value::as_str).unwrap_or_default();
    match name {
        "arn_build" => Ok(Value::from(format!("arn:{}:{}:{}:{}:{}", arg(0), arg(1), arg(2), arg(3), arg(4)))),
        "arn_parse" => {
            let [partition, service, region, account, resource] = parse_arn(arg(0)).map_err(|e| (Some(0), e))?;
            Ok(Value::object([
                ("account_id", Value::from(account)),
                ("partition", Value::from(partition)),
                ("region", Value::from(region)),
                ("resource", Value::from(resource)),
                ("service", Value::from(service)),
            ]))
        }
        "trim_iam_role_path" => {
            let [partition, service, region, account, resource] = parse_arn(arg(0)).map_err(|e| (Some(0), e))?;
            let role = resource.strip_prefix("role/").filter(|_| service == "iam" && region.is_empty());
            let Some(role) = role else {
                return Err((Some(0), format!("{:?} is not the ARN of an IAM role", arg(0))));
            };
            let bare = role.rsplit('/').next().unwrap_or(role);
            Ok(Value::from(format!("arn:{partition}:{service}:{region}:{account}:role/{bare}")))
        }
        _ => Err((None, format!("the AWS provider has no function {name:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns() {
        let arn = Value::from("arn:aws:iam::123456789012:role/a/b");
        let parts = call("arn_parse", std::slice::from_ref(&arn)).unwrap();
        assert_eq!(parts.get("resource").unwrap().as_str(), Some("role/a/b"));
        assert_eq!(call("trim_iam_role_path", &[arn]).unwrap().as_str(), Some("arn:aws:iam::123456789012:role/b"));
        assert!(call("arn_parse", &[Value::from("x")]).is_err());
        assert!(call("trim_iam_role_path", &[Value::from("arn:aws:iam::1:user/x")]).is_err());
    }
}
