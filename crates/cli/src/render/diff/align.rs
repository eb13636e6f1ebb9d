//! What became of the elements of a collection.

use std::collections::HashSet;

use craton_model::Value;
use craton_model::value::Data;

/// One element: its position and value before, after, or both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part<'v> {
    /// Stays.
    Same(&'v Value),
    /// Goes.
    Remove(usize, &'v Value),
    /// Comes.
    Add(usize, &'v Value),
    /// Is another now: position and value before, then after.
    Edit(usize, &'v Value, usize, &'v Value),
}

/// A set's elements: those that stay, then those that go or come. Objects that have most in common are shown as one that
/// changes, so that the difference can be seen, though a set knows no places.
pub fn members<'v>(before: &'v [Value], after: &'v [Value]) -> Vec<Part<'v>> {
    let was: HashSet<&Value> = before.iter().collect();
    let is: HashSet<&Value> = after.iter().collect();
    let mut out: Vec<Part<'_>> = before.iter().filter(|v| is.contains(v)).map(Part::Same).collect();
    let mut gone = before.iter().enumerate().filter(|(_, v)| !is.contains(v)).collect();
    let mut come = after.iter().enumerate().filter(|(_, v)| !was.contains(v)).collect();
    pair(&mut gone, &mut come, 50, &mut out);
    out
}

/// A list's elements. Where objects went and others came, those that are the same thing edited are told apart from those
/// that are not.
pub fn elements<'v>(before: &'v [Value], after: &'v [Value]) -> Vec<Part<'v>> {
    let mut out = Vec::new();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    // Of two that are alone at their place, one became the other, however much of it is new.
    let least = |gone: &Found<'_>, come: &Found<'_>| if gone.len() == 1 && come.len() == 1 { 0 } else { 30 };
    for part in sequence(before, after) {
        match part {
            Part::Remove(i, v) => gone.push((i, v)),
            Part::Add(i, v) => come.push((i, v)),
            part => {
                let least = least(&gone, &come);
                pair(&mut gone, &mut come, least, &mut out);
                out.push(part);
            }
        }
    }
    let least = least(&gone, &come);
    pair(&mut gone, &mut come, least, &mut out);
    out
}

type Found<'v> = Vec<(usize, &'v Value)>;

/// Pairs what went with what came at the same place, in order, where they have at least `least` percent in common.
fn pair<'v>(gone: &mut Found<'v>, come: &mut Found<'v>, least: usize, out: &mut Vec<Part<'v>>) {
    // Beyond this, looking for the best partner of each costs more than it is worth.
    let few = gone.len() * come.len() <= 10_000;
    let mut next = 0;
    for (k, (i, was)) in gone.iter().enumerate() {
        let candidates = if few { next..come.len() } else { k.max(next)..(k + 1).min(come.len()).max(k.max(next)) };
        let best = candidates
            .filter_map(|j| Some((likeness(was, come[j].1)?, j)))
            .filter(|(likeness, _)| *likeness >= least)
            .max_by_key(|(likeness, j)| (*likeness, std::cmp::Reverse(*j)));
        let Some((_, j)) = best else {
            out.push(Part::Remove(*i, was));
            continue;
        };
        out.extend(come[next..j].iter().map(|(i, v)| Part::Add(*i, v)));
        out.push(Part::Edit(*i, was, come[j].0, come[j].1));
        next = j + 1;
    }
    out.extend(come[next..].iter().map(|(i, v)| Part::Add(*i, v)));
    gone.clear();
    come.clear();
}

/// Names by which people tell objects in a list apart.
const IDENTITY: [&str; 5] = ["Sid", "id", "name", "Name", "key"];

/// How far two objects are the same thing, in percent of what they hold; `None`: they are not.
fn likeness(was: &Value, is: &Value) -> Option<usize> {
    let (Data::Map(b), Data::Map(a)) = (was.data(), is.data()) else { return None };
    for name in IDENTITY {
        let one = |v: Option<&Value>| v.and_then(Value::as_str).map(ToOwned::to_owned);
        if let (Some(b), Some(a)) = (one(b.get(name)), one(a.get(name))) {
            return (a == b).then_some(100);
        }
    }
    let told = |v: &Value| !v.is_null() && !v.is_empty() && v.as_str() != Some("");
    let same = b.iter().filter(|(k, v)| told(v) && a.get(k) == Some(v)).count();
    let all = b.iter().filter(|(_, v)| told(v)).count().max(a.iter().filter(|(_, v)| told(v)).count()).max(1);
    Some(same * 100 / all)
}

/// The shortest edit of one sequence into another. Long sequences that differ everywhere are shown
/// as removed and added whole, so that the cost stays in proportion.
pub fn sequence<'v>(before: &'v [Value], after: &'v [Value]) -> Vec<Part<'v>> {
    let head = before.iter().zip(after).take_while(|(b, a)| b == a).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(b, a)| b == a).count();
    let (b, a) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let mut out: Vec<Part<'_>> = before[..head].iter().map(Part::Same).collect();
    if b.len() * a.len() > 1_000_000 {
        out.extend(b.iter().enumerate().map(|(i, v)| Part::Remove(head + i, v)));
        out.extend(a.iter().enumerate().map(|(i, v)| Part::Add(head + i, v)));
    } else {
        // longest[i][j]: the longest common part of b[i..] and a[j..].
        let mut longest = vec![vec![0u32; a.len() + 1]; b.len() + 1];
        for i in (0..b.len()).rev() {
            for j in (0..a.len()).rev() {
                longest[i][j] =
                    if b[i] == a[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < b.len() || j < a.len() {
            if i < b.len() && j < a.len() && b[i] == a[j] {
                out.push(Part::Same(&a[j]));
                (i, j) = (i + 1, j + 1);
            } else if i < b.len() && (j == a.len() || longest[i + 1][j] >= longest[i][j + 1]) {
                out.push(Part::Remove(head + i, &b[i]));
                i += 1;
            } else {
                out.push(Part::Add(head + j, &a[j]));
                j += 1;
            }
        }
    }
    out.extend(after[after.len() - tail..].iter().map(Part::Same));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::Type;

    fn list(items: &[&str]) -> Vec<Value> {
        items.iter().map(|s| Value::from(*s)).collect()
    }

    fn rule(name: &str, port: i64) -> Value {
        Value::object([("name", Value::from(name)), ("port", Value::from(port)), ("note", Value::null(Type::String))])
    }

    #[test]
    fn one_that_goes_from_the_front_is_no_change_of_all() {
        let (before, after) = (list(&["a", "b", "c"]), list(&["b", "c"]));
        let parts = elements(&before, &after);
        assert_eq!(parts, [Part::Remove(0, &before[0]), Part::Same(&after[0]), Part::Same(&after[1])]);
    }

    #[test]
    fn objects_are_paired_by_what_names_them() {
        let (before, after) = (vec![rule("a", 1), rule("b", 2)], vec![rule("x", 0), rule("b", 3)]);
        let parts = elements(&before, &after);
        let expected = [Part::Remove(0, &before[0]), Part::Add(0, &after[0]), Part::Edit(1, &before[1], 1, &after[1])];
        assert_eq!(parts, expected);
    }

    #[test]
    fn many_that_differ_do_not_cost_their_square() {
        let many = |from: i64| (from..from + 3000).map(Value::from).collect::<Vec<_>>();
        assert_eq!(elements(&many(0), &many(10_000)).len(), 6000);
    }
}
