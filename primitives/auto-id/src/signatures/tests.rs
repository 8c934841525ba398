use super::*;
use codec::DecodeAll;
use ed25519_dalek::Signer;
use proptest::prelude::*;

/// One signature by every scheme that this crate's dependencies can sign with; RSA comes from OpenSSL (`tests`).
fn signed(message: &[u8]) -> Vec<(PublicKey, Signature)> {
    let ed25519 = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let sr25519 = schnorrkel::MiniSecretKey::from_bytes(&[2; 32])
        .unwrap()
        .expand_to_keypair(schnorrkel::ExpansionMode::Ed25519);
    let secp256k1 = k256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap();
    let p256 = p256::ecdsa::SigningKey::from_slice(&[4; 32]).unwrap();
    let hash = crate::hashes::blake2b_256("", &[message]);
    let (on_k1, _) = secp256k1.sign_prehash_recoverable(&hash).unwrap();
    let (on_p256, _) = p256.sign_recoverable(message).unwrap();
    let on_p256 = on_p256.normalize_s().unwrap_or(on_p256);
    let point = |point: &[u8]| <[u8; 33]>::try_from(point).unwrap();
    vec![
        (
            PublicKey::Ed25519(ed25519.verifying_key().to_bytes()),
            Signature::Ed25519(ed25519.sign(message).to_bytes()),
        ),
        (
            PublicKey::Sr25519(sr25519.public.to_bytes()),
            Signature::Sr25519(sr25519.sign_simple(b"substrate", message).to_bytes()),
        ),
        (
            PublicKey::Secp256k1(point(
                secp256k1.verifying_key().to_encoded_point(true).as_bytes(),
            )),
            Signature::Secp256k1(on_k1.to_bytes().into()),
        ),
        (
            PublicKey::P256(point(
                p256.verifying_key().to_encoded_point(true).as_bytes(),
            )),
            Signature::P256(on_p256.to_bytes().into()),
        ),
    ]
}

#[test]
fn only_the_own_key_verifies() {
    let all = signed(b"message");
    for (position, (key, _)) in all.iter().enumerate() {
        key.validate().unwrap();
        for (other, (_, signature)) in all.iter().enumerate() {
            let expected = if position == other {
                Ok(())
            } else {
                Err(SignatureError::Scheme {
                    signature: signature.scheme(),
                    key: key.scheme(),
                })
            };
            assert_eq!(verify(key, b"message", signature), expected);
        }
        assert_eq!(
            verify(key, b"massage", &all[position].1),
            Err(SignatureError::Wrong)
        );
    }
}

#[test]
fn a_passkeys_key_makes_no_plain_signatures_and_the_other_way_round() {
    let (key, signature) = signed(b"message").pop().unwrap();
    let PublicKey::P256(point) = key else {
        panic!()
    };
    let passkey = PublicKey::WebAuthn {
        point,
        rp_id_hash: [0; 32],
    };
    assert!(matches!(
        verify(&passkey, b"message", &signature),
        Err(SignatureError::Scheme { .. })
    ));
    let assertion = Signature::WebAuthn(WebAuthnAssertion {
        authenticator_data: BoundedVec::new(),
        client_data: BoundedVec::new(),
        signature: [0; 64],
    });
    assert!(matches!(
        verify(&key, b"message", &assertion),
        Err(SignatureError::Scheme { .. })
    ));
    assert_eq!(
        verify(&passkey, b"message", &assertion),
        Err(SignatureError::AssertionLength)
    );
}

#[test]
fn high_s_is_refused_but_in_certificates() {
    let (key, signature) = signed(b"message").pop().unwrap();
    let (PublicKey::P256(point), Signature::P256(low)) = (key, signature) else {
        panic!()
    };
    let parsed = p256::ecdsa::Signature::from_slice(&low).unwrap();
    let (r, s) = parsed.split_scalars();
    let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes())
        .unwrap()
        .to_bytes();
    assert_eq!(
        verify_p256(&point, b"message", &high),
        Err(SignatureError::HighS)
    );
    assert_eq!(verify_p256_any_s(&point, b"message", &high), Ok(()));
    assert_eq!(verify_p256_any_s(&point, b"message", &low), Ok(()));
    assert_eq!(
        verify_p256_any_s(&point, b"massage", &low),
        Err(SignatureError::Wrong)
    );
}

