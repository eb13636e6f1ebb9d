//! A provider on a sandbox in memory, and a short way to take objects through their lives.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]
#![allow(dead_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use craton_aws_api::client::Clock;
use craton_aws_api::{ClientOptions, CredentialsSource};
use craton_aws_provider::{AwsProviderFactory, TransportOptions, provider_schema};
use craton_aws_sandbox::{ClockSource, Sandbox, SandboxOptions};
use craton_model::addr::{InstanceKey, ModuleInstance, Resource, ResourceInstance, ResourceMode};
use craton_model::schema::Block;
use craton_model::{Diagnostics, Value, json as values};
use craton_provider::check;
use craton_provider::propose::proposed;
use craton_provider::{ApplyRequest, Factory, PlanRequest, PlanResponse, Provider, ReadRequest};
use serde_json::{Value as Json, json};

/// Time that passes as soon as somebody sleeps.
#[derive(Default)]
pub struct Quick(AtomicU64);

#[async_trait]
impl Clock for Quick {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
            + Duration::from_secs(1_767_225_600)
            + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    async fn sleep(&self, how_long: Duration) {
        self.0.fetch_add(u64::try_from(how_long.as_millis()).unwrap(), Ordering::Relaxed);
        tokio::task::yield_now().await;
    }
}

/// What may come out of an apply otherwise than planned, by type (none: of any) and path, since it does with the AWS provider,
/// and Terraform bears with it: its schemas are of the older kind. Beside these it is null that comes out as zero or the other
/// way round, and what AWS sets along with an argument that changed (the association of an address, the names of an endpoint).
/// What is planned the AWS provider decides; `tests/judges/lives.sh` compares it.
const BORNE: &[(&str, &str)] = &[
    // By name or number.
    ("", "protocol"),
    // Nobody asked for them.
    ("", "credit_specification"),
    ("", "notification_settings"),
    ("aws_autoscaling_group", "mixed_instances_policy[0].instances_distribution"),
    // Without the comment behind it.
    ("", "public_key"),
    // Without https://.
    ("aws_iam_openid_connect_provider", "url"),
    // A table that expires nothing has a block that says so.
    ("aws_dynamodb_table", "ttl"),
    // 0 days.
    ("aws_backup_plan", "rule"),
    // Elements of sets, in which the tags that nobody gave are none or an empty map.
    ("aws_instance", "ebs_block_device"),
    ("aws_spot_instance_request", "ebs_block_device"),
];

/// A configured provider and what it talks to.
pub struct World {
    pub provider: Arc<dyn Provider>,
    pub sandbox: Sandbox,
    pub client: craton_aws_api::Client,
    /// What the provider asked, in order.
    pub asked: Arc<std::sync::Mutex<Vec<String>>>,
}

/// An object with what is kept beside it.
#[derive(Clone, Debug)]
pub struct Made {
    pub r#type: String,
    pub state: Value,
    pub private: Arc<[u8]>,
}

