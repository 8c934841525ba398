use frame_support::StorageHasher;
use frame_support::storage::StoragePrefixedMap;

use super::*;
use crate::genesis::tests::Runtime;

#[test]
fn stock_pallets_have_these_keys() {
    let account = AccountId::new([7; 32]);
    assert_eq!(
        account_key(&account),
        frame_system::Account::<Runtime>::hashed_key_for(&account)
    );
    assert_eq!(
        SYSTEM_ACCOUNT.prefix.key(),
        frame_system::Account::<Runtime>::final_prefix()
    );
    assert_eq!(
        TOTAL_ISSUANCE.key(),
        pallet_balances::TotalIssuance::<Runtime>::hashed_key()
    );
    let item = frame_support::storage::storage_prefix(b"System", b"Digest");
    assert_eq!(SYSTEM_DIGEST.key(), item);
    // twox_64_concat
    assert_eq!(
        StorageMap::new("System", "BlockHash", KeyHasher::Twox64Concat).key(&7u32),
        frame_system::BlockHash::<Runtime>::hashed_key_for(7)
    );
}

#[test]
fn keys_are_pallet_item_and_hashed_key() {
    let key = inherent_data_key(DomainId(0x0102));
    assert_eq!(key[..16], frame_support::Twox128::hash(b"Domains"));
    assert_eq!(
        key[16..32],
        frame_support::Twox128::hash(b"DomainInherentData")
    );
    assert_eq!(key[32..], [2, 1, 0, 0]);
}

#[test]
fn no_two_items_share_a_key() {
    let keys = [
        SYSTEM_ACCOUNT.prefix,
        SYSTEM_DIGEST,
        TOTAL_ISSUANCE,
        SELF_DOMAIN_ID,
        NETWORK_TAG,
        COLLECTED_BLOCK_FEES,
        CHAIN_TRANSFERS,
        DOMAIN_INHERENT_DATA.prefix,
        SUCCESSFUL_BUNDLES.prefix,
        LATEST_CONFIRMED_RECEIPT.prefix,
        MMR_ROOT_HASHES.prefix,
    ]
    .map(|item| item.key());
    for (position, key) in keys.iter().enumerate() {
        assert!(!keys[position + 1..].contains(key), "{position}");
    }
}

#[test]
fn a_value_with_bytes_left_over_is_refused() {
    assert_eq!(decode_value::<u32>(&[1, 0, 0, 0]), Some(1));
    assert_eq!(decode_value::<u32>(&[1, 0, 0, 0, 0]), None);
    assert_eq!(decode_value::<u32>(&[1, 0, 0]), None);
}
