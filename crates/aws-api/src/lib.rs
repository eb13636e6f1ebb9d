//! Signed calls to AWS, driven by the API models AWS publishes.
//!
//! **Takes** service, operation and input as a document.
//! **Gives** the output document or a typed error; the server half of the same codecs.
//! **Never** knows a Terraform resource type.
