//! Files that are written at offsets.

use super::FarmError;
use fs4::FileExt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Opens a file to read and write; makes it if it does not exist.
pub(super) fn open_file(path: &Path) -> Result<File, FarmError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(FarmError::io("open", path))
}

/// Gives a file a length. Space is taken from the disk now where the file system can do so, so that plotting does not run
/// out of it.
pub(super) fn set_length(file: &File, path: &Path, length: u64) -> Result<(), FarmError> {
    let current = file.metadata().map_err(FarmError::io("read", path))?.len();
    if length > current {
        match file.allocate(length) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            result => result.map_err(FarmError::io("make room for", path))?,
        }
    }
    file.set_len(length).map_err(FarmError::io("resize", path))
}

/// Writes at an offset, beside what other threads do with the file.
pub(super) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        let (mut bytes, mut offset) = (bytes, offset);
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
            offset += written as u64;
        }
        Ok(())
    }
}

/// Writes to a file from an offset on.
pub(super) struct WriteFrom<'a> {
    pub(super) file: &'a File,
    pub(super) offset: u64,
}

impl Write for WriteFrom<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_all_at(self.file, bytes, self.offset)?;
        self.offset += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
