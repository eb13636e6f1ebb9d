//! HTTP, and the state on disk.

#![allow(clippy::unwrap_used)]

mod common;

use bytes::Bytes;
use craton_aws_sandbox::{Caller, Sandbox, SandboxOptions};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CREDENTIAL: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=00";

fn form(body: &'static str, authorization: Option<&str>) -> http::Request<Bytes> {
    let mut request = http::Request::post("http://localhost/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    if let Some(a) = authorization {
        request = request.header("authorization", a);
    }
    request.body(Bytes::from_static(body.as_bytes())).unwrap()
}

#[test]
fn answers_http_without_a_socket() {
    let sandbox = Sandbox::open(common::options()).unwrap();
    let made = sandbox.handle(&form("Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16", Some(CREDENTIAL)));
    assert_eq!(made.status(), 200);
    let text = String::from_utf8(made.into_body().to_vec()).unwrap();
    assert!(text.contains("<cidrBlock>10.0.0.0/16</cidrBlock>"), "{text}");

    let bad = sandbox.handle(&form("Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-12345678", Some(CREDENTIAL)));
    assert_eq!(bad.status(), 400);
    let text = String::from_utf8(bad.into_body().to_vec()).unwrap();
    assert!(text.contains("<Code>InvalidVpcID.NotFound</Code>"), "{text}");

    let unsigned = sandbox.handle(&form("Action=DescribeVpcs&Version=2016-11-15", None));
    assert_eq!(unsigned.status(), 403);
    let unknown = sandbox.handle(&form("Action=MakeCoffee&Version=2016-11-15", Some(CREDENTIAL)));
    assert_eq!(unknown.status(), 501);
}

/// CloudWatch took forms once; newer clients send JSON and want JSON back, errors with the codes of forms in a header.
#[test]
fn who_asks_in_json_is_answered_in_json() {
    let sandbox = Sandbox::open(common::options()).unwrap();
    let ask = |operation: &str, body: &'static str| {
        let request = http::Request::post("http://localhost/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("GraniteServiceVersion20100801.{operation}"))
            .header("authorization", CREDENTIAL.replace("/ec2/", "/monitoring/"));
        let answer = sandbox.handle(&request.body(Bytes::from_static(body.as_bytes())).unwrap());
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(kind, "application/x-amz-json-1.0");
        let code = answer.headers().get("x-amzn-query-error").map(|c| c.to_str().unwrap().to_owned());
        let body = answer.body().to_vec();
        let body = if body.is_empty() { json!({}) } else { serde_json::from_slice(&body).unwrap() };
        (answer.status().as_u16(), code, body)
    };
    let alarm = r#"{"AlarmName":"a","Namespace":"AWS/EC2","MetricName":"StatusCheckFailed","Statistic":"Maximum","Period":60,
        "EvaluationPeriods":2,"Threshold":1,"ComparisonOperator":"GreaterThanOrEqualToThreshold"}"#;
    assert_eq!(ask("PutMetricAlarm", alarm).0, 200);
    let (status, _, found) = ask("DescribeAlarms", "{}");
    assert_eq!((status, &found["MetricAlarms"][0]["AlarmName"]), (200, &json!("a")), "{found}");
    assert!(found["MetricAlarms"][0]["StateUpdatedTimestamp"].is_number(), "{found}");
    let (status, code, _) =
        ask("ListTagsForResource", r#"{"ResourceARN":"arn:aws:cloudwatch:eu-west-1:1:alarm:none"}"#);
    assert_eq!((status, code.as_deref()), (404, Some("ResourceNotFoundException;Sender")));
    let (status, code, _) = ask("DescribeAlarms", r#"{"Colour":"red"}"#);
    assert_eq!((status, code.as_deref()), (501, Some("NotImplemented;Receiver")));
}

#[tokio::test]
async fn serves_on_loopback_only() {
    let sandbox = Sandbox::open(common::options()).unwrap();
    let refused = sandbox.serve(([0, 0, 0, 0], 0).into(), std::future::pending()).await;
    assert_eq!(refused.err().unwrap().summary, "Not a loopback address");

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = sandbox
        .serve(([127, 0, 0, 1], 0).into(), async {
            let _ = stopped.await;
        })
        .await
        .unwrap();
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let mut socket = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
        CREDENTIAL.replace("/ec2/", "/sts/"),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("arn:aws:iam::123456789012:user/sandbox"), "{answer}");
    stop.send(()).unwrap();
    server.finished().await;
}

