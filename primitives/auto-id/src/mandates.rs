//! Mandates: what one identity lets another do for it, and within which limits.
//!
//! A mandate names [`Scope`]s, each an allowed kind of [`Use`], and [`Caveat`]s, which all must hold. A mandate may be
//! granted on by its grantee, and then a use is checked against every mandate up to the first: scopes, times, caveats,
//! and all buckets and counters are taken from together, or none ([`authorize`]). So whatever a sub-mandate says, it
//! never allows more than its parents. [`check_grant`] refuses those that say more, as an early error.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::bits::bit_set;
use crate::bytes::byte_array;
use crate::hashes::blake2b_256;
use crate::ids::Kinds;
use crate::merkle;
use crate::provenance::SignerRoles;
use crate::scores::Ppm;
use crate::{AccountBytes, AutoId, Hash, Kind, Millis, NetworkTag, Salt};

byte_array! {
    /// Id of a mandate; see [`mandate_id`].
    pub struct MandateId(32);
}

/// Scopes of a mandate.
pub const MAX_SCOPES: u32 = 16;
/// Caveats of a mandate.
pub const MAX_CAVEATS: u32 = 16;
/// Mandates from a use up to the first grantor.
pub const MAX_CHAIN: u32 = 8;
/// Models a caveat can name.
pub const MAX_MODELS: u32 = 8;
/// Bytes of a prefix of content ids.
pub const MAX_PREFIX: u32 = 64;
/// Kinds of amounts of a use that are looked at; a use of more is refused.
pub const MAX_AMOUNTS: usize = 16;
/// Counterparties of a use that are looked at; a use of more is refused.
pub const MAX_COUNTERPARTIES: usize = 16;

/// Id of a mandate: `autoid-mandate/v1` ‖ network tag ‖ grantor ‖ grantee ‖ parent or zeros ‖ salt, hashed.
pub fn mandate_id(
    network_tag: &NetworkTag,
    grantor: &AutoId,
    grantee: &AutoId,
    parent: Option<&MandateId>,
    salt: &Salt,
) -> MandateId {
    MandateId(blake2b_256(
        "autoid-mandate/v1",
        &[
            network_tag.as_ref(),
            grantor.as_ref(),
            grantee.as_ref(),
            parent.map_or(&[0; 32], |parent| &parent.0),
            salt.as_ref(),
        ],
    ))
}

bit_set! {
    /// What may be done in a forum.
    pub struct ForumActions(u8) {
        /// Posting.
        POST = 0,
        /// Suggesting moderation.
        SUGGEST_MODERATION = 1,
    }
}

bit_set! {
    /// What may be done with data.
    pub struct DataAccess(u8) {
        /// Reading.
        READ = 0,
        /// Writing.
        WRITE = 1,
    }
}

/// Start of content ids.
pub type Prefix = BoundedVec<u8, ConstU32<MAX_PREFIX>>;

/// A kind of use that a mandate allows.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Scope {
    /// Logging in to an audience (hash of its origin).
    #[codec(index = 0)]
    Auth {
        /// Where.
        audience: Hash,
    },
    /// Signing statements about content.
    #[codec(index = 1)]
    Sign {
        /// In one of these roles.
        roles: SignerRoles,
    },
    /// Using an account of auto-fi.
    #[codec(index = 2)]
    AutoFi {
        /// The account.
        account: AccountBytes,
        /// Intents, by number: bit n allows intent n.
        calls: u64,
        /// Hash of the rules that `accounts` enforces.
        rule_set: Hash,
    },
    /// Voting in a DAO.
    #[codec(index = 3)]
    Vote {
        /// The DAO.
        dao: Hash,
        /// Tracks, by number.
        tracks: u32,
        /// Kinds of proposal, by number.
        kinds: u32,
    },
    /// Taking part in a DAO's forum.
    #[codec(index = 4)]
    Forum {
        /// The DAO.
        dao: Hash,
        /// How.
        actions: ForumActions,
    },
    /// Data under content ids.
    #[codec(index = 5)]
    Data {
        /// How the ids begin.
        prefix: Prefix,
        /// What may be done.
        access: DataAccess,
    },
    /// Issuing identities.
    #[codec(index = 6)]
    Issue {
        /// Of these kinds.
        kinds: Kinds,
        /// With at most so many levels of issuers below.
        path_length: u8,
    },
    /// Calling a method of a service.
    #[codec(index = 7)]
    Invoke {
        /// The service.
        service: AutoId,
        /// Hash of the method's name.
        method: Hash,
    },
    /// Anything else two parties have agreed a hash for.
    #[codec(index = 8)]
    Custom(Hash),
}

