//! Every bit of a block counts.
//!
//! A block is taken apart into its fields. Each bit of each of them is flipped, once as an outsider could do it and once
//! more by the farmer who holds the key and seals the changed header anew. No changed block is imported, each is refused for
//! a reason that has to do with the field ([`reasons`]), and afterwards the true block is imported: so none of the
//! refusals is remembered for its hash either.

use autonomys_core_primitives::{BlockHash, SegmentHeader};
use autonomys_test_service::{Importer, Outcome, StoredBlock, TestFarm, TestNode};
use codec::{Compact, Decode, DecodeAll, Encode};
use sp_consensus_poas::{
    ConsensusLog, HeaderDigests, POAS_ENGINE_ID, PotJustification, PreDigest, seal_digest,
};
use sp_runtime::generic::Header;
use sp_runtime::traits::BlakeTwo256;
use sp_runtime::{DigestItem, Justifications, OpaqueExtrinsic};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

type BlockHeader = Header<u32, BlakeTwo256>;

/// A change by somebody who has not the key of the farm.
const CHANGED: &str = "changed";
/// A change by the farmer.
const SEALED_ANEW: &str = "sealed anew";
/// Another justification.
const JUSTIFICATION: &str = "justification:";

/// Why changes of a field, by kind and name, were refused, and how often.
type Refusals = BTreeMap<(&'static str, String), BTreeMap<String, usize>>;

/// What is no block at all.
const UNDECODABLE: &str = "cannot be decoded";
/// What has no parent is not looked at any further.
const NO_PARENT: &str = "Ok(UnknownParent)";

/// The reasons that a change of a field may be refused for.
///
/// A farmer can seal anything, so what it sealed has to be refused for what it is, and not because execution happens to
/// end elsewhere, unless it is something that only execution knows.
fn reasons(kind: &str, field: &str) -> &'static [&'static str] {
    let is_sealed_anew = match kind {
        CHANGED => false,
        SEALED_ANEW => true,
        JUSTIFICATION => return &["justification"],
        _ => panic!("there is no kind {kind:?}"),
    };
    match field {
        "justification: seed" => return &["seed"],
        "justification: slots" => return &["justification"],
        "justification: checkpoints" => return &["proof_of_time", "proof_of_time_mismatch"],
        "parent hash" => return &[NO_PARENT, "fork_below_finalized"],
        "digest length" | "seal: length" => return &[UNDECODABLE],
        "pre-digest: kind of item" | "log: kind of item" | "pre-digest: length" | "log: length" => {
            return &[UNDECODABLE, "digest"];
        }
        "pre-digest: engine" | "log: engine" | "seal: engine" => return &["digest"],
        "seal: kind of item" => return &[UNDECODABLE, "unsealed"],
        "seal" => return &["seal"],
        _ => {}
    }
    if field.starts_with("extrinsic ") {
        return match field.split_once(": ").map(|(_, part)| part) {
            Some("length") => &[UNDECODABLE],
            // Whether a timestamp is that of the author is a matter of its state
            Some("version" | "timestamp" | "call" | "left out" | "twice") => {
                &["inherents", "execution"]
            }
            // Segment headers
            _ => &["inherents"],
        };
    }
    match (field, is_sealed_anew) {
        ("number", false) => &[UNDECODABLE, "seal"],
        ("number", true) => &[UNDECODABLE, "number"],
        (
            "solution: history size"
            | "solution: record proof"
            | "solution: chunk proof"
            | "solution: proof of space",
            false,
        ) => &["seal", "digest"],
        (_, false) if field.starts_with("log: ") => &["seal", "digest"],
        (_, false) => &["seal"],
        ("slot", true) => &["solution", "slot", "revealed_slots"],
        ("solution: public key", true) => &["seal"],
        ("proof of time", true) => &["solution", "proof_of_time_mismatch"],
        ("future proof of time", true) => &["proof_of_time_mismatch"],
        ("log: solution range", true) => &["solution", "solution_range", "digest"],
        ("log: segment root", true) => &["segment_roots", "digest"],
        (
            "log: proof-of-time iterations"
            | "log: proof-of-time change"
            | "log: next solution range",
            true,
        ) => &["execution", "digest"],
        ("state root" | "extrinsics root" | "solution: reward address", true) => &["execution"],
        (
            "solution: history size"
            | "solution: record proof"
            | "solution: chunk proof"
            | "solution: proof of space",
            true,
        ) => &["solution", "digest"],
        (
            "solution: sector index"
            | "solution: piece offset"
            | "solution: record root"
            | "solution: chunk",
            true,
        ) => &["solution"],
        _ => panic!("there is no field {field:?}"),
    }
}

