//! One scan of a JPEG file, read code by code.

use super::CUT;
use super::bits::{Bits, Huffman};

/// Blocks of 8 x 8 coefficients that all components together may have: those of 8,192 x 8,192 pixels, three times.
const MOST_BLOCKS: usize = 3 << 20;

/// One colour plane.
pub(super) struct Component {
    id: u8,
    /// Blocks across and down in a unit of a scan that interleaves components.
    sampling: [usize; 2],
    /// Blocks across and down, as a scan of this component alone has them.
    alone: [usize; 2],
    /// Blocks across in whole units.
    stride: usize,
    /// For each block the coefficients that a progressive file has made other than zero, one bit each.
    known: Vec<u64>,
    /// Whether a scan has brought its mean values.
    pub seen: bool,
}

impl Component {
    /// The components of a frame: three bytes each (name, sampling, quantisation). `size` is (rows, columns).
    pub(super) fn all([rows, columns]: [usize; 2], specs: &[&[u8]]) -> Option<Vec<Self>> {
        let sampling = |spec: &&[u8]| [usize::from(spec[1] >> 4), usize::from(spec[1] & 15)];
        let most = |axis: usize| specs.iter().map(|spec| sampling(spec)[axis]).max();
        let [wide, high] = [most(0)?, most(1)?];
        let valid = |[across, down]: [usize; 2]| (1..=4).contains(&across) && (1..=4).contains(&down);
        if rows == 0 || columns == 0 || !specs.iter().map(sampling).all(valid) {
            return None;
        }
        let units = [columns.div_ceil(8 * wide), rows.div_ceil(8 * high)];
        let component = |spec: &&[u8]| {
            let [across, down] = sampling(spec);
            let stride = units[0] * across;
            let alone = [(columns * across).div_ceil(8 * wide), (rows * down).div_ceil(8 * high)];
            let blocks = stride * units[1] * down;
            let known = if blocks <= MOST_BLOCKS { vec![0; blocks] } else { Vec::new() };
            (!known.is_empty()).then(|| Self {
                id: spec[0],
                sampling: [across, down],
                alone,
                stride,
                known,
                seen: false,
            })
        };
        specs.iter().map(component).collect()
    }
}

/// The header of a scan.
pub(super) struct Scan {
    /// Component, DC table, AC table.
    parts: Vec<(usize, usize, usize)>,
    /// First and last coefficient.
    band: [u32; 2],
    /// Whether bits are added to coefficients that came before.
    refines: bool,
    progressive: bool,
}

/// Tables of DC and AC, and the units between two restarts.
type Tools<'a> = (&'a [[Option<Huffman>; 4]; 2], usize);

impl Scan {
    /// Reads the segment of its marker.
    pub(super) fn read(segment: &[u8], components: &[Component], progressive: bool) -> Option<Self> {
        let [count, rest @ ..] = segment else { return None };
        let (parts, tail) = rest.split_at_checked(2 * usize::from(*count))?;
        let [first, last, bits, ..] = *tail else { return None };
        let part = |pair: &[u8]| {
            let component = components.iter().position(|component| component.id == pair[0])?;
            Some((component, usize::from(pair[1] >> 4), usize::from(pair[1] & 15)))
        };
        let parts = parts.chunks_exact(2).map(part).collect::<Option<Vec<_>>>()?;
        let band = if progressive { [u32::from(first), u32::from(last)] } else { [0, 63] };
        let valid = !parts.is_empty() && band[0] <= band[1] && band[1] < 64;
        valid.then_some(Self { parts, band, refines: progressive && bits >> 4 > 0, progressive })
    }

