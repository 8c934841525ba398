use super::*;
use crate::test_chain::TestChain;
use proptest::prelude::*;

fn store(aux: &TestChain, number: u32, hash: u8, weight: u128, finalized: u32) {
    let hash = Hash::repeat_byte(hash);
    aux.apply(store_weight(aux, number, hash, weight, finalized).unwrap());
}

#[test]
fn blocks_of_one_height_keep_their_own_weights() {
    let aux = TestChain::new();
    store(&aux, 1, 1, 10, 0);
    store(&aux, 1, 2, 20, 0);
    store(&aux, 1, 2, 20, 0);
    let weight = |number, hash| total_weight(&aux, number, Hash::repeat_byte(hash));
    assert_eq!(weight(1, 1).unwrap(), 10);
    assert_eq!(weight(1, 2).unwrap(), 20);
    assert_eq!(weight(0, 9).unwrap(), 0);
    assert!(matches!(weight(1, 3), Err(Fault::Missing { .. })));
    assert_eq!(weights_at(&aux, 1).unwrap().len(), 2);
}

#[test]
fn a_damaged_entry_is_a_fault_of_this_node() {
    let aux = TestChain::new();
    aux.apply(vec![(key(1), Some(vec![7]))]);
    assert!(matches!(
        total_weight(&aux, 1, Hash::default()),
        Err(Fault::Missing { .. })
    ));
}

proptest! {
    #[test]
    fn nothing_is_left_below_the_finalized_block(
        steps in prop::collection::vec((0..3u32, 0..4u8), 1..60),
    ) {
        let aux = TestChain::new();
        let (mut best, mut finalized) = (0, 0);
        for (gain, forks) in steps {
            best += 1;
            for fork in 0..=forks {
                store(&aux, best, fork, u128::from(best), finalized);
            }
            let expected = (finalized.max(1)..=best).count();
            prop_assert_eq!(aux.aux_keys().len(), expected);
            if finalized > 0 {
                prop_assert!(total_weight(&aux, finalized, Hash::repeat_byte(0)).is_ok());
            }
            finalized = (finalized + gain).min(best);
        }
    }
}
