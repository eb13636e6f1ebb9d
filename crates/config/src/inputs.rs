//! Values given for the root module's input variables
//! (<https://developer.hashicorp.com/terraform/language/values/variables#assigning-values-to-root-module-variables>).

use crate::load::FileCache;
use crate::nouns::{Module, Variable};
use crate::statics;
use craton_hcl::{Expr, is_identifier, parse_expression};
use craton_model::{Diagnostic, Diagnostics, FileId, Span, Type, Value, convert, similar};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How many undeclared names of variable files are reported one by one.
const SHOWN_UNDECLARED: usize = 3;

/// Values given for variables, not yet matched with the declarations. Of several for one name the last added wins, so
/// they are added in Terraform's order of precedence: environment, then the folder's own variable files, then the
/// arguments of the command line in the order they were given.
#[derive(Clone, Debug, Default)]
pub struct VariableInputs {
    given: BTreeMap<Arc<str>, RawInput>,
}

/// One value as it was given.
#[derive(Clone, Debug)]
pub struct RawInput {
    /// Where it comes from.
    pub origin: InputOrigin,
    /// The value.
    pub value: RawValue,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InputOrigin {
    /// `TF_VAR_NAME`
    Environment,
    /// A variable file, at this place.
    File(Span),
    /// `-var`
    CommandLine,
    /// Typed in when asked.
    Answer,
    /// Handed over by the caller: the inputs of a Terragrunt unit.
    Caller,
}

/// A value that is not read yet: its type decides how.
#[derive(Clone, Debug)]
pub enum RawValue {
    /// Text: the value itself where the variable's type is a string, number or bool (or not given), else an expression.
    Text(Arc<str>),
    /// An expression of a variable file.
    Expr(Expr),
    /// A value.
    Value(Value),
}

impl VariableInputs {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the `TF_VAR_NAME` entries of an environment.
    pub fn add_environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        for (key, value) in environment {
            if let Some(name) = key.strip_prefix("TF_VAR_") {
                self.add(name, InputOrigin::Environment, RawValue::Text(value.into()));
            }
        }
    }

    /// Adds values as they are. Names that the module does not declare are passed over when resolving.
    pub fn add_values(&mut self, values: impl IntoIterator<Item = (Arc<str>, Value)>) {
        for (name, value) in values {
            self.add(&name, InputOrigin::Caller, RawValue::Value(value));
        }
    }

    /// Adds `terraform.tfvars`, `terraform.tfvars.json` and `*.auto.tfvars` (or `.json`) of a folder, as far as they
    /// are there.
    pub fn add_folder(&mut self, folder: &Path, cache: &FileCache) -> Diagnostics {
        let mut diags = Diagnostics::new();
        for name in ["terraform.tfvars", "terraform.tfvars.json"] {
            let path = folder.join(name);
            if path.is_file() {
                diags.extend(self.add_file(&path, cache));
            }
        }
        let mut automatic: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|n| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json"))
            .collect();
        automatic.sort();
        for name in automatic {
            diags.extend(self.add_file(&folder.join(name), cache));
        }
        diags
    }

    /// Adds a variable file (`-var-file`).
    pub fn add_file(&mut self, path: &Path, cache: &FileCache) -> Diagnostics {
        if !path.is_file() {
            let detail = format!("There is no variable file {}. Correct the path of -var-file.", path.display());
            return Diagnostic::error("Failed to read variables file", detail).into();
        }
        let (body, mut diags) = cache.parse(&crate::load::clean(path));
        let Some(body) = body else { return diags };
        if body.as_native().is_none() && !cache.is_object(&crate::load::clean(path)) {
            let detail = "The file gives values to variables by their names, so it has to hold one JSON object.";
            diags.push(Diagnostic::error("Incorrect JSON value type", detail));
            return diags;
        }
        let (attributes, found) = body.attributes();
        if let (true, Some(native)) = (found.has_errors(), body.as_native()) {
            let declares = native.blocks.iter().find(|b| &*b.kind == "variable");
            if let Some(block) = declares {
                let detail = "A variable file gives values to variables and declares none. Write  NAME = VALUE  here, and the variable block in a .tf file.";
                diags.push(Diagnostic::error("Variable declaration in .tfvars file", detail).at(block.span));
                return diags;
            }
        }
        diags.extend(found);
        for (name, a) in attributes {
            self.add(&name, InputOrigin::File(a.name_span), RawValue::Expr(a.expr));
        }
        diags
    }

