#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    autonomys_fuzz::segment_header_store(data);
});