/// Cuts an encoding into named fields, in order.
struct Fields {
    encoded: Vec<u8>,
    fields: Vec<(String, Range<usize>)>,
}

impl Fields {
    fn new() -> Self {
        Self {
            encoded: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn field(&mut self, name: impl Into<String>, value: &impl Encode) {
        let start = self.encoded.len();
        value.encode_to(&mut self.encoded);
        self.fields.push((name.into(), start..self.encoded.len()));
    }

    fn bytes(&mut self, name: impl Into<String>, bytes: &[u8]) {
        let start = self.encoded.len();
        self.encoded.extend_from_slice(bytes);
        self.fields.push((name.into(), start..self.encoded.len()));
    }

    /// All encodings that differ in one bit, with the name of the field.
    fn flipped(&self) -> impl Iterator<Item = (&str, Vec<u8>)> {
        self.fields.iter().flat_map(move |(name, range)| {
            range.clone().flat_map(move |byte| {
                (0..8).map(move |bit| {
                    let mut changed = self.encoded.clone();
                    changed[byte] ^= 1 << bit;
                    (name.as_str(), changed)
                })
            })
        })
    }
}

/// The fields of a header, down to those of the solution.
fn header_fields(header: &BlockHeader) -> Fields {
    let mut fields = Fields::new();
    fields.field("parent hash", &header.parent_hash);
    fields.field("number", &Compact(header.number));
    fields.field("state root", &header.state_root);
    fields.field("extrinsics root", &header.extrinsics_root);
    fields.field("digest length", &Compact(header.digest.logs.len() as u32));
    for item in &header.digest.logs {
        digest_item_fields(&mut fields, item);
    }
    assert_eq!(
        fields.encoded,
        header.encode(),
        "the fields are all of the header"
    );
    fields
}

fn digest_item_fields(fields: &mut Fields, item: &DigestItem) {
    let encoded = item.encode();
    let (name, engine, content) = match item {
        DigestItem::PreRuntime(engine, content) => ("pre-digest", engine, content),
        DigestItem::Consensus(engine, content) => ("log", engine, content),
        DigestItem::Seal(engine, content) => ("seal", engine, content),
        _ => return fields.bytes("runtime upgrade", &encoded),
    };
    fields.bytes(format!("{name}: kind of item"), &encoded[..1]);
    fields.field(format!("{name}: engine"), engine);
    fields.field(format!("{name}: length"), &Compact(content.len() as u32));
    match item {
        DigestItem::PreRuntime(..) => {
            let PreDigest {
                slot,
                solution,
                proof_of_time,
                future_proof_of_time,
            } = PreDigest::decode_all(&mut &content[..]).unwrap();
            fields.field("slot", &slot);
            fields.field("solution: public key", &solution.public_key);
            fields.field("solution: reward address", &solution.reward_address);
            fields.field("solution: sector index", &solution.sector_index);
            fields.field("solution: history size", &solution.history_size);
            fields.field("solution: piece offset", &solution.piece_offset);
            fields.field("solution: record root", &solution.record_root);
            fields.field("solution: record proof", &solution.record_proof);
            fields.field("solution: chunk", &solution.chunk);
            fields.field("solution: chunk proof", &solution.chunk_proof);
            fields.field("solution: proof of space", &solution.proof_of_space);
            fields.field("proof of time", &proof_of_time);
            fields.field("future proof of time", &future_proof_of_time);
        }
        DigestItem::Consensus(..) => {
            let name = match ConsensusLog::decode_all(&mut &content[..]).unwrap() {
                ConsensusLog::PotIterations(_) => "log: proof-of-time iterations",
                ConsensusLog::PotParametersChange(_) => "log: proof-of-time change",
                ConsensusLog::SolutionRange(_) => "log: solution range",
                ConsensusLog::NextSolutionRange(_) => "log: next solution range",
                ConsensusLog::SegmentRoot(_) => "log: segment root",
            };
            fields.bytes(name, content);
        }
        _ => fields.bytes("seal", content),
    }
}

/// The fields of the justification.
fn justification_fields(justification: &[u8]) -> Fields {
    let PotJustification { seed, checkpoints } =
        PotJustification::decode_all(&mut &justification[..]).unwrap();
    let mut fields = Fields::new();
    fields.field("justification: seed", &seed);
    fields.field("justification: slots", &Compact(checkpoints.len() as u32));
    for checkpoints in &checkpoints {
        fields.field("justification: checkpoints", checkpoints);
    }
    assert_eq!(
        fields.encoded, justification,
        "the fields are all of the justification"
    );
    fields
}

/// The fields of an extrinsic: timestamp, then the segment headers that are due.
fn extrinsic_fields(position: usize, extrinsic: &OpaqueExtrinsic) -> Fields {
    let encoded = extrinsic.encode();
    let length = Compact::<u32>::decode(&mut &encoded[..]).unwrap();
    let name = |part: &str| format!("extrinsic {position}: {part}");
    let mut fields = Fields::new();
    fields.field(name("length"), &length);
    let content = &encoded[fields.encoded.len()..];
    fields.bytes(name("version"), &content[..1]);
    fields.bytes(name("call"), &content[1..3]);
    if position == 0 {
        fields.bytes(name("timestamp"), &content[3..]);
    } else {
        let headers = Vec::<SegmentHeader>::decode_all(&mut &content[3..]).unwrap();
        fields.field(name("count"), &Compact(headers.len() as u32));
        for header in &headers {
            let last = &header.last_archived_block;
            fields.field(name("segment index"), &header.segment_index);
            fields.field(name("segment root"), &header.segment_root);
            fields.field(name("previous header"), &header.prev_segment_header_hash);
            fields.field(name("last block"), &last.number);
            fields.field(name("bytes of the last block"), &last.partial_bytes);
        }
    }
    assert_eq!(
        fields.encoded, encoded,
        "the fields are all of the extrinsic"
    );
    fields
}

/// The header with a seal that fits it.
pub(crate) fn seal_anew(farm: &TestFarm, mut header: BlockHeader) -> BlockHeader {
    header.digest.logs.pop();
    let seal = farm.sign(&BlockHash(header.hash().0));
    header.digest.logs.push(seal_digest(&seal));
    header
}

fn extrinsics_root(body: &[OpaqueExtrinsic]) -> sp_core::H256 {
    let encoded = body.iter().map(Encode::encode).collect();
    // As `system_version` 2 of the runtime does it.
    <BlakeTwo256 as sp_runtime::traits::Hash>::ordered_trie_root(
        encoded,
        sp_core::storage::StateVersion::V1,
    )
}

/// Gives changed blocks to an importer that has all blocks before.
struct Tampering<'a> {
    importer: &'a Importer,
    refusals: Refusals,
}

impl Tampering<'_> {
    async fn try_block(&mut self, kind: &'static str, field: &str, block: StoredBlock) {
        let reason = match self.importer.import(block).await {
            Outcome::Refused(reason) => reason,
            Outcome::Undecided(reason) if field == "parent hash" => reason,
            outcome => panic!("{kind} of {field}: {outcome:?}"),
        };
        self.note(kind, field, reason);
    }

