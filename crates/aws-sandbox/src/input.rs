//! The input document of one operation, which remembers what was read of it.
//!
//! Whatever a caller sends and the operation never looks at is refused afterwards, so that no parameter
//! can be ignored by accident.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::Value;

use crate::error::AwsError;

/// Which members of an input were looked at, by the address of their value.
#[derive(Default)]
pub(crate) struct Tracker {
    read: RefCell<HashSet<usize>>,
    whole: RefCell<HashSet<usize>>,
    service: String,
}

fn address(v: &Value) -> usize {
    std::ptr::from_ref(v) as usize
}

impl Tracker {
    pub(crate) fn new(service: &str) -> Self {
        Self { service: service.to_owned(), ..Self::default() }
    }

    /// The first member (as a path) that nobody looked at.
    pub(crate) fn unread(&self, root: &Value) -> Option<String> {
        fn walk(t: &Tracker, v: &Value, path: &mut String) -> bool {
            match v {
                Value::Object(map) => {
                    for (name, child) in map {
                        let before = path.len();
                        if !path.is_empty() {
                            path.push('.');
                        }
                        path.push_str(name);
                        if !t.whole.borrow().contains(&address(child)) {
                            if !t.read.borrow().contains(&address(child)) {
                                return true;
                            }
                            if walk(t, child, path) {
                                return true;
                            }
                        }
                        path.truncate(before);
                    }
                    false
                }
                Value::Array(items) => items.iter().any(|i| walk(t, i, path)),
                _ => false,
            }
        }
        let mut path = String::new();
        walk(self, root, &mut path).then_some(path)
    }
}

/// A structure in an input document.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    value: &'a Value,
    tracker: &'a Tracker,
}

impl<'a> Input<'a> {
    pub(crate) fn new(value: &'a Value, tracker: &'a Tracker) -> Self {
        Self { value, tracker }
    }

    fn member(&self, name: &str) -> Option<&'a Value> {
        let v = self.value.get(name)?;
        self.tracker.read.borrow_mut().insert(address(v));
        (!v.is_null()).then_some(v)
    }

    /// Whether the member is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// The member with everything below it, taken as it is.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a Value> {
        let v = self.member(name)?;
        self.tracker.whole.borrow_mut().insert(address(v));
        Some(v)
    }

    fn wrong(&self, name: &str, want: &str) -> AwsError {
        self.invalid(format!("Value of parameter {name} is not {want}."))
    }

    /// The service's own error for a value that is not allowed.
    pub(crate) fn invalid(&self, message: impl Into<String>) -> AwsError {
        let code = match self.tracker.service.as_str() {
            "cloudwatch" | "ec2" | "elasticache" | "rds" | "redshift" => "InvalidParameterValue",
            "autoscaling" | "iam" | "sts" => "ValidationError",
            "eks" => "InvalidParameterException",
            "logs" => "InvalidParameterException",
            "s3" => "InvalidArgument",
            "backup" => "InvalidParameterValueException",
            "efs" => "BadRequest",
            _ => "ValidationException",
        };
        AwsError::new(code, message)
    }

    /// The service's own error for a parameter that is missing.
    pub(crate) fn missing(&self, name: &str) -> AwsError {
        let (code, message) = match self.tracker.service.as_str() {
            "ec2" | "elasticache" | "rds" | "redshift" => {
                ("MissingParameter", format!("The request must contain the parameter {name}"))
            }
            "backup" => ("MissingParameterValueException", format!("The parameter {name} must be given")),
            "s3" => ("InvalidRequest", format!("Missing required parameter {name}")),
            "logs" => (
                "InvalidParameterException",
                format!(
                    "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
                ),
            ),
            "eks" => ("InvalidParameterException", format!("The parameter {name} must be given")),
            "autoscaling" | "iam" | "sts" => (
                "ValidationError",
                format!(
                    "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
                ),
            ),
            _ => (
                "ValidationException",
                format!(
                    "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
                ),
            ),
        };
        AwsError::new(code, message)
    }

    pub(crate) fn opt_str(&self, name: &str) -> Result<Option<&'a str>, AwsError> {
        self.member(name).map(|v| v.as_str().ok_or_else(|| self.wrong(name, "a string"))).transpose()
    }

    pub(crate) fn str(&self, name: &str) -> Result<&'a str, AwsError> {
        self.opt_str(name)?.ok_or_else(|| self.missing(name))
    }

    /// A string that is absent when empty, as EC2's query protocol treats it.
    pub(crate) fn filled(&self, name: &str) -> Result<Option<&'a str>, AwsError> {
        Ok(self.opt_str(name)?.filter(|s| !s.is_empty()))
    }

    pub(crate) fn opt_bool(&self, name: &str) -> Result<Option<bool>, AwsError> {
        self.member(name).map(|v| v.as_bool().ok_or_else(|| self.wrong(name, "true or false"))).transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, AwsError> {
        Ok(self.opt_bool(name)?.unwrap_or(false))
    }

    pub(crate) fn opt_int(&self, name: &str) -> Result<Option<i64>, AwsError> {
        self.member(name).map(|v| v.as_i64().ok_or_else(|| self.wrong(name, "an integer"))).transpose()
    }

    pub(crate) fn int(&self, name: &str) -> Result<i64, AwsError> {
        self.opt_int(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn opt_structure(&self, name: &str) -> Option<Input<'a>> {
        self.member(name).map(|value| Input { value, tracker: self.tracker })
    }

    pub(crate) fn structure(&self, name: &str) -> Result<Input<'a>, AwsError> {
        self.opt_structure(name).ok_or_else(|| self.missing(name))
    }

    /// The structures of a list member; empty when absent.
    pub(crate) fn structures(&self, name: &str) -> Result<Vec<Input<'a>>, AwsError> {
        match self.member(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items.iter().map(|value| Input { value, tracker: self.tracker }).collect()),
            Some(_) => Err(self.wrong(name, "a list")),
        }
    }

    /// The strings of a list member; empty when absent.
    pub(crate) fn strings(&self, name: &str) -> Result<Vec<&'a str>, AwsError> {
        match self.member(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|v| v.as_str().ok_or_else(|| self.wrong(name, "a list of strings"))).collect()
            }
            Some(_) => Err(self.wrong(name, "a list")),
        }
    }

    /// A nested `{Value: bool}`, as EC2's Modify…Attribute operations take it.
    pub(crate) fn attribute_bool(&self, name: &str) -> Result<Option<bool>, AwsError> {
        match self.opt_structure(name) {
            None => Ok(None),
            Some(s) => s.opt_bool("Value"),
        }
    }

    /// Refuses the request when a member is there that the operation knows by name but does not simulate.
    pub(crate) fn refuse(&self, names: &[&str]) -> Result<(), AwsError> {
        match names.iter().find(|n| self.has(n)) {
            Some(n) => Err(AwsError::not_implemented(format!("the parameter {n}"))),
            None => Ok(()),
        }
    }

    /// Reads members that make no difference to the answer.
    pub(crate) fn accept(&self, names: &[&str]) {
        for n in names {
            let _ = self.raw(n);
        }
    }
}
