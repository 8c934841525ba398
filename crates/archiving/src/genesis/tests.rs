use super::*;
use autonomys_core_primitives::Preset;
use autonomys_core_primitives::params::NetworkTag;

#[test]
fn what_is_appended_is_the_published_key_stream() {
    // draft-strombergson-chacha-test-vectors-01, TC1: ChaCha8, 256-bit key of zeros, nonce of zeros
    const EXPECTED: &str = "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e\
                            984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42";
    let params = Preset::Unit.params(NetworkTag::default());
    let block = genesis_block_bytes(vec![1, 2, 3], &[0; 32], &params);
    assert_eq!(block.len(), params.segment_size());
    assert_eq!(block[..3], [1, 2, 3]);
    assert_eq!(hex::encode(&block[3..67]), EXPECTED);
}

#[test]
fn another_state_root_gives_another_block() {
    let params = Preset::Unit.params(NetworkTag::default());
    assert_ne!(
        genesis_block_bytes(vec![1], &[0; 32], &params),
        genesis_block_bytes(vec![1], &[1; 32], &params)
    );
}

#[test]
fn a_block_as_long_as_a_segment_stays_as_it_is() {
    let params = Preset::Unit.params(NetworkTag::default());
    for surplus in [0, 1, 100_000] {
        let block = vec![7; params.segment_size() + surplus];
        assert_eq!(genesis_block_bytes(block.clone(), &[0; 32], &params), block);
    }
    let block = vec![7; params.segment_size() - 1];
    assert_eq!(
        genesis_block_bytes(block, &[0; 32], &params).len(),
        params.segment_size()
    );
}
