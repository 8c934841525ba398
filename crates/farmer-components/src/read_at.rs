//! Reading at an offset.

use std::fs::File;
use std::io;

/// Something that can be read at any offset, by many threads at once: a file, a part of one, or memory.
pub trait ReadAt: Sync {
    /// Fills `buffer` with what is at `offset`.
    ///
    /// # Errors
    ///
    /// Any I/O error; [`io::ErrorKind::UnexpectedEof`] if there are fewer bytes.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(buffer.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.as_slice().read_at(buffer, offset)
    }
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, buffer, offset)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => {
                    buffer = &mut buffer[read..];
                    offset += read as u64;
                }
            }
        }
        Ok(())
    }
}

impl<R: ReadAt + ?Sized> ReadAt for &R {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_at(buffer, offset)
    }
}

/// The part of something that begins at an offset and has a length.
#[derive(Clone, Copy, Debug)]
pub struct Section<R> {
    inner: R,
    start: u64,
    length: u64,
}

impl<R> Section<R> {
    /// The `length` bytes of `inner` from `start` on.
    pub fn new(inner: R, start: u64, length: u64) -> Self {
        Self {
            inner,
            start,
            length,
        }
    }
}

impl<R: ReadAt> ReadAt for Section<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = offset
            .checked_add(buffer.len() as u64)
            .filter(|&end| end <= self.length)
            .and_then(|_| self.start.checked_add(offset))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        self.inner.read_at(buffer, start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_where_it_ends() {
        let bytes: Vec<u8> = (0..10).collect();
        let section = Section::new(&bytes, 4, 3);
        let mut buffer = [0; 2];
        section.read_at(&mut buffer, 1).unwrap();
        assert_eq!(buffer, [5, 6]);
        for offset in [2, 3, u64::MAX] {
            assert_eq!(
                section.read_at(&mut buffer, offset).unwrap_err().kind(),
                io::ErrorKind::UnexpectedEof
            );
        }
        assert!(
            Section::new(&bytes, u64::MAX, 3)
                .read_at(&mut buffer, 1)
                .is_err()
        );
        assert!(bytes.read_at(&mut buffer, 9).is_err());
    }
}
