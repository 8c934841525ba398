use super::*;
use crate::chain::PotAnchor;
use crate::verifier::PotVerifier;
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{PotOutput, Preset};
use sp_consensus_poas::PotParameters;
use std::num::NonZeroU32;

fn anchor(iterations: u32) -> PotAnchor {
    PotAnchor::genesis(
        &[1; 32],
        &PotParameters {
            iterations: NonZeroU32::new(iterations).unwrap(),
            next_change: None,
        },
    )
}

fn source(iterations: u32) -> PotSource {
    PotSource::new(anchor(iterations), PotVerifier::new(), None).unwrap()
}

const UNPACED: TimekeeperConfig = TimekeeperConfig {
    cpu: None,
    pace: None,
};

/// Iterations that take a minute on the fastest processors.
const ENDLESS: u32 = u32::MAX - 15;

fn paced(pace: Duration) -> TimekeeperConfig {
    TimekeeperConfig {
        pace: Some(pace),
        ..UNPACED
    }
}

/// Waits for what must happen at some time.
async fn eventually(condition: impl Fn() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("did not happen within a minute");
}

#[tokio::test]
async fn a_timekeeper_makes_the_slots_of_the_chain_until_it_is_stopped() {
    let source = source(64);
    let mut slots = source.subscribe();
    let timekeeper = Timekeeper::start(source.clone(), paced(Duration::from_millis(1))).unwrap();
    let by_hand = self::source(64);
    for slot in 1..=5 {
        let info = slots.next().await.unwrap();
        assert_eq!(info.slot, slot);
        assert_eq!(info, by_hand.prove_next_slot().unwrap());
    }
    timekeeper.stop();
    let last = source.last_slot();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(source.last_slot(), last);
}

#[test]
fn a_timekeeper_stops_while_it_proves_and_while_it_sleeps() {
    let begun = Instant::now();
    for (iterations, config) in [
        (ENDLESS, UNPACED),
        (64, paced(Duration::from_secs(10_000))),
        (65, UNPACED),
    ] {
        let source = source(iterations);
        let timekeeper = Timekeeper::start(source.clone(), config).unwrap();
        thread::sleep(Duration::from_millis(20));
        timekeeper.stop();
        assert_eq!(source.last_slot(), 0);
    }
    // Milliseconds; to wait for the slots would take at least a minute and hours.
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_timekeeper_leaves_a_branch_that_the_best_block_is_not_on() {
    let source = source(ENDLESS);
    let _timekeeper = Timekeeper::start(source.clone(), paced(Duration::from_millis(1))).unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let block = PotAnchor {
        slot: 40,
        output: PotOutput([5; 16]),
        ..anchor(64)
    };
    source.on_best_block(block);
    eventually(|| source.last_slot() > 41).await;
    assert_eq!(
        source.slots_after(Some(40), 1)[0].input(),
        block.next_input().unwrap()
    );
}

#[tokio::test]
async fn a_timekeeper_goes_on_from_slots_that_others_made() {
    let source = source(64);
    let hour = paced(Duration::from_secs(3600));
    let _timekeeper = Timekeeper::start(source.clone(), hour).unwrap();
    let proof = self::source(64).prove_next_slot().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    source.push_proof(proof).unwrap();
    // It has the proof of the next slot at once and keeps it for itself until it is due.
    let next = source.next_input().unwrap();
    eventually(|| source.verifier().get(next.seed, next.iterations).is_some()).await;
    assert_eq!(source.last_slot(), 1);
}

#[test]
fn a_slot_is_due_one_pace_after_the_one_before_and_lost_time_is_not_caught_up() {
    let pace = Duration::from_secs(1);
    let config = paced(pace);
    let mut clock = Instant::now();
    // When each slot was begun and became known, on a machine that is paused for an hour in slot 2.
    let mut lengths = Vec::new();
    for proving in [10, 10, 3_600_000, 10, 2500, 10].map(Duration::from_millis) {
        let begun = clock;
        clock += proving;
        clock = clock.max(config.due(begun).unwrap());
        lengths.push(clock - begun);
    }
    assert_eq!(
        lengths,
        [1000, 1000, 3_600_000, 1000, 2500, 1000].map(Duration::from_millis)
    );
    assert_eq!(UNPACED.due(clock), None);
}

#[tokio::test]
async fn paced_slots_are_no_closer_than_the_pace() {
    let pace = Duration::from_millis(30);
    let source = source(64);
    let mut slots = source.subscribe();
    let _timekeeper = Timekeeper::start(source, paced(pace)).unwrap();
    let begun = Instant::now();
    for _ in 0..5 {
        slots.next().await.unwrap();
    }
    // The first may have been begun a little before this thread looked at the clock.
    assert!(begun.elapsed() >= pace * 4);
}

#[test]
fn only_a_paced_network_is_kept_without_hardware_aes() {
    let params = |preset: Preset| preset.params(NetworkTag::default());
    let config = TimekeeperConfig::with_aes(&params(Preset::Dev), Some(1), false).unwrap();
    assert_eq!(config.pace, Some(Duration::from_secs(1)));
    assert_eq!(config.cpu, Some(1));
    assert_eq!(
        TimekeeperConfig::with_aes(&params(Preset::Main), None, true).unwrap(),
        UNPACED
    );
    let error = TimekeeperConfig::with_aes(&params(Preset::Main), None, false).unwrap_err();
    assert!(matches!(error, TimekeeperError::NoHardwareAes));
    let text = error.to_string();
    for part in ["no AES instructions", "slower", "run without --timekeeper"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_core_that_is_not_there_is_refused_with_those_that_are() {
    let config = TimekeeperConfig {
        cpu: Some(usize::MAX),
        ..UNPACED
    };
    let Err(TimekeeperError::NoSuchCpu { available, .. }) = Timekeeper::start(source(64), config)
    else {
        panic!("must be refused");
    };
    let cpu = *available.first().unwrap();
    let config = TimekeeperConfig {
        cpu: Some(cpu),
        pace: Some(Duration::from_millis(1)),
    };
    let source = source(64);
    let timekeeper = Timekeeper::start(source.clone(), config).unwrap();
    while source.last_slot() < 2 {
        thread::sleep(Duration::from_millis(1));
    }
    timekeeper.stop();
}
