//! From a source to a whole package in the cache: what an address leads to is found out, and brought if it is not there.

use crate::archive::{self, Limits};
use crate::cache::{Cache, Note};
use crate::checksum::{self, Checksum};
use crate::fetcher::Fetcher;
use crate::registry::absolute;
use crate::s3;
use crate::source::{DEFAULT_REGISTRY, GitSource, HttpSource, RegistrySource, S3Source, Source};
use crate::web::{Answer, Sink, WebError, shown};
use http::StatusCode;
use http::header::{ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use std::fs::File;
use std::path::{Path, PathBuf};
use url::Url;

/// Addresses that lead to addresses.
const DEEPEST: usize = 8;
/// Bytes of an archive.
const MOST_ARCHIVE: u64 = 1 << 30;
/// Bytes of a page or a list of checksums.
const MOST_PAGE: u64 = 4 << 20;

/// What an address led to.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// A folder in the cache, not to be changed.
    pub(crate) tree: PathBuf,
    /// Where in it the address without its own `//` leads; empty: to all of it.
    pub(crate) root: PathBuf,
    /// What stops nothing.
    pub(crate) warnings: Vec<String>,
}

impl Package {
    fn whole(tree: PathBuf) -> Self {
        Self { tree, root: PathBuf::new(), warnings: Vec::new() }
    }
}

impl Fetcher {
    /// Finds what a source is, without regard to its own `//`.
    pub(crate) fn resolve(&self, source: &Source, version: Option<&str>, depth: usize) -> Result<Package, String> {
        if depth > DEEPEST {
            return Err(format!("addresses lead to other addresses more than {DEEPEST} times"));
        }
        match source {
            Source::Local(path) => Err(format!("{path} is a relative path, which leads nowhere by itself")),
            Source::Path { path, .. } => self.local(path),
            Source::Git(git) => self.repository(git),
            Source::Registry(module) => self.module(module, version, depth),
            Source::Http(http) => match &http.archive {
                Some(kind) => self.web_archive(http, kind),
                None => self.page(http, depth),
            },
            Source::S3(s3) => self.bucket(s3),
            Source::Other { scheme, .. } => Err(format!(
                "craton does not fetch {scheme} sources; use git, a registry, an archive over https or in S3, or a local path"
            )),
        }
    }

    /// What an address leads to that another one named.
    fn follow(&self, place: &str, depth: usize) -> Result<Package, String> {
        let inner =
            Source::parse_getter(place, DEFAULT_REGISTRY).map_err(|why| format!("{}: {why}", crate::redact(place)))?;
        let git = |g: &GitSource| g.url.starts_with("file:") || !g.url.contains("://");
        if matches!(inner, Source::Local(_) | Source::Path { .. }) || matches!(&inner, Source::Git(g) if git(g)) {
            return Err(format!("it leads to {place:?}, a path on this machine, which no server may name"));
        }
        let mut package =
            self.resolve(&inner, None, depth + 1).map_err(|why| format!("it leads to {}: {why}", inner.redacted()))?;
        if let Some(sub) = inner.subdir() {
            package.root = descend(&package.tree, &package.root, sub)?;
        }
        Ok(package)
    }

    fn local(&self, path: &Path) -> Result<Package, String> {
        if path.is_dir() {
            return Ok(Package::whole(path.to_owned()));
        }
        let name = path.to_string_lossy();
        match crate::archive::Kind::named(None, &name)? {
            Some(kind) if path.is_file() => {
                let cache = self.cache()?;
                self.kept_archive(cache, &kind, path).map(Package::whole)
            }
            _ => Err(format!("there is no folder {}", path.display())),
        }
    }

