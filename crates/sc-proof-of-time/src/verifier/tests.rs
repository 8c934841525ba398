use super::*;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const ITERATIONS: NonZeroU32 = NonZeroU32::new(64).unwrap();

fn proof(seed: PotSeed) -> PotCheckpoints {
    prove_while(seed, ITERATIONS, || true).unwrap().unwrap()
}

#[test]
fn valid_proofs_are_remembered_and_others_are_not() {
    let verifier = PotVerifier::new();
    let seed = PotSeed([1; 16]);
    let valid = proof(seed);
    let mut invalid = valid;
    invalid.0[3].0[0] ^= 1;

    assert_eq!(verifier.get(seed, ITERATIONS), None);
    assert!(!verifier.verify(seed, ITERATIONS, &invalid));
    assert_eq!(verifier.get(seed, ITERATIONS), None);
    assert_eq!(verifier.entries.lock().len(), 0);
    assert!(verifier.verify(seed, ITERATIONS, &valid));
    assert_eq!(verifier.get(seed, ITERATIONS), Some(valid));
    assert!(!verifier.verify(seed, ITERATIONS, &invalid));
    assert_eq!(
        verifier.get(seed, ITERATIONS.checked_add(16).unwrap()),
        None
    );
}

#[test]
fn a_known_proof_is_not_verified_again() {
    let verifier = PotVerifier::new();
    let seed = PotSeed([2; 16]);
    let valid = proof(seed);
    verifier.remember(seed, ITERATIONS, valid);
    let never = || -> bool { panic!("not to be called") };
    assert!(verifier.verify_with(seed, ITERATIONS, &valid, never));
    assert!(!verifier.verify_with(seed, ITERATIONS, &PotCheckpoints::default(), never));
}

#[test]
fn iterations_without_a_proof_are_not_valid() {
    let seed = PotSeed([3; 16]);
    assert!(!PotVerifier::new().verify(
        seed,
        NonZeroU32::new(65).unwrap(),
        &PotCheckpoints::default()
    ));
}

#[test]
fn the_memory_is_bounded_and_keeps_what_was_used_last() {
    let verifier = PotVerifier::with_capacity(NonZeroUsize::new(2).unwrap());
    let seeds = [PotSeed([1; 16]), PotSeed([2; 16]), PotSeed([3; 16])];
    for seed in seeds {
        verifier.remember(seed, ITERATIONS, PotCheckpoints::default());
        assert!(verifier.get(seeds[0], ITERATIONS).is_some());
    }
    assert_eq!(verifier.get(seeds[1], ITERATIONS), None);
    assert!(verifier.get(seeds[2], ITERATIONS).is_some());
}

#[test]
fn callers_of_one_proof_wait_instead_of_doing_the_work_twice() {
    let verifier = PotVerifier::new();
    let seed = PotSeed([4; 16]);
    let valid = proof(seed);
    let verifications = AtomicUsize::new(0);
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                assert!(verifier.verify_with(seed, ITERATIONS, &valid, || {
                    verifications.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(50));
                    true
                }));
            });
        }
    });
    assert_eq!(verifications.into_inner(), 1);
}

#[test]
fn a_bad_proof_does_not_answer_for_a_good_one_that_waits() {
    let verifier = PotVerifier::new();
    let seed = PotSeed([5; 16]);
    let valid = proof(seed);
    let started = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(
                !verifier.verify_with(seed, ITERATIONS, &PotCheckpoints::default(), || {
                    started.wait();
                    thread::sleep(Duration::from_millis(20));
                    false
                })
            );
        });
        started.wait();
        assert!(verifier.verify(seed, ITERATIONS, &valid));
    });
    // Whoever forgot the bad one may have raced with the good one; a proof is never wrong, at worst forgotten.
    assert!(verifier.verify(seed, ITERATIONS, &valid));
    assert_eq!(verifier.get(seed, ITERATIONS), Some(valid));
}
