use super::*;
use crate::fake::{Fake, World};
use crate::propose::proposed;
use craton_model::addr::ResourceInstance;

fn given(values: Value, during_plan: bool) -> Given {
    Given { values, during_plan, place: None }
}

fn nothing() -> Value {
    Value::object::<&str>([])
}

fn thing(values: Value) -> BTreeMap<(ResourceMode, Arc<str>), Given> {
    [((ResourceMode::Managed, Arc::from("fake_thing")), given(values, false))].into()
}

struct Fixture {
    world: Arc<World>,
    mock: Arc<dyn Provider>,
}

impl Fixture {
    async fn new(data: MockData) -> Self {
        let world = World::new();
        let mock = MockFactory::new(Arc::new(Fake::new(world.clone())), data).start().await.unwrap();
        Self { world, mock }
    }

    fn block(&self) -> Arc<Block> {
        self.mock.schema().resources["fake_thing"].block.clone()
    }

    fn config(&self, name: &str) -> Value {
        let rule = Value::object([("port", Value::from(443)), ("rule_id", Value::null(craton_model::Type::String))]);
        let rules = Value::list(rule.ty().clone(), [rule]);
        self.block().empty_value().with_attribute("name", Value::from(name)).with_attribute("rule", rules)
    }

    async fn plan(&self, prior: &Value, config: &Value) -> PlanResponse {
        let request = PlanRequest {
            addr: ResourceInstance::parse("fake_thing.a").unwrap(),
            r#type: "fake_thing".into(),
            prior: prior.clone(),
            proposed: proposed(&self.block(), prior, config),
            config: config.clone(),
            private: Arc::default(),
        };
        self.mock.plan(request).await
    }

    async fn apply(&self, prior: &Value, planned: &Value, config: &Value) -> ApplyResponse {
        let request = ApplyRequest {
            addr: ResourceInstance::parse("fake_thing.a").unwrap(),
            r#type: "fake_thing".into(),
            prior: prior.clone(),
            planned: planned.clone(),
            config: config.clone(),
            private: Arc::default(),
        };
        self.mock.apply(request).await
    }

    fn none(&self) -> Value {
        Value::null(self.block().implied_type().clone())
    }
}

fn text<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get(name).and_then(Value::as_str).unwrap()
}

