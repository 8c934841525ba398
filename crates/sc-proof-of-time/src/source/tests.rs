use super::*;
use autonomys_core_primitives::{PotOutput, PotSeed};
use sp_consensus_poas::PotParameters;
use std::num::NonZeroU32;

const ITERATIONS: NonZeroU32 = NonZeroU32::new(64).unwrap();

fn genesis() -> PotAnchor {
    PotAnchor::genesis(
        &[1; 32],
        &PotParameters {
            iterations: ITERATIONS,
            next_change: None,
        },
    )
}

fn source() -> PotSource {
    PotSource::new(genesis(), PotVerifier::new(), None).unwrap()
}

fn other_branch(slot: SlotNumber) -> PotAnchor {
    PotAnchor {
        slot,
        output: PotOutput([9; 16]),
        ..genesis()
    }
}

fn block(info: &PotSlotInfo) -> PotAnchor {
    PotAnchor {
        slot: info.slot,
        output: info.output(),
        ..genesis()
    }
}

fn drain(stream: &mut PotSlotStream) -> Vec<SlotNumber> {
    std::iter::from_fn(|| stream.try_next())
        .map(|info| info.slot)
        .collect()
}

#[tokio::test]
async fn each_slot_is_given_once_and_in_order_until_the_source_is_gone() {
    let source = source();
    let mut stream = source.subscribe();
    for slot in 1..=3 {
        let info = source.prove_next_slot().unwrap();
        assert_eq!(info.slot, slot);
        assert_eq!(stream.next().await, Some(info));
        assert_eq!(stream.try_next(), None);
        assert_eq!(
            source.verifier().get(info.seed, info.iterations),
            Some(info.checkpoints)
        );
    }
    drop(source);
    assert_eq!(stream.next().await, None);
}

#[test]
fn handed_in_proofs_are_judged_and_verified_like_those_of_peers() {
    let maker = source();
    let proofs: Vec<_> = (0..12).map(|_| maker.prove_next_slot().unwrap()).collect();
    let source = source();
    let mut stream = source.subscribe();

    let mut bad = proofs[0];
    bad.checkpoints.0[7].0[0] ^= 1;
    let rejection = |proof| match source.push_proof(proof) {
        Err(PushProofError::Rejected { rejection, .. }) => Some(rejection),
        _ => None,
    };
    assert_eq!(rejection(bad), Some(Rejection::Invalid));
    assert_eq!(
        source.push_proof(proofs[1]),
        Err(PushProofError::NotNext {
            slot: 2,
            last_slot: 0
        })
    );
    assert_eq!(rejection(proofs[11]), Some(Rejection::TooFarAhead));
    assert_eq!(
        rejection(PotSlotInfo {
            seed: PotSeed::default(),
            ..proofs[0]
        }),
        Some(Rejection::Mismatch)
    );
    assert!(drain(&mut stream).is_empty());
    for proof in &proofs {
        source.push_proof(*proof).unwrap();
    }
    assert_eq!(rejection(proofs[11]), Some(Rejection::Old));
    assert_eq!(drain(&mut stream), (1..=12).collect::<Vec<_>>());
}

#[test]
fn slots_that_a_best_block_reveals_are_given() {
    let maker = source();
    let proofs: Vec<_> = (0..5).map(|_| maker.prove_next_slot().unwrap()).collect();
    let last = proofs[4];
    // The block's proofs went through this verifier.
    let source = PotSource::new(genesis(), maker.verifier().clone(), None).unwrap();
    let mut stream = source.subscribe();
    source.prove_next_slot().unwrap();
    source.on_best_block(block(&last));
    assert_eq!(drain(&mut stream), [1, 2, 3, 4, 5]);
    source.on_best_block(block(&last));
    assert!(drain(&mut stream).is_empty());
}

