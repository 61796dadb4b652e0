//! A reader of Python pickles that hold dictionaries, lists, texts, numbers and NumPy arrays, and nothing else.
//!
//! A pickle is a program for a machine with a stack. Python's machine calls any function that the program names; this one knows the
//! few names by which NumPy writes an array and runs nothing: an array's parts are put side by side, any other name is an error.
//! How many values there may be and how many bytes may be copied is bounded.

use std::borrow::Cow;
use std::collections::HashMap;

mod arrays;

/// A value, by its place among all values.
pub(super) type Id = usize;

/// What a pickle is made of.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// `None`, or a part of an array's description that nothing depends on.
    Nothing,
    /// A whole number; booleans are 0 and 1.
    Number(i64),
    /// Bytes, or a text as UTF-8.
    Bytes(Cow<'a, [u8]>),
    /// A list or a tuple.
    List(Vec<Id>),
    /// Keys and values of a dictionary.
    Pairs(Vec<(Id, Id)>),
    /// A function or class, by module and name.
    Name(String),
    /// An element type, as NumPy writes it: `u1`, `<i8`.
    Kind(String),
    /// An array: shape, element type, values in row-major order.
    Array {
        /// Its axes' lengths.
        shape: Vec<u64>,
        /// The element type.
        kind: String,
        /// The values' bytes.
        bytes: Cow<'a, [u8]>,
    },
}

/// A pickle that has been read: its last value and all that it refers to.
pub(super) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    top: Id,
}

impl<'a> Pickle<'a> {
    /// Reads a pickle of protocol 2 to 5.
    ///
    /// # Errors
    /// What is wrong with it, in words: cut off, an instruction or a name that sets of images do not need.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        // A text is copied when it becomes bytes, and these when they become an array's.
        let copies = bytes.len().saturating_mul(4);
        let (values, stack, marks, memo) = Default::default();
        let mut machine = Machine { rest: bytes, values, stack, marks, memo, copies };
        while machine.step()? {}
        let top = machine.pop()?;
        Ok(Self { values: machine.values, top })
    }

    /// The value at a place.
    pub(super) fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id]
    }

    /// The entry of the outermost dictionary under `key`.
    pub(super) fn entry(&self, key: &str) -> Option<&Value<'a>> {
        let Value::Pairs(pairs) = self.value(self.top) else { return None };
        let named = |id: Id| matches!(self.value(id), Value::Bytes(name) if **name == *key.as_bytes());
        pairs.iter().find(|(name, _)| named(*name)).map(|(_, value)| self.value(*value))
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// Bytes that may still be copied; others stay where they are in the file.
    copies: usize,
}

/// CIFAR-100's training images come with about 300,000 values: labels and file names.
const MOST_VALUES: usize = 4 << 20;
const CUT: &str = "the pickle is cut off";
const BROKEN: &str = "the pickle is broken";

