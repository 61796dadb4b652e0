//! Whether a JPEG file is whole: a decoder fills what is missing with grey and says nothing.
//!
//! The markers are followed to the end of the picture, and every Huffman code of every scan is read (not turned into pixels), for
//! sequential and progressive files. The marker of the end must be there, and no scan may end before its last block.

mod bits;
mod scan;

use bits::Huffman;
use scan::{Component, Scan};

const CUT: &str = "its picture data are cut off";
const BROKEN: &str = "its markers are broken";

/// What the markers so far have said.
#[derive(Default)]
struct State {
    /// Huffman tables: four for DC, four for AC.
    tables: [[Option<Huffman>; 4]; 2],
    restart: usize,
    frame: Option<Frame>,
}

/// Of a picture that this walk can follow.
struct Frame {
    progressive: bool,
    /// Rows and columns.
    size: [usize; 2],
    components: Vec<Component>,
}

/// Why the file is no whole JPEG picture, if it is none.
///
/// Kinds that no decoder here reads (arithmetic coding, lossless) are left to the decoder's own refusal.
pub(super) fn fault(bytes: &[u8]) -> Option<&'static str> {
    walk(bytes).err()
}

fn walk(bytes: &[u8]) -> Result<(), &'static str> {
    let mut state = State::default();
    let mut at = 2;
    loop {
        let marker = next_marker(bytes, &mut at)?;
        match marker {
            0xD9 => return state.end(),
            0x01 | 0xD0..=0xD7 => continue,
            _ => {}
        }
        let length = usize::from(word(bytes, at).ok_or(CUT)?);
        let segment = bytes.get(at + 2..at + length.max(2)).ok_or(CUT)?;
        at += length.max(2);
        match marker {
            0xC4 => state.huffman(segment)?,
            0xDD => state.restart = usize::from(word(segment, 0).ok_or(BROKEN)?),
            0xC0..=0xC2 => state.frame(segment, marker == 0xC2)?,
            // Other frames: arithmetic, lossless, hierarchical.
            0xC3 | 0xC5..=0xCF => return Ok(()),
            0xDA => state.scan(segment, bytes, &mut at)?,
            _ => {}
        }
    }
}

/// The next marker, `at` moved behind it. What lies before it is passed over, as decoders do.
fn next_marker(bytes: &[u8], at: &mut usize) -> Result<u8, &'static str> {
    loop {
        let rest = bytes.get(*at..).ok_or(CUT)?;
        let start = rest.iter().position(|byte| *byte == 0xFF).ok_or(CUT)?;
        let marker = rest.get(start + 1).ok_or(CUT)?;
        *at += start + 1;
        if !matches!(marker, 0 | 0xFF) {
            *at += 1;
            return Ok(*marker);
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

impl State {
    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), &'static str> {
        while let [kind, rest @ ..] = segment {
            let (table, used) = Huffman::read(rest).ok_or(BROKEN)?;
            let place = self.tables.get_mut(usize::from(kind >> 4)).and_then(|t| t.get_mut(usize::from(kind & 15)));
            *place.ok_or(BROKEN)? = Some(table);
            segment = rest.get(used..).ok_or(BROKEN)?;
        }
        Ok(())
    }

    fn frame(&mut self, segment: &[u8], progressive: bool) -> Result<(), &'static str> {
        let [_, _, _, _, _, count, specs @ ..] = segment else { return Err(BROKEN) };
        let size = [word(segment, 1), word(segment, 3)].map(|side| usize::from(side.unwrap_or(0)));
        let specs: Vec<&[u8]> = specs.chunks_exact(3).take(usize::from(*count)).collect();
        let components = Component::all(size, &specs).ok_or(BROKEN)?;
        self.frame = Some(Frame { progressive, size, components });
        Ok(())
    }

    fn scan(&mut self, segment: &[u8], bytes: &[u8], at: &mut usize) -> Result<(), &'static str> {
        let frame = self.frame.as_mut().ok_or(BROKEN)?;
        let scan = Scan::read(segment, &frame.components, frame.progressive).ok_or(BROKEN)?;
        *at = scan.walk(frame.size, &mut frame.components, (&self.tables, self.restart), (bytes, *at))?;
        Ok(())
    }

    /// At the marker of the end: every component must have come.
    fn end(&self) -> Result<(), &'static str> {
        let frame = self.frame.as_ref().ok_or(BROKEN)?;
        if frame.components.iter().all(|component| component.seen) { Ok(()) } else { Err(CUT) }
    }
}

#[cfg(test)]
mod tests;
