use super::*;
use crate::node_client::NodeClient;
use crate::test_node::TestNode;
use autonomys_core_primitives::{PieceIndex, SolutionRange};
use autonomys_farmer_components::{Plotter, SectorToPlot, audit_sectors};
use futures::executor::block_on;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct Place {
    _directory: TempDir,
    path: PathBuf,
    node: Arc<TestNode>,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            path: directory.path().join("farm"),
            _directory: directory,
            node: TestNode::new(),
        }
    }

    fn open_with(&self, sectors: u16) -> Result<Farm, FarmError> {
        let options = FarmOptions {
            path: self.path.clone(),
            size: self.node.farm_size(sectors),
        };
        Farm::open_or_create(&options, &self.node.info())
    }

    fn open(&self) -> Farm {
        self.open_with(3).unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn change(&self, name: &str, offset: u64, change: impl Fn(&mut u8)) {
        let path = self.file(name);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes[offset as usize]);
        fs::write(&path, bytes).unwrap();
    }
}

/// A sector for the key of `farm`, of a history that the node of every place has the beginning of.
fn encode(farm: &Farm, sector_index: SectorIndex, history_size: HistorySize) -> EncodedSector {
    static NODE: LazyLock<Arc<TestNode>> = LazyLock::new(|| {
        let node = TestNode::new();
        node.grow_history(4);
        node
    });
    let piece =
        |index: PieceIndex| Ok::<_, Infallible>(block_on(NODE.piece(index)).unwrap().unwrap());
    let sector = SectorToPlot {
        public_key: farm.info().public_key,
        sector_index,
        history_size,
    };
    Plotter::new(farm.layout(), NonZeroUsize::MIN, NonZeroUsize::MIN)
        .unwrap()
        .plot(&sector, piece, &())
        .unwrap()
}

fn plotted(farm: &Farm) -> Vec<bool> {
    (0..farm.space().sectors)
        .map(|sector_index| {
            let Some(sector) = farm.sector(sector_index) else {
                return false;
            };
            sector.scrub().unwrap();
            true
        })
        .collect()
}

const TWO: HistorySize = HistorySize::new(2).unwrap();

