//! Numeric functions.

use craton_model::Number;
use craton_model::number::NotANumber;
use num_bigint::BigInt;

use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function("abs", "The distance of a number from zero.", [param("num", Type::Number)], abs).returns(Type::Number),
        function(
            "ceil",
            "The nearest whole number that is at least the given one.",
            [param("num", Type::Number)],
            ceil,
        )
        .returns(Type::Number),
        function(
            "floor",
            "The nearest whole number that is at most the given one.",
            [param("num", Type::Number)],
            floor,
        )
        .returns(Type::Number),
        function(
            "log",
            "The logarithm of a number in a given base.",
            [param("num", Type::Number), param("base", Type::Number)],
            log,
        )
        .returns(Type::Number),
        function("max", "The greatest of the given numbers.", [], max)
            .variadic(param("numbers", Type::Number))
            .returns(Type::Number),
        function("min", "The smallest of the given numbers.", [], min)
            .variadic(param("numbers", Type::Number))
            .returns(Type::Number),
        function(
            "parseint",
            "The whole number that a string spells in a base from 2 to 62.",
            [param("number", Type::Dynamic), param("base", Type::Number)],
            parseint,
        )
        .returns_by(parseint_type),
        function("pow", "A number raised to a power.", [param("num", Type::Number), param("power", Type::Number)], pow)
            .returns(Type::Number),
        function("signum", "The sign of a whole number: -1, 0 or 1.", [param("num", Type::Number)], signum)
            .returns(Type::Number),
    ]
}

fn abs(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::number(number(args, 0)?.abs()))
}

fn ceil(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::number(number(args, 0)?.ceil()))
}

fn floor(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::number(number(args, 0)?.floor()))
}

/// A float as a number; a function that would have to give "not a number" fails instead.
fn from_float(x: f64) -> Answer {
    Number::from_f64(x).map(Value::number).ok_or_else(|| FunctionError::new(NotANumber.to_string()))
}

/// A number argument as a float. Precision may go, but what is finite does not become infinite.
fn float(args: &[Value], i: usize) -> Result<f64, FunctionError> {
    let n = number(args, i)?;
    let x = n.to_f64();
    if x.is_infinite() && !n.is_infinite() {
        return wrong(i, format!("value must be between {:e} and {:e}", f64::MIN, f64::MAX));
    }
    Ok(x)
}

fn log(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (x, base) = (float(args, 0)?, float(args, 1)?);
    from_float(natural_log(x) / natural_log(base))
}

/// The natural logarithm as Terraform computes it: fdlibm's method (<https://www.netlib.org/fdlibm/e_log.c>), whose last bit is
/// not always the platform's. With `x = 2^k * (1 + f)` and `s = f / (2 + f)`, the logarithm of `1 + f` is a polynomial in
/// the square of `s`, which has these coefficients.
#[allow(clippy::excessive_precision, reason = "the coefficients as they are published")]
fn natural_log(x: f64) -> f64 {
    const EVEN: [f64; 4] =
        [6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01];
    const ODD: [f64; 3] = [3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01];
    // The logarithm of two in two parts, the first short enough that its multiples are exact.
    const LN2: (f64, f64) = (6.93147180369123816490e-01, 1.90821492927058770002e-10);
    if !x.is_finite() || x <= 0.0 {
        return x.ln();
    }
    let (mut m, mut k) = split(x);
    if m < std::f64::consts::FRAC_1_SQRT_2 {
        m *= 2.0;
        k -= 1;
    }
    let (f, k) = (m - 1.0, k as f64);
    let s = f / (2.0 + f);
    let (s2, half) = (s * s, 0.5 * f * f);
    let s4 = s2 * s2;
    let series = |terms: &[f64]| terms.iter().rev().fold(0.0, |sum, c| c + s4 * sum);
    let rest = s2 * series(&EVEN) + s4 * series(&ODD);
    k * LN2.0 - ((half - (s * (half + rest) + k * LN2.1)) - f)
}

fn pow(_: &CallContext<'_>, args: &[Value]) -> Answer {
    from_float(float_pow(float(args, 0)?, float(args, 1)?))
}

