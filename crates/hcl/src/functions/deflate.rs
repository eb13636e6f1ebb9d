//! DEFLATE (<https://www.rfc-editor.org/rfc/rfc1951>) with fixed choices: how matches are looked for, where blocks end
//! and how they are coded. Other compressors choose differently and give other bytes for the same text; see
//! [`super::gzip`] for why these must be the same.

use super::huffman::{Code, package_merge};

const WINDOW: usize = 1 << 15;
/// Matches of three bytes would be possible, but are not looked for.
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;
const HASH_BITS: u32 = 17;
const HASH_FACTOR: u32 = 0x1e35_a7bd;
/// A block ends after this many tokens.
const BLOCK_TOKENS: usize = 1 << 14;
/// A match this long ends the search for a better one.
const NICE: usize = 128;
/// How many earlier places are tried.
const CHAIN: usize = 128;
/// After a match this long the next position is not tried.
const LAZY: usize = 16;

/// Appends the compressed form: the blocks, an empty stored block (the writer is flushed before it is closed), and
/// another that is marked as the last.
pub(super) fn deflate(data: &[u8], out: &mut Vec<u8>) {
    let mut c = Compressor {
        data,
        start: 0,
        end: 0,
        index: 0,
        block_start: Some(0),
        chain_head: -1,
        hash_head: vec![0; 1 << HASH_BITS],
        hash_prev: vec![0; WINDOW],
        literal_pending: false,
        length: MIN_MATCH - 1,
        offset: 0,
        tokens: Vec::with_capacity(BLOCK_TOKENS + 1),
        bits: BitWriter { out, buffer: 0, count: 0 },
    };
    while c.end < data.len() {
        c.step(false);
        c.fill();
    }
    c.step(true);
    c.bits.stored_header(0, false);
    c.bits.stored_header(0, true);
}

#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Match { length: usize, offset: usize },
}

/// All positions are counted from the start of the data.
struct Compressor<'d> {
    data: &'d [u8],
    /// The window reaches from here ...
    start: usize,
    /// ... to here; it grows to twice its size and then moves on by one.
    end: usize,
    index: usize,
    /// Where the current block begins, unless the window has moved past it.
    block_start: Option<usize>,
    /// The last earlier position with the same hash, or -1.
    chain_head: i64,
    /// Position plus one of the last occurrence of each hash.
    hash_head: Vec<u32>,
    /// Position plus one of the occurrence before, by position modulo the window.
    hash_prev: Vec<u32>,
    /// The byte before `index` waits to see whether a match at `index` is better.
    literal_pending: bool,
    length: usize,
    offset: usize,
    tokens: Vec<Token>,
    bits: BitWriter<'d>,
}

impl Compressor<'_> {
    fn fill(&mut self) {
        if self.index - self.start >= 2 * WINDOW - (MIN_MATCH + MAX_MATCH) {
            self.start += WINDOW;
            self.block_start = self.block_start.filter(|b| *b >= self.start);
        }
        self.end = self.data.len().min(self.start + 2 * WINDOW);
    }

    /// Enters a position into the table; gives the last one with the same hash, plus one.
    fn insert(&mut self, at: usize) -> u32 {
        let word = self.data[at..at + MIN_MATCH].iter().fold(0u32, |w, b| (w << 8) | u32::from(*b));
        let head = &mut self.hash_head[(word.wrapping_mul(HASH_FACTOR) >> (32 - HASH_BITS)) as usize];
        let previous = *head;
        self.hash_prev[at % WINDOW] = previous;
        *head = at as u32 + 1;
        previous
    }

    /// Compresses what the window holds; all of it when flushing, else while a longest match would fit.
    fn step(&mut self, flush: bool) {
        let reach = MIN_MATCH + MAX_MATCH;
        if self.end - self.index < reach && !flush {
            return;
        }
        let insert_end = (self.end + 1).saturating_sub(MIN_MATCH);
        loop {
            let ahead = self.end - self.index;
            if ahead < reach && !flush {
                return;
            }
            if ahead == 0 {
                if self.literal_pending {
                    self.tokens.push(Token::Literal(self.data[self.index - 1]));
                    self.literal_pending = false;
                }
                if !self.tokens.is_empty() {
                    self.end_block(self.index);
                }
                return;
            }
            if self.index < insert_end {
                self.chain_head = i64::from(self.insert(self.index)) - 1;
            }
            let (previous_length, previous_offset) = (self.length, self.offset);
            (self.length, self.offset) = (MIN_MATCH - 1, 0);
            let oldest = self.index.saturating_sub(WINDOW).max(self.start);
            if self.chain_head >= oldest as i64 && ahead > previous_length && previous_length < LAZY {
                self.find_match(self.chain_head as usize, ahead);
            }
            if previous_length >= MIN_MATCH && self.length <= previous_length {
                // The match at the byte before is at least as good.
                self.tokens.push(Token::Match { length: previous_length, offset: previous_offset });
                let next = self.index + previous_length - 1;
                for at in self.index + 1..next {
                    if at < insert_end {
                        self.insert(at);
                    }
                }
                self.index = next.max(self.index + 1);
                self.literal_pending = false;
                self.length = MIN_MATCH - 1;
                if self.tokens.len() == BLOCK_TOKENS {
                    self.end_block(self.index);
                }
            } else {
                if self.literal_pending {
                    self.tokens.push(Token::Literal(self.data[self.index - 1]));
                    if self.tokens.len() == BLOCK_TOKENS {
                        self.end_block(self.index);
                    }
                }
                self.index += 1;
                self.literal_pending = true;
            }
        }
    }

    /// The longest match of at least the least length, the nearest one of equal ones.
    fn find_match(&mut self, first: usize, ahead: usize) {
        let pos = self.index;
        let longest = MAX_MATCH.min(ahead);
        let nice = NICE.min(longest);
        let here = &self.data[pos..pos + longest];
        let mut at = first;
        for _ in 0..CHAIN {
            if self.length < longest && self.data[at + self.length] == here[self.length] {
                let n = here.iter().zip(&self.data[at..]).take_while(|(a, b)| a == b).count();
                // A short match from far away costs more than the bytes themselves.
                if n > self.length && (n > MIN_MATCH || pos - at <= 4096) {
                    (self.length, self.offset) = (n, pos - at);
                    if n >= nice {
                        return;
                    }
                }
            }
            if at + WINDOW == pos {
                return;
            }
            let previous = self.hash_prev[at % WINDOW] as usize;
            if previous == 0 || previous - 1 < self.start || previous - 1 + WINDOW < pos {
                return;
            }
            at = previous - 1;
        }
    }

    fn end_block(&mut self, end: usize) {
        let input = self.block_start.filter(|b| *b <= end).map(|b| &self.data[b..end]);
        self.block_start = Some(end);
        self.bits.block(&self.tokens, input);
        self.tokens.clear();
    }
}

