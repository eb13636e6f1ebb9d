//! The wire protocols of AWS, both ways, over plain JSON documents.
//!
//! In a document, members have the names of the API model (`VpcId`), timestamps are RFC 3339 text, blobs are base64 text,
//! numbers and booleans are typed, and what is absent is left out. A body that is one member (an S3
//! object, a bucket policy) is absent when it is empty.

mod chunked;
mod error;
mod json;
mod query;
mod redact;
mod request;
mod response;
mod rest;
mod route;
mod scalar;
mod uri;
mod xml;
mod xml_tree;

#[cfg(test)]
mod roundtrip;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use error::encode_error;
pub use redact::redact;
pub use request::{Addressing, WireRequest, encode_request};
pub use response::{decode_response, encode_response};
pub use route::{DecodedRequest, RequestError, decode_request, missing_member};

/// Why a value does not fit its shape, or the other way round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misfit {
    /// Members and indices: `TagSpecifications[0].Tags`.
    pub path: String,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// Whether it is a member that the shape does not have.
    pub unknown_member: bool,
}

/// Where in a document the work is; a list on the stack, written out only for an error.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    pub(crate) fn misfit(&self, message: impl Into<String>) -> Misfit {
        let path = self.to_string();
        let path = if path.is_empty() { "(whole)".to_string() } else { path };
        Misfit { path, message: message.into(), unknown_member: false }
    }

    pub(crate) fn unknown(&self) -> Misfit {
        Misfit { unknown_member: true, ..self.misfit("the API model has no such member") }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The bytes of base64 text.
pub(crate) fn unbase64(text: &str, path: &Path) -> Result<Vec<u8>, Misfit> {
    STANDARD.decode(text).map_err(|e| path.misfit(format!("not base64: {e}")))
}

/// Bytes as base64 text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
