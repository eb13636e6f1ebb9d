//! The client against a transport that answers in the same process, on a clock that does not wait.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::codec::{DecodedRequest, decode_request, encode_error, encode_response};

/// Waits by moving its hands.
#[derive(Default)]
struct TestClock {
    millis: AtomicU64,
    waits: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
            + Duration::from_secs(1_700_000_000)
            + Duration::from_millis(self.millis.load(Ordering::SeqCst))
    }

    async fn sleep(&self, how_long: Duration) {
        self.millis.fetch_add(how_long.as_millis() as u64, Ordering::SeqCst);
        self.waits.lock().unwrap().push(how_long);
    }
}

type Answer = Result<Response<Bytes>, TransportError>;
type Answers = Box<dyn Fn(DecodedRequest, &Request<Bytes>) -> Answer + Send + Sync>;

struct Fake(Answers);

#[async_trait]
impl Transport for Fake {
    async fn send(&self, request: Request<Bytes>) -> Answer {
        let decoded =
            decode_request(request.method(), request.uri(), request.headers(), request.body()).expect("understood");
        (self.0)(decoded, &request)
    }
}

fn ok(decoded: &DecodedRequest, output: Value) -> Answer {
    Ok(encode_response(decoded.service, decoded.operation, decoded.protocol, &output, "r-1").unwrap())
}

fn refuse(decoded: &DecodedRequest, status: u16, code: &str) -> Answer {
    Ok(encode_error(decoded.service, decoded.protocol, status, code, "no", "r-1", false))
}

fn options(
    answers: impl Fn(DecodedRequest, &Request<Bytes>) -> Answer + Send + Sync + 'static,
) -> (ClientOptions, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let options = ClientOptions {
        region: Some("eu-west-1".into()),
        credentials: CredentialsSource::Static {
            access_key_id: "BASE".into(),
            secret_access_key: "hush".into(),
            session_token: None,
        },
        transport: Some(Arc::new(Fake(Box::new(answers)))),
        clock: Some(clock.clone()),
        ..ClientOptions::default()
    };
    (options, clock)
}

#[tokio::test]
async fn a_call_goes_there_and_back() {
    let (options, _) = options(|decoded, request| {
        assert_eq!(request.uri(), "https://ec2.eu-west-1.amazonaws.com/");
        assert_eq!(decoded.input, json!({ "VpcIds": ["vpc-1"] }));
        assert_eq!(decoded.access_key_id.as_deref(), Some("BASE"));
        ok(&decoded, json!({ "Vpcs": [{ "VpcId": "vpc-1", "IsDefault": false }] }))
    });
    let client = Client::new(options);
    let output = client.call("ec2", "DescribeVpcs", json!({ "VpcIds": ["vpc-1"] })).await.unwrap();
    assert_eq!(output, json!({ "Vpcs": [{ "VpcId": "vpc-1", "IsDefault": false }] }));
    assert_eq!(client.requests(), BTreeMap::from([("ec2.DescribeVpcs".to_string(), 1)]));
}

#[tokio::test]
async fn calls_may_move_between_threads() {
    fn sendable<T: Send + 'static>(value: T) -> T {
        value
    }
    let (options, _) = options(|decoded, _| ok(&decoded, json!({})));
    let client = Client::new(options);
    let call = sendable(async move { client.call("ec2", "DescribeVpcs", json!({})).await });
    assert_eq!(call.await.unwrap(), json!({}));
}

#[tokio::test]
async fn throttling_is_waited_out_with_one_token() {
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let seen = tokens.clone();
    let (options, clock) = options(move |decoded, _| {
        let mut tokens = seen.lock().unwrap();
        tokens.push(decoded.input["ClientToken"].as_str().unwrap().to_string());
        match tokens.len() {
            1 => refuse(&decoded, 503, "RequestLimitExceeded"),
            2 => refuse(&decoded, 503, "RequestLimitExceeded").map(|mut answer| {
                answer.headers_mut().insert("retry-after", HeaderValue::from_static("7"));
                answer
            }),
            _ => ok(&decoded, json!({ "NatGateway": { "NatGatewayId": "nat-1" } })),
        }
    });
    let output = Client::new(options).call("ec2", "CreateNatGateway", json!({ "SubnetId": "subnet-1" })).await.unwrap();
    assert_eq!(output["NatGateway"]["NatGatewayId"], "nat-1");
    let tokens = tokens.lock().unwrap();
    assert!(tokens.len() == 3 && tokens.iter().all(|t| *t == tokens[0]), "{tokens:?}");
    let waits = clock.waits.lock().unwrap();
    assert!(waits[0] <= Duration::from_secs(1) && waits[1] >= Duration::from_secs(7), "{waits:?}");
}

