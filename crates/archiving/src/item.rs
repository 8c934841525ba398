//! The items that a segment is made of.
//!
//! Writing cannot fail; reading takes the bytes of an untrusted segment, borrows from them and allocates nothing.

#[cfg(test)]
mod tests;

use autonomys_core_primitives::SegmentHeader;
use codec::DecodeAll;

/// Bytes of variant and length in front of the content.
pub(crate) const OVERHEAD: usize = 5;

/// The least that an item takes. A segment with less room than that is closed.
pub(crate) const MIN_SIZE: usize = OVERHEAD + 1;

/// What an item holds. The discriminant is the variant byte; 0 is padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ItemKind {
    Block = 1,
    BlockStart = 2,
    BlockContinuation = 3,
    ParentSegmentHeader = 4,
}

impl ItemKind {
    fn from_variant(variant: u8) -> Option<Self> {
        match variant {
            1 => Some(Self::Block),
            2 => Some(Self::BlockStart),
            3 => Some(Self::BlockContinuation),
            4 => Some(Self::ParentSegmentHeader),
            _ => None,
        }
    }
}

/// Why the bytes of a segment are not history.
///
/// Pieces that match a segment root on chain never lead here. So the pieces were not checked, or too few of them were
/// right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// There is no item of this variant, or padding where an item must be.
    #[error(
        "byte {offset} of the segment is {variant}, which no item begins with; check the pieces against the segment root"
    )]
    UnknownItem {
        /// Where the item begins.
        offset: usize,
        /// Its first byte.
        variant: u8,
    },
    /// An item is empty or longer than the segment.
    #[error(
        "the item at byte {offset} of the segment claims {length} bytes where 1 to {room} are possible; check the pieces against the segment root"
    )]
    ItemLength {
        /// Where the item begins.
        offset: usize,
        /// Length of its content.
        length: u32,
        /// Bytes of the segment that follow the length.
        room: usize,
    },
    /// Padding is zeros.
    #[error(
        "the padding at byte {offset} of the segment is not zero; check the pieces against the segment root"
    )]
    Padding {
        /// Where the padding begins.
        offset: usize,
    },
    /// An item where history cannot have one of its kind.
    #[error(
        "the item at byte {offset} of the segment is out of place; check the pieces against the segment root"
    )]
    Misplaced {
        /// Where the item begins.
        offset: usize,
    },
    /// The parent segment header cannot be decoded, or cannot be a header.
    #[error(
        "the parent segment header in the segment is malformed; check the pieces against the segment root"
    )]
    ParentSegmentHeader,
    /// The parent segment header is not that of the segment that was given before.
    #[error(
        "the segment does not continue the one before: its parent segment header differs; check the pieces of both against their segment roots"
    )]
    Discontinuous,
    /// History has at most 2^32 blocks of at most 4 GiB and 2^64 segments.
    #[error(
        "a block or segment number in the segment, or the length of a block, is beyond all bounds; check the pieces against the segment root"
    )]
    OutOfBounds,
}

/// Appends an item. The caller sees to it that the content fits a segment, hence a u32.
pub(crate) fn write(segment: &mut Vec<u8>, kind: ItemKind, content: &[u8]) {
    let length = u32::try_from(content.len()).expect(
        "the content fits a segment, which has at most 128 MiB according to the parameters; qed",
    );
    segment.push(kind as u8);
    segment.extend_from_slice(&length.to_le_bytes());
    segment.extend_from_slice(content);
}

/// The items of a segment and what they say, borrowed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Items<'a> {
    /// Header of the segment before; nothing in segment 0.
    pub(crate) parent: Option<SegmentHeader>,
    /// Further bytes of the last block of the segment before.
    pub(crate) continuation: Option<&'a [u8]>,
    /// Whether the continuation reaches the end of the segment, so that the block may go on.
    pub(crate) continuation_is_last: bool,
    /// First bytes of the last block.
    pub(crate) start: Option<&'a [u8]>,
    blocks: RawItems<'a>,
}

