//! From text to a source.

use super::{DEFAULT_REGISTRY, GitSource, HttpSource, Query, RegistrySource, Source, s3_address};
use crate::archive::Kind;
use std::path::PathBuf;

/// Hosts of repositories, which no registry is on.
const HOSTED: [&str; 3] = ["github.com/", "gitlab.com/", "bitbucket.org/"];

impl Source {
    /// Reads the `source` of a `module` block. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the address is empty".into());
        }
        if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
            return Ok(Self::Local(tidied(text)));
        }
        // A single word is the name of no host that a module may be called from.
        if let Some(registry) = registry(text, DEFAULT_REGISTRY).filter(|r| r.host.contains('.')) {
            return Ok(Self::Registry(registry));
        }
        remote(text)
    }

    /// Reads the `source` of a Terragrunt `terraform` block, where a bare path is a path and registries are named by
    /// the scheme `tfr`; `default_registry` is the host of those that name none.
    pub fn parse_getter(text: &str, default_registry: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the address is empty".into());
        }
        if let Some(rest) = text.strip_prefix("tfr://") {
            let (main, mut query) = Query::split(rest);
            // Nothing between the second slash and the third: no host.
            let (main, host) = match main.strip_prefix('/') {
                Some(module) => (module, default_registry),
                None => (main, ""),
            };
            let found = registry(main, host).filter(|r| !r.host.is_empty());
            let mut found = found.ok_or(
                "a registry address has the form tfr://HOST/NAMESPACE/NAME/SYSTEM?version=1.2.3, without HOST for the usual registry (tfr:///...)",
            )?;
            found.version = query.take("version");
            found.tfr = true;
            return Ok(Self::Registry(found));
        }
        // A page of these hosts is the repository that it shows.
        let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        if let Some((bare, host)) = bare.and_then(|b| Some((b, HOSTED.iter().find(|h| b.starts_with(**h))?)))
            && !matches!(remote(text), Ok(Self::Http(HttpSource { archive: Some(_), .. })))
        {
            return hosted(bare, host);
        }
        remote(text).or_else(|why| {
            if text.contains("::") || text.contains("://") { Err(why) } else { Ok(Self::Local(text.to_owned())) }
        })
    }
}

/// A path without what it goes around, in the spelling that Terraform writes into its list of installed modules and compares
/// with: `./../a//b/` is `../a/b`, and what does not begin with `../` then begins with `./`, even `./..`.
fn tidied(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if out.last().is_some_and(|last| *last != "..") => drop(out.pop()),
            part => out.push(part),
        }
    }
    let path = if out.is_empty() { ".".to_owned() } else { out.join("/") };
    if path.starts_with("../") { path } else { format!("./{path}") }
}