    /// Adds the value of a `-var` argument, `NAME=VALUE`.
    pub fn add_argument(&mut self, argument: &str) -> Result<(), Diagnostic> {
        let invalid = |detail: String| Err(Diagnostic::error("Invalid -var option", detail));
        let Some((name, value)) = argument.split_once('=') else {
            return invalid(format!(
                "{argument:?} is not of the form NAME=VALUE. To set a variable, write -var \"name=value\"."
            ));
        };
        if name.ends_with(' ') {
            return invalid(format!(
                "Between the name {:?} and the equals sign there is a space. Remove it.",
                name.trim_end()
            ));
        }
        if !is_identifier(name) {
            return invalid(format!("{name:?} cannot be the name of a variable. Write -var \"name=value\"."));
        }
        self.add(name, InputOrigin::CommandLine, RawValue::Text(value.into()));
        Ok(())
    }

    /// Adds what was typed in for a variable.
    pub fn add_answer(&mut self, name: &str, text: &str) {
        self.add(name, InputOrigin::Answer, RawValue::Text(text.into()));
    }

    fn add(&mut self, name: &str, origin: InputOrigin, value: RawValue) {
        self.given.insert(name.into(), RawInput { origin, value });
    }

    /// All values with their names, sorted by these.
    pub fn given(&self) -> impl Iterator<Item = (&Arc<str>, &RawInput)> {
        self.given.iter()
    }

    /// The value given for a name.
    pub fn get(&self, name: &str) -> Option<&RawInput> {
        self.given.get(name)
    }

    /// The value given for a name, as the variable that it is declared by takes it; `None` when nothing gives one. What
    /// nobody declares is read as an expression where it is text.
    pub fn value_of(&self, name: &str, declared: Option<&Variable>) -> Option<Result<Value, Diagnostics>> {
        let raw = self.given.get(name)?;
        let mut diags = Diagnostics::new();
        let value = match (declared, &raw.value) {
            (Some(variable), _) => raw.accepted(variable, &mut diags).and_then(|v| {
                let accepted = variable.accept(&v, raw.place(), &variable.describe());
                diags.keep(accepted)
            }),
            (None, RawValue::Value(v)) => Some(v.clone()),
            (None, RawValue::Expr(e)) => statics::constant(e).reported(&mut diags),
            (None, RawValue::Text(text)) => raw.spelled(name, text, &mut diags),
        };
        Some(diags.ok(value.unwrap_or_else(Value::dynamic)))
    }

    /// The required variables that have no value.
    pub fn missing<'m>(&self, module: &'m Module) -> Vec<&'m Variable> {
        module.variables.values().filter(|v| v.default.is_none() && !self.given.contains_key(&v.name)).collect()
    }

    /// The values given for variables of the root module, as they were given: found to fit the types, but neither
    /// converted nor completed, because plans show what was given. Variables that nobody gives a value have no entry.
    /// Beside an error, the variable has an unknown value.
    pub fn resolve(&self, module: &Module) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        let mut diags = Diagnostics::new();
        let mut values = BTreeMap::new();
        for variable in module.variables.values() {
            let value = match self.given.get(&variable.name) {
                Some(raw) => raw.accepted(variable, &mut diags),
                None if variable.default.is_none() => {
                    diags.push(no_value(variable));
                    None
                }
                None => continue,
            };
            let value = value.unwrap_or_else(|| Value::unknown(variable.ty.without_optional()));
            values.insert(variable.name.clone(), value);
        }
        self.report_undeclared(module, &mut diags);
        (values, diags)
    }

    /// As [`VariableInputs::resolve`] for ephemeral variables only: what a saved plan does not hold.
    pub fn resolve_ephemeral(&self, module: &Module) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
        let mut diags = Diagnostics::new();
        let mut values = BTreeMap::new();
        for variable in module.variables.values().filter(|v| v.ephemeral) {
            if let Some(value) = self.given.get(&variable.name).and_then(|raw| raw.accepted(variable, &mut diags)) {
                values.insert(variable.name.clone(), value);
            }
        }
        diags.ok(values)
    }

    fn report_undeclared(&self, module: &Module, diags: &mut Diagnostics) {
        let mut in_files = 0;
        for (name, raw) in self.given.iter().filter(|(name, _)| !module.variables.contains_key(*name)) {
            let like = similar(name, module.variables.keys().map(|k| &**k));
            let hint = like.map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            match raw.origin {
                InputOrigin::CommandLine => {
                    let detail = format!(
                        "The root module declares no variable named {name:?}, but -var gives it a value.{hint} Declare it with a variable block, or leave the argument out."
                    );
                    diags.push(Diagnostic::error("Value for undeclared variable", detail));
                }
                InputOrigin::File(span) => {
                    in_files += 1;
                    if in_files <= SHOWN_UNDECLARED {
                        let detail = format!(
                            "The root module declares no variable named {name:?}, but a variable file gives it a value.{hint} Declare it with a variable block, or remove the line. A value that many configurations share may come from the environment, as TF_VAR_{name}."
                        );
                        diags.push(Diagnostic::warning("Value for undeclared variable", detail).at(span));
                    }
                }
                // These are shared among configurations by their nature.
                InputOrigin::Environment | InputOrigin::Answer | InputOrigin::Caller => {}
            }
        }
        if in_files > SHOWN_UNDECLARED {
            let detail = format!(
                "Variable files give values to {} more names that the root module does not declare.",
                in_files - SHOWN_UNDECLARED
            );
            diags.push(Diagnostic::warning("Values for undeclared variables", detail));
        }
    }
}

