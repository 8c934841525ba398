//! Posts.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use thiserror::Error;

use super::cbor::{CborError, Major, Reader, Writer, length};
use super::cid::Cid;
use crate::{DaoId, ProposalIndex};

/// Version of the format.
const VERSION: u64 = 1;

/// Longest body in bytes.
pub const MAX_BODY: usize = 32 * 1024;
/// References of a post.
pub const MAX_REFS: usize = 16;
/// Media of a post.
pub const MAX_MEDIA: usize = 16;
/// Sources of a post.
pub const MAX_SOURCES: usize = 16;
/// Longest language tag.
pub const MAX_LANG: usize = 35;
/// Longest encoding of a post; more is not looked at.
pub const MAX_POST: usize = 36 * 1024;

/// What a post does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostKind {
    /// Opens a thread or answers in one. Code 0.
    Post,
    /// Replaces the body of its parent, a post of the same author. Code 1.
    Edit,
    /// Erases the body of its parent, a post of the same author. Code 2.
    Tombstone,
    /// A moderator hides its parent. Code 3.
    Hide,
    /// A moderator shows its parent again. Code 4.
    Restore,
}

impl PostKind {
    const ALL: [Self; 5] = [
        Self::Post,
        Self::Edit,
        Self::Tombstone,
        Self::Hide,
        Self::Restore,
    ];

    /// Its number in the encoding.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Whether it is a moderator's, and names a rule.
    pub fn is_moderation(self) -> bool {
        matches!(self, Self::Hide | Self::Restore)
    }
}

/// What a post refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A post of the forum: `[0, cid]`.
    Post(Cid),
    /// A proposal: `[1, dao, number]`.
    Proposal(DaoId, ProposalIndex),
    /// Anything else with a content id: `[2, cid]`.
    Content(Cid),
}

/// Who wrote a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The author in person: `[0]`.
    Human,
    /// An AI under a mandate: `[1, mandate]`.
    Ai {
        /// Id of the mandate.
        mandate: [u8; 32],
    },
}

/// Why a post is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PostError {
    /// Not deterministic CBOR.
    #[error("not deterministic CBOR: {0}")]
    Cbor(#[from] CborError),
    /// Longer than [`MAX_POST`], or a part of it is longer than may be.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// A key that posts do not have.
    #[error("an unknown key")]
    UnknownKey,
    /// A key that this post has to have.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A value that is not possible, or not in this kind of post.
    #[error("{0} is not valid here")]
    Invalid(&'static str),
}

/// A post: a CBOR map whose keys are the names given with each field. An absent option and an empty list have no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// `dao`, 32 bytes.
    pub dao: DaoId,
    /// `thread`: the post that opened the thread, 36 bytes; absent in that post.
    pub thread: Option<Cid>,
    /// `parent`: the post that this one answers, replaces, erases, hides or restores, 36 bytes.
    pub parent: Option<Cid>,
    /// `prev`: the author's post in this DAO before this one, 36 bytes; absent in the first.
    pub prev: Option<Cid>,
    /// `kind`.
    pub kind: PostKind,
    /// `lang`: BCP 47 tag of the body's language.
    pub lang: String,
    /// `body`: Markdown.
    pub body: String,
    /// `refs`.
    pub refs: Vec<Reference>,
    /// `media`: content ids, 36 bytes each.
    pub media: Vec<Cid>,
    /// `created`: milliseconds since 1970, by the author's clock.
    pub created_ms: u64,
    /// `author`: id of the author, or of the principal of an AI under a mandate, 32 bytes.
    pub author: [u8; 32],
    /// `key`: index of the author's key that signs.
    pub key: u32,
    /// `by`.
    pub by: Author,
    /// `sources`: what an AI read, 36 bytes each.
    pub sources: Vec<Cid>,
    /// `rule`: the rule of the DAO that a moderator applies.
    pub rule: Option<u32>,
}