/// What is about to be done under a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use<'a> {
    /// Logging in.
    Auth {
        /// Where.
        audience: &'a Hash,
    },
    /// Signing a statement.
    Sign {
        /// In these roles.
        roles: SignerRoles,
    },
    /// Using an account of auto-fi.
    AutoFi {
        /// The account.
        account: &'a AccountBytes,
        /// Number of the intent.
        call: u8,
        /// Rules now in force.
        rule_set: &'a Hash,
    },
    /// Voting.
    Vote {
        /// The DAO.
        dao: &'a Hash,
        /// The track.
        track: u8,
        /// The kind of proposal.
        kind: u8,
    },
    /// Taking part in a forum.
    Forum {
        /// The DAO.
        dao: &'a Hash,
        /// How.
        actions: ForumActions,
    },
    /// Data under a content id.
    Data {
        /// The id.
        content: &'a [u8],
        /// What is done.
        access: DataAccess,
    },
    /// Issuing an identity.
    Issue {
        /// Its kind.
        kind: Kind,
        /// Levels of issuers it may have below.
        path_length: u8,
    },
    /// Calling a method.
    Invoke {
        /// The service.
        service: &'a AutoId,
        /// Hash of the method's name.
        method: &'a Hash,
    },
    /// As agreed.
    Custom(&'a Hash),
}

/// Whether bit `number` is set; numbers without a bit are not.
fn has_bit(bits: u64, number: u8) -> bool {
    bits.checked_shr(u32::from(number)).unwrap_or(0) & 1 == 1
}

impl Scope {
    /// Whether it allows a use. A use that does nothing (no role, no access) is allowed by no scope.
    pub fn permits(&self, used: &Use<'_>) -> bool {
        match (self, used) {
            (Self::Auth { audience }, Use::Auth { audience: used }) => audience == *used,
            (Self::Sign { roles }, Use::Sign { roles: used }) => {
                !used.is_empty() && roles.contains(*used)
            }
            (
                Self::AutoFi {
                    account,
                    calls,
                    rule_set,
                },
                Use::AutoFi {
                    account: used,
                    call,
                    rule_set: in_force,
                },
            ) => account == *used && has_bit(*calls, *call) && rule_set == *in_force,
            (
                Self::Vote { dao, tracks, kinds },
                Use::Vote {
                    dao: used,
                    track,
                    kind,
                },
            ) => {
                dao == *used
                    && has_bit(u64::from(*tracks), *track)
                    && has_bit(u64::from(*kinds), *kind)
            }
            (
                Self::Forum { dao, actions },
                Use::Forum {
                    dao: used,
                    actions: done,
                },
            ) => dao == *used && !done.is_empty() && actions.contains(*done),
            (
                Self::Data { prefix, access },
                Use::Data {
                    content,
                    access: done,
                },
            ) => content.starts_with(prefix) && !done.is_empty() && access.contains(*done),
            (
                Self::Issue { kinds, path_length },
                Use::Issue {
                    kind,
                    path_length: used,
                },
            ) => kinds.contains((*kind).into()) && used <= path_length,
            (
                Self::Invoke { service, method },
                Use::Invoke {
                    service: used,
                    method: called,
                },
            ) => service == *used && method == *called,
            (Self::Custom(agreed), Use::Custom(used)) => agreed == *used,
            _ => false,
        }
    }

