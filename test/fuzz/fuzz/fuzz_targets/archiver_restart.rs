#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    autonomys_fuzz::archiver_restart(data);
});
