use super::*;
use crate::test_chain::unit_params;
use autonomys_archiving::Archiver;

fn segments(count: usize) -> Vec<NewArchivedSegment> {
    let params = unit_params();
    let mut archiver = Archiver::new(&params).unwrap();
    let bytes: Vec<u8> = (0..params.segment_size() * count + 1000)
        .map(|position| (position / 7) as u8)
        .collect();
    let mut segments = archiver.add_block(0, &bytes).unwrap();
    segments.truncate(count);
    assert_eq!(segments.len(), count);
    segments
}

fn open(folder: &Path, capacity: usize) -> PieceStore {
    PieceStore::open_with_capacity(folder.to_path_buf(), unit_params(), capacity).unwrap()
}

#[test]
fn pieces_are_read_back_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let segment = &segments(1)[0];
    open(folder.path(), 2).insert(segment).unwrap();
    let store = open(folder.path(), 2);
    for (position, piece) in segment.pieces.iter().enumerate() {
        assert_eq!(
            store.piece(&segment.header, position as u32).as_deref(),
            Some(piece)
        );
    }
}

#[test]
fn a_full_store_forgets_the_segment_that_was_not_used_for_longest() {
    let folder = tempfile::tempdir().unwrap();
    let all = segments(4);
    let store = open(folder.path(), 2);
    store.insert(&all[0]).unwrap();
    store.insert(&all[1]).unwrap();
    assert!(store.piece(&all[0].header, 0).is_some());
    store.insert(&all[2]).unwrap();
    assert!(store.piece(&all[1].header, 0).is_none());
    assert!(store.piece(&all[0].header, 0).is_some());
    store.insert(&all[2]).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    // A smaller store keeps the newest
    let store = open(folder.path(), 1);
    assert!(store.piece(&all[0].header, 0).is_none());
    assert!(store.piece(&all[2].header, 0).is_some());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_truncated_or_missing_file_gives_no_piece_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let segment = &segments(1)[0];
    let store = open(folder.path(), 2);
    let path = store.path(segment.header.segment_index);
    let damage: [&dyn Fn(); 3] = [
        &|| {
            let mut bytes = fs::read(&path).unwrap();
            bytes[500] ^= 1;
            fs::write(&path, bytes).unwrap();
        },
        &|| fs::write(&path, b"short").unwrap(),
        &|| fs::remove_file(&path).unwrap(),
    ];
    for damage in damage {
        store.insert(segment).unwrap();
        assert!(store.piece(&segment.header, 0).is_some());
        damage();
        assert_eq!(store.piece(&segment.header, 0), None);
        assert!(!path.exists());
    }
}

#[test]
fn files_of_an_interrupted_write_are_deleted_and_foreign_files_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("segment-3.unfinished"), b"half").unwrap();
    fs::write(folder.path().join("notes.txt"), b"mine").unwrap();
    let segment = &segments(1)[0];
    open(folder.path(), 2).insert(segment).unwrap();
    open(folder.path(), 2);
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["notes.txt", "segment-0.pieces"]);
}

#[test]
fn a_file_whose_name_the_store_does_not_give_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["segment-007.pieces", "segment-+7.pieces"];
    for name in names {
        fs::write(folder.path().join(name), b"somebody else's").unwrap();
    }
    let store = open(folder.path(), 1);
    for segment in &segments(2) {
        store.insert(segment).unwrap();
    }
    for name in names {
        assert!(folder.path().join(name).exists());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = PieceStore::open(&file, unit_params()).unwrap_err();
    assert!(error.to_string().contains(&*file.to_string_lossy()));
}
