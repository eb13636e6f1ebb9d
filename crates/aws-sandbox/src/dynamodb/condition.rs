//! The condition and projection expressions that lock tables use: `attribute_exists(a)`, `attribute_not_exists(a)`,
//! `a = :v` and `a <> :v`, joined by AND or by OR. Everything else is refused.

use serde_json::{Map, Value};

use crate::error::AwsError;
use crate::input::Input;

/// Names and values that an expression refers to.
pub(crate) struct Expression<'a> {
    names: Option<&'a Map<String, Value>>,
    values: Option<&'a Map<String, Value>>,
}

impl<'a> Expression<'a> {
    /// Reads `ExpressionAttributeNames` and `ExpressionAttributeValues` of a request.
    pub(crate) fn read(input: &Input<'a>) -> Self {
        Self {
            names: input.raw("ExpressionAttributeNames").and_then(Value::as_object),
            values: input.raw("ExpressionAttributeValues").and_then(Value::as_object),
        }
    }

    fn name(&self, given: &str) -> Result<String, AwsError> {
        if !given.starts_with('#') {
            if given.is_empty() || !given.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(AwsError::not_implemented(format!("the expression part {given}")));
            }
            return Ok(given.to_owned());
        }
        self.names.and_then(|n| n.get(given)?.as_str()).map(str::to_owned).ok_or_else(|| {
            let message = format!("Invalid expression: An expression attribute name used in the document path is not defined; attribute name: {given}");
            AwsError::new("ValidationException", message)
        })
    }

    /// Whether an item (or its absence) meets the condition.
    pub(crate) fn holds(&self, condition: &str, item: Option<&Value>) -> Result<bool, AwsError> {
        let (parts, all): (Vec<&str>, bool) = if condition.contains(" OR ") {
            (condition.split(" OR ").collect(), false)
        } else {
            (condition.split(" AND ").collect(), true)
        };
        let mut met = all;
        for part in parts {
            let one = self.term(part.trim(), item)?;
            met = if all { met && one } else { met || one };
        }
        Ok(met)
    }

    fn term(&self, term: &str, item: Option<&Value>) -> Result<bool, AwsError> {
        let attribute = |given: &str| Ok::<_, AwsError>(item.and_then(|i| i.get(self.name(given).ok()?)));
        for (function, wanted) in [("attribute_not_exists", false), ("attribute_exists", true)] {
            let inside =
                term.strip_prefix(function).and_then(|r| r.trim().strip_prefix('(')?.strip_suffix(')')).map(str::trim);
            if let Some(given) = inside {
                self.name(given)?;
                return Ok(attribute(given)?.is_some() == wanted);
            }
        }
        let (left, right, equal) = match (term.split_once("<>"), term.split_once('=')) {
            (Some((l, r)), _) => (l.trim(), r.trim(), false),
            (None, Some((l, r))) if !l.ends_with(['<', '>']) => (l.trim(), r.trim(), true),
            _ => return Err(AwsError::not_implemented(format!("the condition {term}"))),
        };
        self.name(left)?;
        let value = self.values.and_then(|v| v.get(right)).ok_or_else(|| {
            let message = format!("Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: {right}");
            AwsError::new("ValidationException", message)
        })?;
        Ok((attribute(left)? == Some(value)) == equal)
    }

    /// The attributes of an item that a projection names.
    pub(crate) fn project(&self, projection: &str, item: &Value) -> Result<Value, AwsError> {
        let mut out = Map::new();
        for given in projection.split(',').map(str::trim) {
            let name = self.name(given)?;
            if let Some(v) = item.get(&name) {
                out.insert(name, v.clone());
            }
        }
        Ok(Value::Object(out))
    }
}
