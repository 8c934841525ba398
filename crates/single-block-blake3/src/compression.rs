//! The compression function on registers of many lanes.

#![expect(
    unsafe_code,
    reason = "inlined into functions compiled for instructions that the CPU was asked for at run time"
)]

/// The initialization vector: the chaining value of a message without key, and part of the state of every other.
const INITIALIZATION: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Order in which a round takes the message words of the round before.
const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

/// Flags of a message of a single block: `CHUNK_START`, `CHUNK_END` and `ROOT`.
const SINGLE_BLOCK: u32 = 1 | 2 | 8;
const KEYED_HASH: u32 = 16;

/// What is hashed besides the words of the message; the same in all lanes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters {
    chaining_value: [u32; 8],
    length: u32,
    flags: u32,
}

impl Parameters {
    /// For messages of `length` bytes, which is at most 64.
    pub(crate) fn unkeyed(length: usize) -> Self {
        Self {
            chaining_value: INITIALIZATION,
            length: length as u32,
            flags: SINGLE_BLOCK,
        }
    }

    /// For messages of `length` bytes, which is at most 64, under `key`.
    pub(crate) fn keyed(key: &[u8; 32], length: usize) -> Self {
        let mut chaining_value = [0; 8];
        for (word, bytes) in chaining_value.iter_mut().zip(key.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Self {
            chaining_value,
            length: length as u32,
            flags: SINGLE_BLOCK | KEYED_HASH,
        }
    }
}

/// A register of 32-bit words, one for each lane.
///
/// # Safety
///
/// All functions need the instructions of the register on the CPU.
pub(crate) trait Register: Copy {
    unsafe fn splat(word: u32) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn xor(self, other: Self) -> Self;
    unsafe fn rotate_right_16(self) -> Self;
    unsafe fn rotate_right_12(self) -> Self;
    unsafe fn rotate_right_8(self) -> Self;
    unsafe fn rotate_right_7(self) -> Self;
}

/// The first 8 words of the hash of a message of a single block, in every lane.
///
/// # Safety
///
/// Needs the instructions of the register on the CPU.
#[inline(always)]
pub(crate) unsafe fn compress<R: Register>(parameters: &Parameters, message: [R; 16]) -> [R; 8] {
    // SAFETY: As promised by the caller.
    unsafe {
        let mut state = [
            R::splat(parameters.chaining_value[0]),
            R::splat(parameters.chaining_value[1]),
            R::splat(parameters.chaining_value[2]),
            R::splat(parameters.chaining_value[3]),
            R::splat(parameters.chaining_value[4]),
            R::splat(parameters.chaining_value[5]),
            R::splat(parameters.chaining_value[6]),
            R::splat(parameters.chaining_value[7]),
            R::splat(INITIALIZATION[0]),
            R::splat(INITIALIZATION[1]),
            R::splat(INITIALIZATION[2]),
            R::splat(INITIALIZATION[3]),
            // The counter of a single chunk, low and high word
            R::splat(0),
            R::splat(0),
            R::splat(parameters.length),
            R::splat(parameters.flags),
        ];

        // Written out instead of a loop, so that the permutation only renames registers
        round(&mut state, &message);
        let message = permute(message);
        round(&mut state, &message);
        let message = permute(message);
        round(&mut state, &message);
        let message = permute(message);
        round(&mut state, &message);
        let message = permute(message);
        round(&mut state, &message);
        let message = permute(message);
        round(&mut state, &message);
        let message = permute(message);
        round(&mut state, &message);

        [
            state[0].xor(state[8]),
            state[1].xor(state[9]),
            state[2].xor(state[10]),
            state[3].xor(state[11]),
            state[4].xor(state[12]),
            state[5].xor(state[13]),
            state[6].xor(state[14]),
            state[7].xor(state[15]),
        ]
    }
}

#[inline(always)]
fn permute<R: Register>(message: [R; 16]) -> [R; 16] {
    let mut permuted = message;
    for (to, from) in permuted.iter_mut().zip(PERMUTATION) {
        *to = message[from];
    }
    permuted
}

/// # Safety
///
/// Needs the instructions of the register on the CPU.
#[inline(always)]
unsafe fn round<R: Register>(state: &mut [R; 16], message: &[R; 16]) {
    // SAFETY: As promised by the caller.
    unsafe {
        // Columns
        mix(state, [0, 4, 8, 12], message[0], message[1]);
        mix(state, [1, 5, 9, 13], message[2], message[3]);
        mix(state, [2, 6, 10, 14], message[4], message[5]);
        mix(state, [3, 7, 11, 15], message[6], message[7]);
        // Diagonals
        mix(state, [0, 5, 10, 15], message[8], message[9]);
        mix(state, [1, 6, 11, 12], message[10], message[11]);
        mix(state, [2, 7, 8, 13], message[12], message[13]);
        mix(state, [3, 4, 9, 14], message[14], message[15]);
    }
}

/// # Safety
///
/// Needs the instructions of the register on the CPU.
#[inline(always)]
unsafe fn mix<R: Register>(state: &mut [R; 16], [a, b, c, d]: [usize; 4], first: R, second: R) {
    // SAFETY: As promised by the caller.
    unsafe {
        state[a] = state[a].add(state[b]).add(first);
        state[d] = state[d].xor(state[a]).rotate_right_16();
        state[c] = state[c].add(state[d]);
        state[b] = state[b].xor(state[c]).rotate_right_12();
        state[a] = state[a].add(state[b]).add(second);
        state[d] = state[d].xor(state[a]).rotate_right_8();
        state[c] = state[c].add(state[d]);
        state[b] = state[b].xor(state[c]).rotate_right_7();
    }
}
