//! The oracle is AES as FIPS 197 defines it, byte by byte, and the definition of the proof on top of it: a proof verifies
//! if and only if it is what proving gives. Everything runs on every implementation that the CPU has.

use super::*;
use crate::implementation::ITERATIONS_PER_QUESTION;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// AES-128 encryption by the definition (FIPS 197, sections 4 and 5).
mod naive {
    use std::sync::LazyLock;

    type State = [u8; 16];

    /// Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
    fn multiply(mut a: u8, mut b: u8) -> u8 {
        let mut product = 0;
        while b != 0 {
            if b & 1 == 1 {
                product ^= a;
            }
            a = (a << 1) ^ if a & 0x80 == 0 { 0 } else { 0x1b };
            b >>= 1;
        }
        product
    }

    /// The inverse in GF(2^8) (zero for zero), then the affine transformation.
    fn substitute(byte: u8) -> u8 {
        static TABLE: LazyLock<[u8; 256]> = LazyLock::new(|| {
            std::array::from_fn(|byte| {
                let inverse = (0..=255)
                    .find(|&candidate| multiply(byte as u8, candidate) == 1)
                    .unwrap_or(0);
                (0..=4).fold(0x63, |sum, shift| sum ^ inverse.rotate_left(shift))
            })
        });
        TABLE[usize::from(byte)]
    }

    pub(super) fn substitute_word(word: u32) -> u32 {
        u32::from_le_bytes(word.to_le_bytes().map(substitute))
    }

    pub(super) fn round_keys(key: State) -> [State; 11] {
        let mut words = Vec::from(key.as_chunks::<4>().0);
        let mut constant = 1;
        for index in 4..44 {
            let mut word = words[index - 1];
            if index % 4 == 0 {
                word.rotate_left(1);
                word = word.map(substitute);
                word[0] ^= constant;
                constant = multiply(constant, 2);
            }
            let before = words[index - 4];
            words.push(std::array::from_fn(|byte| before[byte] ^ word[byte]));
        }
        std::array::from_fn(|round| {
            words[4 * round..][..4]
                .concat()
                .try_into()
                .expect("four words")
        })
    }

    pub(super) fn encrypt(round_keys: &[State; 11], block: State) -> State {
        let add = |state: State, key: State| std::array::from_fn(|byte| state[byte] ^ key[byte]);
        let mut state: State = add(block, round_keys[0]);
        for (round, round_key) in round_keys.iter().enumerate().skip(1) {
            state = state.map(substitute);
            // Row r moves r columns to the left; a column is four bytes
            state = std::array::from_fn(|byte| state[(byte + 4 * (byte % 4)) % 16]);
            if round < 10 {
                state = std::array::from_fn(|byte| {
                    let column = &state[byte / 4 * 4..][..4];
                    let row = |offset: usize| column[(byte + offset) % 4];
                    multiply(row(0), 2) ^ multiply(row(1), 3) ^ row(2) ^ row(3)
                });
            }
            state = add(state, *round_key);
        }
        state
    }
}

/// The definition of a proof.
fn naive_prove(seed: Seed, iterations: NonZeroU32) -> Checkpoints {
    let key = blake3::hash(&seed).as_bytes()[..16].try_into().unwrap();
    let round_keys = naive::round_keys(key);
    let mut state = seed;
    std::array::from_fn(|_| {
        for _ in 0..iterations.get() / 8 {
            state = naive::encrypt(&round_keys, state);
        }
        state
    })
}

fn iterations(iterations: u32) -> NonZeroU32 {
    NonZeroU32::new(iterations).unwrap()
}

/// The answer of all implementations, which must be one.
fn verify_with_all(seed: Seed, iterations: NonZeroU32, checkpoints: &Checkpoints) -> bool {
    let answer = verify(seed, iterations, checkpoints);
    for implementation in Implementation::available() {
        assert_eq!(
            implementation.verify(seed, iterations, checkpoints),
            answer,
            "{implementation:?}"
        );
    }
    answer
}

