//! Names that the console completes.

use craton_config::ModuleTree;
use craton_engine::Look;
use craton_hcl::functions::function_names;
use craton_model::addr::ResourceMode;
use craton_model::{FileId, Type};

/// Every name that an expression in the root module can begin with, as people write it; functions with the bracket that
/// follows.
pub fn of(tree: &ModuleTree) -> Vec<String> {
    let mut all: Vec<String> =
        ["path.cwd", "path.module", "path.root", "terraform.workspace", "help ", "exit"].map(Into::into).to_vec();
    all.extend(function_names().map(|f| format!("{f}(")));
    all.push("type(".into());
    if let Some(root) = tree.root() {
        let m = &root.module;
        all.extend(m.variables.keys().map(|n| format!("var.{n}")));
        all.extend(m.locals.keys().map(|n| format!("local.{n}")));
        all.extend(m.module_calls.keys().map(|n| format!("module.{n}")));
        all.extend(m.resources.keys().map(|r| match r.mode {
            ResourceMode::Managed => format!("{}.{}", r.r#type, r.name),
            ResourceMode::Data => format!("data.{}.{}", r.r#type, r.name),
            ResourceMode::Ephemeral => format!("ephemeral.{}.{}", r.r#type, r.name),
        }));
    }
    all.sort();
    all
}

/// The word before a place in a line, which is what can be completed, and where it begins.
pub fn word(line: &str, at: usize) -> (usize, &str) {
    let before = &line[..at];
    let part = |c: char| c.is_alphanumeric() || "_-.:[]\"".contains(c);
    let start = before.char_indices().rev().take_while(|(_, c)| part(*c)).last().map_or(at, |(i, _)| i);
    // A bracket or quote that opens here belongs to what is around the word.
    let skip = before[start..].find(|c: char| c.is_alphabetic() || c == '_').unwrap_or(before.len() - start);
    (start + skip, &before[start + skip..])
}

/// What one can ask for help about, as far as it begins with `word`.
pub fn topics(word: &str) -> Vec<String> {
    let mut all: Vec<String> = function_names().map(String::from).chain(["functions".into()]).collect();
    all.retain(|name| name.starts_with(word));
    all.sort();
    all
}

/// What a word may become: whole names up to the next dot, then attributes of the value that stands before the last dot.
pub fn completions(names: &[String], look: &Look, word: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let dots = word.matches('.').count();
    for name in names.iter().filter(|n| n.starts_with(word)) {
        // One part at a time: a hundred resources of one type are one offer.
        let end = name.match_indices('.').nth(dots).map_or(name.len(), |(i, _)| i);
        let offer = if end < name.len() { format!("{}.", &name[..end]) } else { name.clone() };
        if found.last() != Some(&offer) {
            found.push(offer);
        }
    }
    if found.is_empty()
        && let Some((object, part)) = word.rsplit_once('.')
    {
        found.extend(
            attributes(look, object).into_iter().filter(|a| a.starts_with(part)).map(|a| format!("{object}.{a}")),
        );
    }
    found.dedup();
    found
}

/// The names of an object's attributes, by its value, or by its type while that is not known.
fn attributes(look: &Look, object: &str) -> Vec<String> {
    let (expr, found) = craton_hcl::parse_expression(FileId::add("<completion>", object));
    if found.has_errors() {
        return Vec::new();
    }
    let (value, found) = look.eval(&expr);
    if found.has_errors() {
        return Vec::new();
    }
    match value.ty() {
        Type::Object(o) => o.attributes.keys().map(ToString::to_string).collect(),
        Type::Map(_) => value.as_map().into_iter().flat_map(|m| m.keys()).map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_about_names_without_brackets() {
        assert_eq!(topics("cidrsubnet"), ["cidrsubnet", "cidrsubnets"]);
        assert_eq!(topics("func"), ["functions"]);
        assert!(topics("nothing").is_empty());
    }

    #[test]
    fn the_word_that_is_typed() {
        let at_end = |line: &'static str| word(line, line.len());
        assert_eq!(at_end("max(var.a"), (4, "var.a"));
        assert_eq!(at_end("[for x in [local."), (11, "local."));
        assert_eq!(at_end("aws_vpc.a[0].c"), (0, "aws_vpc.a[0].c"));
        assert_eq!(at_end("a.b[\"k\"].x"), (0, "a.b[\"k\"].x"));
        assert_eq!(at_end("\"${var.n"), (3, "var.n"));
        assert_eq!(at_end("1 + "), (4, ""));
    }
}
