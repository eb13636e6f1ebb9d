//! The door: one fetcher for all sources of a run.

use crate::cache::{Cache, Note, sweep_old};
use crate::copy::{copy_exactly, copy_tree};
use crate::git::Git;
use crate::hosts::Hosts;
use crate::io_error;
use crate::package::Package;
use crate::registry::Registries;
use crate::source::{RegistrySource, Source};
use crate::web::{Web, WebClient, WebError};
use craton_aws_api::ClientOptions;
use craton_aws_api::client::{HttpSettings, HttpTransport};
use craton_model::version::{Constraint, Version};
use craton_model::{Diagnostic, Diagnostics};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How the names of folders begin in which files arrive.
const WORK: &str = ".fetch-";

/// How a fetcher reaches the world.
#[derive(Clone, Default)]
pub struct FetchOptions {
    /// Where what was fetched is kept, for later runs too; `None`: only as long as the fetcher.
    pub cache: Option<PathBuf>,
    /// What is known of registry hosts.
    pub hosts: Hosts,
    /// A token for `tfr` addresses of registries without one of their own.
    pub registry_token: Option<String>,
    /// A file with names and passwords of web servers (`~/.netrc`).
    pub netrc: Option<PathBuf>,
    /// Whether somebody is there to answer git's questions.
    pub interactive: bool,
    /// How requests leave; over HTTP when missing.
    pub web: Option<Arc<dyn Web>>,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The folder that the address leads to: the target or, for an address with `//`, a folder in it.
    pub dir: PathBuf,
    /// Findings that stop nothing: a server that could not be reached, in whose place the cache answered.
    pub warnings: Diagnostics,
}

/// Brings sources to folders. Cheap to clone; clones share cache and connections. What one of them fetches, the others
/// wait for instead of fetching it too.
#[derive(Clone)]
pub struct Fetcher {
    pub(crate) shared: Arc<Shared>,
    aws: Aws,
}

/// What clients of AWS begin from.
type Aws = Arc<dyn Fn() -> ClientOptions + Send + Sync>;

/// What somebody is finding out, or what came of it, by what it is about.
struct Once<V>(Mutex<HashMap<String, Slot<V>>>);

type Slot<V> = Arc<Mutex<Option<Result<V, WebError>>>>;

impl<V: Clone> Once<V> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// What a key is about, found out once however many want it at the same time. A failure is told to all who waited
    /// for it, and not to those who come later.
    fn get(&self, key: String, find: impl FnOnce() -> Result<V, WebError>) -> Result<V, WebError> {
        let map = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = map().entry(key.clone()).or_default().clone();
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*held {
            return known.clone();
        }
        let found = find();
        if found.is_err() {
            map().remove(&key);
        }
        *held = Some(found.clone());
        found
    }
}

pub(crate) struct Shared {
    pub(crate) options: FetchOptions,
    pub(crate) git: Git,
    cache: OnceLock<Result<Cache, String>>,
    registries: OnceLock<Registries>,
    runtime: OnceLock<Result<tokio::runtime::Runtime, String>>,
    packages: Once<Package>,
    versions: Once<Vec<String>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Waiting for its end is not allowed where this may be dropped.
        if let Some(Ok(runtime)) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new(FetchOptions::default())
    }
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("cache", &self.shared.options.cache).finish_non_exhaustive()
    }
}

impl Fetcher {
    /// A fetcher. Nothing is opened or contacted before something is fetched.
    pub fn new(options: FetchOptions) -> Self {
        let shared = Shared {
            git: Git { interactive: options.interactive },
            options,
            cache: OnceLock::new(),
            registries: OnceLock::new(),
            runtime: OnceLock::new(),
            packages: Once::new(),
            versions: Once::new(),
        };
        Self { shared: Arc::new(shared), aws: Arc::new(ClientOptions::from_env) }
    }

    /// The same with other credentials and the like for S3.
    #[must_use]
    pub fn with_aws(&self, aws: impl Fn() -> ClientOptions + Send + Sync + 'static) -> Self {
        Self { shared: self.shared.clone(), aws: Arc::new(aws) }
    }

    /// Brings a source to `dest`, which must not exist yet. Nothing is at `dest` after a failure: files arrive in a folder
    /// beside it that is renamed when all are there. Modules of a registry need a version (`version`, or the one that the
    /// address names); see [`Fetcher::choose_version`]. May block, and for long.
    pub fn fetch(&self, source: &Source, version: Option<&str>, dest: &Path) -> Result<Fetched, Diagnostic> {
        self.bring(source, version, dest, false)
    }

    /// As [`Fetcher::fetch`], but where an address leads to a folder within another source (a registry's answer, say),
    /// that folder is all that is brought: `dest` then holds what stands before `//` of the address and no more.
    pub fn fetch_rooted(&self, source: &Source, version: Option<&str>, dest: &Path) -> Result<Fetched, Diagnostic> {
        self.bring(source, version, dest, true)
    }