#[derive(serde::Deserialize)]
struct Vector {
    seed: String,
    iterations: NonZeroU32,
    checkpoints: Vec<String>,
}

impl Vector {
    fn seed(&self) -> Seed {
        block(&self.seed)
    }

    fn checkpoints(&self) -> Checkpoints {
        let checkpoints: Vec<_> = self.checkpoints.iter().map(|hex| block(hex)).collect();
        checkpoints.try_into().unwrap()
    }
}

fn block(hex: &str) -> [u8; 16] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

#[derive(serde::Deserialize)]
struct Vectors {
    published: Vec<Vector>,
    own: Vec<Vector>,
}

static VECTORS: LazyLock<Vectors> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../test/vectors/proof-of-time.json")).unwrap()
});

fn matches_vectors(vectors: &[Vector]) {
    for vector in vectors {
        let (seed, checkpoints) = (vector.seed(), vector.checkpoints());
        for implementation in Implementation::available() {
            let at = format!(
                "{implementation:?}, {} × {}",
                vector.seed, vector.iterations
            );
            assert_eq!(
                implementation.prove(seed, vector.iterations),
                Ok(checkpoints),
                "{at}"
            );
            assert!(
                implementation.verify(seed, vector.iterations, &checkpoints),
                "{at}"
            );
        }
    }
}

#[test]
fn published_vectors() {
    assert_eq!(VECTORS.published.len(), 8);
    matches_vectors(&VECTORS.published);
}

#[test]
fn own_vectors() {
    assert_eq!(VECTORS.own.len(), 16);
    matches_vectors(&VECTORS.own);
}

#[test]
fn the_oracle_is_the_standard() {
    // FIPS 197, appendix A.1 (last round key) and appendix B
    let round_keys = naive::round_keys(block("2b7e151628aed2a6abf7158809cf4f3c"));
    assert_eq!(round_keys[10], block("d014f9a8c9ee2589e13f0cc8b6630ca6"));
    assert_eq!(
        naive::encrypt(&round_keys, block("3243f6a8885a308d313198a2e0370734")),
        block("3925841d02dc09fbdc118597196a0b32")
    );
}

#[test]
fn the_key_schedule_is_the_standard() {
    for key in [[0; 16], [0xff; 16], *b"sixteen byte key"] {
        assert_eq!(
            key_schedule::expand(key, naive::substitute_word),
            naive::round_keys(key)
        );
    }
}

#[test]
fn the_implementations_of_this_cpu_are_in_order() {
    let available: Vec<_> = Implementation::available().collect();
    assert_eq!(available.first(), Some(&Implementation::Portable));
    assert_eq!(available.last(), Some(&Implementation::detect()));
    for implementation in available {
        assert!(implementation.is_available());
    }
    // 256-bit registers do not need what 512-bit registers need, but not the other way round
    if Implementation::Vaes512.is_available() {
        assert!(Implementation::Vaes256.is_available());
    }
    if Implementation::Vaes256.is_available() {
        assert!(Implementation::AesNi.is_available());
    }
    assert_eq!(
        has_hardware_aes(),
        Implementation::AesNi.is_available() || Implementation::Armv8.is_available()
    );
}

/// The `aes` crate asks the CPU by itself, in another way.
#[cfg(feature = "std")]
#[test]
fn aes_instructions_are_not_overlooked() {
    if aes::hardware_accelerated() {
        assert!(has_hardware_aes());
    }
}

#[test]
fn an_implementation_that_the_cpu_lacks_is_replaced() {
    let (seed, iterations) = ([3; 16], iterations(160));
    let proof = naive_prove(seed, iterations);
    for implementation in [
        Implementation::Portable,
        Implementation::Armv8,
        Implementation::AesNi,
        Implementation::Vaes256,
        Implementation::Vaes512,
    ] {
        assert_eq!(implementation.prove(seed, iterations), Ok(proof));
        assert!(implementation.verify(seed, iterations, &proof));
        assert!(!implementation.verify(seed, iterations, &[[0; 16]; 8]));
    }
}

