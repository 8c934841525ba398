use super::*;
use autonomys_core_primitives::{PotOutput, PotSeed};
use proptest::prelude::*;

const ITERATIONS: NonZeroU32 = NonZeroU32::new(64).unwrap();
const SEED: PotSeed = PotSeed([1; 16]);
const PROOF: PotCheckpoints = PotCheckpoints([PotOutput([2; 16]); 8]);

const POSITION: Position = Position {
    last_slot: 100,
    next: Some(PotSlotInput {
        slot: 101,
        iterations: ITERATIONS,
        seed: SEED,
    }),
};

fn proof(slot: SlotNumber) -> PotSlotInfo {
    PotSlotInfo {
        slot,
        seed: SEED,
        iterations: ITERATIONS,
        checkpoints: PROOF,
    }
}

fn judged(proof: PotSlotInfo) -> Judgement {
    judge(&proof, &POSITION, |_| None)
}

#[test]
fn the_next_slot_needs_exactly_its_input() {
    assert_eq!(judged(proof(101)), Judgement::Next);
    let mismatch = Judgement::Rejected(Rejection::Mismatch);
    assert_eq!(
        judged(PotSlotInfo {
            seed: PotSeed([3; 16]),
            ..proof(101)
        }),
        mismatch
    );
    assert_eq!(
        judged(PotSlotInfo {
            iterations: NonZeroU32::new(80).unwrap(),
            ..proof(101)
        }),
        mismatch
    );
}

#[test]
fn slots_are_taken_from_the_next_to_ten_ahead() {
    for slot in 102..=110 {
        assert_eq!(judged(proof(slot)), Judgement::Ahead, "{slot}");
    }
    for slot in [111, 1_000_000, u64::MAX] {
        assert_eq!(
            judged(proof(slot)),
            Judgement::Rejected(Rejection::TooFarAhead),
            "{slot}"
        );
    }
    for slot in [0, 99, 100] {
        assert_eq!(
            judged(proof(slot)),
            Judgement::Rejected(Rejection::Old),
            "{slot}"
        );
    }
}

#[test]
fn a_proof_of_a_passed_slot_that_is_known_is_no_offence() {
    assert_eq!(
        judge(&proof(100), &POSITION, |_| Some(PROOF)),
        Judgement::Known
    );
    assert_eq!(
        judge(&proof(101), &POSITION, |_| Some(PROOF)),
        Judgement::Next
    );
}

#[test]
fn a_proof_other_than_the_known_one_is_invalid_whatever_its_slot() {
    for slot in [0, 100, 101, 105, 111, u64::MAX] {
        assert_eq!(
            judge(&proof(slot), &POSITION, |_| Some(PotCheckpoints::default())),
            Judgement::Rejected(Rejection::Invalid)
        );
    }
}

#[test]
fn iterations_of_slots_ahead_are_from_the_current_to_half_more() {
    for (iterations, taken) in [
        (48, false),
        (63, false),
        (64, true),
        (65, false),
        (80, true),
        (96, true),
        (112, false),
        (u32::MAX, false),
    ] {
        let judgement = judged(PotSlotInfo {
            iterations: NonZeroU32::new(iterations).unwrap(),
            ..proof(102)
        });
        let expected = if taken {
            Judgement::Ahead
        } else {
            Judgement::Rejected(Rejection::IterationsOutOfRange)
        };
        assert_eq!(judgement, expected, "{iterations}");
    }
}

#[test]
fn after_the_last_possible_slot_nothing_is_taken() {
    let position = Position {
        last_slot: u64::MAX - 1,
        next: None,
    };
    assert_eq!(
        judge(&proof(u64::MAX), &position, |_| None),
        Judgement::Rejected(Rejection::TooFarAhead)
    );
}

#[test]
fn only_an_invalid_proof_costs_a_peer_its_connection() {
    /// Below this sc-network disconnects and refuses a peer.
    const BANNED: i32 = 71 * (i32::MIN / 100);
    for rejection in Rejection::ALL {
        let change = rejection.reputation_change().value;
        if rejection == Rejection::Invalid {
            assert!(change < BANNED);
        } else {
            // Reputation decays by 1/200 a second, so even 100 offences each second for ever keep the peer.
            assert!(change < 0 && change * 100 * 200 > BANNED, "{rejection:?}");
        }
    }
}

#[test]
fn names_of_rejections_differ() {
    let names: std::collections::HashSet<_> = Rejection::ALL.map(Rejection::name).into();
    assert_eq!(names.len(), Rejection::ALL.len());
}

proptest! {
    #[test]
    fn any_proof_is_judged_without_a_panic_and_only_the_right_one_is_next(
        slot in prop_oneof![any::<u64>(), 95u64..115],
        iterations in prop_oneof![1u32.., 60u32..100],
        seed in prop_oneof![any::<[u8; 16]>(), Just(SEED.0)],
        last_slot in prop_oneof![Just(100), Just(u64::MAX - 1), any::<u64>()],
    ) {
        let position = Position {
            last_slot,
            next: PotSlotInput::next(last_slot, ITERATIONS, PotOutput(SEED.0), None),
        };
        let proof = PotSlotInfo {
            slot,
            seed: PotSeed(seed),
            iterations: NonZeroU32::new(iterations).unwrap(),
            checkpoints: PROOF,
        };
        let judgement = judge(&proof, &position, |_| None);
        prop_assert_eq!(
            judgement == Judgement::Next,
            position.next == Some(proof.input())
        );
        if judgement == Judgement::Ahead {
            prop_assert!(slot > last_slot && slot - last_slot <= MAX_SLOTS_AHEAD);
        }
    }
}
