//! `local`: files on this machine (version 2.5).

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use craton_model::schema::FunctionSignature;
use craton_model::{Diagnostics, Type, Value};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::cx::Cx;
use crate::decl::{Attr, Check, DataSource, Declaration, Fixed, Function, Kind, Outcome, Resource, fail, fail_at};
use crate::encode::hex;
use crate::obj::Obj;
use crate::validate;

pub(crate) const PROVIDER: Declaration = Declaration {
    resources: &[&File { secret: false }, &File { secret: true }],
    data: &[&FileData { secret: false }, &FileData { secret: true }],
    functions: &[DIREXISTS],
    ..Declaration::new("local", "2.5.3", "< 2.10")
};

const fn given(name: &'static str) -> Attr {
    Attr::optional(name, Kind::Text).replaces()
}

const fn permission(name: &'static str, default: &'static str) -> Attr {
    Attr::defaulted(name, Kind::Text, Fixed::Text(default)).replaces().checked(Check::Text(|s| match mode(s) {
        Some(_) => Ok(()),
        None => Err(format!("takes three or four octal digits up to 0777, and not {s:?}")),
    }))
}

fn mode(text: &str) -> Option<u32> {
    let digits = (3..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    digits.then(|| u32::from_str_radix(text, 8).ok())?.filter(|m| *m <= 0o777)
}

const BASE64SHA256: Attr = Attr::computed("content_base64sha256", Kind::Text);
const BASE64SHA512: Attr = Attr::computed("content_base64sha512", Kind::Text);
const MD5: Attr = Attr::computed("content_md5", Kind::Text);
const SHA1: Attr = Attr::computed("content_sha1", Kind::Text);
const SHA256: Attr = Attr::computed("content_sha256", Kind::Text);
const SHA512: Attr = Attr::computed("content_sha512", Kind::Text);
const ID: Attr = Attr::computed("id", Kind::Text);

/// Sets the hashes of a file's content, one of which is its id.
fn set_hashes(object: &mut Obj, content: &[u8]) {
    let (sha256, sha512) = (Sha256::digest(content), Sha512::digest(content));
    object.set("content_md5", hex(&Md5::digest(content)));
    object.set("content_sha1", hex(&Sha1::digest(content)));
    object.set("content_sha256", hex(&sha256));
    object.set("content_base64sha256", STANDARD.encode(sha256));
    object.set("content_sha512", hex(&sha512));
    object.set("content_base64sha512", STANDARD.encode(sha512));
    object.set("id", hex(&Sha1::digest(content)));
}

fn read(cx: &Cx, name: &'static str, filename: &str) -> Result<Vec<u8>, Diagnostics> {
    match std::fs::read(cx.path(filename)) {
        Ok(content) => Ok(content),
        Err(e) => fail_at(name, "File cannot be read", format!("Cannot read {filename:?}: {e}.")),
    }
}

/// `local_file` and `local_sensitive_file`.
struct File {
    secret: bool,
}

impl File {
    /// The arguments of which one says what is in the file.
    fn contents(&self) -> &'static [&'static str] {
        if self.secret {
            &["content", "content_base64", "source"]
        } else {
            &["content", "content_base64", "sensitive_content", "source"]
        }
    }

    fn content(&self, cx: &Cx, object: &Obj) -> Result<Vec<u8>, Diagnostics> {
        if let Some(text) = object.text("sensitive_content").or(object.text("content")) {
            return Ok(text.as_bytes().to_vec());
        }
        if let Some(text) = object.text("content_base64") {
            return match STANDARD.decode(text) {
                Ok(bytes) => Ok(bytes),
                // What it holds may be secret, so it is not repeated.
                Err(_) => fail_at("content_base64", "Invalid content", "The content_base64 is no base64."),
            };
        }
        match object.text("source") {
            Some(source) => read(cx, "source", source),
            None => Ok(Vec::new()),
        }
    }
}

fn make_folder(folder: &Path, mode: u32) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(folder)
}

fn write(path: &Path, content: &[u8], mode: u32) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // From the beginning, so that nobody can read it in between. A file that is there keeps what it has.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)?.write_all(content)
}