/// Terraform raises to a power by repeated squaring of the mantissa; the platform's `pow` rounds
/// the last bit differently. Small whole powers go the same way here, so that plans agree.
fn float_pow(x: f64, y: f64) -> f64 {
    let (whole, fraction) = (y.abs().trunc(), y.abs().fract());
    // The square root is exact, and rounded once more in the denominator.
    if y == -0.5 && x > 0.0 {
        return 1.0 / x.sqrt();
    }
    let regular = x.is_finite() && y.is_finite() && x != 0.0 && y != 0.0 && x != 1.0;
    // Square roots are exact in both.
    if !regular || whole >= 9.0e18 || y.abs() == 0.5 || (fraction != 0.0 && x < 0.0) {
        return x.powf(y);
    }
    let (whole, fraction) = if fraction > 0.5 { (whole + 1.0, fraction - 1.0) } else { (whole, fraction) };
    let mut mantissa = if fraction == 0.0 { 1.0 } else { exponential(fraction * natural_log(x)) };
    let mut exponent = 0i64;
    let (mut square, mut square_exponent) = split(x);
    let mut bits = whole as u64;
    while bits != 0 {
        if square_exponent.abs() > 1 << 12 {
            exponent += square_exponent;
            break;
        }
        if bits & 1 == 1 {
            mantissa *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        bits >>= 1;
    }
    if y < 0.0 {
        mantissa = 1.0 / mantissa;
        exponent = -exponent;
    }
    scale(mantissa, exponent)
}

/// `e^x` nearly always to the bit that Terraform gives: the method of Shibata ("Efficient evaluation methods of elementary
/// functions suitable for SIMD computation", 2010) takes a sixteenth of what is left of `x` without multiples of ln 2, sums
/// the Taylor series of `e^r - 1`, and squares four times.
fn exponential(x: f64) -> f64 {
    const LN2: (f64, f64) = (0.693_147_180_559_663, 2.823_529_056_303_157_7e-13);
    let k = (std::f64::consts::LOG2_E * x).round_ties_even();
    let r = ((x - LN2.0 * k) - LN2.1 * k) * 0.0625;
    let factorials = [40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0f64];
    let series = factorials.iter().fold(0.0, |sum, f| sum * r + 1.0 / f);
    let less_one = (0..4).fold(r * series, |y, _| y * (y + 2.0));
    scale(less_one + 1.0, k as i64)
}

/// A float as a mantissa of at least a half and under one (in size), and a power of two.
fn split(x: f64) -> (f64, i64) {
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * (1u64 << 52) as f64, -52) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1022;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), exponent + shift)
}

fn scale(mantissa: f64, exponent: i64) -> f64 {
    let step = |e: i64| f64::from_bits(((e + 1023) as u64) << 52);
    let exponent = exponent.clamp(-3000, 3000);
    // In steps, so that a result below the normal range is rounded once only.
    match exponent {
        -1022..=1023 => mantissa * step(exponent),
        1024.. => mantissa * step(1023) * step((exponent - 1023).min(1023)) * step((exponent - 2046).clamp(0, 1023)),
        _ => mantissa * step(exponent.max(-2044) + 1022) * step(-1022),
    }
}

fn extreme(args: &[Value], better: fn(&Number, &Number) -> bool) -> Answer {
    let mut best: Option<&Number> = None;
    for i in 0..args.len() {
        let n = number(args, i)?;
        if best.is_none_or(|b| better(n, b)) {
            best = Some(n);
        }
    }
    match best {
        Some(n) => Ok(Value::number(n.clone())),
        None => fail("must pass at least one number"),
    }
}

fn max(_: &CallContext<'_>, args: &[Value]) -> Answer {
    extreme(args, |n, best| n > best)
}

fn min(_: &CallContext<'_>, args: &[Value]) -> Answer {
    extreme(args, |n, best| n < best)
}

fn parseint_type(args: &[Value]) -> TypeAnswer {
    if *args[0].ty() == Type::String || *args[0].ty() == Type::Dynamic {
        return Ok(Type::Number);
    }
    wrong(0, format!("first argument must be a string, not {}", args[0].ty().friendly()))
}

/// Reading digits costs the square of their number.
const MAX_DIGITS: usize = 100_000;

fn parseint(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let Some(text) = args[0].as_str() else {
        return wrong(0, format!("first argument must be a string, not {}", args[0].ty().friendly()));
    };
    let base = whole(args, 1)?;
    if !(2..=62).contains(&base) {
        return wrong(1, "base must be a whole number between 2 and 62 inclusive");
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut sum = BigInt::from(0);
    // Up to base 36 both cases mean the same digit.
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(i64::from(b - b'0')),
        b'a'..=b'z' => Some(i64::from(b - b'a') + 10),
        b'A'..=b'Z' if base <= 36 => Some(i64::from(b - b'A') + 10),
        b'A'..=b'Z' => Some(i64::from(b - b'A') + 36),
        _ => None,
    };
    let bad = || FunctionError::argument(0, format!("cannot parse {text:?} as a base {base} integer"));
    if digits.is_empty() {
        return Err(bad());
    }
    if digits.len() > MAX_DIGITS {
        return wrong(0, format!("a number of more than {MAX_DIGITS} digits cannot be parsed"));
    }
    if let (10, true) = (base, digits.bytes().all(|b| b.is_ascii_digit())) {
        sum = digits.parse().map_err(|_| bad())?;
    } else {
        for b in digits.bytes() {
            sum = sum * base + digit(b).filter(|d| *d < base).ok_or_else(bad)?;
        }
    }
    Ok(Value::number(Number::from_big(if negative { -sum } else { sum })))
}

fn signum(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(whole(args, 0)?.signum()))
}
