use super::*;

#[test]
fn sizes_are_read_in_decimal_and_binary_units() {
    for (text, size) in [
        ("0", 0),
        ("1000", 1000),
        ("10b", 10),
        ("512MiB", 512 << 20),
        ("2 GiB", 2 << 30),
        ("2gib", 2 << 30),
        ("1TB", 1_000_000_000_000),
        ("3KiB", 3072),
    ] {
        assert_eq!(parse_size(text), Ok(size), "{text}");
    }
    for text in [
        "",
        "MiB",
        "-1",
        "1.5GiB",
        "1 PiB",
        "18446744073709551615KB",
        "1 2",
    ] {
        assert_eq!(parse_size(text), Err(OptionError::Size(text.to_owned())));
    }
}

#[test]
fn farms_are_read_in_either_order() {
    let farm = |path: &str, size| FarmOptions {
        path: PathBuf::from(path),
        size,
    };
    assert_eq!("path=/a,size=1KB".parse(), Ok(farm("/a", 1000)));
    assert_eq!("size=1KB,path=/a,b".parse(), Ok(farm("/a,b", 1000)));
    assert_eq!("path=/a,b,size=7".parse(), Ok(farm("/a,b", 7)));
    for text in [
        "",
        "/a",
        "path=/a",
        "size=1",
        "path=,size=1",
        "path=/a;size=1",
    ] {
        assert_eq!(
            text.parse::<FarmOptions>(),
            Err(OptionError::Farm(text.to_owned()))
        );
    }
    assert!(matches!(
        "path=/a,size=much".parse::<FarmOptions>(),
        Err(OptionError::Size(_))
    ));
    let farm = farm("/a", 1000);
    assert_eq!(farm.to_string().parse(), Ok(farm));
}

/// Account of the development seed //Alice.
const ALICE: &str = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

#[test]
fn reward_addresses_of_any_network_are_read() {
    let alice = RewardAddress(hex::decode(ALICE).unwrap().try_into().unwrap());
    for address in [
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
        &format!("0x{ALICE}"),
    ] {
        assert_eq!(parse_reward_address(address), Ok(alice), "{address}");
    }
}

#[test]
fn an_address_of_the_network_with_a_two_byte_prefix_is_read() {
    let alice = hex::decode(ALICE).unwrap();
    // Prefix 6094 in the two-byte form: low six bits of the prefix's low byte first, as SS58 says
    let prefix = 6094u16;
    let first = 0b0100_0000 | ((prefix & 0b1111_1100) >> 2) as u8;
    let second = (prefix >> 8) as u8 | ((prefix & 0b11) << 6) as u8;
    let mut bytes = vec![first, second];
    bytes.extend_from_slice(&alice);
    let hash = blake2b_simd::Params::new()
        .to_state()
        .update(b"SS58PRE")
        .update(&bytes)
        .finalize();
    bytes.extend_from_slice(&hash.as_bytes()[..2]);
    let address = bs58::encode(&bytes).into_string();
    assert_eq!(parse_reward_address(&address).unwrap().0, alice[..]);
    // A typing error is found by the checksum
    let last = if address.ends_with('1') { '2' } else { '1' };
    let wrong = format!("{}{last}", &address[..address.len() - 1]);
    assert!(parse_reward_address(&wrong).is_err());
}

#[test]
fn what_is_no_address_is_refused() {
    for address in [
        "",
        "0x",
        "0x00",
        "hello",
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQ",
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ",
        &"1".repeat(100_000),
    ] {
        assert!(parse_reward_address(address).is_err(), "{address:.20}");
    }
}