    /// Whether it allows every use that `other` allows.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sign { roles }, Self::Sign { roles: other }) => roles.contains(*other),
            (
                Self::AutoFi {
                    account,
                    calls,
                    rule_set,
                },
                Self::AutoFi {
                    account: other,
                    calls: other_calls,
                    rule_set: other_rules,
                },
            ) => account == other && other_calls & !calls == 0 && rule_set == other_rules,
            (
                Self::Vote { dao, tracks, kinds },
                Self::Vote {
                    dao: other,
                    tracks: other_tracks,
                    kinds: other_kinds,
                },
            ) => dao == other && other_tracks & !tracks == 0 && other_kinds & !kinds == 0,
            (
                Self::Forum { dao, actions },
                Self::Forum {
                    dao: other,
                    actions: other_actions,
                },
            ) => dao == other && actions.contains(*other_actions),
            (
                Self::Data { prefix, access },
                Self::Data {
                    prefix: other,
                    access: other_access,
                },
            ) => other.starts_with(prefix) && access.contains(*other_access),
            (
                Self::Issue { kinds, path_length },
                Self::Issue {
                    kinds: other,
                    path_length: other_length,
                },
            ) => kinds.contains(*other) && other_length <= path_length,
            _ => self == other,
        }
    }
}

/// What an amount is of.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Unit {
    /// An asset of auto-fi, in its smallest part.
    #[codec(index = 0)]
    Asset(u32),
    /// The native coin, in shannon.
    #[codec(index = 1)]
    Coin,
    /// US dollars, in 10⁻⁸.
    #[codec(index = 2)]
    Usd,
    /// Votes cast.
    #[codec(index = 3)]
    Votes,
    /// Uses. Every use is one, besides the amounts that are said.
    #[codec(index = 4)]
    Uses,
}

/// Hours of the week in UTC, from Monday 00:00 on: hour n is bit n mod 8 of byte n ⁄ 8.
pub type WeekHours = [u8; 21];

/// A limit. Several of one kind all hold.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Caveat {
    /// Not after this time.
    #[codec(index = 0)]
    NotAfter(Millis),
    /// At most so many uses.
    #[codec(index = 1)]
    MaxUses(u32),
    /// A token bucket: at most `cap` at once, filled again at `cap` per `period`. So over any time t at most
    /// `cap` · (1 + t ⁄ `period`).
    #[codec(index = 2)]
    Bucket {
        /// Of what.
        unit: Unit,
        /// Contents when full.
        cap: u128,
        /// Time from empty to full; zero: never filled again.
        period: Millis,
    },
    /// At most so much in one use.
    #[codec(index = 3)]
    PerUseMax {
        /// Of what.
        unit: Unit,
        /// How much.
        max: u128,
    },
    /// Every counterparty is in the set with this Merkle root.
    #[codec(index = 4)]
    CounterpartyIn(Hash),
    /// Every counterparty has at least this score.
    #[codec(index = 5)]
    MinCounterpartyScore(Ppm),
    /// Only in these hours of the week.
    #[codec(index = 6)]
    TimeWindow(WeekHours),
    /// A use of more than this needs this identity's signature too.
    #[codec(index = 7)]
    RequireCosign {
        /// Whose.
        id: AutoId,
        /// Of what.
        unit: Unit,
        /// How much is free.
        above: u128,
    },
    /// A use is announced this long before.
    #[codec(index = 8)]
    Delay(Millis),
    /// A use gives its reasons.
    #[codec(index = 9)]
    RequireRationale,
    /// A use names at least so many sources.
    #[codec(index = 10)]
    RequireSources(u8),
    /// Only one of these models acts.
    #[codec(index = 11)]
    ModelIn(BoundedVec<Hash, ConstU32<MAX_MODELS>>),
    /// The grantee grants nothing on.
    #[codec(index = 12)]
    NoSubDelegate,
    /// The grantor, a human, has acted within this time.
    #[codec(index = 13)]
    HumanPresence(Millis),
}

/// What a mandate says.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Terms {
    /// What is allowed.
    pub scopes: BoundedVec<Scope, ConstU32<MAX_SCOPES>>,
    /// What must hold.
    pub caveats: BoundedVec<Caveat, ConstU32<MAX_CAVEATS>>,
    /// First time of use.
    pub not_before: Millis,
    /// Last time of use.
    pub not_after: Millis,
}

/// What is left of a bucket.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Level {
    /// Contents at `at`.
    pub left: u128,
    /// When they were counted.
    pub at: Millis,
}