/// Length codes from 257: the least length and the number of extra bits.
const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
/// Offset codes: the least offset and the number of extra bits.
const OFFSETS: [(usize, u32); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];
const END_OF_BLOCK: usize = 256;
/// The order in which the lengths of the codes for code lengths are written.
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LONGEST_STORED: usize = 65535;

/// The code for a length or offset, with what the extra bits say and how many they are.
fn coded(table: &[(usize, u32)], value: usize) -> (usize, u32, u32) {
    let code = table.partition_point(|(least, _)| *least <= value) - 1;
    let (least, extra) = table[code];
    (code, (value - least) as u32, extra)
}

struct BitWriter<'o> {
    out: &'o mut Vec<u8>,
    buffer: u64,
    count: u32,
}

impl BitWriter<'_> {
    fn put(&mut self, value: u32, bits: u32) {
        self.buffer |= u64::from(value) << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.out.push(self.buffer as u8);
            self.buffer >>= 8;
            self.count -= 8;
        }
    }

    fn code(&mut self, c: Code) {
        self.put(u32::from(c.bits), u32::from(c.len));
    }

    fn align(&mut self) {
        if self.count > 0 {
            self.out.push(self.buffer as u8);
            (self.buffer, self.count) = (0, 0);
        }
    }

    fn stored_header(&mut self, len: u16, last: bool) {
        self.put(u32::from(last), 3);
        self.align();
        self.out.extend(len.to_le_bytes());
        self.out.extend((!len).to_le_bytes());
    }

    /// Writes a block in the shortest of the three forms; of equal ones the fixed codes, then the stored bytes last.
    fn block(&mut self, tokens: &[Token], input: Option<&[u8]>) {
        let mut literal_counts = [0u32; 286];
        let mut offset_counts = [0u32; 30];
        literal_counts[END_OF_BLOCK] = 1;
        let mut extra = 0usize;
        for t in tokens {
            match *t {
                Token::Literal(b) => literal_counts[usize::from(b)] += 1,
                Token::Match { length, offset } => {
                    let (length_code, _, length_extra) = coded(&LENGTHS, length);
                    let (offset_code, _, offset_extra) = coded(&OFFSETS, offset);
                    literal_counts[257 + length_code] += 1;
                    offset_counts[offset_code] += 1;
                    extra += (length_extra + offset_extra) as usize;
                }
            }
        }
        let used = |counts: &[u32]| counts.iter().rposition(|n| *n > 0).map_or(0, |i| i + 1);
        let literals = used(&literal_counts);
        let mut offsets = used(&offset_counts);
        if offsets == 0 {
            // One offset code there must be.
            offset_counts[0] = 1;
            offsets = 1;
        }
        let storable = input.filter(|i| i.len() <= LONGEST_STORED);
        // The extra bits cost the same with any codes and count only against storing.
        let extra = if storable.is_some() { extra } else { 0 };
        let (fixed_literals, fixed_offsets) = fixed_codes();
        let fixed = 3 + cost(&fixed_literals, &literal_counts) + cost(&fixed_offsets, &offset_counts) + extra;
        let (own_literals, own_offsets) = (package_merge(&literal_counts, 15), package_merge(&offset_counts, 15));
        let header = Header::new(&own_literals[..literals], &own_offsets[..offsets]);
        let own = header.cost() + cost(&own_literals, &literal_counts) + cost(&own_offsets, &offset_counts) + extra;
        if let Some(input) = storable
            && (input.len() + 5) * 8 < fixed.min(own)
        {
            self.stored_header(input.len() as u16, false);
            self.out.extend(input);
            return;
        }
        let (literal_codes, offset_codes) = if own < fixed {
            header.write(self, literals, offsets);
            (own_literals, own_offsets)
        } else {
            self.put(2, 3);
            (fixed_literals, fixed_offsets)
        };
        for t in tokens {
            match *t {
                Token::Literal(b) => self.code(literal_codes[usize::from(b)]),
                Token::Match { length, offset } => {
                    let (code, value, bits) = coded(&LENGTHS, length);
                    self.code(literal_codes[257 + code]);
                    self.put(value, bits);
                    let (code, value, bits) = coded(&OFFSETS, offset);
                    self.code(offset_codes[code]);
                    self.put(value, bits);
                }
            }
        }
        self.code(literal_codes[END_OF_BLOCK]);
    }
}

