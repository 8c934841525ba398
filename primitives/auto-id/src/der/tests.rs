use super::*;
use proptest::prelude::*;

#[test]
fn depth_number_and_length_are_bounded() {
    let nested =
        |levels| (0..levels).fold(vec![5, 0], |inner, _| element(tag::SEQUENCE, &[&inner]));
    assert_eq!(walk(&nested(MAX_NESTING)), Ok(MAX_NESTING + 1));
    assert_eq!(walk(&nested(MAX_NESTING + 1)), Err(DerError::TooDeep));
    let flat = |count: usize| element(tag::SEQUENCE, &[&[5, 0].repeat(count)]);
    assert_eq!(walk(&flat(MAX_ELEMENTS - 1)), Ok(MAX_ELEMENTS));
    assert_eq!(walk(&flat(MAX_ELEMENTS)), Err(DerError::TooMany));
    let long = |length| element(tag::OCTET_STRING, &[&vec![0; length - 4]]);
    assert_eq!(walk(&long(MAX_LENGTH)), Ok(1));
    assert_eq!(
        walk(&long(MAX_LENGTH + 1)),
        Err(DerError::TooLong(MAX_LENGTH + 1))
    );
    // Empty constructed elements nest nothing
    assert_eq!(
        walk(&element(tag::SEQUENCE, &[&[0x30, 0].repeat(100)])),
        Ok(101)
    );
}

#[test]
fn what_is_no_der_is_refused() {
    let cases: [(&[u8], DerError); 16] = [
        (&[], DerError::Malformed),
        (&[0x30], DerError::Malformed),
        (&[0x30, 0x01], DerError::Malformed),
        // Indefinite length
        (&[0x30, 0x80, 0x05, 0x00, 0x00, 0x00], DerError::Malformed),
        // Length that could be shorter
        (&[0x04, 0x81, 0x01, 0x00], DerError::Malformed),
        (&[0x04, 0x82, 0x00, 0x01, 0x00], DerError::Malformed),
        (&[0x04, 0x81, 0x7f], DerError::Malformed),
        // Longer than what encloses it
        (&[0x30, 0x02, 0x04, 0x01], DerError::Malformed),
        (&[0x30, 0x03, 0x04, 0x02, 0x00, 0x00], DerError::Malformed),
        // Tag of more than one octet, end of contents, constructed string
        (&[0x1f, 0x81, 0x00, 0x00], DerError::Malformed),
        (&[0x00, 0x00], DerError::Malformed),
        (&[0x24, 0x03, 0x04, 0x01, 0x00], DerError::Malformed),
        // Primitive sequence
        (&[0x10, 0x00], DerError::Malformed),
        (&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff], DerError::Malformed),
        (&[0x05, 0x00, 0x05, 0x00], DerError::Trailing),
        (&[0x30, 0x00, 0x05, 0x00], DerError::Trailing),
    ];
    for (bytes, error) in cases {
        assert_eq!(walk(bytes), Err(error), "{bytes:02x?}");
    }
}

#[test]
fn integers_have_one_form() {
    let read = |bytes: &[u8]| Reader::new(bytes).unsigned().map(<[u8]>::to_vec);
    assert_eq!(read(&[2, 1, 0]), Ok(vec![0]));
    assert_eq!(read(&[2, 1, 0x7f]), Ok(vec![0x7f]));
    assert_eq!(read(&[2, 2, 0, 0x80]), Ok(vec![0x80]));
    for wrong in [
        &[2, 0][..],
        &[2, 1, 0x80],
        &[2, 2, 0, 0x7f],
        &[2, 2, 0, 0],
        &[2, 2, 0xff, 0],
    ] {
        assert_eq!(read(wrong), Err(DerError::Value), "{wrong:02x?}");
    }
    assert_eq!(read(&[4, 1, 0]), Err(DerError::Unexpected(tag::INTEGER)));
    assert_eq!(Reader::new(&[2, 2, 1, 0]).small(), Err(DerError::Value));
}

#[test]
fn named_bits_have_one_form() {
    for bits in 1..=u16::MAX {
        let written = named_bits(bits);
        assert_eq!(Reader::new(&written).named_bits(), Ok(bits), "{bits:#b}");
    }
    // digitalSignature and keyCertSign, as OpenSSL writes them
    assert_eq!(named_bits(0b10_0001), [3, 2, 2, 0x84]);
    for wrong in [
        &[3, 1, 0][..],
        &[3, 2, 0, 0],
        &[3, 2, 1, 0x84],
        &[3, 2, 3, 0x84],
        &[3, 3, 0, 0x84, 0],
        &[3, 2, 8, 0],
        &[3, 0],
        &[3, 4, 0, 1, 1, 1],
    ] {
        assert_eq!(
            Reader::new(wrong).named_bits(),
            Err(DerError::Value),
            "{wrong:02x?}"
        );
    }
}

proptest! {
    #[test]
    fn walking_any_bytes_is_total(bytes: Vec<u8>) {
        let _ = walk(&bytes);
        let mut reader = Reader::new(&bytes);
        while reader.any().is_ok() {}
    }

    #[test]
    fn an_element_is_read_as_it_was_written(content in prop::collection::vec(any::<u8>(), 0..700), cut in 0usize..300) {
        let written = element(tag::OCTET_STRING, &[&content[..cut.min(content.len())], &content[cut.min(content.len())..]]);
        prop_assert_eq!(walk(&written), Ok(1));
        let mut reader = Reader::new(&written);
        let read = reader.element(tag::OCTET_STRING).unwrap();
        prop_assert_eq!(read.value, content);
        prop_assert_eq!(read.bytes, &written);
        prop_assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn an_integer_is_read_as_it_was_written(octets in prop::collection::vec(any::<u8>(), 1..30)) {
        let written = unsigned(&octets);
        let first = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
        prop_assert_eq!(Reader::new(&written).unsigned(), Ok(&octets[first..]));
    }
}
