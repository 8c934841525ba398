//! Which entries of a table match.
//!
//! Residues are best seen as cells of a grid of 119 rows and 127 columns: residue = row × 127 + column. From the cell of
//! a left entry, target m lies m rows down and (2 × m + parity)² columns to the right, around the edges of the grid.
//!
//! A left entry has one target in each of 64 rows, and a right bucket has about two entries in a row. So the columns of
//! right entries are kept in layers: layer i has for every row the column of the i-th entry of the row. A layer repeats
//! its first rows at the end, so that the rows of all targets lie side by side, and comparing 64 bytes of each layer with
//! the columns of the targets finds all matches.

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod x86_64;

use alloc::vec;
use alloc::vec::Vec;

/// Rows of the grid, B of the construction.
const ROWS: usize = 119;

/// Columns of the grid, C of the construction.
const COLUMNS: usize = 127;

/// Values of y in a bucket.
pub(crate) const BUCKET_SIZE: u32 = (ROWS * COLUMNS) as u32;

/// Cells that match a left entry.
const TARGETS: usize = 64;

/// Rows of a layer: those of the grid and, again, those that are reached around the edge.
const LAYER_ROWS: usize = ROWS + TARGETS - 1;

/// What a layer has instead of a column in a row with fewer entries.
const NO_COLUMN: u8 = u8::MAX;

/// Columns of all targets of a left entry in a bucket of even or odd number, by the entry's column.
static TARGET_COLUMNS: [[[u8; TARGETS]; COLUMNS]; 2] = {
    let mut columns = [[[0; TARGETS]; COLUMNS]; 2];
    let mut parity = 0;
    while parity < 2 {
        let mut column = 0;
        while column < COLUMNS {
            let mut m = 0;
            while m < TARGETS {
                columns[parity][column][m] = target_column(column, m, parity) as u8;
                m += 1;
            }
            column += 1;
        }
        parity += 1;
    }
    columns
};

/// The column of target m of an entry in `column` of a bucket of this parity.
const fn target_column(column: usize, m: usize, parity: usize) -> usize {
    let root = 2 * m + parity;
    (column + root * root) % COLUMNS
}

/// Number of the bucket of `y`.
pub(crate) fn bucket(y: u32) -> u32 {
    y / BUCKET_SIZE
}

/// Whether entries with these values of y match, in this order.
pub(crate) fn is_match(left_y: u32, right_y: u32) -> bool {
    if bucket(right_y) != bucket(left_y) + 1 {
        return false;
    }
    let left = (left_y % BUCKET_SIZE) as usize;
    let right = (right_y % BUCKET_SIZE) as usize;
    let m = (right / COLUMNS + ROWS - left / COLUMNS) % ROWS;
    let parity = (bucket(left_y) % 2) as usize;
    m < TARGETS && right % COLUMNS == target_column(left % COLUMNS, m, parity)
}

/// For every row the column of an entry. The place after the last row is never read.
type Layer = [u8; LAYER_ROWS + 1];

/// Index of a left entry, and residue of a target of it that the right bucket has.
type Found = (u32, u16);

/// Finds the matches of the entries of a bucket in the next bucket.
#[derive(Debug)]
pub(crate) struct Matcher {
    instructions: Instructions,
    /// As many layers as the fullest row has columns, at most 127.
    layers: Vec<Layer>,
    /// For each residue that the right bucket has the index of its first entry.
    first: Vec<u32>,
    /// Room for what is found in a bucket.
    found: Vec<Found>,
}

impl Default for Matcher {
    fn default() -> Self {
        Self::new(Instructions::detect())
    }
}

impl Matcher {
    pub(crate) fn new(instructions: Instructions) -> Self {
        Self {
            instructions,
            layers: Vec::new(),
            first: vec![0; BUCKET_SIZE as usize],
            found: Vec::new(),
        }
    }

    /// Calls `emit` with the indices of a left entry and a right entry for all that match, in the order of the crate.
    ///
    /// The residues of both buckets must be in ascending order.
    pub(crate) fn find(
        &mut self,
        left_bucket: usize,
        left_residues: &[u16],
        right_residues: &[u16],
        mut emit: impl FnMut(u32, u32),
    ) {
        self.set_right(right_residues);
        let count = self.instructions.find_targets(
            &TARGET_COLUMNS[left_bucket % 2],
            left_residues,
            &self.layers,
            &mut self.found,
        );
        for (left_index, target) in &self.found[..count] {
            let mut right_index = self.first[usize::from(*target)];
            loop {
                emit(*left_index, right_index);
                right_index += 1;
                if right_residues.get(right_index as usize) != Some(target) {
                    break;
                }
            }
        }
    }

