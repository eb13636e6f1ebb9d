//! Every operation of every model, both ways: what one half writes, the other half reads as the same document.

use http::HeaderValue;
use serde_json::{Map, Value, json};

use super::*;
use crate::model::{Kind, Location, Operation, Ref, Service, service, service_ids};

/// Makes documents from shapes, the same ones every time.
struct Maker<'a> {
    service: &'a Service,
    /// All members, or the required ones alone.
    full: bool,
    counter: usize,
    above: Vec<&'a str>,
}

impl<'a> Maker<'a> {
    fn new(service: &'a Service, full: bool) -> Self {
        Self { service, full, counter: 0, above: Vec::new() }
    }

    /// `None` where the shape would contain itself.
    fn make(&mut self, r: &Ref, location: Location) -> Option<Value> {
        self.counter += 1;
        let n = self.counter;
        let shape = self.service.shape(r);
        if self.above.contains(&shape.name) {
            return None;
        }
        let in_body = location == Location::Body;
        self.above.push(shape.name);
        let value = match &shape.kind {
            Kind::Structure(s) => {
                let mut out = Map::new();
                for (name, member) in &s.members {
                    if (self.full || s.required.contains(name))
                        && let Some(value) = self.make(member, member.location)
                    {
                        out.insert((*name).into(), value);
                    }
                }
                // A form has no way to say "an empty structure".
                if out.is_empty() && self.above.len() > 1 && !self.service.protocol.is_rest() {
                    let first = s.members.iter().find_map(|(name, m)| Some((*name, self.make(m, m.location)?)));
                    out.extend(first.map(|(name, value)| (name.to_string(), value)));
                }
                Some(Value::Object(out))
            }
            Kind::List(item) => {
                let items: Option<Vec<Value>> = (0..2).map(|_| self.make(item, location)).collect();
                items.map(Value::Array)
            }
            Kind::Map(_, v) => {
                let entries: Option<Map<_, _>> =
                    (0..2).map(|i| Some((format!("key{i}"), self.make(v, location)?))).collect();
                entries.map(Value::Object)
            }
            Kind::String if !shape.values.is_empty() => Some(json!(shape.values[n % shape.values.len()])),
            Kind::String if location == Location::Uri => Some(json!(format!("a b+é%-{n}"))),
            Kind::String if in_body && !r.xml_attribute => Some(json!(format!(" a<b> & \"{n}\"=é+%\r\n/ "))),
            Kind::String => Some(json!(format!("text {n}"))),
            Kind::Boolean => Some(json!(n.is_multiple_of(2))),
            Kind::Integer => Some(json!(n as i64 - 1000)),
            Kind::Long => Some(json!(n as i64 + (1 << 40))),
            Kind::Double => Some(json!(n as f64 + 0.5)),
            Kind::Timestamp => Some(json!(format!("2024-05-06T07:08:{:02}Z", n % 60))),
            Kind::Blob => Some(json!(base64(format!("bytes {n}").as_bytes()))),
            Kind::Document => Some(json!({ "any": [n, null] })),
        };
        self.above.pop();
        value
    }
}

fn each(mut check: impl FnMut(&'static Service, &'static Operation, bool)) {
    for id in service_ids() {
        let service = service(id).unwrap();
        for operation in service.operations.values() {
            check(service, operation, true);
            check(service, operation, false);
        }
    }
}

fn made(service: &Service, r: Option<&Ref>, full: bool) -> Value {
    r.map_or_else(|| json!({}), |r| Maker::new(service, full).make(r, Location::Body).unwrap())
}

fn sign(service: &Service, request: &mut http::Request<bytes::Bytes>) {
    let text = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20240102/eu-west-1/{}/aws4_request, Signature=0",
        service.signing_name
    );
    request.headers_mut().insert(http::header::AUTHORIZATION, HeaderValue::from_str(&text).unwrap());
}

