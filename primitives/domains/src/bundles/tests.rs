use codec::DecodeAll;
use sp_core::{Pair as _, sr25519};

use super::*;
use crate::operators::OperatorPair;
use crate::{DomainId, ProofOfElection};

fn pair(name: &str) -> OperatorPair {
    sr25519::Pair::from_string(name, None).unwrap().into()
}

fn election() -> ProofOfElection {
    ProofOfElection {
        domain_id: DomainId(1),
        operator_id: 2,
        slot: 3,
        proof_of_time: Default::default(),
        vrf_pre_output: [4; 32],
        vrf_proof: [5; 64],
    }
}

fn receipt(domain_id: u32) -> ExecutionReceipt {
    ExecutionReceipt::genesis(DomainId(domain_id), Hash::repeat_byte(1), 0)
}

fn sealed<T: Sealable>(content: T) -> Sealed<T> {
    Sealed {
        signature: pair("//Alice").sign(&content.signing_message()),
        content,
    }
}

fn bundle(receipt: Receipt, extrinsics: &[&[u8]]) -> Bundle {
    let extrinsics: Vec<_> = extrinsics
        .iter()
        .map(|bytes| OpaqueExtrinsic::from_blob(bytes.to_vec()))
        .collect();
    Bundle::V0(BundleV0 {
        header: sealed(BundleHeader {
            election: election(),
            receipt,
            weight: Weight::from_parts(10, 20),
            extrinsics_root: extrinsics_root(&extrinsics),
        }),
        extrinsics: extrinsics.try_into().unwrap(),
    })
}

fn limits(bundle: &Bundle) -> BundleLimits {
    BundleLimits {
        max_size: bundle.encode().len() as u32,
        max_weight: Weight::from_parts(10, 20),
    }
}

#[test]
fn a_bundle_within_its_limits_passes_and_one_over_them_does_not() {
    let bundle = bundle(Receipt::Ref(Hash::zero()), &[&[1, 2, 3], &[4; 100]]);
    let limits = limits(&bundle);
    assert_eq!(bundle.check(&limits), Ok(()));
    assert_eq!(
        bundle.check(&BundleLimits {
            max_size: limits.max_size - 1,
            ..limits
        }),
        Err(BundleError::TooLong {
            size: limits.max_size,
            max_size: limits.max_size - 1,
        })
    );
    for max_weight in [Weight::from_parts(9, 20), Weight::from_parts(10, 19)] {
        assert_eq!(
            bundle.check(&BundleLimits {
                max_weight,
                ..limits
            }),
            Err(BundleError::TooHeavy)
        );
    }
}

#[test]
fn the_size_of_a_bundle_includes_its_receipt() {
    let short = bundle(Receipt::Ref(Hash::zero()), &[]);
    let long = bundle(Receipt::Full(Box::new(receipt(1))), &[]);
    assert_eq!(
        (long.size() - short.size()) as usize,
        receipt(1).encoded_size() - 32
    );
}

#[test]
fn a_header_of_other_transactions_is_refused() {
    let original = bundle(Receipt::Ref(Hash::zero()), &[&[1], &[2]]);
    let lists: [&[&[u8]]; 4] = [&[], &[&[1]], &[&[2], &[1]], &[&[1], &[2], &[2]]];
    for extrinsics in lists {
        let Bundle::V0(mut changed) = original.clone();
        changed.extrinsics = bundle(Receipt::Ref(Hash::zero()), extrinsics)
            .extrinsics
            .clone();
        let changed = Bundle::V0(changed);
        assert_eq!(
            changed.check(&limits(&changed)),
            Err(BundleError::ExtrinsicsRoot)
        );
        // The signature is still good, the bundle is another
        assert!(changed.header.is_signed_by(&pair("//Alice").public()));
        assert_ne!(changed.hash(), original.hash());
    }
}

