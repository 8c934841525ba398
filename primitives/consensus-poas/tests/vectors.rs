//! Golden vectors of all encodings of this crate: `test/vectors/blocks.json`, made by `make_primitives.py` beside it
//! without this code.

use autonomys_core_primitives::pot::PotParametersChange;
use autonomys_core_primitives::{
    PotCheckpoints, PotOutput, PotSeed, SegmentHeader, SegmentIndex, SegmentRoot, Signature,
    SlotNumber, Solution, SolutionRange,
};
use codec::{DecodeAll, Encode};
use serde::{Deserialize, Deserializer};
use sp_consensus_poas::{
    ConsensusLog, HeaderDigests, INHERENT_IDENTIFIER, PotJustification, PreDigest,
    SegmentHeadersInherentData, SegmentRootLog, seal_digest,
};
use sp_runtime::{Digest, DigestItem};
use std::fmt::Debug;
use std::num::NonZeroU32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    pre_digests: Vec<PreDigestVector>,
    logs: Vec<LogVector>,
    seal: SealVector,
    digest: Bytes,
    justifications: Vec<JustificationVector>,
    inherent: InherentVector,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PreDigestVector {
    slot: SlotNumber,
    solution: Solution,
    proof_of_time: PotOutput,
    future_proof_of_time: PotOutput,
    encoded: Bytes,
    item: Bytes,
}

#[derive(Deserialize)]
struct LogVector {
    #[serde(flatten)]
    log: Log,
    encoded: Bytes,
    item: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", content = "value")]
enum Log {
    PotIterations(NonZeroU32),
    PotParametersChange(PotParametersChange),
    SolutionRange(SolutionRange),
    NextSolutionRange(SolutionRange),
    #[serde(rename_all = "camelCase")]
    SegmentRoot {
        segment_index: SegmentIndex,
        segment_root: SegmentRoot,
    },
}

#[derive(Deserialize)]
struct SealVector {
    seal: Signature,
    item: Bytes,
}

#[derive(Deserialize)]
struct JustificationVector {
    seed: PotSeed,
    checkpoints: Vec<PotCheckpoints>,
    encoded: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InherentVector {
    identifier: String,
    segment_headers: Vec<SegmentHeader>,
    encoded: Bytes,
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

impl Log {
    fn log(&self) -> ConsensusLog {
        match *self {
            Self::PotIterations(iterations) => ConsensusLog::PotIterations(iterations),
            Self::PotParametersChange(change) => ConsensusLog::PotParametersChange(change),
            Self::SolutionRange(range) => ConsensusLog::SolutionRange(range),
            Self::NextSolutionRange(range) => ConsensusLog::NextSolutionRange(range),
            Self::SegmentRoot {
                segment_index,
                segment_root,
            } => ConsensusLog::SegmentRoot(SegmentRootLog {
                segment_index,
                segment_root,
            }),
        }
    }
}

impl PreDigestVector {
    fn pre_digest(&self) -> PreDigest {
        PreDigest {
            slot: self.slot,
            solution: self.solution.clone(),
            proof_of_time: self.proof_of_time,
            future_proof_of_time: self.future_proof_of_time,
        }
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../test/vectors/blocks.json")).unwrap()
}

fn assert_encoding<T: Encode + DecodeAll + PartialEq + Debug>(value: &T, encoded: &Bytes) {
    assert_eq!(value.encode(), encoded.0);
    assert_eq!(T::decode_all(&mut &encoded.0[..]).as_ref(), Ok(value));
}

#[test]
fn pre_digests() {
    let vectors = vectors().pre_digests;
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let pre_digest = vector.pre_digest();
        assert_encoding(&pre_digest, &vector.encoded);
        assert_encoding(&pre_digest.digest_item(), &vector.item);
    }
}

#[test]
fn consensus_logs() {
    let vectors = vectors().logs;
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        assert_encoding(&vector.log.log(), &vector.encoded);
        assert_encoding(&vector.log.log().digest_item(), &vector.item);
    }
}

#[test]
fn seal() {
    let vector = vectors().seal;
    assert_encoding(&seal_digest(&vector.seal), &vector.item);
}

#[test]
fn digest_of_a_header() {
    let vectors = vectors();
    let pre_digest = vectors.pre_digests[1].pre_digest();
    let mut logs = vec![pre_digest.digest_item()];
    logs.extend(
        vectors
            .logs
            .iter()
            .map(|vector| vector.log.log().digest_item()),
    );
    logs.push(DigestItem::RuntimeEnvironmentUpdated);
    logs.push(seal_digest(&vectors.seal.seal));
    let digest = Digest { logs };
    assert_encoding(&digest, &vectors.digest);

    let read = HeaderDigests::read(&digest).unwrap();
    assert_eq!(read.pre_digest, pre_digest);
    assert_eq!(read.seal, Some(vectors.seal.seal));
    let mut expected = HeaderDigests {
        pot_parameters_change: None,
        next_solution_range: None,
        segment_roots: vec![],
        ..read.clone()
    };
    for vector in vectors.logs {
        match vector.log.log() {
            ConsensusLog::PotIterations(iterations) => expected.pot_iterations = iterations,
            ConsensusLog::PotParametersChange(change) => {
                expected.pot_parameters_change = Some(change);
            }
            ConsensusLog::SolutionRange(range) => expected.solution_range = range,
            ConsensusLog::NextSolutionRange(range) => expected.next_solution_range = Some(range),
            ConsensusLog::SegmentRoot(log) => expected.segment_roots.push(log),
        }
    }
    assert_eq!(read, expected);
}

#[test]
fn justifications() {
    let vectors = vectors().justifications;
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let justification = PotJustification {
            seed: vector.seed,
            checkpoints: vector.checkpoints.try_into().unwrap(),
        };
        assert_encoding(&justification, &vector.encoded);
    }
}

#[test]
fn inherent_of_segment_headers() {
    let vector = vectors().inherent;
    assert_eq!(INHERENT_IDENTIFIER.as_slice(), vector.identifier.as_bytes());
    let data = SegmentHeadersInherentData {
        segment_headers: vector.segment_headers,
    };
    assert_eq!(data.segment_headers.len(), 3);
    assert_encoding(&data, &vector.encoded);
}
