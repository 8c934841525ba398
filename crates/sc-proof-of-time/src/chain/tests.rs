use super::*;
use crate::verifier::{PotVerifier, prove_while};
use autonomys_core_primitives::pot::PotEntropy;

const OLD: NonZeroU32 = NonZeroU32::new(16).unwrap();
const NEW: NonZeroU32 = NonZeroU32::new(32).unwrap();

fn anchor() -> PotAnchor {
    PotAnchor::genesis(
        &[7; 32],
        &PotParameters {
            iterations: OLD,
            next_change: None,
        },
    )
}

fn change(slot: SlotNumber) -> Option<PotParametersChange> {
    Some(PotParametersChange {
        slot,
        iterations: NEW,
        entropy: PotEntropy([9; 32]),
    })
}

fn prove(input: &PotSlotInput) -> PotCheckpoints {
    prove_while(input.seed, input.iterations, || true)
        .unwrap()
        .unwrap()
}

/// Proves `slots` slots and remembers them.
fn grow(chain: &mut PotChain, verifier: &PotVerifier, slots: u64) {
    for _ in 0..slots {
        let input = chain.next_input().unwrap();
        let proof = prove(&input);
        verifier.remember(input.seed, input.iterations, proof);
        chain.extend(&input, proof).unwrap();
    }
}

fn cached(verifier: &PotVerifier) -> impl Fn(&PotSlotInput) -> Option<PotCheckpoints> {
    |input| verifier.get(input.seed, input.iterations)
}

/// The anchor of a block on the branch of `chain` that reveals slots up to `slot`.
fn block_at(chain: &PotChain, slot: SlotNumber, change: Option<PotParametersChange>) -> PotAnchor {
    PotAnchor {
        slot,
        output: chain.output_of(slot).unwrap(),
        iterations: OLD,
        change,
    }
}

/// The definition, slot by slot.
fn slots_by_definition(anchor: &PotAnchor, until: SlotNumber) -> Vec<PotSlotInfo> {
    let mut slots = Vec::new();
    let (mut slot, mut output) = (anchor.slot, anchor.output);
    while slot < until {
        let input =
            PotSlotInput::next(slot, anchor.iterations, output, anchor.change.as_ref()).unwrap();
        let info = PotSlotInfo::new(input, prove(&input));
        (slot, output) = (info.slot, info.output());
        slots.push(info);
    }
    slots
}

#[test]
fn slot_1_starts_from_the_genesis_seed() {
    let input = PotChain::new(anchor()).next_input().unwrap();
    assert_eq!(input.slot, 1);
    assert_eq!(input.seed, PotSeed::genesis(&[7; 32], &[]));
    assert_eq!(input.iterations, OLD);
}

#[test]
fn slots_follow_the_change_of_the_anchor() {
    let anchor = PotAnchor {
        change: change(4),
        ..anchor()
    };
    let mut chain = PotChain::new(anchor);
    grow(&mut chain, &PotVerifier::new(), 6);
    assert_eq!(chain.slots_after(0, 100), slots_by_definition(&anchor, 6));
    assert_eq!(chain.slots_after(0, 100)[2].iterations, OLD);
    assert_eq!(chain.slots_after(0, 100)[3].iterations, NEW);
}

#[test]
fn only_the_next_slot_extends() {
    let mut chain = PotChain::new(anchor());
    let first = chain.next_input().unwrap();
    let proof = prove(&first);
    for wrong in [
        PotSlotInput { slot: 2, ..first },
        PotSlotInput {
            seed: PotSeed([1; 16]),
            ..first
        },
        PotSlotInput {
            iterations: NEW,
            ..first
        },
    ] {
        assert_eq!(chain.extend(&wrong, proof), None);
    }
    assert!(chain.extend(&first, proof).is_some());
    assert_eq!(chain.extend(&first, proof), None, "each slot once");
    assert_eq!(chain.last_slot(), 1);
}

#[test]
fn a_best_block_that_reveals_known_slots_keeps_them() {
    let verifier = PotVerifier::new();
    let mut chain = PotChain::new(anchor());
    grow(&mut chain, &verifier, 6);
    let next = chain.next_input();
    let block = block_at(&chain, 4, None);
    assert_eq!(chain.reanchor(block, |_| None), Reanchored::Kept);
    assert_eq!(chain.reanchor(block, |_| None), Reanchored::Kept);
    assert_eq!((chain.last_slot(), chain.next_input()), (6, next));
    assert_eq!(chain.slots_after(4, 100).len(), 2);
}

#[test]
fn a_change_announced_in_time_changes_what_comes_next_only() {
    let verifier = PotVerifier::new();
    let mut chain = PotChain::new(anchor());
    grow(&mut chain, &verifier, 6);
    let block = block_at(&chain, 4, change(7));
    assert_eq!(chain.reanchor(block, |_| None), Reanchored::Kept);
    let next = chain.next_input().unwrap();
    assert_eq!((next.slot, next.iterations), (7, NEW));
    grow(&mut chain, &verifier, 3);
    assert_eq!(chain.slots_after(4, 100), slots_by_definition(&block, 9));
}