    fn note(&mut self, kind: &'static str, field: &str, reason: String) {
        *self
            .refusals
            .entry((kind, field.to_owned()))
            .or_default()
            .entry(reason)
            .or_default() += 1;
    }

    /// Every bit of the header, also sealed anew.
    async fn header(&mut self, block: &StoredBlock, farm: &TestFarm) {
        for (field, encoded) in header_fields(&block.header).flipped() {
            let Ok(header) = BlockHeader::decode_all(&mut &encoded[..]) else {
                self.note(CHANGED, field, UNDECODABLE.into());
                continue;
            };
            let changed = |header| StoredBlock {
                header,
                ..block.clone()
            };
            self.try_block(CHANGED, field, changed(header.clone()))
                .await;
            if !field.starts_with("seal") {
                self.try_block(SEALED_ANEW, field, changed(seal_anew(farm, header)))
                    .await;
            }
        }
    }

    /// Every bit of the justification, which no seal covers.
    async fn justification(&mut self, block: &StoredBlock) {
        let justification = block
            .justifications
            .clone()
            .and_then(|all| all.into_justification(POAS_ENGINE_ID))
            .expect("every block has proofs of time");
        for (field, encoded) in justification_fields(&justification).flipped() {
            let justifications = Some(Justifications::from((POAS_ENGINE_ID, encoded)));
            let changed = StoredBlock {
                justifications,
                ..block.clone()
            };
            self.try_block(CHANGED, field, changed).await;
        }
        for (what, justifications) in [
            ("none", None),
            (
                "that of another engine",
                Some(Justifications::from((*b"OTHR", justification.clone()))),
            ),
            ("a second one", {
                let mut two = Justifications::from((POAS_ENGINE_ID, justification.clone()));
                two.append((*b"OTHR", Vec::new()));
                Some(two)
            }),
            (
                "one with a byte after it",
                Some(Justifications::from((
                    POAS_ENGINE_ID,
                    [&justification[..], &[0]].concat(),
                ))),
            ),
        ] {
            let changed = StoredBlock {
                justifications,
                ..block.clone()
            };
            self.try_block(JUSTIFICATION, what, changed).await;
        }
    }