#[tokio::test]
async fn attempts_run_out() {
    let (mut options, clock) = options(|decoded, _| refuse(&decoded, 500, "InternalError"));
    options.max_attempts = 5;
    let client = Client::new(options);
    let error = client.call("ec2", "DescribeVpcs", json!({})).await.unwrap_err();
    assert!(error.is(&["InternalError"]));
    assert_eq!(client.requests()["ec2.DescribeVpcs"], 5);
    assert_eq!(clock.waits.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let (options, _) = options(|decoded, _| refuse(&decoded, 400, "InvalidVpcID.NotFound"));
    let client = Client::new(options);
    let error = client.call("ec2", "DescribeVpcs", json!({})).await.unwrap_err();
    assert!(error.is(&["InvalidVpcID.NotFound"]) && !error.is_throttle());
    assert_eq!(client.requests()["ec2.DescribeVpcs"], 1);
    let diagnostic = craton_model::Diagnostic::from(error);
    assert_eq!(diagnostic.summary, "AWS refused a request");
    assert!(diagnostic.detail.starts_with("ec2:DescribeVpcs answered InvalidVpcID.NotFound (HTTP 400): no"));
    assert!(diagnostic.detail.contains("Request id: r-1"));
}

#[tokio::test]
async fn a_dead_endpoint_is_reported_after_three_attempts() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (mut options, clock) = options(|_, _| unreachable!());
    options.transport = None;
    options.endpoints.everything = Some(endpoint.clone());
    let client = Client::new(options);
    let error = client.call("ec2", "DescribeVpcs", json!({})).await.unwrap_err();
    assert!(matches!(&error, ApiError::Unreachable { endpoint: e, .. } if *e == endpoint), "{error}");
    assert_eq!(client.requests()["ec2.DescribeVpcs"], 3);
    assert!(clock.waits.lock().unwrap().iter().sum::<Duration>() < Duration::from_secs(3));
}

#[tokio::test]
async fn real_http_keeps_its_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    // Serves two requests on the first connection and never accepts another.
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        for _ in 0..2 {
            let mut text = String::new();
            let mut buffer = [0; 4096];
            while !text.contains("DescribeVpcs") {
                let n = socket.read(&mut buffer).await.unwrap();
                text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
            }
            assert!(
                text.starts_with("POST / HTTP/1.1\r\n") && text.contains("authorization: AWS4-HMAC-SHA256"),
                "{text}"
            );
            let body = "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>";
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let (mut options, _) = options(|_, _| unreachable!());
    options.transport = None;
    options.endpoints.everything = Some(endpoint);
    let client = Client::new(options);
    for _ in 0..2 {
        assert_eq!(client.call("ec2", "DescribeVpcs", json!({})).await.unwrap(), json!({ "Vpcs": [] }));
    }
    server.await.unwrap();
}

#[tokio::test]
async fn an_upload_of_nothing_says_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        let mut buffer = [0; 4096];
        while !text.contains("\r\n\r\n") {
            let n = socket.read(&mut buffer).await.unwrap();
            text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        text
    });
    let (mut options, _) = options(|_, _| unreachable!());
    options.transport = None;
    options.endpoints.everything = Some(endpoint);
    options.endpoints.s3_path_style = true;
    let input = json!({"Bucket": "logs", "ACL": "log-delivery-write"});
    Client::new(options).call("s3", "PutBucketAcl", input).await.unwrap();
    let text = server.await.unwrap().to_lowercase();
    assert!(text.starts_with("put /logs?acl") && text.contains("\r\ncontent-length: 0\r\n"), "{text}");
}

#[tokio::test]
async fn roles_are_assumed_in_turn_and_renewed() {
    let (mut options, clock) = options(|decoded, _| {
        let signer = decoded.access_key_id.clone().unwrap();
        if decoded.operation.name == "AssumeRole" {
            let role = decoded.input["RoleArn"].as_str().unwrap();
            let want = if role == "arn:one" { "BASE" } else { "KEY-arn:one" };
            assert_eq!(signer, want);
            return ok(
                &decoded,
                json!({ "Credentials": {
                    "AccessKeyId": format!("KEY-{role}"),
                    "SecretAccessKey": "s",
                    "SessionToken": "t",
                    // An hour after the clock's beginning.
                    "Expiration": "2023-11-14T23:13:20Z",
                } }),
            );
        }
        assert_eq!(signer, "KEY-arn:two");
        ok(&decoded, json!({ "Account": "123456789012" }))
    });
    for role in ["arn:one", "arn:two"] {
        options.assume_role.push(AssumeRole { role_arn: role.into(), ..AssumeRole::default() });
    }
    let client = Client::new(options);
    for _ in 0..2 {
        let output = client.call("sts", "GetCallerIdentity", json!({})).await.unwrap();
        assert_eq!(output["Account"], "123456789012");
    }
    assert_eq!(client.requests()["sts.AssumeRole"], 2);
    clock.millis.store(56 * 60 * 1000, Ordering::SeqCst);
    client.call("sts", "GetCallerIdentity", json!({})).await.unwrap();
    assert_eq!(client.requests()["sts.AssumeRole"], 4);
}

