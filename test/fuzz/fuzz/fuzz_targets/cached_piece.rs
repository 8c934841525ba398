#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    autonomys_fuzz::cached_piece(data);
});
