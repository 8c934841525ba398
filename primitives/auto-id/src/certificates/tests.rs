use super::*;
use crate::Signature;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TAG: NetworkTag = NetworkTag([1; 32]);
const START: Millis = 1_700_000_000_000;

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn key() -> PublicKey {
    PublicKey::Ed25519(signing_key().verifying_key().to_bytes())
}

fn name(common_name: &str) -> OwnedName {
    OwnedName::new(common_name).unwrap()
}

/// Extensions of the profile for an identity.
fn extensions<'a>(kind: Kind, did: &'a str, path_length: Option<u8>) -> Vec<Extension<'a>> {
    let usage = if path_length.is_some() {
        KeyUsage::DIGITAL_SIGNATURE.with(KeyUsage::KEY_CERT_SIGN)
    } else {
        KeyUsage::DIGITAL_SIGNATURE
    };
    [
        (
            true,
            ExtensionValue::BasicConstraints {
                issues: path_length.is_some(),
                path_length,
            },
        ),
        (true, ExtensionValue::KeyUsage(usage)),
        (
            false,
            ExtensionValue::SubjectAltName(vec![AltName::Uri(did)]),
        ),
        (false, ExtensionValue::Kind(kind)),
        (false, ExtensionValue::Salt(Salt([0; 16]))),
    ]
    .into_iter()
    .map(|(critical, value)| Extension { critical, value })
    .collect()
}

fn did(kind: Kind, issuer: Option<&AutoId>) -> String {
    derive_id(&TAG, kind, issuer, &key().hash(), &Salt([0; 16])).did()
}

fn tbs<'a>(kind: Kind, name: &'a OwnedName, did: &'a str, path_length: Option<u8>) -> Tbs<'a> {
    Tbs {
        serial: Serial::new(&[1]).unwrap(),
        algorithm: Algorithm::Ed25519,
        issuer: name.as_name().unwrap(),
        not_before: START,
        not_after: START + 300 * DAY,
        subject: name.as_name().unwrap(),
        key: key(),
        extensions: extensions(kind, did, path_length),
    }
}

fn sign(tbs: Tbs<'_>) -> Vec<u8> {
    let signature = signing_key().sign(&tbs.to_der()).to_bytes();
    Certificate::new(tbs, Signature::Ed25519(signature)).to_der()
}

/// All that the registry does, for a certificate by [`signing_key`].
fn validate(der: &[u8], issuer: Option<&Issuer>) -> Result<Checked, CertificateError> {
    let certificate = Certificate::parse(der)?;
    assert_eq!(certificate.to_der(), der);
    let checked = certificate.check(&TAG, issuer)?;
    certificate.verify(&key())?;
    Ok(checked)
}

fn issuer() -> Issuer {
    Issuer {
        id: AutoId([3; 32]),
        kind: Kind::Organization,
        depth: 2,
        path_length: Some(2),
        not_before: START,
        not_after: START + 300 * DAY,
        subject: None,
    }
}

#[test]
fn what_is_written_is_valid() {
    let name = name("Org");
    let did = did(Kind::Organization, None);
    let checked = validate(&sign(tbs(Kind::Organization, &name, &did, Some(3))), None).unwrap();
    assert_eq!(
        checked,
        Checked {
            id: did.parse().unwrap(),
            depth: 0,
            path_length: Some(3)
        }
    );
    let checked = validate(&sign(tbs(Kind::Organization, &name, &did, Some(200))), None).unwrap();
    assert_eq!(checked.path_length, Some(MAX_PATH_LENGTH));
}

