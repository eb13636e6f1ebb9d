//! Reads a trimmed model file into [`Service`]. Text stays where it is in the binary.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Deserialize;

use super::{
    ErrorShape, Kind, Location, Operation, Protocol, Ref, Service, Shape, ShapeId, Structure, TimestampFormat,
    XmlNamespace,
};

type Text = &'static str;

#[derive(Deserialize)]
struct RawModel<'a> {
    #[serde(borrow)]
    metadata: RawMetadata<'a>,
    #[serde(borrow)]
    operations: IndexMap<&'a str, RawOperation<'a>>,
    #[serde(borrow)]
    shapes: IndexMap<&'a str, RawShape<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMetadata<'a> {
    api_version: &'a str,
    endpoint_prefix: &'a str,
    protocol: &'a str,
    service_id: &'a str,
    #[serde(borrow)]
    signing_name: Option<&'a str>,
    #[serde(borrow)]
    target_prefix: Option<&'a str>,
    #[serde(borrow)]
    json_version: Option<&'a str>,
    #[serde(borrow)]
    xml_namespace: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOperation<'a> {
    #[serde(borrow)]
    http: RawHttp<'a>,
    #[serde(borrow)]
    input: Option<RawRef<'a>>,
    #[serde(borrow)]
    output: Option<RawRef<'a>>,
    #[serde(borrow, default)]
    errors: Vec<&'a str>,
    #[serde(borrow)]
    authtype: Option<&'a str>,
    #[serde(default)]
    http_checksum_required: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawHttp<'a> {
    method: &'a str,
    request_uri: &'a str,
    response_code: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRef<'a> {
    shape: &'a str,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    idempotency_token: bool,
    #[serde(default)]
    jsonvalue: bool,
    #[serde(borrow)]
    location: Option<&'a str>,
    #[serde(borrow)]
    location_name: Option<&'a str>,
    #[serde(borrow)]
    query_name: Option<&'a str>,
    #[serde(borrow)]
    result_wrapper: Option<&'a str>,
    #[serde(borrow)]
    timestamp_format: Option<&'a str>,
    #[serde(default)]
    xml_attribute: bool,
    #[serde(borrow)]
    xml_namespace: Option<RawNamespace<'a>>,
}

#[derive(Deserialize, Clone, Copy)]
struct RawNamespace<'a> {
    uri: &'a str,
    #[serde(borrow)]
    prefix: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawShape<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    document: bool,
    #[serde(borrow, default, rename = "enum")]
    values: Vec<&'a str>,
    #[serde(borrow)]
    error: Option<RawError<'a>>,
    #[serde(default)]
    flattened: bool,
    #[serde(borrow)]
    key: Option<RawRef<'a>>,
    #[serde(borrow)]
    location_name: Option<&'a str>,
    #[serde(borrow)]
    member: Option<RawRef<'a>>,
    #[serde(borrow, default)]
    members: IndexMap<&'a str, RawRef<'a>>,
    #[serde(borrow)]
    payload: Option<&'a str>,
    #[serde(borrow, default)]
    required: Vec<&'a str>,
    #[serde(default)]
    sensitive: bool,
    #[serde(borrow)]
    timestamp_format: Option<&'a str>,
    #[serde(borrow)]
    value: Option<RawRef<'a>>,
    #[serde(borrow)]
    xml_namespace: Option<RawNamespace<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawError<'a> {
    #[serde(borrow)]
    code: Option<&'a str>,
    http_status_code: Option<u16>,
}

struct Loader<'a> {
    ids: HashMap<Text, u32>,
    shapes: &'a IndexMap<Text, RawShape<'static>>,
}

