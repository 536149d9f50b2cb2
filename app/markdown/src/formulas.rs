//! Formulas between `\(` and `\)`, `\[` and `\]`. Markdown knows nothing of them, would eat their backslashes and take
//! their underscores for marks.

use std::borrow::Cow;

use pulldown_cmark::{Event, Parser};

use crate::blocks::{OPTIONS, is_inline};

/// The source with the marks of such formulas as `$$`, which Markdown's reader does know. Every byte keeps its place.
pub(crate) fn readable(source: &str) -> Cow<'_, str> {
    if !source.contains("\\(") && !source.contains("\\[") {
        return Cow::Borrowed(source);
    }
    let mut marks = Vec::new();
    let mut opened: Option<(usize, u8)> = None;
    for (event, range) in Parser::new_ext(source, OPTIONS).into_offset_iter() {
        match event {
            Event::Start(tag) if !is_inline(tag.to_end()) => opened = None,
            Event::End(tag) if !is_inline(tag) => opened = None,
            Event::Text(_) => match (bracket(source, range.start), opened) {
                (Some(mark @ (b'(' | b'[')), None) => opened = Some((range.start - 1, mark)),
                (Some(b')'), Some((from, b'('))) | (Some(b']'), Some((from, b'['))) => {
                    marks.extend([from, range.start - 1]);
                    opened = None;
                }
                _ => {}
            },
            _ => {}
        }
    }
    if marks.is_empty() {
        return Cow::Borrowed(source);
    }
    let mut readable = source.to_owned();
    for mark in marks {
        readable.replace_range(mark..mark + 2, "$$");
    }
    Cow::Owned(readable)
}

/// The bracket with a backslash before it that stands here.
pub(crate) fn bracket(source: &str, at: usize) -> Option<u8> {
    let byte = *source.as_bytes().get(at)?;
    (matches!(byte, b'(' | b')' | b'[' | b']') && is_escaped(source, at)).then_some(byte)
}

/// Whether a backslash takes the meaning from what stands here.
pub(crate) fn is_escaped(source: &str, at: usize) -> bool {
    source.as_bytes()[..at]
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\')
        .count()
        % 2
        == 1
}