    fn repository(&self, source: &GitSource) -> Result<Package, String> {
        let (git, cache) = (self.shared.git, self.cache()?);
        let reference = source.reference.as_deref().unwrap_or("HEAD");
        let note = ["git", &source.url, reference];
        let key = |commit: &str| Cache::key(&["git", &source.url, commit]);
        let commit = match git.resolve(source) {
            Ok(Some(commit)) => commit,
            Ok(None) => {
                let scratch = cache.scratch()?;
                let found = scratch.path().join("tree");
                let commit = git.find(source, &found)?;
                cache.tree_or(&key(&commit), |at| {
                    std::fs::rename(&found, at).map_err(|e| format!("{} cannot be moved: {e}", found.display()))
                })?;
                commit
            }
            // Known of old, it still runs where there is no network.
            Err(why) => {
                let known = cache.note(&note).map(|n| n.led_to);
                let Some((commit, tree)) = known.and_then(|c| Some((c.clone(), cache.tree(&key(&c))?))) else {
                    return Err(why);
                };
                let address = Source::Git(GitSource { subdir: None, ..source.clone() }).redacted();
                let warning = format!(
                    "{address} could not be asked what {reference} is: {why}. The commit {commit} is used, which it was when it was last fetched."
                );
                return Ok(Package { warnings: vec![warning], ..Package::whole(tree) });
            }
        };
        let tree = cache.tree_or(&key(&commit), |at| git.fetch(source, &commit, at))?;
        cache.set_note(&note, &Note { led_to: commit, ..Note::default() });
        Ok(Package::whole(tree))
    }

    fn module(&self, module: &RegistrySource, version: Option<&str>, depth: usize) -> Result<Package, String> {
        let version = version.or(module.version.as_deref()).ok_or("it was not said which version")?;
        let cache = self.cache()?;
        let name = format!("{}/{}/{}/{}", module.host, module.namespace, module.name, module.system);
        let note = ["module", &name, version];
        let located = self.wait(self.registries().location(module, version)).and_then(|r| r);
        self.led(cache, &note, located, &format!("The registry {}", module.host), depth)
    }

    fn page(&self, source: &HttpSource, depth: usize) -> Result<Package, String> {
        let cache = self.cache()?;
        let mut url = url(&source.url)?;
        url.query_pairs_mut().append_pair("terraform-get", "1");
        let mut body = Vec::new();
        let got = self.wait(async {
            let answer = self.web().get(&url, &[], &mut Sink::Memory(&mut body), MOST_PAGE).await?;
            Ok((answer.header("x-terraform-get"), answer))
        });
        let located = got.and_then(|r: Result<(Option<String>, Answer), WebError>| r).and_then(|(named, answer)| {
            let place = named.or_else(|| meta_tag(&String::from_utf8_lossy(&body)));
            let place = place.ok_or_else(|| {
                WebError::Refused(format!(
                    "{} is no archive by its name (archive=zip says that it is one), and its answer leads nowhere: it has neither the header X-Terraform-Get nor a meta tag terraform-get",
                    shown(&answer.url)
                ))
            })?;
            Ok(absolute(&answer.url, &place))
        });
        let server = url.host_str().unwrap_or_default().to_owned();
        // Unlike a registry, a page stands for no more than what it leads to.
        let found = self.led(cache, &["page", &source.url], located, &server, depth)?;
        Ok(Package { tree: found.tree.join(found.root), root: PathBuf::new(), warnings: found.warnings })
    }

    /// Follows an address that a server gave; when it gives none, the one that it gave last.
    fn led(
        &self,
        cache: &Cache,
        note: &[&str],
        located: Result<String, WebError>,
        server: &str,
        depth: usize,
    ) -> Result<Package, String> {
        match located {
            Ok(place) => {
                let package = self.follow(&place, depth)?;
                cache.set_note(note, &Note { led_to: place, ..Note::default() });
                Ok(package)
            }
            Err(WebError::Unreachable(why)) => {
                let Some(known) = cache.note(note) else { return Err(why) };
                let mut package = self.follow(&known.led_to, depth)?;
                let warning = format!(
                    "{server} could not be asked: {why}. What it last said counts: {}.",
                    crate::redact(&known.led_to)
                );
                package.warnings.push(warning);
                Ok(package)
            }
            Err(e) => Err(e.text()),
        }
    }