/// What has been used of a mandate.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Usage {
    /// Uses so far.
    pub uses: u32,
    /// Levels of its [`Caveat::Bucket`]s, in their order; missing ones are full.
    pub levels: BoundedVec<Level, ConstU32<MAX_CAVEATS>>,
}

/// One mandate of a chain.
#[derive(Debug)]
pub struct Link<'a> {
    /// What it says.
    pub terms: &'a Terms,
    /// What has been used of it.
    pub usage: &'a mut Usage,
}

/// Someone on the other side of a use.
#[derive(Clone, Copy, Debug)]
pub struct Counterparty<'a> {
    /// Its id or account.
    pub id: &'a Hash,
    /// Its score as known.
    pub score: Ppm,
    /// Shows that it is in the sets of the caveats; one proof for each set.
    pub proofs: &'a [merkle::Proof],
}

/// What is known of a use. What is not known is absent, and then caveats that ask for it do not hold.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Now.
    pub now: Millis,
    /// When the use was announced; `now` if it was not.
    pub announced: Millis,
    /// What goes out, by unit. A unit may occur several times: sums count. Whatever moves value says it in
    /// [`Unit::Usd`] too, or a bucket of dollars would not see it.
    pub amounts: &'a [(Unit, u128)],
    /// All counterparties.
    pub counterparties: &'a [Counterparty<'a>],
    /// Who else has signed.
    pub cosigners: &'a [AutoId],
    /// Whether reasons are given.
    pub has_rationale: bool,
    /// How many sources are named.
    pub sources: u32,
    /// Hash of the model that acts.
    pub model: Option<&'a Hash>,
    /// When the human at the head of the chain last acted.
    pub human_seen: Option<Millis>,
}

/// The rule that a use breaks, with what would be allowed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    thiserror::Error,
)]
pub enum Rule {
    /// No scope allows it.
    #[error("no scope allows it")]
    Scope,
    /// Before `not_before`.
    #[error("not before {0} ms")]
    NotBefore(Millis),
    /// After `not_after` or [`Caveat::NotAfter`].
    #[error("not after {0} ms")]
    NotAfter(Millis),
    /// [`Caveat::MaxUses`].
    #[error("all {0} uses are used up")]
    MaxUses(u32),
    /// [`Caveat::Bucket`].
    #[error("{left} left of {unit:?}")]
    Bucket {
        /// Of what.
        unit: Unit,
        /// How much is left.
        left: u128,
        /// When there will be enough; `None`: never.
        retry_at: Option<Millis>,
    },
    /// [`Caveat::PerUseMax`].
    #[error("at most {max} of {unit:?} at once")]
    PerUseMax {
        /// Of what.
        unit: Unit,
        /// How much.
        max: u128,
    },
    /// [`Caveat::CounterpartyIn`].
    #[error("a counterparty is not in the set")]
    CounterpartyIn,
    /// [`Caveat::MinCounterpartyScore`].
    #[error("a counterparty has a score below {0} ppm")]
    MinCounterpartyScore(Ppm),
    /// [`Caveat::TimeWindow`].
    #[error("not in this hour of the week")]
    TimeWindow,
    /// [`Caveat::RequireCosign`].
    #[error("above {above} of {unit:?} another signature is needed")]
    RequireCosign {
        /// Of what.
        unit: Unit,
        /// How much is free.
        above: u128,
    },
    /// [`Caveat::Delay`].
    #[error("not before {0} ms, since it must be announced")]
    Delay(Millis),
    /// [`Caveat::RequireRationale`].
    #[error("reasons are missing")]
    RequireRationale,
    /// [`Caveat::RequireSources`].
    #[error("fewer than {0} sources")]
    RequireSources(u8),
    /// [`Caveat::ModelIn`].
    #[error("another model")]
    ModelIn,
    /// [`Caveat::NoSubDelegate`].
    #[error("granted on, which is not allowed")]
    NoSubDelegate,
    /// [`Caveat::HumanPresence`].
    #[error("the human has not acted for {0} ms")]
    HumanPresence(Millis),
    /// An empty chain, one of more than [`MAX_CHAIN`] mandates, or a use of too many amounts or counterparties.
    #[error("too many mandates, amounts or counterparties, or no mandate")]
    TooMany,
    /// Amounts that do not fit 128 bits.
    #[error("an amount overflows")]
    Overflow,
}