/// Parses one model. The error says which part of the file does not fit.
pub(super) fn load(id: Text, text: Text) -> Result<Service, String> {
    let raw: RawModel<'static> = serde_json::from_str(text).map_err(|e| format!("the model of {id}: {e}"))?;
    let ids = raw.shapes.keys().enumerate().map(|(i, name)| (*name, i as u32)).collect();
    let loader = Loader { ids, shapes: &raw.shapes };
    let protocol = match raw.metadata.protocol {
        "ec2" => Protocol::Ec2,
        "query" => Protocol::Query,
        "json" => Protocol::Json,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        other => return Err(format!("the model of {id}: protocol {other:?}")),
    };
    let mut operations = IndexMap::with_capacity(raw.operations.len());
    for (name, operation) in &raw.operations {
        operations.insert(*name, loader.operation(name, operation)?);
    }
    let shapes = raw.shapes.iter().map(|(name, shape)| loader.shape(name, shape)).collect::<Result<_, _>>()?;
    let meta = &raw.metadata;
    Ok(Service {
        id,
        service_id: meta.service_id,
        protocol,
        api_version: meta.api_version,
        endpoint_prefix: meta.endpoint_prefix,
        signing_name: meta.signing_name.unwrap_or(meta.endpoint_prefix),
        target_prefix: meta.target_prefix,
        json_version: meta.json_version.unwrap_or("1.1"),
        // The model leaves out the namespace of S3's answers (Amazon S3 API Reference, response syntax of any list).
        xml_namespace: meta
            .xml_namespace
            .or((meta.service_id == "S3").then_some("http://s3.amazonaws.com/doc/2006-03-01/")),
        operations,
        shapes,
    })
}

impl Loader<'_> {
    fn operation(&self, name: Text, raw: &RawOperation<'static>) -> Result<Operation, String> {
        let errors = raw
            .errors
            .iter()
            .filter_map(|shape| self.shapes.get(shape).map(|s| (shape, s.error.as_ref())))
            .map(|(shape, e)| ErrorShape {
                code: e.and_then(|e| e.code).unwrap_or(shape),
                status: e.and_then(|e| e.http_status_code),
            })
            .collect();
        Ok(Operation {
            name,
            method: raw.http.method,
            uri: raw.http.request_uri,
            status: raw.http.response_code.unwrap_or(200),
            input: raw.input.as_ref().map(|r| self.reference(r)).transpose()?,
            output: raw.output.as_ref().map(|r| self.reference(r)).transpose()?,
            signed: raw.authtype != Some("none"),
            checksum_required: raw.http_checksum_required,
            errors,
        })
    }

    fn reference(&self, raw: &RawRef<'static>) -> Result<Ref, String> {
        let id = *self.ids.get(raw.shape).ok_or_else(|| format!("no shape {}", raw.shape))?;
        let shape = &self.shapes[id as usize];
        Ok(Ref {
            shape: ShapeId(id),
            location_name: raw.location_name.or(shape.location_name),
            query_name: raw.query_name,
            location: match raw.location {
                None => Location::Body,
                Some("uri") => Location::Uri,
                Some("querystring") => Location::QueryString,
                Some("header") => Location::Header,
                Some("headers") => Location::Headers,
                Some("statusCode") => Location::StatusCode,
                Some(other) => return Err(format!("{}: location {other:?}", raw.shape)),
            },
            flattened: raw.flattened || shape.flattened,
            xml_attribute: raw.xml_attribute,
            xml_namespace: raw
                .xml_namespace
                .or(shape.xml_namespace)
                .map(|n| XmlNamespace { uri: n.uri, prefix: n.prefix.unwrap_or_default() }),
            timestamp_format: match raw.timestamp_format.or(shape.timestamp_format) {
                None => None,
                Some("iso8601") => Some(TimestampFormat::Iso8601),
                Some("unixTimestamp") => Some(TimestampFormat::Unix),
                Some("rfc822") => Some(TimestampFormat::Rfc822),
                Some(other) => return Err(format!("{}: timestamp format {other:?}", raw.shape)),
            },
            json_value: raw.jsonvalue,
            idempotency_token: raw.idempotency_token,
            result_wrapper: raw.result_wrapper,
        })
    }

    fn shape(&self, name: Text, raw: &RawShape<'static>) -> Result<Shape, String> {
        let part = |r: &Option<RawRef<'static>>, what: &str| match r {
            Some(r) => self.reference(r),
            None => Err(format!("{name} has no {what}")),
        };
        let kind = match raw.kind {
            "structure" if raw.document => Kind::Document,
            "structure" => Kind::Structure(Structure {
                members: raw
                    .members
                    .iter()
                    .map(|(k, r)| Ok((*k, self.reference(r)?)))
                    .collect::<Result<_, String>>()?,
                required: raw.required.clone(),
                payload: raw.payload,
            }),
            "list" => Kind::List(part(&raw.member, "member")?),
            "map" => Kind::Map(part(&raw.key, "key")?, part(&raw.value, "value")?),
            "string" | "character" => Kind::String,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "float" | "double" => Kind::Double,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            other => return Err(format!("{name}: type {other:?}")),
        };
        Ok(Shape { name, kind, sensitive: raw.sensitive, values: raw.values.clone() })
    }
}
