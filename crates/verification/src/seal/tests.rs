use super::*;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

fn keypair() -> Keypair {
    MiniSecretKey::from_bytes(&[7; 32])
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519)
}

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../test/vectors/verification.json"
);
const GENESIS: BlockHash = BlockHash([1; 32]);
const PRE_HASH: BlockHash = BlockHash([2; 32]);

fn flipped<const N: usize>(bytes: [u8; N]) -> impl Iterator<Item = [u8; N]> {
    (0..N * 8).map(move |bit| {
        let mut bytes = bytes;
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

#[test]
fn a_seal_holds_for_its_key_chain_and_block_only() {
    let keypair = keypair();
    let public_key = PublicKey(keypair.public.to_bytes());
    let seal = sign_seal(&keypair, &GENESIS, &PRE_HASH);
    assert_eq!(verify_seal(&public_key, &GENESIS, &PRE_HASH, &seal), Ok(()));
    for seal in flipped(seal.0).map(Signature) {
        assert!(verify_seal(&public_key, &GENESIS, &PRE_HASH, &seal).is_err());
    }
    for key in flipped(public_key.0).map(PublicKey) {
        assert!(verify_seal(&key, &GENESIS, &PRE_HASH, &seal).is_err());
    }
    for hash in flipped(GENESIS.0).map(BlockHash) {
        assert!(verify_seal(&public_key, &hash, &PRE_HASH, &seal).is_err());
    }
    for hash in flipped(PRE_HASH.0).map(BlockHash) {
        assert!(verify_seal(&public_key, &GENESIS, &hash, &seal).is_err());
    }
}

#[test]
fn the_neutral_key_and_the_zero_signature_seal_nothing() {
    let zero = Signature([0; 64]);
    let public_key = PublicKey(keypair().public.to_bytes());
    assert_eq!(
        verify_seal(&public_key, &GENESIS, &PRE_HASH, &zero),
        Err(SealError::Encoding)
    );
    // With the neutral element as key, R neutral and s zero satisfy the equation for every message
    let mut neutral = zero;
    neutral.0[63] |= 128;
    assert_eq!(
        verify_seal(&PublicKey::default(), &GENESIS, &PRE_HASH, &neutral),
        Err(SealError::PublicKey)
    );
}

/// The scalar plus the order of the group satisfies the equation as well, and would be a second seal of the same block.
#[test]
fn a_scalar_beyond_the_order_of_the_group_is_refused() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let keypair = keypair();
    let mut seal = sign_seal(&keypair, &GENESIS, &PRE_HASH);
    let mut carry = 0;
    for (byte, order) in seal.0[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(
        verify_seal(
            &PublicKey(keypair.public.to_bytes()),
            &GENESIS,
            &PRE_HASH,
            &seal
        ),
        Err(SealError::Encoding)
    );
}

/// A signature is different each time, so the file is written anew only on purpose: with `UPDATE_VECTORS` set.
#[test]
fn the_golden_seal_is_valid() {
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let keypair = keypair();
        let vector = serde_json::json!({ "seal": {
            "seed": hex::encode([7; 32]),
            "publicKey": PublicKey(keypair.public.to_bytes()),
            "context": core::str::from_utf8(SEAL_CONTEXT).unwrap(),
            "genesisHash": GENESIS,
            "preHash": PRE_HASH,
            "message": hex::encode(seal_message(&GENESIS, &PRE_HASH)),
            "seal": sign_seal(&keypair, &GENESIS, &PRE_HASH),
        }});
        let text = serde_json::to_string_pretty(&vector).unwrap() + "\n";
        std::fs::write(VECTORS, text).unwrap();
    }
    let text = std::fs::read_to_string(VECTORS).expect("golden vectors are in the repository; qed");
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let vector = &vector["seal"];
    fn field<T: serde::de::DeserializeOwned>(vector: &serde_json::Value, name: &str) -> T {
        serde_json::from_value(vector[name].clone()).unwrap()
    }
    assert_eq!(
        vector["context"],
        core::str::from_utf8(SEAL_CONTEXT).unwrap()
    );
    let (genesis_hash, pre_hash) = (field(vector, "genesisHash"), field(vector, "preHash"));
    assert_eq!(
        hex::encode(seal_message(&genesis_hash, &pre_hash)),
        field::<String>(vector, "message")
    );
    let public_key: PublicKey = field(vector, "publicKey");
    assert_eq!(public_key, PublicKey(keypair().public.to_bytes()));
    let seal = field(vector, "seal");
    assert_eq!(
        verify_seal(&public_key, &genesis_hash, &pre_hash, &seal),
        Ok(())
    );
}
