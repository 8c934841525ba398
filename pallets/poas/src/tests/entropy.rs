//! Entropy and iterations of proof of time. Interval 5 blocks, lookback 2 intervals, delay 4 slots: the first injection
//! is announced in block 15 with the entropy of block 5.

use crate::mock::*;
use crate::{
    AnnouncedPotChange, EntropySources, Error, Event, Pallet, PotIterations, RequestedPotIterations,
};
use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
use core::num::NonZeroU32;
use frame_support::{assert_noop, assert_ok};
use proptest::prelude::*;
use sp_runtime::DispatchError;

fn iterations(iterations: u32) -> NonZeroU32 {
    NonZeroU32::new(iterations).unwrap()
}

fn entropy_of_slot(slot: u64) -> PotEntropy {
    let pre_digest = pre_digest(slot);
    PotEntropy::of_block(&pre_digest.solution.chunk, &pre_digest.proof_of_time)
}

fn request(iterations: u32) -> Result<(), DispatchError> {
    Poas::set_pot_iterations(RuntimeOrigin::root(), iterations)
}

#[test]
fn the_first_injection_is_announced_an_interval_and_the_lookback_after_genesis() {
    run(|| {
        for number in 1..=14 {
            let digests = block(number, u64::from(number) * 2);
            assert_eq!(digests.pot_parameters_change, None, "{number}");
        }
        let change = PotParametersChange {
            slot: 34,
            iterations: iterations(64),
            entropy: entropy_of_slot(10),
        };
        let digests = block(15, 30);
        assert_eq!(digests.pot_parameters_change, Some(change));
        assert!(events().contains(&Event::EntropyInjectionAnnounced { change }));
        assert_eq!(Pallet::<Test>::pot_parameters().next_change, Some(change));
        // In every block until its slot has come
        assert_eq!(block(16, 33).pot_parameters_change, Some(change));
        assert_eq!(block(17, 34).pot_parameters_change, None);
        assert_eq!(Pallet::<Test>::pot_parameters().next_change, None);
        // The next one has the entropy of block 10
        block(18, 36);
        block(19, 38);
        let next = block(20, 40).pot_parameters_change.unwrap();
        assert_eq!((next.slot, next.entropy), (44, entropy_of_slot(20)));
        assert_eq!(EntropySources::<Test>::iter().count(), 2);
    });
}

#[test]
fn a_change_whose_slot_is_skipped_is_over() {
    run(|| {
        for number in 1..=15 {
            block(number, number.into());
        }
        assert!(AnnouncedPotChange::<Test>::exists());
        assert_eq!(block(16, 100).pot_parameters_change, None);
    });
}

#[test]
fn more_iterations_take_effect_at_the_next_injection() {
    run(|| {
        for number in 1..=15 {
            block(number, number.into());
        }
        // Too late for the injection announced in block 15
        block_with(16, 16, || {
            assert_ok!(request(80));
            assert!(events().contains(&Event::PotIterationsRequested {
                iterations: iterations(80)
            }));
        });
        for number in 17..=19 {
            let digests = block(number, number.into());
            assert_eq!(digests.pot_iterations, iterations(64));
        }
        assert!(RequestedPotIterations::<Test>::exists());
        let digests = block(20, 20);
        assert_eq!(digests.pot_iterations, iterations(64));
        let change = digests.pot_parameters_change.unwrap();
        assert_eq!((change.slot, change.iterations), (24, iterations(80)));
        assert!(!RequestedPotIterations::<Test>::exists());

        let digests = block(21, 23);
        assert_eq!(digests.pot_iterations, iterations(64));
        assert_eq!(digests.pot_parameters_change, Some(change));
        let digests = block(22, 24);
        assert_eq!(digests.pot_iterations, iterations(80));
        assert_eq!(digests.pot_parameters_change, None);
        assert_eq!(Pallet::<Test>::pot_parameters().iterations, iterations(80));
        assert_eq!(block(23, 25).pot_iterations, iterations(80));
        // Injections after it keep them
        block(24, 26);
        let change = block(25, 27).pot_parameters_change.unwrap();
        assert_eq!(change.iterations, iterations(80));
        assert_eq!(block(26, 40).pot_iterations, iterations(80));
    });
}

