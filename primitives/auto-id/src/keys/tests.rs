use super::*;
use codec::DecodeAll;

const POINT: [u8; 33] = {
    // The base point of P-256
    let mut point = [0; 33];
    point[0] = 3;
    let x = *b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96";
    let mut index = 0;
    while index < 32 {
        point[index + 1] = x[index];
        index += 1;
    }
    point
};

fn rsa(length: usize, first: u8, last: u8) -> PublicKey {
    let mut modulus = vec![0x55; length];
    modulus[0] = first;
    modulus[length - 1] = last;
    PublicKey::Rsa(modulus.try_into().unwrap())
}

#[test]
fn the_schemes_number_is_the_keys_first_byte() {
    let keys = [
        PublicKey::Ed25519([1; 32]),
        PublicKey::Sr25519([1; 32]),
        PublicKey::Secp256k1([1; 33]),
        PublicKey::P256([1; 33]),
        rsa(256, 0x80, 1),
        PublicKey::WebAuthn {
            point: [1; 33],
            rp_id_hash: [2; 32],
        },
    ];
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(usize::from(key.scheme().number()), number);
        let encoded = key.encode();
        assert_eq!(usize::from(encoded[0]), number);
        assert_eq!(usize::from(key.scheme().encode()[0]), number);
        assert_eq!(PublicKey::decode_all(&mut &encoded[..]).as_ref(), Ok(key));
        let json = serde_json::to_string(key).unwrap();
        assert_eq!(&serde_json::from_str::<PublicKey>(&json).unwrap(), key);
    }
    assert!(serde_json::from_str::<PublicKey>("\"0x0700\"").is_err());
}

#[test]
fn one_key_has_one_hash_and_no_other_key_has_it() {
    let passkey = |byte| PublicKey::WebAuthn {
        point: POINT,
        rp_id_hash: [byte; 32],
    };
    assert_eq!(PublicKey::P256(POINT).hash(), passkey(0).hash());
    assert_eq!(passkey(0).hash(), passkey(1).hash());
    assert_ne!(
        PublicKey::Ed25519([1; 32]).hash(),
        PublicKey::Sr25519([1; 32]).hash()
    );
    assert_ne!(
        PublicKey::Secp256k1(POINT).hash(),
        PublicKey::P256(POINT).hash()
    );
    assert_ne!(rsa(256, 0x80, 1).hash(), rsa(256, 0x80, 3).hash());
}

#[test]
fn points_are_on_the_curve_and_in_one_encoding() {
    for key in [
        PublicKey::P256(POINT),
        PublicKey::WebAuthn {
            point: POINT,
            rp_id_hash: [0; 32],
        },
    ] {
        assert_eq!(key.validate(), Ok(()));
    }
    let with_x = |x: u8, first: u8| {
        let mut point = [0; 33];
        (point[0], point[32]) = (first, x);
        PublicKey::P256(point).validate()
    };
    // About every second number is the abscissa of a point
    let points = (0..64).filter(|x| with_x(*x, 2).is_ok()).count();
    assert!((16..48).contains(&points), "{points}");
    for x in 0..64 {
        assert_eq!(with_x(x, 2), with_x(x, 3));
        for first in [0, 1, 4, 5, 0xff] {
            assert_eq!(with_x(x, first), Err(KeyError::Point), "{x} {first}");
        }
    }
    // The compact form, in which x alone says which of the two points is meant
    let mut compact = [0; 33];
    (compact[0], compact[32]) = (5, 1);
    assert_eq!(
        PublicKey::Secp256k1(compact).validate(),
        Err(KeyError::Point)
    );
    let mut unreduced = [0xff; 33];
    unreduced[0] = 2;
    assert_eq!(PublicKey::P256(unreduced).validate(), Err(KeyError::Point));
    assert_eq!(
        PublicKey::Secp256k1([0xff; 33]).validate(),
        Err(KeyError::Point)
    );
    assert_eq!(
        PublicKey::Sr25519([0xff; 32]).validate(),
        Err(KeyError::Point)
    );
    assert_eq!(
        PublicKey::Sr25519([0; 32]).validate(),
        Err(KeyError::SmallOrder)
    );
}

#[test]
fn points_of_small_order_and_second_encodings_of_ed25519_are_refused() {
    // The neutral element, the point of order 2, and one of order 4
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut two = [0xff; 32];
    (two[0], two[31]) = (0xec, 0x7f);
    for bytes in [neutral, two, [0; 32]] {
        assert_eq!(
            PublicKey::Ed25519(bytes).validate(),
            Err(KeyError::SmallOrder)
        );
    }
    // y = p + 1 is the neutral element once more; y = p + 3 is no small order point, but not canonical
    let mut refused = 0;
    for low in 0xedu8..=0xff {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (low, 0x7f);
        assert!(PublicKey::Ed25519(bytes).validate().is_err(), "{low:#x}");
        let decodes = ed25519_dalek::VerifyingKey::from_bytes(&bytes);
        refused += u32::from(decodes.is_ok_and(|key| !key.is_weak()));
    }
    assert!(refused > 0, "no encoding is refused for being a second one");
}

#[test]
fn rsa_keys_are_odd_and_of_2048_to_4096_bits() {
    for (key, result) in [
        (rsa(256, 0x80, 1), Ok(())),
        (rsa(257, 0x01, 1), Ok(())),
        (rsa(384, 0x80, 1), Ok(())),
        (rsa(512, 0xff, 1), Ok(())),
        (rsa(256, 0x7f, 1), Err(KeyError::RsaLength(2_047))),
        (rsa(128, 0x80, 1), Err(KeyError::RsaLength(1_024))),
        (rsa(257, 0x00, 1), Err(KeyError::RsaLength(2_047))),
        (rsa(258, 0x00, 1), Err(KeyError::RsaModulus)),
        (rsa(256, 0x80, 2), Err(KeyError::RsaModulus)),
    ] {
        assert_eq!(key.validate(), result);
    }
    assert_eq!(
        PublicKey::Rsa(RsaModulus::default()).validate(),
        Err(KeyError::RsaLength(0))
    );
    assert_eq!(bit_length(&[0, 0]), 0);
    assert_eq!(bit_length(&[0, 1, 0]), 9);
}
