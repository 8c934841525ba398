//! Segment headers and their inherent. The confirmation depth is 5: headers of block *n* are due in block *n + 6*.

use crate::mock::*;
use crate::pallet::MAX_SEGMENT_HEADERS;
use crate::{Call, Error, Event, LastSegmentHeader, Pallet, SegmentRoots};
use autonomys_core_primitives::{
    HistorySize, LastArchivedBlock, SegmentHeader, SegmentHeaderHash, SegmentIndex, SegmentRoot,
};
use frame_support::inherent::ProvideInherent;
use frame_support::{assert_noop, assert_ok};
use proptest::prelude::*;
use sp_consensus_poas::{
    INHERENT_IDENTIFIER, InherentError, SegmentHeadersInherentData, SegmentRootLog,
};
use sp_inherents::InherentData;
use sp_runtime::DispatchError;

/// Segment 0 on chain, and blocks up to `number`.
fn history_until(number: u32) -> SegmentHeader {
    let first = segment_header(None, 0);
    block_with(1, 1, || store(&[first]).unwrap());
    for number in 2..=number {
        block(number, number.into());
    }
    first
}

fn inherent_data(segment_headers: Vec<SegmentHeader>) -> InherentData {
    let mut data = InherentData::new();
    data.put_data(
        INHERENT_IDENTIFIER,
        &SegmentHeadersInherentData { segment_headers },
    )
    .unwrap();
    data
}

#[test]
fn a_chain_of_headers_comes_on_chain() {
    run(|| {
        assert_eq!(Pallet::<Test>::history_size(), HistorySize::ONE);
        assert_eq!(Pallet::<Test>::segment_root(SegmentIndex(0)), None);
        let first = segment_header(None, 0);
        let digests = block_with(1, 1, || {
            assert_ok!(store(&[first]));
            assert_eq!(
                events(),
                [Event::SegmentHeaderStored {
                    segment_header: first
                }]
            );
        });
        assert_eq!(
            digests.segment_roots,
            [SegmentRootLog {
                segment_index: SegmentIndex(0),
                segment_root: first.segment_root
            }]
        );
        assert_eq!(Pallet::<Test>::history_size(), HistorySize::ONE);
        assert_eq!(
            Pallet::<Test>::segment_root(SegmentIndex(0)),
            Some(first.segment_root)
        );

        for number in 2..=9 {
            block(number, number.into());
        }
        // Block 4 filled two segments
        let mut second = segment_header(Some(&first), 4);
        second.last_archived_block.partial_bytes = 100;
        let third = segment_header(Some(&second), 4);
        let digests = block_with(10, 10, || store(&[second, third]).unwrap());
        assert_eq!(digests.segment_roots.len(), 2);
        assert_eq!(Pallet::<Test>::archived_segments(), 3);
        assert_eq!(
            Pallet::<Test>::segment_root(SegmentIndex(2)),
            Some(third.segment_root)
        );
        assert_eq!(Pallet::<Test>::segment_root(SegmentIndex(3)), None);
    });
}

#[test]
fn headers_come_once_in_a_block() {
    run(|| {
        let first = history_until(9);
        let second = segment_header(Some(&first), 4);
        let mut partial = second;
        partial.last_archived_block.partial_bytes = 7;
        block_with(10, 10, || {
            assert_ok!(store(&[partial]));
            // Would be the next one and due in this block
            let third = segment_header(Some(&partial), 4);
            assert_noop!(store(&[third]), Error::<Test>::SegmentHeadersAlreadyStored);
            assert_noop!(
                store(&[partial]),
                Error::<Test>::SegmentHeadersAlreadyStored
            );
        });
    });
}

