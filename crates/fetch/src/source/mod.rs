//! Source addresses (<https://developer.hashicorp.com/terraform/language/modules/sources>).

mod parse;
mod query;
mod s3_address;

pub use query::{Query, decode_percent};

use std::fmt;
use std::path::PathBuf;

/// The registry of addresses that name none.
pub const DEFAULT_REGISTRY: &str = "registry.terraform.io";

/// Where something is fetched from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A path that begins with `./` or `../`, relative to where it is written.
    Local(String),
    /// A folder of this machine, to be copied; or an archive on it.
    Path {
        /// Absolute.
        path: PathBuf,
        /// What follows `//`.
        subdir: Option<String>,
    },
    /// A git repository.
    Git(GitSource),
    /// A module registry.
    Registry(RegistrySource),
    /// An archive on a web server, or a page that says where the files are.
    Http(HttpSource),
    /// An archive in an S3 bucket, or all objects below a prefix.
    S3(S3Source),
    /// Something with a scheme that is known but not handled.
    Other {
        /// `gcs`, `hg`, `oci`, ...
        scheme: String,
        /// As written.
        address: String,
        /// What follows `//`.
        subdir: Option<String>,
    },
}

/// A git repository and what to take of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GitSource {
    /// What git is given: `https://...`, `ssh://...`, `file://...`.
    pub url: String,
    /// Branch, tag or commit.
    pub reference: Option<String>,
    /// How many commits of history.
    pub depth: Option<u32>,
    /// A private key for SSH, base64 of the key file. Never shown.
    pub ssh_key: Option<String>,
    /// What follows `//`.
    pub subdir: Option<String>,
}

/// A module of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegistrySource {
    /// Registry host.
    pub host: String,
    /// Organisation.
    pub namespace: String,
    /// Module name.
    pub name: String,
    /// Target system (`aws`).
    pub system: String,
    /// What `?version=` of a `tfr` address says.
    pub version: Option<String>,
    /// Whether it is a `tfr` address, for which Terragrunt's token counts.
    pub tfr: bool,
    /// What follows `//`.
    pub subdir: Option<String>,
}

/// Something on a web server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpSource {
    /// Without `//folder`, `archive` and `checksum`.
    pub url: String,
    /// What kind of archive it is: what `archive=` says, else the end of its name. `None`: it is a page that leads on.
    pub archive: Option<String>,
    /// What `checksum=` says: `sha256:...`.
    pub checksum: Option<String>,
    /// What follows `//`.
    pub subdir: Option<String>,
    /// The address in full.
    pub address: String,
}

/// Something in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Source {
    /// The server of buckets that are not Amazon's.
    pub endpoint: Option<String>,
    /// As far as the address tells it.
    pub region: Option<String>,
    /// Name of the bucket.
    pub bucket: String,
    /// Key of an archive, or the beginning of keys.
    pub key: String,
    /// Version of the object.
    pub version_id: Option<String>,
    /// The profile that holds the credentials.
    pub profile: Option<String>,
    /// Access key id, secret and session token that the address holds. Never shown.
    pub credentials: Option<(String, String, Option<String>)>,
    /// What kind of archive the object is; `None`: the key is the beginning of keys.
    pub archive: Option<String>,
    /// What `checksum=` says.
    pub checksum: Option<String>,
    /// What follows `//`.
    pub subdir: Option<String>,
    /// The address in full.
    pub address: String,
}

impl Source {
    /// What follows `//`: a folder within what is fetched.
    pub fn subdir(&self) -> Option<&str> {
        match self {
            Self::Local(_) => None,
            Self::Path { subdir, .. } | Self::Other { subdir, .. } => subdir.as_deref(),
            Self::Git(g) => g.subdir.as_deref(),
            Self::Registry(r) => r.subdir.as_deref(),
            Self::Http(h) => h.subdir.as_deref(),
            Self::S3(s) => s.subdir.as_deref(),
        }
    }

    /// The same without what follows `//`, as a text that is the same for all folders of one source.
    pub(crate) fn without_subdir(&self) -> String {
        match self {
            Self::Git(g) => Self::Git(GitSource { subdir: None, ..g.clone() }).to_string(),
            Self::Registry(r) => {
                let version = r.version.as_deref().unwrap_or_default();
                format!("{}?{version}", Self::Registry(RegistrySource { subdir: None, ..r.clone() }))
            }
            Self::Path { path, .. } => path.display().to_string(),
            Self::Http(h) => {
                format!("{} {:?} {:?}", h.url, h.archive, h.checksum)
            }
            Self::S3(s) => format!("{:?}", S3Source { subdir: None, address: String::new(), ..s.clone() }),
            Self::Local(_) | Self::Other { .. } => self.to_string(),
        }
    }

    /// The address for people: passwords, keys and signatures in it are left out.
    pub fn redacted(&self) -> String {
        redact(&self.to_string())
    }
}

/// An address without the password before its host and without secrets in its query.
pub fn redact(address: &str) -> String {
    let (main, query) = match address.split_once('?') {
        Some((main, query)) => (main, Some(query)),
        None => (address, None),
    };
    let mut out = main.to_owned();
    if let Some((scheme, rest)) = main.split_once("://")
        && let Some((user, host)) = rest.split_once('@')
        && !user.contains('/')
        && let Some((name, _)) = user.split_once(':')
    {
        out = format!("{scheme}://{name}:(hidden)@{host}");
    }
    let Some(query) = query else { return out };
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}=(hidden)"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{out}?{}", pairs.join("&"))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "secret", "token", "sig", "signature", "credential", "password", "auth"].iter().any(|w| name.contains(w))
}

/// The full form, as the manifest of installed modules holds it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sub = self.subdir().map(|s| format!("//{s}")).unwrap_or_default();
        match self {
            Self::Local(path) => f.write_str(path),
            Self::Path { path, .. } => write!(f, "file://{}{sub}", path.display()),
            Self::Git(g) => {
                let mut query: Vec<String> = Vec::new();
                query.extend(g.depth.map(|d| format!("depth={d}")));
                query.extend(g.reference.as_ref().map(|r| format!("ref={r}")));
                query.extend(g.ssh_key.as_ref().map(|k| format!("sshkey={k}")));
                let (url, own) = match g.url.split_once('?') {
                    Some((url, own)) => (url, Some(own.to_owned())),
                    None => (g.url.as_str(), None),
                };
                query.splice(0..0, own);
                let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
                write!(f, "git::{url}{sub}{query}")
            }
            Self::Registry(r) => write!(f, "{}/{}/{}/{}{sub}", r.host, r.namespace, r.name, r.system),
            Self::Http(h) => f.write_str(&h.address),
            Self::S3(s) => f.write_str(&s.address),
            Self::Other { address, .. } => f.write_str(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for text in [
            "git::https://me:secret@h/x.git",
            "git::ssh://git@h/x.git?ref=v1&sshkey=c2VjcmV0",
            "https://me:secret@h/x.zip",
            "https://h/x.zip?X-Amz-Signature=secret",
            "s3::https://s3.amazonaws.com/b/x.zip?aws_access_key_id=a&aws_access_key_secret=secret",
        ] {
            let shown = Source::parse(text).unwrap().redacted();
            assert!(!shown.contains("secret") || shown.contains("secret=(hidden)"), "{shown}");
            assert!(!shown.contains("c2VjcmV0"), "{shown}");
        }
    }
}