#[tokio::test]
async fn a_client_calls_it_in_the_process() {
    let sandbox = Sandbox::open(common::options()).unwrap();
    let client = craton_aws_api::Client::new(craton_aws_api::ClientOptions {
        region: Some(common::REGION.into()),
        credentials: craton_aws_api::CredentialsSource::Static {
            access_key_id: "test".into(),
            secret_access_key: "test".into(),
            session_token: None,
        },
        transport: Some(std::sync::Arc::new(sandbox)),
        ..Default::default()
    });
    let vpc = client.call("ec2", "CreateVpc", json!({"CidrBlock": "10.0.0.0/16"})).await.unwrap();
    let found = client.call("ec2", "DescribeVpcs", json!({"VpcIds": [vpc["Vpc"]["VpcId"]]})).await.unwrap();
    assert_eq!(found["Vpcs"][0]["CidrBlock"], "10.0.0.0/16");
    let bucket = json!({"Bucket": "state", "CreateBucketConfiguration": {"LocationConstraint": common::REGION}});
    client.call("s3", "CreateBucket", bucket).await.unwrap();
    let body = json!({"Bucket": "state", "Key": "a b/ü.txt", "Body": "b25l"});
    client.call("s3", "PutObject", body).await.unwrap();
    let read = client.call("s3", "GetObject", json!({"Bucket": "state", "Key": "a b/ü.txt"})).await.unwrap();
    assert_eq!(read["Body"], "b25l");
    let gone = client.call("logs", "DeleteLogGroup", json!({"logGroupName": "none"})).await.unwrap_err();
    assert_eq!(gone.code(), Some("ResourceNotFoundException"));
    let who = client.call("sts", "GetCallerIdentity", json!({})).await.unwrap();
    assert_eq!(who["Account"], "123456789012");
    // A refusal is an answer, not a failure to try again.
    let by_colour = json!({"Filters": [{"Name": "colour", "Values": ["red"]}]});
    let refused = client.call("ec2", "DescribeSubnets", by_colour).await.unwrap_err();
    assert_eq!(refused.code(), Some("NotImplemented"));
    assert_eq!(client.requests()["ec2.DescribeSubnets"], 1);
}

#[test]
fn two_processes_share_a_folder_and_a_reset_empties_both() {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let options = SandboxOptions { folder: Some(dir.path().to_owned()), ..common::options() };
        Sandbox::open(options).unwrap()
    };
    let caller = Caller::in_region(common::REGION);
    let (a, b) = (open(), open());
    let vpc = a.call(&caller, "ec2", "CreateVpc", &json!({"CidrBlock": "10.0.0.0/16"})).unwrap();
    let seen = b.call(&caller, "ec2", "DescribeVpcs", &json!({})).unwrap();
    assert_eq!(seen["Vpcs"][0]["VpcId"], vpc["Vpc"]["VpcId"]);
    let input = json!({"Bucket": "state", "CreateBucketConfiguration": {"LocationConstraint": common::REGION}});
    b.call(&caller, "s3", "CreateBucket", &input).unwrap();
    b.call(&caller, "s3", "PutObject", &json!({"Bucket": "state", "Key": "k", "Body": "b25l"})).unwrap();
    let again = open();
    let body = again.call(&caller, "s3", "GetObject", &json!({"Bucket": "state", "Key": "k"})).unwrap();
    assert_eq!(body["Body"], "b25l");
    assert_eq!(a.summary().unwrap(), [("bucket".to_owned(), 1), ("vpc".to_owned(), 1)]);
    Sandbox::reset(dir.path()).unwrap();
    assert_eq!(a.summary().unwrap(), []);
    assert_eq!(b.call(&caller, "ec2", "DescribeVpcs", &json!({})).unwrap()["Vpcs"], json!([]));
}

#[test]
fn a_wrong_account_id_is_said() {
    let options = SandboxOptions { account_id: "12".into(), ..common::options() };
    assert_eq!(Sandbox::open(options).err().unwrap().summary, "Invalid account id");
}
