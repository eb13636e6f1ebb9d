//! Text that is drawn from kinds of characters.

use craton_model::Diagnostics;

use super::entropy::Dice;
use crate::decl::fail;
use crate::obj::Obj;

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// Draws what an object's arguments ask for: so many of each kind at least, the rest of any kind that is allowed.
///
/// # Errors
/// No kind is allowed, or the machine has no randomness.
pub fn draw(object: &Obj) -> Result<String, Diagnostics> {
    let special = object.text("override_special").filter(|s| !s.is_empty()).unwrap_or(SPECIAL);
    let kinds = [
        ("upper", "min_upper", UPPER),
        ("lower", "min_lower", LOWER),
        ("numeric", "min_numeric", DIGITS),
        ("special", "min_special", special),
    ];
    let count = |name: &str| usize::try_from(object.whole(name).unwrap_or(0)).unwrap_or(0);
    let allowed: Vec<char> =
        kinds.iter().filter(|k| object.flag(k.0) == Some(true)).flat_map(|k| k.2.chars()).collect();
    if allowed.is_empty() {
        return fail(
            "No characters to draw from",
            "upper, lower, numeric and special are all false; set one of them to true.",
        );
    }
    let mut dice = Dice::Machine;
    let mut drawn: Vec<char> = Vec::new();
    for (_, least, characters) in kinds {
        let characters: Vec<char> = characters.chars().collect();
        for _ in 0..count(least) {
            drawn.extend(dice.one_of(&characters)?);
        }
    }
    while drawn.len() < count("length") {
        drawn.extend(dice.one_of(&allowed)?);
    }
    dice.shuffle(&mut drawn)?;
    Ok(drawn.into_iter().collect())
}
