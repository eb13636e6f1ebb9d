//! Numbers as Terraform has them: binary floats with 512 bits of precision.
//!
//! A number is `mantissa * 2^exponent`, rounded to nearest, ties to even. Whole numbers that fit
//! 64 bits are kept as such, which is nearly all of them. Printing gives the shortest decimal
//! that reads back as the same number.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

/// Bits of precision: <https://developer.hashicorp.com/terraform/language/expressions/types>
/// leaves it open; the state format and every provider work with 512.
const PRECISION: u64 = 512;

/// Numbers of more bits before (or places behind) the point are infinite (or zero), as they are in Terraform, where it takes
/// more of them: two and a half million digits can still be written down.
const MAX_EXPONENT: i64 = 1 << 23;

/// More digits than anybody writes down. Reading them costs the square of their number.
const MAX_DIGITS: usize = 200_000;

/// Powers with larger exponents than this are worked out to so many bits only, far more than a number has: exactly they cost
/// the square of their digits.
const EXACT_POWER: u64 = 20_000;
const POWER_BITS: u64 = 2_048;

/// `5^n`, rounded down to [`POWER_BITS`], as mantissa and exponent of two.
fn rough_power_of_five(n: u64) -> (BigUint, i64) {
    let cut = |m: BigUint, e: i64| {
        let extra = m.bits().saturating_sub(POWER_BITS);
        (m >> extra, e + extra as i64)
    };
    let (mut power, mut exponent) = (BigUint::one(), 0i64);
    for bit in (0..u64::BITS - n.leading_zeros()).rev() {
        (power, exponent) = cut(&power * &power, 2 * exponent);
        if n >> bit & 1 == 1 {
            (power, exponent) = cut(power * 5u8, exponent);
        }
    }
    (power, exponent)
}

/// Up to here every whole number is a float.
const EXACT_FLOAT: f64 = (1u64 << 53) as f64;

/// Mantissa and exponent of a finite float.
fn float_parts(x: f64) -> (BigInt, i64) {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (m, e) = if exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), exponent - 1075) };
    let m = BigUint::from(m);
    let zeros = m.trailing_zeros().unwrap_or(0);
    let sign = if x < 0.0 { Sign::Minus } else { Sign::Plus };
    (BigInt::from_biguint(sign, m >> zeros), e + zeros as i64)
}

/// A number. Cloning is cheap.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    Int(i64),
    /// Never a whole number that fits an `i64`; the mantissa is odd (or the value would shrink).
    Big(Arc<(BigInt, i64)>),
    /// The result of a computation with floats, which has their precision and prints as the shortest decimal for that;
    /// and zero with a minus sign. Never infinite, nor a whole number whose digits are exact.
    Float(f64),
    /// Infinity; `true` for the negative one. Arises from a division by zero only.
    Infinite(bool),
}

