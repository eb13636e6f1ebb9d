//! The API models: services, their operations and the shapes that travel.

mod load;
mod registry;

use indexmap::IndexMap;

pub use registry::{service, service_ids};

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Form-encoded requests, XML answers, EC2's own rules for lists and names.
    Ec2,
    /// Form-encoded requests, XML answers.
    Query,
    /// JSON both ways, the operation in the `X-Amz-Target` header.
    Json,
    /// JSON bodies; members also in path, query string and headers.
    RestJson,
    /// XML bodies; members also in path, query string and headers.
    RestXml,
}

impl Protocol {
    /// Whether the operation is told by method and path.
    pub fn is_rest(self) -> bool {
        matches!(self, Self::RestJson | Self::RestXml)
    }
}

/// One AWS service.
#[derive(Debug)]
pub struct Service {
    /// The name of its folder in AWS's models: `ec2`, `logs`.
    pub id: &'static str,
    /// AWS's own id, as in `AWS_ENDPOINT_URL_<SERVICE>` once in capitals with underscores: `EC2`, `CloudWatch Logs`.
    pub service_id: &'static str,
    /// How it speaks.
    pub protocol: Protocol,
    /// `2016-11-15`.
    pub api_version: &'static str,
    /// First label of its host name.
    pub endpoint_prefix: &'static str,
    /// The service name in signatures.
    pub signing_name: &'static str,
    /// First part of `X-Amz-Target`, for JSON.
    pub target_prefix: Option<&'static str>,
    /// `1.0` or `1.1`, for JSON.
    pub json_version: &'static str,
    /// Namespace of its XML.
    pub xml_namespace: Option<&'static str>,
    /// Operations by name.
    pub operations: IndexMap<&'static str, Operation>,
    shapes: Vec<Shape>,
}

impl Service {
    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Result<&Operation, crate::ApiError> {
        self.operations.get(name).ok_or_else(|| crate::ApiError::UnknownOperation {
            service: self.id.to_string(),
            operation: name.to_string(),
        })
    }

    /// The shape that a reference points to.
    pub fn shape(&self, r: &Ref) -> &Shape {
        &self.shapes[r.shape.0 as usize]
    }

    /// The members of the structure that a reference points to; none for any other shape.
    pub fn members(&self, r: &Ref) -> &IndexMap<&'static str, Ref> {
        static NONE: std::sync::LazyLock<IndexMap<&'static str, Ref>> = std::sync::LazyLock::new(IndexMap::new);
        match &self.shape(r).kind {
            Kind::Structure(s) => &s.members,
            _ => &NONE,
        }
    }
}

/// One call of a service.
#[derive(Debug)]
pub struct Operation {
    /// `DescribeVpcs`.
    pub name: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path and fixed query string: `/{Bucket}/{Key+}?tagging`.
    pub uri: &'static str,
    /// HTTP status of success.
    pub status: u16,
    /// What goes in; `None` takes nothing.
    pub input: Option<Ref>,
    /// What comes out; `None` gives nothing.
    pub output: Option<Ref>,
    /// Whether the request carries a signature.
    pub signed: bool,
    /// Whether the body must carry a checksum.
    pub checksum_required: bool,
    /// The errors that the model names.
    pub errors: Vec<ErrorShape>,
}

/// An error that an operation may answer.
#[derive(Debug)]
pub struct ErrorShape {
    /// The code on the wire.
    pub code: &'static str,
    /// Its HTTP status, where the model tells.
    pub status: Option<u16>,
}

/// Where in a REST message a member travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Location {
    /// In the body.
    #[default]
    Body,
    /// In the path.
    Uri,
    /// In the query string.
    QueryString,
    /// In one header.
    Header,
    /// In all headers that start with a prefix.
    Headers,
    /// It is the HTTP status.
    StatusCode,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2024-01-02T03:04:05Z`.
    Iso8601,
    /// Seconds since 1970.
    Unix,
    /// `Tue, 02 Jan 2024 03:04:05 GMT`.
    Rfc822,
}

/// An XML namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XmlNamespace {
    /// The name itself.
    pub uri: &'static str,
    /// The prefix it is bound to; empty binds the default namespace.
    pub prefix: &'static str,
}

/// Index of a shape in its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeId(u32);

/// A use of a shape, with what this use says about the wire. Traits that the model puts on the shape itself are already
/// filled in.
#[derive(Clone, Debug)]
pub struct Ref {
    /// The shape.
    pub shape: ShapeId,
    /// Name on the wire.
    pub location_name: Option<&'static str>,
    /// Name in EC2's form encoding.
    pub query_name: Option<&'static str>,
    /// Where it travels.
    pub location: Location,
    /// Whether the shape's list or map has no element around it.
    pub flattened: bool,
    /// Whether it is an XML attribute.
    pub xml_attribute: bool,
    /// Its namespace.
    pub xml_namespace: Option<XmlNamespace>,
    /// How its timestamp is written, where not as its protocol does.
    pub timestamp_format: Option<TimestampFormat>,
    /// Whether it is JSON inside a header.
    pub json_value: bool,
    /// Whether the client makes one up when it is missing.
    pub idempotency_token: bool,
    /// The element around the answer of a query operation.
    pub result_wrapper: Option<&'static str>,
}

/// A named type.
#[derive(Debug)]
pub struct Shape {
    /// Its name in the model.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether it must not be shown.
    pub sensitive: bool,
    /// The values it may take, where the model keeps them; empty otherwise. AWS adds values over time.
    pub values: Vec<&'static str>,
}

/// The kinds of shape.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(Structure),
    /// Items of one shape.
    List(Ref),
    /// Keys and values.
    Map(Ref, Ref),
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Long,
    /// A floating point number.
    Double,
    /// A moment; RFC 3339 text in documents.
    Timestamp,
    /// Bytes; base64 text in documents.
    Blob,
    /// Any JSON.
    Document,
}

/// A structure's members.
#[derive(Debug, Default)]
pub struct Structure {
    /// In the model's order.
    pub members: IndexMap<&'static str, Ref>,
    /// The ones that must be there.
    pub required: Vec<&'static str>,
    /// The member that is the whole body.
    pub payload: Option<&'static str>,
}
