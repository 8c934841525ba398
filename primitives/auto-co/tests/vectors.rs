//! Golden vectors of the arithmetic and of all formats of this crate: `test/vectors/auto-co.json`, made by
//! `make_auto_co.py` beside it without this code.

use autonomys_auto_co_primitives::PPB;
use autonomys_auto_co_primitives::commit::{SealedChoice, commitment, dao_id};
use autonomys_auto_co_primitives::conviction::{Conviction, accrue, threshold};
use autonomys_auto_co_primitives::curves::{Curve, Threshold};
use autonomys_auto_co_primitives::forum::log::{ConsistencyProof, Hash, InclusionProof, Range};
use autonomys_auto_co_primitives::forum::{
    Author, Cid, Post, PostKind, Receipt, Reference, TreeHead, post_preimage, wrapped,
};
use autonomys_auto_co_primitives::quadratic::{
    affordable, backing, is_affordable, votes_of_tokens,
};
use autonomys_auto_co_primitives::ranked::{Ranking, Round, Runoff, winner};
use autonomys_auto_co_primitives::tally::{AiLimits, VoteSplit};
use autonomys_auto_co_primitives::timing::Voting;
use autonomys_auto_co_primitives::tracks::{AiVotes, DEFAULT_TRACKS};
use codec::{DecodeAll, Encode};
use serde_json::Value;
use std::collections::BTreeMap;

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../test/vectors/auto-co.json"
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value[key]
        .as_array()
        .unwrap_or_else(|| panic!("{key} is not a list"));
    assert!(
        !list.is_empty() || key == "ballots" || key == "spentTenths",
        "{key} is empty"
    );
    list
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn small<T: TryFrom<u64, Error: std::fmt::Debug>>(value: &Value) -> T {
    T::try_from(number(value)).unwrap()
}

