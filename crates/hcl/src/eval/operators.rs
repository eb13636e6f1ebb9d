//! Operators and conditionals.

use super::{Frames, Run};
use crate::ast::{BinaryOp, Expr, UnaryOp};
use craton_model::{Data, Marks, Number, Refinement, Type, Value, convert, equal, unify};
use std::cmp::Ordering;

fn known_later(ty: Type) -> Value {
    Value::refined(ty, Refinement { not_null: true, ..Refinement::default() })
}

impl Run<'_> {
    pub(super) fn binary(&mut self, expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr, frames: Frames<'_>) -> Value {
        use BinaryOp::*;
        let mark = self.mark();
        let (want, result) = match op {
            Or | And => (Type::Bool, Type::Bool),
            Equal | NotEqual => (Type::Dynamic, Type::Bool),
            Greater | GreaterEqual | Less | LessEqual => (Type::Number, Type::Bool),
            Add | Subtract | Multiply | Divide | Modulo => (Type::Number, Type::Number),
        };
        let a = self.eval(left, frames);
        let b = self.eval(right, frames);
        let a = self.operand(expr, left, &a, &want, "left operand", frames);
        let b = self.operand(expr, right, &b, &want, "right operand", frames);
        let (Some(a), Some(b)) = (a, b) else { return Value::unknown(result) };
        if self.errors_since(mark) {
            return Value::unknown(result);
        }
        if matches!(op, Equal | NotEqual) {
            for (operand, value) in [(left, &a), (right, &b)] {
                self.diags.extend(super::too_large(value, operand.span()));
            }
            if self.errors_since(mark) {
                return Value::unknown(result);
            }
            let answer = equal(&a, &b);
            return match (op, answer.as_bool()) {
                (NotEqual, Some(same)) => Value::bool(!same).mark(answer.marks()),
                _ => answer,
            };
        }
        for (operand, value) in [(left, &a), (right, &b)] {
            if value.is_null() {
                let detail =
                    format!("One operand of {} is null, and this operation needs a {}.", op.symbol(), want.friendly());
                self.error(operand, expr, frames, "Operation failed", detail);
                return Value::unknown(result);
            }
        }
        let marks = a.marks().union(b.marks());
        let value = match (a.data(), b.data()) {
            (Data::Bool(a), Data::Bool(b)) => Value::bool(if op == And { *a && *b } else { *a || *b }),
            (Data::Number(x), Data::Number(y)) if result == Type::Bool => Value::bool(compare(op, x.cmp(y))),
            (Data::Number(x), Data::Number(y)) => {
                let answer = match op {
                    Add => x.add(y),
                    Subtract => x.sub(y),
                    Multiply => x.mul(y),
                    Divide => x.div(y),
                    // As Terraform has it.
                    Modulo if y.is_zero() => Ok(x.clone()),
                    _ => x.rem(y),
                };
                match answer {
                    Ok(n) => Value::number(n),
                    Err(_) => {
                        let detail = format!("The result of {x} {} {y} is not defined.", op.symbol());
                        let detail = if marks.is_empty() {
                            detail
                        } else {
                            format!("The result of {} is not defined here.", op.symbol())
                        };
                        self.error(expr, expr, frames, "Operation failed", detail);
                        return Value::unknown(result);
                    }
                }
            }
            _ if result == Type::Bool && want == Type::Number => match compare_ranges(op, &a, &b) {
                Some(answer) => Value::bool(answer),
                None => known_later(Type::Bool),
            },
            _ => known_later(result),
        };
        value.mark(marks)
    }

    fn operand(
        &mut self,
        expr: &Expr,
        operand: &Expr,
        value: &Value,
        want: &Type,
        which: &str,
        frames: Frames<'_>,
    ) -> Option<Value> {
        match convert(value, want) {
            Ok(value) => Some(value),
            Err(e) => {
                self.error(
                    operand,
                    expr,
                    frames,
                    "Invalid operand",
                    format!("The {which} does not fit this operation: {e}."),
                );
                None
            }
        }
    }

    pub(super) fn unary(&mut self, expr: &Expr, op: UnaryOp, operand: &Expr, frames: Frames<'_>) -> Value {
        let want = if op == UnaryOp::Not { Type::Bool } else { Type::Number };
        let mark = self.mark();
        let value = self.eval(operand, frames);
        let Some(value) = self.operand(expr, operand, &value, &want, "unary operand", frames) else {
            return Value::unknown(want);
        };
        if self.errors_since(mark) {
            return Value::unknown(want);
        }
        let result = match value.data() {
            Data::Null => {
                let detail = format!("The operand is null, and this operation needs a {}.", want.friendly());
                self.error(operand, expr, frames, "Operation failed", detail);
                return Value::unknown(want);
            }
            Data::Bool(b) => Value::bool(!b),
            Data::Number(n) => Value::number(n.neg()),
            _ => known_later(want),
        };
        result.mark(value.marks())
    }

    pub(super) fn conditional(
        &mut self,
        expr: &Expr,
        condition: &Expr,
        yes: &Expr,
        no: &Expr,
        frames: Frames<'_>,
    ) -> Value {
        // Both sides are evaluated for their types, but only the errors of the chosen one count.
        let before = self.mark();
        let yes_value = self.eval(yes, frames);
        let yes_problems = self.diags.0.split_off(before);
        let no_value = self.eval(no, frames);
        let no_problems = self.diags.0.split_off(before);

        for (side, value) in [(yes, &yes_value), (no, &no_value)] {
            self.diags.extend(super::too_large(value, side.span()));
        }
        if self.errors_since(before) {
            return Value::dynamic();
        }
        let untyped_null = |v: &Value| v.is_null() && *v.ty() == Type::Dynamic && v.marks().is_empty();
        let ty = if untyped_null(&yes_value) {
            Some(no_value.ty().clone())
        } else if untyped_null(&no_value) {
            Some(yes_value.ty().clone())
        } else if *yes_value.ty() == Type::Dynamic || *no_value.ty() == Type::Dynamic {
            Some(Type::Dynamic)
        } else if yes_value.ty() == no_value.ty() {
            Some(yes_value.ty().clone())
        } else {
            unify(&[yes_value.ty().clone(), no_value.ty().clone()])
        };
        let Some(ty) = ty else {
            let why = mismatch(yes_value.ty(), no_value.ty());
            let detail = format!("Both results of a conditional must be of one type, or convert to one. {why}");
            return self.error(expr, expr, frames, "Inconsistent conditional result types", detail);
        };

        let mark = self.mark();
        let chosen = self.eval(condition, frames);
        if self.errors_since(mark) {
            return Value::unknown(ty);
        }
        if chosen.is_null() {
            self.error(
                condition,
                expr,
                frames,
                "Null condition",
                "The condition is null, so neither result can be chosen.",
            );
            return Value::unknown(ty);
        }
        if !chosen.is_known() {
            return either(ty, &chosen, &yes_value, &no_value);
        }
        let chosen = match convert(&chosen, &Type::Bool) {
            Ok(chosen) => chosen,
            Err(e) => {
                let detail = format!("The condition of a conditional must be true or false: {e}.");
                self.error(condition, expr, frames, "Incorrect condition type", detail);
                return Value::unknown(ty);
            }
        };
        let Some(is_yes) = chosen.as_bool() else { return either(ty, &chosen, &yes_value, &no_value) };
        let marks = chosen.marks().union(yes_value.marks()).union(no_value.marks());
        let (value, side, problems) = if is_yes { (yes_value, yes, yes_problems) } else { (no_value, no, no_problems) };
        self.diags.0.extend(problems);
        match convert(&value, &ty) {
            // Which side was not chosen may be a secret as well: its marks carry over, too.
            Ok(value) => value.mark(marks),
            Err(e) => {
                let which = if is_yes { "true" } else { "false" };
                let detail = format!("The {which} result has the wrong type: {e}.");
                self.error(side, expr, frames, "Inconsistent conditional result types", detail);
                Value::unknown(ty).mark(marks)
            }
        }
    }
}

