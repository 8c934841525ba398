use codec::DecodeAll;
use proptest::collection::vec;
use proptest::prelude::*;
use sp_core::crypto::UncheckedFrom;

use super::*;

fn account(number: u8) -> AccountId {
    AccountId::unchecked_from([number; 32].into())
}

fn extrinsic(bytes: &[u8]) -> OpaqueExtrinsic {
    OpaqueExtrinsic::from_blob(bytes.to_vec())
}

fn transaction(signer: Option<u8>, number: u16) -> TransactionDigest {
    TransactionDigest {
        signer: signer.map(account),
        extrinsic: ExtrinsicDigest::new(&extrinsic(&number.to_le_bytes())),
    }
}

fn digests(extrinsics: &[OpaqueExtrinsic]) -> Vec<ExtrinsicDigest> {
    extrinsics.iter().map(ExtrinsicDigest::new).collect()
}

/// The order by the words of the specification, with the plainest means.
fn naive_order(transactions: &[TransactionDigest], seed: &ShufflingSeed) -> Vec<usize> {
    let kept: Vec<usize> = (0..transactions.len())
        .filter(|position| {
            !transactions[..*position]
                .iter()
                .any(|earlier| earlier.extrinsic == transactions[*position].extrinsic)
        })
        .collect();
    let mut signers: Vec<_> = kept
        .iter()
        .map(|position| transactions[*position].signer.clone())
        .collect();
    let mut stream = vec![0; 8 * signers.len()];
    ChaCha8::new(seed.into(), &[0; 12].into()).apply_keystream(&mut stream);
    for (step, i) in (1..signers.len()).rev().enumerate() {
        let random = u64::from_le_bytes(stream[8 * step..8 * step + 8].try_into().unwrap());
        let other = (u128::from(random) * (i as u128 + 1)) >> 64;
        signers.swap(i, other as usize);
    }
    let mut left = kept;
    signers
        .into_iter()
        .map(|signer| {
            let next = left
                .iter()
                .position(|position| transactions[*position].signer == signer)
                .unwrap();
            left.remove(next)
        })
        .collect()
}

#[test]
fn a_digest_is_the_encoding_up_to_32_bytes_and_its_hash_from_33_on() {
    // One byte of length before the bytes
    let inline = extrinsic(&[7; 31]);
    let hashed = extrinsic(&[7; 32]);
    assert_eq!(
        ExtrinsicDigest::new(&inline),
        ExtrinsicDigest::Inline(inline.encode().try_into().unwrap())
    );
    assert_eq!(
        ExtrinsicDigest::new(&hashed),
        ExtrinsicDigest::Hash(BlakeTwo256::hash(&hashed.encode()))
    );
    // An inline digest of 33 bytes would be a second digest of one extrinsic
    let mut long = vec![0];
    hashed.encode().encode_to(&mut long);
    assert!(ExtrinsicDigest::decode_all(&mut long.as_slice()).is_err());
}

#[test]
fn the_root_of_digests_is_frame_systems_at_every_shape_of_the_trie() {
    // Keys are compact indices: their length changes at 64 and at 16,384
    for count in [
        0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 255, 256, 1000, 16_383, 16_385,
    ] {
        let extrinsics: Vec<_> = (0..count)
            .map(|index: u32| extrinsic(&vec![index as u8; (index % 70) as usize]))
            .collect();
        let expected =
            frame_system::extrinsics_root::<BlakeTwo256, _>(&extrinsics, StateVersion::V1);
        assert_eq!(extrinsics_root(&extrinsics), expected, "{count}");
        assert_eq!(
            extrinsics_root_of_digests(&digests(&extrinsics)),
            expected,
            "{count}"
        );
    }
}

