//! The files of a farm beside its sectors, and what a person says of farms.

use crate::input::{Input, decode_json};
use crate::sectors::repair;
use autonomys_farmer::{
    FarmInfo, FarmInfoError, FarmOptions, Identity, PieceCache, Space, parse_reward_address,
    parse_size,
};
use autonomys_farmer_components::SectorLayout;

/// The file with the key of a farm, its checksum made right if the first byte is odd. A key has one file.
pub fn identity(data: &[u8]) -> bool {
    let mut input = Input(data);
    let flags = input.u8();
    let mut file = input.0.to_vec();
    if flags % 2 == 1 {
        repair(&mut file);
    }
    let Some(identity) = Identity::from_file_bytes(&file) else {
        return false;
    };
    let seed = file[1..].first_chunk().expect("the seed is in the file");
    assert_eq!(*Identity::file_bytes(seed), file);
    let expected = Identity::from_seed(seed);
    assert_eq!(identity.public_key(), expected.public_key());
    true
}

/// The description of a farm, with or without a checksum around it. If its parameters are valid, its size is divided by
/// them.
pub fn farm_info(data: &[u8]) -> bool {
    let checked = FarmInfo::from_bytes(data);
    if let Err(error) = &checked {
        assert!(!error.to_string().is_empty());
    }
    let Some(info) = checked.ok().or_else(|| decode_json::<FarmInfo>(data)) else {
        return false;
    };
    match FarmInfo::from_bytes(&info.to_bytes()) {
        Ok(read) => assert_eq!(read, info),
        Err(FarmInfoError::Version(version)) => assert_eq!(version, info.version),
        Err(error) => panic!("a description that was written cannot be read: {error}"),
    }
    let Ok(layout) = SectorLayout::new(info.params) else {
        return false;
    };
    let space = Space::new(&layout, info.size);
    let used = space.plot_size() + space.metadata_size() + space.cache_size();
    assert!(used <= info.size);
    true
}

/// A slot of the cache of pieces, its checksum made right if the first byte is odd. What is in it is written the same.
pub fn cached_piece(data: &[u8]) -> bool {
    let mut input = Input(data);
    let flags = input.u8();
    let mut slot = input.0.to_vec();
    if flags % 2 == 1 {
        repair(&mut slot);
    }
    let Some((piece_index, piece)) = PieceCache::decode_slot(&slot) else {
        return false;
    };
    let written = PieceCache::encode_slot(piece_index, piece);
    assert_eq!(written.as_ref(), Some(&slot));
    true
}

/// What a person says of farms and rewards: what was read is read again when it is written.
pub fn farm_options(data: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(data) else {
        return false;
    };
    let farm = text.parse::<FarmOptions>();
    let size = parse_size(text);
    let address = parse_reward_address(text);
    if let Ok(farm) = &farm {
        assert_eq!(farm.to_string().parse::<FarmOptions>().as_ref(), Ok(farm));
    }
    if let Ok(size) = &size {
        assert_eq!(parse_size(&size.to_string()).as_ref(), Ok(size));
    }
    if let Ok(address) = &address {
        assert_eq!(
            parse_reward_address(&address.to_string()).as_ref(),
            Ok(address)
        );
    }
    farm.is_ok() || size.is_ok() || address.is_ok()
}

pub(crate) mod seeds {
    use super::*;
    use crate::history::HISTORY;
    use autonomys_core_primitives::params::NetworkTag;
    use autonomys_core_primitives::{BlockHash, PieceIndex, Preset};

    /// The same bytes without and with the flag that makes a checksum right.
    fn flagged(bytes: &[u8]) -> [Vec<u8>; 2] {
        [0, 1].map(|flags| [&[flags], bytes].concat())
    }

    pub(crate) fn identity() -> Vec<Vec<u8>> {
        flagged(&Identity::file_bytes(&[7; 32])).into()
    }

    pub(crate) fn farm_info() -> Vec<Vec<u8>> {
        let infos = Preset::ALL.map(|preset| FarmInfo {
            version: 0,
            genesis_hash: BlockHash([1; 32]),
            public_key: Identity::from_seed(&[7; 32]).public_key(),
            size: 1 << 40,
            params: preset.params(NetworkTag([2; 32])),
        });
        let mut seeds: Vec<_> = infos.iter().map(FarmInfo::to_bytes).collect();
        seeds.extend(
            infos
                .iter()
                .map(|info| serde_json::to_vec(info).expect("a description has JSON")),
        );
        seeds
    }

    pub(crate) fn cached_piece() -> Vec<Vec<u8>> {
        (0..)
            .zip(&HISTORY[0].pieces)
            .step_by(3)
            .filter_map(|(index, piece)| PieceCache::encode_slot(PieceIndex(index), piece))
            .flat_map(|slot| flagged(&slot))
            .collect()
    }

    pub(crate) fn farm_options() -> Vec<Vec<u8>> {
        [
            "path=/mnt/farm,size=100GiB",
            "size=1000000,path=farms/a,b",
            "512 MiB",
            "18446744073709551615",
            // The account of the development seed //Alice
            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
        ]
        .map(Vec::from)
        .into()
    }
}