fn compare(op: BinaryOp, order: Ordering) -> bool {
    match op {
        BinaryOp::Greater => order.is_gt(),
        BinaryOp::GreaterEqual => order.is_ge(),
        BinaryOp::Less => order.is_lt(),
        _ => order.is_le(),
    }
}

type Bound = Option<(Number, bool)>;

fn bounds(v: &Value) -> (Bound, Bound) {
    match (v.as_number(), v.refinement()) {
        (Some(n), _) => (Some((n.clone(), true)), Some((n.clone(), true))),
        (None, Some(r)) => (r.min.clone(), r.max.clone()),
        _ => (None, None),
    }
}

/// A comparison that the ranges of two numbers decide although one is not known yet. Terraform takes all bounds as
/// exclusive, so that one that is touched decides nothing.
fn compare_ranges(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    let ((a_min, a_max), (b_min, b_max)) = (bounds(a), bounds(b));
    let below = |x: &Bound, y: &Bound| matches!((x, y), (Some((x, _)), Some((y, _))) if x < y);
    let (less, greater) = (below(&a_max, &b_min), below(&b_max, &a_min));
    match op {
        BinaryOp::Less | BinaryOp::LessEqual if less => Some(true),
        BinaryOp::Greater | BinaryOp::GreaterEqual if greater => Some(true),
        BinaryOp::Less if greater => Some(false),
        BinaryOp::Greater if less => Some(false),
        // "or equal" must be decided as well.
        BinaryOp::LessEqual if greater => equal(a, b).as_bool(),
        BinaryOp::GreaterEqual if less => equal(a, b).as_bool(),
        _ => None,
    }
}

