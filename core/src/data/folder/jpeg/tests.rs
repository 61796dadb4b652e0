//! Small files written by Pillow in the usual ways, whole and cut.

use super::*;

const FILES: [(&str, &[u8]); 5] = [
    ("baseline-422", include_bytes!("tests/baseline-422.jpg")),
    ("restarts-420", include_bytes!("tests/restarts-420.jpg")),
    ("progressive-420", include_bytes!("tests/progressive-420.jpg")),
    ("progressive-grey", include_bytes!("tests/progressive-grey.jpg")),
    ("cmyk", include_bytes!("tests/cmyk.jpg")),
];

/// Where the data of the last scan begin.
fn last_scan(bytes: &[u8]) -> usize {
    let start = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    start + 2 + usize::from(bytes[start + 3])
}

#[test]
fn whole_files_are_whole_whatever_follows_them() {
    for (name, bytes) in FILES {
        assert_eq!(fault(bytes), None, "{name}");
        assert_eq!(fault(&[bytes, b"a tail \xFF of any kind"].concat()), None, "{name}");
    }
}

#[test]
fn a_file_cut_anywhere_is_known() {
    for (name, bytes) in FILES {
        for cut in 2..bytes.len() {
            assert!(fault(&bytes[..cut]).is_some(), "{name} cut at {cut} of {}", bytes.len());
        }
    }
}

#[test]
fn a_scan_that_ends_early_is_known_though_the_end_is_marked() {
    for (name, bytes) in FILES {
        for cut in last_scan(bytes)..bytes.len() - 2 {
            let closed = [&bytes[..cut], &[0xFF, 0xD9]].concat();
            assert_eq!(fault(&closed), Some(CUT), "{name} cut at {cut} of {}", bytes.len());
        }
    }
}

#[test]
fn a_piece_that_is_missing_between_restarts_is_known() {
    let (_, bytes) = FILES[1];
    let start = last_scan(bytes);
    let restart =
        (start..bytes.len()).find(|at| bytes[*at] == 0xFF && (0xD0..=0xD7).contains(&bytes[*at + 1])).unwrap();
    for gap in 1..restart - start {
        let short = [&bytes[..restart - gap], &bytes[restart..]].concat();
        assert_eq!(fault(&short), Some(CUT), "{gap}");
    }
}

#[test]
fn no_bytes_make_it_panic_or_run_on() {
    for (_, bytes) in FILES {
        for place in 2..bytes.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut broken = bytes.to_vec();
                broken[place] = value;
                let _ = fault(&broken);
            }
        }
    }
    assert!(fault(&[]).is_some() && fault(&[0xFF, 0xD8]).is_some());
}
