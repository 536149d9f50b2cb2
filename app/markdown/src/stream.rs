//! An answer while it grows.

use pulldown_cmark::{Event, Parser, Tag};

use crate::blocks::{CodeBlocks, OPTIONS, References, blocks};
use crate::mend::mend;
use crate::{guarded, plain};

/// What has changed: the blocks from `from` on are replaced by these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The first block that has changed.
    pub from: usize,
    /// All blocks from there on.
    pub blocks: Vec<String>,
}

/// An answer that is still growing.
///
/// A block is settled once a line after it is complete that begins another: nothing can change it any more, except a
/// link reference definition (`[name]: https://…`) that comes after its use, which [`render`](crate::render) knows of
/// and this does not.
#[derive(Debug, Default)]
pub struct Stream {
    /// Bytes of the text that have settled.
    settled: usize,
    /// Blocks they are.
    count: usize,
    /// The blocks after them, as they were last shown.
    tail: Vec<String>,
    known: References,
    codes: CodeBlocks,
}

impl Stream {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of the text that are not read again.
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// Takes the whole text so far, of which what was there before has not changed; says what has.
    pub fn set(&mut self, text: &str) -> Option<Update> {
        self.guarded(text, true)
    }

    /// Takes the whole text now that it is complete: marks that were never closed are what was meant.
    pub fn finish(&mut self, text: &str) -> Option<Update> {
        self.guarded(text, false)
    }

    fn guarded(&mut self, text: &str, growing: bool) -> Option<Update> {
        guarded(|| self.show(text, growing)).unwrap_or_else(|| {
            *self = Self::new();
            self.tail = vec![plain(text)];
            Some(Update {
                from: 0,
                blocks: self.tail.clone(),
            })
        })
    }

    fn show(&mut self, text: &str, growing: bool) -> Option<Update> {
        let Some(rest) = text.get(self.settled..) else {
            // Another text than before: all is new.
            *self = Self::new();
            return self.show(text, growing).map(|update| Update { from: 0, ..update });
        };
        let from = self.count;
        let mut shown = Vec::new();
        let (settled, rest) = rest.split_at(settle(rest));
        if !settled.is_empty() {
            self.codes.rewind();
            shown = blocks(settled, &self.known, &mut self.codes);
            self.codes.forget_written();
            self.learn(settled);
            self.settled += settled.len();
            self.count += shown.len();
        }
        let fresh = self.count - from;
        self.codes.rewind();
        shown.extend(if growing {
            blocks(&mend(rest), &self.known, &mut self.codes)
        } else {
            blocks(rest, &self.known, &mut self.codes)
        });
        let same = shown.iter().zip(&self.tail).take_while(|(new, old)| new == old).count();
        let changed = same < shown.len() || same < self.tail.len();
        let update = changed.then(|| Update {
            from: from + same,
            blocks: shown[same..].to_vec(),
        });
        self.tail = shown.split_off(fresh);
        update
    }

    fn learn(&mut self, settled: &str) {
        let parser = Parser::new_ext(settled, OPTIONS);
        for (label, definition) in parser.reference_definitions().iter() {
            self.known.entry(label.to_lowercase()).or_insert_with(|| {
                let title = definition.title.as_deref().unwrap_or_default();
                (definition.dest.to_string(), title.to_owned())
            });
        }
    }
}

/// Bytes of the rest that have settled: up to the beginning of the last block whose first line is complete.
fn settle(rest: &str) -> usize {
    let Some(complete) = rest.rfind('\n') else { return 0 };
    let mut depth = 0_usize;
    let mut last = 0;
    for (event, range) in Parser::new_ext(rest, OPTIONS).into_offset_iter() {
        // What makes a table of a line is the line under it.
        let decided = match event {
            Event::Start(Tag::Table(_)) => rest[range.start..].find('\n').map(|head| range.start + head + 1),
            _ => Some(range.start),
        };
        if depth == 0 && decided.is_some_and(|decided| decided <= complete) {
            last = range.start;
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    // Of an indented block the range leaves out what it is indented by.
    rest[..last].rfind(['\n', '\r']).map_or(0, |line| line + 1)
}