#[test]
fn iterations_only_rise_by_multiples_of_sixteen_one_change_at_a_time() {
    run(|| {
        block_with(1, 1, || {
            for (bad, error) in [
                (0, Error::<Test>::IterationsNotMultipleOfSixteen),
                (65, Error::IterationsNotMultipleOfSixteen),
                (72, Error::IterationsNotMultipleOfSixteen),
                (u32::MAX, Error::IterationsNotMultipleOfSixteen),
                (64, Error::IterationsNotIncreased),
                (48, Error::IterationsNotIncreased),
            ] {
                assert_noop!(request(bad), error);
            }
            assert_ok!(request(80));
            assert_noop!(request(96), Error::<Test>::IterationsChangePending);
        });
        for number in 2..=15 {
            block(number, number.into());
        }
        // Announced for slot 19
        block_with(16, 16, || {
            assert_noop!(request(96), Error::<Test>::IterationsChangePending);
        });
        block_with(17, 19, || {
            assert_eq!(PotIterations::<Test>::get(), Some(iterations(80)));
            assert_noop!(request(80), Error::<Test>::IterationsNotIncreased);
            assert_ok!(request(96));
        });
    });
}

#[test]
fn only_root_changes_iterations() {
    run(|| {
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::signed([1; 32].into())] {
            assert_noop!(
                Poas::set_pot_iterations(origin, 80),
                DispatchError::BadOrigin
            );
        }
    });
}

/// The schedule, said once more: all blocks are kept and nothing is removed.
#[derive(Default)]
struct Oracle {
    /// Slot of block `index + 1`.
    slots: Vec<u64>,
    changes: Vec<PotParametersChange>,
    requested: Option<NonZeroU32>,
}

impl Oracle {
    fn iterations(&self, slot: u64) -> NonZeroU32 {
        self.changes
            .iter()
            .rfind(|change| change.slot <= slot)
            .map_or(iterations(64), |change| change.iterations)
    }

    fn block(&mut self, slot: u64) {
        self.slots.push(slot);
        let number = self.slots.len();
        if number.is_multiple_of(5) && number >= 15 {
            let current = self.iterations(slot);
            self.changes.push(PotParametersChange {
                slot: slot + 4,
                iterations: self.requested.take().unwrap_or(current),
                entropy: entropy_of_slot(self.slots[number - 10 - 1]),
            });
        }
    }

    fn change_ahead(&self, slot: u64) -> Option<PotParametersChange> {
        self.changes
            .iter()
            .find(|change| change.slot > slot)
            .copied()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_logs_are_those_of_the_schedule(
        blocks in proptest::collection::vec((1u64..6, proptest::option::of(1u32..20)), 1..60),
    ) {
        run(|| {
            let mut oracle = Oracle::default();
            let mut slot = 0;
            for (number, (gap, wanted)) in (1..).zip(blocks) {
                slot += gap;
                oracle.block(slot);
                let mut accepted = None;
                let digests = block_with(number, slot, || {
                    accepted = wanted
                        .map(|wanted| wanted * 16)
                        .filter(|&wanted| request(wanted).is_ok());
                });
                prop_assert_eq!(digests.pot_iterations, oracle.iterations(slot));
                prop_assert_eq!(digests.pot_parameters_change, oracle.change_ahead(slot));
                // What the block reveals proofs for ends before any slot that it does not tell of
                if let Some(change) = oracle.changes.last().filter(|_| number % 5 == 0) {
                    prop_assert!(change.slot > slot + params().authoring_delay + 1);
                }
                if let Some(accepted) = accepted {
                    oracle.requested = NonZeroU32::new(accepted);
                }
            }
            Ok(())
        })?;
    }
}
