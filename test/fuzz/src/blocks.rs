//! Encodings of blocks, what farmer and node tell each other, and what a runtime answers.

use crate::input::{decode, decode_json};
use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::{
    ConsensusParams, PieceIndex, SegmentHeader, SegmentIndex, SegmentRoot, Solution,
};
use codec::{DecodeAll, Encode};
use sp_consensus_poas::{
    ConsensusLog, HeaderDigests, InherentError, PotJustification, PotParameters, PreDigest,
    SegmentHeadersInherentData, SolutionRanges, seal_digest,
};
use sp_runtime::{Digest, DigestItem};

/// A solution in SCALE: it has one encoding, and its JSON says the same.
pub fn solution(data: &[u8]) -> bool {
    let Some(solution) = decode::<Solution>(data) else {
        return false;
    };
    let json = serde_json::to_vec(&solution).expect("a solution has JSON");
    assert_eq!(decode_json::<Solution>(&json), Some(solution));
    true
}

/// JSON that node and farmer send each other, one type after the other. Parameters that are valid have sizes.
pub fn farming_json(data: &[u8]) -> bool {
    let info = decode_json::<FarmerAppInfo>(data);
    if let Some(params) = decode_json::<ConsensusParams>(data)
        .or_else(|| info.as_ref().map(|info| info.params.clone()))
    {
        use_params(&params);
    }
    let solution = decode_json::<SolutionResponse>(data).map(|response| response.solution);
    if let Some(solution) = &solution {
        assert_eq!(
            decode::<Solution>(&solution.encode()).as_ref(),
            Some(solution)
        );
    }
    info.is_some()
        || solution.is_some()
        || decode_json::<SlotInfo>(data).is_some()
        || decode_json::<SealRequest>(data).is_some()
        || decode_json::<SealResponse>(data).is_some()
        || decode_json::<SegmentHeader>(data).is_some()
        || decode_json::<Vec<Option<SegmentHeader>>>(data).is_some()
        || decode_json::<Vec<SegmentIndex>>(data).is_some()
        || decode_json::<PieceIndex>(data).is_some()
}

/// What a runtime answers the client, one type after the other. Parameters that are valid have sizes.
pub fn runtime_api(data: &[u8]) -> bool {
    let params = decode::<ConsensusParams>(data);
    if let Some(params) = &params {
        use_params(params);
    }
    [
        params.is_some(),
        decode::<SolutionRanges>(data).is_some(),
        decode::<PotParameters>(data).is_some(),
        decode::<Option<SegmentRoot>>(data).is_some(),
        decode::<Option<Vec<SegmentHeader>>>(data).is_some(),
        decode::<InherentError>(data).is_some(),
    ]
    .contains(&true)
}

/// Parameters from outside are validated before use; after that, no size of theirs may overflow.
fn use_params(params: &ConsensusParams) {
    assert_eq!(
        decode::<ConsensusParams>(&params.encode()).as_ref(),
        Some(params)
    );
    if params.validate().is_err() {
        return;
    }
    assert!(params.piece_size() > params.record_size());
    assert!(params.segment_size() >= params.record_size());
    assert!(1 << params.chunk_proof_depth() == params.s_buckets());
    assert!(1 << params.record_proof_depth() == params.pieces_per_segment());
    let last_s_bucket = params.s_buckets() - 1;
    let last_s_bucket = u16::try_from(last_s_bucket).expect("s-buckets are numbered with 16 bits");
    assert!(params.proof_of_space_challenge(last_s_bucket) < 1 << params.proof_of_space_k);
    for value in [0, 1, u64::MAX] {
        assert_ne!(params.pieces_to_solution_range(value), 0);
        assert_ne!(
            params.next_solution_range(params.initial_solution_range, value),
            0
        );
    }
}

/// Segment headers, alone and as the data of the inherent.
pub fn segment_headers(data: &[u8]) -> bool {
    if let Some(header) = decode::<SegmentHeader>(data) {
        assert_eq!(header.encode().len(), SegmentHeader::ENCODED_SIZE);
        let json = serde_json::to_vec(&header).expect("a segment header has JSON");
        assert_eq!(decode_json::<SegmentHeader>(&json), Some(header));
    }
    let Some(data) = decode::<SegmentHeadersInherentData>(data) else {
        return false;
    };
    let hashes = data.segment_headers.iter().map(SegmentHeader::hash);
    for (header, hash) in data.segment_headers.iter().zip(hashes) {
        let mut other = *header;
        other.last_archived_block.partial_bytes ^= 1;
        assert_ne!(other.hash(), hash);
    }
    true
}

