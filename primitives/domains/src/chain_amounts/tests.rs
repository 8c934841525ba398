use codec::DecodeAll;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::DomainId;

fn chain(number: u32) -> ChainId {
    match number {
        0 => ChainId::Consensus,
        number => ChainId::Domain(DomainId(number)),
    }
}

fn amounts(entries: &[(u32, Balance)]) -> ChainAmounts {
    let mut amounts = ChainAmounts::default();
    for (number, amount) in entries {
        amounts.add(chain(*number), *amount).unwrap();
    }
    amounts
}

fn decode(entries: &[(ChainId, Balance)]) -> Result<ChainAmounts, codec::Error> {
    ChainAmounts::decode_all(&mut entries.encode().as_slice())
}

#[test]
fn amounts_add_up_and_zero_leaves_no_entry() {
    let amounts = amounts(&[(3, 5), (0, 1), (3, 7), (2, 0)]);
    assert_eq!(
        amounts.iter().collect::<Vec<_>>(),
        [(chain(0), 1), (chain(3), 12)]
    );
    assert_eq!(amounts.get(chain(2)), 0);
    assert_eq!(amounts.total(), Some(13));
    assert!(!amounts.is_empty());
    assert!(ChainAmounts::default().is_empty());
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut full = amounts(
        &(0..MAX_CHAINS)
            .map(|number| (number, 1))
            .collect::<Vec<_>>(),
    );
    let before = full.clone();
    assert_eq!(full.add(chain(MAX_CHAINS), 1), Err(ChainAmountsError::Full));
    assert_eq!(
        full.add(chain(1), Balance::MAX),
        Err(ChainAmountsError::Overflow(chain(1)))
    );
    assert_eq!(full, before);
    full.add(chain(1), 1).unwrap();
    full.add(chain(MAX_CHAINS), 0).unwrap();
    assert_eq!(full.get(chain(1)), 2);
    assert_eq!(full.iter().count(), MAX_CHAINS as usize);
}

#[test]
fn a_total_that_overflows_is_none() {
    assert_eq!(amounts(&[(0, Balance::MAX), (1, 1)]).total(), None);
    assert_eq!(amounts(&[(0, Balance::MAX)]).total(), Some(Balance::MAX));
}

#[test]
fn entries_out_of_order_repeated_zero_or_too_many_do_not_decode() {
    assert!(decode(&[(chain(0), 1), (chain(1), 1)]).is_ok());
    assert!(decode(&[(chain(1), 1), (chain(0), 1)]).is_err());
    assert!(decode(&[(chain(1), 1), (chain(1), 1)]).is_err());
    assert!(decode(&[(chain(0), 0)]).is_err());
    let many = |count| {
        (0..count)
            .map(|number| (chain(number), 1))
            .collect::<Vec<_>>()
    };
    assert!(decode(&many(MAX_CHAINS)).is_ok());
    assert!(decode(&many(MAX_CHAINS + 1)).is_err());
}

#[test]
fn the_longest_encoding_is_that_of_all_chains() {
    let full = amounts(
        &(1..=MAX_CHAINS)
            .map(|number| (number, Balance::MAX))
            .collect::<Vec<_>>(),
    );
    assert_eq!(full.encoded_size(), ChainAmounts::max_encoded_len());
}

proptest! {
    #[test]
    fn whatever_decodes_is_encoded_the_same_way(entries in vec((0u32..4, 0u128..3), 0..6)) {
        let encoded = entries
            .iter()
            .map(|(number, amount)| (chain(*number), *amount))
            .collect::<Vec<_>>()
            .encode();
        if let Ok(decoded) = ChainAmounts::decode_all(&mut encoded.as_slice()) {
            prop_assert_eq!(decoded.encode(), encoded);
        }
    }

    #[test]
    fn encoding_and_json_round_trip(entries in vec((0u32..200, any::<u64>()), 0..100)) {
        let amounts = amounts(
            &entries
                .iter()
                .map(|(number, amount)| (*number, u128::from(*amount)))
                .collect::<Vec<_>>(),
        );
        prop_assert_eq!(
            &ChainAmounts::decode_all(&mut amounts.encode().as_slice()).unwrap(),
            &amounts
        );
        let json = serde_json::to_string(&amounts).unwrap();
        prop_assert_eq!(serde_json::from_str::<ChainAmounts>(&json).unwrap(), amounts);
    }
}