#[test]
fn headers_that_do_not_continue_the_chain_are_refused() {
    run(|| {
        let first = history_until(9);
        block_with(10, 10, || {
            let good = segment_header(Some(&first), 4);
            let refused = |change: &dyn Fn(&mut SegmentHeader), error: Error<Test>| {
                let mut header = good;
                change(&mut header);
                assert_noop!(store(&[header]), error);
            };
            assert_noop!(store(&[]), Error::<Test>::NoSegmentHeader);
            refused(
                &|header| header.segment_index = SegmentIndex(0),
                Error::SegmentIndexNotNext,
            );
            refused(
                &|header| header.segment_index = SegmentIndex(2),
                Error::SegmentIndexNotNext,
            );
            refused(
                &|header| header.prev_segment_header_hash.0[31] ^= 1,
                Error::PreviousSegmentHeaderMismatch,
            );
            refused(
                &|header| header.last_archived_block.number = 0,
                Error::HistoryNotExtended,
            );
            for number in [3, 5, u32::MAX] {
                refused(
                    &|header| header.last_archived_block.number = number,
                    Error::SegmentHeaderNotDue,
                );
            }
            // A good header before a bad one does not stay
            let mut third = segment_header(Some(&good), 4);
            third.segment_index = SegmentIndex(1);
            assert_noop!(store(&[good, third]), Error::<Test>::SegmentIndexNotNext);
            let mut third = segment_header(Some(&good), 4);
            third.last_archived_block.partial_bytes = 9;
            assert_noop!(store(&[good, third]), Error::<Test>::HistoryNotExtended);
            assert_noop!(store(&[good, good]), Error::<Test>::SegmentIndexNotNext);
            assert_ok!(store(&[good]));
        });
    });
}

#[test]
fn segment_zero_is_due_in_block_1() {
    run(|| {
        let first = segment_header(None, 0);
        block_with(1, 1, || {
            let mut later = first;
            later.last_archived_block.number = 1;
            assert_noop!(store(&[later]), Error::<Test>::SegmentHeaderNotDue);
            let mut chained = first;
            chained.prev_segment_header_hash = SegmentHeaderHash([1; 32]);
            assert_noop!(
                store(&[chained]),
                Error::<Test>::PreviousSegmentHeaderMismatch
            );
        });
        block_with(2, 2, || {
            assert_noop!(store(&[first]), Error::<Test>::SegmentHeaderNotDue);
        });
    });
}

#[test]
fn only_the_author_brings_headers() {
    run(|| {
        block_with(1, 1, || {
            for origin in [RuntimeOrigin::root(), RuntimeOrigin::signed([1; 32].into())] {
                let headers = vec![segment_header(None, 0)].try_into().unwrap();
                assert_noop!(
                    Poas::store_segment_headers(origin, headers),
                    DispatchError::BadOrigin
                );
            }
        });
    });
}

#[test]
fn more_headers_than_a_block_can_have_are_not_even_decoded() {
    let encoded = |count: u32| {
        let headers = vec![segment_header(None, 0); count as usize];
        codec::Encode::encode(&(0u8, headers))
    };
    let decode = |bytes: Vec<u8>| <Call<Test> as codec::Decode>::decode(&mut &bytes[..]);
    assert!(decode(encoded(MAX_SEGMENT_HEADERS)).is_ok());
    assert!(decode(encoded(MAX_SEGMENT_HEADERS + 1)).is_err());
}

#[test]
fn the_inherent_is_made_from_what_is_due() {
    run(|| {
        let headers = vec![segment_header(None, 0)];
        let call = Poas::create_inherent(&inherent_data(headers.clone())).unwrap();
        assert!(Poas::is_inherent(&call));
        assert_eq!(
            Pallet::<Test>::extract_segment_headers(&call),
            Some(headers)
        );
        assert_eq!(Poas::create_inherent(&inherent_data(vec![])), None);
        assert_eq!(Poas::create_inherent(&InherentData::new()), None);

        let other = Call::set_pot_iterations { iterations: 16 };
        assert!(!Poas::is_inherent(&other));
        assert_eq!(Pallet::<Test>::extract_segment_headers(&other), None);
        assert_eq!(Poas::check_inherent(&other, &InherentData::new()), Ok(()));
    });
}