    fn web_archive(&self, source: &HttpSource, kind: &str) -> Result<Package, String> {
        let cache = self.cache()?;
        let url = url(&source.url)?;
        let note = ["archive", &source.url, kind];
        let (_alone, waited) = cache.lock(&Cache::key(&note))?;
        let known = cache.note(&note);
        let key = |sha: &str| Cache::key(&["archive", kind, sha]);
        let there = known.as_ref().and_then(|n| cache.tree(&key(&n.led_to)));
        if let (Some(note), Some(tree)) = (&known, &there) {
            // What has the checksum that is asked for cannot have changed, and what somebody else fetched this moment has
            // not.
            let same = note.checksum == source.checksum;
            if same && (waited || source.checksum.is_some()) {
                return Ok(Package::whole(tree.clone()));
            }
        }
        let checksum = source.checksum.as_deref().map(|text| self.checksum(text, &url)).transpose()?;
        let mut headers: Vec<(HeaderName, String)> = Vec::new();
        if let (Some(note), Some(_), None) = (&known, &there, &source.checksum) {
            headers.extend(note.etag.clone().map(|e| (IF_NONE_MATCH, e)));
            headers.extend(note.modified.clone().map(|m| (IF_MODIFIED_SINCE, m)));
        }
        let scratch = cache.scratch()?;
        let path = scratch.path().join("archive");
        let mut file = File::create(&path).map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
        let got = self.wait(self.web().get(&url, &headers, &mut Sink::File(&mut file), MOST_ARCHIVE)).and_then(|r| r);
        drop(file);
        let answer = match (got, there) {
            (Ok(answer), Some(tree)) if answer.status == StatusCode::NOT_MODIFIED => return Ok(Package::whole(tree)),
            (Ok(answer), _) => answer,
            (Err(WebError::Unreachable(why)), Some(tree)) if source.checksum.is_none() => {
                let warning = format!("The archive could not be asked for: {why}. What was last fetched is used.");
                return Ok(Package { warnings: vec![warning], ..Package::whole(tree) });
            }
            (Err(e), _) => return Err(e.text()),
        };
        if let Some(checksum) = checksum {
            checksum.check(&path)?;
        }
        let tree = self.kept_archive(cache, kind, &path)?;
        let header = |name: HeaderName| answer.header(name.as_str());
        let note_now = Note {
            led_to: checksum::sha256(&path)?,
            etag: header(ETAG),
            modified: header(LAST_MODIFIED),
            checksum: source.checksum.clone(),
        };
        cache.set_note(&note, &note_now);
        Ok(Package::whole(tree))
    }

    /// What `checksum=` asks for, which may be a list of checksums at another address.
    fn checksum(&self, text: &str, archive: &Url) -> Result<Checksum, String> {
        let Some(list) = text.strip_prefix("file:") else { return Checksum::parse(text) };
        let list = archive.join(list).map_err(|e| format!("checksum={text}: {e}"))?;
        let mut body = Vec::new();
        let got = self.wait(self.web().get(&list, &[], &mut Sink::Memory(&mut body), MOST_PAGE)).and_then(|r| r);
        got.map_err(|e| format!("the list of checksums: {}", e.text()))?;
        let name = archive.path_segments().and_then(|mut s| s.next_back()).unwrap_or_default();
        Checksum::listed(&String::from_utf8_lossy(&body), name)
    }

    /// The tree that an archive unpacks to.
    fn kept_archive(&self, cache: &Cache, kind: &str, path: &Path) -> Result<PathBuf, String> {
        let sha = checksum::sha256(path)?;
        cache.tree_or(&Cache::key(&["archive", kind, &sha]), |at| {
            archive::unpack(path, kind, at, Limits::default())
                .map_err(|why| format!("the {kind} archive cannot be unpacked: {why}"))
        })
    }

    fn bucket(&self, source: &S3Source) -> Result<Package, String> {
        let cache = self.cache()?;
        let client = s3::client(source, self.aws());
        let place = [source.endpoint.as_deref().unwrap_or_default(), &source.bucket, &source.key];
        let version = source.version_id.as_deref().unwrap_or_default();
        let note = ["s3", place[0], place[1], place[2], version, source.archive.as_deref().unwrap_or("folder")];
        let found = self.wait(async {
            match &source.archive {
                Some(_) => Ok(vec![s3::head(&client, source).await?]),
                None => s3::list(&client, source, Limits::default().entries).await,
            }
        });
        let objects = match found.and_then(|r| r) {
            Ok(objects) => objects,
            Err(WebError::Unreachable(why)) => {
                let tree = cache.note(&note).and_then(|n| cache.tree(&n.led_to));
                let tree = tree.ok_or_else(|| why.clone())?;
                let warning = format!("The bucket could not be asked: {why}. What was last fetched is used.");
                return Ok(Package { warnings: vec![warning], ..Package::whole(tree) });
            }
            Err(e) => return Err(e.text()),
        };
        let size: u64 = objects.iter().map(|o| o.size).sum();
        if size > MOST_ARCHIVE {
            return Err(format!("it holds {size} bytes, and {MOST_ARCHIVE} are the most"));
        }
        let mut words: Vec<&str> = note.to_vec();
        let checksum = source.checksum.as_deref().unwrap_or_default();
        words.push(checksum);
        words.extend(objects.iter().flat_map(|o| [o.key.as_str(), o.etag.as_str()]));
        let key = Cache::key(&words);
        let tree = cache.tree_or(&key, |at| match &source.archive {
            Some(kind) => {
                let scratch = cache.scratch()?;
                let path = scratch.path().join("archive");
                self.object(&client, source, &objects[0], &path)?;
                if !checksum.is_empty() {
                    Checksum::parse(checksum)?.check(&path)?;
                }
                archive::unpack(&path, kind, at, Limits::default())
                    .map_err(|why| format!("the {kind} archive cannot be unpacked: {why}"))
            }
            None => objects.iter().try_for_each(|object| {
                let to = at.join(s3::place(source, object).map_err(WebError::text)?);
                if let Some(parent) = to.parent() {
                    std::fs::create_dir_all(parent).map_err(|e| format!("{} cannot be made: {e}", parent.display()))?;
                }
                self.object(&client, source, object, &to)
            }),
        })?;
        cache.set_note(&note, &Note { led_to: key, ..Note::default() });
        Ok(Package::whole(tree))
    }