impl<'a> Items<'a> {
    /// Reads a whole segment, and refuses it unless an archiver could have written it.
    pub(crate) fn parse(segment: &'a [u8]) -> Result<Self, SegmentError> {
        let mut rest = RawItems { segment, offset: 0 };
        let mut parent = None;
        let mut continuation = None;
        let mut start = None;

        let mut items = rest;
        if let Some((_, ItemKind::ParentSegmentHeader, content)) = items.next().transpose()? {
            let header = SegmentHeader::decode_all(&mut &*content)
                .map_err(|_| SegmentError::ParentSegmentHeader)?;
            let is_first = header.segment_index.0 == 0;
            let has_no_parent = header.prev_segment_header_hash == Default::default();
            if is_first != has_no_parent {
                return Err(SegmentError::ParentSegmentHeader);
            }
            parent = Some(header);
            rest = items;
        }

        let is_partial = parent.is_some_and(|parent| !parent.last_archived_block.is_complete());
        if is_partial {
            match rest.next().transpose()? {
                Some((_, ItemKind::BlockContinuation, content)) => continuation = Some(content),
                Some((offset, ..)) => return Err(SegmentError::Misplaced { offset }),
                // The segment ends although there is room for an item: see `RawItems::next`.
                None => return Err(SegmentError::ParentSegmentHeader),
            }
        }
        let continuation_is_last = is_partial && rest.offset == segment.len();

        let blocks = rest;
        for item in rest {
            let (offset, kind, content) = item?;
            let is_last = offset
                .checked_add(OVERHEAD)
                .and_then(|offset| offset.checked_add(content.len()))
                == Some(segment.len());
            match kind {
                ItemKind::Block => {}
                ItemKind::BlockStart if is_last => start = Some(content),
                _ => return Err(SegmentError::Misplaced { offset }),
            }
        }
        Ok(Self {
            parent,
            continuation,
            continuation_is_last,
            start,
            blocks,
        })
    }

    /// The blocks that lie in the segment as a whole.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.blocks.filter_map(|item| match item {
            Ok((_, ItemKind::Block, content)) => Some(content),
            _ => None,
        })
    }
}

/// Iterates over the items of a segment: where each begins, its kind and its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RawItems<'a> {
    segment: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for RawItems<'a> {
    type Item = Result<(usize, ItemKind, &'a [u8]), SegmentError>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.offset;
        let rest = self.segment.get(offset..).unwrap_or_default();
        let result = read(rest, offset);
        self.offset = match &result {
            Ok(Some((_, content))) => offset
                .saturating_add(OVERHEAD)
                .saturating_add(content.len()),
            // Nothing follows padding, and nothing can be read after an error.
            Ok(None) | Err(_) => self.segment.len(),
        };
        result
            .map(|item| item.map(|(kind, content)| (offset, kind, content)))
            .transpose()
    }
}

/// Reads the item at the beginning of `rest`, which begins at `offset` of the segment; nothing if it is padding.
fn read(rest: &[u8], offset: usize) -> Result<Option<(ItemKind, &[u8])>, SegmentError> {
    if rest.len() < MIN_SIZE {
        return if rest.iter().all(|&byte| byte == 0) {
            Ok(None)
        } else {
            Err(SegmentError::Padding { offset })
        };
    }
    let Some((&[variant, length @ ..], content)) = rest.split_first_chunk::<OVERHEAD>() else {
        return Ok(None);
    };
    let kind =
        ItemKind::from_variant(variant).ok_or(SegmentError::UnknownItem { offset, variant })?;
    let length = u32::from_le_bytes(length);
    match usize::try_from(length)
        .ok()
        .and_then(|length| content.get(..length))
    {
        Some(content) if !content.is_empty() => Ok(Some((kind, content))),
        _ => Err(SegmentError::ItemLength {
            offset,
            length,
            room: content.len(),
        }),
    }
}
