//! What the expressions under test can refer to: a value of every type, known, unknown, null and marked.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{Error, ErrorKind, Result as IoResult};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use craton_hcl::{Environment, Files, FunctionRef, Scope, Step, Traversal, functions};
use craton_model::{Diagnostic, Diagnostics, Marks, Number, Refinement, Type, Value};

/// The text of the sensitive values. Nothing else holds it, so where it shows it has leaked.
pub const SECRET: &str = "qXz7-SECRET";

/// The scope: `known.*`, `unk.*`, `nul.*`, `secret.*`.
pub struct Fixed {
    roots: Value,
    environment: Environment,
}

/// The one scope: it takes longer to make than most expressions do to evaluate.
pub fn fixed() -> &'static Fixed {
    static FIXED: OnceLock<Fixed> = OnceLock::new();
    FIXED.get_or_init(|| {
        let environment = Environment {
            started_in: None,
            base_dir: "/nowhere".into(),
            files: Arc::new(NoFiles),
            plan_time: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            // Planning: what depends on chance or the clock is known after apply.
            apply_time: None,
        };
        Fixed { roots: roots(), environment }
    })
}

fn roots() -> Value {
    let strings = ["b", "a", "ä"].map(Value::from);
    let object = Value::object([("id", Value::from("vpc-1")), ("n", Value::from(3)), ("on", Value::bool(true))]);
    let known = Value::object([
        ("str", Value::from("Hello, ${name}")),
        ("empty", Value::from("")),
        ("num", Value::from(7)),
        ("third", Number::parse("0.3333").map_or_else(Value::dynamic, Value::number)),
        ("big", Number::parse("1e300").map_or_else(Value::dynamic, Value::number)),
        ("bool", Value::bool(true)),
        ("list", Value::list(Type::String, strings.clone())),
        ("set", Value::set(Type::String, strings.clone())),
        ("map", Value::map(Type::Number, [("a", Value::from(1)), ("b", Value::from(2))])),
        ("tuple", Value::tuple([Value::from(1), Value::from("x"), Value::null(Type::Dynamic)])),
        ("obj", object.clone()),
        ("objs", Value::list(object.ty().clone(), [object.clone(), object])),
        ("mixed", Value::tuple([Value::from("a"), Value::unknown(Type::String), Value::from(SECRET).sensitive()])),
        ("json", Value::from(r#"{"a":[1,null,"x"]}"#)),
        ("cidr", Value::from("10.0.0.0/16")),
        ("time", Value::from("2024-02-29T12:00:00Z")),
    ]);
    let prefix = Refinement { not_null: true, prefix: Some("arn:aws:".into()), ..Refinement::default() };
    let two = Refinement { not_null: true, min_len: Some(2), max_len: Some(2), ..Refinement::default() };
    let bounds = Refinement {
        not_null: true,
        min: Some((Number::from(1i64), true)),
        max: Some((Number::from(9i64), false)),
        ..Refinement::default()
    };
    let unknown = Value::object([
        ("any", Value::dynamic()),
        ("str", Value::unknown(Type::String)),
        ("arn", Value::refined(Type::String, prefix)),
        ("num", Value::unknown(Type::Number)),
        ("few", Value::refined(Type::Number, bounds)),
        ("bool", Value::unknown(Type::Bool)),
        ("list", Value::unknown(Type::list(Type::String))),
        ("two", Value::refined(Type::list(Type::String), two)),
        ("set", Value::unknown(Type::set(Type::String))),
        ("map", Value::unknown(Type::map(Type::String))),
        ("tuple", Value::unknown(Type::tuple([Type::String, Type::Number]))),
        ("obj", Value::unknown(Type::object([("a", Type::Number)]))),
    ]);
    let null = Value::object([
        ("any", Value::null(Type::Dynamic)),
        ("str", Value::null(Type::String)),
        ("num", Value::null(Type::Number)),
        ("list", Value::null(Type::list(Type::String))),
        ("map", Value::null(Type::map(Type::String))),
        ("obj", Value::null(Type::object([("a", Type::Number)]))),
    ]);
    let secret = Value::object([
        ("str", Value::from(SECRET).sensitive()),
        ("list", Value::list(Type::String, [Value::from(SECRET), Value::from("a")]).sensitive()),
        ("inside", Value::list(Type::String, [Value::from(SECRET).sensitive(), Value::from("a")])),
        ("map", Value::map(Type::String, [(SECRET, Value::from(SECRET))]).sensitive()),
        ("obj", Value::object([("a", Value::from(SECRET).sensitive())])),
        ("brief", Value::from(SECRET).mark(Marks::EPHEMERAL.union(Marks::SENSITIVE))),
        ("unk", Value::unknown(Type::String).sensitive()),
        ("num", Value::from(4).sensitive()),
    ]);
    Value::object([("known", known), ("unk", unknown), ("nul", null), ("secret", secret)])
}

impl Scope for Fixed {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let missing = || {
            let detail = "The roots are known, unk, nul and secret; each is followed by the name of a value.";
            Diagnostics::from(Diagnostic::error("Reference to undeclared name", detail).at(reference.span))
        };
        let root = self.roots.get(&reference.root.name).ok_or_else(missing)?;
        // One attribute at a time, as with `var.x`: the root as a whole is no value.
        let Some(Step::Attr(name)) = reference.steps.first() else { return Err(missing()) };
        Ok((root.get(&name.name).cloned().ok_or_else(missing)?, 1))
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        functions::function(name)
    }

    fn function_names(&self) -> Vec<String> {
        functions::function_names().map(ToOwned::to_owned).collect()
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Far less than people may have: a run of the fuzzer is to be over in a second.
    fn max_steps(&self) -> u64 {
        2_000_000
    }
}

/// A file system without files.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Path) -> IoResult<Vec<u8>> {
        Err(Error::from(ErrorKind::NotFound))
    }

    fn metadata(&self, _: &Path) -> IoResult<Metadata> {
        Err(Error::from(ErrorKind::NotFound))
    }

    fn list(&self, _: &Path) -> IoResult<Vec<OsString>> {
        Err(Error::from(ErrorKind::NotFound))
    }
}