#[tokio::test]
async fn sts_has_a_region_of_its_own() {
    let (mut options, _) = options(|decoded, _| {
        assert_eq!(decoded.region.as_deref(), Some("us-west-2"));
        ok(&decoded, json!({ "Credentials": { "AccessKeyId": "K", "SecretAccessKey": "s", "SessionToken": "t" } }))
    });
    options.sts_region = Some("us-west-2".into());
    options.assume_role.push(AssumeRole { role_arn: "arn:one".into(), ..AssumeRole::default() });
    let client = Client::new(options);
    client.credentials().await.unwrap();
    assert_eq!(client.sts_region().await.unwrap(), "us-west-2");
    assert_eq!(client.requests()["sts.AssumeRole"], 1);
}

#[tokio::test]
async fn the_metadata_service_is_left_alone_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "[profile box]\nrole_arn = arn:one\ncredential_source = Ec2InstanceMetadata\n").unwrap();
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let off = std::env::var("AWS_EC2_METADATA_DISABLED").is_ok_and(|v| v.eq_ignore_ascii_case("true"));
    for (left_alone, most) in [(true, 0), (false, usize::MAX)] {
        if off && !left_alone {
            println!("skipped: AWS_EC2_METADATA_DISABLED leaves it alone for all");
            continue;
        }
        let asked = asked.clone();
        struct Counting(Arc<std::sync::atomic::AtomicUsize>);
        #[async_trait]
        impl Transport for Counting {
            async fn send(&self, request: Request<Bytes>) -> Answer {
                assert_eq!(request.uri().host(), Some("169.254.169.254"));
                self.0.fetch_add(1, Ordering::SeqCst);
                Ok(Response::builder().status(403).body(Bytes::new()).unwrap())
            }
        }
        let (mut options, _) = options(|_, _| unreachable!());
        options.transport = Some(Arc::new(Counting(asked.clone())));
        options.credentials = CredentialsSource::Chain;
        options.profile = Some("box".into());
        options.shared_config_files = vec![config.clone()];
        options.shared_credentials_files = vec![config.clone()];
        options.no_instance_metadata = left_alone;
        let outcome = Client::new(options).call("ec2", "DescribeVpcs", json!({})).await;
        assert!(matches!(outcome, Err(ApiError::Credentials(_))), "{outcome:?}");
        let count = asked.load(Ordering::SeqCst);
        assert!(count <= most && (left_alone || count > 0), "{count}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_a_credentials_error() {
    let (mut options, _) = options(|decoded, _| refuse(&decoded, 403, "AccessDenied"));
    options.assume_role.push(AssumeRole { role_arn: "arn:one".into(), ..AssumeRole::default() });
    let error = Client::new(options).call("ec2", "DescribeVpcs", json!({})).await.unwrap_err();
    assert!(matches!(&error, ApiError::Credentials(text) if text.contains("arn:one")), "{error}");
}

#[tokio::test]
async fn pages_are_followed() {
    let (options, _) = options(|decoded, _| {
        let page = decoded.input["NextToken"].as_str().unwrap_or("0").parse::<u32>().unwrap();
        let mut output = json!({ "Vpcs": [{ "VpcId": format!("vpc-{page}") }] });
        if page < 2 {
            output["NextToken"] = (page + 1).to_string().into();
        }
        ok(&decoded, output)
    });
    let vpcs =
        Client::new(options).call_all("ec2", "DescribeVpcs", json!({}), Paging::next_token("Vpcs")).await.unwrap();
    assert_eq!(vpcs, [json!({ "VpcId": "vpc-0" }), json!({ "VpcId": "vpc-1" }), json!({ "VpcId": "vpc-2" })]);
}

#[tokio::test]
async fn a_page_token_that_repeats_is_an_error() {
    let (options, _) = options(|decoded, _| ok(&decoded, json!({ "Vpcs": [], "NextToken": "again" })));
    let outcome = Client::new(options).call_all("ec2", "DescribeVpcs", json!({}), Paging::next_token("Vpcs")).await;
    assert!(matches!(outcome, Err(ApiError::Decode { .. })));
}

#[tokio::test]
async fn a_bucket_elsewhere_is_followed_once() {
    let (options, _) = options(|decoded, request| {
        if decoded.region.as_deref() == Some("eu-west-1") {
            return refuse(&decoded, 301, "PermanentRedirect").map(|mut answer| {
                answer.headers_mut().insert("x-amz-bucket-region", HeaderValue::from_static("us-west-2"));
                answer
            });
        }
        assert_eq!(request.uri().host(), Some("state.s3.us-west-2.amazonaws.com"));
        ok(&decoded, json!({ "KeyCount": 0 }))
    });
    let client = Client::new(options);
    for _ in 0..2 {
        let output = client.call("s3", "ListObjectsV2", json!({ "Bucket": "state" })).await.unwrap();
        assert_eq!(output["KeyCount"], 0);
    }
    assert_eq!(client.requests()["s3.ListObjectsV2"], 3);
}

#[tokio::test]
async fn traces_show_no_secrets() {
    let lines = Arc::new(Mutex::new(VecDeque::new()));
    let (mut options, _) = options(|decoded, _| ok(&decoded, json!({})));
    let seen = lines.clone();
    options.tracer = Some(Arc::new(move |trace: &Trace| seen.lock().unwrap().push_back(format!("{trace:?}"))));
    let client = Client::new(options);
    let input = json!({ "KeyId": "k", "Plaintext": crate::codec::base64(b"hush") });
    client.call("kms", "Encrypt", input).await.unwrap();
    let line = lines.lock().unwrap().pop_front().unwrap();
    assert!(line.contains("Encrypt") && line.contains("status: Some(200)"), "{line}");
    assert!(!line.contains(&crate::codec::base64(b"hush")) && !line.contains("hush"), "{line}");
}

#[tokio::test]
async fn an_s3_object_goes_to_an_endpoint_by_path() {
    let (mut options, _) = options(|decoded, request| {
        assert_eq!(request.uri(), "http://127.0.0.1:4566/state/a%20b/tf.tfstate");
        assert_eq!(decoded.input["Key"], "a b/tf.tfstate");
        assert_eq!(decoded.input["Body"], crate::codec::base64(b"{}"));
        ok(&decoded, json!({ "ETag": "\"e\"" }))
    });
    options.endpoints.everything = Some("http://127.0.0.1:4566".into());
    let input =
        json!({ "Bucket": "state", "Key": "a b/tf.tfstate", "Body": crate::codec::base64(b"{}"), "IfNoneMatch": "*" });
    let output = Client::new(options).call("s3", "PutObject", input).await.unwrap();
    assert_eq!(output["ETag"], "\"e\"");
}

#[tokio::test]
async fn a_missing_region_is_told() {
    let (mut options, _) = options(|_, _| unreachable!());
    options.region = None;
    options.shared_config_files = vec!["/nonexistent/config".into()];
    options.shared_credentials_files = vec!["/nonexistent/credentials".into()];
    let error = Client::new(options).call("ec2", "DescribeVpcs", json!({})).await.unwrap_err();
    assert!(error.to_string().contains("AWS_REGION"), "{error}");
}

#[tokio::test]
async fn a_named_profile_gives_region_and_credentials() {
    let folder = std::env::temp_dir().join(format!("craton-aws-api-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let (config, credentials) = (folder.join("config"), folder.join("credentials"));
    std::fs::write(&config, "[profile work]\nregion = eu-central-1\n").unwrap();
    std::fs::write(&credentials, "[work]\naws_access_key_id = FILE\naws_secret_access_key = s\n").unwrap();
    let (mut options, _) = options(|decoded, _| {
        assert_eq!(decoded.access_key_id.as_deref(), Some("FILE"));
        assert_eq!(decoded.region.as_deref(), Some("eu-central-1"));
        ok(&decoded, json!({}))
    });
    options.region = None;
    options.credentials = CredentialsSource::Chain;
    options.profile = Some("work".into());
    options.shared_config_files = vec![config];
    options.shared_credentials_files = vec![credentials];
    let outcome = Client::new(options.clone()).call("ec2", "DescribeVpcs", json!({})).await;
    options.profile = Some("absent".into());
    options.region = Some("eu-west-1".into());
    let missing = Client::new(options).call("ec2", "DescribeVpcs", json!({})).await;
    std::fs::remove_dir_all(&folder).unwrap();
    outcome.unwrap();
    assert!(matches!(&missing, Err(ApiError::Credentials(text)) if text.contains("absent")), "{missing:?}");
}
