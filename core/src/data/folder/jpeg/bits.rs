//! Bits and Huffman codes of a scan.

/// The bits of one stretch of a scan, up to the next marker. Reads as [`None`] where they end.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Of the next byte.
    pub at: usize,
    held: u32,
    left: u32,
}

impl<'a> Bits<'a> {
    /// The bits from byte `at` on.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, left: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            let byte = *self.bytes.get(self.at)?;
            // A byte of ones is followed by a zero; by anything else it is a marker.
            if byte == 0xFF {
                if *self.bytes.get(self.at + 1)? != 0 {
                    return None;
                }
                self.at += 1;
            }
            self.at += 1;
            (self.held, self.left) = (u32::from(byte), 8);
        }
        self.left -= 1;
        Some(self.held >> self.left & 1)
    }

    /// A number of `count` bits, at most 16.
    pub(super) fn number(&mut self, count: u8) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    /// The next symbol of a table.
    pub(super) fn symbol(&mut self, table: &Huffman) -> Option<u8> {
        let mut code = 0;
        for (first, offset, count) in table.lengths {
            code = code << 1 | self.bit()?;
            if code >= first && code - first < count {
                return table.symbols.get((offset + code - first) as usize).copied();
            }
        }
        None
    }
}

/// A canonical Huffman table.
pub(super) struct Huffman {
    /// For each length of 1 to 16 bits: the first code, the place of its symbol, how many codes there are.
    lengths: [(u32, u32, u32); 16],
    symbols: Vec<u8>,
}

impl Huffman {
    /// The table at the start of `bytes` and how many of them it takes.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let counts = bytes.get(..16)?;
        let mut lengths = [(0, 0, 0); 16];
        let (mut code, mut offset) = (0_u32, 0_u32);
        for (length, count) in lengths.iter_mut().zip(counts) {
            let count = u32::from(*count);
            *length = (code, offset, count);
            (code, offset) = ((code + count) << 1, offset + count);
        }
        let used = 16 + offset as usize;
        Some((Self { lengths, symbols: bytes.get(16..used)?.to_vec() }, used))
    }
}
