//! The implementation for any CPU, on the `aes` crate.

use crate::CHECKPOINTS;
use crate::implementation::Block;
use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// AES-128 under one key.
pub(crate) struct Portable(Aes128);

impl Portable {
    pub(crate) fn new(key: Block) -> Self {
        Self(Aes128::new(&Array(key)))
    }

    /// Encrypts `block` `times` times.
    pub(crate) fn encrypt_times(&self, block: Block, times: u32) -> Block {
        let mut state = Array(block);
        for _ in 0..times {
            self.0.encrypt_block(&mut state);
        }
        state.0
    }

    /// Whether every start, encrypted `times` times, is its end decrypted `times` times.
    pub(crate) fn meet(
        &self,
        starts: &[Block; CHECKPOINTS],
        ends: &[Block; CHECKPOINTS],
        times: u32,
    ) -> bool {
        let mut forward = starts.map(Array);
        let mut backward = ends.map(Array);
        for _ in 0..times {
            self.0.encrypt_blocks(&mut forward);
            self.0.decrypt_blocks(&mut backward);
        }
        forward == backward
    }
}
