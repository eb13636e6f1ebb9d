//! What can go wrong with a call.

use craton_model::Diagnostic;

/// Why a call gave nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// The service answered with an error.
    #[error("{service} {operation}: {code}: {message}")]
    Service {
        /// `ec2`
        service: String,
        /// `DescribeVpcs`
        operation: String,
        /// HTTP status.
        status: u16,
        /// AWS's error code: `InvalidVpcID.NotFound`.
        code: String,
        /// AWS's own words; may be empty.
        message: String,
        /// What AWS support asks for; may be empty.
        request_id: String,
    },
    /// No answer from the endpoint.
    #[error("{endpoint} does not answer: {source_text}")]
    Unreachable {
        /// Scheme and authority.
        endpoint: String,
        /// What the network said.
        source_text: String,
    },
    /// No credentials, or unusable ones.
    #[error("no AWS credentials: {0}")]
    Credentials(String),
    /// No region, or an endpoint that is not a URL, or the like.
    #[error("{0}")]
    Configuration(String),
    /// The input does not fit the operation.
    #[error("{service} {operation}: input {path}: {message}")]
    Encode {
        /// `ec2`
        service: String,
        /// `DescribeVpcs`
        operation: String,
        /// Where in the input.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The answer is not what the model says.
    #[error("{service} {operation}: answer {path}: {message}")]
    Decode {
        /// `ec2`
        service: String,
        /// `DescribeVpcs`
        operation: String,
        /// Where in the answer.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The binary carries no model of that service.
    #[error("no API model of the service {service:?}")]
    UnknownService {
        /// As asked for.
        service: String,
    },
    /// The model has no such operation.
    #[error("no API model of the operation {service}:{operation}")]
    UnknownOperation {
        /// `ec2`
        service: String,
        /// As asked for.
        operation: String,
    },
    /// A model in the binary does not parse.
    #[error("{message}")]
    Model {
        /// What does not fit.
        message: String,
    },
}

/// Codes that mean "slower, please", as the SDKs treat them (AWS SDKs and Tools Reference Guide, "Retry behavior").
const THROTTLE: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Codes that pass by themselves.
const TRANSIENT: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "Unavailable",
];

/// Codes of credentials that AWS does not take.
const REFUSED_CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

const ACCESS_DENIED: &[&str] = &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

impl ApiError {
    /// AWS's error code; `None` unless the service answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            _ => None,
        }
    }

    /// AWS's error text; `None` unless the service answered.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Service { message, .. } => Some(message),
            _ => None,
        }
    }

    /// HTTP status of the answer; `None` unless the service answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the service answered with one of these codes.
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|c| codes.contains(&c))
    }

    /// Whether AWS asks for fewer requests.
    pub fn is_throttle(&self) -> bool {
        self.is(THROTTLE) || self.status() == Some(429)
    }

    /// Whether the same request may succeed a little later: throttling, a server's own fault or the network's.
    pub fn is_transient(&self) -> bool {
        self.is_throttle()
            || self.is(TRANSIENT)
            || matches!(self.status(), Some(500 | 502 | 503 | 504))
            || matches!(self, Self::Unreachable { .. })
    }

    fn advice(&self) -> &'static str {
        if self.is(REFUSED_CREDENTIALS) {
            "AWS does not accept these credentials. Check which ones are in use (aws sts get-caller-identity), whether \
             they have expired, and the clock of this machine."
        } else if self.is(ACCESS_DENIED) {
            "The credentials are valid, but their policies do not allow this operation. Allow it, or use another role \
             or profile."
        } else if self.is_throttle() {
            "AWS kept asking for fewer requests until the attempts ran out. Run again later, or with a lower \
             -parallelism."
        } else if self.is_transient() {
            "This is a fault on the side of AWS. Run again later."
        } else {
            "Nothing was retried, since the same request would be refused again."
        }
    }
}

impl From<ApiError> for Diagnostic {
    fn from(e: ApiError) -> Self {
        match &e {
            ApiError::Service { service, operation, status, code, message, request_id } => {
                let mut detail = format!("{service}:{operation} answered {code} (HTTP {status})");
                if message.is_empty() {
                    detail.push('.');
                } else {
                    detail.push_str(": ");
                    detail.push_str(message);
                }
                if !request_id.is_empty() {
                    detail.push_str(&format!("\n\nRequest id: {request_id}"));
                }
                detail.push_str(&format!("\n\n{}", e.advice()));
                Self::error("AWS refused a request", detail)
            }
            ApiError::Unreachable { endpoint, source_text } => Self::error(
                "AWS endpoint does not answer",
                format!(
                    "{endpoint} does not answer: {source_text}.\n\nCheck the network and the proxy, and, where an endpoint \
                     is set (AWS_ENDPOINT_URL or the provider's endpoints block), that something listens there."
                ),
            ),
            ApiError::Credentials(text) => Self::error("No usable AWS credentials", text.clone()),
            ApiError::Configuration(text) => Self::error("Invalid AWS configuration", text.clone()),
            ApiError::Encode { service, operation, path, message } => Self::error(
                "Invalid AWS request",
                format!(
                    "The input of {service}:{operation} does not fit its API model, at {path}: {message}. Nothing was \
                     sent. This is a fault of craton; please report it."
                ),
            ),
            ApiError::Decode { service, operation, path, message } => Self::error(
                "Invalid AWS answer",
                format!(
                    "The answer to {service}:{operation} does not fit its API model, at {path}: {message}. If an endpoint \
                     is set (AWS_ENDPOINT_URL or the provider's endpoints block), check that it speaks for this service."
                ),
            ),
            ApiError::UnknownService { .. } | ApiError::UnknownOperation { .. } | ApiError::Model { .. } => {
                Self::error("Missing AWS API model", format!("{e}. This is a fault of craton; please report it."))
            }
        }
    }
}
