//! The functions that make entries: f1 from a value x, and f2 to f7 from a pair of entries, sixteen pairs at a time.

use crate::bits;
use crate::parameters::{EXTRA_BITS, K, METADATA_UNITS};
use crate::{Seed, parameters::TABLES};
use autonomys_single_block_blake3::{GROUP_LANES, GROUP_WORDS, Group, Implementation};
use chacha20::ChaCha8;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};

/// Words that hold the metadata of an entry: at most 100 bits.
pub(crate) const METADATA_WORDS: usize = 4;

/// Metadata of an entry: big-endian words from the first bit on, zero after the last.
pub(crate) type Metadata = [u32; METADATA_WORDS];

/// A word of sixteen entries.
pub(crate) type Lanes = [u32; GROUP_LANES];

/// Metadata of sixteen entries, word by word.
pub(crate) type MetadataLanes = [Lanes; METADATA_WORDS];

/// Values of x whose first bit begins a block of the keystream: 512 bits × K.
pub(crate) const X_PER_STRETCH: usize = 512;

/// Metadata of the entry of `x` in table 1.
pub(crate) fn x_metadata(k: K, x: u32) -> Metadata {
    [x << (32 - k.bits()), 0, 0, 0]
}

fn y_of_x(k: K, keystream_value: u32, x: u32) -> u32 {
    keystream_value << EXTRA_BITS | x >> (k.bits() - EXTRA_BITS)
}

/// Values of y in table 1 for one seed.
pub(crate) struct FirstFunction {
    k: K,
    cipher: ChaCha8,
}

impl FirstFunction {
    pub(crate) fn new(k: K, seed: &Seed) -> Self {
        Self {
            k,
            cipher: ChaCha8::new(seed.into(), &[0; 12].into()),
        }
    }

    /// The y of `x`.
    pub(crate) fn y(&mut self, x: u32) -> u32 {
        let bit = u64::from(x) * u64::from(self.k.bits());
        let mut bytes = [0; 4];
        self.cipher.seek(bit / 8);
        self.cipher.apply_keystream(&mut bytes);
        // K + 7 bits at most: up to 7 before the value
        let value = u32::from_be_bytes(bytes) << (bit % 8) >> (32 - self.k.bits());
        y_of_x(self.k, value, x)
    }

    /// The y of consecutive values, the first one a multiple of [`X_PER_STRETCH`].
    pub(crate) fn fill(&mut self, first_x: usize, ys: &mut [u32]) {
        let mut keystream = [0; X_PER_STRETCH / 8 * K::MAX.get() as usize];
        let keystream = &mut keystream[..X_PER_STRETCH / 8 * usize::from(self.k.get())];
        let stretches = ys.chunks_mut(X_PER_STRETCH);
        for (first_x, ys) in (first_x..).step_by(X_PER_STRETCH).zip(stretches) {
            keystream.fill(0);
            self.cipher
                .seek(first_x as u64 * u64::from(self.k.bits()) / 8);
            self.cipher.apply_keystream(keystream);
            let values = bits::unpack(self.k, keystream);
            for ((x, y), value) in (first_x..).zip(ys).zip(values) {
                *y = y_of_x(self.k, value, x as u32);
            }
        }
    }
}

/// A function f2 to f7.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    y_bits: u32,
    /// Bits of metadata of a left or right entry.
    metadata_bits: u32,
    /// Masks of the metadata of the result.
    result_masks: Metadata,
    is_result_metadata_hashed: bool,
    message_length: usize,
    implementation: Implementation,
}

impl Function {
    /// The function that makes the entries of `table`, from 2 to 7.
    pub(crate) fn new(k: K, table: usize) -> Self {
        debug_assert!((2..=TABLES).contains(&table));
        let metadata_bits = k.bits() * METADATA_UNITS[table - 2];
        let result_bits = k.bits() * METADATA_UNITS[table - 1];
        let result_masks = core::array::from_fn(|word| {
            let bits = result_bits.saturating_sub(32 * word as u32).min(32);
            !u32::MAX.checked_shr(bits).unwrap_or(0)
        });
        Self {
            y_bits: k.y_bits(),
            metadata_bits,
            result_masks,
            is_result_metadata_hashed: table >= 4,
            message_length: (k.y_bits() + 2 * metadata_bits).div_ceil(8) as usize,
            implementation: Implementation::detect(),
        }
    }

    /// The results for sixteen pairs: values of y and metadata.
    #[inline]
    pub(crate) fn evaluate(
        &self,
        left_ys: &Lanes,
        left_metadata: &MetadataLanes,
        right_metadata: &MetadataLanes,
    ) -> (Lanes, MetadataLanes) {
        let mut message = [[0; GROUP_LANES]; GROUP_WORDS + 1];
        for (word, y) in message[0].iter_mut().zip(left_ys) {
            *word = y << (32 - self.y_bits);
        }
        insert(&mut message, self.y_bits, left_metadata);
        insert(
            &mut message,
            self.y_bits + self.metadata_bits,
            right_metadata,
        );

        let mut group = Group::default();
        for (to, from) in group.words.iter_mut().zip(&message) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = from.swap_bytes();
            }
        }
        let mut hash = self
            .implementation
            .hash_group(self.message_length, &group)
            .expect("y and two times metadata have at most 31 + 2 * 100 bits; qed");
        for lanes in &mut hash.words {
            for word in lanes {
                *word = word.swap_bytes();
            }
        }

        let mut ys = hash.words[0];
        for y in &mut ys {
            *y >>= 32 - self.y_bits;
        }
        let source = if self.is_result_metadata_hashed {
            &hash.words
        } else {
            message.first_chunk().expect("has one word more; qed")
        };
        (ys, self.result_metadata(source))
    }

    /// The metadata that follows y in `source`.
    #[inline(always)]
    fn result_metadata(&self, source: &[Lanes; GROUP_WORDS]) -> MetadataLanes {
        let mut metadata = [[0; GROUP_LANES]; METADATA_WORDS];
        for (word, lanes) in metadata.iter_mut().enumerate() {
            for lane in 0..GROUP_LANES {
                let bits = source[word][lane] << self.y_bits
                    | source[word + 1][lane] >> (32 - self.y_bits);
                lanes[lane] = bits & self.result_masks[word];
            }
        }
        metadata
    }
}

/// Puts `metadata` into `message` from bit `offset` on, where there are zeros.
#[inline(always)]
fn insert(message: &mut [Lanes; GROUP_WORDS + 1], offset: u32, metadata: &MetadataLanes) {
    let first_word = (offset / 32) as usize;
    let shift = offset % 32;
    for (word, lanes) in metadata.iter().enumerate() {
        for lane in 0..GROUP_LANES {
            message[first_word + word][lane] |= lanes[lane] >> shift;
            // By 32 - shift, which can be 32
            message[first_word + word + 1][lane] |= lanes[lane] << (31 - shift) << 1;
        }
    }
}
