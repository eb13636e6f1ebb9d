//! Numbers print, round and compare as Terraform's do.

use super::*;

fn n(s: &str) -> Number {
    Number::parse(s).unwrap_or_else(|| panic!("{s} is a number"))
}

#[test]
fn prints_what_it_reads() {
    for s in [
        "0",
        "1",
        "-1.5",
        "0.1",
        "123456789012345678901234567890",
        "0.000001",
        "3.14",
        "9223372036854775808",
        "1000000000000000000000",
    ] {
        assert_eq!(n(s).to_string(), s);
    }
    assert_eq!(n("1e3").to_string(), "1000");
    assert_eq!(n("1.50").to_string(), "1.5");
    assert_eq!(n("1e100").to_string(), format!("1{}", "0".repeat(100)));
    assert_eq!(n("1e-7").to_string(), "0.0000001");
}

#[test]
fn very_large_and_very_small_numbers_are_written_and_read() {
    for s in ["-123456789.25e-3000", "7e5000", "9223372036852385e1999", "0.3e-4321"] {
        let first = n(s);
        let text = first.to_string();
        assert_eq!(n(&text), first, "{s}");
    }
    assert_eq!(n("7e5000").to_string(), format!("7{}", "0".repeat(5000)));
    assert_eq!(n("-1.25e-3000").to_string(), format!("-0.{}125", "0".repeat(2999)));
    assert!(Number::parse("1e-9223372036854775808").is_none(), "an exponent without a positive counterpart");
    assert!(Number::parse(&"9".repeat(MAX_DIGITS + 1)).is_none());
    let mut large = n("1e10000");
    for _ in 0..9 {
        large = large.mul(&large).unwrap();
    }
    assert!(large.is_infinite() && n("1").div(&large).unwrap().is_zero());
}

#[test]
fn the_largest_exponents_cost_little_and_are_right_to_the_last_bit() {
    for s in ["1e-922337", "11e-996854", "-7.25e999000", "3e20001", "3e-20001", "123456789e-40000"] {
        let first = n(s);
        let text = first.to_string();
        assert_eq!(n(&text), first, "{s}");
        let digits = text.trim_start_matches(['-', '0', '.']).trim_end_matches('0');
        let written = s.split('e').next().unwrap().replace(['-', '.'], "");
        assert_eq!(digits, written, "{s}");
    }
    // Where both ways are taken they agree.
    assert_eq!(n("1e20001"), n("1e20000").mul(&n("10")).unwrap());
    assert_eq!(n("1e-20001"), n("1e-20000").div(&n("10")).unwrap());
}

#[test]
fn a_third_has_155_digits() {
    let third = n("1").div(&n("3")).unwrap().to_string();
    assert_eq!(third.len(), 2 + 155, "{third}");
    assert!(third.starts_with("0.3333") && third[2..156].bytes().all(|b| b == b'3'), "{third}");
    let two = n("2").div(&n("3")).unwrap().to_string();
    assert!(two.ends_with('7'), "{two}");
}

#[test]
fn arithmetic() {
    assert_eq!(n("0.1").add(&n("0.2")).unwrap().to_string(), "0.3");
    assert_eq!(n("9223372036854775807").add(&n("1")).unwrap().to_string(), "9223372036854775808");
    assert_eq!(n("-7").rem(&n("3")).unwrap(), n("-1"));
    assert_eq!(n("7.5").rem(&n("2")).unwrap(), n("1.5"));
    assert_eq!(n("-1.5").floor(), n("-2"));
    assert_eq!(n("-1.5").ceil(), n("-1"));
    assert!(n("1").div(&Number::ZERO).unwrap().is_infinite());
    assert!(Number::ZERO.div(&Number::ZERO).is_err());
    assert_eq!(n("1e400").div(&n("1e400")).unwrap(), n("1"));
}