#[test]
fn iterations_that_are_not_a_multiple_have_no_proof() {
    for count in (1..=64).chain([u32::MAX, u32::MAX - 1, u32::MAX - 14]) {
        let iterations = iterations(count);
        let multiple = count.is_multiple_of(16);
        for implementation in Implementation::available() {
            if multiple {
                assert!(implementation.prove(Seed::default(), iterations).is_ok());
                continue;
            }
            let error = Error::IterationsNotMultiple { iterations };
            assert_eq!(implementation.prove([1; 16], iterations), Err(error));
            assert_eq!(
                implementation.prove_while([1; 16], iterations, || panic!("nothing to stop")),
                Err(error)
            );
            // Not even the proof of the iterations that the halves would round down to
            if let Some(rounded) = NonZeroU32::new(count / 16 * 16).filter(|_| count < 64) {
                let proof = prove([1; 16], rounded).unwrap();
                assert!(!implementation.verify([1; 16], iterations, &proof));
            }
            assert!(!implementation.verify([1; 16], iterations, &Checkpoints::default()));
        }
    }
    assert_eq!(
        Error::IterationsNotMultiple {
            iterations: iterations(17)
        }
        .to_string(),
        "17 iterations cannot be divided into 8 stretches of two equal halves, so there is no proof of time of this \
         length; set a multiple of 16"
    );
}

#[test]
fn every_bit_of_the_checkpoints_counts() {
    let (seed, iterations) = (*b"checkpoints' bit", iterations(160));
    let proof = prove(seed, iterations).unwrap();
    assert!(verify_with_all(seed, iterations, &proof));
    for index in 0..CHECKPOINTS {
        for bit in 0..128 {
            let mut forged = proof;
            forged[index][bit / 8] ^= 1 << (bit % 8);
            assert!(
                !verify_with_all(seed, iterations, &forged),
                "checkpoint {index}, bit {bit}"
            );
        }
    }
}

#[test]
fn every_bit_of_the_seed_counts() {
    let (seed, iterations) = (*b"the bits of seed", iterations(160));
    let proof = prove(seed, iterations).unwrap();
    for bit in 0..128 {
        let mut other = seed;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(!verify_with_all(other, iterations, &proof), "bit {bit}");
    }
}

#[test]
fn a_proof_is_of_one_number_of_iterations() {
    let seed = *b"how often exact?";
    for count in [16, 32, 48, 1600] {
        let proof = prove(seed, iterations(count)).unwrap();
        for other in [16, 32, 48, 64, 1584, 1600, 1616] {
            assert_eq!(
                verify_with_all(seed, iterations(other), &proof),
                other == count,
                "{count} as {other}"
            );
        }
    }
}

#[test]
fn the_order_of_checkpoints_counts() {
    let (seed, iterations) = (*b"swap any of them", iterations(160));
    let proof = prove(seed, iterations).unwrap();
    for first in 0..CHECKPOINTS {
        for second in 0..first {
            let mut forged = proof;
            forged.swap(first, second);
            assert!(
                !verify_with_all(seed, iterations, &forged),
                "{first} and {second}"
            );
        }
        let mut forged = proof;
        forged.rotate_left(first);
        assert_eq!(verify_with_all(seed, iterations, &forged), first == 0);
        assert!(!verify_with_all(seed, iterations, &[proof[first]; 8]));
    }
    assert!(!verify_with_all(seed, iterations, &[seed; 8]));
}

/// All that follows a wrong checkpoint is right for it, so that only one of eight stretches does not meet.
#[test]
fn one_broken_stretch_is_enough() {
    let (seed, iterations) = (*b"one stretch only", iterations(1600));
    let round_keys = naive::round_keys(blake3::hash(&seed).as_bytes()[..16].try_into().unwrap());
    let proof = prove(seed, iterations).unwrap();
    for broken in 0..CHECKPOINTS {
        let mut forged = proof;
        forged[broken] = [0xab; 16];
        for index in broken + 1..CHECKPOINTS {
            forged[index] = (0..200).fold(forged[index - 1], |state, _| {
                naive::encrypt(&round_keys, state)
            });
        }
        assert!(
            !verify_with_all(seed, iterations, &forged),
            "stretch {broken}"
        );
    }
}

