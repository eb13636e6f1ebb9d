//! `random_pet`.

use async_trait::async_trait;
use craton_model::Diagnostics;

use super::entropy::Dice;
use super::{KEEPERS, words};
use crate::cx::Cx;
use crate::decl::{Attr, Fixed, Kind, Outcome, Resource};
use crate::obj::Obj;

pub struct Pet;

#[async_trait]
impl Resource for Pet {
    fn name(&self) -> &'static str {
        "random_pet"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("id", Kind::Text).kept(),
            KEEPERS,
            Attr::defaulted("length", Kind::Whole, Fixed::Whole(2)).replaces(),
            Attr::optional("prefix", Kind::Text).replaces(),
            Attr::defaulted("separator", Kind::Text, Fixed::Text("-")).replaces(),
        ];
        ATTRS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let separator = object.text("separator").unwrap_or_default();
        let mut name = pet(object.whole("length").unwrap_or(2))?.join(separator);
        match object.text("prefix") {
            None | Some("") => object.set_text("prefix", None),
            Some(prefix) => name = format!("{prefix}{separator}{name}"),
        }
        object.set("id", name);
        Ok(())
    }
}

/// So many words: an animal, before it an adjective, before that adverbs.
fn pet(length: i64) -> Result<Vec<&'static str>, Diagnostics> {
    let mut dice = Dice::Machine;
    let mut name = Vec::new();
    for left in (1..=length.max(1)).rev() {
        let list = match left {
            1 => words::ANIMALS,
            2 => words::ADJECTIVES,
            _ => words::ADVERBS,
        };
        name.extend(dice.one_of(list)?.copied());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_words_asked_for() {
        let name = pet(4).unwrap();
        assert!(words::ADVERBS.contains(&name[0]) && words::ADVERBS.contains(&name[1]));
        assert!(words::ADJECTIVES.contains(&name[2]) && words::ANIMALS.contains(&name[3]));
        assert_eq!(pet(1).unwrap().len(), 1);
        for list in [words::ADVERBS, words::ADJECTIVES, words::ANIMALS] {
            let mut known: Vec<_> = list.to_vec();
            known.sort_unstable();
            known.dedup();
            assert_eq!(known.len(), list.len());
            assert!(list.iter().all(|w| w.bytes().all(|b| b.is_ascii_lowercase())));
        }
    }
}
