//! Golden vectors of all encodings, hashes and formulas of this crate: `test/vectors/primitives.json`, made by
//! `make_primitives.py` beside it without this code.

use autonomys_core_primitives::farming::{SEAL_CONTEXT, seal_message};
use autonomys_core_primitives::hashes::{self, HashKey};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange, PotSlotInput};
use autonomys_core_primitives::sectors::{mask_chunk, ticket_distance};
use autonomys_core_primitives::solutions::block_weight;
use autonomys_core_primitives::{
    BlockHash, Chunk, ConsensusParams, GlobalChallenge, HistorySize, PieceIndex, PieceOffset,
    PosProof, PosSeed, PotOutput, PotSeed, Preset, PublicKey, SBucket, SectorId, SectorIndex,
    SectorSlotChallenge, SegmentHeader, SegmentHeaderHash, SegmentIndex, SegmentRoot, SlotNumber,
    Solution, SolutionRange,
};
use codec::{DecodeAll, Encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt::Debug;
use std::num::NonZeroU32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    hash_keys: Vec<HashKeyVector>,
    params: Vec<ParamsVector>,
    segment_headers: Vec<SegmentHeaderVector>,
    genesis_seeds: Vec<GenesisSeedVector>,
    slots: Vec<SlotVector>,
    entropies: Vec<EntropyVector>,
    slot_inputs: Vec<SlotInputVector>,
    sectors: Vec<SectorVector>,
    audits: Vec<AuditVector>,
    solution_ranges: Vec<SolutionRangeVector>,
    retargets: Vec<RetargetVector>,
    block_weights: Vec<BlockWeightVector>,
    solutions: Vec<SolutionVector>,
    seal: SealVector,
}

#[derive(Deserialize)]
struct HashKeyVector {
    #[serde(rename = "use")]
    name: String,
    key: Bytes,
}

#[derive(Deserialize)]
struct ParamsVector {
    preset: PresetName,
    params: serde_json::Value,
    encoded: Bytes,
}

