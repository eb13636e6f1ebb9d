//! S3.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use serde_json::json;

fn bucket(aws: &Aws, name: &str) {
    aws.call(
        "CreateBucket",
        json!({"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": common::REGION}}),
    );
}

/// "one" and "two" in base64.
const ONE: &str = "b25l";
const TWO: &str = "dHdv";

#[test]
fn a_bucket_is_born_safe_and_named_once() {
    let aws = Aws::new("s3");
    assert_eq!(aws.refused("CreateBucket", json!({"Bucket": "state"})), "IllegalLocationConstraintException");
    assert_eq!(aws.refused("HeadBucket", json!({"Bucket": "state"})), "NoSuchBucket");
    bucket(&aws, "state");
    let again = json!({"Bucket": "state", "CreateBucketConfiguration": {"LocationConstraint": common::REGION}});
    assert_eq!(aws.refused("CreateBucket", again), "BucketAlreadyOwnedByYou");
    assert_eq!(aws.call("GetBucketLocation", json!({"Bucket": "state"}))["LocationConstraint"], common::REGION);
    let block = aws.call("GetPublicAccessBlock", json!({"Bucket": "state"}));
    assert_eq!(block["PublicAccessBlockConfiguration"]["BlockPublicPolicy"], true);
    let rules = aws.call("GetBucketEncryption", json!({"Bucket": "state"}));
    assert_eq!(
        rules["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "AES256"
    );
    assert_eq!(aws.call("GetBucketVersioning", json!({"Bucket": "state"})), json!({}));
    assert_eq!(aws.refused("GetBucketPolicy", json!({"Bucket": "state"})), "NoSuchBucketPolicy");
    assert_eq!(aws.refused("GetBucketTagging", json!({"Bucket": "state"})), "NoSuchTagSet");
    assert_eq!(aws.refused("PutBucketPolicy", json!({"Bucket": "state", "Policy": "{"})), "MalformedPolicy");
    aws.call("DeleteBucket", json!({"Bucket": "state"}));
    assert_eq!(aws.sandbox.summary().unwrap(), []);
}

#[test]
fn conditional_writes_are_a_lock() {
    let aws = Aws::new("s3");
    bucket(&aws, "state");
    let lock = json!({"Bucket": "state", "Key": "a.tflock", "Body": ONE, "IfNoneMatch": "*"});
    let etag = aws.call("PutObject", lock.clone())["ETag"].clone();
    assert_eq!(etag, "\"f97c5d29941bfb1b2fdab0874906ab82\"");
    let second = aws.try_call("PutObject", lock.clone()).unwrap_err();
    assert_eq!((second.status, second.code.as_str()), (412, "PreconditionFailed"));
    let stale = json!({"Bucket": "state", "Key": "a.tflock", "Body": TWO, "IfMatch": "\"nope\""});
    assert_eq!(aws.refused("PutObject", stale), "PreconditionFailed");
    let stale = json!({"Bucket": "state", "Key": "a.tflock", "IfMatch": "\"nope\""});
    assert_eq!(aws.refused("DeleteObject", stale), "PreconditionFailed");
    assert_eq!(aws.refused("DeleteBucket", json!({"Bucket": "state"})), "BucketNotEmpty");
    aws.call("DeleteObject", json!({"Bucket": "state", "Key": "a.tflock", "IfMatch": etag}));
    aws.call("PutObject", lock);
}

#[test]
fn versions_outlive_a_delete() {
    let aws = Aws::new("s3");
    bucket(&aws, "state");
    let on = json!({"Bucket": "state", "VersioningConfiguration": {"Status": "Enabled"}});
    aws.call("PutBucketVersioning", on);
    let put = |body: &str| aws.make("PutObject", json!({"Bucket": "state", "Key": "k", "Body": body}), "/VersionId");
    let (first, second) = (put(ONE), put(TWO));
    assert_ne!(first, second);
    assert_eq!(aws.call("GetObject", json!({"Bucket": "state", "Key": "k"}))["Body"], TWO);
    let old = aws.call("GetObject", json!({"Bucket": "state", "Key": "k", "VersionId": first}));
    assert_eq!(old["Body"], ONE);
    let part = aws.call("GetObject", json!({"Bucket": "state", "Key": "k", "Range": "bytes=1-"}));
    assert_eq!((&part["Body"], &part["ContentRange"]), (&json!("d28="), &json!("bytes 1-2/3")));
    let marker = aws.call("DeleteObject", json!({"Bucket": "state", "Key": "k"}));
    assert_eq!(marker["DeleteMarker"], true);
    assert_eq!(aws.refused("GetObject", json!({"Bucket": "state", "Key": "k"})), "NoSuchKey");
    let all = aws.call("ListObjectVersions", json!({"Bucket": "state"}));
    assert_eq!(all["Versions"].as_array().unwrap().len(), 2);
    let page = aws.call("ListObjectVersions", json!({"Bucket": "state", "MaxKeys": 2}));
    let next =
        json!({"Bucket": "state", "KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]});
    assert_eq!(aws.call("ListObjectVersions", next)["Versions"][0]["VersionId"], first.as_str());
    let gone = json!([{"Key": "k", "VersionId": first}, {"Key": "k", "VersionId": second},
        {"Key": "k", "VersionId": marker["VersionId"]}]);
    aws.call("DeleteObjects", json!({"Bucket": "state", "Delete": {"Objects": gone}}));
    aws.call("DeleteBucket", json!({"Bucket": "state"}));
}

#[test]
fn lists_have_prefixes_and_pages() {
    let aws = Aws::new("s3");
    bucket(&aws, "state");
    for key in ["a/1", "a/2", "b/1", "c", "d"] {
        aws.call("PutObject", json!({"Bucket": "state", "Key": key, "Body": ONE}));
    }
    let mut token = json!(null);
    let mut seen = Vec::new();
    loop {
        let out = aws.call(
            "ListObjectsV2",
            json!({"Bucket": "state", "Delimiter": "/", "MaxKeys": 2, "ContinuationToken": token}),
        );
        for (list, member) in [("CommonPrefixes", "Prefix"), ("Contents", "Key")] {
            seen.extend(out[list].as_array().into_iter().flatten().map(|e| e[member].as_str().unwrap().to_owned()));
        }
        if out["IsTruncated"] == false {
            break;
        }
        token = out["NextContinuationToken"].clone();
    }
    assert_eq!(seen, ["a/", "b/", "c", "d"]);
    let out = aws.call("ListObjectsV2", json!({"Bucket": "state", "Prefix": "a/"}));
    assert_eq!(out["KeyCount"], 2);
}

#[test]
fn logs_are_delivered_where_they_may_be_written() {
    let aws = Aws::new("s3");
    bucket(&aws, "state");
    let location = json!({"LocationConstraint": common::REGION});
    let logs = json!({"Bucket": "logs", "ObjectOwnership": "ObjectWriter", "CreateBucketConfiguration": location});
    aws.call("CreateBucket", logs);
    let on = json!({"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "TFStateLogs/"}});
    let logging = json!({"Bucket": "state", "BucketLoggingStatus": on});
    assert_eq!(aws.refused("PutBucketLogging", logging.clone()), "InvalidTargetBucketForLogging");
    let acl = |bucket: &str, name: &str| json!({"Bucket": bucket, "ACL": name});
    assert_eq!(aws.refused("PutBucketAcl", acl("state", "private")), "AccessControlListNotSupported");
    assert_eq!(aws.refused("PutBucketAcl", acl("logs", "public-read")), "AccessDenied");
    assert_eq!(aws.refused("PutBucketAcl", json!({"Bucket": "logs"})), "MissingSecurityHeader");
    aws.call("PutBucketAcl", acl("logs", "log-delivery-write"));
    let grants = aws.call("GetBucketAcl", json!({"Bucket": "logs"}))["Grants"].clone();
    let of = |n: usize| (grants[n]["Grantee"]["URI"].as_str().unwrap_or("owner"), grants[n]["Permission"].as_str());
    let group = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    assert_eq!(
        [of(0), of(1), of(2)],
        [("owner", Some("FULL_CONTROL")), (group, Some("WRITE")), (group, Some("READ_ACP"))]
    );
    let headers =
        json!({"Bucket": "logs", "GrantWrite": format!("uri={group}"), "GrantReadACP": format!("uri=\"{group}\"")});
    aws.call("PutBucketAcl", headers);
    aws.call("PutBucketLogging", logging);
    let set = aws.call("GetBucketLogging", json!({"Bucket": "state"}));
    assert_eq!(set["LoggingEnabled"]["TargetPrefix"], "TFStateLogs/");
}

#[test]
fn settings_of_buckets_are_checked() {
    let aws = Aws::new("s3");
    bucket(&aws, "state");
    bucket(&aws, "with.dots");
    let cors = |rule: serde_json::Value| json!({"Bucket": "state", "CORSConfiguration": {"CORSRules": [rule]}});
    let method = json!({"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]});
    assert_eq!(aws.refused("PutBucketCors", cors(method)), "InvalidRequest");
    let origin = json!({"AllowedMethods": ["GET"], "AllowedOrigins": ["*.*.com"]});
    assert_eq!(aws.refused("PutBucketCors", cors(origin)), "InvalidRequest");
    let site = |site: serde_json::Value| json!({"Bucket": "state", "WebsiteConfiguration": site});
    assert_eq!(aws.refused("PutBucketWebsite", site(json!({}))), "InvalidArgument");
    assert_eq!(aws.refused("PutBucketWebsite", site(json!({"IndexDocument": {"Suffix": "a/b"}}))), "InvalidArgument");
    let both = json!({"IndexDocument": {"Suffix": "a"}, "RedirectAllRequestsTo": {"HostName": "b"}});
    assert_eq!(aws.refused("PutBucketWebsite", site(both)), "InvalidRequest");
    let fast = json!({"Bucket": "with.dots", "AccelerateConfiguration": {"Status": "Enabled"}});
    assert_eq!(aws.refused("PutBucketAccelerateConfiguration", fast), "InvalidRequest");
    let tier = json!({"Id": "a", "Status": "Enabled", "Tierings": [{"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 90}]});
    let tier = json!({"Bucket": "state", "Id": "a", "IntelligentTieringConfiguration": tier});
    assert_eq!(aws.refused("PutBucketIntelligentTieringConfiguration", tier), "InvalidArgument");
    let none = json!({"Bucket": "state", "Id": "a"});
    assert_eq!(aws.refused("DeleteBucketIntelligentTieringConfiguration", none), "NoSuchConfiguration");
    let queue = json!({"QueueArn": "arn:aws:sqs:eu-west-1:123456789012:none", "Events": ["s3:ObjectCreated:*"]});
    let events = json!({"Bucket": "state", "NotificationConfiguration": {"QueueConfigurations": [queue]}});
    assert_eq!(aws.refused("PutBucketNotificationConfiguration", events), "InvalidArgument");
    let function = |prefix: &str| {
        json!({"LambdaFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}})
    };
    let events = |a: &str, b: &str| {
        let both = json!({"LambdaFunctionConfigurations": [function(a), function(b)]});
        json!({"Bucket": "state", "NotificationConfiguration": both})
    };
    assert_eq!(aws.refused("PutBucketNotificationConfiguration", events("a/", "a/b")), "InvalidArgument");
    aws.call("PutBucketNotificationConfiguration", events("a/", "b/"));
}

#[test]
fn versions_are_locked_and_copied_where_they_are_kept() {
    let aws = Aws::new("s3");
    bucket(&aws, "state");
    bucket(&aws, "far");
    let lock = |mode: &str| {
        let rule = json!({"DefaultRetention": {"Mode": mode, "Days": 1}});
        json!({"Bucket": "state", "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}})
    };
    let copies = json!({"Bucket": "state", "ReplicationConfiguration": {"Role": "arn:aws:iam::123456789012:role/r", "Rules": [
        {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::far"}},
    ]}});
    assert_eq!(aws.refused("PutObjectLockConfiguration", lock("GOVERNANCE")), "InvalidBucketState");
    assert_eq!(aws.refused("PutBucketReplication", copies.clone()), "InvalidRequest");
    let versioning =
        |bucket: &str, status: &str| json!({"Bucket": bucket, "VersioningConfiguration": {"Status": status}});
    aws.call("PutBucketVersioning", versioning("state", "Enabled"));
    assert_eq!(aws.refused("PutBucketReplication", copies.clone()), "InvalidRequest", "the other bucket keeps none");
    aws.call("PutBucketVersioning", versioning("far", "Enabled"));
    aws.call("PutBucketReplication", copies);
    assert_eq!(aws.refused("PutBucketVersioning", versioning("state", "Suspended")), "InvalidBucketState");
    let found = aws.call("GetBucketReplication", json!({"Bucket": "state"}));
    assert!(found["ReplicationConfiguration"]["Rules"][0]["ID"].is_string());
    aws.call("DeleteBucketReplication", json!({"Bucket": "state"}));

    let mut kept = Vec::new();
    for mode in ["GOVERNANCE", "COMPLIANCE"] {
        aws.call("PutObjectLockConfiguration", lock(mode));
        let put = aws.call("PutObject", json!({"Bucket": "state", "Key": mode, "Body": ONE}));
        kept.push(json!({"Bucket": "state", "Key": mode, "VersionId": put["VersionId"]}));
        assert_eq!(aws.call("HeadObject", json!({"Bucket": "state", "Key": mode}))["ObjectLockMode"], mode);
    }
    assert_eq!(aws.refused("PutBucketVersioning", versioning("state", "Suspended")), "InvalidBucketState");
    aws.call("DeleteObject", json!({"Bucket": "state", "Key": "GOVERNANCE"}));
    for version in &mut kept {
        assert_eq!(aws.refused("DeleteObject", version.clone()), "AccessDenied");
        version["BypassGovernanceRetention"] = json!(true);
    }
    aws.call("DeleteObject", kept[0].clone());
    assert_eq!(aws.refused("DeleteObject", kept[1].clone()), "AccessDenied", "nobody may");
}