    fn bring(&self, source: &Source, version: Option<&str>, dest: &Path, rooted: bool) -> Result<Fetched, Diagnostic> {
        let failed = |why: String| {
            Diagnostic::error("Failed to fetch source", format!("Could not fetch {}: {why}.", source.redacted()))
        };
        let parent = dest.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).map_err(|e| io_error("make the folder", parent, &e))?;
        let key = format!("{}\n{}", source.without_subdir(), version.unwrap_or_default());
        let find = || self.resolve(source, version, 0).map_err(WebError::Refused);
        let package = self.shared.packages.get(key, find).map_err(|e| failed(e.text()))?;
        sweep_old(parent, WORK);
        let work = tempfile::Builder::new()
            .prefix(WORK)
            .tempdir_in(parent)
            .map_err(|e| io_error("make a folder in", parent, &e))?;
        let arrived = work.path().join("tree");
        let from = if rooted { package.tree.join(&package.root) } else { package.tree.clone() };
        match source {
            // Around a folder of this machine there are others, that its links may lead to.
            Source::Path { .. } => drop(copy_tree(&from, &arrived, &|_| true)?),
            _ => copy_exactly(&package.tree, &from, &arrived).map_err(&failed)?,
        }
        let mut inside = if rooted { PathBuf::new() } else { package.root.clone() };
        if let Some(sub) = source.subdir() {
            inside = crate::package::descend(&arrived, &inside, sub).map_err(&failed)?;
        }
        std::fs::rename(&arrived, dest).map_err(|e| io_error("move the fetched files to", dest, &e))?;
        let dir = if inside.as_os_str().is_empty() { dest.to_owned() } else { dest.join(inside) };
        let warn = |text: &String| Diagnostic::warning("Source could not be checked", text.clone());
        Ok(Fetched { dir, warnings: package.warnings.iter().map(warn).collect() })
    }

    /// The newest version of a registry's module that satisfies a constraint (an empty one: any that is released), as
    /// the registry spells it. Where the registry cannot be reached, among those that it had when it last could.
    pub fn choose_version(&self, module: &RegistrySource, wanted: &Constraint) -> Result<String, Diagnostic> {
        let name = Source::Registry(RegistrySource { subdir: None, ..module.clone() }).to_string();
        let failed = |why: String| {
            let detail = format!("The versions of {name} are not known: {why}.");
            Diagnostic::error("Failed to choose module version", detail)
        };
        let cache = self.cache().map_err(&failed)?;
        let note = ["versions", &name];
        let ask = || self.wait(self.registries().versions(module)).and_then(|r| r);
        let versions = match self.shared.versions.get(name.clone(), ask) {
            Ok(versions) => {
                cache.set_note(&note, &Note { led_to: versions.join("\n"), ..Note::default() });
                versions
            }
            Err(WebError::Unreachable(why)) => match cache.note(&note) {
                Some(known) => known.led_to.lines().map(str::to_owned).collect(),
                None => return Err(failed(why)),
            },
            Err(e) => return Err(failed(e.text())),
        };
        let any = *wanted == Constraint::default();
        let fits = |v: &Version| if any { !v.is_prerelease() } else { wanted.allows(v) };
        let parsed = versions.iter().filter_map(|text| Some((Version::parse(text)?, text)));
        let best = parsed
            .filter(|(v, _)| fits(v))
            .max_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        best.map(|(_, text)| text.clone()).ok_or_else(|| {
            let have = match versions.len() {
                0 => "it has none at all".to_owned(),
                _ => format!("it has {}", newest(&versions).join(", ")),
            };
            let wanted = if any { "is a release".to_owned() } else { format!("satisfies {:?}", wanted.to_string()) };
            let detail = format!("No version of {name} {wanted}; {have}.");
            Diagnostic::error("Unresolvable module version constraint", detail)
        })
    }

    pub(crate) fn cache(&self) -> Result<&Cache, String> {
        let open = || Cache::open(self.shared.options.cache.as_deref());
        self.shared.cache.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn registries(&self) -> &Registries {
        self.shared.registries.get_or_init(|| {
            let options = &self.shared.options;
            let web = options.web.clone().unwrap_or_else(|| {
                Arc::new(HttpTransport::new(HttpSettings { machine_roots: true, ..HttpSettings::default() }))
            });
            let web = WebClient { web, netrc: options.netrc.clone() };
            Registries::new(web, options.hosts.clone(), options.registry_token.clone())
        })
    }

    pub(crate) fn web(&self) -> &WebClient {
        &self.registries().web
    }

    /// What clients of AWS begin from.
    pub(crate) fn aws(&self) -> ClientOptions {
        (self.aws)()
    }

    /// Waits for something of the network, from any thread: the work is done on others.
    pub(crate) fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> Result<T, WebError> {
        let runtime = self.shared.runtime.get_or_init(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(1).thread_name("fetch").enable_all().build().map_err(|e| e.to_string())
        });
        let refuse = |why: &str| WebError::Refused(format!("requests cannot be sent: {why}"));
        let runtime = runtime.as_ref().map_err(|e| refuse(e))?;
        // A thread of the caller's runtime must not wait for another runtime; one that belongs to none may.
        let done = std::thread::scope(|s| s.spawn(|| runtime.block_on(work)).join());
        done.map_err(|_| refuse("the thread that was to send them ended"))
    }
}

/// The last few of many versions, newest first.
fn newest(versions: &[String]) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut parsed: Vec<(Version, &String)> = versions.iter().filter_map(|t| Some((Version::parse(t)?, t))).collect();
    parsed.sort_by(|(a, _), (b, _)| b.partial_cmp(a).unwrap_or(std::cmp::Ordering::Equal));
    let more = parsed.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = parsed.into_iter().take(SHOWN).map(|(_, t)| t.clone()).collect();
    if more > 0 {
        shown.push(format!("and {more} older ones"));
    }
    shown
}