#[test]
fn floats_print_with_their_own_precision() {
    let x = Number::from_f64(1.698_970_004_336_018_5).unwrap();
    assert_eq!(x.to_string(), "1.6989700043360185");
    assert_eq!(x.add(&n("0")).unwrap().to_string().len(), 54, "exact once it meets an exact number");
    assert_eq!(x, x.add(&n("0")).unwrap());
    assert_eq!(x.sub(&x).unwrap().to_string(), "0");
    assert_eq!(Number::from_f64(12_157_665_459_056_929_000.0).unwrap().to_string(), "12157665459056929000");
    assert_eq!(Number::from_f64(1e15).unwrap(), n("1000000000000000"));
    assert_eq!(Number::ZERO.neg().to_string(), "-0");
    assert_eq!(Number::ZERO.neg(), Number::ZERO);
    assert!(Number::ZERO.neg().is_zero() && !Number::ZERO.neg().is_negative());
    assert_eq!(n("-0.5").ceil().to_string(), "0");
}

#[test]
fn zero_keeps_its_sign() {
    let (zero, minus, five) = (Number::ZERO, n("-0"), n("5"));
    assert_eq!(minus.to_string(), "-0");
    assert_eq!(n("-0.0").to_string(), "-0");
    assert_eq!(minus, zero);
    assert_eq!(zero.mul(&n("-5")).unwrap().to_string(), "-0");
    assert_eq!(n("-5").mul(&minus).unwrap().to_string(), "0");
    assert_eq!(zero.div(&n("-5")).unwrap().to_string(), "-0");
    assert_eq!(minus.add(&zero).unwrap().to_string(), "0");
    assert_eq!(minus.add(&minus).unwrap().to_string(), "-0");
    assert_eq!(minus.sub(&zero).unwrap().to_string(), "-0");
    assert_eq!(five.sub(&five).unwrap().to_string(), "0");
    assert_eq!(minus.rem(&five).unwrap().to_string(), "-0");
    assert_eq!(n("-4").rem(&n("2")).unwrap().to_string(), "0");
    assert_eq!(minus.abs().to_string(), "0");
    let infinite = n("1").div(&minus).unwrap();
    assert_eq!(infinite.to_string(), "-Inf");
    assert_eq!(n("1").div(&infinite).unwrap().to_string(), "-0");
    assert!(five.rem(&infinite).is_err() && infinite.rem(&five).is_err());
    assert!(zero.mul(&infinite).is_err());
    assert_eq!(Number::from_f64(-0.0).unwrap().to_string(), "-0");
}

#[test]
fn a_fraction_that_is_a_float_is_one_in_a_plan() {
    let small = n("1").div(&n("1073741824")).unwrap();
    assert_eq!(small.to_string(), "0.000000000931322574615478515625");
    assert_eq!(small.to_plan_text(), "0.0000000009313225746154785");
    assert_eq!(n("0.1").to_plan_text(), "0.1");
    assert_eq!(n("1").div(&n("3")).unwrap().to_plan_text().len(), 157);
    assert_eq!(n("18446744073709551616").to_plan_text(), "18446744073709551616");
}

#[test]
fn general_form() {
    assert_eq!(n("123456789012").to_general(10), "1.23456789e+11");
    assert_eq!(n("0.00001").to_general(10), "1e-05");
    assert_eq!(n("12.5").to_general(10), "12.5");
}

#[test]
fn refuses_what_is_no_number() {
    for s in ["", "-", "1.", ".5", "1e", "0x10", "1_000", "abc", "+1", "1e99999999999"] {
        assert!(Number::parse(s).is_none(), "{s}");
    }
}

/// Adding one to the last digit must not reach the middle between two numbers, where reading goes to the other one.
#[test]
fn the_shortest_decimal_reads_back_at_the_very_edge() {
    let edge = format!("{}{}762986434e-4", "7".repeat(62), "0".repeat(88));
    let number = Number::parse(&edge).unwrap();
    let printed = number.to_string();
    assert!(printed.ends_with("00076296"), "{printed}");
    assert_eq!(Number::parse(&printed), Some(number));
    let number = Number::parse("118505104782310664228564225871824786143664748206432559690934106241240269818075779054640567599524100649464158968030248459128623128125920717880668449079762990").unwrap();
    assert_eq!(Number::parse(&number.to_string()), Some(number));
}