#[test]
fn proving_stops_at_every_question() {
    // Three questions to a checkpoint, the last one for a remainder
    let iterations = iterations(8 * (2 * ITERATIONS_PER_QUESTION + 2));
    for implementation in Implementation::available() {
        let mut questions = 0;
        let proof = implementation
            .prove_while([5; 16], iterations, || {
                questions += 1;
                true
            })
            .unwrap();
        assert_eq!(questions, 3 * CHECKPOINTS);
        assert_eq!(proof, Some(prove([5; 16], iterations).unwrap()));

        for stop_at in [1, 2, 3, 4, questions] {
            let mut asked = 0;
            let proof = implementation.prove_while([5; 16], iterations, || {
                asked += 1;
                asked < stop_at
            });
            assert_eq!(proof, Ok(None));
            assert_eq!(asked, stop_at, "it went on after it was told to stop");
        }
    }
}

/// The longest proof there is takes most of a minute; this one ends because it is told to.
#[test]
fn proving_stops_from_another_thread() {
    static KEEP_GOING: AtomicBool = AtomicBool::new(true);
    let timekeeper = std::thread::spawn(|| {
        prove_while([6; 16], iterations(u32::MAX - 15), || {
            KEEP_GOING.load(Ordering::Relaxed)
        })
    });
    std::thread::sleep(Duration::from_millis(20));
    KEEP_GOING.store(false, Ordering::Relaxed);
    assert_eq!(timekeeper.join().unwrap(), Ok(None));
}

#[test]
fn all_implementations_agree_on_a_longer_proof() {
    let (seed, iterations) = (*b"a longer proof..", iterations(3_200_000));
    let proofs: BTreeSet<_> = Implementation::available()
        .map(|implementation| implementation.prove(seed, iterations).unwrap())
        .collect();
    assert_eq!(proofs.len(), 1);
    let proof = proofs.into_iter().next().unwrap();
    assert!(verify_with_all(seed, iterations, &proof));
    for index in 0..CHECKPOINTS {
        let mut forged = proof;
        forged[index][index] ^= 1;
        assert!(!verify_with_all(seed, iterations, &forged));
    }
}

proptest! {
    #[test]
    fn proving_is_the_definition(seed: Seed, sixteenths in 1_u32..40) {
        let iterations = iterations(16 * sixteenths);
        let proof = naive_prove(seed, iterations);
        for implementation in Implementation::available() {
            prop_assert_eq!(implementation.prove(seed, iterations), Ok(proof));
            prop_assert!(implementation.verify(seed, iterations, &proof));
        }
    }

    /// Starts from a valid proof and changes some of it, or nothing.
    #[test]
    fn verifying_is_comparing_with_the_definition(
        seed: Seed,
        claimed_seed: Option<Seed>,
        sixteenths in 1_u32..20,
        difference in 0_u32..3,
        changes in prop::collection::vec((0..CHECKPOINTS, any::<Checkpoint>()), 0..3),
        swaps in prop::collection::vec((0..CHECKPOINTS, 0..CHECKPOINTS), 0..3),
    ) {
        let proven = iterations(16 * sixteenths);
        let mut checkpoints = prove(seed, proven).unwrap();
        for (index, checkpoint) in changes {
            checkpoints[index] = checkpoint;
        }
        for (first, second) in swaps {
            checkpoints.swap(first, second);
        }
        let claimed_seed = claimed_seed.unwrap_or(seed);
        let claimed = iterations(16 * (sixteenths + difference));
        prop_assert_eq!(
            verify_with_all(claimed_seed, claimed, &checkpoints),
            checkpoints == naive_prove(claimed_seed, claimed)
        );
    }

    #[test]
    fn no_input_makes_it_panic(seed: Seed, count in 1_u32..5_000, checkpoints: Checkpoints) {
        prop_assert!(!verify_with_all(seed, iterations(count), &checkpoints));
    }
}
