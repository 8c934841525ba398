//! What wallets and tools see.

use super::*;
use codec::{Decode, Encode};
use frame_support::traits::PalletsInfoAccess;
use sp_api::runtime_decl_for_metadata::Metadata;
use sp_runtime::traits::TransactionExtension;

#[test]
fn metadata_is_there_in_versions_14_to_16() {
    run(|| {
        assert_eq!(
            <Runtime as Metadata<Block>>::metadata_versions(),
            [14, 15, 16]
        );
        for version in [14, 15, 16] {
            let metadata = <Runtime as Metadata<Block>>::metadata_at_version(version).unwrap();
            assert_eq!(&metadata[..4], b"meta");
            assert_eq!(u32::from(metadata[4]), version);
        }
        assert!(<Runtime as Metadata<Block>>::metadata_at_version(13).is_none());
        let latest = <Runtime as Metadata<Block>>::metadata().encode();
        assert!(Vec::<u8>::decode(&mut &latest[..]).is_ok());
    });
}

#[test]
fn pallets_have_the_names_and_indices_that_transactions_are_signed_for() {
    let pallets: Vec<_> = AllPalletsWithSystem::infos()
        .into_iter()
        .map(|pallet| (pallet.index, pallet.name))
        .collect();
    assert_eq!(
        pallets,
        [
            (0, "System"),
            (1, "Timestamp"),
            (2, "Poas"),
            (4, "Rewards"),
            (5, "Balances"),
            (6, "TransactionFees"),
            (7, "TransactionPayment"),
            (8, "Utility"),
            (9, "Multisig"),
            (10, "Proxy"),
            (100, "Sudo"),
        ]
    );
}

#[test]
fn extensions_are_those_that_wallets_know() {
    let identifiers: Vec<_> = TransactionExtensions::metadata()
        .into_iter()
        .map(|extension| extension.identifier)
        .collect();
    assert_eq!(
        identifiers,
        [
            "AuthorizeCall",
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "ChargeTransactionPayment",
            "CheckMetadataHash",
            "WeightReclaim",
        ]
    );
    // Era, nonce, tip and mode of the metadata hash
    assert_eq!(extensions(0, 0).encode(), [0, 0, 0, 0]);
}

#[test]
fn the_nonce_is_a_plain_integer_outside() {
    assert_eq!(
        <Nonce as scale_info::TypeInfo>::type_info(),
        <u32 as scale_info::TypeInfo>::type_info()
    );
    assert_eq!(Nonce::from(7u32).encode(), 7u32.encode());
}

#[test]
fn the_version_says_who_we_are() {
    assert_eq!(VERSION.spec_name, "autonomys");
    // Extrinsics roots of trie layout V1 too
    assert_eq!(
        VERSION.extrinsics_root_state_version(),
        sp_runtime::StateVersion::V1
    );
    assert_eq!(VERSION.state_version(), sp_runtime::StateVersion::V1);
}

#[test]
fn blocks_are_as_long_and_as_heavy_as_specified() {
    use frame_support::dispatch::DispatchClass;
    let length = RuntimeBlockLength::get();
    assert_eq!(*length.max.get(DispatchClass::Normal), 3_932_160);
    assert_eq!(*length.max.get(DispatchClass::Mandatory), 5_242_880);
    let weights = RuntimeBlockWeights::get();
    assert_eq!(weights.max_block.ref_time(), 2_000_000_000_000);
    // An empty block leaves nearly all of it to users
    run(|| {
        Executive::initialize_block(&new_header(1, &genesis_header()));
        let used = System::block_weight().total();
        assert!(
            used.ref_time() < weights.max_block.ref_time() / 100,
            "{used}"
        );
    });
}