/// Why a use is refused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    thiserror::Error,
)]
#[error("mandate {position} of the chain: {rule}")]
pub struct Violation {
    /// Position of the mandate in the chain, 0 for the one that is used.
    pub position: u8,
    /// The rule.
    pub rule: Rule,
}

/// Checks a use against all mandates from the one used (first) to the one that everything derives from (last), and
/// takes from all counters and buckets. If it fails, nothing is taken.
pub fn authorize(
    chain: &mut [Link<'_>],
    used: &Use<'_>,
    circumstances: &Circumstances<'_>,
) -> Result<(), Violation> {
    let refused = |position, rule| Violation { position, rule };
    if chain.is_empty()
        || chain.len() > MAX_CHAIN as usize
        || circumstances.amounts.len() > MAX_AMOUNTS
        || circumstances.counterparties.len() > MAX_COUNTERPARTIES
    {
        return Err(refused(0, Rule::TooMany));
    }
    let taken = chain
        .iter()
        .zip(0u8..)
        .map(|(link, position)| {
            link.terms
                .check(link.usage, used, circumstances, position > 0)
                .map_err(|rule| refused(position, rule))
        })
        .collect::<Result<Vec<_>, _>>()?;
    for (link, usage) in chain.iter_mut().zip(taken) {
        *link.usage = usage;
    }
    Ok(())
}

impl Terms {
    /// Checks a use against this mandate alone and gives what will have been used of it. `granted_on`: whether the use
    /// comes through a sub-mandate.
    fn check(
        &self,
        usage: &Usage,
        used: &Use<'_>,
        circumstances: &Circumstances<'_>,
        granted_on: bool,
    ) -> Result<Usage, Rule> {
        let now = circumstances.now;
        if now < self.not_before {
            return Err(Rule::NotBefore(self.not_before));
        }
        if now > self.not_after {
            return Err(Rule::NotAfter(self.not_after));
        }
        if !self.scopes.iter().any(|scope| scope.permits(used)) {
            return Err(Rule::Scope);
        }
        let mut levels = BoundedVec::new();
        let mut known = usage.levels.iter();
        for caveat in &self.caveats {
            if let Caveat::Bucket { unit, cap, period } = caveat {
                let amount = circumstances.amount(*unit)?;
                let full = Level {
                    left: *cap,
                    at: now,
                };
                let level = known.next().copied().unwrap_or(full);
                let available = level.refilled(*cap, *period, now);
                let left = available.checked_sub(amount).ok_or_else(|| Rule::Bucket {
                    unit: *unit,
                    left: available,
                    retry_at: level.reaches(amount, *cap, *period, now),
                })?;
                // As many as there are caveats, which is the same bound
                let _ = levels.try_push(Level { left, at: now });
            } else {
                caveat.check(usage, circumstances, granted_on)?;
            }
        }
        Ok(Usage {
            uses: usage.uses.saturating_add(1),
            levels,
        })
    }
}

impl Caveat {
    fn check(
        &self,
        usage: &Usage,
        circumstances: &Circumstances<'_>,
        granted_on: bool,
    ) -> Result<(), Rule> {
        let now = circumstances.now;
        let counterparties = circumstances.counterparties;
        let (holds, rule) = match self {
            Self::NotAfter(last) => (now <= *last, Rule::NotAfter(*last)),
            Self::MaxUses(max) => (usage.uses < *max, Rule::MaxUses(*max)),
            // Checked by the caller, which keeps its level
            Self::Bucket { .. } => return Ok(()),
            Self::PerUseMax { unit, max } => (
                circumstances.amount(*unit)? <= *max,
                Rule::PerUseMax {
                    unit: *unit,
                    max: *max,
                },
            ),
            Self::CounterpartyIn(root) => (
                counterparties.iter().all(|counterparty| {
                    counterparty
                        .proofs
                        .iter()
                        .take(MAX_CHAIN as usize)
                        .any(|proof| proof.verify(root, counterparty.id))
                }),
                Rule::CounterpartyIn,
            ),
            Self::MinCounterpartyScore(min) => (
                counterparties
                    .iter()
                    .all(|counterparty| counterparty.score >= *min),
                Rule::MinCounterpartyScore(*min),
            ),
            Self::TimeWindow(hours) => (in_week_hours(hours, now), Rule::TimeWindow),
            Self::RequireCosign { id, unit, above } => (
                circumstances.amount(*unit)? <= *above || circumstances.cosigners.contains(id),
                Rule::RequireCosign {
                    unit: *unit,
                    above: *above,
                },
            ),
            Self::Delay(delay) => {
                let from = circumstances.announced.saturating_add(*delay);
                (now >= from, Rule::Delay(from))
            }
            Self::RequireRationale => (circumstances.has_rationale, Rule::RequireRationale),
            Self::RequireSources(min) => (
                circumstances.sources >= u32::from(*min),
                Rule::RequireSources(*min),
            ),
            Self::ModelIn(models) => (
                circumstances
                    .model
                    .is_some_and(|model| models.contains(model)),
                Rule::ModelIn,
            ),
            Self::NoSubDelegate => (!granted_on, Rule::NoSubDelegate),
            Self::HumanPresence(limit) => (
                circumstances
                    .human_seen
                    .is_some_and(|seen| now.saturating_sub(seen) <= *limit),
                Rule::HumanPresence(*limit),
            ),
        };
        if holds { Ok(()) } else { Err(rule) }
    }
}

impl Circumstances<'_> {
    /// Sum of what goes out of a unit.
    fn amount(&self, unit: Unit) -> Result<u128, Rule> {
        let own = u128::from(unit == Unit::Uses);
        self.amounts
            .iter()
            .filter(|(of, _)| *of == unit)
            .try_fold(own, |sum, (_, amount)| sum.checked_add(*amount))
            .ok_or(Rule::Overflow)
    }
}