/// Why two infinities could not be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the result is not a number")]
pub struct NotANumber;

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Repr::Int(0));

    /// Reads decimal text as HCL and JSON write it: digits, optional fraction, optional exponent,
    /// optional sign. `None` for anything else.
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(i) = text.parse::<i64>() {
            let negative_zero = i == 0 && text.starts_with('-');
            let n = if negative_zero { Self::zero(true) } else { Number(Repr::Int(i)) };
            return (!text.starts_with('+')).then_some(n);
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (digits, exponent) = match rest.find(['e', 'E']) {
            Some(i) => (&rest[..i], rest[i + 1..].parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
            return None;
        }
        // An exponent past this needs more memory than any configuration can mean.
        if exponent.unsigned_abs() > 1_000_000 {
            return None;
        }
        // Zeros around them only say where the point is.
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        let scale = exponent - fraction.len() as i64 + (all.len() - digits.len()) as i64;
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self::zero(negative));
        }
        if digits.len() > MAX_DIGITS {
            return None;
        }
        let mantissa = BigUint::parse_bytes(digits.as_bytes(), 10)?;
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        if scale.unsigned_abs() > EXACT_POWER {
            let (power, shift) = rough_power_of_five(scale.unsigned_abs());
            let mantissa = BigInt::from_biguint(sign, mantissa);
            return Some(if scale >= 0 {
                Self::normal(mantissa * BigInt::from(power), shift + scale)
            } else {
                Self::quotient(&mantissa, 0, &BigInt::from(power), shift - scale)
            });
        }
        let power = BigUint::from(10u8).pow(scale.unsigned_abs());
        Some(if scale >= 0 {
            Self::normal(BigInt::from_biguint(sign, mantissa * power), 0)
        } else {
            Self::quotient(&BigInt::from_biguint(sign, mantissa), 0, &BigInt::from(power), 0)
        })
    }

    /// The number nearest to a float; `None` for NaN.
    pub fn from_f64(x: f64) -> Option<Number> {
        if x.is_nan() {
            return None;
        }
        if x.is_infinite() {
            return Some(Number(Repr::Infinite(x < 0.0)));
        }
        if x == 0.0 {
            return Some(Self::zero(x.is_sign_negative()));
        }
        if x.fract() == 0.0 && x.abs() <= EXACT_FLOAT {
            return Some(Number(Repr::Int(x as i64)));
        }
        Some(Number(Repr::Float(x)))
    }

    /// Zero has a sign, which shows when it is printed and when something is divided by it.
    fn zero(negative: bool) -> Number {
        if negative { Number(Repr::Float(-0.0)) } else { Self::ZERO }
    }

    /// Whether it has a minus sign: also of a zero, which is not below zero.
    pub fn has_minus(&self) -> bool {
        self.is_negative() || matches!(self.0, Repr::Float(x) if x == 0.0 && x.is_sign_negative())
    }

    /// A whole number of any size, rounded to the precision.
    pub fn from_big(i: BigInt) -> Number {
        Self::normal(i, 0)
    }

    /// Rounds and picks the smallest representation.
    fn normal(mantissa: BigInt, exponent: i64) -> Number {
        Self::rounded(mantissa, exponent, false)
    }

    /// `sticky`: whether a non-zero remainder below the mantissa was cut off.
    fn rounded(mantissa: BigInt, mut exponent: i64, sticky: bool) -> Number {
        let (sign, mut m) = mantissa.into_parts();
        if m.is_zero() {
            return Self::ZERO;
        }
        let bits = m.bits();
        if bits > PRECISION {
            let cut = bits - PRECISION;
            let half = BigUint::one() << (cut - 1);
            let low = &m & ((BigUint::one() << cut) - 1u8);
            m >>= cut;
            exponent += cut as i64;
            let up = match low.cmp(&half) {
                Ordering::Greater => true,
                Ordering::Less => false,
                Ordering::Equal => sticky || m.is_odd(),
            };
            if up {
                m += 1u8;
            }
        }
        let zeros = m.trailing_zeros().unwrap_or(0);
        m >>= zeros;
        exponent += zeros as i64;
        if exponent > MAX_EXPONENT {
            return Number(Repr::Infinite(sign == Sign::Minus));
        }
        if exponent < -MAX_EXPONENT {
            return Self::ZERO;
        }
        let m = BigInt::from_biguint(sign, m);
        if exponent >= 0
            && m.bits() as i64 + exponent <= 64
            && let Some(i) = (&m << exponent as u64).to_i64()
        {
            return Number(Repr::Int(i));
        }
        Number(Repr::Big(Arc::new((m, exponent))))
    }

    fn quotient(a: &BigInt, ae: i64, b: &BigInt, be: i64) -> Number {
        // Enough extra bits that the quotient has more than the precision.
        let shift = (PRECISION + 2 + b.bits()).saturating_sub(a.bits());
        let (q, r) = (a << shift).div_rem(b);
        // One more bit keeps "remainder is not zero" apart from an exact half.
        let sticky = !r.is_zero();
        let q = (q << 1u8) + if sticky { a.signum() * b.signum() } else { BigInt::zero() };
        Self::rounded(q, ae - be - shift as i64 - 1, sticky)
    }

    /// The exact value as `mantissa * 2^exponent`; `None` for the infinities.
    pub fn to_parts(&self) -> Option<(BigInt, i64)> {
        self.parts()
    }

    fn parts(&self) -> Option<(BigInt, i64)> {
        match &self.0 {
            Repr::Int(i) => Some((BigInt::from(*i), 0)),
            Repr::Big(b) => Some((b.0.clone(), b.1)),
            Repr::Float(x) => Some(float_parts(*x)),
            Repr::Infinite(_) => None,
        }
    }

    /// The same number without the mark of a float.
    fn exact(&self) -> Number {
        match &self.0 {
            Repr::Float(x) => {
                let (m, e) = float_parts(*x);
                Self::normal(m, e)
            }
            _ => self.clone(),
        }
    }

    /// Both, if both are floats: what is computed from two of them is one again.
    fn floats(&self, other: &Number) -> Option<(f64, f64)> {
        match (&self.0, &other.0) {
            (Repr::Float(a), Repr::Float(b)) => Some((*a, *b)),
            _ => None,
        }
    }

    /// Whether it is one of the infinities.
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinite(_))
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Int(i) => *i < 0,
            Repr::Big(b) => b.0.is_negative(),
            Repr::Float(x) => *x < 0.0,
            Repr::Infinite(negative) => *negative,
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Int(0)) || matches!(self.0, Repr::Float(x) if x == 0.0)
    }

    /// Whether it has no fraction (infinities have none, but are no integer either).
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Big(b) => b.1 >= 0,
            Repr::Float(x) => x.fract() == 0.0,
            Repr::Infinite(_) => false,
        }
    }

    /// The whole number, if it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(i) => Some(i),
            Repr::Float(_) => match self.exact().0 {
                Repr::Int(i) => Some(i),
                _ => None,
            },
            _ => None,
        }
    }

    /// The whole number, if it is one that fits a `usize`.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|i| usize::try_from(i).ok())
    }

    /// The whole number of any size, if it is one.
    pub fn to_big(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Int(i) => Some(BigInt::from(*i)),
            Repr::Big(b) if b.1 >= 0 => Some(&b.0 << b.1 as u64),
            Repr::Float(x) if x.fract() == 0.0 => {
                let (m, e) = float_parts(*x);
                Some(m << e.max(0) as u64)
            }
            _ => None,
        }
    }

    /// The nearest float.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int(i) => *i as f64,
            Repr::Float(x) => *x,
            Repr::Infinite(negative) => {
                if *negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            // Decimal parsing in the standard library rounds correctly, whatever the length.
            Repr::Big(_) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Its digits in plan and state. Terraform keeps a fraction that a float holds exactly as that float between plan and
    /// apply, so it comes out with a float's shortest digits: `1 / 1073741824` as 0.0000000009313225746154785.
    pub fn to_plan_text(&self) -> String {
        match &self.0 {
            Repr::Big(b) if b.1 < 0 && b.0.bits() <= 53 => {
                let x = self.to_f64();
                let same = float_parts(x) == (b.0.clone(), b.1);
                if same { x.to_string() } else { self.to_string() }
            }
            _ => self.to_string(),
        }
    }

    /// Sum.
    pub fn add(&self, other: &Number) -> Result<Number, NotANumber> {
        if self.is_zero() && other.is_zero() {
            return Ok(Self::zero(self.has_minus() && other.has_minus()));
        }
        if let Some((a, b)) = self.floats(other) {
            return Number::from_f64(a + b).ok_or(NotANumber);
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Ok(Number(Repr::Int(sum)));
        }
        let (Some((a, ae)), Some((b, be))) = (self.parts(), other.parts()) else {
            return match (&self.0, &other.0) {
                (Repr::Infinite(x), Repr::Infinite(y)) if x != y => Err(NotANumber),
                (Repr::Infinite(x), _) | (_, Repr::Infinite(x)) => Ok(Number(Repr::Infinite(*x))),
                _ => Err(NotANumber),
            };
        };
        let e = ae.min(be);
        Ok(Self::normal((a << (ae - e) as u64) + (b << (be - e) as u64), e))
    }

    /// Difference.
    pub fn sub(&self, other: &Number) -> Result<Number, NotANumber> {
        self.add(&other.neg())
    }

    /// Product.
    pub fn mul(&self, other: &Number) -> Result<Number, NotANumber> {
        if (self.is_zero() && !other.is_infinite()) || (other.is_zero() && !self.is_infinite()) {
            return Ok(Self::zero(self.has_minus() != other.has_minus()));
        }
        if let Some((a, b)) = self.floats(other) {
            return Number::from_f64(a * b).ok_or(NotANumber);
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b)
        {
            return Ok(Number(Repr::Int(product)));
        }
        match (self.parts(), other.parts()) {
            (Some((a, ae)), Some((b, be))) => Ok(Self::normal(a * b, ae + be)),
            _ if self.is_zero() || other.is_zero() => Err(NotANumber),
            _ => Ok(Number(Repr::Infinite(self.is_negative() != other.is_negative()))),
        }
    }

    /// Quotient; a division of a non-zero number by zero is an infinity.
    pub fn div(&self, other: &Number) -> Result<Number, NotANumber> {
        let minus = self.has_minus() != other.has_minus();
        if (self.is_zero() && !other.is_zero()) || (other.is_infinite() && !self.is_infinite()) {
            return Ok(Self::zero(minus));
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && *b != 0
            && let Some(0) = a.checked_rem(*b)
        {
            return Ok(Number(Repr::Int(a / b)));
        }
        if let Some((a, b)) = self.floats(other).filter(|(_, b)| *b != 0.0) {
            return Number::from_f64(a / b).ok_or(NotANumber);
        }
        if other.is_zero() {
            return if self.is_zero() { Err(NotANumber) } else { Ok(Number(Repr::Infinite(minus))) };
        }
        match (self.parts(), other.parts()) {
            (Some((a, ae)), Some((b, be))) => Ok(Self::quotient(&a, ae, &b, be)),
            (Some(_), None) => Ok(Self::ZERO),
            (None, Some(_)) => Ok(Number(Repr::Infinite(self.is_negative() != other.is_negative()))),
            (None, None) => Err(NotANumber),
        }
    }

    /// Remainder of the division that truncates towards zero: it has the sign of `self`.
    pub fn rem(&self, other: &Number) -> Result<Number, NotANumber> {
        if self.is_zero() && !other.is_zero() && !other.is_infinite() {
            return Ok(self.clone());
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.0, &other.0)
            && let Some(r) = a.checked_rem(*b)
        {
            return Ok(Number(Repr::Int(r)));
        }
        // Terraform multiplies the whole part of the quotient by the divisor, which is undefined for an infinite one.
        if other.is_zero() || self.is_infinite() || other.is_infinite() {
            return Err(NotANumber);
        }
        let q = self.div(other)?.trunc();
        self.sub(&other.mul(&q)?)
    }

    /// Negation.
    #[must_use]
    pub fn neg(&self) -> Number {
        match &self.0 {
            // Terraform prints `-0` for it, and for nothing else.
            Repr::Int(0) => Number(Repr::Float(-0.0)),
            Repr::Float(x) if *x == 0.0 => Self::ZERO,
            Repr::Float(x) => Number(Repr::Float(-x)),
            Repr::Int(i) => {
                i.checked_neg().map_or_else(|| Self::normal(-BigInt::from(*i), 0), |i| Number(Repr::Int(i)))
            }
            Repr::Big(b) => Self::normal(-&b.0, b.1),
            Repr::Infinite(negative) => Number(Repr::Infinite(!negative)),
        }
    }

    /// Distance from zero.
    #[must_use]
    pub fn abs(&self) -> Number {
        if self.has_minus() { self.neg() } else { self.clone() }
    }

    /// The whole part.
    #[must_use]
    pub fn trunc(&self) -> Number {
        match &self.0 {
            Repr::Big(b) if b.1 < 0 => {
                let (sign, m) = (b.0.sign(), b.0.magnitude());
                Self::normal(BigInt::from_biguint(sign, m >> b.1.unsigned_abs()), 0)
            }
            Repr::Float(x) => Number(Repr::Float(x.trunc())).whole_float(),
            _ => self.clone(),
        }
    }

    /// A float without a fraction is kept exactly where it can be.
    fn whole_float(self) -> Number {
        match self.0 {
            Repr::Float(x) if x.abs() <= EXACT_FLOAT => Number(Repr::Int(x as i64)),
            _ => self,
        }
    }

    /// The nearest whole number at or below.
    #[must_use]
    pub fn floor(&self) -> Number {
        let t = self.trunc();
        if self.is_negative() && t != *self { t.add(&Number::from(-1i64)).unwrap_or(t) } else { t }
    }

    /// The nearest whole number at or above.
    #[must_use]
    pub fn ceil(&self) -> Number {
        let c = self.neg().floor().neg();
        if c.is_zero() { Self::ZERO } else { c }
    }

    /// At most `digits` significant decimal digits, the exponent form when the exponent is below
    /// -4 or at least `digits`: C's `%.{digits}g` without trailing zeros.
    pub fn to_general(&self, digits: usize) -> String {
        if let Repr::Infinite(negative) = self.0 {
            return if negative { "-Inf".into() } else { "+Inf".into() };
        }
        let (sign, mut text, mut point) = self.decimal();
        if text.is_empty() {
            return "0".into();
        }
        if text.len() > digits {
            let up = text[digits] > 5
                || (text[digits] == 5 && (text[digits + 1..].iter().any(|d| *d != 0) || text[digits - 1] % 2 == 1));
            text.truncate(digits);
            if up {
                point += increment(&mut text);
            }
            while text.last() == Some(&0) {
                text.pop();
            }
        }
        let sign = if sign { "-" } else { "" };
        let exponent = point - 1;
        let ascii: String = text.iter().map(|d| char::from(b'0' + d)).collect();
        if exponent < -4 || exponent >= digits as i64 {
            let (head, tail) = ascii.split_at(1);
            let dot = if tail.is_empty() { "" } else { "." };
            let mark = if exponent < 0 { '-' } else { '+' };
            return format!("{sign}{head}{dot}{tail}e{mark}{:02}", exponent.abs());
        }
        format!("{sign}{}", place(&ascii, point))
    }

    /// The shortest decimal that reads back as this number: sign, digits without leading or
    /// trailing zeros, and where the point stands counted from the first digit.
    fn decimal(&self) -> (bool, Vec<u8>, i64) {
        let Some((m, e)) = self.parts() else { return (self.is_negative(), Vec::new(), 0) };
        let negative = m.is_negative();
        let m = m.into_parts().1;
        if m.is_zero() {
            return (false, Vec::new(), 0);
        }
        if e >= 0 && (m.bits() as i64 + e) <= PRECISION as i64 {
            let digits = (m << e as u64).to_radix_be(10);
            let point = digits.len() as i64;
            return (negative, trim(digits), point);
        }
        // Widen to the full precision, so that the neighbours lie half a unit of the last bit away.
        let shift = PRECISION - m.bits();
        let (m, e) = (m << shift, e - shift as i64 - 1);
        let even = m.is_even();
        let middle = &m << 1u8;
        let point_shift = if e >= 0 { 0 } else { e };
        // Writing digits costs the square of their number, and those after the first two hundred decide nothing but whether
        // there is anything after them: one digit stands for all of those.
        let bits = middle.bits() as f64 + e as f64 * if e >= 0 { 1.0 } else { 1.0 - std::f64::consts::LOG2_10 };
        let cut = (bits * std::f64::consts::LOG10_2) as i64 - 400;
        let (reduce, dropped): (Box<dyn Fn(BigUint) -> BigUint>, i64) = if e.unsigned_abs() > EXACT_POWER {
            // x * 2^twos * 5^fives, for digits before the one that stands for the rest.
            let (twos, fives) = if e >= 0 { (e - cut, -cut) } else { (-cut, -e - cut) };
            let (power, shift) = rough_power_of_five(fives.unsigned_abs());
            let reduce = move |x: BigUint| {
                let (q, left) = match fives >= 0 {
                    true => (x * &power, twos + shift),
                    false => ((x << (2 * POWER_BITS)) / &power, twos - shift - 2 * POWER_BITS as i64),
                };
                let q = if left >= 0 { q << left as u64 } else { q >> left.unsigned_abs() };
                q * 10u8 + 1u8
            };
            (Box::new(reduce), cut - 1)
        } else {
            let scale = move |x: BigUint| match e >= 0 {
                true => x << e as u64,
                false => x * BigUint::from(5u8).pow(e.unsigned_abs()),
            };
            if cut > 1000 {
                let power = BigUint::from(10u8).pow(cut as u64);
                let reduce = move |x: BigUint| {
                    let (q, r) = scale(x).div_rem(&power);
                    q * 10u8 + u8::from(!r.is_zero())
                };
                (Box::new(reduce), cut - 1)
            } else {
                (Box::new(scale), 0)
            }
        };
        let (low, high) = (reduce(&middle - 1u8), reduce(&middle + 1u8));
        let exact = reduce(middle).to_radix_be(10);
        let width = exact.len();
        let pad = |x: BigUint| -> Vec<u8> {
            let d = x.to_radix_be(10);
            let mut v = vec![0; (width + 1).saturating_sub(d.len())];
            v.extend(d);
            v
        };
        let (low, high) = (pad(low), pad(high));
        let mut digits = vec![0u8];
        digits.extend(exact);
        let point = width as i64 + point_shift + dropped;
        // Walk until cutting here, or cutting and adding one, still lands between the neighbours.
        for i in 0..digits.len() {
            let (l, d, h) = (low[i], digits[i], high[i]);
            let rest_is_zero = |v: &[u8]| v[i + 1..].iter().all(|x| *x == 0);
            let down_ok = low[..=i] != digits[..=i] || (even && l == d && rest_is_zero(&low));
            // What adding one gives lies below the neighbour, or on it where that reads back as this number.
            let up_ok = d != h && (even || d + 1 < h || !rest_is_zero(&high));
            let above_half = {
                let next = digits.get(i + 1).copied().unwrap_or(0);
                next > 5 || (next == 5 && (digits[i + 2..].iter().any(|x| *x != 0) || d % 2 == 1))
            };
            let up = match (down_ok, up_ok) {
                (true, true) => above_half,
                (true, false) => false,
                (false, true) => true,
                (false, false) => continue,
            };
            digits.truncate(i + 1);
            let grown = if up { increment(&mut digits) } else { 0 };
            let zeros = digits.iter().take_while(|d| **d == 0).count() as i64;
            let digits = trim(digits);
            return (negative, digits, point + 1 + grown - zeros);
        }
        let zeros = digits.iter().take_while(|d| **d == 0).count() as i64;
        (negative, trim(digits), point + 1 - zeros)
    }
}

fn trim(digits: Vec<u8>) -> Vec<u8> {
    let start = digits.iter().take_while(|d| **d == 0).count();
    let end = digits.len() - digits.iter().rev().take_while(|d| **d == 0).count();
    if start >= end { Vec::new() } else { digits[start..end].to_vec() }
}

/// Adds one to the last digit; gives how many digits the number grew by (0 or 1).
fn increment(digits: &mut Vec<u8>) -> i64 {
    for d in digits.iter_mut().rev() {
        if *d < 9 {
            *d += 1;
            return 0;
        }
        *d = 0;
    }
    digits.insert(0, 1);
    digits.pop();
    1
}

fn place(digits: &str, point: i64) -> String {
    let len = digits.len() as i64;
    if point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else if point >= len {
        format!("{digits}{}", "0".repeat((point - len) as usize))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{whole}.{fraction}")
    }
}

/// Plain decimal notation, never with an exponent; `+Inf` and `-Inf` for the infinities.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(i) => write!(f, "{i}"),
            Repr::Infinite(negative) => f.write_str(if *negative { "-Inf" } else { "+Inf" }),
            // Never with an exponent.
            Repr::Float(x) => write!(f, "{x}"),
            Repr::Big(_) => {
                let (negative, digits, point) = self.decimal();
                let ascii: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
                write!(f, "{}{}", if negative { "-" } else { "" }, place(&ascii, point))
            }
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            (Repr::Infinite(a), Repr::Infinite(b)) => b.cmp(a),
            (Repr::Infinite(negative), _) => {
                if *negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Repr::Infinite(negative)) => {
                if *negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            _ => {
                let (Some((a, ae)), Some((b, be))) = (self.parts(), other.parts()) else { return Ordering::Equal };
                let e = ae.min(be);
                (a << (ae - e) as u64).cmp(&(b << (be - e) as u64))
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a == b,
            (Repr::Big(a), Repr::Big(b)) => a == b,
            (Repr::Infinite(a), Repr::Infinite(b)) => a == b,
            (Repr::Infinite(_), _) | (_, Repr::Infinite(_)) => false,
            (Repr::Float(a), Repr::Float(b)) => a == b,
            (Repr::Float(_), _) => self.exact() == *other,
            (_, Repr::Float(_)) => *self == other.exact(),
            _ => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.exact().0 {
            Repr::Float(x) => x.to_bits().hash(state),
            Repr::Int(i) => i.hash(state),
            Repr::Big(b) => b.hash(state),
            Repr::Infinite(negative) => (*negative, 1u8).hash(state),
        }
    }
}

impl From<i64> for Number {
    fn from(i: i64) -> Self {
        Number(Repr::Int(i))
    }
}

impl From<usize> for Number {
    fn from(i: usize) -> Self {
        i64::try_from(i).map_or_else(|_| Number::from_big(BigInt::from(i)), Number::from)
    }
}

#[cfg(test)]
mod tests;