fn weight(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn weights(value: &Value, key: &str) -> Vec<u128> {
    list(value, key).iter().map(weight).collect()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap()
}

fn id(value: &Value) -> [u8; 32] {
    bytes(value).try_into().unwrap()
}

fn cid(value: &Value) -> Cid {
    Cid::from_bytes(&bytes(value)).unwrap()
}

#[test]
fn ai_limits() {
    for vector in list(&vectors(), "aiLimits") {
        let limits =
            AiLimits::new(small(&vector["familyBps"]), small(&vector["totalBps"])).unwrap();
        let counted = limits.counted(weight(&vector["human"]), &weights(vector, "cast"));
        assert_eq!(counted, weights(vector, "counted"), "{vector}");
    }
}

#[test]
fn curves() {
    for vector in list(&vectors(), "curves") {
        let of = |key: &str| small::<u32>(&vector["curve"][key]);
        let curve = match vector["kind"].as_str().unwrap() {
            "linear" => Curve::Linear {
                ceil: of("ceil"),
                floor: of("floor"),
                length: of("length"),
            },
            "stepped" => Curve::Stepped {
                begin: of("begin"),
                end: of("end"),
                step: of("step"),
                period: of("period"),
            },
            "reciprocal" => Curve::Reciprocal {
                ceil: of("ceil"),
                floor: of("floor"),
                delay: of("delay"),
                level: of("level"),
            },
            other => panic!("{other}"),
        };
        curve.validate().unwrap();
        let period = number(&vector["period"]);
        for point in list(vector, "points") {
            let required = curve.threshold(number(&point["elapsed"]), period);
            assert_eq!(
                required,
                small::<u32>(&point["required"]),
                "{} {point}",
                vector["curve"]
            );
        }
        for point in vector["percent"].as_array().into_iter().flatten() {
            // Hundredths of a percent, rounded to the nearest
            let required = curve.threshold(number(&point[0]), period);
            assert_eq!(
                u64::from(required + 50_000) / 100_000,
                number(&point[1]),
                "{point}"
            );
        }
    }
}

#[test]
fn wait_for_quiet() {
    for vector in list(&vectors(), "waitForQuiet") {
        for start in [0, 1_790_000_000_000] {
            let mut voting =
                Voting::begin(start, number(&vector["period"]), number(&vector["window"]));
            let mut passes = false;
            for flip in list(vector, "flips") {
                passes = !passes;
                voting.after_vote(start + number(&flip["flip"]), passes);
                assert_eq!(voting.deadline, start + number(&flip["deadline"]), "{flip}");
                // No change of the majority, no change of the deadline
                assert!(!voting.after_vote(start + number(&flip["flip"]), passes));
            }
        }
    }
}

#[test]
fn quadratic() {
    let vectors = vectors();
    let quadratic = &vectors["quadratic"];
    for vector in list(quadratic, "votes") {
        assert_eq!(
            votes_of_tokens(weight(&vector["tokens"])),
            weight(&vector["votes"])
        );
    }
    for vector in list(quadratic, "credits") {
        let spent = weights(vector, "spentTenths");
        let most = affordable(weight(&vector["credits"]), spent);
        assert_eq!(most, weight(&vector["affordableTenths"]), "{vector}");
    }
    for vector in list(quadratic, "backing") {
        assert_eq!(
            backing(weights(vector, "tokens")),
            Some(weight(&vector["millionths"]))
        );
    }
    // 9 votes on one matter, 7 and 7 on two
    assert!(is_affordable(99, [90]) && !is_affordable(99, [100]));
    assert!(is_affordable(99, [70, 70]) && !is_affordable(99, [70, 80]));
}

#[test]
fn conviction() {
    let vectors = vectors();
    let conviction = &vectors["conviction"];
    for vector in list(conviction, "accrue") {
        let after = accrue(
            weight(&vector["conviction"]),
            weight(&vector["stake"]),
            weight(&vector["alpha"]),
            number(&vector["steps"]),
        );
        assert_eq!(after, Ok(weight(&vector["after"])), "{vector}");
    }
    for vector in list(conviction, "threshold") {
        let needed = threshold(
            weight(&vector["rho"]),
            weight(&vector["supply"]),
            weight(&vector["beta"]),
            weight(&vector["requested"]),
            weight(&vector["fund"]),
            weight(&vector["alpha"]),
        );
        let expected = (!vector["threshold"].is_null()).then(|| weight(&vector["threshold"]));
        assert_eq!(needed, expected, "{vector}");
    }
    let locked = list(conviction, "locked");
    assert_eq!(locked.len(), Conviction::ALL.len());
    for (vector, conviction) in locked.iter().zip(Conviction::ALL) {
        assert_eq!(
            conviction.votes(weight(&vector["tokens"])),
            weight(&vector["votes"])
        );
        assert_eq!(conviction.lock_periods(), small::<u32>(&vector["periods"]));
    }
}

fn ranking(value: &Value, key: &str, options: usize) -> Ranking {
    let ranked: Vec<u8> = list(value, key).iter().map(small).collect();
    Ranking::new(&ranked, options).unwrap()
}

#[test]
fn ranked_choice() {
    for vector in list(&vectors(), "ranked") {
        let options: Vec<_> = list(vector, "options").iter().map(id).collect();
        let ballots: Vec<_> = list(vector, "ballots")
            .iter()
            .map(|ballot| {
                let ranking = ranking(ballot, "ranking", options.len());
                assert_eq!(ranking.encode(), bytes(&ballot["encoded"]));
                assert_eq!(
                    Ranking::decode_all(&mut &bytes(&ballot["encoded"])[..]),
                    Ok(ranking)
                );
                (ranking, weight(&ballot["weight"]))
            })
            .collect();
        let expected = vector["winner"].as_u64().map(|option| option as u8);
        assert_eq!(winner(&options, &ballots), Ok(expected));

        // Round by round, in pages, with the state stored between them
        let mut runoff = Runoff::new(&options).unwrap();
        let rounds = list(vector, "rounds");
        for (position, round) in rounds.iter().enumerate() {
            for page in ballots.chunks(4) {
                runoff = Runoff::decode_all(&mut &runoff.encode()[..]).unwrap();
                for (ranking, weight) in page {
                    runoff.count(ranking, *weight).unwrap();
                }
            }
            let expected: Vec<u128> = round.as_array().unwrap().iter().map(weight).collect();
            assert_eq!(runoff.weights(), expected);
            let ended = !matches!(runoff.finish_round(), Round::Eliminated(_));
            assert_eq!(ended, position + 1 == rounds.len());
        }
    }
}

#[test]
fn commitments() {
    let vectors = vectors();
    let commitments = &vectors["commitments"];
    let of = |key: &str| id(&commitments[key]);
    for vector in list(commitments, "commitments") {
        let choice = match number(&vector["kind"]) {
            0 => {
                let shares: Vec<u16> = list(vector, "split").iter().map(small).collect();
                SealedChoice::Split(
                    VoteSplit::new(shares[0], shares[1], shares[2], shares[3]).unwrap(),
                )
            }
            _ => SealedChoice::Ranked(ranking(vector, "split", 16)),
        };
        let hash = commitment(
            &of("dao"),
            small(&vector["proposal"]),
            &of("voter"),
            choice,
            &of("salt"),
        );
        assert_eq!(hash, id(&vector["hash"]), "{vector}");
    }
    assert_eq!(
        dao_id(&of("network"), &of("founder"), &of("salt")),
        of("daoId")
    );
}

fn post(value: &Value) -> Post {
    let optional = |key: &str| value.get(key).map(cid);
    let cids = |key: &str| {
        value.get(key).map_or(vec![], |cids| {
            cids.as_array().unwrap().iter().map(cid).collect()
        })
    };
    let kinds = [
        PostKind::Post,
        PostKind::Edit,
        PostKind::Tombstone,
        PostKind::Hide,
        PostKind::Restore,
    ];
    let references = value.get("refs").and_then(Value::as_array);
    Post {
        dao: id(&value["dao"]),
        thread: optional("thread"),
        parent: optional("parent"),
        prev: optional("prev"),
        kind: kinds[small::<usize>(&value["kind"])],
        lang: value["lang"].as_str().unwrap().into(),
        body: value["body"].as_str().unwrap().into(),
        refs: references
            .into_iter()
            .flatten()
            .map(|reference| match number(&reference[0]) {
                0 => Reference::Post(cid(&reference[1])),
                1 => Reference::Proposal(id(&reference[1]), small(&reference[2])),
                _ => Reference::Content(cid(&reference[1])),
            })
            .collect(),
        media: cids("media"),
        created_ms: number(&value["created"]),
        author: id(&value["author"]),
        key: small(&value["key"]),
        by: match number(&value["by"][0]) {
            0 => Author::Human,
            _ => Author::Ai {
                mandate: id(&value["by"][1]),
            },
        },
        sources: cids("sources"),
        rule: value.get("rule").map(small),
    }
}

#[test]
fn posts() {
    let vectors = vectors();
    let network = id(&vectors["posts"]["network"]);
    for vector in list(&vectors["posts"], "posts") {
        let post = post(&vector["post"]);
        let encoded = bytes(&vector["encoded"]);
        assert_eq!(hex::encode(post.encode().unwrap()), hex::encode(&encoded));
        assert_eq!(Post::decode(&encoded).as_ref(), Ok(&post));
        let cid = Cid::of(&encoded);
        assert_eq!(cid.to_string(), vector["cid"]);
        assert_eq!(vector["cid"].as_str().unwrap().parse(), Ok(cid));
        assert_eq!(cid.to_bytes().to_vec(), bytes(&vector["cidBytes"]));
        let preimage = post_preimage(&network, &post.dao, &cid);
        assert_eq!(preimage, bytes(&vector["preimage"]));
        assert_eq!(wrapped(&preimage), bytes(&vector["wrapped"]));
    }
}

#[test]
fn log() {
    let vectors = vectors();
    let log = &vectors["log"];
    let network = id(&log["network"]);
    let leaves: Vec<Cid> = list(log, "leaves").iter().map(cid).collect();
    let roots: Vec<Hash> = list(log, "roots").iter().map(id).collect();
    let (mut range, mut nodes) = (Range::default(), BTreeMap::new());
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(range.root(), *root);
        assert_eq!(range.size(), size as u64);
        if let Some(leaf) = leaves.get(size) {
            range
                .append(leaf, |height, index, hash| {
                    nodes.extend([((height, index), hash)])
                })
                .unwrap();
        }
    }
    let node = |height, index| nodes.get(&(height, index)).copied();

    for vector in list(log, "inclusion") {
        let (index, size) = (number(&vector["index"]), number(&vector["size"]));
        let proof = InclusionProof::decode_all(&mut &bytes(&vector["proof"])[..]).unwrap();
        proof
            .verify(&leaves[index as usize], size, &roots[size as usize])
            .unwrap();
        assert_eq!(InclusionProof::new(index, size, node), Ok(proof));
    }
    for vector in list(log, "consistency") {
        let (from, to) = (number(&vector["from"]), number(&vector["to"]));
        let proof = ConsistencyProof::decode_all(&mut &bytes(&vector["proof"])[..]).unwrap();
        proof
            .verify(from, &roots[from as usize], to, &roots[to as usize])
            .unwrap();
        assert_eq!(ConsistencyProof::new(from, to, node), Ok(proof));
    }

    let vector = &log["receipt"];
    let receipt = Receipt {
        cid: cid(&vector["cid"]),
        dao: id(&vector["dao"]),
        accepted_ms: number(&vector["acceptedMs"]),
        include_by_ms: number(&vector["includeByMs"]),
    };
    receipt.validate().unwrap();
    assert_eq!(receipt.encode(), bytes(&vector["encoded"]));
    assert_eq!(receipt.preimage(&network), bytes(&vector["preimage"]));

    let vector = &log["head"];
    let head = TreeHead {
        dao: id(&vector["dao"]),
        size: number(&vector["size"]),
        root: id(&vector["root"]),
        timestamp_ms: number(&vector["timestampMs"]),
    };
    assert_eq!(head.root, range.root());
    assert_eq!(head.encode(), bytes(&vector["encoded"]));
    assert_eq!(head.preimage(&network), bytes(&vector["preimage"]));
}