/// The digest of a header: what is read from it accounts for every item, and nothing else is in it.
pub fn header_digests(data: &[u8]) -> bool {
    let Some(digest) = decode::<Digest>(data) else {
        return false;
    };
    let pre_digest = PreDigest::read_digest(&digest);
    let Ok(digests) = HeaderDigests::read(&digest) else {
        return false;
    };
    assert_eq!(pre_digest.as_ref(), Ok(&digests.pre_digest));

    let mut items = vec![
        digests.pre_digest.digest_item(),
        ConsensusLog::PotIterations(digests.pot_iterations).digest_item(),
        ConsensusLog::SolutionRange(digests.solution_range).digest_item(),
    ];
    let change = digests.pot_parameters_change;
    items.extend(change.map(|change| ConsensusLog::PotParametersChange(change).digest_item()));
    let range = digests.next_solution_range;
    items.extend(range.map(|range| ConsensusLog::NextSolutionRange(range).digest_item()));
    let roots = digests.segment_roots.iter();
    items.extend(roots.map(|root| ConsensusLog::SegmentRoot(*root).digest_item()));
    items.extend(digests.seal.as_ref().map(seal_digest));

    let mut logs = digest.logs;
    assert_eq!(logs.first(), items.first());
    if digests.seal.is_some() {
        assert_eq!(logs.last(), items.last());
    }
    logs.retain(|log| *log != DigestItem::RuntimeEnvironmentUpdated);
    // Executing the block proves the order of logs, so reading does not ask for one
    logs.sort_by_key(Encode::encode);
    items.sort_by_key(Encode::encode);
    assert_eq!(logs, items);
    true
}

/// The justification of a block: one encoding, and no more slots than allowed.
pub fn justification(data: &[u8]) -> bool {
    if let Some(justification) = decode::<PotJustification>(data) {
        let slots = u32::try_from(justification.checkpoints.len());
        assert!(slots.is_ok_and(|slots| slots <= PotJustification::MAX_SLOTS));
    }
    PotJustification::decode_all(&mut &*data).is_ok()
}

pub(crate) mod seeds {
    use super::*;
    use autonomys_core_primitives::params::NetworkTag;
    use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
    use autonomys_core_primitives::solutions::PosProof;
    use autonomys_core_primitives::{
        BlockHash, Chunk, GlobalChallenge, HistorySize, LastArchivedBlock, MerkleNode,
        PotCheckpoints, PotOutput, PotSeed, Preset, PublicKey, RecordRoot, RewardAddress,
        SegmentHeaderHash, Signature,
    };
    use sp_consensus_poas::SegmentRootLog;
    use std::num::NonZeroU32;

    fn params(preset: Preset) -> ConsensusParams {
        preset.params(NetworkTag([1; 32]))
    }

    fn solution_of(params: &ConsensusParams) -> Solution {
        Solution {
            public_key: PublicKey([1; 32]),
            reward_address: RewardAddress([2; 32]),
            sector_index: 3,
            history_size: HistorySize::ONE,
            piece_offset: 5,
            record_root: RecordRoot([6; 32]),
            record_proof: vec![MerkleNode([7; 32]); params.record_proof_depth() as usize]
                .try_into()
                .expect("parameters bound the depth"),
            chunk: Chunk([8; 32]),
            chunk_proof: vec![MerkleNode([9; 32]); params.chunk_proof_depth() as usize]
                .try_into()
                .expect("parameters bound the depth"),
            proof_of_space: PosProof(
                vec![10; params.proof_of_space_size()]
                    .try_into()
                    .expect("parameters bound the size"),
            ),
        }
    }

    pub(crate) fn solution() -> Vec<Vec<u8>> {
        let solutions = Preset::ALL.map(|preset| solution_of(&params(preset)));
        let mut seeds: Vec<_> = solutions.iter().map(Encode::encode).collect();
        seeds.push(Solution::genesis().encode());
        seeds
    }