impl<'a> Machine<'a> {
    /// Does one instruction; `false` after the last.
    fn step(&mut self) -> Result<bool, String> {
        let code = self.take(1)?[0];
        match code {
            b'.' => return Ok(false),
            // Protocol and frame: nothing that the values depend on.
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'N' => self.push(Value::Nothing)?,
            0x88 => self.push(Value::Number(1))?,
            0x89 => self.push(Value::Number(0))?,
            b'K' | b'M' | b'J' | 0x8A => self.number(code)?,
            b'U' | b'C' | 0x8C => self.bytes(1)?,
            b'T' | b'B' | b'X' => self.bytes(4)?,
            0x8D | 0x8E | 0x96 => self.bytes(8)?,
            b'}' => self.push(Value::Pairs(Vec::new()))?,
            b']' | b')' => self.push(Value::List(Vec::new()))?,
            0x85..=0x87 => {
                let items = self.top(usize::from(code - 0x84))?;
                self.push(Value::List(items))?;
            }
            b't' | b'l' => {
                let items = self.marked()?;
                self.push(Value::List(items))?;
            }
            b'a' => {
                let items = self.top(1)?;
                self.append(items)?;
            }
            b'e' => {
                let items = self.marked()?;
                self.append(items)?;
            }
            b's' => {
                let items = self.top(2)?;
                self.set(&items)?;
            }
            b'u' => {
                let items = self.marked()?;
                self.set(&items)?;
            }
            b'q' | b'r' | 0x94 => self.remember(code)?,
            b'h' | b'j' => self.recall(code)?,
            b'c' | 0x93 => self.name(code)?,
            b'R' => self.call()?,
            b'b' => self.build()?,
            other => return Err(format!("the pickle has the instruction {other:#04x}, which image sets do not need")),
        }
        Ok(true)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A little-endian number of so many bytes.
    fn word(&mut self, bytes: usize) -> Result<u64, String> {
        Ok(self.take(bytes)?.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    }

    fn push(&mut self, value: Value<'a>) -> Result<(), String> {
        if self.values.len() >= MOST_VALUES {
            return Err("the pickle has more values than a set of images".to_owned());
        }
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Id, String> {
        if self.marks.last() == Some(&self.stack.len()) {
            return Err(BROKEN.to_owned());
        }
        self.stack.pop().ok_or_else(|| BROKEN.to_owned())
    }

    /// The last `count` values.
    fn top(&mut self, count: usize) -> Result<Vec<Id>, String> {
        let mut items = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        Ok(items)
    }

    /// The values since the last mark.
    fn marked(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or(BROKEN)?;
        if mark > self.stack.len() {
            return Err(BROKEN.to_owned());
        }
        Ok(self.stack.split_off(mark))
    }

    fn number(&mut self, code: u8) -> Result<(), String> {
        let number = match code {
            b'K' => i64::try_from(self.word(1)?),
            b'M' => i64::try_from(self.word(2)?),
            b'J' => Ok(i64::from(self.word(4)? as u32 as i32)),
            _ => {
                let length = usize::try_from(self.word(1)?).unwrap_or(usize::MAX);
                let shift = 64 - 8 * u32::try_from(length.clamp(1, 8)).unwrap_or(8);
                let word = if length <= 8 { self.word(length)? } else { return Err(BROKEN.to_owned()) };
                Ok((word << shift) as i64 >> shift)
            }
        };
        self.push(Value::Number(number.map_err(|_| BROKEN)?))
    }

    fn bytes(&mut self, length: usize) -> Result<(), String> {
        let length = usize::try_from(self.word(length)?).map_err(|_| CUT)?;
        let bytes = self.take(length)?;
        self.push(Value::Bytes(Cow::Borrowed(bytes)))
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), String> {
        let Some(Value::List(list)) = self.stack.last().and_then(|id| self.values.get_mut(*id)) else {
            return Err(BROKEN.to_owned())?;
        };
        list.extend(items);
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Result<(), String> {
        let Some(Value::Pairs(pairs)) = self.stack.last().and_then(|id| self.values.get_mut(*id)) else {
            return Err(BROKEN.to_owned());
        };
        pairs.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        Ok(())
    }

    fn remember(&mut self, code: u8) -> Result<(), String> {
        let place = match code {
            b'q' => self.word(1)? as u32,
            b'r' => self.word(4)? as u32,
            _ => u32::try_from(self.memo.len()).map_err(|_| BROKEN)?,
        };
        self.memo.insert(place, *self.stack.last().ok_or(BROKEN)?);
        Ok(())
    }

    fn recall(&mut self, code: u8) -> Result<(), String> {
        let place = self.word(if code == b'h' { 1 } else { 4 })? as u32;
        self.stack.push(*self.memo.get(&place).ok_or(BROKEN)?);
        Ok(())
    }

    fn name(&mut self, code: u8) -> Result<(), String> {
        let name = if code == b'c' {
            let mut line = || {
                let length = self.rest.iter().position(|byte| *byte == b'\n').ok_or(CUT)?;
                let line = self.take(length + 1)?;
                Ok::<_, String>(String::from_utf8_lossy(&line[..length]).into_owned())
            };
            [line()?, line()?].join(".")
        } else {
            let parts = self.top(2)?;
            parts.iter().map(|id| self.text(*id)).collect::<Result<Vec<_>, _>>()?.join(".")
        };
        arrays::check_name(&name)?;
        self.push(Value::Name(name))
    }

    fn text(&self, id: Id) -> Result<String, String> {
        match self.values.get(id) {
            Some(Value::Bytes(text)) => Ok(String::from_utf8_lossy(text).into_owned()),
            _ => Err(BROKEN.to_owned()),
        }
    }
}