#[test]
fn default_tracks() {
    let vectors = vectors();
    let rows = list(&vectors, "tracks");
    assert_eq!(rows.len(), DEFAULT_TRACKS.len());
    let percent = PPB / 100;
    for (row, track) in rows.iter().zip(DEFAULT_TRACKS) {
        let at_least = |key: &str| Threshold::AtLeast(small::<u32>(&row[key]) * percent);
        assert_eq!(row["name"], track.name);
        assert_eq!(number(&row["prepare"]), track.periods.prepare);
        assert_eq!(number(&row["decide"]), track.periods.decide);
        assert_eq!(number(&row["decide"]) / 4, track.periods.window);
        assert_eq!(number(&row["confirm"]), track.periods.confirm);
        assert_eq!(number(&row["timelock"]), track.periods.timelock);
        let approval = match track.rule.approval {
            Threshold::Above(parts) => format!(">{}", parts / percent),
            Threshold::AtLeast(parts) => format!(">={}", parts / percent),
            Threshold::Curve(_) => "curve".into(),
        };
        assert_eq!(row["approval"], approval);
        assert_eq!(
            (!row["support"].is_null()).then(|| at_least("support")),
            track.rule.support
        );
        assert_eq!(at_least("quorum"), track.rule.quorum);
        assert_eq!(
            number(&row["humanQuorum"]) * 100,
            u64::from(track.rule.human_quorum_bps)
        );
        let ai = match track.ai_votes {
            AiVotes::Allowed => "allowed",
            AiVotes::AutoUpTo(1_000_000) => "auto<=0.1",
            AiVotes::SemiOnly => "semi",
            AiVotes::Forbidden => "none",
            AiVotes::AutoUpTo(_) => "auto",
        };
        assert_eq!(row["ai"], ai, "{}", track.name);
    }
}