#[test]
fn zero_and_out_of_range_scalars_are_malformed() {
    let keys = signed(b"");
    for bytes in [[0; 64], [0xff; 64]] {
        for (key, _) in &keys {
            let signature = match key {
                PublicKey::Secp256k1(_) => Signature::Secp256k1(bytes),
                PublicKey::P256(_) => Signature::P256(bytes),
                PublicKey::Sr25519(_) => Signature::Sr25519(bytes),
                PublicKey::Ed25519(_) => Signature::Ed25519(bytes),
                _ => continue,
            };
            assert!(matches!(
                verify(key, b"", &signature),
                Err(SignatureError::Malformed | SignatureError::Wrong)
            ));
        }
    }
}

#[test]
fn a_signature_by_a_key_of_small_order_is_refused() {
    // R = A = the neutral element and s = 0 satisfy the cofactored equation for every message
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert_eq!(
        verify_ed25519(&neutral, b"any", &signature),
        Err(SignatureError::Wrong)
    );
}

#[test]
fn lengths_of_assertions_are_bounded() {
    let verify = |data: usize, client: usize| {
        verify_webauthn(
            &[2; 33],
            &[0; 32],
            b"",
            &vec![0; data],
            &vec![0; client],
            &[0; 64],
        )
    };
    assert_eq!(verify(36, 10), Err(SignatureError::AssertionLength));
    assert_eq!(verify(257, 10), Err(SignatureError::AssertionLength));
    assert_eq!(verify(37, 1_025), Err(SignatureError::AssertionLength));
    assert_eq!(verify(256, 1_024), Err(SignatureError::AssertionType));
}

#[test]
fn a_signature_is_decoded_as_it_was_encoded() {
    for (_, signature) in signed(b"x") {
        let encoded = signature.encode();
        assert_eq!(Signature::decode_all(&mut &encoded[..]), Ok(signature));
    }
    assert!(Signature::max_encoded_len() < 2_048);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn verifying_any_bytes_is_total(
        key in prop::collection::vec(any::<u8>(), 0..70),
        message: Vec<u8>,
        signature in prop::collection::vec(any::<u8>(), 0..80),
        modulus in prop::collection::vec(any::<u8>(), 250..520),
        data in prop::collection::vec(any::<u8>(), 0..300),
        client: Vec<u8>,
    ) {
        let key32 = key.get(..32).unwrap_or(&key);
        let key33 = key.get(..33).unwrap_or(&key);
        let signature64 = signature.get(..64).unwrap_or(&signature);
        for signature in [signature64, &signature] {
            for key in [key32, key33, &key] {
                prop_assert!(verify_ed25519(key, &message, signature).is_err());
                prop_assert!(verify_sr25519(key, &message, signature).is_err());
                prop_assert!(verify_secp256k1(key, &message, signature).is_err());
                prop_assert!(verify_p256(key, &message, signature).is_err());
                prop_assert!(verify_p256_any_s(key, &message, signature).is_err());
                prop_assert!(verify_webauthn(key, &[0; 32], &message, &data, &client, signature).is_err());
            }
        }
        let same_length: Vec<u8> = modulus.iter().map(|byte| byte ^ 0x5a).collect();
        for signature in [&signature, &same_length] {
            prop_assert!(verify_rsa_pkcs1(&modulus, &message, signature).is_err());
            prop_assert!(verify_rsa_pss(&modulus, &message, signature).is_err());
        }
    }

    #[test]
    fn decoding_any_bytes_is_total(bytes: Vec<u8>) {
        if let Ok(signature) = Signature::decode_all(&mut &bytes[..]) {
            prop_assert_eq!(signature.encode(), bytes);
        }
    }
}
