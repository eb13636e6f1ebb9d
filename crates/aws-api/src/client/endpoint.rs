//! Which URL answers for a service in a region.

use std::collections::BTreeMap;

use crate::ApiError;
use crate::codec::Addressing;
use crate::model::Service;

/// A separate set of AWS regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// As in ARNs: `aws`, `aws-cn`, `aws-us-gov`.
    pub id: &'static str,
    /// End of host names.
    pub dns_suffix: &'static str,
    /// End of dual-stack host names.
    pub dual_stack_suffix: &'static str,
    /// Where IAM, which is global, signs.
    pub global_region: &'static str,
}

const AWS: Partition =
    Partition { id: "aws", dns_suffix: "amazonaws.com", dual_stack_suffix: "api.aws", global_region: "us-east-1" };

/// By first letters of the region (botocore's partitions.json, `regionRegex`).
const PARTITIONS: &[(&str, Partition)] = &[
    (
        "cn-",
        Partition {
            id: "aws-cn",
            dns_suffix: "amazonaws.com.cn",
            dual_stack_suffix: "api.amazonwebservices.com.cn",
            global_region: "cn-north-1",
        },
    ),
    (
        "us-gov-",
        Partition {
            id: "aws-us-gov",
            dns_suffix: "amazonaws.com",
            dual_stack_suffix: "api.aws",
            global_region: "us-gov-west-1",
        },
    ),
    (
        "us-isob-",
        Partition {
            id: "aws-iso-b",
            dns_suffix: "sc2s.sgov.gov",
            dual_stack_suffix: "api.aws.scloud",
            global_region: "us-isob-east-1",
        },
    ),
    (
        "us-iso-",
        Partition {
            id: "aws-iso",
            dns_suffix: "c2s.ic.gov",
            dual_stack_suffix: "api.aws.ic.gov",
            global_region: "us-iso-east-1",
        },
    ),
    (
        "eusc-",
        Partition {
            id: "aws-eusc",
            dns_suffix: "amazonaws.eu",
            dual_stack_suffix: "api.amazonwebservices.eu",
            global_region: "eusc-de-east-1",
        },
    ),
];

/// The partition that a region is in.
pub fn partition(region: &str) -> Partition {
    PARTITIONS.iter().find(|(start, _)| region.starts_with(start)).map_or(AWS, |(_, p)| *p)
}

/// Where to send and for which region to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://host[:port][/path]`, without a slash at the end.
    pub url: String,
    /// Region in the signature.
    pub signing_region: String,
    /// Where the bucket goes, for S3.
    pub addressing: Addressing,
}

/// Endpoints that are set rather than derived, and the variants of those derived.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// By service, as the provider's `endpoints` block or a backend names them.
    pub explicit: BTreeMap<String, String>,
    /// By service, from `AWS_ENDPOINT_URL_<SERVICE>`.
    pub by_service: BTreeMap<String, String>,
    /// For all services, from `AWS_ENDPOINT_URL`.
    pub everything: Option<String>,
    /// FIPS 140 endpoints.
    pub fips: bool,
    /// Endpoints with IPv6.
    pub dual_stack: bool,
    /// S3 with the bucket in the path even at AWS's own endpoints.
    pub s3_path_style: bool,
}

/// Other names of services in the provider's `endpoints` block (AWS provider, "Custom Service Endpoint Configuration").
fn aliases(service: &str) -> &'static [&'static str] {
    match service {
        "logs" => &["cloudwatchlogs", "cloudwatchlog"],
        "s3" => &["s3api"],
        _ => &[],
    }
}

/// `CLOUDWATCH_LOGS` for `CloudWatch Logs` (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
pub(super) fn variable_suffix(service: &Service) -> String {
    service.service_id.to_ascii_uppercase().replace([' ', '-'], "_")
}

impl Endpoints {
    fn set(&self, service: &Service) -> Option<&str> {
        let names = || std::iter::once(service.id).chain(aliases(service.id).iter().copied());
        names()
            .find_map(|n| self.explicit.get(n))
            .or_else(|| self.by_service.get(&variable_suffix(service)))
            .or(self.everything.as_ref())
            .map(|url| url.trim_end_matches('/'))
            .filter(|url| !url.is_empty())
    }