#[test]
fn slots_computed_without_a_change_that_came_late_are_dropped_and_no_others() {
    let verifier = PotVerifier::new();
    let mut chain = PotChain::new(anchor());
    grow(&mut chain, &verifier, 9);
    let block = block_at(&chain, 4, change(7));
    assert_eq!(
        chain.reanchor(block, |_| None),
        Reanchored::Switched { from: 9, to: 6 }
    );
    assert_eq!(chain.slots_after(4, 100), slots_by_definition(&block, 6));
    grow(&mut chain, &verifier, 3);
    assert_eq!(chain.slots_after(4, 100), slots_by_definition(&block, 9));
}

#[test]
fn a_best_block_ahead_extends_by_the_slots_it_was_verified_with() {
    let verifier = PotVerifier::new();
    let mut other = PotChain::new(anchor());
    grow(&mut other, &verifier, 8);
    let mut chain = PotChain::new(anchor());
    grow(&mut chain, &verifier, 2);
    let block = block_at(&other, 8, None);
    let Reanchored::Extended(new) = chain.reanchor(block, cached(&verifier)) else {
        panic!("must extend")
    };
    assert_eq!(new, other.slots_after(2, 100));
    assert_eq!(chain.next_input(), other.next_input());
    assert_eq!(chain.last(), other.last());
}

#[test]
fn a_best_block_ahead_is_reached_through_a_change_that_only_its_parent_names() {
    let verifier = PotVerifier::new();
    let parent = PotAnchor {
        change: change(3),
        ..anchor()
    };
    let mut other = PotChain::new(parent);
    grow(&mut other, &verifier, 6);
    let block = PotAnchor {
        iterations: NEW,
        change: None,
        ..block_at(&other, 6, None)
    };
    let mut chain = PotChain::new(parent);
    assert_eq!(
        chain.reanchor(block, cached(&verifier)),
        Reanchored::Extended(other.slots_after(0, 100))
    );
    // And where the parent was never best, through what the block says.
    let mut chain = PotChain::new(anchor());
    let child = PotAnchor {
        change: change(8),
        ..anchor()
    };
    let mut other = PotChain::new(child);
    grow(&mut other, &verifier, 9);
    let block = block_at(&other, 9, change(8));
    assert_eq!(
        chain.reanchor(block, cached(&verifier)),
        Reanchored::Extended(other.slots_after(0, 100))
    );
}

#[test]
fn a_best_block_on_another_branch_is_where_the_chain_goes_on() {
    let verifier = PotVerifier::new();
    let mut chain = PotChain::new(anchor());
    grow(&mut chain, &verifier, 5);
    for slot in [3, 5, 8] {
        let mut chain = chain.clone();
        let block = PotAnchor {
            slot,
            output: PotOutput([0xaa; 16]),
            iterations: OLD,
            change: None,
        };
        assert_eq!(
            chain.reanchor(block, cached(&verifier)),
            Reanchored::Switched { from: 5, to: slot }
        );
        assert_eq!(chain.next_input(), block.next_input());
        assert_eq!(chain.last(), None);
        assert_eq!(chain.slots_after(0, 100), []);
        grow(&mut chain, &verifier, 2);
        assert_eq!(
            chain.slots_after(slot, 100),
            slots_by_definition(&block, slot + 2)
        );
    }
}

#[test]
fn a_block_far_ahead_is_jumped_to_without_a_walk() {
    let mut chain = PotChain::new(anchor());
    let block = PotAnchor {
        slot: u64::MAX - 1,
        ..anchor()
    };
    let asked = std::cell::Cell::new(0);
    let outcome = chain.reanchor(block, |_| {
        asked.set(asked.get() + 1);
        None
    });
    assert_eq!(
        outcome,
        Reanchored::Switched {
            from: 0,
            to: u64::MAX - 1
        }
    );
    assert_eq!(asked.get(), 0);
}

#[test]
fn after_the_last_possible_slot_there_is_none() {
    let mut chain = PotChain::new(PotAnchor {
        slot: u64::MAX - 1,
        ..anchor()
    });
    grow(&mut chain, &PotVerifier::new(), 1);
    assert_eq!((chain.last_slot(), chain.next_input()), (u64::MAX, None));
}

#[test]
fn memory_is_bounded_before_and_after_the_best_block() {
    let mut chain = PotChain::new(anchor());
    for _ in 0..MAX_SLOTS_KEPT + 10 {
        let input = chain.next_input().unwrap();
        chain
            .extend(&input, PotCheckpoints([PotOutput([1; 16]); 8]))
            .unwrap();
    }
    assert_eq!(chain.slots.len(), MAX_SLOTS_KEPT);
    assert_eq!(chain.base.0, 10);
    assert_eq!(chain.slots_after(10, 1)[0].slot, 11);
    assert_eq!(chain.slots_after(0, 1)[0].slot, 11);

    let block = block_at(&chain, 20_000, None);
    assert_eq!(chain.reanchor(block, |_| None), Reanchored::Kept);
    assert_eq!(chain.base.0 + 1, 20_000 - SLOTS_KEPT_BEHIND_ANCHOR);
    // A sibling that reveals a little less keeps them all, and one far back is gone back to.
    let last = chain.last_slot();
    let sibling = block_at(&chain, 19_990, None);
    assert_eq!(chain.reanchor(sibling, |_| None), Reanchored::Kept);
    assert_eq!(
        chain.reanchor(anchor(), |_| None),
        Reanchored::Switched { from: last, to: 0 }
    );
}
