//! A look at the first bytes of a file before all of it is read: a wrong file of gigabytes must cost neither memory nor time.

use super::OnnxError;

/// Bytes that [`glance`] wants to see, or all where the file has fewer.
pub(crate) const GLANCE: usize = 64;

/// Protobuf's own limit for one message, and so for one ONNX file.
pub(super) const MOST_BYTES: u64 = i32::MAX as u64;

/// Looks at the first bytes of a file of `size` bytes. Passing says only that reading it whole is worth a try.
///
/// # Errors
/// [`OnnxError::NotOnnx`] for an empty file, one above 2 GiB, another known format, or bytes that start no message.
pub(crate) fn glance(head: &[u8], size: u64, file: &str) -> Result<(), OnnxError> {
    let refuse = |why: String| Err(OnnxError::NotOnnx { file: file.to_owned(), why });
    if let Some(hint) = other_format(head) {
        return refuse(hint.to_owned());
    }
    // The key of a field: its number, which is never 0, above three bits of wire type.
    let key = head[0];
    if key & 0xf8 == 0 || !matches!(key & 7, 0 | 1 | 2 | 5) {
        return refuse("its first byte starts no field of a model; check that this is the right file".to_owned());
    }
    if size > MOST_BYTES {
        return refuse(format!(
            "it has {size} bytes, and an ONNX file holds at most {MOST_BYTES}; export the model again with its weights as \
             external data, in a file beside it"
        ));
    }
    Ok(())
}

/// Says what a file is that is often taken for an ONNX model.
pub(super) fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "it is a zip archive, perhaps a PyTorch checkpoint; export the network with torch.onnx.export"),
        (b"\x80\x02", "it is a Python pickle, perhaps a PyTorch checkpoint; export the network with torch.onnx.export"),
        (b"\x89HDF", "it is an HDF5 file, perhaps a Keras model; export the network with tf2onnx"),
        (b"version https://git-lfs", "it is a Git LFS pointer; fetch the file itself with `git lfs pull`"),
        (b"ORTM", "it is in ONNX Runtime's own format; give the .onnx file it was made from"),
    ];
    if bytes.is_empty() {
        return Some("it is empty; fetch or export it again");
    }
    known.iter().find(|(start, _)| bytes.starts_with(start) || bytes.get(4..8) == Some(start)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_files_are_refused_at_a_glance() {
        let says = |head: &[u8], size: u64| glance(head, size, "net.onnx").unwrap_err().to_string();
        assert!(says(&[], 0).contains("empty"));
        assert!(says(&[0; GLANCE], 4 << 30).contains("first byte"));
        assert!(says(b"PK\x03\x04....", 1000).contains("torch.onnx.export"));
        assert!(says(&[0x08, 8, 0x12], 4 << 30).contains("external data"));
        assert_eq!(glance(&[0x08, 8, 0x12], 1 << 20, "net.onnx"), Ok(()));
        // A model whose fields come in another order: producer name, operator sets, graph.
        for first in [0x12, 0x42, 0x3a] {
            assert_eq!(glance(&[first], 1, "net.onnx"), Ok(()));
        }
    }
}