#[test]
fn the_issuer_limits_the_child() {
    let name = name("Child");
    let issuer = issuer();
    let did = did(Kind::AiAgent, Some(&issuer.id));
    let child = |path_length| sign(tbs(Kind::AiAgent, &name, &did, path_length));
    let of = |path_length| {
        validate(&child(path_length), Some(&issuer))
            .map(|checked| (checked.depth, checked.path_length))
    };
    assert_eq!(of(None), Ok((3, None)));
    assert_eq!(of(Some(0)), Ok((3, Some(0))));
    assert_eq!(of(Some(1)), Ok((3, Some(1))));
    assert_eq!(of(Some(2)), Err(CertificateError::PathLength));

    let cases = [
        (
            Issuer {
                path_length: None,
                ..issuer
            },
            CertificateError::PathLength,
        ),
        (
            Issuer { depth: 8, ..issuer },
            CertificateError::DepthExceeded,
        ),
        (
            Issuer {
                not_before: START + 1,
                ..issuer
            },
            CertificateError::ValidityNotNested,
        ),
        (
            Issuer {
                not_after: START + 300 * DAY - 1,
                ..issuer
            },
            CertificateError::ValidityNotNested,
        ),
        (
            Issuer {
                subject: Some([0; 32]),
                ..issuer
            },
            CertificateError::IssuerName,
        ),
        (
            Issuer {
                kind: Kind::Composite,
                ..issuer
            },
            CertificateError::IssuerKind {
                issuer: Kind::Composite,
                subject: Kind::AiAgent,
            },
        ),
    ];
    for (issuer, error) in cases {
        assert_eq!(validate(&child(None), Some(&issuer)), Err(error));
    }
    let named = Issuer {
        subject: Some(name.as_name().unwrap().hash()),
        depth: 7,
        ..issuer
    };
    assert_eq!(validate(&child(None), Some(&named)).unwrap().depth, 8);
}

#[test]
fn a_root_names_itself_and_is_natural() {
    let (org, other) = (name("Org"), name("Other"));
    let uri = did(Kind::Organization, None);
    let mut certificate = tbs(Kind::Organization, &org, &uri, Some(1));
    certificate.issuer = other.as_name().unwrap();
    assert_eq!(
        validate(&sign(certificate), None),
        Err(CertificateError::NotSelfIssued)
    );
    for kind in Kind::ALL {
        let did = did(kind, None);
        let result = validate(&sign(tbs(kind, &org, &did, None)), None);
        let expected = match kind {
            Kind::Composite => Err(CertificateError::Composite),
            kind if kind.is_natural() => Ok(()),
            kind => Err(CertificateError::NotNatural(kind)),
        };
        assert_eq!(result.map(drop), expected);
    }
}

#[test]
fn how_long_a_certificate_may_be_valid() {
    let name = name("Name");
    let root = did(Kind::Human, None);
    let organization = did(Kind::Organization, None);
    let wide = Issuer {
        not_before: 0,
        not_after: u64::MAX,
        ..issuer()
    };
    let agent = did(Kind::AiAgent, Some(&wide.id));
    let of = |kind, did: &str, issuer: Option<&Issuer>, life| {
        let mut tbs = tbs(kind, &name, did, None);
        tbs.not_after = tbs.not_before + life;
        validate(&sign(tbs), issuer).map(drop)
    };
    for (kind, did, issuer, limit) in [
        (Kind::Human, &root, None, MAX_ROOT_HUMAN_VALIDITY),
        (Kind::Organization, &organization, None, MAX_VALIDITY),
        (Kind::AiAgent, &agent, Some(&wide), MAX_VALIDITY),
    ] {
        assert_eq!(of(kind, did, issuer, limit), Ok(()));
        assert_eq!(
            of(kind, did, issuer, limit + 1_000),
            Err(CertificateError::ValidityTooLong(limit + 1_000))
        );
        assert_eq!(of(kind, did, issuer, 1_000), Ok(()));
        assert_eq!(of(kind, did, issuer, 0), Err(CertificateError::Validity));
    }
    let mut backwards = tbs(Kind::Human, &name, &root, None);
    backwards.not_after = backwards.not_before - 1_000;
    assert_eq!(
        validate(&sign(backwards), None),
        Err(CertificateError::Validity)
    );
}