/// The result of a conditional whose condition is not known yet: what holds for both sides.
fn either(ty: Type, condition: &Value, yes: &Value, no: &Value) -> Value {
    let marks: Marks = condition.marks().union(yes.marks()).union(no.marks());
    if yes.is_null() && no.is_null() {
        return Value::null(ty).mark(marks);
    }
    if ty == Type::Dynamic {
        return Value::dynamic().mark(marks);
    }
    let mut both = Refinement { not_null: yes.is_not_null() && no.is_not_null(), ..Refinement::default() };
    if both.not_null && ty == Type::Number && *yes.ty() == Type::Number && *no.ty() == Type::Number {
        let ((yes_min, yes_max), (no_min, no_max)) = (bounds(yes), bounds(no));
        both.min = outer(yes_min, no_min, Ordering::Less);
        both.max = outer(yes_max, no_max, Ordering::Greater);
    }
    // Of sides that are converted first, Terraform forgets the lengths.
    if both.not_null && ty.is_collection() && yes.ty() == no.ty() {
        let lengths = |v: &Value| match (v.len(), v.refinement()) {
            (Some(n), _) => (Some(n), Some(n)),
            (None, Some(r)) => (r.min_len, r.max_len),
            _ => (None, None),
        };
        let ((yes_min, yes_max), (no_min, no_max)) = (lengths(yes), lengths(no));
        both.min_len = yes_min.zip(no_min).map(|(a, b)| a.min(b));
        both.max_len = yes_max.zip(no_max).map(|(a, b)| a.max(b));
        // Elements of a set that are not known yet may turn out equal.
        if matches!(ty, Type::Set(_)) {
            both.min_len = both.min_len.map(|n| n.min(1));
        }
    }
    Value::decided(ty, both).mark(marks)
}

fn outer(a: Bound, b: Bound, side: Ordering) -> Bound {
    let (a, b) = (a?, b?);
    Some(match a.0.cmp(&b.0) {
        Ordering::Equal => (a.0, a.1 || b.1),
        order if order == side => a,
        _ => b,
    })
}

/// Why two types have none in common.
fn mismatch(yes: &Type, no: &Type) -> String {
    match (yes, no) {
        (Type::Object(a), Type::Object(b)) => {
            for (name, a) in &a.attributes {
                match b.attributes.get(name) {
                    None => {
                        return format!("The first object has an attribute {name:?}, and the second has not.");
                    }
                    Some(b) if unify(&[a.clone(), b.clone()]).is_none() => {
                        return format!("The attributes {name:?} of the two do not fit together: {}", mismatch(a, b));
                    }
                    Some(_) => {}
                }
            }
            match b.attributes.keys().find(|name| !a.attributes.contains_key(*name)) {
                Some(name) => format!("The second object has an attribute {name:?}, and the first has not."),
                None => String::new(),
            }
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() != b.len() => {
            format!("The first list has {} elements of different types, and the second has {}.", a.len(), b.len())
        }
        (Type::Tuple(a), Type::Tuple(b)) => a
            .iter()
            .zip(b.iter())
            .enumerate()
            .find(|(_, (a, b))| unify(&[(*a).clone(), (*b).clone()]).is_none())
            .map_or(String::new(), |(i, (a, b))| {
                format!("The elements {i} of the two do not fit together: {}", mismatch(a, b))
            }),
        _ => format!("The first result is a {}, the second a {}.", yes.friendly(), no.friendly()),
    }
}
