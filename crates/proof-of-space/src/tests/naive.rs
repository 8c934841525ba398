//! The tables as the crate documentation describes them, step by step: the oracle of the fast ones.

use crate::Seed;
use crate::parameters::{K, METADATA_UNITS};
use chacha20::ChaCha8;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use std::collections::HashMap;

/// A bit string.
pub(super) type Bits = Vec<bool>;

fn bits_of(bytes: &[u8]) -> Bits {
    bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect()
}

pub(super) fn bits_of_number(number: u32, length: u32) -> Bits {
    (0..length)
        .rev()
        .map(|bit| number >> bit & 1 == 1)
        .collect()
}

fn number(bits: &[bool]) -> u32 {
    bits.iter()
        .fold(0, |number, bit| number << 1 | u32::from(*bit))
}

fn bytes(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|bits| (number(bits) << (8 - bits.len())) as u8)
        .collect()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NaiveEntry {
    pub(super) y: u32,
    pub(super) metadata: Bits,
}

/// A table by position.
#[derive(Debug, Default)]
struct NaiveTable {
    entries: Vec<NaiveEntry>,
    /// Positions of left and right entry in the table before; for table 1 twice x.
    parents: Vec<[usize; 2]>,
}

/// Tables 1 to 7.
#[derive(Debug)]
pub(super) struct NaiveTables {
    k: K,
    tables: Vec<NaiveTable>,
}

impl NaiveTables {
    pub(super) fn new(k: K, seed: &Seed) -> Self {
        let mut tables = vec![first_table(k, seed)];
        for table in 2..=7 {
            tables.push(next_table(k, table, &tables.last().unwrap().entries));
        }
        Self { k, tables }
    }

    /// Entries of `table`, from 1 to 7, by position.
    pub(super) fn entries(&self, table: usize) -> &[NaiveEntry] {
        &self.tables[table - 1].entries
    }

    /// Values of x below the entry of `table`, from 1 to 7, at `position`.
    pub(super) fn x_values(&self, table: usize, position: usize) -> Vec<u32> {
        let [left, right] = self.tables[table - 1].parents[position];
        match table {
            1 => vec![left as u32],
            _ => [
                self.x_values(table - 1, left),
                self.x_values(table - 1, right),
            ]
            .concat(),
        }
    }

    /// All proofs by challenge, in order.
    pub(super) fn proofs(&self) -> HashMap<u32, Vec<Vec<u8>>> {
        let mut proofs = HashMap::<_, Vec<_>>::new();
        let entries = self.entries(7);
        for position in order(entries) {
            proofs
                .entry(entries[position].y >> 6)
                .or_default()
                .push(proof(self.k, &self.x_values(7, position)));
        }
        proofs
    }
}

/// The proof with these values of x.
pub(super) fn proof(k: K, x_values: &[u32]) -> Vec<u8> {
    let bits: Bits = x_values
        .iter()
        .flat_map(|x| bits_of_number(*x, k.bits()))
        .collect();
    bytes(&bits)
}

fn first_table(k: K, seed: &Seed) -> NaiveTable {
    let length = usize::from(k.get()) << k.get() >> 3;
    let mut keystream = vec![0; length];
    ChaCha8::new(seed.into(), &[0; 12].into()).apply_keystream(&mut keystream);
    let keystream = bits_of(&keystream);
    let mut table = NaiveTable::default();
    for (x, value) in keystream.chunks_exact(k.get().into()).enumerate() {
        let metadata = bits_of_number(x as u32, k.bits());
        table.entries.push(NaiveEntry {
            y: number(&[value, &metadata[..6]].concat()),
            metadata,
        });
        table.parents.push([x, x]);
    }
    table
}

/// Positions in the order of (y, position).
fn order(entries: &[NaiveEntry]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|position| (entries[*position].y, *position));
    order
}

/// The residue of target m of an entry with this y.
fn target(y: u32, m: u32) -> u32 {
    let (bucket, residue) = (y / 15_113, y % 15_113);
    ((residue / 127 + m) % 119) * 127 + ((2 * m + bucket % 2).pow(2) + residue) % 127
}

/// Whether residues match, whatever the buckets are.
pub(super) fn residues_match(left_y: u32, right_y: u32) -> bool {
    (0..64).any(|m| target(left_y, m) == right_y % 15_113)
}

fn next_table(k: K, table: usize, entries: &[NaiveEntry]) -> NaiveTable {
    let order = order(entries);
    let mut positions_of_y = HashMap::<u32, Vec<usize>>::new();
    // Most lookups find nothing
    let mut is_present = vec![false; 1 << (k.bits() + 7)];
    for position in &order {
        is_present[entries[*position].y as usize] = true;
        positions_of_y
            .entry(entries[*position].y)
            .or_default()
            .push(*position);
    }

    let mut made = NaiveTable::default();
    for left in order {
        let left_y = entries[left].y;
        for m in 0..64 {
            let right_y = (left_y / 15_113 + 1) * 15_113 + target(left_y, m);
            if !is_present[right_y as usize] {
                continue;
            }
            for right in &positions_of_y[&right_y] {
                made.entries
                    .push(combine(k, table, &entries[left], &entries[*right]));
                made.parents.push([left, *right]);
            }
        }
    }
    made
}

/// The entry of `table`, from 2 to 7, above two entries, whether or not they match.
pub(super) fn combine(k: K, table: usize, left: &NaiveEntry, right: &NaiveEntry) -> NaiveEntry {
    let y_bits = k.bits() as usize + 6;
    let metadata_bits = (k.bits() * METADATA_UNITS[table - 1]) as usize;
    let both = [&left.metadata[..], &right.metadata[..]].concat();
    let message = [bits_of_number(left.y, k.bits() + 6), both.clone()].concat();
    let hash = bits_of(blake3::hash(&bytes(&message)).as_bytes());
    NaiveEntry {
        y: number(&hash[..y_bits]),
        metadata: match table {
            2 | 3 => both,
            _ => hash[y_bits..][..metadata_bits].to_vec(),
        },
    }
}