/// Address and the part behind `//` (not the one of `://`), the query put back behind the address.
pub(super) fn split_subdir(text: &str) -> Result<(String, Option<String>), String> {
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

fn registry(text: &str, default_host: &str) -> Option<RegistrySource> {
    let (main, subdir) = split_subdir(text).ok()?;
    let (host, rest) = match main.split_once('/') {
        Some((host, rest)) if rest.split('/').count() == 3 => (host, rest),
        _ => (default_host, main.as_str()),
    };
    // Only a host may have a port.
    if rest.contains([':', '?', '@', '\\']) || host.contains(['?', '@', '\\']) || host.contains("::") {
        return None;
    }
    let parts: Vec<&str> = rest.split('/').collect();
    let word = |s: &&str| {
        let edge = |c: char| c.is_ascii_alphanumeric();
        s.starts_with(edge) && s.ends_with(edge) && s.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    if HOSTED.iter().any(|h| main.starts_with(h)) || !parts.iter().all(word) {
        return None;
    }
    let [namespace, name, system] = parts.as_slice() else { return None };
    if host != default_host && !host.contains('.') && !host.starts_with("localhost") {
        return None;
    }
    Some(RegistrySource {
        host: host.to_ascii_lowercase(),
        namespace: (*namespace).to_owned(),
        name: (*name).to_owned(),
        system: (*system).to_owned(),
        version: None,
        tfr: false,
        subdir,
    })
}

fn remote(text: &str) -> Result<Source, String> {
    let (address, subdir) = split_subdir(text)?;
    if let Some(rest) = address.strip_prefix("git::") {
        return git(scp_form(rest).unwrap_or_else(|| rest.to_owned()), subdir);
    }
    if let Some(rest) = address.strip_prefix("s3::") {
        return s3_address::parse(text, rest, subdir).map(Source::S3);
    }
    for forced in ["http::", "https::"] {
        if let Some(rest) = address.strip_prefix(forced) {
            return http(text, rest, subdir);
        }
    }
    if let Some((scheme, _)) = address.split_once("::") {
        return Ok(Source::Other { scheme: scheme.to_owned(), address: text.to_owned(), subdir });
    }
    if let Some(url) = scp_form(&address) {
        return git(url, subdir);
    }
    if let Some(host) = HOSTED.iter().find(|h| address.starts_with(**h)) {
        return hosted(text, host);
    }
    if address.split_once('/').is_some_and(|(host, _)| s3_address::amazon(host).is_some()) {
        return s3_address::parse(&format!("s3::https://{text}"), &format!("https://{address}"), subdir)
            .map(Source::S3);
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
        Some(("http" | "https", _)) => http(text, &address, subdir),
        Some((scheme, _)) => Ok(Source::Other { scheme: scheme.to_owned(), address: text.to_owned(), subdir }),
        None => Err(format!(
            "{text:?} is no source address; a local path begins with ./ or ../, a registry address has the form NAMESPACE/NAME/SYSTEM"
        )),
    }
}

fn http(text: &str, url: &str, subdir: Option<String>) -> Result<Source, String> {
    let (main, mut query) = Query::split(url);
    let path = main.split_once("://").map_or("", |(_, rest)| rest);
    if path.split('/').next().is_none_or(str::is_empty) {
        return Err(format!("{text:?} names no host"));
    }
    let archive = Kind::named(query.take("archive").as_deref(), main)?;
    let checksum = query.take("checksum");
    let url = format!("{main}{}", query.rest());
    Ok(Source::Http(HttpSource { url, archive, checksum, subdir, address: text.to_owned() }))
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
    let (url, mut query) = Query::split(&address);
    let reference = query.take("ref");
    let depth = match query.take("depth") {
        Some(d) => Some(d.parse().map_err(|_| format!("depth={d} is not a number of commits"))?),
        None => None,
    };
    let ssh_key = query.take("sshkey");
    // How a getter is to unpack it, which says nothing of a repository.
    query.take("archive");
    query.take("checksum");
    let url = format!("{url}{}", query.rest());
    // Both would be read as options by the git program.
    if url.starts_with('-') || reference.as_ref().is_some_and(|r| r.starts_with('-')) {
        return Err("neither address nor ref may begin with a dash".into());
    }
    Ok(Source::Git(GitSource { url, reference, depth, ssh_key, subdir }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_full_form() {
        for (text, full) in [
            ("./modules/vpc", "./modules/vpc"),
            ("../x", "../x"),
            ("../../", "../.."),
            ("./a//b/../c/", "./a/c"),
            ("./../x", "../x"),
            ("../", "./.."),
            ("terraform-aws-modules/vpc/aws", "registry.terraform.io/terraform-aws-modules/vpc/aws"),
            ("app.terraform.io/a/b/aws//sub/x", "app.terraform.io/a/b/aws//sub/x"),
            ("registry.example.com:8443/a/b/aws", "registry.example.com:8443/a/b/aws"),
            ("github.com/a/b", "git::https://github.com/a/b.git"),
            ("github.com/a/b.git//m/x?ref=v1", "git::https://github.com/a/b.git//m/x?ref=v1"),
            ("git@github.com:a/b.git", "git::ssh://git@github.com/a/b.git"),
            ("git::https://h/x.git//m?ref=v1.2&depth=1", "git::https://h/x.git//m?depth=1&ref=v1.2"),
            ("git::https://h/x?path=a&ref=v1", "git::https://h/x?path=a&ref=v1"),
            ("git::ssh://git@h/x.git", "git::ssh://git@h/x.git"),
            ("git::codecommit::eu-west-1://repo//m?ref=v1", "git::codecommit::eu-west-1://repo//m?ref=v1"),
            ("git::file:///srv/x.git//m", "git::file:///srv/x.git//m"),
            ("/srv/modules//vpc", "file:///srv/modules//vpc"),
            ("https://h/x.zip//m", "https://h/x.zip//m"),
            ("s3::https://s3.amazonaws.com/b/x.zip", "s3::https://s3.amazonaws.com/b/x.zip"),
            ("b.s3.amazonaws.com/x.zip", "s3::https://b.s3.amazonaws.com/x.zip"),
        ] {
            assert_eq!(Source::parse(text).unwrap().to_string(), full, "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "modules/vpc",
            "vpc",
            "git::-upload-pack=x",
            "git::https://h/x?ref=-x",
            "git::https://h/x//../y",
            "localhost:8080/a/b/aws",
            "https://h/x?archive=rar",
            "s3::https://s3.amazonaws.com/only-a-bucket",
        ] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn terragrunt_s_addresses() {
        let getter = |text: &str| Source::parse_getter(text, DEFAULT_REGISTRY).unwrap();
        assert_eq!(getter("modules/vpc"), Source::Local("modules/vpc".into()));
        let Source::Registry(tfr) = getter("tfr:///a/b/aws//sub?version=1.2.3") else { panic!() };
        assert_eq!((tfr.host.as_str(), tfr.version.as_deref()), (DEFAULT_REGISTRY, Some("1.2.3")));
        assert_eq!(tfr.subdir.as_deref(), Some("sub"));
        let Source::Registry(tfr) = getter("tfr://localhost:8080/a/b/aws?version=1.2.3") else { panic!() };
        assert_eq!(tfr.host, "localhost:8080");
        assert_eq!(getter("https://github.com/a/b?ref=v1").to_string(), "git::https://github.com/a/b.git?ref=v1");
        assert!(matches!(getter("https://github.com/a/b/archive/v1.zip"), Source::Http(_)));
        assert!(Source::parse_getter("tfr://a/b", DEFAULT_REGISTRY).is_err());
    }

    #[test]
    fn archives_and_pages() {
        let http = |text: &str| match Source::parse(text).unwrap() {
            Source::Http(h) => h,
            other => panic!("{other:?}"),
        };
        let zip = http("https://h/m.zip//sub?checksum=md5:1&x=2");
        assert_eq!((zip.url.as_str(), zip.archive.as_deref()), ("https://h/m.zip?x=2", Some("zip")));
        assert_eq!((zip.checksum.as_deref(), zip.subdir.as_deref()), (Some("md5:1"), Some("sub")));
        assert_eq!(http("https://h/download?archive=tgz").archive.as_deref(), Some("tar.gz"));
        assert_eq!(http("https://h/m.zip?archive=false").archive, None);
        assert_eq!(http("https://h/page").archive, None);
        let Source::S3(s3) = Source::parse("s3::https://s3-eu-west-1.amazonaws.com/b/p/x.tar.gz?version=7").unwrap()
        else {
            panic!()
        };
        assert_eq!((s3.bucket.as_str(), s3.key.as_str(), s3.region.as_deref()), ("b", "p/x.tar.gz", Some("eu-west-1")));
        assert_eq!((s3.version_id.as_deref(), s3.archive.as_deref(), s3.endpoint), (Some("7"), Some("tar.gz"), None));
    }
}