#[test]
fn every_input_round_trips() {
    let mut count = 0;
    each(|service, operation, full| {
        let input = made(service, operation.input.as_ref(), full);
        let wire = encode_request(service, operation, &input).unwrap();
        for (endpoint, addressing) in [
            ("http://127.0.0.1:4566", Addressing::Path),
            ("https://s3.eu-west-1.amazonaws.com", Addressing::VirtualHost),
        ] {
            let bucket_in_host = addressing == Addressing::VirtualHost && wire.bucket.is_some();
            let mut wire = wire.clone();
            if bucket_in_host {
                wire.bucket = Some("my.bucket".into());
            }
            let mut request = wire.to_http(endpoint, addressing).unwrap();
            sign(service, &mut request);
            let decoded = decode_request(request.method(), request.uri(), request.headers(), request.body())
                .unwrap_or_else(|e| panic!("{} {}: {e}\n{request:?}", service.id, operation.name));
            assert_eq!((decoded.service.id, decoded.operation.name), (service.id, operation.name), "{request:?}");
            assert_eq!(decoded.region.as_deref(), Some("eu-west-1"));
            assert_eq!(decoded.access_key_id.as_deref(), Some("AKID"));
            let mut got = decoded.input;
            let mut want = input.clone();
            if bucket_in_host {
                want["Bucket"] = "my.bucket".into();
            }
            // What the client adds by itself.
            let members = operation.input.as_ref().map(|r| service.members(r));
            for (name, member) in members.into_iter().flatten() {
                let added = member.idempotency_token || (*name == "ContentMD5" && operation.checksum_required);
                if added && want.get(name).is_none() {
                    assert!(got.as_object_mut().unwrap().shift_remove(*name).is_some());
                }
            }
            assert_same(&got, &want, service, operation);
            count += 1;
        }
    });
    assert!(count > 1000, "{count}");
}

#[test]
fn every_output_round_trips() {
    each(|service, operation, full| {
        let mut output = made(service, operation.output.as_ref(), full);
        let members = operation.output.as_ref().map(|r| service.members(r));
        for (name, member) in members.into_iter().flatten() {
            if member.location == Location::StatusCode {
                output[*name] = operation.status.into();
            }
        }
        let wire = encode_response(service, operation, service.protocol, &output, "request-1")
            .unwrap_or_else(|e| panic!("{} {}: {e}", service.id, operation.name));
        let got = decode_response(service, operation, wire.status().as_u16(), wire.headers(), wire.body())
            .unwrap_or_else(|e| panic!("{} {}: {e}\n{wire:?}", service.id, operation.name));
        assert_same(&got, &output, service, operation);
    });
}

fn assert_same(got: &Value, want: &Value, service: &Service, operation: &Operation) {
    if let Some(difference) = difference(got, want, "") {
        panic!("{} {}: {difference}\n got {got}\nwant {want}", service.id, operation.name);
    }
}

