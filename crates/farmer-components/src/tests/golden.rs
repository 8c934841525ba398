//! Golden vectors: bytes that must never change.

use super::*;
use serde_json::{Value, json};

/// Compares with the file, or writes it if `UPDATE_VECTORS` is set.
fn check(name: &str, actual: &Value) {
    let path = format!(
        "{}/../../test/vectors/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(actual).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).expect("golden vectors are in the repository; qed");
    let expected: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(*actual, expected, "{name}");
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}

fn description(farmed: &Farmed) -> Value {
    json!({
        "history": "segments of blocks of one segment each, made with genesis_block_bytes([1, 2, 3], [number; 32])",
        "segmentRoots": farmed.history.iter().map(|(header, _)| header.segment_root).collect::<Vec<_>>(),
        "publicKey": PUBLIC_KEY,
        "sectorIndex": SECTOR_INDEX,
        "historySize": farmed.metadata.history_size(),
    })
}

#[test]
fn sectors_are_those_of_the_golden_vectors() {
    let farmed = &*UNIT;
    let sector = farmed.sector();
    let layout = &farmed.layout;
    let map = &farmed.bytes[..layout.contents_map_size()];
    let chunks_offset = layout.chunks_offset() as usize;
    let metadata_offset = layout.record_metadata_offset(0) as usize;
    check(
        "sector",
        &json!({
            "preset": "unit",
            "sector": description(farmed),
            "sectorId": sector.id(),
            "pieceIndices": layout.piece_offsets().map(|offset|
                sector.id().piece_index(layout.params(), offset, farmed.metadata.history_size())
            ).collect::<Vec<_>>(),
            "contentsMap": hex(map),
            "firstChunks": hex(&farmed.bytes[chunks_offset..][..256]),
            "chunksBlake3": hex(blake3::hash(&farmed.bytes[chunks_offset..metadata_offset]).as_bytes()),
            "recordMetadata": hex(&farmed.bytes[metadata_offset..layout.checksum_offset() as usize]),
            "sectorChecksum": hex(farmed.metadata.sector_checksum()),
            "sectorBlake3": hex(blake3::hash(&farmed.bytes).as_bytes()),
            "sectorMetadata": hex(farmed.metadata.to_bytes(layout)),
        }),
    );
}

#[test]
fn solutions_are_those_of_the_golden_vectors() {
    let farmed = &*UNIT;
    let range = farmed.params().pieces_to_solution_range(8);
    let mut generator = generator(&farmed.layout);
    let solutions: Vec<_> = farmed
        .wins(range, 3)
        .into_iter()
        .map(|(slot, challenge, candidate)| {
            let solution = farmed
                .sector()
                .prove(&candidate, &REWARD_ADDRESS, &mut generator)
                .unwrap();
            json!({
                "slot": slot,
                "proofOfTime": output(slot),
                "globalChallenge": challenge,
                "sBucket": candidate.s_bucket,
                "distance": candidate.distance,
                "solution": solution,
                "scale": hex(solution.encode()),
            })
        })
        .collect();
    check(
        "solution",
        &json!({
            "preset": "unit",
            "sector": description(farmed),
            "solutionRange": range,
            "solutions": solutions,
        }),
    );
}
