//! Randomness: the machine's own, or a sequence that a seed decides.

use craton_model::{Diagnostic, Diagnostics};
use sha2::{Digest as _, Sha256};

/// Fills a buffer from the machine's own source.
///
/// # Errors
/// The machine has none.
pub fn fill(buffer: &mut [u8]) -> Result<(), Diagnostics> {
    getrandom::fill(buffer).map_err(|e| {
        Diagnostic::error(
            "No randomness",
            format!("The machine's source of random numbers cannot be read: {e}. Nothing was created; try again."),
        )
        .into()
    })
}

/// This many bytes.
///
/// # Errors
/// The machine has no source of them.
pub fn bytes(count: usize) -> Result<Vec<u8>, Diagnostics> {
    let mut buffer = vec![0; count];
    fill(&mut buffer)?;
    Ok(buffer)
}

/// A number.
///
/// # Errors
/// The machine has no source of them.
pub fn number() -> Result<u64, Diagnostics> {
    let mut buffer = [0; 8];
    fill(&mut buffer)?;
    Ok(u64::from_be_bytes(buffer))
}

/// Where numbers come from.
pub enum Dice {
    /// The machine.
    Machine,
    /// A seed: the same one gives the same numbers.
    Seed {
        /// The hash of the seed.
        key: [u8; 32],
        /// How many numbers were drawn.
        drawn: u64,
    },
}

impl Dice {
    /// The machine's, or a seed's where one is given.
    pub fn new(seed: Option<&str>) -> Self {
        match seed.filter(|s| !s.is_empty()) {
            Some(seed) => Dice::Seed { key: Sha256::digest(seed.as_bytes()).into(), drawn: 0 },
            None => Dice::Machine,
        }
    }

    fn next(&mut self) -> Result<u64, Diagnostics> {
        match self {
            Dice::Machine => number(),
            Dice::Seed { key, drawn } => {
                *drawn += 1;
                let hash = Sha256::new().chain_update(*key).chain_update(drawn.to_be_bytes()).finalize();
                Ok(hash.iter().take(8).fold(0, |n, b| n << 8 | u64::from(*b)))
            }
        }
    }

    /// A number below `end`, each as likely as the others; 0 where there is none.
    ///
    /// # Errors
    /// The machine has no source of them.
    pub fn below(&mut self, end: u64) -> Result<u64, Diagnostics> {
        if end < 2 {
            return Ok(0);
        }
        // What lies beyond the last whole multiple would favour small numbers.
        let limit = u64::MAX - u64::MAX % end;
        loop {
            let n = self.next()?;
            if n < limit {
                return Ok(n % end);
            }
        }
    }

    /// One of these; `None` where there are none.
    ///
    /// # Errors
    /// The machine has no source of randomness.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> Result<Option<&'a T>, Diagnostics> {
        let i = self.below(items.len() as u64)?;
        Ok(items.get(usize::try_from(i).unwrap_or(0)))
    }

    /// Puts them in any order.
    ///
    /// # Errors
    /// The machine has no source of randomness.
    pub fn shuffle<T>(&mut self, items: &mut [T]) -> Result<(), Diagnostics> {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1)?;
            items.swap(last, usize::try_from(other).unwrap_or(last));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_and_every_number_turns_up() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..200).map(|_| dice.below(7).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(draw(Some("a")), draw(Some("a")));
        assert_ne!(draw(Some("a")), draw(Some("b")));
        assert_ne!(draw(None), draw(None));
        assert!((0..7).all(|n| draw(Some("a")).contains(&n)));
        assert!(draw(None).iter().all(|n| *n < 7));
    }

    #[test]
    fn shuffling_keeps_everything() {
        let mut items: Vec<u32> = (0..50).collect();
        Dice::new(Some("s")).shuffle(&mut items).unwrap();
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
