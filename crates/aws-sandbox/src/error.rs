//! The error an AWS operation answers with.

/// What AWS sends instead of an answer: HTTP status, error code and message. The server puts it in the
/// form of the service's protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// HTTP status, e.g. 400.
    pub status: u16,
    /// AWS's error code, e.g. `InvalidVpcID.NotFound`.
    pub code: String,
    /// The sentence for people.
    pub message: String,
}

impl AwsError {
    /// An error with status 400, which is what most client mistakes get.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.into(), message: message.into() }
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The refusal for what the sandbox does not know: status 501, code `NotImplemented`.
    pub fn not_implemented(what: impl std::fmt::Display) -> Self {
        Self {
            status: 501,
            code: "NotImplemented".into(),
            message: format!("The sandbox does not know {what}. It refuses rather than pretend that it worked."),
        }
    }

    /// The answer when the sandbox itself fails, e.g. because the disk is full: status 500.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { status: 500, code: "InternalFailure".into(), message: message.into() }
    }
}

impl std::fmt::Display for AwsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AwsError {}

/// What every operation gives: the output document or AWS's error.
pub type Answer = Result<serde_json::Value, AwsError>;
