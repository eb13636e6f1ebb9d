//! Signed calls to AWS, driven by the API models AWS publishes.
//!
//! **Takes** service, operation and input as a document.
//! **Gives** the output document or a typed error; the server half of the same codecs.
//! **Never** knows a Terraform resource type.

pub mod client;
pub mod codec;
mod error;
pub mod model;

pub use client::{Client, ClientOptions, CredentialsSource, Paging, Transport, TransportError};
pub use codec::{DecodedRequest, RequestError, decode_request, encode_error, encode_response};
pub use error::ApiError;
pub use model::{Operation, Protocol, Service, service};
