#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| craton_fuzz::run("plan", bytes));
