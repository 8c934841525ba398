//! The forum's formats: posts, what is signed over them, the log they are kept in, and its proofs.
//!
//! | Item | Form | Signed by |
//! |---|---|---|
//! | [`Post`] | deterministic CBOR, named by its [`Cid`] | author, over [`post_preimage`] |
//! | [`Receipt`] | SCALE | the DAO's forum key, over [`Receipt::preimage`] |
//! | [`TreeHead`] | SCALE | the DAO's forum key, over [`TreeHead::preimage`] |
//!
//! A forum keeps the posts of a DAO in the order in which it took them, as leaves of a Merkle mountain range
//! ([`log`]). Its receipt promises the post in a head at most [`MAX_INCLUSION_DELAY`] later; two heads that do not
//! extend each other prove that it shows different people different logs.

mod cbor;
mod cid;
pub mod log;
mod post;
mod statements;

pub use cbor::CborError;
pub use cid::{Cid, InvalidCid};
pub use post::{
    Author, MAX_BODY, MAX_LANG, MAX_MEDIA, MAX_POST, MAX_REFS, MAX_SOURCES, Post, PostError,
    PostKind, Reference,
};
pub use statements::{
    Equivocation, LeafConflict, MAX_INCLUSION_DELAY, POST_PREIMAGE_LEN, Receipt, StatementError,
    TreeHead, is_omitted, post_preimage, wrapped,
};