impl Level {
    /// Contents at `now`: min(cap, left + cap · time ⁄ period), rounded down once and never by a rate that is rounded.
    pub fn refilled(&self, cap: u128, period: Millis, now: Millis) -> u128 {
        let time = now.saturating_sub(self.at);
        let added = if time >= period && period > 0 {
            cap
        } else {
            multiply_divide(cap, time, period).unwrap_or(0)
        };
        self.left.saturating_add(added).min(cap)
    }

    /// First time after `now` at which it holds `amount`, which it does not yet; `None`: never.
    fn reaches(&self, amount: u128, cap: u128, period: Millis, now: Millis) -> Option<Millis> {
        if amount > cap || period == 0 {
            return None;
        }
        // It does not yet, and is full after the period
        let (mut not_yet, mut reached) = (now, self.at.max(now).checked_add(period)?);
        while reached.saturating_sub(not_yet) > 1 {
            let middle = not_yet.midpoint(reached);
            if self.refilled(cap, period, middle) >= amount {
                reached = middle;
            } else {
                not_yet = middle;
            }
        }
        Some(reached)
    }
}

/// ⌊`a` · `b` ⁄ `c`⌋ for `b` < `c`, which cannot overflow; `None` for `c` = 0.
fn multiply_divide(a: u128, b: u64, c: u64) -> Option<u128> {
    let (b, c) = (u128::from(b), u128::from(c));
    let quotient = a.checked_div(c)?;
    let remainder = a.checked_rem(c)?;
    quotient
        .checked_mul(b)?
        .checked_add(remainder.checked_mul(b)?.checked_div(c)?)
}

/// Whether `now` is in one of these hours. 1970 began on a Thursday.
fn in_week_hours(hours: &WeekHours, now: Millis) -> bool {
    const HOUR: Millis = 3_600_000;
    const THURSDAY: u64 = 3 * 24;
    let hour = (now / HOUR).saturating_add(THURSDAY) % 168;
    let byte = usize::try_from(hour / 8)
        .ok()
        .and_then(|index| hours.get(index))
        .copied()
        .unwrap_or(0);
    byte >> (hour % 8) & 1 == 1
}