/// Order of members is free.
fn difference(got: &Value, want: &Value, path: &str) -> Option<String> {
    match (got, want) {
        (Value::Object(g), Value::Object(w)) => {
            let extra = g.keys().find(|k| !w.contains_key(*k)).map(|k| format!("{path}.{k} is extra"));
            extra.or_else(|| {
                w.iter().find_map(|(k, want)| match g.get(k) {
                    Some(got) => difference(got, want, &format!("{path}.{k}")),
                    None => Some(format!("{path}.{k} is missing")),
                })
            })
        }
        (Value::Array(g), Value::Array(w)) if g.len() == w.len() => {
            g.iter().zip(w).enumerate().find_map(|(i, (g, w))| difference(g, w, &format!("{path}[{i}]")))
        }
        _ if got == want => None,
        _ => Some(format!("{path}: {got} is not {want}")),
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let ec2 = service("ec2").unwrap();
    let operation = ec2.operation("CreateVpc").unwrap();
    let refused = |input: Value| encode_request(ec2, operation, &input).unwrap_err().to_string();
    assert_eq!(
        refused(json!({ "CidrBlok": "10.0.0.0/16" })),
        "ec2 CreateVpc: input CidrBlok: the API model has no such member"
    );
    assert_eq!(
        refused(json!({ "TagSpecifications": [{ "Tags": [{ "Key": 1 }] }] })),
        "ec2 CreateVpc: input TagSpecifications[0].Tags[0].Key: a string is required, not a number"
    );
    assert_eq!(
        refused(json!({ "CidrBlock": null })),
        "ec2 CreateVpc: input CidrBlock: a string is required, not null (leave the member out instead)"
    );
    let iam = service("iam").unwrap();
    let error = encode_request(iam, iam.operation("GetRole").unwrap(), &json!({})).unwrap_err();
    assert_eq!(error.to_string(), "iam GetRole: input RoleName: required, but missing");
}

#[test]
fn a_json_service_answers_to_its_short_name() {
    let ask = |target: &'static str| {
        let mut request = http::Request::post("http://127.0.0.1/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .body(bytes::Bytes::from_static(b"{}"))
            .unwrap();
        sign(service("cloudtrail").unwrap(), &mut request);
        decode_request(request.method(), request.uri(), request.headers(), request.body())
            .map(|r| (r.service.id, r.operation.name))
    };
    let trails = Ok(("cloudtrail", "DescribeTrails"));
    assert_eq!(ask("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails"), trails);
    assert_eq!(ask("CloudTrail_20131101.DescribeTrails"), trails);
    assert!(ask("CloudTrail_2013.DescribeTrails").is_err());
}

#[test]
fn a_server_refuses_what_it_does_not_know() {
    let ask = |body: &'static str| {
        let mut request = http::Request::post("http://127.0.0.1/")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .body(bytes::Bytes::from_static(body.as_bytes()))
            .unwrap();
        sign(service("ec2").unwrap(), &mut request);
        decode_request(request.method(), request.uri(), request.headers(), request.body()).unwrap_err()
    };
    let unknown = ask("Action=LaunchRocket&Version=2016-11-15");
    assert_eq!(unknown.status_and_code(), (501, "NotImplemented"));
    let member = ask("Action=DescribeVpcs&Version=2016-11-15&Filter.1.Nmae=x");
    assert_eq!(
        member,
        RequestError::UnknownMember { service: "ec2", operation: "DescribeVpcs", member: "Filters[0].Nmae".into() }
    );
    let wrong = ask("Action=DescribeVpcs&Version=2016-11-15&MaxResults=many");
    assert_eq!(wrong.status_and_code(), (400, "InvalidParameterValue"));
}

#[test]
fn an_unsigned_web_identity_is_understood() {
    let request = http::Request::post("http://127.0.0.1/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a&RoleSessionName=b&WebIdentityToken=c")
        .unwrap();
    let decoded =
        decode_request(request.method(), request.uri(), request.headers(), request.body().as_bytes()).unwrap();
    assert_eq!((decoded.service.id, decoded.access_key_id), ("sts", None));
}

#[test]
fn empty_lists_and_absent_members_differ() {
    let ec2 = service("ec2").unwrap();
    let operation = ec2.operation("DescribeVpcs").unwrap();
    let read = |body: &str| decode_response(ec2, operation, 200, &http::HeaderMap::new(), body.as_bytes()).unwrap();
    assert_eq!(
        read("<DescribeVpcsResponse><requestId>1</requestId><vpcSet/></DescribeVpcsResponse>"),
        json!({ "Vpcs": [] })
    );
    assert_eq!(read("<DescribeVpcsResponse><requestId>1</requestId></DescribeVpcsResponse>"), json!({}));
}

#[test]
fn sensitive_values_are_redacted() {
    let sts = service("sts").unwrap();
    let output = sts.operation("AssumeRole").unwrap().output.as_ref().unwrap();
    let document =
        json!({ "Credentials": { "AccessKeyId": "AKID", "SecretAccessKey": "secret", "SessionToken": "t" } });
    let shown = redact(sts, output, &document);
    assert_eq!(shown["Credentials"]["SecretAccessKey"], "(sensitive)");
    assert_eq!(shown["Credentials"]["AccessKeyId"], "AKID");
}