#[test]
fn the_order_keeps_each_signer_s_order_and_drops_repetitions() {
    let transactions = [
        transaction(Some(1), 10),
        transaction(None, 20),
        transaction(Some(2), 30),
        transaction(Some(1), 11),
        transaction(Some(1), 10),
        transaction(None, 21),
        transaction(Some(2), 30),
    ];
    for seed in 0..50u8 {
        let order = block_order(&transactions, &[seed; 32]);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 5]);
        let place = |position| order.iter().position(|other| *other == position).unwrap();
        assert!(place(0) < place(3));
        assert!(place(1) < place(5));
    }
}

#[test]
fn every_order_of_three_signers_comes_up_about_as_often() {
    let transactions = [1, 2, 3].map(|signer| transaction(Some(signer), signer.into()));
    let mut counts = BTreeMap::new();
    for seed in 0..6_000u32 {
        let seed = BlakeTwo256::hash(&seed.to_le_bytes()).0;
        *counts.entry(block_order(&transactions, &seed)).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    // Six standard deviations
    assert!(
        counts.values().all(|count| (827..1_173).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn nothing_and_one_transaction_have_one_order() {
    assert!(block_order(&[], &[1; 32]).is_empty());
    assert_eq!(block_order(&[transaction(None, 1)], &[1; 32]), [0]);
}

#[test]
fn domains_and_blocks_have_seeds_of_their_own() {
    let seed = shuffling_seed(&[1; 32], DomainId(1));
    assert_ne!(seed, shuffling_seed(&[1; 32], DomainId(2)));
    assert_ne!(seed, shuffling_seed(&[2; 32], DomainId(1)));
}

#[test]
fn a_bundle_digest_depends_on_signers_transactions_and_their_order() {
    let (a, b) = (transaction(Some(1), 1), transaction(Some(2), 2));
    let unsigned = TransactionDigest {
        signer: None,
        ..a.clone()
    };
    let digests = [
        bundle_digest(&[]),
        bundle_digest(std::slice::from_ref(&a)),
        bundle_digest(&[unsigned]),
        bundle_digest(&[a.clone(), b.clone()]),
        bundle_digest(&[b.clone(), a.clone()]),
    ];
    for (position, digest) in digests.iter().enumerate() {
        assert!(!digests[position + 1..].contains(digest), "{position}");
    }
    assert_eq!(
        bundle_digest(&[a.clone(), b.clone()]),
        BlakeTwo256::hash(&vec![a, b].encode())
    );
}

proptest! {
    #[test]
    fn the_root_of_digests_is_frame_systems(
        extrinsics in vec(vec(any::<u8>(), 0..80), 0..150),
    ) {
        let extrinsics: Vec<_> = extrinsics.iter().map(|bytes| extrinsic(bytes)).collect();
        prop_assert_eq!(
            extrinsics_root_of_digests(&digests(&extrinsics)),
            frame_system::extrinsics_root::<BlakeTwo256, _>(&extrinsics, StateVersion::V1)
        );
    }

    #[test]
    fn the_order_is_that_of_the_specification(
        transactions in vec((prop::option::of(0u8..6), 0u16..40), 0..80),
        seed in any::<[u8; 32]>(),
    ) {
        // An extrinsic has one signer
        let transactions: Vec<_> = transactions
            .into_iter()
            .map(|(signer, number)| transaction(signer, number * 8 + u16::from(signer.unwrap_or(7))))
            .collect();
        prop_assert_eq!(
            block_order(&transactions, &seed),
            naive_order(&transactions, &seed)
        );
    }

    #[test]
    fn numbers_are_scaled_to_positions(random in any::<u64>(), last in 0usize..100_000) {
        let expected = (sp_core::U256::from(random) * sp_core::U256::from(last + 1)) >> 64;
        prop_assert_eq!(scale(random, last), expected.as_usize());
    }
}

#[test]
fn the_largest_number_scales_to_the_last_position() {
    for last in [0, 1, 2, 1_000_000, usize::MAX] {
        assert_eq!(scale(u64::MAX, last), last);
        assert_eq!(scale(0, last), 0);
    }
}