#[test]
fn another_key_kind_salt_or_issuer_has_another_did() {
    let name = name("Name");
    let issuer = issuer();
    let uri = did(Kind::AiAgent, Some(&issuer.id));
    let good = tbs(Kind::AiAgent, &name, &uri, None);
    let change = |change: &dyn Fn(&mut Tbs<'_>)| {
        let mut tbs = good.clone();
        change(&mut tbs);
        validate(&sign(tbs), Some(&issuer))
    };
    assert!(change(&|_| ()).is_ok());
    let changes: [&dyn Fn(&mut Tbs<'_>); 3] = [
        &|tbs| {
            tbs.key =
                PublicKey::Ed25519(SigningKey::from_bytes(&[6; 32]).verifying_key().to_bytes())
        },
        &|tbs| tbs.extensions[3].value = ExtensionValue::Kind(Kind::AiModel),
        &|tbs| tbs.extensions[4].value = ExtensionValue::Salt(Salt([1; 16])),
    ];
    for changed in changes {
        assert!(matches!(
            change(changed),
            Err(CertificateError::OtherId { .. })
        ));
    }
    let other = Issuer {
        id: AutoId([4; 32]),
        ..issuer
    };
    assert!(matches!(
        validate(&sign(good), Some(&other)),
        Err(CertificateError::OtherId { .. })
    ));
}

#[test]
fn serial_numbers_are_positive_and_of_20_octets() {
    assert_eq!(Serial::new(&[]), None);
    assert_eq!(Serial::new(&[0; 20]), None);
    assert_eq!(Serial::new(&[0x80; 20]), None);
    assert_eq!(Serial::new(&[1; 21]), None);
    assert_eq!(Serial::new(&[0x7f; 20]).unwrap().as_bytes(), &[0x7f; 20]);
    let mut low = [0; 20];
    low[19] = 7;
    assert_eq!(Serial::new(&[7]).unwrap().as_bytes(), &low);
    assert_eq!(Serial::new(&[0, 7]), Serial::new(&[7]));
}

#[test]
fn times_change_their_form_in_2050() {
    let name = name("Name");
    let uri = did(Kind::Human, None);
    // 2049-12-31T23:59:59Z
    const LAST: Millis = 2_524_607_999_000;
    let mut tbs = tbs(Kind::Human, &name, &uri, None);
    tbs.not_before = LAST;
    tbs.not_after = LAST + 1_000;
    let der = sign(tbs);
    let has = |text: &[u8]| der.windows(text.len()).any(|window| window == text);
    assert!(has(b"\x17\x0d491231235959Z") && has(b"\x18\x0f20500101000000Z"));
    validate(&der, None).unwrap();
    let swap = |from: &[u8], to: &[u8]| {
        let at = der
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        [&der[..at], to, &der[at + from.len()..]].concat()
    };
    for (from, to) in [
        (&b"\x17\x0d491231235959Z"[..], &b"\x17\x0d491231235960Z"[..]),
        (b"\x17\x0d491231235959Z", b"\x17\x0d490229000000Z"),
        (b"\x17\x0d491231235959Z", b"\x17\x0d4912312359599"),
        (b"\x17\x0d491231235959Z", b"\x17\x0d49 231235959Z"),
        (b"\x18\x0f20500101000000Z", b"\x18\x0f20490101000000Z"),
        (b"\x18\x0f20500101000000Z", b"\x18\x0f20500101000000z"),
        (b"\x18\x0f20500101000000Z", b"\x16\x0f20500101000000Z"),
        (b"\x18\x0f20500101000000Z", b"\x18\x0f205001010000.0Z"),
    ] {
        assert_eq!(
            Certificate::parse(&swap(from, to)).map(drop),
            Err(CertificateError::Time),
            "{}",
            to.escape_ascii()
        );
    }
}

#[test]
fn common_names_are_normalised_and_short() {
    for good in ["a", "Köln", "東京", "ⵣ", &"ü".repeat(64), "a b"] {
        assert_eq!(
            OwnedName::new(good)
                .unwrap()
                .as_name()
                .unwrap()
                .common_name(),
            good
        );
    }
    for bad in ["", "Ko\u{308}ln", &"a".repeat(65), "\u{212b}"] {
        assert!(
            matches!(
                OwnedName::new(bad),
                Err(CertificateError::CommonName | CertificateError::Name)
            ),
            "{bad:?}"
        );
    }
    for bad in ["a\nb", "\u{7f}", "\u{85}"] {
        assert_eq!(OwnedName::new(bad), Err(CertificateError::Name), "{bad:?}");
    }
}

#[test]
fn path_lengths_shrink() {
    assert_eq!(issued_path_length(None, false, None), None);
    assert_eq!(issued_path_length(None, true, Some(0)), None);
    assert_eq!(issued_path_length(Some(0), false, None), Some(None));
    assert_eq!(issued_path_length(Some(0), true, None), None);
    for issuer in 1..=7 {
        assert_eq!(
            issued_path_length(Some(issuer), true, None),
            Some(Some(issuer - 1))
        );
        for requested in 0..=8 {
            let expected = (requested < issuer).then_some(Some(requested));
            assert_eq!(
                issued_path_length(Some(issuer), true, Some(requested)),
                expected
            );
        }
    }
}

/// An element as a tree, to be taken apart and put together by code that shares nothing with [`der`].
#[derive(Clone, Debug)]
struct Node {
    tag: u8,
    content: Vec<u8>,
    children: Option<Vec<Node>>,
}

impl Node {
    fn parse_all(mut bytes: &[u8]) -> Option<Vec<Self>> {
        let mut nodes = Vec::new();
        while !bytes.is_empty() {
            let tag = bytes[0];
            let (length, start) = match *bytes.get(1)? {
                short @ 0..=0x7f => (usize::from(short), 2),
                0x81 => (usize::from(*bytes.get(2)?), 3),
                0x82 => (
                    usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?),
                    4,
                ),
                _ => return None,
            };
            let content = bytes.get(start..start + length)?.to_vec();
            // Extensions have DER within OCTET STRINGs
            let children = (tag & 0x20 != 0 || tag == 4 && length > 2)
                .then(|| Self::parse_all(&content))
                .flatten()
                .filter(|children| tag & 0x20 != 0 || children.len() == 1);
            nodes.push(Self {
                tag,
                content,
                children,
            });
            bytes = &bytes[start + length..];
        }
        Some(nodes)
    }

    fn write(&self) -> Vec<u8> {
        let content = match &self.children {
            Some(children) => children.iter().flat_map(Self::write).collect(),
            None => self.content.clone(),
        };
        let mut bytes = vec![self.tag];
        match content.len() {
            short @ 0..=0x7f => bytes.push(short as u8),
            long @ 0x80..=0xff => bytes.extend([0x81, long as u8]),
            long => bytes.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        bytes.extend(content);
        bytes
    }

    fn count(&self) -> usize {
        1 + self
            .children
            .iter()
            .flatten()
            .map(Self::count)
            .sum::<usize>()
    }

    /// Changes element `position` in depth-first order; returns how many elements were passed.
    fn change(
        nodes: &mut Vec<Self>,
        position: usize,
        change: &dyn Fn(&mut Vec<Self>, usize),
    ) -> usize {
        let mut passed = 0;
        for index in 0..nodes.len() {
            if passed == position {
                change(nodes, index);
                return position + 1;
            }
            passed += 1;
            let size = nodes[index].count() - 1;
            if position < passed + size {
                let children = nodes[index].children.as_mut().unwrap();
                Self::change(children, position - passed, change);
                return position + 1;
            }
            passed += size;
        }
        passed
    }
}

/// Every element of the signed part in turn is deleted, doubled, emptied …, the signature made anew. So it is the
/// profile that refuses, not the signature.
#[test]
fn signed_mutations_of_every_element_are_refused() {
    type Mutation = (&'static str, &'static dyn Fn(&mut Vec<Node>, usize));
    let mutations: [Mutation; 12] = [
        ("delete", &|nodes, index| drop(nodes.remove(index))),
        ("double", &|nodes, index| {
            nodes.insert(index, nodes[index].clone())
        }),
        ("empty", &|nodes, index| {
            nodes[index].content.clear();
            nodes[index].children = None;
        }),
        ("null", &|nodes, index| {
            nodes[index] = Node {
                tag: 5,
                content: vec![],
                children: None,
            };
        }),
        ("tag", &|nodes, index| nodes[index].tag ^= 0x01),
        ("constructed", &|nodes, index| nodes[index].tag ^= 0x20),
        ("class", &|nodes, index| nodes[index].tag ^= 0x40),
        ("append", &|nodes, index| {
            let node = &mut nodes[index];
            match &mut node.children {
                Some(children) => children.push(Node {
                    tag: 5,
                    content: vec![],
                    children: None,
                }),
                None => node.content.push(0),
            }
        }),
        ("prepend", &|nodes, index| {
            let node = &mut nodes[index];
            match &mut node.children {
                Some(children) => children.insert(
                    0,
                    Node {
                        tag: 5,
                        content: vec![],
                        children: None,
                    },
                ),
                None => node.content.insert(0, 0),
            }
        }),
        ("swap", &|nodes, index| {
            let other = (index + 1) % nodes.len();
            nodes.swap(index, other);
        }),
        ("wrap", &|nodes, index| {
            let inner = nodes[index].clone();
            nodes[index] = Node {
                tag: 0x30,
                content: vec![],
                children: Some(vec![inner]),
            };
        }),
        ("raise", &|nodes, index| {
            if let Some(byte) = nodes[index].content.first_mut() {
                *byte |= 0x80;
            }
            nodes[index].children = None;
        }),
    ];
    let name = name("Org");
    let uri = did(Kind::Organization, None);
    let tbs = tbs(Kind::Organization, &name, &uri, Some(3));
    let original = tbs.to_der();
    let tree = Node::parse_all(&original).unwrap();
    assert_eq!(tree[0].write(), original);

    let mut refused = 0;
    let mut accepted = Vec::new();
    let mut variants = BTreeMap::<String, u32>::new();
    for (mutation, change) in mutations {
        for position in 0..tree[0].count() {
            let mut changed = tree.clone();
            Node::change(&mut changed, position, change);
            let signed: Vec<u8> = changed.iter().flat_map(Node::write).collect();
            if signed == original {
                continue;
            }
            let signature = signing_key().sign(&signed).to_bytes();
            let der = der::element(
                der::tag::SEQUENCE,
                &[&signed, write::ED25519, &der::octet_bits(&signature)],
            );
            match validate(&der, None) {
                Ok(_) => accepted.push(format!("{mutation} {position}")),
                Err(error) => {
                    refused += 1;
                    let text = format!("{error:?}");
                    let variant = text.split(['{', ' ']).next().unwrap();
                    *variants.entry(variant.into()).or_default() += 1;
                }
            }
        }
    }
    assert!(refused > 500, "{refused}");
    assert!(variants.len() > 25, "{variants:#?}");
    // No path length; another serial number; extensions in another order
    let harmless = [
        "delete 31",
        "append 3",
        "swap 25",
        "swap 32",
        "swap 37",
        "swap 42",
        "swap 46",
    ];
    assert_eq!(accepted, harmless);
}

#[test]
fn extensions_are_few_and_different() {
    let name = name("Org");
    let uri = did(Kind::Organization, None);
    let good = tbs(Kind::Organization, &name, &uri, Some(3));
    let oids = (0u8..12).map(|n| [0x2a, n]).collect::<Vec<_>>();
    let with = |oids: &[[u8; 2]], critical| {
        let mut tbs = good.clone();
        tbs.extensions.extend(oids.iter().map(|oid| Extension {
            critical,
            value: ExtensionValue::Other { oid, value: &[] },
        }));
        validate(&sign(tbs), None).map(drop)
    };
    assert_eq!(with(&oids[..11], false), Ok(()));
    assert_eq!(with(&oids, false), Err(CertificateError::TooManyExtensions));
    assert_eq!(
        with(&[oids[0], oids[0]], false),
        Err(CertificateError::DuplicateExtension)
    );
    assert_eq!(
        with(&oids[..1], true),
        Err(CertificateError::UnknownCriticalExtension)
    );
    assert_eq!(
        with(&[[0x80, 1]], false),
        Err(CertificateError::Der(DerError::Value))
    );
    for extension in &good.extensions {
        let mut tbs = good.clone();
        tbs.extensions.push(extension.clone());
        assert_eq!(
            validate(&sign(tbs), None),
            Err(CertificateError::DuplicateExtension)
        );
    }
}

#[test]
fn the_algorithm_is_that_of_the_signature() {
    let name = name("Org");
    let uri = did(Kind::Organization, None);
    let tbs = tbs(Kind::Organization, &name, &uri, Some(3));
    let signed = tbs.to_der();
    let signature = signing_key().sign(&signed).to_bytes();
    let other = write::signature_algorithm(Algorithm::EcdsaSha256);
    let der = der::element(
        der::tag::SEQUENCE,
        &[&signed, other, &der::octet_bits(&signature)],
    );
    assert_eq!(
        validate(&der, None),
        Err(CertificateError::AlgorithmMismatch)
    );

    // A certificate that says ECDSA, under an Ed25519 key
    let mut wrong = tbs.clone();
    wrong.algorithm = Algorithm::EcdsaSha256;
    let mut signature = [0; 64];
    (signature[31], signature[63]) = (1, 1);
    let der = Certificate::new(wrong, Signature::P256(signature)).to_der();
    assert!(matches!(
        validate(&der, None),
        Err(CertificateError::Signature(SignatureError::Scheme { .. }))
    ));
}

#[test]
fn keys_without_x509_have_no_public_key_info() {
    for key in [
        PublicKey::Sr25519([1; 32]),
        PublicKey::Secp256k1([2; 33]),
        PublicKey::WebAuthn {
            point: [2; 33],
            rp_id_hash: [0; 32],
        },
        PublicKey::P256([0; 33]),
    ] {
        assert_eq!(public_key_info(&key), None);
    }
}

#[test]
fn the_arc_is_the_uuid_of_its_name() {
    let uuid = 0x8500_c0d3_1203_5660_92eb_ec74_4d3a_fc17u128;
    assert_eq!(OID_ARC_TEXT, format!("2.25.{uuid}"));
    let mut arc = vec![(uuid & 0x7f) as u8];
    let mut rest = uuid >> 7;
    while rest > 0 {
        arc.insert(0, 0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    arc.insert(0, 2 * 40 + 25);
    assert_eq!(arc, OID_ARC);
}

prop_compose! {
    fn any_extension()(choice in 0..6, bytes: [u8; 32], critical: bool, kind in 0u8..9, path_length: Option<u8>) -> Extension<'static> {
        let value = match choice {
            0 => ExtensionValue::BasicConstraints { issues: path_length.is_some(), path_length },
            1 => ExtensionValue::KeyUsage(KeyUsage::from_bits(u16::from(bytes[0]) & KeyUsage::ALL.bits() | 1).unwrap()),
            2 => ExtensionValue::Kind(Kind::from_number(kind).unwrap()),
            3 => ExtensionValue::Salt(Salt(bytes[..16].try_into().unwrap())),
            4 => ExtensionValue::ModelHash(bytes),
            _ => ExtensionValue::SubjectAltName(vec![AltName::Dns("example.org"), AltName::Uri("did:auto:1")]),
        };
        let critical = critical || choice < 2;
        Extension { critical, value }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        serial in prop::collection::vec(any::<u8>(), 1..20),
        start in 0u64..253_402_300_799,
        length in 0u64..253_402_300_799,
        extensions in prop::collection::vec(any_extension(), 0..6),
        rsa in prop::option::of((any::<[u8; 32]>(), 32usize..=64)),
    ) {
        let name = name("Name");
        let Some(serial) = Serial::new(&serial) else { return Ok(()) };
        let key = match rsa {
            None => key(),
            Some((bytes, words)) => {
                let mut modulus = bytes.repeat(words / 4);
                modulus[0] |= 0x80;
                *modulus.last_mut().unwrap() |= 1;
                PublicKey::Rsa(modulus.try_into().unwrap())
            }
        };
        let mut seen = std::collections::HashSet::new();
        let extensions = extensions
            .into_iter()
            .filter(|extension| seen.insert(core::mem::discriminant(&extension.value)))
            .collect();
        let tbs = Tbs {
            serial,
            algorithm: Algorithm::Ed25519,
            issuer: name.as_name().unwrap(),
            not_before: start * 1_000,
            not_after: (start + length).min(253_402_300_799) * 1_000,
            subject: name.as_name().unwrap(),
            key,
            extensions,
        };
        let der = sign(tbs.clone());
        let certificate = Certificate::parse(&der).unwrap();
        prop_assert_eq!(certificate.tbs(), &tbs);
        prop_assert_eq!(&certificate.to_der(), &der);
        certificate.verify(&super::tests::key()).unwrap();
    }
}
