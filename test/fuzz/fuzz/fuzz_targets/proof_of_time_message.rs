#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    autonomys_fuzz::proof_of_time_message(data);
});
