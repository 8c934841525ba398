use sp_core::{Pair as _, sr25519};

use super::*;

const TAG: NetworkTag = NetworkTag([1; 32]);
const DOMAIN: DomainId = DomainId(2);

fn pair() -> OperatorPair {
    sr25519::Pair::from_string("//Alice", None).unwrap().into()
}

fn owner(number: u8) -> AccountId {
    [number; 32].into()
}

#[test]
fn a_key_is_given_to_one_owner_on_one_domain_of_one_network() {
    let key = pair().public();
    let signature = pair().sign(&signing_key_message(&TAG, DOMAIN, &owner(3)));
    assert!(possesses_signing_key(
        &key,
        &TAG,
        DOMAIN,
        &owner(3),
        &signature
    ));
    assert!(!possesses_signing_key(
        &key,
        &TAG,
        DOMAIN,
        &owner(4),
        &signature
    ));
    assert!(!possesses_signing_key(
        &key,
        &TAG,
        DomainId(1),
        &owner(3),
        &signature
    ));
    let other = NetworkTag([2; 32]);
    assert!(!possesses_signing_key(
        &key,
        &other,
        DOMAIN,
        &owner(3),
        &signature
    ));
    let bob: OperatorPair = sr25519::Pair::from_string("//Bob", None).unwrap().into();
    assert!(!possesses_signing_key(
        &bob.public(),
        &TAG,
        DOMAIN,
        &owner(3),
        &signature
    ));
}

#[test]
fn the_zero_key_is_refused_though_anyone_can_sign_with_it() {
    // Secret 0, nonce 0: R and s are zero, and the last bit marks the signature as Schnorrkel's
    let mut forged = [0; 64];
    forged[63] = 0x80;
    let zero_key: OperatorPublic = sr25519::Public::from_raw([0; 32]).into();
    let forged: OperatorSignature = sr25519::Signature::from_raw(forged).into();
    let message = signing_key_message(&TAG, DOMAIN, &owner(3));
    assert!(zero_key.verify(&message, &forged), "the forgery verifies");
    assert!(!possesses_signing_key(
        &zero_key,
        &TAG,
        DOMAIN,
        &owner(3),
        &forged
    ));
}

#[test]
fn the_key_type_is_that_of_operators() {
    assert_eq!(
        <OperatorPublic as sp_application_crypto::AppCrypto>::ID,
        KeyTypeId(*b"oper")
    );
}