#[test]
fn after_a_switch_the_stream_goes_on_on_the_new_branch() {
    let source = source();
    let mut stream = source.subscribe();
    for _ in 0..5 {
        source.prove_next_slot().unwrap();
    }
    source.on_best_block(other_branch(3));
    let on_branch = source.prove_next_slot().unwrap();
    assert_eq!(drain(&mut stream), [1, 2, 3, 4, 5, 4]);
    assert_eq!(on_branch.seed, PotOutput([9; 16]).seed());
    source.on_best_block(other_branch(100));
    source.prove_next_slot().unwrap();
    assert_eq!(drain(&mut stream), [101]);
}

#[tokio::test]
async fn a_consumer_that_lags_goes_on() {
    let source = source();
    let mut stream = source.subscribe();
    let slots = STREAM_CAPACITY as u64 + 50;
    for _ in 0..slots {
        source.prove_next_slot().unwrap();
    }
    let first = stream.next().await.unwrap().slot;
    assert_eq!(first, 51);
    assert_eq!(drain(&mut stream), (52..=slots).collect::<Vec<_>>());
    source.prove_next_slot().unwrap();
    assert_eq!(stream.next().await.map(|info| info.slot), Some(slots + 1));
}

#[tokio::test]
async fn the_stream_is_a_futures_stream_too() {
    use futures::StreamExt;
    let source = source();
    let stream = source.subscribe().into_stream();
    source.prove_next_slot().unwrap();
    source.prove_next_slot().unwrap();
    drop(source);
    let slots: Vec<_> = stream.map(|info| info.slot).collect().await;
    assert_eq!(slots, [1, 2]);
}

#[test]
fn only_the_next_slot_extends_and_only_it_changes_what_comes_next() {
    let source = source();
    let (next, generation) = source.next_with_generation();
    let proof = source.prove_next_slot().unwrap();
    assert_eq!(next, Some(proof.input()));
    assert_ne!(source.generation(), generation);

    let generation = source.generation();
    assert!(!source.extend(&proof.input(), proof.checkpoints, SlotOrigin::Gossip));
    source.on_best_block(block(&proof));
    assert_eq!(source.generation(), generation);
    source.on_best_block(other_branch(1));
    assert_ne!(source.generation(), generation);
}

#[test]
fn metrics_tell_where_slots_came_from_and_why_proofs_were_rejected() {
    let registry = Registry::new();
    let maker = source();
    let source = PotSource::new(genesis(), maker.verifier().clone(), Some(&registry)).unwrap();
    assert!(PotSource::new(genesis(), PotVerifier::new(), Some(&registry)).is_err());
    source.prove_next_slot().unwrap();
    maker.prove_next_slot().unwrap();
    let second = maker.prove_next_slot().unwrap();
    source.on_best_block(block(&second));
    source.prove_next_slot().unwrap();
    source.metrics().rejected(Rejection::Invalid);
    source.on_best_block(other_branch(50));

    let value = |name: &str, label: Option<&str>| {
        let family = registry
            .gather()
            .into_iter()
            .find(|family| family.get_name() == name)
            .unwrap();
        let metric = family
            .get_metric()
            .iter()
            .find(|metric| label.is_none_or(|label| metric.get_label()[0].get_value() == label))
            .unwrap();
        metric.get_gauge().get_value() + metric.get_counter().get_value()
    };
    assert_eq!(value("pot_slots_total", Some("local")), 2.0);
    assert_eq!(value("pot_slots_total", Some("block_import")), 1.0);
    assert_eq!(value("pot_slots_total", Some("gossip")), 0.0);
    assert_eq!(value("pot_rejected_total", Some("invalid")), 1.0);
    assert_eq!(value("pot_rejected_total", Some("old")), 0.0);
    assert_eq!(value("pot_branch_switches_total", None), 1.0);
    assert_eq!(value("pot_slot", None), 50.0);
    assert_eq!(value("pot_slots_ahead_of_best_block", None), 0.0);
}