#[test]
fn the_receipt_of_another_domain_is_refused() {
    let check = |domain_id| {
        let bundle = bundle(Receipt::Full(Box::new(receipt(domain_id))), &[]);
        bundle.check(&limits(&bundle))
    };
    assert_eq!(check(1), Ok(()));
    assert_eq!(check(2), Err(BundleError::ReceiptDomain));
}

#[test]
fn a_reference_has_the_hash_of_the_receipt() {
    let full = Receipt::Full(Box::new(receipt(1)));
    assert_eq!(full.hash(), receipt(1).hash());
    assert_eq!(Receipt::Ref(full.hash()).hash(), full.hash());
}

#[test]
fn a_signature_is_for_one_key_value_and_use() {
    let alice = pair("//Alice").public();
    let bundle = bundle(Receipt::Ref(Hash::zero()), &[]);
    let Bundle::V0(BundleV0 { header, .. }) = &bundle;
    assert!(header.is_signed_by(&alice));
    assert!(!header.is_signed_by(&pair("//Bob").public()));

    let changes: [fn(&mut BundleHeader); 4] = [
        |header| header.election.operator_id += 1,
        |header| header.receipt = Receipt::Ref(Hash::repeat_byte(1)),
        |header| header.weight = Weight::zero(),
        |header| header.extrinsics_root = Hash::zero(),
    ];
    for change in changes {
        let mut changed = header.clone();
        change(&mut changed.content);
        assert!(!changed.is_signed_by(&alice));
    }

    // Signed for the other use, or without one
    for message in [
        [SubmittedReceipt::CONTEXT, header.content.hash().as_bytes()].concat(),
        header.content.hash().as_bytes().to_vec(),
    ] {
        let other = Sealed {
            content: header.content.clone(),
            signature: pair("//Alice").sign(&message),
        };
        assert!(!other.is_signed_by(&alice));
    }
}

#[test]
fn singleton_receipts_are_signed_with_their_receipt() {
    let alice = pair("//Alice").public();
    let submitted = |domain_id| SubmittedReceipt {
        election: election(),
        receipt: receipt(domain_id),
    };
    let singleton = SingletonReceipt::V0(sealed(submitted(1)));
    assert!(singleton.is_signed_by(&alice));
    let forged = Sealed {
        content: submitted(2),
        signature: singleton.signature.clone(),
    };
    assert!(!forged.is_signed_by(&alice));
    assert_eq!(
        SingletonReceipt::decode_all(&mut singleton.encode().as_slice()),
        Ok(singleton)
    );
}

#[test]
fn a_bundle_of_too_many_transactions_does_not_decode() {
    let Bundle::V0(BundleV0 { header, .. }) = bundle(Receipt::Ref(Hash::zero()), &[]);
    let decode = |count: u32| {
        let extrinsics = vec![OpaqueExtrinsic::from_blob(vec![1]); count as usize];
        let mut encoded = vec![0];
        (&header, extrinsics).encode_to(&mut encoded);
        Bundle::decode_all(&mut encoded.as_slice())
    };
    assert_eq!(
        decode(MAX_BUNDLE_EXTRINSICS).unwrap().extrinsics.len(),
        MAX_BUNDLE_EXTRINSICS as usize
    );
    assert!(decode(MAX_BUNDLE_EXTRINSICS + 1).is_err());
}

#[test]
fn truncated_and_longer_bundles_and_unknown_versions_do_not_decode() {
    let bundle = bundle(Receipt::Full(Box::new(receipt(1))), &[&[1, 2, 3]]);
    let encoded = bundle.encode();
    assert_eq!(Bundle::decode_all(&mut encoded.as_slice()), Ok(bundle));
    for length in 0..encoded.len() {
        assert!(Bundle::decode_all(&mut &encoded[..length]).is_err());
    }
    let longer = [encoded.as_slice(), &[0]].concat();
    assert!(Bundle::decode_all(&mut longer.as_slice()).is_err());
    let other_version = [&[1], &encoded[1..]].concat();
    assert!(Bundle::decode_all(&mut other_version.as_slice()).is_err());
}
