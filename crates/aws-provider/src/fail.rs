//! What goes wrong inside the provider.

use craton_aws_api::ApiError;
use craton_model::{Diagnostic, Path};

/// An error on its way to becoming a diagnostic.
#[derive(Clone, Debug)]
pub enum Fail {
    /// AWS refused, or could not be asked.
    Api(Box<ApiError>),
    /// Anything else, said already.
    Said(Box<Diagnostic>),
}

impl From<ApiError> for Fail {
    fn from(e: ApiError) -> Self {
        Self::Api(Box::new(e))
    }
}

impl From<Diagnostic> for Fail {
    fn from(d: Diagnostic) -> Self {
        Self::Said(Box::new(d))
    }
}

impl From<craton_model::json::JsonError> for Fail {
    fn from(e: craton_model::json::JsonError) -> Self {
        Diagnostic::error(
            "Invalid AWS answer",
            format!("AWS answered with something that does not fit the schema of the type: {e}. This is a fault of craton; please report it."),
        )
        .into()
    }
}

impl Fail {
    /// An error of our own.
    pub fn new(summary: &str, detail: impl Into<String>) -> Self {
        Diagnostic::error(summary, detail).into()
    }

    /// Whether AWS answered with one of these codes. A code that ends in `*` stands for all that begin so.
    pub fn is(&self, codes: &[&str]) -> bool {
        match self {
            Self::Api(e) => e.code().is_some_and(|code| {
                codes.iter().any(|c| match c.strip_suffix('*') {
                    Some(prefix) => code.starts_with(prefix),
                    None => *c == code,
                })
            }),
            Self::Said(_) => false,
        }
    }

    /// Whether AWS answered with one of these codes and a text that contains `text`.
    pub fn says(&self, codes: &[&str], text: &str) -> bool {
        matches!(self, Self::Api(e) if self.is(codes) && e.message().is_some_and(|m| m.contains(text)))
    }

    /// The diagnostic, on the argument that the error code is known to be about.
    pub fn diagnostic(self, faults: &[&[(&str, &str)]]) -> Diagnostic {
        match self {
            Self::Said(d) => *d,
            Self::Api(e) => {
                let attribute = e.code().and_then(|code| {
                    faults
                        .iter()
                        .flat_map(|f| f.iter())
                        .find(|(c, _)| *c == code)
                        .map(|(_, attribute)| (*attribute).to_owned())
                });
                let d = Diagnostic::from(*e);
                match attribute {
                    Some(name) => d.on_attribute(Path::attr(name)),
                    None => d,
                }
            }
        }
    }
}