fn no_value(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The variable {:?} has no default, so it needs a value. Give one with -var or -var-file, in a terraform.tfvars file, or in the environment as TF_VAR_{}.",
        variable.name, variable.name
    );
    Diagnostic::error("No value for required variable", detail).at(variable.span)
}

impl RawInput {
    fn place(&self) -> Option<Span> {
        match (&self.origin, &self.value) {
            (_, RawValue::Expr(e)) => Some(e.span()),
            (InputOrigin::File(span), _) => Some(*span),
            _ => None,
        }
    }

    /// The value as given, if it fits a variable; else what is wrong goes to `diags`.
    pub fn accepted(&self, variable: &Variable, diags: &mut Diagnostics) -> Option<Value> {
        let value = self.read(variable, diags)?;
        let accepted = variable.accept(&value, self.place(), &variable.describe());
        // Terragrunt hands inputs over as text, so people write lists and maps as text in them.
        if let (Err(_), RawValue::Value(v)) = (&accepted, &self.value)
            && let Some(text) = v.as_str()
        {
            let spelled = RawInput { origin: self.origin, value: RawValue::Text(text.into()) };
            let mut found = Diagnostics::new();
            let again = spelled.read(variable, &mut found);
            if let Some(Ok(v)) = again.map(|v| variable.accept(&v, None, &variable.describe())) {
                return Some(v.mark(value.marks()));
            }
        }
        diags.keep(accepted).map(|_| value)
    }

    fn read(&self, variable: &Variable, diags: &mut Diagnostics) -> Option<Value> {
        match &self.value {
            RawValue::Value(v) => Some(v.clone()),
            RawValue::Expr(e) => statics::constant(e).reported(diags),
            RawValue::Text(text) if !variable.has_type || variable.ty.is_primitive() => {
                Some(Value::string(text.clone()))
            }
            RawValue::Text(text) => self.spelled(&variable.name, text, diags),
        }
    }

    /// Text that is an expression.
    fn spelled(&self, name: &str, text: &Arc<str>, diags: &mut Diagnostics) -> Option<Value> {
        let shown = match self.origin {
            InputOrigin::Environment => format!("<value for var.{name} from TF_VAR_{name}>"),
            InputOrigin::Answer => format!("<value for var.{name} as typed in>"),
            InputOrigin::Caller => format!("<value for var.{name} from inputs>"),
            _ => format!("<value for var.{name} from -var>"),
        };
        let (expr, found) = parse_expression(FileId::add(shown, text.clone()));
        let failed = found.has_errors();
        diags.extend(found);
        if failed { None } else { statics::constant(&expr).reported(diags) }
    }
}

impl Variable {
    fn describe(&self) -> String {
        format!("var.{} (declared at {})", self.name, self.span.place())
    }

    /// A given value as this variable's: optional attributes filled in, converted to its type, null replaced by the
    /// default where the variable is not nullable. `place` is where the value is written, `what` what messages call
    /// the variable. No secret is in the message of a failure: it names types only.
    pub fn accept(&self, value: &Value, place: Option<Span>, what: &str) -> Result<Value, Diagnostic> {
        let invalid = |detail: String| {
            Err(Diagnostic::error("Invalid value for input variable", detail).at_default(place.or(Some(self.span))))
        };
        if value.is_null() && !self.nullable {
            return match &self.default {
                Some(default) => Ok(default.clone()),
                None => invalid(format!(
                    "The value for {what} is null, but the variable is not nullable and has no default. Give it a value."
                )),
            };
        }
        let value = self.defaults.as_ref().map_or_else(|| value.clone(), |d| d.apply(value));
        match convert(&value, &self.ty) {
            Ok(v) => Ok(v),
            Err(e) => invalid(format!(
                "The value for {what} does not fit its type {}: {e}. Change the value or the type.",
                self.ty.without_optional()
            )),
        }
    }

    /// The type that its values have, optional attributes being ordinary ones.
    pub fn value_type(&self) -> Type {
        self.ty.without_optional()
    }
}
