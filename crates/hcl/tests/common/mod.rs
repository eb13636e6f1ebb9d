//! A scope for tests: values by their first names, a few functions.
#![allow(dead_code)]

use craton_hcl::*;
use craton_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct TestScope {
    pub values: BTreeMap<String, Value>,
    pub functions: BTreeMap<String, FunctionRef>,
    pub environment: Environment,
}

impl TestScope {
    pub fn new(values: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let functions = functions().into_iter().map(|f| (f.name.to_string(), Arc::new(f))).collect();
        let values = values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        Self { values, functions, environment: Environment::new(".") }
    }
}

impl Scope for TestScope {
    fn lookup(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        match self.values.get(&*t.root.name) {
            Some(v) => Ok((v.clone(), 0)),
            None => Err(Diagnostic::error("Unknown variable", format!("There is no {}.", t.root.name)).into()),
        }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        self.functions.get(name).cloned()
    }

    fn function_names(&self) -> Vec<String> {
        self.functions.keys().cloned().collect()
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }
}

fn to(name: &'static str, want: fn(Type) -> Type) -> Function {
    Function::new(name, "").param(Param::new("v", Type::Dynamic, "").null().marked()).run(move |_, args| {
        convert(&args[0], &want(Type::Dynamic)).map_err(|e| FunctionError::argument(0, e.to_string()))
    })
}

fn functions() -> Vec<Function> {
    vec![
        Function::new("upper", "")
            .param(Param::new("str", Type::String, "the text"))
            .returns(Type::String)
            .run(|_, a| Ok(Value::string(a[0].as_str().unwrap().to_uppercase()))),
        Function::new("max", "").variadic(Param::new("numbers", Type::Number, "")).returns(Type::Number).run(|_, a| {
            a.iter()
                .max_by_key(|v| v.as_number().unwrap().clone())
                .cloned()
                .ok_or_else(|| FunctionError::new("no numbers"))
        }),
        Function::new("length", "")
            .param(Param::new("value", Type::Dynamic, ""))
            .returns(Type::Number)
            .run(|_, a| Ok(Value::number(a[0].len().unwrap_or(0)))),
        Function::new("fail", "")
            .param(Param::new("x", Type::Dynamic, ""))
            .run(|c, _| Err(FunctionError::new(format!("sensitive: {}.", c.is_sensitive(0))))),
        Function::new("sensitive", "")
            .param(Param::new("x", Type::Dynamic, "").null().unknown().marked().dynamic())
            .run(|_, a| Ok(a[0].clone().sensitive())),
        to("tolist", Type::list),
        to("toset", Type::set),
        to("tomap", Type::map),
        Function::new("tostring", "")
            .param(Param::new("v", Type::String, "").null())
            .may_be_null()
            .run(|_, a| Ok(a[0].clone())),
        Function::new("now", "").returns(Type::String).impure().run(|_, _| Ok(Value::from("now"))),
        Function::new("can", "").param(Param::new("expression", Type::Dynamic, "")).run_lazy(|_, a| {
            let (v, d) = a[0].eval();
            Ok(if v.is_wholly_known() || d.has_errors() {
                Value::bool(!d.has_errors())
            } else {
                Value::unknown(Type::Bool)
            })
        }),
        Function::new("try", "").variadic(Param::new("expressions", Type::Dynamic, "")).run_lazy(|_, args| {
            for arg in args {
                let (v, d) = arg.eval();
                if !d.has_errors() {
                    return Ok(v);
                }
            }
            Err(FunctionError::new("no expression succeeded"))
        }),
    ]
}

/// Diagnostics one per line: place, summary, detail, values.
pub fn show_diags(d: &Diagnostics) -> String {
    d.0.iter()
        .map(|d| {
            let values: String = d.values.iter().map(|(n, v)| format!(" [{n} {v}]")).collect();
            let place = d.subject.map(|s| format!("{:?}", s.text())).unwrap_or_default();
            format!("  {place} {}: {}{values}\n", d.summary, d.detail)
        })
        .collect()
}
