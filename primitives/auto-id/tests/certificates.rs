//! Certificates and signatures that OpenSSL made (`test/vectors/auto-id`), as they are and in thousands of mutations.

use autonomys_auto_id_primitives::certificates::{
    Certificate, CertificateError, Checked, Issuer, certificate_hash, parse_public_key_info,
    public_key_info,
};
use autonomys_auto_id_primitives::messages::Consent;
use autonomys_auto_id_primitives::signatures::{self, SignatureError};
use autonomys_auto_id_primitives::{AutoId, KeyHash, Kind, NetworkTag, PublicKey};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    network_tag: NetworkTag,
    account: KeyHash,
    valid_until: u64,
    certificates: Vec<Entry>,
    signatures: Vec<SignatureVector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    kind: Kind,
    issuer: Option<String>,
    id: AutoId,
    key_hash: KeyHash,
    scheme: u8,
    key: Bytes,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureVector {
    name: String,
    scheme: u8,
    key: Bytes,
    message: Bytes,
    signature: Bytes,
    valid: bool,
    padding: Option<String>,
    certificate: Option<String>,
    rp_id_hash: Option<KeyHash>,
    authenticator_data: Option<Bytes>,
    client_data: Option<Bytes>,
}

#[derive(Debug, Clone)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text.trim_start_matches("0x"))
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../test/vectors/auto-id/manifest.json")).unwrap()
});

impl Entry {
    fn named(name: &str) -> &'static Self {
        MANIFEST
            .certificates
            .iter()
            .find(|entry| entry.name == name)
            .unwrap()
    }

    fn good() -> impl Iterator<Item = &'static Self> {
        MANIFEST
            .certificates
            .iter()
            .filter(|entry| entry.error.is_none())
    }

    fn der(&self) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test/vectors/auto-id");
        std::fs::read(folder.join(format!("{}.der", self.name))).unwrap()
    }

    fn issuer(&self) -> Option<&'static Self> {
        self.issuer.as_deref().map(Self::named)
    }

    /// The issuer as the registry would know it, and its key.
    fn issuer_record(&self) -> Option<(Issuer, PublicKey)> {
        let entry = self.issuer()?;
        let der = entry.der();
        let certificate = Certificate::parse(&der).unwrap();
        let checked = entry.validate(&der).unwrap();
        let tbs = certificate.tbs();
        let issuer = Issuer {
            id: checked.id,
            kind: entry.kind,
            depth: checked.depth,
            path_length: checked.path_length,
            not_before: tbs.not_before,
            not_after: tbs.not_after,
            subject: Some(tbs.subject.hash()),
        };
        Some((issuer, tbs.key.clone()))
    }

    /// All that the registry does with bytes that are said to be this certificate.
    fn validate(&self, der: &[u8]) -> Result<Checked, CertificateError> {
        let certificate = Certificate::parse(der)?;
        assert_eq!(
            certificate.to_der(),
            der,
            "what was read is not what is written"
        );
        let issuer = self.issuer_record();
        let checked = certificate.check(
            &MANIFEST.network_tag,
            issuer.as_ref().map(|(issuer, _)| issuer),
        )?;
        let key = issuer.as_ref().map(|(_, key)| key);
        certificate.verify(key.unwrap_or(&certificate.tbs().key))?;
        Ok(checked)
    }
}

/// Name of an error's variant.
fn variant(error: &CertificateError) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ', '{']).next().unwrap().into()
}

#[test]
fn certificates_of_openssl_are_what_it_was_told_to_make() {
    let mut refused = 0;
    for entry in &MANIFEST.certificates {
        let der = entry.der();
        match &entry.error {
            None => {
                let checked = entry
                    .validate(&der)
                    .unwrap_or_else(|error| panic!("{}: {error}", entry.name));
                assert_eq!(checked.id, entry.id, "{}", entry.name);
                let certificate = Certificate::parse(&der).unwrap();
                let key = &certificate.tbs().key;
                assert_eq!(key.hash(), entry.key_hash);
                assert_eq!(key.as_bytes(), entry.key.0);
                assert_eq!(key.scheme().number(), entry.scheme);
                let info = public_key_info(key).unwrap();
                assert_eq!(parse_public_key_info(&info).as_ref(), Ok(key));
            }
            Some(error) => {
                let found = entry.validate(&der).unwrap_err();
                assert_eq!(&variant(&found), error, "{}: {found}", entry.name);
                refused += 1;
            }
        }
    }
    assert!(refused >= 40 && MANIFEST.certificates.len() - refused >= 9);
}

