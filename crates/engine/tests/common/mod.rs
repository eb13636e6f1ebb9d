//! A configuration in text, a world in memory, and what came of them in text.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may stop anywhere")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use craton_config::{FileCache, load};
use craton_engine::{
    CancelToken, Communicator, Functions, PlanOptions, RemoteLine, RemoteWork, Session, SessionOptions, StateWriter,
};
use craton_hcl::{Environment, FunctionRef};
use craton_model::addr::ProviderAddr;
use craton_model::plan::{Action, ActionReason};
use craton_model::{Diagnostic, Diagnostics, EventSink, NoEvents, Plan, State, Value};
use craton_provider::Registry;
use craton_provider::builtin::{Builtin, NoRemoteState};
use craton_provider::fake::{Fake, World};

struct Language;

impl Functions for Language {
    fn get(&self, name: &str) -> Option<FunctionRef> {
        craton_hcl::functions::function(name)
    }
    fn names(&self) -> Vec<String> {
        craton_hcl::functions::function_names().map(String::from).collect()
    }
}

/// Another machine that writes down what it is asked, says it, and fails where it is told to.
#[derive(Default)]
pub struct Machine {
    pub asked: Mutex<Vec<String>>,
    /// Work never ends.
    pub hangs: bool,
}

#[async_trait]
impl Communicator for Machine {
    fn check(&self, connection: &Value) -> Result<(), Diagnostic> {
        let host = connection.get("host").unwrap();
        if host.is_known() && host.is_null() {
            let on = craton_model::Path::attr("host");
            return Err(Diagnostic::error("Invalid connection argument", "There is no host.").on_attribute(on));
        }
        Ok(())
    }

    async fn work(
        &self,
        connection: &Value,
        work: RemoteWork,
        tell: &(dyn Fn(RemoteLine) + Send + Sync),
    ) -> Result<(), Diagnostic> {
        let text = |name: &str| {
            let value = connection.get(name).unwrap().clone().unmark().0;
            value.as_str().unwrap_or("-").to_owned()
        };
        let work = format!("{work:?}");
        self.asked.lock().unwrap().push(format!("{}@{}: {work}", text("user"), text("host")));
        tell(RemoteLine::Progress("Connected.".into()));
        tell(RemoteLine::Output(format!("working on {}", text("host"))));
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if work.contains("fail") { Err(Diagnostic::error("It failed", "It ended with exit status 3.")) } else { Ok(()) }
    }
}

/// Keeps every state it is given; refuses after `limit` writes.
pub struct Memory {
    pub states: Mutex<Vec<State>>,
    pub limit: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self { states: Mutex::default(), limit: usize::MAX }
    }
}

#[async_trait]
impl StateWriter for Memory {
    async fn write(&self, state: &State) -> Result<(), Diagnostics> {
        let mut states = self.states.lock().unwrap();
        if states.len() >= self.limit {
            return Err(craton_model::Diagnostic::error("Disk full", "The test asked for it.").into());
        }
        states.push(state.clone());
        Ok(())
    }
}

/// A folder of configuration, the state that goes with it, and the real objects.
pub struct Bench {
    dir: tempfile::TempDir,
    pub world: Arc<World>,
    pub state: State,
    pub variables: BTreeMap<Arc<str>, Value>,
    pub cancel: CancelToken,
    pub parallelism: usize,
    pub events: Arc<dyn EventSink>,
    pub machine: Arc<Machine>,
}

impl Bench {
    pub fn new(config: &str) -> Self {
        let bench = Self {
            dir: tempfile::tempdir().unwrap(),
            world: World::new(),
            state: State::default(),
            variables: BTreeMap::new(),
            cancel: CancelToken::new(),
            parallelism: 1,
            events: Arc::new(NoEvents),
            machine: Arc::default(),
        };
        bench.write("main.tf", config);
        bench
    }

    /// Writes a file; `m/main.tf` makes a module that `source = "./m"` finds.
    pub fn write(&self, path: &str, text: &str) {
        let path: PathBuf = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn folder(&self) -> String {
        self.dir.path().to_string_lossy().into_owned()
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(path)).unwrap()
    }

