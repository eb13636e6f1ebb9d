//! A sandbox in memory and short ways to ask it.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use craton_aws_sandbox::{AwsError, Caller, ClockSource, Sandbox, SandboxOptions};
use serde_json::{Value, json};

pub const REGION: &str = "eu-west-1";

pub fn options() -> SandboxOptions {
    SandboxOptions {
        seed: Some("test".into()),
        clock: ClockSource::Fixed(1_767_225_600_000),
        ..SandboxOptions::default()
    }
}

fn without_nulls(input: &Value) -> Value {
    let members = input.as_object().unwrap().iter().filter(|(_, v)| !v.is_null());
    Value::Object(members.map(|(k, v)| (k.clone(), v.clone())).collect())
}

pub struct Aws {
    pub sandbox: Sandbox,
    pub service: &'static str,
}

impl Aws {
    pub fn new(service: &'static str) -> Self {
        Self { sandbox: Sandbox::open(options()).unwrap(), service }
    }

    pub fn of(&self, service: &'static str) -> Self {
        Self { sandbox: self.sandbox.clone(), service }
    }

    pub fn try_call(&self, operation: &str, input: Value) -> Result<Value, AwsError> {
        let out = self.sandbox.call(&Caller::in_region(REGION), self.service, operation, &input)?;
        // What the sandbox takes and gives must be what AWS takes and gives.
        let service = craton_aws_api::service(self.service).unwrap();
        let model = service.operation(operation).unwrap();
        craton_aws_api::codec::encode_request(service, model, &without_nulls(&input)).unwrap();
        craton_aws_api::encode_response(service, model, service.protocol, &out, "request").unwrap();
        Ok(out)
    }

    #[track_caller]
    pub fn call(&self, operation: &str, input: Value) -> Value {
        match self.try_call(operation, input) {
            Ok(v) => v,
            Err(e) => panic!("{operation}: {e}"),
        }
    }

    /// The code of the error that the call must give.
    #[track_caller]
    pub fn refused(&self, operation: &str, input: Value) -> String {
        match self.try_call(operation, input) {
            Ok(v) => panic!("{operation} should be refused, gave {v}"),
            Err(e) => e.code,
        }
    }

    /// Makes something and gives the string at a JSON pointer of the answer.
    #[track_caller]
    pub fn make(&self, operation: &str, input: Value, pointer: &str) -> String {
        let out = self.call(operation, input);
        out.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {out}")).to_owned()
    }

    pub fn vpc(&self, cidr: &str) -> String {
        self.make("CreateVpc", json!({"CidrBlock": cidr}), "/Vpc/VpcId")
    }

    pub fn subnet(&self, vpc: &str, cidr: &str, zone: &str) -> String {
        let input = json!({"VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": format!("{REGION}{zone}")});
        self.make("CreateSubnet", input, "/Subnet/SubnetId")
    }

    pub fn internet_gateway(&self, vpc: &str) -> String {
        let igw = self.make("CreateInternetGateway", json!({}), "/InternetGateway/InternetGatewayId");
        self.call("AttachInternetGateway", json!({"InternetGatewayId": igw, "VpcId": vpc}));
        igw
    }

    /// Everything of a list that a filter lets through.
    pub fn list(&self, operation: &str, list: &str, filter: &str, value: &str) -> Vec<Value> {
        let out = self.call(operation, json!({"Filters": [{"Name": filter, "Values": [value]}]}));
        out[list].as_array().unwrap().clone()
    }
}