    fn set_right(&mut self, residues: &[u16]) {
        self.layers.clear();
        let mut row_sizes = [0; ROWS];
        let mut previous = None;
        for (index, residue) in residues.iter().enumerate() {
            if previous.replace(*residue) == Some(*residue) {
                continue;
            }
            self.first[usize::from(*residue)] = index as u32;
            let row = usize::from(*residue) / COLUMNS;
            let column = (usize::from(*residue) % COLUMNS) as u8;
            let layer = row_sizes[row];
            row_sizes[row] += 1;
            if layer == self.layers.len() {
                self.layers.push([NO_COLUMN; LAYER_ROWS + 1]);
            }
            let layer = &mut self.layers[layer];
            layer[row] = column;
            // The rows that are not repeated go to the place after the last row
            layer[(row + ROWS).min(LAYER_ROWS)] = column;
        }
    }
}

/// Finds the targets in `layers` of all left entries, in order. They are the first of `found`; returns their number.
///
/// `present` says which targets of a left entry in a row there are, as bits.
///
/// How many there are cannot be predicted, by a CPU either. So there is no branch for it up to the number that is rarely
/// exceeded: places are filled whether or not there is a target for them, and filled again if not.
#[inline(always)]
fn find_targets(
    target_columns: &[[u8; TARGETS]; COLUMNS],
    left_residues: &[u16],
    layers: &[Layer],
    found: &mut Vec<Found>,
    present: impl Fn(&[Layer], usize, &[u8; TARGETS]) -> u64,
) -> usize {
    const USUAL: usize = 4;
    let mut count = 0;
    for (left_index, residue) in left_residues.iter().enumerate() {
        let row = usize::from(*residue) / COLUMNS;
        let target_columns = &target_columns[usize::from(*residue) % COLUMNS];
        let mut targets = present(layers, row, target_columns);

        if found.len() < count + TARGETS {
            found.resize(2 * (count + TARGETS), (0, 0));
        }
        let found = &mut found[count..][..TARGETS];
        let mut place = 0;
        while place < USUAL || targets != 0 {
            // The last one if there is none
            let m = (targets | 1 << (TARGETS - 1)).trailing_zeros() as usize;
            let target_row = row + m;
            let target_row = if target_row < ROWS {
                target_row
            } else {
                target_row - ROWS
            };
            let target = target_row * COLUMNS + usize::from(target_columns[m]);
            found[place] = (left_index as u32, target as u16);
            count += usize::from(targets != 0);
            place += 1;
            targets &= targets.wrapping_sub(1);
        }
    }
    count
}

/// Bit m says whether there is target m of a left entry in `row` with these `target_columns`.
#[inline(always)]
fn targets_present(layers: &[Layer], row: usize, target_columns: &[u8; TARGETS]) -> u64 {
    let mut present = [0; TARGETS];
    for layer in layers {
        let columns = &layer[row..][..TARGETS];
        for m in 0..TARGETS {
            present[m] |= u8::from(columns[m] == target_columns[m]);
        }
    }
    let mut targets = 0;
    for (group, bytes) in present.as_chunks().0.iter().enumerate() {
        // Moves bit 0 of byte i to bit 56 + i
        let bits = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        targets |= bits << (8 * group);
    }
    targets
}

/// The instructions that the search for targets is compiled for. The results are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    Portable,
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx2(x86_64::Avx2),
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx512(x86_64::Avx512),
}

impl Instructions {
    /// All that this CPU has, the best last.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        [
            Some(Self::Portable),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            x86_64::Avx2::new().map(Self::Avx2),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            x86_64::Avx512::new().map(Self::Avx512),
        ]
        .into_iter()
        .flatten()
    }

    fn detect() -> Self {
        Self::available().last().unwrap_or(Self::Portable)
    }

    fn find_targets(
        self,
        target_columns: &[[u8; TARGETS]; COLUMNS],
        left_residues: &[u16],
        layers: &[Layer],
        found: &mut Vec<Found>,
    ) -> usize {
        match self {
            Self::Portable => find_targets(
                target_columns,
                left_residues,
                layers,
                found,
                targets_present,
            ),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2(avx2) => avx2.find_targets(target_columns, left_residues, layers, found),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512(avx512) => {
                avx512.find_targets(target_columns, left_residues, layers, found)
            }
        }
    }
}