    /// The endpoint of a service in a region. `bucket` decides S3's addressing: a name with dots does not fit AWS's
    /// certificate.
    pub fn resolve(&self, service: &Service, region: &str, bucket: Option<&str>) -> Result<Endpoint, ApiError> {
        let partition = partition(region);
        let is_iam = service.id == "iam";
        let signing_region = if is_iam { partition.global_region } else { region }.to_string();
        if let Some(url) = self.set(service) {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(ApiError::Configuration(format!(
                    "The endpoint {url:?} of {} is not a URL: it must start with https:// or http://.",
                    service.id
                )));
            }
            return Ok(Endpoint { url: url.to_string(), signing_region, addressing: Addressing::Path });
        }
        if region.is_empty() || !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(ApiError::Configuration(format!(
                "{region:?} is not the name of an AWS region, such as eu-west-1."
            )));
        }
        let prefix = service.endpoint_prefix;
        let fips = if self.fips { "-fips" } else { "" };
        let host = if is_iam {
            match partition.id {
                "aws" => format!("iam{fips}.amazonaws.com"),
                "aws-us-gov" => "iam.us-gov.amazonaws.com".to_string(),
                _ => format!("iam.{}.{}", partition.global_region, partition.dns_suffix),
            }
        } else if service.id == "s3" {
            let dual = if self.dual_stack { ".dualstack" } else { "" };
            format!("s3{fips}{dual}.{region}.{}", partition.dns_suffix)
        } else {
            let suffix = if self.dual_stack { partition.dual_stack_suffix } else { partition.dns_suffix };
            format!("{prefix}{fips}.{region}.{suffix}")
        };
        let in_path = self.s3_path_style || bucket.is_some_and(|b| b.contains('.'));
        let addressing = if in_path { Addressing::Path } else { Addressing::VirtualHost };
        Ok(Endpoint { url: format!("https://{host}"), signing_region, addressing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::service;

    fn url(endpoints: &Endpoints, id: &str, region: &str) -> String {
        endpoints.resolve(service(id).unwrap(), region, None).unwrap().url
    }

    #[test]
    fn aws_own() {
        let plain = Endpoints::default();
        assert_eq!(url(&plain, "ec2", "eu-west-1"), "https://ec2.eu-west-1.amazonaws.com");
        assert_eq!(url(&plain, "logs", "cn-north-1"), "https://logs.cn-north-1.amazonaws.com.cn");
        assert_eq!(url(&plain, "sts", "us-gov-west-1"), "https://sts.us-gov-west-1.amazonaws.com");
        assert_eq!(url(&plain, "s3", "us-east-1"), "https://s3.us-east-1.amazonaws.com");
        let iam = plain.resolve(service("iam").unwrap(), "eu-west-1", None).unwrap();
        assert_eq!((iam.url.as_str(), iam.signing_region.as_str()), ("https://iam.amazonaws.com", "us-east-1"));
        let special = Endpoints { fips: true, dual_stack: true, ..Endpoints::default() };
        assert_eq!(url(&special, "ec2", "us-east-2"), "https://ec2-fips.us-east-2.api.aws");
        assert_eq!(url(&special, "s3", "us-east-2"), "https://s3-fips.dualstack.us-east-2.amazonaws.com");
    }

    #[test]
    fn the_nearest_setting_wins() {
        let mut endpoints = Endpoints { everything: Some("http://localhost:1/".into()), ..Endpoints::default() };
        assert_eq!(url(&endpoints, "logs", "eu-west-1"), "http://localhost:1");
        endpoints.by_service.insert("CLOUDWATCH_LOGS".into(), "http://localhost:2".into());
        assert_eq!(url(&endpoints, "logs", "eu-west-1"), "http://localhost:2");
        endpoints.explicit.insert("cloudwatchlogs".into(), "http://localhost:3".into());
        assert_eq!(url(&endpoints, "logs", "eu-west-1"), "http://localhost:3");
        assert_eq!(url(&endpoints, "ec2", "eu-west-1"), "http://localhost:1");
    }

    #[test]
    fn buckets_with_dots_go_into_the_path() {
        let s3 = service("s3").unwrap();
        let of = |bucket| Endpoints::default().resolve(s3, "eu-west-1", Some(bucket)).unwrap().addressing;
        assert_eq!((of("plain"), of("with.dots")), (Addressing::VirtualHost, Addressing::Path));
    }

    #[test]
    fn what_is_no_url_or_region_is_refused() {
        let endpoints = Endpoints { everything: Some("localhost:1".into()), ..Endpoints::default() };
        assert!(endpoints.resolve(service("ec2").unwrap(), "eu-west-1", None).is_err());
        assert!(Endpoints::default().resolve(service("ec2").unwrap(), "evil.com/", None).is_err());
    }
}