    /// Reads all codes of the scan that begins at byte `start` and returns the byte behind them.
    ///
    /// # Errors
    /// [`CUT`] where the bits end before the last block.
    pub(super) fn walk(
        &self,
        size: [usize; 2],
        components: &mut [Component],
        (tables, restart): Tools<'_>,
        (bytes, start): (&[u8], usize),
    ) -> Result<usize, &'static str> {
        let units = self.units(size, components);
        let mut bits = Bits::new(bytes, start);
        let mut run = 0;
        for unit in 0..units[0] * units[1] {
            if restart > 0 && unit > 0 && unit.is_multiple_of(restart) {
                bits = restarted(bytes, bits.at)?;
                run = 0;
            }
            let place = [unit % units[0], unit / units[0]];
            self.unit(place, components, tables, (&mut bits, &mut run)).ok_or(CUT)?;
        }
        if self.band[0] == 0 {
            self.parts.iter().for_each(|part| components[part.0].seen = true);
        }
        Ok(bits.at)
    }

    /// Units across and down: blocks of a component that comes alone, else a group of blocks of all.
    fn units(&self, [rows, columns]: [usize; 2], components: &[Component]) -> [usize; 2] {
        if let [(only, ..)] = self.parts[..] {
            return components[only].alone;
        }
        let most = |axis: usize| components.iter().map(|component| component.sampling[axis]).max().unwrap_or(1);
        [columns.div_ceil(8 * most(0)), rows.div_ceil(8 * most(1))]
    }

    fn unit(
        &self,
        [x, y]: [usize; 2],
        components: &mut [Component],
        tables: &[[Option<Huffman>; 4]; 2],
        (bits, run): (&mut Bits<'_>, &mut u32),
    ) -> Option<()> {
        for &(component, dc, ac) in &self.parts {
            let component = components.get_mut(component)?;
            let [across, down] = if self.parts.len() == 1 { [1, 1] } else { component.sampling };
            let tables = [tables[0].get(dc)?.as_ref(), tables[1].get(ac)?.as_ref()];
            for block in 0..across * down {
                let (column, row) = (x * across + block % across, y * down + block / across);
                let known = component.known.get_mut(row * component.stride + column)?;
                self.block(tables, known, bits, run)?;
            }
        }
        Some(())
    }

    fn block(
        &self,
        [dc, ac]: [Option<&Huffman>; 2],
        known: &mut u64,
        bits: &mut Bits<'_>,
        run: &mut u32,
    ) -> Option<()> {
        let [mut first, last] = self.band;
        if first == 0 {
            let length = if self.refines { 1 } else { bits.symbol(dc?)? };
            bits.number(length)?;
            first = 1;
        }
        // A progressive scan of mean values has nothing else.
        if self.progressive && self.band[0] == 0 {
            return Some(());
        }
        if self.refines {
            refine([first, last], ac?, known, bits, run)
        } else {
            fresh([first, last], ac?, known, bits, run)
        }
    }
}

/// Behind the marker of a restart, which must come next.
fn restarted(bytes: &[u8], mut at: usize) -> Result<Bits<'_>, &'static str> {
    match super::next_marker(bytes, &mut at)? {
        0xD0..=0xD7 => Ok(Bits::new(bytes, at)),
        _ => Err(CUT),
    }
}

/// Coefficients that come for the first time.
fn fresh([mut at, last]: [u32; 2], table: &Huffman, known: &mut u64, bits: &mut Bits<'_>, run: &mut u32) -> Option<()> {
    if *run > 0 {
        *run -= 1;
        return Some(());
    }
    while at <= last {
        let symbol = bits.symbol(table)?;
        let (zeros, length) = (symbol >> 4, symbol & 15);
        if length == 0 && zeros < 15 {
            *run = (1 << zeros) - 1 + bits.number(zeros)?;
            return Some(());
        }
        at += u32::from(zeros);
        bits.number(length)?;
        if length > 0 && at < 64 {
            *known |= 1 << at;
        }
        at += 1;
    }
    Some(())
}

/// One more bit for coefficients that came before, and a first one for others.
fn refine(
    [mut at, last]: [u32; 2],
    table: &Huffman,
    known: &mut u64,
    bits: &mut Bits<'_>,
    run: &mut u32,
) -> Option<()> {
    let before = *known;
    let is_known = |at: u32| before >> at & 1 == 1;
    while *run == 0 && at <= last {
        let symbol = bits.symbol(table)?;
        let (mut zeros, length) = (symbol >> 4, symbol & 15);
        if length == 0 && zeros < 15 {
            *run = (1 << zeros) + bits.number(zeros)?;
            break;
        }
        bits.number(u8::from(length > 0))?;
        while at <= last && (is_known(at) || zeros > 0) {
            if is_known(at) {
                bits.number(1)?;
            } else {
                zeros -= 1;
            }
            at += 1;
        }
        if length > 0 && at <= last {
            *known |= 1 << at;
        }
        at += 1;
    }
    if *run > 0 {
        for _ in (at..=last).filter(|at| is_known(*at)) {
            bits.number(1)?;
        }
        *run -= 1;
    }
    Some(())
}