#[test]
fn the_inherent_must_be_exactly_what_is_due() {
    let first = segment_header(None, 0);
    let second = segment_header(Some(&first), 4);
    let call = |headers: &[SegmentHeader]| Call::<Test>::store_segment_headers {
        segment_headers: headers.to_vec().try_into().unwrap(),
    };
    let check = |included: &[SegmentHeader], due: &[SegmentHeader]| {
        Poas::check_inherent(&call(included), &inherent_data(due.to_vec()))
    };
    assert_eq!(check(&[first, second], &[first, second]), Ok(()));
    for included in [&[first] as &[_], &[second, first], &[]] {
        assert_eq!(
            check(included, &[first, second]),
            Err(InherentError::Mismatch)
        );
    }
    assert_eq!(
        check(&[first, second], &[first]),
        Err(InherentError::Mismatch)
    );
    assert_eq!(check(&[first], &[]), Err(InherentError::Unexpected));
    assert_eq!(check(&[], &[]), Err(InherentError::Unexpected));
    assert_eq!(
        Poas::is_inherent_required(&inherent_data(vec![first])),
        Ok(Some(InherentError::Missing))
    );
    assert_eq!(Poas::is_inherent_required(&inherent_data(vec![])), Ok(None));
}

#[test]
fn inherent_data_that_is_missing_or_malformed_means_that_none_is_due() {
    let mut malformed = InherentData::new();
    malformed
        .put_data(INHERENT_IDENTIFIER, &[255u8; 3])
        .unwrap();
    let call = Call::<Test>::store_segment_headers {
        segment_headers: vec![segment_header(None, 0)].try_into().unwrap(),
    };
    for data in [InherentData::new(), malformed] {
        assert_eq!(Poas::create_inherent(&data), None);
        assert_eq!(Poas::is_inherent_required(&data), Ok(None));
        assert_eq!(
            Poas::check_inherent(&call, &data),
            Err(InherentError::Unexpected)
        );
    }
}

/// Every field of a header that is due, changed by one bit.
#[test]
fn every_bit_of_a_header_that_follows_is_checked_or_stored() {
    run(|| {
        let first = history_until(9);
        block_with(10, 10, || {
            let good = segment_header(Some(&first), 4);
            let bytes = codec::Encode::encode(&good);
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let header: SegmentHeader =
                    codec::DecodeAll::decode_all(&mut &changed[..]).unwrap();
                // Root and partial bytes are what the clients compare; everything else the pallet knows
                let known = header.segment_root == good.segment_root
                    && header.last_archived_block.partial_bytes
                        == good.last_archived_block.partial_bytes;
                frame_support::storage::with_transaction(|| {
                    assert_eq!(store(&[header]).is_err(), known, "bit {bit}");
                    if !known {
                        assert_eq!(LastSegmentHeader::<Test>::get(), Some(header));
                    }
                    sp_runtime::TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
                })
                .unwrap();
            }
        });
    });
}

fn any_header() -> impl Strategy<Value = SegmentHeader> {
    (0u64..4, any::<u8>(), 0u32..8, any::<bool>(), any::<u32>()).prop_map(
        |(segment_index, byte, number, complete, partial_bytes)| SegmentHeader {
            segment_index: SegmentIndex(segment_index),
            segment_root: SegmentRoot([byte; 32]),
            prev_segment_header_hash: SegmentHeaderHash([byte & 1; 32]),
            last_archived_block: LastArchivedBlock {
                number,
                partial_bytes: if complete { 0 } else { partial_bytes },
            },
        },
    )
}

proptest! {
    #[test]
    fn hostile_headers_are_an_error_and_change_nothing(
        headers in proptest::collection::vec(any_header(), 0..5),
        number in 1u32..12,
    ) {
        run(|| {
            for number in 1..number {
                block(number, number.into());
            }
            block_with(number, number.into(), || {
                if store(&headers).is_err() {
                    assert_eq!(SegmentRoots::<Test>::iter().count(), 0);
                    assert_eq!(LastSegmentHeader::<Test>::get(), None);
                }
            });
        });
    }
}
