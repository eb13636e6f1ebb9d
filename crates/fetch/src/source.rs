//! Source addresses (<https://developer.hashicorp.com/terraform/language/modules/sources>).

use std::fmt;
use std::path::PathBuf;

/// Where something is fetched from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A path that begins with `./` or `../`, relative to where it is written.
    Local(String),
    /// A folder of this machine, to be copied.
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
    /// Something with a scheme that is known but not handled.
    Other {
        /// `s3`, `hg`, `https`, ...
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
    /// What follows `//`.
    pub subdir: Option<String>,
}

impl Source {
    /// Reads the `source` of a `module` block. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the address is empty".into());
        }
        if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
            return Ok(Self::Local(text.to_owned()));
        }
        if let Some(registry) = registry(text) {
            return Ok(Self::Registry(registry));
        }
        remote(text)
    }

    /// Reads the `source` of a Terragrunt `terraform` block, where a bare path is a path and registries are named by
    /// the scheme `tfr`.
    pub fn parse_getter(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the address is empty".into());
        }
        if let Some(rest) = text.strip_prefix("tfr://") {
            let rest = rest.split('?').next().unwrap_or_default();
            let rest = match rest.strip_prefix('/') {
                Some(module) => module.to_owned(),
                None => rest.to_owned(),
            };
            return registry(&rest).map(Self::Registry).ok_or_else(|| {
                "a registry address has the form tfr://HOST/NAMESPACE/NAME/SYSTEM?version=1.2.3".into()
            });
        }
        remote(text).or_else(|why| {
            if text.contains("::") || text.contains("://") { Err(why) } else { Ok(Self::Local(text.to_owned())) }
        })
    }

    /// What follows `//`: a folder within what is fetched.
    pub fn subdir(&self) -> Option<&str> {
        match self {
            Self::Local(_) => None,
            Self::Path { subdir, .. } | Self::Other { subdir, .. } => subdir.as_deref(),
            Self::Git(g) => g.subdir.as_deref(),
            Self::Registry(r) => r.subdir.as_deref(),
        }
    }

    /// The address for people: a password in it is left out.
    pub fn redacted(&self) -> String {
        let text = self.to_string();
        let Some((scheme, rest)) = text.split_once("://") else { return text };
        match rest.split_once('@') {
            Some((user, host)) if !user.contains('/') => match user.split_once(':') {
                Some((name, _)) => format!("{scheme}://{name}:(hidden)@{host}"),
                None => text,
            },
            _ => text,
        }
    }
}

/// Address and the part behind `//` (not the one of `://`), the query put back behind the address.
fn split_subdir(text: &str) -> Result<(String, Option<String>), String> {
    let (main, query) = match text.split_once('?') {
        Some((m, q)) => (m, format!("?{q}")),
        None => (text, String::new()),
    };
    let from = main.find("://").map_or(0, |i| i + 3);
    let Some(at) = main[from..].find("//").map(|i| i + from) else { return Ok((text.to_owned(), None)) };
    let sub = main[at + 2..].trim_matches('/');
    if sub.split('/').any(|part| part == "..") {
        return Err(format!("the folder {sub:?} behind // leads out of what is fetched"));
    }
    let sub = (!sub.is_empty()).then(|| sub.to_owned());
    Ok((format!("{}{query}", &main[..at]), sub))
}

