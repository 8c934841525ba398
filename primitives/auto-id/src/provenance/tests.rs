use super::*;
use codec::DecodeAll;

fn statement() -> Statement {
    let signer = |byte| Signer {
        id: AutoId([byte; 32]),
        roles: SignerRoles::AUTHOR,
        key: KeyHash([byte; 32]),
    };
    Statement {
        content_hash: [1; 32],
        sha256: None,
        media_type: b"image/png".to_vec().try_into().unwrap(),
        size: 3,
        semantic_hash: None,
        signers: vec![signer(1), signer(2)].try_into().unwrap(),
        parents: BoundedVec::new(),
        source_type: SourceType::CompositeWithTrainedAlgorithmicMedia,
        model: None,
        tool: None,
        created: 5,
        manifest: None,
    }
}

#[test]
fn signers_are_ordered_and_have_roles() {
    let tag = NetworkTag([0; 32]);
    assert_eq!(statement().validate(), Ok(()));
    let change = |change: &dyn Fn(&mut Statement)| {
        let mut changed = statement();
        change(&mut changed);
        assert_ne!(changed.hash(&tag), statement().hash(&tag));
        changed.validate()
    };
    assert_eq!(
        change(&|s| s.signers.clear()),
        Err(StatementError::NoSigners)
    );
    assert_eq!(
        change(&|s| s.signers.as_mut().swap(0, 1)),
        Err(StatementError::Order)
    );
    assert_eq!(
        change(&|s| s.signers[1].id = s.signers[0].id),
        Err(StatementError::Order)
    );
    assert_eq!(
        change(&|s| s.signers[1].roles = SignerRoles::EMPTY),
        Err(StatementError::NoRole(1))
    );
    // Roles and keys of all are signed by each
    assert_eq!(
        change(&|s| s.signers[1].roles = SignerRoles::WITNESS),
        Ok(())
    );
    assert_eq!(change(&|s| s.signers[1].key = KeyHash([9; 32])), Ok(()));
    assert_ne!(
        statement().hash(&tag),
        statement().hash(&NetworkTag([1; 32]))
    );
}

#[test]
fn media_types_have_two_parts() {
    for (text, good) in [
        ("image/png", true),
        ("application/vnd.a+json", true),
        ("", false),
        ("image", false),
        ("image/", false),
        ("/png", false),
        ("a/b/c", false),
        ("image/PNG", false),
        ("text/plain; charset=x", false),
        ("text/\u{e4}", false),
    ] {
        let mut changed = statement();
        changed.media_type = text.as_bytes().to_vec().try_into().unwrap();
        let expected = if good {
            Ok(())
        } else {
            Err(StatementError::MediaType)
        };
        assert_eq!(changed.validate(), expected, "{text}");
    }
}

#[test]
fn a_statement_is_decoded_as_it_was_encoded_and_is_bounded() {
    let signed = SignedStatement {
        statement: statement(),
        signatures: vec![Signature::Ed25519([1; 64]), Signature::Sr25519([2; 64])]
            .try_into()
            .unwrap(),
    };
    let encoded = signed.encode();
    assert_eq!(SignedStatement::decode_all(&mut &encoded[..]), Ok(signed));
    assert!(Statement::max_encoded_len() <= 2_048);
}