#[test]
fn path_lengths_and_attributes_of_the_chain() {
    let of = |name: &str| {
        let entry = Entry::named(name);
        let checked = entry.validate(&entry.der()).unwrap();
        (checked.depth, checked.path_length)
    };
    assert_eq!(of("human-ed25519"), (0, Some(3)));
    assert_eq!(of("organization-p256"), (0, Some(7)));
    assert_eq!(of("model-p256"), (1, Some(2)));
    assert_eq!(of("instance-ed25519"), (2, None));

    let der = Entry::named("model-p256").der();
    let certificate = Certificate::parse(&der).unwrap();
    let attributes = certificate.tbs().attributes().unwrap();
    assert_eq!(attributes.model_hash, Some([0xab; 32]));
    assert_eq!(attributes.mandate_root, Some([0xcd; 32]));
    assert_eq!(attributes.succeeds, Some(AutoId([0xef; 32])));
    let der = Entry::named("service-rsa2048").der();
    let certificate = Certificate::parse(&der).unwrap();
    assert_eq!(certificate.tbs().subject.common_name(), "Büro Köln");
    assert_ne!(certificate_hash(&der), certificate_hash(&der[1..]));
}

#[test]
fn certificates_are_of_no_use_under_another_issuer_or_on_another_network() {
    for entry in Entry::good() {
        let der = entry.der();
        let certificate = Certificate::parse(&der).unwrap();
        let issuer = entry.issuer_record().map(|(issuer, _)| issuer);
        let other = NetworkTag([9; 32]);
        assert!(matches!(
            certificate.check(&other, issuer.as_ref()),
            Err(CertificateError::OtherId { .. })
        ));
        let mut stranger = Issuer {
            id: AutoId([9; 32]),
            kind: Kind::Organization,
            depth: 0,
            path_length: Some(7),
            not_before: 0,
            not_after: u64::MAX,
            subject: None,
        };
        for kind in Kind::ALL {
            stranger.kind = kind;
            assert!(matches!(
                certificate.check(&MANIFEST.network_tag, Some(&stranger)),
                Err(CertificateError::OtherId { .. } | CertificateError::ValidityTooLong(_))
            ));
        }
        if issuer.is_some() {
            assert!(matches!(
                certificate.check(&MANIFEST.network_tag, None),
                Err(CertificateError::OtherId { .. })
            ));
        }
        for wrong in Entry::good() {
            let der = wrong.der();
            let key = Certificate::parse(&der).unwrap().tbs().key.clone();
            let signer = entry.issuer().unwrap_or(entry);
            assert_eq!(
                certificate.verify(&key).is_ok(),
                wrong.key_hash == signer.key_hash,
                "{} by {}",
                entry.name,
                wrong.name
            );
        }
    }
}

#[test]
fn consent_binds_the_subject_key_to_account_and_id() {
    let mut count = 0;
    for vector in &MANIFEST.signatures {
        let Some(certificate) = &vector.certificate else {
            continue;
        };
        let consent = Consent {
            id: Entry::named(certificate).id,
            controller: MANIFEST.account.0,
            valid_until: MANIFEST.valid_until,
        };
        assert_eq!(
            consent.hash(&MANIFEST.network_tag).as_slice(),
            vector.message.0,
            "{}",
            vector.name
        );
        count += 1;
    }
    assert_eq!(count, Entry::good().count());
}