    fn object(
        &self,
        client: &craton_aws_api::Client,
        source: &S3Source,
        object: &s3::Object,
        to: &Path,
    ) -> Result<(), String> {
        let mut file = File::create(to).map_err(|e| format!("{} cannot be written: {e}", to.display()))?;
        self.wait(s3::download(client, source, object, &mut file)).and_then(|r| r).map_err(WebError::text)
    }
}

fn url(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|e| format!("{} is no URL: {e}", crate::redact(text)))
}

/// The folder that the part behind `//` names, in a folder of a tree. A `*` stands for a name of which there must be one.
pub(crate) fn descend(tree: &Path, from: &Path, sub: &str) -> Result<PathBuf, String> {
    let none = || format!("what was fetched has no folder {sub}");
    let mut at = from.to_owned();
    for part in sub.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            return Err(format!("the folder {sub} leads out of what was fetched"));
        }
        if !part.contains('*') {
            at.push(part);
            continue;
        }
        let (start, end) = part.split_once('*').unwrap_or((part, ""));
        let entries = std::fs::read_dir(tree.join(&at)).map_err(|_| none())?;
        let names = entries.flatten().filter(|e| e.path().is_dir()).map(|e| e.file_name());
        let fits = |n: &std::ffi::OsString| {
            let n = n.to_string_lossy();
            n.len() >= start.len() + end.len() && n.starts_with(start) && n.ends_with(end)
        };
        let mut fitting = names.filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => at.push(one),
            (None, _) => return Err(none()),
            (Some(_), Some(_)) => return Err(format!("what was fetched has more than one folder {sub}")),
        }
    }
    let real = tree.canonicalize().ok().zip(tree.join(&at).canonicalize().ok());
    // A link may lead anywhere.
    match real {
        Some((tree, folder)) if folder.is_dir() && folder.starts_with(&tree) => Ok(at),
        Some((_, folder)) if folder.is_dir() => {
            Err(format!("the folder {sub} is a link that leads out of what was fetched"))
        }
        _ => Err(none()),
    }
}

/// The address in `<meta name="terraform-get" content="...">`.
fn meta_tag(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("<meta") {
        let start = from + at;
        let end = lower[start..].find('>').map_or(html.len(), |e| start + e);
        let tag = &html[start..end];
        if attribute(tag, "name").is_some_and(|n| n.eq_ignore_ascii_case("terraform-get")) {
            return attribute(tag, "content").filter(|c| !c.is_empty());
        }
        from = end;
    }
    None
}

/// The value of a tag's attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower[from..].find(name)?;
        let alone = lower[..at].ends_with(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'');
        let rest = tag[at + name.len()..].trim_start();
        from = at + name.len();
        let Some(value) = rest.strip_prefix('=').filter(|_| alone).map(str::trim_start) else { continue };
        let text = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            _ => value.split(|c: char| c.is_ascii_whitespace() || c == '/').next()?,
        };
        return Some(text.replace("&amp;", "&").replace("&quot;", "\"").replace("&#39;", "'"));
    }
}

#[cfg(test)]
mod tests;