/// Why a mandate cannot be granted under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No scope, or no time of use.
    #[error("a mandate without scope or time")]
    Empty,
    /// The parent may not be granted on.
    #[error("the parent is not to be granted on")]
    NoSubDelegate,
    /// Valid when the parent is not.
    #[error("valid outside the time of the parent")]
    Time,
    /// This scope is in none of the parent's.
    #[error("scope {0} is in none of the parent's")]
    Scope(u8),
    /// This caveat is looser than the parent's of the same kind.
    #[error("caveat {0} is looser than the parent's")]
    Caveat(u8),
}

/// Checks that a mandate is one, and under a parent that it says no more than the parent. What it does not say it
/// inherits.
pub fn check_grant(terms: &Terms, parent: Option<&Terms>) -> Result<(), GrantError> {
    if terms.scopes.is_empty() || terms.not_before > terms.not_after {
        return Err(GrantError::Empty);
    }
    let Some(parent) = parent else {
        return Ok(());
    };
    if parent.caveats.contains(&Caveat::NoSubDelegate) {
        return Err(GrantError::NoSubDelegate);
    }
    if terms.not_before < parent.not_before || terms.not_after > parent.not_after {
        return Err(GrantError::Time);
    }
    for (scope, position) in terms.scopes.iter().zip(0u8..) {
        if !parent.scopes.iter().any(|parent| parent.contains(scope)) {
            return Err(GrantError::Scope(position));
        }
    }
    for (caveat, position) in terms.caveats.iter().zip(0u8..) {
        if parent.caveats.iter().any(|parent| caveat.is_looser(parent)) {
            return Err(GrantError::Caveat(position));
        }
    }
    Ok(())
}

impl Caveat {
    /// Whether it limits the same as `parent` and allows something that `parent` forbids. Of kinds that cannot be
    /// compared both hold at use, and neither is looser.
    fn is_looser(&self, parent: &Self) -> bool {
        match (self, parent) {
            (Self::NotAfter(own), Self::NotAfter(parent)) => own > parent,
            (Self::MaxUses(own), Self::MaxUses(parent)) => own > parent,
            (
                Self::Bucket { unit, cap, period },
                Self::Bucket {
                    unit: of,
                    cap: parent_cap,
                    period: parent_period,
                },
            ) => {
                unit == of
                    && (cap > parent_cap
                        || is_faster((*cap, *period), (*parent_cap, *parent_period)))
            }
            (
                Self::PerUseMax { unit, max },
                Self::PerUseMax {
                    unit: of,
                    max: parent,
                },
            ) => unit == of && max > parent,
            (Self::MinCounterpartyScore(own), Self::MinCounterpartyScore(parent)) => own < parent,
            (Self::TimeWindow(own), Self::TimeWindow(parent)) => own
                .iter()
                .zip(parent)
                .any(|(own, parent)| own & !parent != 0),
            (
                Self::RequireCosign { id, unit, above },
                Self::RequireCosign {
                    id: parent_id,
                    unit: of,
                    above: parent,
                },
            ) => id == parent_id && unit == of && above > parent,
            (Self::Delay(own), Self::Delay(parent)) => own < parent,
            (Self::RequireSources(own), Self::RequireSources(parent)) => own < parent,
            (Self::ModelIn(own), Self::ModelIn(parent)) => {
                own.iter().any(|model| !parent.contains(model))
            }
            (Self::HumanPresence(own), Self::HumanPresence(parent)) => own > parent,
            _ => false,
        }
    }
}

/// Whether `cap` ⁄ `period` of the first is more than that of the second; a period of zero never fills again.
fn is_faster(own: (u128, Millis), parent: (u128, Millis)) -> bool {
    match (own.1, parent.1) {
        (0, _) => false,
        (_, 0) => own.0 > 0,
        (own_period, parent_period) => {
            wide_product(own.0, parent_period) > wide_product(parent.0, own_period)
        }
    }
}

/// `a` · `b` as high and low parts of 64 bits below.
fn wide_product(a: u128, b: u64) -> (u128, u64) {
    const MASK: u128 = u64::MAX as u128;
    let b = u128::from(b);
    let low = (a & MASK).saturating_mul(b);
    let high = (a >> 64).saturating_mul(b).saturating_add(low >> 64);
    (high, u64::try_from(low & MASK).unwrap_or(0))
}

#[cfg(test)]
mod tests;