#[tokio::test]
async fn computed_values_are_planned_as_unknown_and_made_up_by_the_apply() {
    let fixture = Fixture::new(MockData::uniform(given(nothing(), false))).await;
    let config = fixture.config("a");
    let planned = fixture.plan(&fixture.none(), &config).await;
    assert!(planned.diagnostics.is_empty());
    assert!(!planned.planned.get("id").unwrap().is_known());
    assert_eq!(text(&planned.planned, "name"), "a");
    assert!(planned.planned.get("size").unwrap().is_null(), "nobody computes it");

    let made = fixture.apply(&fixture.none(), &planned.planned, &config).await.state;
    assert!(made.is_wholly_known());
    for name in ["id", "stamp", "zone"] {
        let s = text(&made, name);
        assert!(s.len() == 8 && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{name}: {s}");
    }
    assert_ne!(text(&made, "id"), text(&made, "stamp"));
    let rule = &made.get("rule").unwrap().as_seq().unwrap()[0];
    assert_eq!(text(rule, "rule_id").len(), 8);
    assert_eq!(crate::check::conforms(&fixture.block(), &made), []);

    // An update keeps what was made up; nothing is asked of the provider, nor is it configured.
    let changed = fixture.config("b");
    let planned = fixture.plan(&made, &changed).await;
    assert_eq!(text(&planned.planned, "id"), text(&made, "id"));
    let updated = fixture.apply(&made, &planned.planned, &changed).await.state;
    assert_eq!((text(&updated, "name"), text(&updated, "id")), ("b", text(&made, "id")));
    let gone = fixture.apply(&updated, &fixture.none(), &fixture.none()).await.state;
    assert!(gone.is_null());
    assert_eq!(fixture.world.take_log(), Vec::<String>::new());
    assert!(fixture.world.config().is_none());
}

#[tokio::test]
async fn values_during_the_plan_are_the_same_when_it_is_made_again() {
    let given = given(Value::object([("zone", Value::from("z")), ("unheard_of", Value::from(1))]), true);
    let fixture = Fixture::new(MockData::uniform(given)).await;
    let config = fixture.config("a");
    let first = fixture.plan(&fixture.none(), &config).await.planned;
    assert!(first.is_wholly_known());
    assert_eq!(text(&first, "zone"), "z");
    assert_eq!(first, fixture.plan(&fixture.none(), &config).await.planned);
    assert_eq!(first, fixture.apply(&fixture.none(), &first, &config).await.state);
}

#[tokio::test]
async fn defaults_are_of_a_type_and_never_replace_what_is_configured() {
    let defaults = Value::object([("id", Value::from(7)), ("name", Value::from("never"))]);
    let fixture = Fixture::new(MockData::new(thing(defaults), given(nothing(), false))).await;
    let config = fixture.config("a").with_attribute("zone", Value::from("mine"));
    let planned = fixture.plan(&fixture.none(), &config).await.planned;
    let made = fixture.apply(&fixture.none(), &planned, &config).await.state;
    assert_eq!((text(&made, "id"), text(&made, "name"), text(&made, "zone")), ("7", "a", "mine"));
}

#[tokio::test]
async fn a_default_that_does_not_fit_is_an_error_at_the_attribute() {
    let fixture = Fixture::new(MockData::uniform(given(Value::object([("id", Value::tuple([]))]), false))).await;
    let config = fixture.config("a");
    let planned = fixture.plan(&fixture.none(), &config).await.planned;
    let answer = fixture.apply(&fixture.none(), &planned, &config).await;
    assert!(answer.state.is_null());
    let d = &answer.diagnostics.0[0];
    assert_eq!(
        (d.summary.as_str(), d.attribute.as_ref().unwrap().to_string()),
        ("Failed to compute attribute", "id".into())
    );
}

#[tokio::test]
async fn data_sources_answer_without_the_provider() {
    let found = given(Value::object([("size", Value::from("3"))]), false);
    let types = [((ResourceMode::Data, Arc::from("fake_lookup")), found)].into();
    let fixture = Fixture::new(MockData::new(types, given(nothing(), false))).await;
    let block = fixture.mock.schema().data_sources["fake_lookup"].block.clone();
    let config = block.empty_value().with_attribute("name", Value::from("n"));
    let (value, diagnostics) = fixture.mock.read_data("fake_lookup", config.clone()).await;
    assert!(diagnostics.is_empty());
    assert_eq!(value.get("size"), Some(&Value::from(3)));
    assert_eq!(text(&value, "id").len(), 8);
    assert_eq!(value, fixture.mock.read_data("fake_lookup", config).await.0);
    assert_eq!(fixture.world.take_log(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_read_is_as_it_was_and_only_overridden_objects_can_be_imported() {
    let fixture = Fixture::new(MockData::new(BTreeMap::new(), given(nothing(), false))).await;
    let current = fixture.config("a");
    let request = ReadRequest {
        addr: ResourceInstance::parse("fake_thing.a").unwrap(),
        r#type: "fake_thing".into(),
        current: current.clone(),
        private: Arc::default(),
    };
    assert_eq!(fixture.mock.read(vec![request]).await[0].state, current);
    assert!(fixture.mock.import("fake_thing", "1").await.is_err());
    let values = Value::object([("id", Value::from("given"))]);
    let overridden = Fixture::new(MockData::uniform(given(values, false))).await;
    let found = overridden.mock.import("fake_thing", "1").await.unwrap();
    assert_eq!(text(&found[0].state, "id"), "given");
}
