//! `cloudinit`: several files as one MIME message for cloud-init (version 2.3).

use std::io::Write as _;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use craton_model::{Diagnostic, Diagnostics, Path, Value};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::cx::Cx;
use crate::decl::{Attr, Check, DataSource, Declaration, Fixed, Kind, Nested, Outcome, Resource, fail, fail_at};
use crate::obj::Obj;

pub(crate) const PROVIDER: Declaration =
    Declaration { resources: &[&Config], data: &[&ConfigData], ..Declaration::new("cloudinit", "2.3.7", "< 2.5") };

const BASE64: Attr = Attr::defaulted("base64_encode", Kind::Flag, Fixed::Flag(true)).replaces();
const BOUNDARY: Attr =
    Attr::defaulted("boundary", Kind::Text, Fixed::Text("MIMEBOUNDARY")).replaces().checked(Check::NotEmpty);
const GZIP: Attr = Attr::defaulted("gzip", Kind::Flag, Fixed::Flag(true)).replaces();
const ATTRS: &[Attr] =
    &[BASE64, BOUNDARY, GZIP, Attr::computed("id", Kind::Text), Attr::computed("rendered", Kind::Text)];
const PART: &[Attr] = &[
    Attr::required("content", Kind::Text),
    Attr::defaulted("content_type", Kind::Text, Fixed::Text("text/plain")).checked(Check::NotEmpty),
    Attr::optional("filename", Kind::Text),
    Attr::optional("merge_type", Kind::Text),
];
const BLOCKS: &[Nested] = &[Nested { name: "part", single: false, min: 0, max: 0, attrs: PART, replaces: true }];

fn validate(config: &Obj, found: &mut Diagnostics) {
    if config.get("part").as_seq().is_some_and(<[Value]>::is_empty) {
        found.push(Diagnostic::error("Invalid Block", "At least one \"part\" block must be given."));
    }
    if config.is_known("gzip") && config.flag("gzip") != Some(false) && config.flag("base64_encode") == Some(false) {
        let detail = "What is compressed is no text, so base64_encode must be true while gzip is (which it is unless set to false).";
        found.push(
            Diagnostic::error("Invalid Attribute Configuration", detail).on_attribute(Path::attr("base64_encode")),
        );
    }
}

/// Fills in what is left out, and the message.
fn render(object: &mut Obj) -> Outcome {
    for (name, value) in
        [("base64_encode", Value::from(true)), ("gzip", true.into()), ("boundary", "MIMEBOUNDARY".into())]
    {
        if object.is_null(name) {
            object.set(name, value);
        }
    }
    let mut parts = object.objects("part");
    for part in &mut parts {
        if part.text("content_type").is_none_or(str::is_empty) {
            part.set("content_type", "text/plain");
        }
    }
    if let Some(ty) = object.type_of("part").element() {
        object.set("part", Value::list(ty.clone(), parts.iter().map(Obj::value)));
    }
    let message = message(object.text("boundary").unwrap_or_default(), &parts)?;
    let mut bytes = message.into_bytes();
    if object.flag("gzip") == Some(true) {
        bytes = match compress(&bytes) {
            Ok(bytes) => bytes,
            Err(e) => return fail("Message cannot be compressed", format!("{e}.")),
        };
    }
    let rendered = match object.flag("base64_encode") {
        Some(true) => STANDARD.encode(&bytes),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    };
    let mut sum = flate2::Crc::new();
    sum.update(rendered.as_bytes());
    object.set("id", sum.sum().to_string());
    object.set("rendered", rendered);
    Ok(())
}

fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// The message (<https://datatracker.ietf.org/doc/html/rfc2046#section-5.1>), to the byte as the published provider
/// writes it: the first line ends without a carriage return, the headers of a part are in alphabetical order.
fn message(boundary: &str, parts: &[Obj]) -> Result<String, Diagnostics> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "'()+_,-./:=? ".contains(c);
    if boundary.is_empty() || boundary.len() > 70 || !boundary.chars().all(fits) || boundary.ends_with(' ') {
        let detail =
            "A boundary has at most 70 letters, digits and the characters '()+_,-./:=? and space (not at its end).";
        return fail_at("boundary", "Invalid boundary", detail);
    }
    let mut out = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\r\n\r\n");
    for (i, part) in parts.iter().enumerate() {
        let text = |name: &str| part.text(name).filter(|s| !s.is_empty());
        out.push_str(if i == 0 { "" } else { "\r\n" });
        out.push_str(&format!("--{boundary}\r\n"));
        if let Some(filename) = text("filename") {
            out.push_str(&format!("Content-Disposition: attachment; filename=\"{filename}\"\r\n"));
        }
        out.push_str("Content-Transfer-Encoding: 7bit\r\n");
        out.push_str(&format!("Content-Type: {}\r\n", text("content_type").unwrap_or_default()));
        out.push_str("Mime-Version: 1.0\r\n");
        if let Some(merge) = text("merge_type") {
            out.push_str(&format!("X-Merge-Type: {merge}\r\n"));
        }
        out.push_str("\r\n");
        out.push_str(part.text("content").unwrap_or_default());
    }
    out.push_str(&format!("\r\n--{boundary}--\r\n"));
    Ok(out)
}

/// The resource type, which is as the data source and not to be used any more.
struct Config;

#[async_trait]
impl Resource for Config {
    fn name(&self) -> &'static str {
        "cloudinit_config"
    }

    fn attrs(&self) -> &'static [Attr] {
        ATTRS
    }

    fn blocks(&self) -> &'static [Nested] {
        BLOCKS
    }

    fn deprecated(&self) -> bool {
        true
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate(config, found);
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        render(object)
    }
}

struct ConfigData;

#[async_trait]
impl DataSource for ConfigData {
    fn name(&self) -> &'static str {
        "cloudinit_config"
    }

    fn attrs(&self) -> &'static [Attr] {
        ATTRS
    }

    fn blocks(&self) -> &'static [Nested] {
        BLOCKS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate(config, found);
    }

    async fn read(&self, _: &Cx, object: &mut Obj) -> Outcome {
        render(object)
    }
}