fn registry(text: &str) -> Option<RegistrySource> {
    let (main, subdir) = split_subdir(text).ok()?;
    if main.contains([':', '?', '@', '\\']) {
        return None;
    }
    let parts: Vec<&str> = main.split('/').collect();
    let word = |s: &&str| {
        let edge = |c: char| c.is_ascii_alphanumeric();
        s.starts_with(edge) && s.ends_with(edge) && s.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let (host, rest) = match parts.as_slice() {
        // These hosts serve repositories, not registries.
        ["github.com" | "bitbucket.org" | "gitlab.com", ..] => return None,
        [host, rest @ ..] if rest.len() == 3 && host.contains('.') => (*host, rest),
        rest if rest.len() == 3 => ("registry.terraform.io", rest),
        _ => return None,
    };
    let [namespace, name, system] = rest else { return None };
    if !rest.iter().all(word) {
        return None;
    }
    Some(RegistrySource {
        host: host.to_owned(),
        namespace: (*namespace).to_owned(),
        name: (*name).to_owned(),
        system: (*system).to_owned(),
        subdir,
    })
}

fn remote(text: &str) -> Result<Source, String> {
    let (address, subdir) = split_subdir(text)?;
    if let Some(rest) = address.strip_prefix("git::") {
        return git(scp_form(rest).unwrap_or_else(|| rest.to_owned()), subdir);
    }
    if let Some((scheme, _)) = address.split_once("::") {
        return Ok(Source::Other { scheme: scheme.to_owned(), address: text.to_owned(), subdir });
    }
    if let Some(url) = scp_form(&address) {
        return git(url, subdir);
    }
    for host in ["github.com/", "gitlab.com/", "bitbucket.org/"] {
        if address.starts_with(host) {
            return hosted(text, host);
        }
    }
    if let Some(path) = address.strip_prefix("file://") {
        return Ok(Source::Path { path: PathBuf::from(path), subdir });
    }
    if address.starts_with('/') {
        return Ok(Source::Path { path: PathBuf::from(address), subdir });
    }
    match address.split_once("://") {
        Some(("git" | "ssh", _)) => git(address, subdir),
        Some(("http" | "https", rest)) if rest.split('?').next().unwrap_or_default().ends_with(".git") => {
            git(address, subdir)
        }
        Some((scheme, _)) => Ok(Source::Other { scheme: scheme.to_owned(), address: text.to_owned(), subdir }),
        None => Err(format!(
            "{text:?} is no source address; a local path begins with ./ or ../, a registry address has the form NAMESPACE/NAME/SYSTEM"
        )),
    }
}

/// `host/owner/repo/folder?ref=x` is `https://host/owner/repo.git//folder?ref=x`.
fn hosted(text: &str, host: &str) -> Result<Source, String> {
    let (main, query) = match text.split_once('?') {
        Some((m, q)) => (m, format!("?{q}")),
        None => (text, String::new()),
    };
    let rest = &main[host.len()..];
    let mut parts = rest.splitn(3, '/');
    let (Some(owner), Some(repo)) = (parts.next(), parts.next().filter(|r| !r.is_empty())) else {
        return Err(format!("a {host} address has the form {host}OWNER/REPOSITORY"));
    };
    let repo = repo.trim_end_matches(".git");
    let sub = parts.next().map(|s| s.trim_start_matches('/')).filter(|s| !s.is_empty());
    let sub = sub.map(|s| format!("//{s}")).unwrap_or_default();
    let (address, subdir) = split_subdir(&format!("https://{host}{owner}/{repo}.git{sub}{query}"))?;
    git(address, subdir)
}

/// `git@host:path` is `ssh://git@host/path`.
fn scp_form(text: &str) -> Option<String> {
    if text.contains("://") {
        return None;
    }
    let (user_host, path) = text.split_once(':')?;
    let (user, host) = user_host.split_once('@')?;
    (!user.contains('/') && !host.contains('/') && !path.is_empty())
        .then(|| format!("ssh://{user}@{host}/{}", path.trim_start_matches('/')))
}

fn git(address: String, subdir: Option<String>) -> Result<Source, String> {
    let (url, query) = match address.split_once('?') {
        Some((u, q)) => (u.to_owned(), q.to_owned()),
        None => (address, String::new()),
    };
    let mut source = GitSource { url, reference: None, depth: None, subdir };
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        match pair.split_once('=') {
            Some(("ref", r)) if !r.is_empty() => source.reference = Some(decode_percent(r)),
            Some(("depth", d)) => {
                source.depth = Some(d.parse().map_err(|_| format!("depth={d} is not a number of commits"))?);
            }
            _ => return Err(format!("a git address takes ?ref= and ?depth=, not {pair:?}")),
        }
    }
    // Both would be read as options by the git program.
    if source.url.starts_with('-') || source.reference.as_ref().is_some_and(|r| r.starts_with('-')) {
        return Err("neither address nor ref may begin with a dash".into());
    }
    Ok(Source::Git(source))
}

fn decode_percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(b) => {
                out.push(b);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The full form, as the manifest of installed modules holds it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sub = self.subdir().map(|s| format!("//{s}")).unwrap_or_default();
        match self {
            Self::Local(path) => f.write_str(path),
            Self::Path { path, .. } => write!(f, "{}{sub}", path.display()),
            Self::Git(g) => {
                let mut query: Vec<String> = Vec::new();
                query.extend(g.depth.map(|d| format!("depth={d}")));
                query.extend(g.reference.as_ref().map(|r| format!("ref={r}")));
                let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
                write!(f, "git::{}{sub}{query}", g.url)
            }
            Self::Registry(r) => write!(f, "{}/{}/{}/{}{sub}", r.host, r.namespace, r.name, r.system),
            Self::Other { address, .. } => f.write_str(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_full_form() {
        for (text, full) in [
            ("./modules/vpc", "./modules/vpc"),
            ("../x", "../x"),
            ("terraform-aws-modules/vpc/aws", "registry.terraform.io/terraform-aws-modules/vpc/aws"),
            ("app.terraform.io/a/b/aws//sub/x", "app.terraform.io/a/b/aws//sub/x"),
            ("github.com/a/b", "git::https://github.com/a/b.git"),
            ("github.com/a/b.git//m/x?ref=v1", "git::https://github.com/a/b.git//m/x?ref=v1"),
            ("git@github.com:a/b.git", "git::ssh://git@github.com/a/b.git"),
            ("git::https://h/x.git//m?ref=v1.2&depth=1", "git::https://h/x.git//m?depth=1&ref=v1.2"),
            ("git::ssh://git@h/x.git", "git::ssh://git@h/x.git"),
            ("git::file:///srv/x.git//m", "git::file:///srv/x.git//m"),
            ("/srv/modules//vpc", "/srv/modules//vpc"),
            ("s3::https://s3.amazonaws.com/b/x.zip", "s3::https://s3.amazonaws.com/b/x.zip"),
        ] {
            assert_eq!(Source::parse(text).unwrap().to_string(), full, "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in
            ["", "modules/vpc", "vpc", "git::-upload-pack=x", "git::https://h/x?ref=-x", "git::https://h/x//../y"]
        {
            assert!(Source::parse(text).is_err(), "{text}");
        }
        assert_eq!(Source::parse_getter("modules/vpc").unwrap(), Source::Local("modules/vpc".into()));
        let tfr = Source::parse_getter("tfr:///a/b/aws//sub?version=1.2.3").unwrap();
        assert_eq!(tfr.to_string(), "registry.terraform.io/a/b/aws//sub");
    }

    #[test]
    fn passwords_are_not_shown() {
        let s = Source::parse("git::https://me:secret@h/x.git").unwrap();
        assert!(!s.redacted().contains("secret"), "{}", s.redacted());
    }
}