#[test]
fn signatures_of_openssl_in_every_scheme() {
    let mut schemes = BTreeSet::new();
    for vector in &MANIFEST.signatures {
        let (key, message, signature) = (&vector.key.0, &vector.message.0, &vector.signature.0);
        let verify = |message: &[u8], signature: &[u8]| match (vector.scheme, &vector.padding) {
            (0, _) => signatures::verify_ed25519(key, message, signature),
            (2, _) => signatures::verify_secp256k1(key, message, signature),
            (3, _) => match &vector.client_data {
                None => signatures::verify_p256(key, message, signature),
                Some(client_data) => signatures::verify_webauthn(
                    key,
                    &vector.rp_id_hash.as_ref().unwrap().0,
                    message,
                    &vector.authenticator_data.as_ref().unwrap().0,
                    &client_data.0,
                    signature,
                ),
            },
            (4, Some(padding)) if padding == "pkcs1" => {
                signatures::verify_rsa_pkcs1(key, message, signature)
            }
            (4, Some(padding)) if padding == "pss" => {
                signatures::verify_rsa_pss(key, message, signature)
            }
            _ => panic!("{}", vector.name),
        };
        let result = verify(message, signature);
        assert_eq!(result.is_ok(), vector.valid, "{}: {result:?}", vector.name);
        if vector.valid {
            schemes.insert((
                vector.scheme,
                vector.padding.clone(),
                vector.client_data.is_some(),
            ));
            for (position, bit) in [
                (0, 1),
                (signature.len() / 2, 0x10),
                (signature.len() - 1, 1),
            ] {
                let mut changed = signature.clone();
                changed[position] ^= bit;
                assert!(verify(message, &changed).is_err(), "{}", vector.name);
            }
            let mut other = message.clone();
            other[7] ^= 1;
            assert!(verify(&other, signature).is_err(), "{}", vector.name);
            assert!(verify(message, &signature[1..]).is_err());
            assert!(verify(message, &[]).is_err());
            assert!(verify(message, &[signature.as_slice(), &[0]].concat()).is_err());
        } else if vector.name.ends_with("high-s") {
            assert_eq!(result, Err(SignatureError::HighS));
        } else if let Some(reason) = vector.name.strip_prefix("webauthn/") {
            let expected = match reason {
                "create" => SignatureError::AssertionType,
                "other-challenge" | "longer-challenge" | "padded-challenge" => {
                    SignatureError::Challenge
                }
                "other-party" => SignatureError::RelyingParty,
                "nobody-present" => SignatureError::UserPresence,
                reason => panic!("{reason}"),
            };
            assert_eq!(result, Err(expected), "{reason}");
        } else {
            assert_eq!(result, Err(SignatureError::Wrong), "{}", vector.name);
        }
    }
    // Ed25519, secp256k1, P-256 twice, RSA in two paddings
    assert_eq!(schemes.len(), 6);
}

#[test]
fn every_bit_of_a_certificate_counts() {
    let mut refused = 0;
    for (name, step) in [
        ("human-ed25519", 1),
        ("organization-p256", 5),
        ("model-p256", 7),
        ("service-rsa2048", 11),
        ("organization-rsa2048-pss", 31),
        ("organization-rsa4096", 61),
    ] {
        let entry = Entry::named(name);
        let der = entry.der();
        for bit in (0..der.len() * 8).step_by(step) {
            let mut changed = der.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            entry
                .validate(&changed)
                .expect_err(&format!("{name}: bit {bit}"));
            refused += 1;
        }
    }
    assert!(refused > 6_000, "{refused}");
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    for entry in Entry::good() {
        let der = entry.der();
        for length in 0..der.len() {
            assert!(entry.validate(&der[..length]).is_err());
            assert!(entry.validate(&der[length + 1..]).is_err());
        }
        for tail in [&[0][..], &[0x05, 0x00], &der] {
            assert!(entry.validate(&[&der, tail].concat()).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn reading_any_bytes_is_total(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Certificate::parse(&bytes).is_err());
        let _ = parse_public_key_info(&bytes);
    }

    #[test]
    fn reading_changed_certificates_is_total_and_gives_what_is_written(
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut: prop::sample::Index,
        paste in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let entries = Entry::good().collect::<Vec<_>>();
        let mut der = which.get(&entries).der();
        for (position, byte) in changes {
            let position = position.index(der.len());
            der[position] = byte;
        }
        let at = cut.index(der.len());
        der.splice(at..at, paste);
        if let Ok(certificate) = Certificate::parse(&der) {
            prop_assert_eq!(&certificate.to_der(), &der);
        }
    }
}
