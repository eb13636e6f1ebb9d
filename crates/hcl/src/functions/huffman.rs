//! Huffman codes of limited length.

/// A code, its bits in the order in which they are written.
#[derive(Clone, Copy, Default)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) len: u8,
}

impl Code {
    /// A code from its value with the first bit highest.
    pub(super) fn new(value: u16, len: u8) -> Self {
        Self { bits: if len == 0 { 0 } else { value.reverse_bits() >> (16 - len) }, len }
    }
}

/// The best codes for symbols that occur this often, none longer than `limit`: package-merge (Larmore and Hirschberg,
/// 1990). Of several best ones it gives the one in which pairs are taken before single symbols of the same weight; of
/// symbols of the same weight those with the higher number get the shorter codes.
pub(super) fn package_merge(counts: &[u32], limit: usize) -> Vec<Code> {
    let mut codes = vec![Code::default(); counts.len()];
    let mut symbols: Vec<usize> = (0..counts.len()).filter(|i| counts[*i] > 0).collect();
    if symbols.len() <= 2 {
        for (value, symbol) in symbols.iter().enumerate() {
            codes[*symbol] = Code::new(value as u16, 1);
        }
        return codes;
    }
    symbols.sort_by_key(|i| (counts[*i], *i));
    let n = symbols.len();
    let limit = limit.min(n - 1);
    let weights: Vec<u64> = symbols.iter().map(|i| u64::from(counts[*i])).collect();
    // Each level holds single symbols and pairs of what the level before holds, in the order of their weights.
    // For each only needs to be known how many of its first items are pairs.
    let mut levels: Vec<Vec<bool>> = Vec::with_capacity(limit);
    let mut below: Vec<u64> = Vec::new();
    for _ in 0..limit {
        let pairs: Vec<u64> = below.chunks_exact(2).map(|p| p[0] + p[1]).collect();
        let (mut single, mut pair) = (0, 0);
        let mut level = Vec::with_capacity(n + pairs.len());
        let mut is_pair = Vec::with_capacity(n + pairs.len());
        while single < n || pair < pairs.len() {
            let take_pair = pair < pairs.len() && (single == n || pairs[pair] <= weights[single]);
            is_pair.push(take_pair);
            if take_pair {
                level.push(pairs[pair]);
                pair += 1;
            } else {
                level.push(weights[single]);
                single += 1;
            }
        }
        levels.push(is_pair);
        below = level;
    }
    // From the top level the first 2n-2 items are taken, from each further one those that the pairs consist of. How often
    // a symbol is among them is the length of its code; the first symbols are so the most often.
    let mut lengths = vec![0u8; n];
    let mut taken = 2 * n - 2;
    for is_pair in levels.iter().rev() {
        let pairs = is_pair[..taken.min(is_pair.len())].iter().filter(|p| **p).count();
        for length in &mut lengths[..taken - pairs] {
            *length += 1;
        }
        taken = 2 * pairs;
    }
    // The codes of one length follow each other in the order of the symbols.
    let mut ordered: Vec<(u8, usize)> = lengths.into_iter().zip(symbols).collect();
    ordered.sort_unstable();
    let (mut value, mut previous) = (0u16, 0u8);
    for (len, symbol) in ordered {
        value <<= len - previous;
        previous = len;
        codes[symbol] = Code::new(value, len);
        value += 1;
    }
    codes
}