impl Post {
    /// Checks everything but what needs other posts: limits, normal form of texts, and what its kind asks for.
    pub fn validate(&self) -> Result<(), PostError> {
        let limit = |length: usize, most: usize, name| {
            if length > most {
                Err(PostError::TooLong(name))
            } else {
                Ok(())
            }
        };
        limit(self.body.len(), MAX_BODY, "body")?;
        limit(self.refs.len(), MAX_REFS, "refs")?;
        limit(self.media.len(), MAX_MEDIA, "media")?;
        limit(self.sources.len(), MAX_SOURCES, "sources")?;
        limit(self.lang.len(), MAX_LANG, "lang")?;
        let is_tag = |tag: &str| {
            tag.split('-').all(|part| {
                (1..=8).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        };
        if !is_tag(&self.lang) {
            return Err(PostError::Invalid("lang"));
        }
        if !unicode_normalization::is_nfc(&self.body) {
            return Err(PostError::Cbor(CborError::Text));
        }
        if self.thread.is_none() && self.kind != PostKind::Post {
            return Err(PostError::Missing("thread"));
        }
        if self.thread.is_none() && self.parent.is_some() {
            return Err(PostError::Invalid("parent"));
        }
        if self.thread.is_some() && self.parent.is_none() {
            return Err(PostError::Missing("parent"));
        }
        if self.kind == PostKind::Tombstone
            && !(self.body.is_empty()
                && self.refs.is_empty()
                && self.media.is_empty()
                && self.sources.is_empty())
        {
            return Err(PostError::Invalid("body"));
        }
        match (self.kind.is_moderation(), self.rule) {
            (true, None) => Err(PostError::Missing("rule")),
            (false, Some(_)) => Err(PostError::Invalid("rule")),
            _ => Ok(()),
        }
    }

    /// The encoding, if the post is valid. Its [`Cid`] names the post.
    pub fn encode(&self) -> Result<Vec<u8>, PostError> {
        self.validate()?;
        let optional = [
            self.prev.is_some(),
            !self.refs.is_empty(),
            self.rule.is_some(),
            !self.media.is_empty(),
            self.parent.is_some(),
            self.thread.is_some(),
            !self.sources.is_empty(),
        ];
        let present = optional.iter().filter(|present| **present).count();
        let mut writer = Writer::default();
        writer.head(Major::Map, 9u64.saturating_add(length(present)));
        // Keys in ascending order of their encodings: the shorter first.
        writer.text("v");
        writer.unsigned(VERSION);
        writer.text("by");
        match &self.by {
            Author::Human => {
                writer.head(Major::Array, 1);
                writer.unsigned(0);
            }
            Author::Ai { mandate } => {
                writer.head(Major::Array, 2);
                writer.unsigned(1);
                writer.bytes(mandate);
            }
        }
        writer.text("dao");
        writer.bytes(&self.dao);
        writer.text("key");
        writer.unsigned(self.key.into());
        writer.text("body");
        writer.text(&self.body);
        writer.text("kind");
        writer.unsigned(self.kind.code().into());
        writer.text("lang");
        writer.text(&self.lang);
        write_cid(&mut writer, "prev", &self.prev);
        if !self.refs.is_empty() {
            writer.text("refs");
            writer.head(Major::Array, length(self.refs.len()));
            for reference in &self.refs {
                match reference {
                    Reference::Post(cid) => {
                        writer.head(Major::Array, 2);
                        writer.unsigned(0);
                        writer.bytes(&cid.to_bytes());
                    }
                    Reference::Proposal(dao, number) => {
                        writer.head(Major::Array, 3);
                        writer.unsigned(1);
                        writer.bytes(dao);
                        writer.unsigned((*number).into());
                    }
                    Reference::Content(cid) => {
                        writer.head(Major::Array, 2);
                        writer.unsigned(2);
                        writer.bytes(&cid.to_bytes());
                    }
                }
            }
        }
        if let Some(rule) = self.rule {
            writer.text("rule");
            writer.unsigned(rule.into());
        }
        write_cids(&mut writer, "media", &self.media);
        writer.text("author");
        writer.bytes(&self.author);
        write_cid(&mut writer, "parent", &self.parent);
        write_cid(&mut writer, "thread", &self.thread);
        writer.text("created");
        writer.unsigned(self.created_ms);
        write_cids(&mut writer, "sources", &self.sources);
        Ok(writer.finish())
    }

    /// Reads a valid post. Exactly the encodings that [`Post::encode`] makes are accepted.
    pub fn decode(bytes: &[u8]) -> Result<Self, PostError> {
        if bytes.len() > MAX_POST {
            return Err(PostError::TooLong("post"));
        }
        let mut reader = Reader::new(bytes);
        let mut fields = Fields::default();
        let mut last: Option<&str> = None;
        for _ in 0..reader.head(Major::Map)? {
            let key = reader.text()?;
            if last.is_some_and(|last| (last.len(), last) >= (key.len(), key)) {
                return Err(CborError::KeyOrder.into());
            }
            last = Some(key);
            match key {
                "v" => fields.version = Some(reader.unsigned()?),
                "by" => fields.by = Some(read_author(&mut reader)?),
                "dao" => fields.dao = Some(read_id(&mut reader, "dao")?),
                "key" => fields.key = Some(read_u32(&mut reader, "key")?),
                "body" => fields.body = Some(read_text(&mut reader, MAX_BODY, "body")?),
                "kind" => fields.kind = Some(read_kind(&mut reader)?),
                "lang" => fields.lang = Some(read_text(&mut reader, MAX_LANG, "lang")?),
                "prev" => fields.prev = Some(read_cid(&mut reader, "prev")?),
                "refs" => fields.refs = read_list(&mut reader, MAX_REFS, "refs", read_reference)?,
                "rule" => fields.rule = Some(read_u32(&mut reader, "rule")?),
                "media" => {
                    fields.media = read_list(&mut reader, MAX_MEDIA, "media", |reader| {
                        read_cid(reader, "media")
                    })?;
                }
                "author" => fields.author = Some(read_id(&mut reader, "author")?),
                "parent" => fields.parent = Some(read_cid(&mut reader, "parent")?),
                "thread" => fields.thread = Some(read_cid(&mut reader, "thread")?),
                "created" => fields.created_ms = Some(reader.unsigned()?),
                "sources" => {
                    fields.sources = read_list(&mut reader, MAX_SOURCES, "sources", |reader| {
                        read_cid(reader, "sources")
                    })?;
                }
                _ => return Err(PostError::UnknownKey),
            }
        }
        reader.finish()?;
        let post = fields.into_post()?;
        post.validate()?;
        Ok(post)
    }
}

#[derive(Default)]
struct Fields {
    version: Option<u64>,
    by: Option<Author>,
    dao: Option<DaoId>,
    key: Option<u32>,
    body: Option<String>,
    kind: Option<PostKind>,
    lang: Option<String>,
    prev: Option<Cid>,
    refs: Vec<Reference>,
    rule: Option<u32>,
    media: Vec<Cid>,
    author: Option<[u8; 32]>,
    parent: Option<Cid>,
    thread: Option<Cid>,
    created_ms: Option<u64>,
    sources: Vec<Cid>,
}

impl Fields {
    fn into_post(self) -> Result<Post, PostError> {
        if self.version.ok_or(PostError::Missing("v"))? != VERSION {
            return Err(PostError::Invalid("v"));
        }
        Ok(Post {
            dao: self.dao.ok_or(PostError::Missing("dao"))?,
            thread: self.thread,
            parent: self.parent,
            prev: self.prev,
            kind: self.kind.ok_or(PostError::Missing("kind"))?,
            lang: self.lang.ok_or(PostError::Missing("lang"))?,
            body: self.body.ok_or(PostError::Missing("body"))?,
            refs: self.refs,
            media: self.media,
            created_ms: self.created_ms.ok_or(PostError::Missing("created"))?,
            author: self.author.ok_or(PostError::Missing("author"))?,
            key: self.key.ok_or(PostError::Missing("key"))?,
            by: self.by.ok_or(PostError::Missing("by"))?,
            sources: self.sources,
            rule: self.rule,
        })
    }
}

fn write_cid(writer: &mut Writer, key: &str, cid: &Option<Cid>) {
    if let Some(cid) = cid {
        writer.text(key);
        writer.bytes(&cid.to_bytes());
    }
}

fn write_cids(writer: &mut Writer, key: &str, cids: &[Cid]) {
    if !cids.is_empty() {
        writer.text(key);
        writer.head(Major::Array, length(cids.len()));
        for cid in cids {
            writer.bytes(&cid.to_bytes());
        }
    }
}

fn read_cid(reader: &mut Reader<'_>, name: &'static str) -> Result<Cid, PostError> {
    Cid::from_bytes(reader.bytes()?).map_err(|_| PostError::Invalid(name))
}

fn read_id(reader: &mut Reader<'_>, name: &'static str) -> Result<[u8; 32], PostError> {
    reader
        .bytes()?
        .try_into()
        .map_err(|_| PostError::Invalid(name))
}

fn read_u32(reader: &mut Reader<'_>, name: &'static str) -> Result<u32, PostError> {
    u32::try_from(reader.unsigned()?).map_err(|_| PostError::Invalid(name))
}

fn read_text(
    reader: &mut Reader<'_>,
    most: usize,
    name: &'static str,
) -> Result<String, PostError> {
    let text = reader.text()?;
    if text.len() > most {
        return Err(PostError::TooLong(name));
    }
    Ok(text.to_string())
}

fn read_kind(reader: &mut Reader<'_>) -> Result<PostKind, PostError> {
    let code = reader.unsigned()?;
    PostKind::ALL
        .into_iter()
        .find(|kind| u64::from(kind.code()) == code)
        .ok_or(PostError::Invalid("kind"))
}

fn read_author(reader: &mut Reader<'_>) -> Result<Author, PostError> {
    match (reader.head(Major::Array)?, reader.unsigned()?) {
        (1, 0) => Ok(Author::Human),
        (2, 1) => Ok(Author::Ai {
            mandate: read_id(reader, "by")?,
        }),
        _ => Err(PostError::Invalid("by")),
    }
}

fn read_reference(reader: &mut Reader<'_>) -> Result<Reference, PostError> {
    match (reader.head(Major::Array)?, reader.unsigned()?) {
        (2, 0) => Ok(Reference::Post(read_cid(reader, "refs")?)),
        (3, 1) => Ok(Reference::Proposal(
            read_id(reader, "refs")?,
            read_u32(reader, "refs")?,
        )),
        (2, 2) => Ok(Reference::Content(read_cid(reader, "refs")?)),
        _ => Err(PostError::Invalid("refs")),
    }
}

/// A list of at least one item; an empty one has no key.
fn read_list<T>(
    reader: &mut Reader<'_>,
    most: usize,
    name: &'static str,
    read: impl Fn(&mut Reader<'_>) -> Result<T, PostError>,
) -> Result<Vec<T>, PostError> {
    match reader.head(Major::Array)? {
        0 => Err(PostError::Invalid(name)),
        count if count > length(most) => Err(PostError::TooLong(name)),
        count => (0..count).map(|_| read(reader)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cid() -> impl Strategy<Value = Cid> {
        any::<[u8; 32]>().prop_map(Cid)
    }

    fn post() -> impl Strategy<Value = Post> {
        let reference = prop_oneof![
            cid().prop_map(Reference::Post),
            (any::<[u8; 32]>(), any::<u32>())
                .prop_map(|(dao, number)| Reference::Proposal(dao, number)),
            cid().prop_map(Reference::Content),
        ];
        (
            (
                any::<[u8; 32]>(),
                prop::option::of((cid(), cid())),
                prop::option::of(cid()),
                0usize..5,
            ),
            (
                "[a-z]{2}(-[A-Z]{2})?",
                "\\PC{0,80}",
                prop::collection::vec(reference, 0..=16),
            ),
            (
                prop::collection::vec(cid(), 0..=16),
                any::<u64>(),
                any::<[u8; 32]>(),
                any::<u32>(),
            ),
            (
                prop::option::of(any::<[u8; 32]>()),
                prop::collection::vec(cid(), 0..=16),
                any::<u32>(),
            ),
        )
            .prop_map(
                |(
                    (dao, place, prev, kind),
                    (lang, body, refs),
                    (media, created_ms, author, key),
                    (mandate, sources, rule),
                )| {
                    use unicode_normalization::UnicodeNormalization;
                    let kind = if place.is_some() {
                        PostKind::ALL[kind]
                    } else {
                        PostKind::Post
                    };
                    let tombstone = kind == PostKind::Tombstone;
                    Post {
                        dao,
                        thread: place.map(|(thread, _)| thread),
                        parent: place.map(|(_, parent)| parent),
                        prev,
                        kind,
                        lang,
                        body: if tombstone {
                            String::new()
                        } else {
                            body.nfc().collect()
                        },
                        refs: if tombstone { vec![] } else { refs },
                        media: if tombstone { vec![] } else { media },
                        created_ms,
                        author,
                        key,
                        by: mandate.map_or(Author::Human, |mandate| Author::Ai { mandate }),
                        sources: if tombstone { vec![] } else { sources },
                        rule: kind.is_moderation().then_some(rule),
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn posts_are_read_back(post in post()) {
            let encoded = post.encode().unwrap();
            prop_assert_eq!(Post::decode(&encoded), Ok(post));
        }

        /// What is read encodes to the bytes it was read from: there is one encoding of every post.
        #[test]
        fn nothing_but_the_one_encoding_is_read(
            post in post(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..4),
        ) {
            let mut bytes = post.encode().unwrap();
            for (at, byte, change) in changes {
                let at = at.index(bytes.len());
                match change {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => { bytes.remove(at); }
                }
            }
            if let Ok(read) = Post::decode(&bytes) {
                prop_assert_eq!(read.encode(), Ok(bytes));
            }
        }

        #[test]
        fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Post::decode(&bytes);
        }
    }

    fn answer() -> Post {
        Post {
            dao: [1; 32],
            thread: Some(Cid([2; 32])),
            parent: Some(Cid([3; 32])),
            prev: None,
            kind: PostKind::Post,
            lang: "en".into(),
            body: "Yes.".into(),
            refs: vec![],
            media: vec![],
            created_ms: 1,
            author: [4; 32],
            key: 0,
            by: Author::Human,
            sources: vec![],
            rule: None,
        }
    }

    #[test]
    fn what_a_post_must_not_be() {
        let with = |edit: &dyn Fn(&mut Post)| {
            let mut post = answer();
            edit(&mut post);
            post.encode().err()
        };
        assert_eq!(with(&|_| {}), None);
        assert_eq!(with(&|post| post.body = "x".repeat(MAX_BODY)), None);
        assert_eq!(
            with(&|post| post.body = "x".repeat(MAX_BODY + 1)),
            Some(PostError::TooLong("body"))
        );
        assert_eq!(
            with(&|post| post.body = "u\u{308}".into()),
            Some(PostError::Cbor(CborError::Text))
        );
        assert_eq!(
            with(&|post| post.refs = vec![Reference::Post(Cid([0; 32])); 17]),
            Some(PostError::TooLong("refs"))
        );
        assert_eq!(
            with(&|post| post.lang = "".into()),
            Some(PostError::Invalid("lang"))
        );
        assert_eq!(
            with(&|post| post.lang = "en us".into()),
            Some(PostError::Invalid("lang"))
        );
        assert_eq!(
            with(&|post| post.thread = None),
            Some(PostError::Invalid("parent"))
        );
        assert_eq!(
            with(&|post| post.parent = None),
            Some(PostError::Missing("parent"))
        );
        assert_eq!(
            with(&|post| post.kind = PostKind::Tombstone),
            Some(PostError::Invalid("body"))
        );
        assert_eq!(
            with(&|post| post.kind = PostKind::Hide),
            Some(PostError::Missing("rule"))
        );
        assert_eq!(
            with(&|post| post.rule = Some(1)),
            Some(PostError::Invalid("rule"))
        );
        let edit_without_thread = |post: &mut Post| {
            (post.thread, post.parent, post.kind) = (None, None, PostKind::Edit);
        };
        assert_eq!(
            with(&edit_without_thread),
            Some(PostError::Missing("thread"))
        );
    }

    #[test]
    fn the_longest_post_fits() {
        let longest = Post {
            thread: Some(Cid([2; 32])),
            prev: Some(Cid([2; 32])),
            kind: PostKind::Hide,
            lang: ["x"; 18].join("-"),
            body: "x".repeat(MAX_BODY),
            refs: vec![Reference::Proposal([0; 32], u32::MAX); MAX_REFS],
            media: vec![Cid([0; 32]); MAX_MEDIA],
            created_ms: u64::MAX,
            key: u32::MAX,
            by: Author::Ai { mandate: [0; 32] },
            sources: vec![Cid([0; 32]); MAX_SOURCES],
            rule: Some(u32::MAX),
            ..answer()
        };
        let encoded = longest.encode().unwrap();
        assert!(encoded.len() <= MAX_POST, "{}", encoded.len());
        assert_eq!(Post::decode(&encoded), Ok(longest));
        assert_eq!(
            Post::decode(&[0; MAX_POST + 1]),
            Err(PostError::TooLong("post"))
        );
    }

    #[test]
    fn keys_are_in_order_known_and_once() {
        let encoded = answer().encode().unwrap();
        // "dao" and "key" swapped by name
        let at = encoded
            .windows(4)
            .position(|window| window == b"\x63key")
            .unwrap();
        let mut other = encoded.clone();
        other[at + 1..at + 4].copy_from_slice(b"aaa");
        assert_eq!(Post::decode(&other), Err(CborError::KeyOrder.into()));
        other[at + 1..at + 4].copy_from_slice(b"dao");
        assert_eq!(Post::decode(&other), Err(CborError::KeyOrder.into()));
        other[at + 1..at + 4].copy_from_slice(b"kez");
        assert_eq!(Post::decode(&other), Err(PostError::UnknownKey));
        let mut trailing = encoded.clone();
        trailing.push(0);
        assert_eq!(Post::decode(&trailing), Err(CborError::Trailing.into()));
        for length in 0..encoded.len() {
            assert!(Post::decode(&encoded[..length]).is_err());
        }
    }
}