    pub(crate) fn farming_json() -> Vec<Vec<u8>> {
        let genesis_hash = BlockHash([1; 32]);
        let info = |preset| FarmerAppInfo {
            genesis_hash,
            params: params(preset),
            history_size: HistorySize::ONE,
            best_block: 7,
            syncing: false,
            solution_timeout_millis: 4000,
        };
        let slot_info = SlotInfo {
            slot: 8,
            global_challenge: GlobalChallenge([9; 32]),
            solution_range: u64::MAX / 3,
        };
        let solution = SolutionResponse {
            slot: 8,
            solution: solution_of(&params(Preset::Dev)),
        };
        let request = SealRequest {
            pre_hash: BlockHash([2; 32]),
            public_key: PublicKey([3; 32]),
        };
        let response = SealResponse {
            pre_hash: BlockHash([2; 32]),
            seal: Signature([4; 64]),
        };
        [
            serde_json::to_vec(&info(Preset::Main)),
            serde_json::to_vec(&info(Preset::Dev)),
            serde_json::to_vec(&slot_info),
            serde_json::to_vec(&solution),
            serde_json::to_vec(&request),
            serde_json::to_vec(&response),
            serde_json::to_vec(&segment_header(3)),
            serde_json::to_vec(&[Some(segment_header(3)), None]),
            serde_json::to_vec(&[SegmentIndex(3), SegmentIndex(u64::MAX)]),
            serde_json::to_vec(&PieceIndex(11)),
        ]
        .map(|json| json.expect("all these types have JSON"))
        .into()
    }

    pub(crate) fn runtime_api() -> Vec<Vec<u8>> {
        let change = PotParametersChange {
            slot: 17,
            iterations: NonZeroU32::MIN,
            entropy: PotEntropy([14; 32]),
        };
        let mut seeds: Vec<Vec<u8>> = Preset::ALL.map(|preset| params(preset).encode()).into();
        for next in [None, Some(19)] {
            seeds.push(SolutionRanges { current: 18, next }.encode());
        }
        for next_change in [None, Some(change)] {
            let iterations = NonZeroU32::MIN;
            seeds.push(
                PotParameters {
                    iterations,
                    next_change,
                }
                .encode(),
            );
        }
        seeds.push(Some(SegmentRoot([16; 32])).encode());
        seeds.push(Some(vec![segment_header(3); 2]).encode());
        seeds.push(InherentError::Missing.encode());
        seeds
    }

    fn segment_header(index: u64) -> SegmentHeader {
        SegmentHeader {
            segment_index: SegmentIndex(index),
            segment_root: SegmentRoot([1; 32]),
            prev_segment_header_hash: SegmentHeaderHash([2; 32]),
            last_archived_block: LastArchivedBlock {
                number: 3,
                partial_bytes: 4,
            },
        }
    }

    pub(crate) fn segment_headers() -> Vec<Vec<u8>> {
        [0, 1, 3, 64]
            .map(|count| {
                SegmentHeadersInherentData {
                    segment_headers: (0..count).map(segment_header).collect(),
                }
                .encode()
            })
            .into()
    }

    pub(crate) fn header_digests() -> Vec<Vec<u8>> {
        let pre_digest = PreDigest {
            slot: 11,
            solution: solution_of(&params(Preset::Dev)),
            proof_of_time: PotOutput([12; 16]),
            future_proof_of_time: PotOutput([13; 16]),
        };
        let iterations = NonZeroU32::MIN;
        let change = PotParametersChange {
            slot: 17,
            iterations,
            entropy: PotEntropy([14; 32]),
        };
        let root = SegmentRootLog {
            segment_index: SegmentIndex(15),
            segment_root: SegmentRoot([16; 32]),
        };
        let least = vec![
            pre_digest.digest_item(),
            ConsensusLog::PotIterations(iterations).digest_item(),
            ConsensusLog::SolutionRange(18).digest_item(),
        ];
        let mut most = least.clone();
        most.extend([
            ConsensusLog::PotParametersChange(change).digest_item(),
            ConsensusLog::NextSolutionRange(19).digest_item(),
            ConsensusLog::SegmentRoot(root).digest_item(),
            ConsensusLog::SegmentRoot(root).digest_item(),
            DigestItem::RuntimeEnvironmentUpdated,
            seal_digest(&Signature([20; 64])),
        ]);
        [least, most].map(|logs| Digest { logs }.encode()).into()
    }

    pub(crate) fn justification() -> Vec<Vec<u8>> {
        [0, 1, 7, 64]
            .map(|slots: u8| {
                let checkpoints: Vec<_> = (0..slots)
                    .map(|slot| PotCheckpoints([PotOutput([slot; 16]); PotCheckpoints::COUNT]))
                    .collect();
                PotJustification {
                    seed: PotSeed([21; 16]),
                    checkpoints: checkpoints.try_into().expect("fewer than allowed"),
                }
                .encode()
            })
            .into()
    }
}