    /// Every bit of every extrinsic, with the header as it is and with one that fits it.
    async fn body(&mut self, block: &StoredBlock, farm: &TestFarm) {
        for (position, extrinsic) in block.body.iter().enumerate() {
            for (field, encoded) in extrinsic_fields(position, extrinsic).flipped() {
                let Ok(extrinsic) = OpaqueExtrinsic::decode_all(&mut &encoded[..]) else {
                    self.note(CHANGED, field, UNDECODABLE.into());
                    continue;
                };
                self.changed_body(field, block, farm, |body| body[position] = extrinsic)
                    .await;
            }
            let name = |what: &str| format!("extrinsic {position}: {what}");
            self.changed_body(&name("left out"), block, farm, |body| {
                body.remove(position);
            })
            .await;
            self.changed_body(&name("twice"), block, farm, |body| {
                body.insert(position, body[position].clone());
            })
            .await;
        }
    }

    async fn changed_body(
        &mut self,
        field: &str,
        block: &StoredBlock,
        farm: &TestFarm,
        change: impl FnOnce(&mut Vec<OpaqueExtrinsic>),
    ) {
        let mut changed = block.clone();
        change(&mut changed.body);
        self.try_block(CHANGED, field, changed.clone()).await;
        // There are two versions of extrinsics that mean the same, and a farmer may choose
        if !field.ends_with(": version") {
            changed.header.extrinsics_root = extrinsics_root(&changed.body);
            changed.header = seal_anew(farm, changed.header);
            self.try_block(SEALED_ANEW, field, changed).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_with_any_bit_changed_is_refused() {
    let mut author = TestNode::start().await;
    let mut farm = author.plot(1, 2).await;
    // Block 1 brings segment 0 on chain, block 4 ends an era, block 15 is the first that announces entropy.
    author.farm_until(&mut farm, 15).await;
    let blocks = StoredBlock::chain(&author.node.client);
    let tampered_with = [1, 4, 15];

    let logs: BTreeSet<String> = blocks
        .iter()
        .filter(|block| tampered_with.contains(&block.header.number))
        .flat_map(|block| header_fields(&block.header).fields)
        .map(|(name, _)| name)
        .collect();
    for log in [
        "log: proof-of-time iterations",
        "log: proof-of-time change",
        "log: solution range",
        "log: next solution range",
        "log: segment root",
    ] {
        assert!(logs.contains(log), "no block to tamper with has {log}");
    }
    let has_segment_headers = |block: &StoredBlock| {
        HeaderDigests::read(&block.header.digest)
            .is_ok_and(|digests| !digests.segment_roots.is_empty())
    };
    assert!(has_segment_headers(&blocks[0]));

    let importer = Importer::open();
    let mut tampering = Tampering {
        importer: &importer,
        refusals: Refusals::new(),
    };
    for block in blocks {
        if tampered_with.contains(&block.header.number) {
            assert_eq!(extrinsics_root(&block.body), block.header.extrinsics_root);
            assert_eq!(
                seal_anew(&farm, block.header.clone()).digest.logs.len(),
                block.header.digest.logs.len()
            );
            tampering.header(&block, &farm).await;
            tampering.justification(&block).await;
            tampering.body(&block, &farm).await;
        }
        importer.import_valid(block).await;
    }

    for ((kind, field), found) in &tampering.refusals {
        println!("{kind} {field}: {found:?}");
    }
    for ((kind, field), found) in &tampering.refusals {
        let expected = reasons(kind, field);
        assert!(
            found
                .keys()
                .all(|reason| expected.contains(&reason.as_str())),
            "{kind} {field}: refused for {found:?}, and not only for {expected:?}"
        );
    }
    // Fields that every block has, and those that the blocks above were chosen for
    for field in [
        "slot",
        "solution: public key",
        "solution: reward address",
        "solution: sector index",
        "solution: history size",
        "solution: piece offset",
        "solution: record root",
        "solution: record proof",
        "solution: chunk",
        "solution: chunk proof",
        "solution: proof of space",
        "proof of time",
        "future proof of time",
        "log: proof-of-time iterations",
        "log: proof-of-time change",
        "log: solution range",
        "log: next solution range",
        "log: segment root",
        "extrinsic 0: timestamp",
        "extrinsic 1: segment index",
        "extrinsic 1: segment root",
        "extrinsic 1: previous header",
        "extrinsic 1: last block",
        "extrinsic 1: bytes of the last block",
    ] {
        for kind in [CHANGED, SEALED_ANEW] {
            let found = tampering.refusals.get(&(kind, field.to_owned()));
            assert!(found.is_some(), "{kind} {field} was not tried");
        }
    }
    for field in ["seal", "justification: seed", "justification: checkpoints"] {
        let found = tampering.refusals.get(&(CHANGED, field.to_owned()));
        assert!(found.is_some(), "{field} was not tried");
    }
}