#[derive(Deserialize)]
struct SegmentHeaderVector {
    header: serde_json::Value,
    encoded: Bytes,
    hash: SegmentHeaderHash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenesisSeedVector {
    genesis_hash: BlockHash,
    external_entropy: Bytes,
    seed: PotSeed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SlotVector {
    slot: SlotNumber,
    output: PotOutput,
    global_challenge: GlobalChallenge,
    block_randomness: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntropyVector {
    chunk: Chunk,
    proof_of_time: PotOutput,
    entropy: PotEntropy,
    output: PotOutput,
    seed: PotSeed,
}

#[derive(Deserialize)]
struct SlotInputVector {
    slot: SlotNumber,
    iterations: NonZeroU32,
    output: PotOutput,
    change: Option<PotParametersChange>,
    next: PotSlotInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SectorVector {
    preset: PresetName,
    public_key: PublicKey,
    sector_index: SectorIndex,
    history_size: HistorySize,
    sector_id: SectorId,
    pieces: Vec<SectorPieceVector>,
    expiration_segment: SegmentIndex,
    expiration_segment_root: SegmentRoot,
    expiration: HistorySize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SectorPieceVector {
    offset: PieceOffset,
    proof_of_space_seed: PosSeed,
    piece_index: PieceIndex,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditVector {
    preset: PresetName,
    sector_id: SectorId,
    global_challenge: GlobalChallenge,
    sector_slot_challenge: SectorSlotChallenge,
    s_bucket: SBucket,
    proof_of_space_challenge: u32,
    chunk: Chunk,
    proof_of_space: PosProof,
    masked_chunk: Chunk,
    ticket: u64,
    distance: SolutionRange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SolutionRangeVector {
    preset: PresetName,
    pieces: u64,
    solution_range: SolutionRange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetargetVector {
    preset: PresetName,
    solution_range: SolutionRange,
    era_slots: u64,
    next: SolutionRange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockWeightVector {
    solution_range: SolutionRange,
    weight: u64,
}

#[derive(Deserialize)]
struct SolutionVector {
    preset: PresetName,
    solution: serde_json::Value,
    encoded: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SealVector {
    context: String,
    genesis_hash: BlockHash,
    pre_hash: BlockHash,
    message: Bytes,
}

/// Bytes as hex with `0x`.
#[derive(Debug, PartialEq, Eq)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text.trim_start_matches("0x"))
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PresetName {
    Main,
    Dev,
    Fast,
    Unit,
}

impl PresetName {
    fn preset(self) -> Preset {
        match self {
            Self::Main => Preset::Main,
            Self::Dev => Preset::Dev,
            Self::Fast => Preset::Fast,
            Self::Unit => Preset::Unit,
        }
    }

    fn params(self) -> ConsensusParams {
        self.preset().params(NetworkTag::default())
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../test/vectors/primitives.json")).unwrap()
}

/// Checks that `json` and `encoded` are the same value, both ways, and returns it.
fn assert_encodings<T>(json: &serde_json::Value, encoded: &Bytes) -> T
where
    T: Serialize + DeserializeOwned + Encode + DecodeAll + PartialEq + Debug,
{
    let value: T = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&value).unwrap(), json);
    assert_eq!(value.encode(), encoded.0);
    assert_eq!(T::decode_all(&mut &encoded.0[..]).as_ref(), Ok(&value));
    value
}

#[test]
fn every_use_of_a_hash_has_the_key_of_its_name() {
    let ours: [(&str, HashKey); 14] = [
        ("merkle-node", hashes::MERKLE_NODE_KEY),
        ("segment-header", hashes::SEGMENT_HEADER_KEY),
        ("sector-id", hashes::SECTOR_ID_KEY),
        ("proof-of-space-seed", hashes::POS_SEED_KEY),
        ("sector-piece", hashes::PIECE_INDEX_KEY),
        ("sector-expiration", hashes::SECTOR_EXPIRATION_KEY),
        ("chunk-mask", hashes::CHUNK_MASK_KEY),
        ("global-randomness", hashes::GLOBAL_RANDOMNESS_KEY),
        ("global-challenge", hashes::GLOBAL_CHALLENGE_KEY),
        ("proof-of-time-genesis-seed", hashes::POT_GENESIS_SEED_KEY),
        ("proof-of-time-entropy", hashes::POT_ENTROPY_KEY),
        ("proof-of-time-injected-seed", hashes::POT_INJECTED_SEED_KEY),
        ("block-randomness", hashes::BLOCK_RANDOMNESS_KEY),
        ("checksum", hashes::CHECKSUM_KEY),
    ];
    let vectors = vectors().hash_keys;
    assert_eq!(vectors.len(), ours.len());
    for ((name, key), vector) in ours.iter().zip(&vectors) {
        assert_eq!(*name, vector.name);
        assert_eq!(key.as_slice(), vector.key.0, "{name}");
    }
}

#[test]
fn parameters_of_every_preset() {
    let vectors = vectors().params;
    assert_eq!(vectors.len(), Preset::ALL.len());
    for vector in vectors {
        let params: ConsensusParams = assert_encodings(&vector.params, &vector.encoded);
        assert_eq!(params, vector.preset.preset().params(params.network_tag));
    }
}

#[test]
fn segment_headers_and_their_hashes() {
    let vectors = vectors().segment_headers;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let header: SegmentHeader = assert_encodings(&vector.header, &vector.encoded);
        assert_eq!(header.hash(), vector.hash);
    }
}

#[test]
fn seeds_challenges_and_randomness_of_slots() {
    let vectors = vectors();
    for vector in &vectors.genesis_seeds {
        assert_eq!(
            PotSeed::genesis(&vector.genesis_hash.0, &vector.external_entropy.0),
            vector.seed
        );
    }
    for vector in &vectors.slots {
        assert_eq!(
            vector.output.global_challenge(vector.slot),
            vector.global_challenge
        );
        assert_eq!(
            vector.output.block_randomness().as_slice(),
            vector.block_randomness.0
        );
    }
    for vector in &vectors.entropies {
        let entropy = PotEntropy::of_block(&vector.chunk, &vector.proof_of_time);
        assert_eq!(entropy, vector.entropy);
        assert_eq!(vector.output.seed_with_entropy(&entropy), vector.seed);
    }
    for vector in &vectors.slot_inputs {
        assert_eq!(
            PotSlotInput::next(
                vector.slot,
                vector.iterations,
                vector.output,
                vector.change.as_ref()
            ),
            Some(vector.next)
        );
    }
    assert!(!vectors.genesis_seeds.is_empty() && !vectors.slots.is_empty());
    assert!(!vectors.entropies.is_empty() && !vectors.slot_inputs.is_empty());
}

#[test]
fn ids_pieces_and_expiration_of_sectors() {
    let vectors = vectors().sectors;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let params = vector.preset.params();
        let history_size = vector.history_size;
        let id = SectorId::new(&vector.public_key, vector.sector_index, history_size);
        assert_eq!(id, vector.sector_id);
        for piece in vector.pieces {
            assert_eq!(id.pos_seed(piece.offset), piece.proof_of_space_seed);
            assert_eq!(
                id.piece_index(&params, piece.offset, history_size),
                piece.piece_index,
                "offset {} at history size {history_size}",
                piece.offset
            );
        }
        assert_eq!(
            SectorId::expiration_segment(&params, history_size),
            Some(vector.expiration_segment)
        );
        assert_eq!(
            id.expiration(&params, history_size, &vector.expiration_segment_root),
            Some(vector.expiration)
        );
    }
}

#[test]
fn challenges_masks_and_tickets_of_audits() {
    let vectors = vectors().audits;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let params = vector.preset.params();
        let challenge = vector.sector_id.slot_challenge(&vector.global_challenge);
        assert_eq!(challenge, vector.sector_slot_challenge);
        assert_eq!(challenge.s_bucket(&params), vector.s_bucket);
        assert_eq!(
            params.proof_of_space_challenge(vector.s_bucket),
            vector.proof_of_space_challenge
        );
        let masked_chunk = mask_chunk(&vector.chunk, vector.proof_of_space.as_ref());
        assert_eq!(masked_chunk, vector.masked_chunk);
        assert_eq!(challenge.ticket(&masked_chunk), vector.ticket);
        assert_eq!(
            ticket_distance(vector.ticket, &vector.global_challenge),
            vector.distance
        );
    }
}

#[test]
fn solution_ranges_and_block_weights() {
    let vectors = vectors();
    for vector in &vectors.solution_ranges {
        assert_eq!(
            vector
                .preset
                .params()
                .pieces_to_solution_range(vector.pieces),
            vector.solution_range
        );
    }
    for vector in &vectors.retargets {
        assert_eq!(
            vector
                .preset
                .params()
                .next_solution_range(vector.solution_range, vector.era_slots),
            vector.next,
            "{} after {} slots",
            vector.solution_range,
            vector.era_slots
        );
    }
    for vector in &vectors.block_weights {
        assert_eq!(
            block_weight(vector.solution_range),
            u128::from(vector.weight)
        );
    }
    assert!(!vectors.solution_ranges.is_empty() && !vectors.retargets.is_empty());
    assert!(!vectors.block_weights.is_empty());
}

#[test]
fn solutions_at_the_sizes_of_every_preset() {
    let vectors = vectors().solutions;
    assert_eq!(vectors.len(), Preset::ALL.len());
    for vector in vectors {
        let params = vector.preset.params();
        let solution: Solution = assert_encodings(&vector.solution, &vector.encoded);
        assert_eq!(
            solution.record_proof.len(),
            params.record_proof_depth() as usize
        );
        assert_eq!(
            solution.chunk_proof.len(),
            params.chunk_proof_depth() as usize
        );
        assert_eq!(
            solution.proof_of_space.as_ref().len(),
            params.proof_of_space_size()
        );
    }
}

#[test]
fn message_of_a_seal() {
    let vector = vectors().seal;
    assert_eq!(SEAL_CONTEXT, vector.context.as_bytes());
    assert_eq!(
        seal_message(&vector.genesis_hash, &vector.pre_hash),
        vector.message.0
    );
}