fn cost(codes: &[Code], counts: &[u32]) -> usize {
    codes.iter().zip(counts).map(|(c, n)| usize::from(c.len) * *n as usize).sum()
}

/// The codes that need no description (RFC 1951, 3.2.6).
fn fixed_codes() -> (Vec<Code>, Vec<Code>) {
    let literals = (0..286u16)
        .map(|i| match i {
            0..=143 => Code::new(0x30 + i, 8),
            144..=255 => Code::new(0x190 + i - 144, 9),
            256..=279 => Code::new(i - 256, 7),
            _ => Code::new(0xc0 + i - 280, 8),
        })
        .collect();
    (literals, (0..30).map(|i| Code::new(i, 5)).collect())
}

/// The description of a block's own codes: their lengths, with runs, in codes of their own.
struct Header {
    /// A length (0 to 15) or a kind of run (16 to 18), with what its extra bits say.
    parts: Vec<(usize, u32)>,
    counts: [u32; 19],
    codes: Vec<Code>,
    /// How many of the codes' own lengths are written.
    written: usize,
}

impl Header {
    fn new(literals: &[Code], offsets: &[Code]) -> Self {
        let lengths: Vec<u8> = literals.iter().chain(offsets).map(|c| c.len).collect();
        let mut parts = Vec::new();
        for run in lengths.chunk_by(|a, b| a == b) {
            let (length, mut left) = (usize::from(run[0]), run.len());
            if length == 0 {
                while left >= 11 {
                    let n = left.min(138);
                    parts.push((18, n as u32 - 11));
                    left -= n;
                }
                if left >= 3 {
                    parts.push((17, left as u32 - 3));
                    left = 0;
                }
            } else {
                parts.push((length, 0));
                left -= 1;
                while left >= 3 {
                    let n = left.min(6);
                    parts.push((16, n as u32 - 3));
                    left -= n;
                }
            }
            parts.extend(std::iter::repeat_n((length, 0), left));
        }
        let mut counts = [0u32; 19];
        for (kind, _) in &parts {
            counts[*kind] += 1;
        }
        let codes = package_merge(&counts, 7);
        let written = LENGTH_ORDER.iter().rposition(|i| counts[*i] > 0).map_or(4, |i| (i + 1).max(4));
        Self { parts, counts, codes, written }
    }

    fn cost(&self) -> usize {
        let runs = self.counts[16] * 2 + self.counts[17] * 3 + self.counts[18] * 7;
        3 + 5 + 5 + 4 + 3 * self.written + cost(&self.codes, &self.counts) + runs as usize
    }

    fn write(&self, out: &mut BitWriter<'_>, literals: usize, offsets: usize) {
        out.put(4, 3);
        out.put(literals as u32 - 257, 5);
        out.put(offsets as u32 - 1, 5);
        out.put(self.written as u32 - 4, 4);
        for i in &LENGTH_ORDER[..self.written] {
            out.put(u32::from(self.codes[*i].len), 3);
        }
        for (kind, value) in &self.parts {
            out.code(self.codes[*kind]);
            let bits = match kind {
                16 => 2,
                17 => 3,
                18 => 7,
                _ => 0,
            };
            out.put(*value, bits);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let noise = |n: usize| {
            let mut x = 12345u32;
            (0..n)
                .map(move |_| {
                    x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (x >> 24) as u8
                })
                .collect::<Vec<u8>>()
        };
        let lines: Vec<u8> =
            (0..40_000).flat_map(|i| format!("line {} of many\n", i * 7919 % 1000).into_bytes()).collect();
        let mut mixed = lines[..100_000].to_vec();
        mixed.extend(noise(100_000));
        mixed.extend(&lines[..50_000]);
        for data in [Vec::new(), b"a".to_vec(), vec![0; 300_000], noise(200_000), lines, mixed] {
            let mut out = Vec::new();
            deflate(&data, &mut out);
            let mut back = Vec::new();
            flate2::read::DeflateDecoder::new(out.as_slice()).read_to_end(&mut back).expect("is DEFLATE");
            assert!(back == data, "{} bytes", data.len());
        }
    }
}