#[test]
fn a_farm_is_made_once_and_opened_afterwards() {
    let place = Place::new();
    let farm = place.open();
    assert_eq!(farm.space().sectors, 3);
    let key = farm.info().public_key;
    assert_eq!(farm.identity().public_key(), key);
    assert_eq!(farm.next_to_plot(HistorySize::ONE), Some(0));
    for index in [0, 2] {
        let sector = encode(&farm, index, HistorySize::ONE);
        farm.write_sector(index, &sector).unwrap();
    }
    assert_eq!(plotted(&farm), [true, false, true]);
    assert_eq!(farm.next_to_plot(HistorySize::ONE), Some(1));
    drop(farm);

    let farm = place.open();
    assert_eq!(farm.info().public_key, key);
    assert_eq!(plotted(&farm), [true, false, true]);
    let guards = farm.valid_sectors(HistorySize::ONE);
    assert_eq!(guards.len(), 2);
    let sectors: Vec<_> = guards.iter().filter_map(PlottedSector::get).collect();
    let challenge = TestNode::challenge(1);
    assert!(
        audit_sectors(&sectors, &challenge, SolutionRange::MAX)
            .errors
            .is_empty()
    );
    drop(sectors);
    drop(guards);
    drop(farm);
    assert_eq!(
        plotted(&Farm::open(&place.path).unwrap()),
        [true, false, true]
    );
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_identity() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    drop(place.open());
    let mode = fs::metadata(place.file("identity.bin"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_farm_in_use_is_refused_to_others() {
    let place = Place::new();
    let farm = place.open();
    for result in [
        place.open_with(3).map(drop),
        Farm::open(&place.path).map(drop),
        Farm::wipe(&place.path),
    ] {
        assert!(matches!(result, Err(FarmError::Locked { .. })));
    }
    assert!(Farm::read_info(&place.path).is_ok());
    drop(farm);
    place.open();
}

#[test]
fn a_farm_of_another_network_is_left_alone() {
    let place = Place::new();
    drop(place.open());
    let files = |path: &Path| {
        let mut files: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                (path.clone(), fs::read(path).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let before = files(&place.path);
    *place.node.genesis_hash.lock() = BlockHash([1; 32]);
    let error = place.open_with(5).unwrap_err();
    assert!(matches!(error, FarmError::WrongGenesis { .. }));
    assert!(error.to_string().contains(&"01".repeat(32)), "{error}");
    assert!(error.to_string().contains(&"aa".repeat(32)), "{error}");
    assert!(before == files(&place.path));
}

#[test]
fn a_farm_with_sectors_of_another_size_is_refused() {
    let place = Place::new();
    drop(place.open());
    let mut info = place.node.info();
    info.params.pieces_in_sector += 1;
    let options = FarmOptions {
        path: place.path.clone(),
        size: 1 << 20,
    };
    assert!(matches!(
        Farm::open_or_create(&options, &info),
        Err(FarmError::WrongParams { .. })
    ));
    info.params.chunks_per_record = 3;
    assert!(matches!(
        Farm::open_or_create(&options, &info),
        Err(FarmError::Params(_))
    ));
}

#[test]
fn a_farm_without_room_for_a_sector_is_refused_with_the_least_size() {
    let place = Place::new();
    let least = place.node.farm_size(1);
    for size in [0, 1, least - 1] {
        let options = FarmOptions {
            path: place.path.clone(),
            size,
        };
        let error = Farm::open_or_create(&options, &place.node.info()).unwrap_err();
        assert!(error.to_string().contains(&least.to_string()), "{error}");
        assert!(!place.path.exists());
    }
}

#[test]
fn a_farm_grows_and_shrinks_and_keeps_what_fits() {
    let place = Place::new();
    let farm = place.open();
    for index in 0..3 {
        farm.write_sector(index, &encode(&farm, index, HistorySize::ONE))
            .unwrap();
    }
    drop(farm);
    assert_eq!(
        plotted(&place.open_with(5).unwrap()),
        [true, true, true, false, false]
    );
    assert_eq!(plotted(&place.open_with(2).unwrap()), [true, true]);
    assert_eq!(plotted(&place.open_with(3).unwrap()), [true, true, false]);
}

/// The steps of writing a sector, and what is found after a kill in the middle of each.
#[test]
fn after_a_kill_at_any_point_a_sector_is_whole_or_not_there() {
    let place = Place::new();
    let farm = place.open();
    for index in 0..3 {
        farm.write_sector(index, &encode(&farm, index, HistorySize::ONE))
            .unwrap();
    }
    let space = *farm.space();
    let old_plot = fs::read(place.file("plot.bin")).unwrap();
    let old_metadata = fs::read(place.file("metadata.bin")).unwrap();
    farm.write_sector(1, &encode(&farm, 1, TWO)).unwrap();
    drop(farm);
    let new_plot = fs::read(place.file("plot.bin")).unwrap();
    let new_metadata = fs::read(place.file("metadata.bin")).unwrap();

    let sector = space.sector_offset(1) as usize..space.sector_offset(2) as usize;
    let slot = space.metadata_offset(1) as usize..space.metadata_offset(2) as usize;
    let mixed = |old: &[u8], new: &[u8], range: std::ops::Range<usize>, written: usize| {
        let mut bytes = old.to_vec();
        bytes[range.start..range.start + written].copy_from_slice(&new[range.start..][..written]);
        bytes
    };
    let mut cleared = old_metadata.clone();
    cleared[slot.clone()].fill(0);

    let check = |plot: &[u8], metadata: &[u8], expected: [Option<HistorySize>; 3]| {
        fs::write(place.file("plot.bin"), plot).unwrap();
        fs::write(place.file("metadata.bin"), metadata).unwrap();
        let farm = place.open();
        plotted(&farm);
        let histories = [0, 1, 2].map(|index| Some(farm.sector_metadata(index)?.history_size()));
        assert_eq!(histories, expected);
    };
    let one = Some(HistorySize::ONE);
    check(&old_plot, &old_metadata, [one, one, one]);
    // While the old metadata are cleared, and when they are
    for written in (1..slot.len()).step_by(100) {
        let metadata = mixed(&old_metadata, &cleared, slot.clone(), written);
        check(&old_plot, &metadata, [one, None, one]);
    }
    check(&old_plot, &cleared, [one, None, one]);
    // While the sector is written, and when it is
    for written in (0..sector.len()).step_by(5000) {
        let plot = mixed(&old_plot, &new_plot, sector.clone(), written);
        check(&plot, &cleared, [one, None, one]);
    }
    check(&new_plot, &cleared, [one, None, one]);
    // While the new metadata are written, and when they are
    for written in (1..1000).step_by(100) {
        let metadata = mixed(&cleared, &new_metadata, slot.clone(), written);
        check(&new_plot, &metadata, [one, None, one]);
    }
    check(&new_plot, &new_metadata, [one, Some(TWO), one]);
    // Metadata that were written for another sector, as when a disk loses writes
    check(&old_plot, &new_metadata, [one, None, one]);
}

#[test]
fn a_disk_that_fails_in_the_middle_of_a_sector_leaves_none() {
    let place = Place::new();
    let mut farm = place.open();
    let sector = encode(&farm, 1, HistorySize::ONE);
    farm.write_sector(1, &sector).unwrap();
    let fail = |farm: &mut Farm| {
        farm.plot = File::open(place.file("plot.bin")).unwrap();
        let written = farm.write_sector(1, &sector);
        assert!(matches!(written, Err(FarmError::Io { .. })));
    };
    fail(&mut farm);
    assert_eq!(plotted(&farm), [false; 3]);
    assert_eq!(farm.next_to_plot(HistorySize::ONE), Some(0));
    drop(farm);
    let farm = place.open();
    assert_eq!(plotted(&farm), [false; 3]);

    // Metadata that were refused do not count again when the end of the sector happens to be what they demand
    farm.write_sector(1, &sector).unwrap();
    let end = farm.space().sector_offset(1) + farm.layout().checksum_offset();
    drop(farm);
    place.change("plot.bin", end, |byte| *byte ^= 1);
    let mut farm = place.open();
    assert_eq!(plotted(&farm), [false; 3]);
    fail(&mut farm);
    drop(farm);
    place.change("plot.bin", end, |byte| *byte ^= 1);
    assert_eq!(plotted(&place.open()), [false; 3]);
}

#[test]
fn corruption_is_found_named_and_given_up() {
    let place = Place::new();
    let farm = place.open_with(2).unwrap();
    for index in 0..2 {
        farm.write_sector(index, &encode(&farm, index, HistorySize::ONE))
            .unwrap();
    }
    let (space, layout) = (*farm.space(), farm.layout().clone());
    drop(farm);
    let whole =
        ["plot.bin", "metadata.bin"].map(|name| (name, fs::read(place.file(name)).unwrap()));
    let sector = space.sector_offset(1);
    // What is in use at once is found at once, the rest when all of it is read
    for (name, offset, is_found_at_once) in [
        ("metadata.bin", space.metadata_offset(1), true),
        ("metadata.bin", space.metadata_offset(1) + 100, true),
        ("plot.bin", sector + layout.checksum_offset(), true),
        ("plot.bin", sector, false),
        ("plot.bin", sector + layout.chunks_offset(), false),
        ("plot.bin", sector + layout.record_metadata_offset(7), false),
        ("plot.bin", sector + layout.checksum_offset() - 1, false),
    ] {
        for (name, bytes) in &whole {
            fs::write(place.file(name), bytes).unwrap();
        }
        place.change(name, offset, |byte| *byte ^= 0x80);
        let farm = place.open_with(2).unwrap();
        assert_eq!(
            farm.sector(1).is_none(),
            is_found_at_once,
            "{name} {offset}"
        );
        if let Some(sector) = farm.sector(1) {
            let error = sector.scrub().unwrap_err();
            assert!(error.is_corruption(), "{error}");
            assert!(error.to_string().contains("sector 1 is corrupt"), "{error}");
            drop(sector);
            farm.discard_sector(1).unwrap();
        }
        assert_eq!(plotted(&farm), [true, false], "{name} {offset}");
        assert_eq!(farm.next_to_plot(HistorySize::ONE), Some(1));
        drop(farm);
        assert_eq!(
            plotted(&place.open_with(2).unwrap()),
            [true, false],
            "{name} {offset}"
        );
    }
}

#[test]
fn an_identity_that_was_put_into_an_empty_directory_is_kept() {
    let place = Place::new();
    let key = place.open().info().public_key;
    for name in ["farm.json", "metadata.bin", "plot.bin", "piece_cache.bin"] {
        fs::remove_file(place.file(name)).unwrap();
    }
    assert_eq!(place.open().info().public_key, key);
}

#[test]
fn a_new_farm_that_was_killed_while_it_was_made_is_made_again() {
    let place = Place::new();
    drop(place.open());
    for name in ["farm.json", "metadata.bin", "plot.bin", "piece_cache.bin"] {
        fs::remove_file(place.file(name)).unwrap();
    }
    for length in [0, 1, 64] {
        let identity = fs::read(place.file("identity.bin")).unwrap();
        fs::write(place.file("identity.bin"), &identity[..length]).unwrap();
        drop(place.open());
        for name in ["farm.json", "metadata.bin"] {
            fs::remove_file(place.file(name)).unwrap();
        }
    }
}

#[test]
fn a_farm_that_lost_its_identity_or_description_is_not_made_anew() {
    for (name, others) in [
        ("identity.bin", &["farm.json", "metadata.bin"][..]),
        ("farm.json", &["metadata.bin"]),
    ] {
        let place = Place::new();
        drop(place.open());
        fs::remove_file(place.file(name)).unwrap();
        let error = place.open_with(3).unwrap_err();
        assert!(
            matches!(error, FarmError::Incomplete { missing, .. } if missing == name),
            "{error}"
        );
        for other in others {
            assert!(place.file(other).exists());
        }
        Farm::wipe(&place.path).unwrap();
        place.open();
    }
}

#[test]
fn every_changed_bit_of_the_identity_is_found() {
    let place = Place::new();
    drop(place.open());
    for bit in 0..65 * 8 {
        let flip = |byte: &mut u8| *byte ^= 1 << (bit % 8);
        place.change("identity.bin", bit / 8, flip);
        assert!(matches!(
            place.open_with(3),
            Err(FarmError::Identity { .. })
        ));
        place.change("identity.bin", bit / 8, flip);
    }
    let identity = fs::read(place.file("identity.bin")).unwrap();
    for length in [0, 64, 66, 1000] {
        let mut bytes = identity.clone();
        bytes.resize(length, 0);
        fs::write(place.file("identity.bin"), bytes).unwrap();
        assert!(matches!(
            place.open_with(3),
            Err(FarmError::Identity { .. })
        ));
    }
    // The key of another farm
    let other = Place::new();
    drop(other.open());
    fs::copy(other.file("identity.bin"), place.file("identity.bin")).unwrap();
    assert!(matches!(
        place.open_with(3),
        Err(FarmError::WrongKey { .. })
    ));
}

#[test]
fn every_changed_character_of_the_description_is_found() {
    let place = Place::new();
    drop(place.open());
    let original = fs::read(place.file("farm.json")).unwrap();
    let info = Farm::read_info(&place.path).unwrap();
    for at in 0..original.len() {
        let mut bytes = original.clone();
        bytes[at] ^= 1;
        fs::write(place.file("farm.json"), &bytes).unwrap();
        // A changed blank, or the case of a hex digit, changes nothing
        match Farm::read_info(&place.path) {
            Ok(read) => assert_eq!(read, info),
            Err(error) => assert!(matches!(error, FarmError::Info { .. }), "{error}"),
        }
    }
    for bytes in [
        &b""[..],
        b"{}",
        b"null",
        b"[[[[[[[[[[[[[[[[",
        &vec![b'['; 100_000],
    ] {
        fs::write(place.file("farm.json"), bytes).unwrap();
        assert!(matches!(
            Farm::read_info(&place.path),
            Err(FarmError::Info { .. })
        ));
    }
}

#[test]
fn expired_sectors_are_left_out_and_come_next() {
    let place = Place::new();
    let farm = place.open();
    for index in 0..3 {
        farm.write_sector(index, &encode(&farm, index, HistorySize::ONE))
            .unwrap();
    }
    let at = |size| HistorySize::new(size).unwrap();
    assert_eq!(
        farm.next_to_plot(at(100)),
        None,
        "when they expire is not known"
    );
    // The root of segment 4 decides when sectors of the first history expire: at 5, 6 or 7
    farm.update_expirations(|index| (index == SegmentIndex(4)).then_some(SegmentRoot([1; 32])));
    assert_eq!(farm.counts(at(4)).plotted, 3);
    assert_eq!(farm.counts(at(8)).expired, 3);
    assert!(farm.valid_sectors(at(8)).is_empty());
    let expirations: Vec<_> = (0..3)
        .map(|index| {
            SectorId::new(&farm.info().public_key, index, HistorySize::ONE)
                .expiration(
                    farm.layout().params(),
                    HistorySize::ONE,
                    &SegmentRoot([1; 32]),
                )
                .unwrap()
                .get()
        })
        .collect();
    let first = *expirations.iter().min().unwrap();
    let expected = expirations.iter().position(|&at| at == first).unwrap() as SectorIndex;
    assert_eq!(farm.next_to_plot(at(first - 2)), None);
    // One segment before, so that it is plotted in time, and from then on
    assert_eq!(farm.next_to_plot(at(first - 1)), Some(expected));
    assert_eq!(farm.next_to_plot(at(first)), Some(expected));

    farm.write_sector(expected, &encode(&farm, expected, at(5)))
        .unwrap();
    farm.update_expirations(|index| (index == SegmentIndex(4)).then_some(SegmentRoot([1; 32])));
    assert_ne!(farm.next_to_plot(at(first)), Some(expected));
    farm.discard_sector(0).unwrap();
    assert_eq!(farm.next_to_plot(at(4)), Some(0));
}

#[test]
fn a_sector_is_not_overwritten_while_it_is_read() {
    let place = Place::new();
    let farm = place.open();
    farm.write_sector(0, &encode(&farm, 0, HistorySize::ONE))
        .unwrap();
    let again = encode(&farm, 0, TWO);
    let reader = farm.sector(0).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| farm.write_sector(0, &again));
        // Audits and proofs pass a sector over that is to be written
        let started = Instant::now();
        while farm.sector(0).is_some() {
            assert!(started.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(farm.valid_sectors(HistorySize::ONE).is_empty());
        assert_ne!(farm.next_to_plot(HistorySize::ONE), Some(0));
        reader.scrub().unwrap();
        assert!(!writer.is_finished());
        drop(reader);
        writer.join().unwrap().unwrap();
    });
    assert_eq!(farm.sector_metadata(0).unwrap().history_size(), TWO);
    plotted(&farm);
}

#[test]
fn pieces_are_cached_over_restarts_and_the_oldest_makes_room() {
    let place = Place::new();
    let piece = |index: u8| vec![index; place.node.params.piece_size()];
    let farm = place.open_with(60).unwrap();
    let capacity = farm.space().cached_pieces;
    assert!(capacity >= 3, "{capacity}");
    let cache = farm.piece_cache();
    assert!(cache.is_empty());
    for index in 0..=capacity {
        cache
            .insert(PieceIndex(index), &piece(index as u8))
            .unwrap();
    }
    cache.insert(PieceIndex(1), &piece(1)).unwrap();
    cache.insert(PieceIndex(100), &[1, 2, 3]).unwrap();
    cache.insert(PieceIndex(u64::MAX), &piece(0)).unwrap();
    assert_eq!(cache.len() as u64, capacity);
    assert_eq!(cache.get(PieceIndex(0)), None);
    assert_eq!(cache.get(PieceIndex(100)), None);
    drop(farm);

    let farm = place.open_with(60).unwrap();
    for index in 1..=capacity {
        assert_eq!(
            farm.piece_cache().get(PieceIndex(index)),
            Some(piece(index as u8))
        );
    }
    drop(farm);

    // Slot 0 holds the last piece, slot 1 piece 1
    let slot = Space::new(
        &SectorLayout::new(place.node.params.clone()).unwrap(),
        place.node.farm_size(60),
    )
    .cache_slot;
    place.change("piece_cache.bin", slot + 1000, |byte| *byte ^= 1);
    let farm = place.open_with(60).unwrap();
    assert_eq!(farm.scrub_piece_cache(), 1);
    assert_eq!(farm.piece_cache().get(PieceIndex(1)), None);
    assert_eq!(farm.piece_cache().len() as u64, capacity - 1);
}

#[test]
fn wiping_deletes_the_farm_and_nothing_else() {
    let place = Place::new();
    assert!(matches!(
        Farm::wipe(&place.path),
        Err(FarmError::NoFarm { .. })
    ));
    assert!(matches!(
        Farm::open(&place.path),
        Err(FarmError::NoFarm { .. })
    ));
    drop(place.open());
    fs::write(place.file("notes.txt"), "mine").unwrap();
    Farm::wipe(&place.path).unwrap();
    assert_eq!(fs::read_dir(&place.path).unwrap().count(), 1);
    fs::remove_file(place.file("notes.txt")).unwrap();
    drop(place.open());
    Farm::wipe(&place.path).unwrap();
    assert!(!place.path.exists());
}