impl Made {
    /// Text of an attribute.
    #[track_caller]
    pub fn str(&self, name: &str) -> String {
        let v = self.state.get(name).unwrap_or_else(|| panic!("{} has no {name}", self.r#type));
        v.as_str().unwrap_or_else(|| panic!("{}.{name} is {v:?}", self.r#type)).to_owned()
    }

    pub fn id(&self) -> String {
        self.str("id")
    }

    /// All of it as JSON.
    pub fn json(&self) -> Json {
        values::to_json(&self.state)
    }
}

pub fn block(r#type: &str) -> Arc<Block> {
    provider_schema().resources.get(r#type).unwrap_or_else(|| panic!("no {}", r#type)).block.clone()
}

/// A configuration from JSON; what is left out is not written.
pub fn config(block: &Block, given: &Json) -> Value {
    let mut config = block.empty_value();
    for (name, v) in given.as_object().unwrap() {
        let ty = block.implied_type().attribute(name).unwrap_or_else(|| panic!("no argument {name}"));
        config = config.with_attribute(name, values::from_json(v, ty).unwrap());
    }
    config
}

pub fn addr(mode: ResourceMode, r#type: &str) -> ResourceInstance {
    let resource = Resource { mode, ..Resource::managed(r#type, "x") };
    ResourceInstance { module: ModuleInstance::root(), resource, key: InstanceKey::None }
}

#[track_caller]
pub fn clean(what: &str, found: &Diagnostics) {
    if let Some(d) = found.into_iter().find(|d| d.is_error()) {
        panic!("{what}: {}: {}", d.summary, d.detail);
    }
}

pub fn client_options(sandbox: &Sandbox) -> ClientOptions {
    ClientOptions {
        region: Some("eu-west-1".into()),
        credentials: CredentialsSource::Static {
            access_key_id: "test".into(),
            secret_access_key: "test".into(),
            session_token: None,
        },
        transport: Some(Arc::new(sandbox.clone())),
        clock: Some(Arc::new(Quick::default())),
        ..ClientOptions::default()
    }
}

impl World {
    /// With these arguments in the provider block.
    pub async fn with(given: Json) -> World {
        let (world, found) = Self::try_with(given).await;
        clean("configure", &found);
        world
    }

    pub async fn try_with(given: Json) -> (World, Diagnostics) {
        let sandbox = Sandbox::open(SandboxOptions {
            seed: Some("test".into()),
            clock: ClockSource::Fixed(1_767_225_600_000),
            ..SandboxOptions::default()
        })
        .unwrap();
        Self::on(sandbox, given).await
    }

    /// Another provider on the same sandbox, in another region.
    pub async fn elsewhere(&self, region: &str) -> World {
        let (world, found) = Self::on(self.sandbox.clone(), json!({"region": region})).await;
        clean("configure", &found);
        world
    }

    async fn on(sandbox: Sandbox, given: Json) -> (World, Diagnostics) {
        let client = client_options(&sandbox);
        let asked: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
        let told = asked.clone();
        let tracer = move |t: &craton_aws_api::client::Trace| {
            told.lock().unwrap().push(format!("{}.{}", t.service, t.operation));
        };
        let traced = ClientOptions { tracer: Some(Arc::new(tracer)), ..client.clone() };
        let factory = AwsProviderFactory::new(TransportOptions { client: traced, fixed: false });
        let provider = factory.start().await.unwrap();
        let found = provider.configure(&config(&provider_schema().provider.block, &given)).await;
        (World { provider, sandbox, client: craton_aws_api::Client::new(client), asked }, found)
    }

    pub async fn new() -> World {
        Self::with(json!({"default_tags": [{"tags": {"Env": "test"}}]})).await
    }

    pub async fn aws(&self, service: &str, op: &str, input: Json) -> Json {
        self.client.call(service, op, input).await.unwrap_or_else(|e| panic!("{e}"))
    }

    /// A plan; checks its shape.
    pub async fn plan(&self, r#type: &str, prior: Option<&Made>, given: &Json) -> PlanResponse {
        let block = block(r#type);
        let config = config(&block, given);
        let found = self.provider.validate_resource(ResourceMode::Managed, r#type, &config).await;
        clean(&format!("validate {}", r#type), &found);
        let prior_value = prior.map_or_else(|| Value::null(block.implied_type().clone()), |m| m.state.clone());
        let plan = self
            .provider
            .plan(PlanRequest {
                addr: addr(ResourceMode::Managed, r#type),
                r#type: r#type.into(),
                proposed: proposed(&block, &prior_value, &config),
                prior: prior_value,
                config,
                private: prior.map(|m| m.private.clone()).unwrap_or_default(),
            })
            .await;
        clean(&format!("plan {}", r#type), &plan.diagnostics);
        let broken = check::conforms(&block, &plan.planned);
        assert!(broken.is_empty(), "plan {}: {}", r#type, broken[0]);
        plan
    }

    pub async fn try_apply(&self, r#type: &str, prior: Option<&Made>, given: &Json) -> (Made, Diagnostics) {
        let block = block(r#type);
        let plan = self.plan(r#type, prior, given).await;
        assert!(
            plan.requires_replace.is_empty() || prior.is_none(),
            "{}: replacement: {:?}",
            r#type,
            plan.requires_replace
        );
        let done = self
            .provider
            .apply(ApplyRequest {
                addr: addr(ResourceMode::Managed, r#type),
                r#type: r#type.into(),
                prior: prior.map_or_else(|| Value::null(block.implied_type().clone()), |m| m.state.clone()),
                planned: plan.planned.clone(),
                config: config(&block, given),
                private: plan.private,
            })
            .await;
        let broken = check::conforms(&block, &done.state);
        assert!(broken.is_empty(), "apply {}: {}", r#type, broken[0]);
        if !done.diagnostics.has_errors() {
            assert!(done.state.is_wholly_known(), "{}: {:?}", r#type, done.state);
            let broken = check::follows_plan(&block, &plan.planned, &done.state);
            let configured = config(&block, given);
            let follows = |name: &str| {
                let given = configured.get(name).is_some_and(|v| !v.is_null() && !v.is_empty());
                let computed = block.attributes.get(name).is_none_or(|a| a.computed);
                name != "tags_all" && computed && !given
            };
            // The same within blocks.
            let inner = |path: &str| {
                let mut steps: Vec<&str> = path.split('.').map(|s| s.split('[').next().unwrap()).collect();
                let name = steps.pop().unwrap();
                let within = steps.iter().try_fold(&*block, |b, s| b.blocks.get(*s).map(|n| &*n.block));
                !steps.is_empty() && within.is_some_and(|b| b.attributes.get(name).is_some_and(|a| a.computed))
            };
            let borne = |b: &check::Breach| {
                let path = b.path.to_string();
                let emptied = b.path.lookup(&plan.planned).is_some_and(Value::is_empty);
                b.message.starts_with("planned as null")
                    || (emptied && b.message.ends_with("came out as null"))
                    || BORNE.iter().any(|(of, at)| (of.is_empty() || *of == r#type) && *at == path)
                    || (prior.is_some() && (follows(path.split(['.', '[']).next().unwrap()) || inner(&path)))
            };
            let broken: Vec<_> = broken.into_iter().filter(|b| !borne(b)).collect();
            assert!(broken.is_empty(), "apply {}: {}", r#type, broken[0]);
        }
        (Made { r#type: r#type.into(), state: done.state, private: done.private }, done.diagnostics)
    }

    /// Applies a configuration; checks that the plan afterwards is empty, also after a refresh.
    pub async fn apply(&self, r#type: &str, prior: Option<&Made>, given: &Json) -> Made {
        let (made, found) = self.try_apply(r#type, prior, given).await;
        clean(&format!("apply {}", r#type), &found);
        self.settled(&made, given).await;
        let refreshed = self.read(&made).await.unwrap_or_else(|| panic!("{} is gone after apply", r#type));
        self.settled(&refreshed, given).await;
        made
    }

    pub async fn create(&self, r#type: &str, given: Json) -> Made {
        self.apply(r#type, None, &given).await
    }

    /// The same configuration again changes nothing.
    pub async fn settled(&self, made: &Made, given: &Json) {
        let again = self.plan(&made.r#type, Some(made), given).await;
        if again.planned != made.state {
            for (k, v) in made.state.as_map().unwrap() {
                let new = again.planned.get(k).unwrap();
                assert_eq!(v, new, "{}.{k}: plan is not empty", made.r#type);
            }
        }
        assert!(again.requires_replace.is_empty());
    }

    /// After an import nothing is planned to change but arguments that AWS knows nothing about.
    pub async fn imported(&self, r#type: &str, id: &str, given: &Json) -> Made {
        let made = self.import(r#type, id).await;
        let plan = self.plan(r#type, Some(&made), given).await;
        for (k, v) in made.state.as_map().unwrap() {
            let new = plan.planned.get(k).unwrap();
            assert!(v == new || v.is_null(), "{}.{k}: {v:?} -> {new:?} after import", made.r#type);
        }
        assert!(plan.requires_replace.is_empty(), "{:?}", plan.requires_replace);
        made
    }

    pub async fn read(&self, made: &Made) -> Option<Made> {
        let request = ReadRequest {
            addr: addr(ResourceMode::Managed, &made.r#type),
            r#type: made.r#type.as_str().into(),
            current: made.state.clone(),
            private: made.private.clone(),
        };
        let found = self.provider.read(vec![request]).await.remove(0);
        clean(&format!("read {}", made.r#type), &found.diagnostics);
        (!found.state.is_null()).then(|| Made { state: found.state, ..made.clone() })
    }

    /// Reads objects all at once, in the same order; which of them are there.
    pub async fn read_found(&self, all: &[Made]) -> Vec<bool> {
        self.asked.lock().unwrap().clear();
        let requests = all.iter().map(|made| ReadRequest {
            addr: addr(ResourceMode::Managed, &made.r#type),
            r#type: made.r#type.as_str().into(),
            current: made.state.clone(),
            private: made.private.clone(),
        });
        let found = self.provider.read(requests.collect()).await;
        assert_eq!(found.len(), all.len());
        for (f, made) in found.iter().zip(all) {
            clean(&format!("read {}", made.r#type), &f.diagnostics);
            assert!(f.state.is_null() || f.state.get("id") == made.state.get("id"), "in the order of the requests");
        }
        found.iter().map(|f| !f.state.is_null()).collect()
    }

    /// Reads objects that are all there at once; the requests that took.
    pub async fn read_all(&self, all: &[Made]) -> Vec<String> {
        assert!(self.read_found(all).await.iter().all(|f| *f));
        self.asked.lock().unwrap().clone()
    }

    /// Removes an object; it must be gone afterwards.
    pub async fn delete(&self, made: &Made) {
        let found = self.try_delete(made).await;
        clean(&format!("delete {}", made.r#type), &found);
    }

    pub async fn try_delete(&self, made: &Made) -> Diagnostics {
        let ty = block(&made.r#type).implied_type().clone();
        let request = ApplyRequest {
            addr: addr(ResourceMode::Managed, &made.r#type),
            r#type: made.r#type.as_str().into(),
            prior: made.state.clone(),
            planned: Value::null(ty.clone()),
            config: Value::null(ty),
            private: made.private.clone(),
        };
        let done = self.provider.apply(request).await;
        assert_eq!(done.state.is_null(), !done.diagnostics.has_errors());
        done.diagnostics
    }

    /// What is said of a configuration before anything is planned.
    pub async fn try_validate(&self, r#type: &str, given: &Json) -> Diagnostics {
        let config = config(&block(r#type), given);
        self.provider.validate_resource(ResourceMode::Managed, r#type, &config).await
    }

    pub async fn import(&self, r#type: &str, id: &str) -> Made {
        let found = self.provider.import(r#type, id).await.unwrap_or_else(|d| panic!("import: {d:?}")).remove(0);
        let made = Made { r#type: r#type.into(), state: found.state, private: found.private };
        self.read(&made).await.unwrap_or_else(|| panic!("{} {id} not found", r#type))
    }

    pub async fn data(&self, r#type: &str, given: Json) -> Json {
        self.try_data(r#type, given).await.unwrap_or_else(|found| panic!("{}: {found:?}", r#type))
    }

    pub async fn try_data(&self, r#type: &str, given: Json) -> Result<Json, Diagnostics> {
        let schema = provider_schema().data_sources.get(r#type).unwrap_or_else(|| panic!("no {}", r#type));
        let config = config(&schema.block, &given);
        let found = self.provider.validate_resource(ResourceMode::Data, r#type, &config).await;
        if found.has_errors() {
            return Err(found);
        }
        let (v, found) = self.provider.read_data(r#type, config).await;
        if found.has_errors() {
            return Err(found);
        }
        let broken = check::conforms(&schema.block, &v);
        assert!(broken.is_empty(), "{}: {}", r#type, broken[0]);
        Ok(values::to_json(&v))
    }
}

/// The arguments with some replaced.
pub fn but(given: &Json, other: Json) -> Json {
    let mut given = given.clone();
    for (k, v) in other.as_object().unwrap() {
        given[k] = v.clone();
    }
    given
}
