//! IDX, the file format of MNIST: two zero bytes, the type (8: bytes), the number of axes, the axes' lengths (big-endian,
//! 32 bits each), then the values.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether `bytes` are an IDX file of bytes whose length fits its axes.
///
/// # Errors
/// If not, with the reason.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    let [0, 0, 8, axes, rest @ ..] = bytes else { bail!("it does not begin as one") };
    let (lengths, values) = rest.split_at_checked(4 * usize::from(*axes)).context("it ends in its axes")?;
    let lengths = lengths.chunks_exact(4).map(|b| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])));
    let count = lengths.fold(1, u64::saturating_mul);
    if count != values.len() as u64 {
        bail!("its axes give {count} values, it has {}", values.len());
    }
    Ok(())
}

/// Writes `values` with `axes` as a gzipped IDX file.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn write_gz(path: &Path, axes: &[usize], values: &[u8]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut encoder = GzEncoder::new(file, Compression::default());
    encoder.write_all(&[0, 0, 8, u8::try_from(axes.len())?])?;
    for &length in axes {
        encoder.write_all(&u32::try_from(length)?.to_be_bytes())?;
    }
    encoder.write_all(values)?;
    encoder.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn what_is_written_is_an_idx_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gz");
        write_gz(&path, &[2, 3], &[1, 2, 3, 4, 5, 6]).unwrap();
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
        check(&bytes).unwrap();
        assert!(check(&bytes[1..]).is_err());
        assert!(check(&bytes[..17]).is_err());
        assert!(check(&bytes[..6]).is_err());
    }
}