#[async_trait]
impl Resource for File {
    fn name(&self) -> &'static str {
        if self.secret { "local_sensitive_file" } else { "local_file" }
    }

    fn attrs(&self) -> &'static [Attr] {
        const PLAIN: &[Attr] = &[
            given("content"),
            given("content_base64"),
            BASE64SHA256,
            BASE64SHA512,
            MD5,
            SHA1,
            SHA256,
            SHA512,
            permission("directory_permission", "0777"),
            permission("file_permission", "0777"),
            Attr::required("filename", Kind::Text).replaces(),
            ID,
            given("sensitive_content").secret().deprecated("Use the resource type local_sensitive_file instead."),
            given("source"),
        ];
        const SECRET: &[Attr] = &[
            given("content").secret(),
            given("content_base64").secret(),
            BASE64SHA256,
            BASE64SHA512,
            MD5,
            SHA1,
            SHA256,
            SHA512,
            permission("directory_permission", "0700"),
            permission("file_permission", "0700"),
            Attr::required("filename", Kind::Text).replaces(),
            ID,
            given("source"),
        ];
        if self.secret { SECRET } else { PLAIN }
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate::exactly_one(config, self.contents(), found);
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let content = self.content(cx, object)?;
        let filename = object.text("filename").unwrap_or_default();
        let path = cx.path(filename);
        let permission = |name: &str| object.text(name).and_then(mode).unwrap_or(0o700);
        if let Some(folder) = path.parent().filter(|f| !f.exists())
            && let Err(e) = make_folder(folder, permission("directory_permission"))
        {
            return fail_at(
                "filename",
                "Folder cannot be made",
                format!("Cannot make the folder of {filename:?}: {e}."),
            );
        }
        if let Err(e) = write(&path, &content, permission("file_permission")) {
            return fail_at("filename", "File cannot be written", format!("Cannot write {filename:?}: {e}."));
        }
        set_hashes(object, &content);
        Ok(())
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Result<bool, Diagnostics> {
        let filename = object.text("filename").unwrap_or_default();
        match std::fs::read(cx.path(filename)) {
            // One that somebody else wrote is not the one that was made: it is made again.
            Ok(content) => Ok(object.text("id") == Some(hex(&Sha1::digest(content)).as_str())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => fail_at("filename", "File cannot be read", format!("Cannot read {filename:?}: {e}.")),
        }
    }

    async fn delete(&self, cx: &Cx, object: &Obj) -> Outcome {
        let filename = object.text("filename").unwrap_or_default();
        match std::fs::remove_file(cx.path(filename)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                fail("File cannot be removed", format!("Cannot remove {filename:?}: {e}."))
            }
            _ => Ok(()),
        }
    }
}

/// The data sources `local_file` and `local_sensitive_file`.
struct FileData {
    secret: bool,
}

#[async_trait]
impl DataSource for FileData {
    fn name(&self) -> &'static str {
        if self.secret { "local_sensitive_file" } else { "local_file" }
    }

    fn attrs(&self) -> &'static [Attr] {
        const CONTENT: Attr = Attr::computed("content", Kind::Text);
        const BASE64: Attr = Attr::computed("content_base64", Kind::Text);
        const FILENAME: Attr = Attr::required("filename", Kind::Text);
        const PLAIN: &[Attr] = &[CONTENT, BASE64, BASE64SHA256, BASE64SHA512, MD5, SHA1, SHA256, SHA512, FILENAME, ID];
        const SECRET: &[Attr] =
            &[CONTENT.secret(), BASE64.secret(), BASE64SHA256, BASE64SHA512, MD5, SHA1, SHA256, SHA512, FILENAME, ID];
        if self.secret { SECRET } else { PLAIN }
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let content = read(cx, "filename", object.text("filename").unwrap_or_default())?;
        set_hashes(object, &content);
        object.set("content", String::from_utf8_lossy(&content).into_owned());
        object.set("content_base64", STANDARD.encode(&content));
        Ok(())
    }
}

const DIREXISTS: Function = Function {
    name: "direxists",
    signature: || FunctionSignature {
        parameters: vec![(Arc::from("path"), Type::String)],
        variadic: None,
        returns: Type::Bool,
        summary: "Whether there is a folder at a path.".into(),
    },
    call: |cx, args| {
        let path = args.first().and_then(Value::as_str).unwrap_or_default();
        match std::fs::metadata(cx.path(path)) {
            Ok(found) if found.is_dir() => Ok(Value::from(true)),
            Ok(_) => Err((Some(0), format!("{path:?} is there, but is no folder"))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Value::from(false)),
            Err(e) => Err((Some(0), format!("{path:?} cannot be looked at: {e}"))),
        }
    },
};
