use super::*;
use autonomys_core_primitives::Preset;
use autonomys_core_primitives::params::NetworkTag;
use proptest::prelude::*;

fn layout() -> SectorLayout {
    SectorLayout::new(Preset::Unit.params(NetworkTag::default())).unwrap()
}

fn metadata(layout: &SectorLayout) -> SectorMetadata {
    // Two records, each with a chunk in every second s-bucket
    let sizes = (0..layout.s_buckets())
        .map(|s_bucket| if s_bucket % 2 == 0 { 2 } else { 0 })
        .collect();
    SectorMetadata::new(3, HistorySize::new(4).unwrap(), [5; 32], sizes)
}

fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = bytes.len() - CHECKSUM_SIZE;
    bytes.truncate(length);
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

#[test]
fn metadata_survives_the_disk() {
    let layout = layout();
    let metadata = metadata(&layout);
    let bytes = metadata.to_bytes(&layout);
    assert_eq!(bytes.len(), layout.sector_metadata_size());
    assert_eq!(&bytes[..12], [3, 0, 8, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(SectorMetadata::from_bytes(&layout, 3, &bytes), Ok(metadata));
}

#[test]
fn every_changed_bit_of_metadata_is_found() {
    let layout = layout();
    let mut bytes = metadata(&layout).to_bytes(&layout);
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            SectorMetadata::from_bytes(&layout, 3, &bytes),
            Err(SectorMetadataError::Checksum)
        );
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn metadata_that_contradicts_the_parameters_is_refused_even_with_a_checksum() {
    let layout = layout();
    let good = metadata(&layout).to_bytes(&layout);
    let refused = |offset: usize, value: &[u8]| {
        let mut bytes = good.clone();
        bytes[offset..][..value.len()].copy_from_slice(value);
        matches!(
            SectorMetadata::from_bytes(&layout, 3, &with_checksum(bytes)),
            Err(SectorMetadataError::Content(_))
        )
    };
    assert!(!refused(4, &[9]));
    assert!(refused(0, &[4]), "another sector");
    assert!(refused(2, &[9]), "another number of pieces");
    assert!(refused(4, &[0; 8]), "no history");
    assert!(refused(44, &[9, 0]), "an s-bucket with too many chunks");
    assert!(refused(44, &[3, 0]), "a broken record");
    assert!(refused(44, &[8, 0].repeat(512)), "more chunks than fit");
    for length in [0, 1, good.len() - 1, good.len() + 1] {
        let mut bytes = good.clone();
        bytes.resize(length, 0);
        assert!(matches!(
            SectorMetadata::from_bytes(&layout, 3, &bytes),
            Err(SectorMetadataError::Size { .. })
        ));
    }
}

#[test]
fn the_offset_of_an_s_bucket_is_the_sum_of_those_before() {
    let layout = layout();
    let sizes: Vec<u16> = (0..layout.s_buckets()).map(|i| (i % 7) as u16).collect();
    let metadata = SectorMetadata::new(0, HistorySize::ONE, [0; 32], sizes.clone());
    let mut sum = 0;
    for (s_bucket, &size) in sizes.iter().enumerate() {
        assert_eq!(
            metadata.s_bucket(s_bucket as SBucket),
            (sum, usize::from(size))
        );
        sum += u64::from(size);
    }
    assert_eq!(metadata.chunk_count(), sum);
    assert_eq!(metadata.s_bucket(512).1, 0);
    assert_eq!(metadata.s_bucket(SBucket::MAX).1, 0);
}

#[test]
fn every_changed_bit_of_record_metadata_is_found() {
    let metadata = RecordMetadata {
        record_root: RecordRoot([1; 32]),
        parity_chunks_root: MerkleNode([2; 32]),
        record_proof: vec![MerkleNode([3; 32]); 4],
    };
    let mut bytes = metadata.to_bytes();
    assert_eq!(bytes.len(), layout().record_metadata_size());
    assert_eq!(RecordMetadata::from_bytes(&bytes), Some(metadata));
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(RecordMetadata::from_bytes(&bytes), None);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(RecordMetadata::from_bytes(&[]), None);
}

proptest! {
    #[test]
    fn hostile_metadata_never_panics(
        noise in proptest::collection::vec(any::<u8>(), 12 + 32 + 1024 + 32),
        fix_head: bool,
        fix_checksum: bool,
    ) {
        let layout = layout();
        let mut bytes = noise;
        if fix_head {
            bytes[..12].copy_from_slice(&[3, 0, 8, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        }
        if fix_checksum {
            bytes = with_checksum(bytes);
        }
        if let Ok(metadata) = SectorMetadata::from_bytes(&layout, 3, &bytes) {
            prop_assert!(metadata.chunk_count() <= layout.chunk_slots());
        }
    }
}