    pub fn session(&self) -> Session {
        let data = self.dir.path().join(".terraform");
        let cache = FileCache::new();
        let found = craton_config::install(self.dir.path(), &data, false, &cache, &mut |_| {});
        assert!(!found.has_errors(), "{}", text(&found));
        let (tree, found) = load(self.dir.path(), &data, &cache);
        assert!(!found.has_errors(), "{}", text(&found));
        let mut registry = Registry::new();
        registry.add(ProviderAddr::builtin(), Arc::new(Builtin::new(Arc::new(NoRemoteState))));
        registry.add(ProviderAddr::new("hashicorp", "fake"), Arc::new(Fake::new(self.world.clone())));
        let mut environment = Environment::new(self.dir.path());
        environment.plan_time = Some(std::time::UNIX_EPOCH);
        Session::new(SessionOptions {
            tree: Arc::new(tree),
            variables: self.variables.clone(),
            registry,
            state: self.state.clone(),
            workspace: "default".into(),
            events: self.events.clone(),
            parallelism: self.parallelism,
            functions: Arc::new(Language),
            communicator: self.machine.clone(),
            environment,
            timestamp: "1970-01-01T00:00:00Z".into(),
            cancel: self.cancel.clone(),
            overrides: Default::default(),
        })
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.variables.insert(name.into(), value.into());
    }

    pub async fn plan(&self) -> (Plan, Diagnostics) {
        self.session().plan(PlanOptions::default()).await
    }

    /// Plans, expects no error, and gives the plan in text.
    pub async fn planned(&self) -> String {
        let (plan, found) = self.plan().await;
        assert!(!found.has_errors(), "{}", text(&found));
        show(&plan)
    }

    /// Plans and applies; gives the findings.
    pub async fn applied(&mut self) -> Diagnostics {
        self.applied_with(PlanOptions::default()).await
    }

    pub async fn applied_with(&mut self, options: PlanOptions) -> Diagnostics {
        let session = self.session();
        let (plan, found) = session.plan(options).await;
        assert!(!found.has_errors(), "{}", text(&found));
        let (state, found) = session.apply(&plan, &Memory::default()).await;
        self.state = state;
        found
    }

    /// Plans and applies, expecting no error.
    pub async fn apply(&mut self) {
        let found = self.applied().await;
        assert!(!found.has_errors(), "{}", text(&found));
    }
}

/// Findings, one line each.
pub fn text(found: &Diagnostics) -> String {
    found.0.iter().map(|d| format!("{}: {}\n", d.summary, d.detail.lines().next().unwrap_or_default())).collect()
}

/// A plan, one line for each change.
pub fn show(plan: &Plan) -> String {
    let mut out = String::new();
    for d in &plan.drift {
        out += &format!("drift {:?} {}\n", d.action, d.addr);
    }
    for c in &plan.changes {
        let deposed = c.deposed.as_ref().map_or(String::new(), |k| format!(" deposed {k}"));
        out += &format!("{:?} {}{deposed}", c.action, c.addr);
        if c.reason != ActionReason::None {
            out += &format!(" ({:?})", c.reason);
        }
        if let Some(from) = &c.previous_addr {
            out += &format!(" from {from}");
        }
        if let Some(id) = &c.importing {
            out += &format!(" importing {id}");
        }
        if !c.replace_paths.is_empty() {
            let paths: Vec<String> = c.replace_paths.iter().map(ToString::to_string).collect();
            out += &format!(" because of {}", paths.join(", "));
        }
        out.push('\n');
    }
    for (name, o) in plan.outputs.iter().filter(|(_, o)| o.action != Action::NoOp) {
        out += &format!("output {name} {:?}: {:?} -> {:?}\n", o.action, o.before, o.after);
    }
    out
}

/// What the state holds, one line for each object.
pub fn held(state: &State) -> String {
    let mut out = String::new();
    for (addr, _, instance) in state.instances() {
        for (deposed, o) in
            instance.current.iter().map(|o| (None, o)).chain(instance.deposed.iter().map(|(k, o)| (Some(k), o)))
        {
            let id = o.attributes.get("id").and_then(|v| v.as_str()).unwrap_or("-");
            let id = if id.len() == 36 { "uuid" } else { id };
            out += &format!("{addr} = {id}");
            if deposed.is_some() {
                out += " deposed";
            }
            if o.status == craton_model::state::ObjectStatus::Tainted {
                out += " tainted";
            }
            if !o.dependencies.is_empty() {
                let on: Vec<String> = o.dependencies.iter().map(ToString::to_string).collect();
                out += &format!(" on {}", on.join(", "));
            }
            out.push('\n');
        }
    }
    for (name, o) in &state.outputs {
        out += &format!("output {name} = {:?}\n", o.value);
    }
    out
}
