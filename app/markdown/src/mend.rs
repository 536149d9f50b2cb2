//! What of an unfinished text is shown: marks that may yet be closed are closed, marks that say nothing yet are held
//! back. Only the last run of text can have any; a code block has none.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use crate::blocks::{OPTIONS, is_inline};
use crate::formulas::{bracket, is_escaped, readable};

/// How often a text is mended; each time takes one kind of mark away, so there is an end by itself.
const ROUNDS: usize = 8;
/// Bytes of a run of text above which it is shown as it is: no answer has one, and each update would read it several times.
const LONGEST_RUN: usize = 32 * 1024;
/// Bytes after which a bracket that is not closed is only a bracket.
const LONGEST_LABEL: usize = 300;

/// The text as it is shown while it grows.
pub(crate) fn mend(text: &str) -> Cow<'_, str> {
    let held = hold_back_marks(text);
    let mut text = Cow::Borrowed(held);
    let mut closed = false;
    for _ in 0..ROUNDS {
        match step(&text, closed) {
            Step::Mended(mended) => text = Cow::Owned(mended),
            Step::Closed(mended) => {
                text = Cow::Owned(mended);
                closed = true;
            }
            Step::Last(mended) => return Cow::Owned(mended),
            Step::Nothing => break,
        }
    }
    text
}

enum Step {
    /// There was nothing to mend.
    Nothing,
    /// Something was taken away; there may be more.
    Mended(String),
    /// Code or a formula was closed, which is tried once.
    Closed(String),
    /// The emphasis was closed, after which there is nothing.
    Last(String),
}

/// Without its last line, if that is incomplete and nothing but marks: of a heading, a list, a fence, a line.
fn hold_back_marks(text: &str) -> &str {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    if line.is_empty() {
        return text;
    }
    let bare = without_containers(line);
    let is_fence = |mark| bare.starts_with(mark) && !bare[3..].contains('`');
    // Of the line under a table's head it depends on the head whether it is complete.
    let only_marks = (bare.trim_end().len() == 1 || !bare.contains('|'))
        && bare.trim().bytes().all(|byte| b"*_~`#=+-|:>[!<\\".contains(&byte));
    let number = bare.trim_end().trim_end_matches(['.', ')']);
    let only_number = !number.is_empty() && number.len() <= 9 && number.bytes().all(|byte| byte.is_ascii_digit());
    if only_marks || only_number || is_fence("```") || is_fence("~~~") {
        &text[..start]
    } else {
        text
    }
}

/// A line without what says which list or quotation it is in.
fn without_containers(line: &str) -> &str {
    let mut bare = line;
    loop {
        bare = bare.trim_start_matches([' ', '\t', '>']);
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        let mark = match bare.as_bytes().get(digits) {
            Some(b'-' | b'+' | b'*') if digits == 0 => 1,
            Some(b'.' | b')') if (1..=9).contains(&digits) => digits + 1,
            _ => return bare,
        };
        match bare.as_bytes().get(mark) {
            Some(b' ' | b'\t') => bare = &bare[mark..],
            _ => return bare,
        }
    }
}

/// The last run of text, as far as it may go on.
#[derive(Default)]
struct Last {
    /// Whether it is a paragraph, or may become one: then its lines may become a table.
    paragraph: bool,
    in_table: bool,
    start: usize,
    end: usize,
    /// Marks that have stayed text: where, and how many of which.
    marks: Vec<Mark>,
    /// A formula that is not closed, with its bracket.
    formula: Option<u8>,
}

#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    length: usize,
    byte: u8,
}

impl Mark {
    fn end(&self) -> usize {
        self.at + self.length
    }
}

fn last(text: &str) -> Last {
    let readable = readable(text);
    let mut last = Last::default();
    let mut tables = 0_usize;
    let mut code = false;
    let mut links = 0_usize;
    for (event, range) in Parser::new_ext(&readable, OPTIONS).into_offset_iter() {
        match &event {
            // The cells that a row does not have yet.
            Event::Start(Tag::TableCell) if range.is_empty() => {}
            Event::Start(tag) if !is_inline(tag.to_end()) => {
                tables += usize::from(matches!(tag, Tag::Table(_)));
                code = matches!(tag, Tag::CodeBlock(_) | Tag::HtmlBlock);
                last = Last {
                    paragraph: matches!(tag, Tag::Paragraph | Tag::Item),
                    in_table: tables > 0,
                    start: range.start,
                    end: range.start,
                    ..Last::default()
                };
            }
            Event::End(tag) if !is_inline(*tag) => {
                if code {
                    code = false;
                    last = Last {
                        paragraph: true,
                        start: range.end,
                        end: range.end,
                        ..Last::default()
                    };
                }
                if matches!(tag, pulldown_cmark::TagEnd::Table) {
                    tables -= 1;
                }
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => links += 1,
            Event::End(pulldown_cmark::TagEnd::Link | pulldown_cmark::TagEnd::Image) => links -= 1,
            Event::Rule => last = Last::default(),
            Event::Text(_) if !code => {
                if links == 0 && last.formula.is_none() {
                    last.collect(&readable, range.clone());
                }
                last.end = last.end.max(range.end);
            }
            Event::SoftBreak | Event::HardBreak => {}
            _ => last.end = last.end.max(range.end),
        }
    }
    last
}

impl Last {
    fn collect(&mut self, text: &str, range: Range<usize>) {
        if let Some(byte @ (b'(' | b'[')) = bracket(text, range.start) {
            self.formula = Some(byte);
            return;
        }
        for at in range {
            let byte = text.as_bytes()[at];
            if !b"*_~`[]$<".contains(&byte) || is_escaped(text, at) {
                continue;
            }
            match self.marks.last_mut() {
                Some(mark) if mark.byte == byte && mark.end() == at && !matches!(byte, b'[' | b']') => mark.length += 1,
                _ => self.marks.push(Mark { at, length: 1, byte }),
            }
        }
    }
}

/// Mends one thing.
fn step(text: &str, closed: bool) -> Step {
    let last = last(text);
    let Some(rest) = text.get(last.end..) else {
        return Step::Nothing;
    };
    if let Some(cut) = table_to_be(text, &last) {
        return Step::Mended(text[..cut].to_owned());
    }
    // A blank line, or the end of a cell: it does not go on.
    let lines = rest.bytes().filter(|byte| *byte == b'\n').count();
    let shown = text[..last.end].trim_end();
    if lines > usize::from(last.paragraph)
        || (last.in_table && (lines > 0 || rest.contains('|')))
        || shown.len() <= last.start
        || shown.len() - last.start > LONGEST_RUN
    {
        return Step::Nothing;
    }
    if let Some(bracket) = last.formula.filter(|_| !closed) {
        let closing = if bracket == b'(' { "\\)" } else { "\\]" };
        return Step::Closed(insert(text, shown.len(), closing));
    }
    if shown.ends_with('\\') && !is_escaped(text, shown.len() - 1) {
        return Step::Mended(without(text, shown.len() - 1..shown.len()));
    }
    if let Some(mended) = brackets(text, shown.len(), &last.marks) {
        return Step::Mended(mended);
    }
    if !closed && let Some(step) = verbatim(text, shown.len(), &last.marks) {
        return step;
    }
    emphasis(text, shown.len(), &last.marks)
}

fn insert(text: &str, at: usize, mark: &str) -> String {
    format!("{}{mark}{}", &text[..at], &text[at..])
}

fn without(text: &str, range: Range<usize>) -> String {
    format!("{}{}", &text[..range.start], &text[range.end..])
}

/// Where the lines begin that are the head of a table, once the line under it is there.
fn table_to_be(text: &str, last: &Last) -> Option<usize> {
    if !last.paragraph {
        return None;
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    if body.len() < last.start || body.ends_with('\n') {
        return None;
    }
    let start = body.rfind('\n').map_or(0, |at| at + 1);
    let line = without_containers(&body[start..]);
    let is_row = line.starts_with('|') || (line.contains('|') && is_delimiters(line));
    if !is_row {
        return None;
    }
    let complete = body.len() < text.len();
    if !is_delimiters(line) {
        return Some(start);
    }
    // Under a head that it does not fit a complete line of delimiters is text, and so is the head.
    if complete || start == 0 {
        return None;
    }
    let above = body[..start - 1].rfind('\n').map_or(0, |at| at + 1);
    (above >= line_start(text, last.start) && body[above..start].contains('|')).then_some(above)
}

fn is_delimiters(line: &str) -> bool {
    line.bytes().all(|byte| b"|:- \t".contains(&byte))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// A link or a picture whose end has not come: its text is shown, and its address not.
fn brackets(text: &str, end: usize, marks: &[Mark]) -> Option<String> {
    let mut open: Vec<Mark> = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        match mark.byte {
            // What is in code to be is no bracket.
            b'`' => break,
            b'<' => {
                let rest = &text[mark.end()..end];
                if rest.starts_with("http") && !rest.contains(char::is_whitespace) {
                    return Some(without(text, mark.at..mark.end()));
                }
            }
            b'[' => open.push(*mark),
            b']' => {
                let Some(opening) = open.pop() else { continue };
                let rest = &text[mark.end()..end];
                if rest.is_empty() || begins_address(rest) {
                    let head = opening.at - usize::from(text[..opening.at].ends_with('!'));
                    return Some(format!(
                        "{}{}{}",
                        &text[..head],
                        &text[opening.end()..mark.at],
                        &text[end..]
                    ));
                }
                if rest.starts_with('[') && marks[index + 1..].iter().all(|mark| mark.byte != b']') {
                    return Some(without(text, mark.end()..end));
                }
            }
            _ => {}
        }
    }
    let opening = open.into_iter().find(|mark| end - mark.at <= LONGEST_LABEL)?;
    let head = opening.at - usize::from(text[..opening.at].ends_with('!'));
    Some(without(text, head..opening.end()))
}

/// Whether this may become the address of a link: `(`, an address, a title, and no end.
fn begins_address(rest: &str) -> bool {
    let Some(inner) = rest.strip_prefix('(') else {
        return false;
    };
    let inner = inner.trim_start();
    let after = match inner.strip_prefix('<') {
        Some(inner) => inner.find('>').map_or("", |at| &inner[at + 1..]),
        None => inner.find(char::is_whitespace).map_or("", |at| &inner[at..]),
    }
    .trim_start();
    after.is_empty() || after.starts_with(['"', '\'', '('])
}

/// Code, or a formula, whose end has not come: all that follows is in it.
fn verbatim(text: &str, end: usize, marks: &[Mark]) -> Option<Step> {
    let mark = marks
        .iter()
        .find(|mark| mark.byte == b'`' || (mark.byte == b'$' && mark.length == 2))?;
    let byte = char::from(mark.byte);
    let inner = text[mark.end()..end].trim_end_matches(byte).trim_end();
    if inner.is_empty() {
        return Some(Step::Mended(without(text, mark.at..end)));
    }
    let inner = mark.end() + inner.len();
    Some(Step::Closed(format!(
        "{}{}{}",
        &text[..inner],
        &text[mark.at..mark.end()],
        &text[end..]
    )))
}

/// Emphasis whose end has not come.
fn emphasis(text: &str, end: usize, marks: &[Mark]) -> Step {
    let is_delimiter = |byte| matches!(byte, b'*' | b'_' | b'~');
    let shown = &text[..end];
    let trailing = shown.trim_end_matches(['*', '_', '~']).len();
    let open: Vec<&Mark> = marks
        .iter()
        .filter(|mark| mark.at < trailing && is_delimiter(mark.byte) && opens(shown, mark))
        .collect();
    // Half an end, or the beginning of the next.
    let half = marks
        .iter()
        .any(|mark| mark.end() > trailing && is_delimiter(mark.byte));
    if trailing < end && (half || !open.is_empty()) && !is_escaped(text, trailing) {
        return Step::Mended(without(text, trailing..end));
    }
    if open.is_empty() {
        return Step::Nothing;
    }
    let closing: String = open.iter().rev().map(|mark| &text[mark.at..mark.end()]).collect();
    Step::Last(insert(text, end, &closing))
}

/// Whether a mark may begin emphasis, by the rules of Markdown; between two letters of a word it is taken for what it
/// looks like.
fn opens(text: &str, mark: &Mark) -> bool {
    let Some(next) = text[mark.end()..].chars().next() else {
        return false;
    };
    let before = text[..mark.at].chars().next_back();
    let after_word = before.is_some_and(char::is_alphanumeric);
    let fits = match mark.byte {
        b'_' => !after_word,
        b'~' => mark.length == 2,
        _ => mark.length > 1 || !before.is_some_and(|c| c.is_ascii_alphanumeric()),
    };
    let is_mark = |c: char| !c.is_alphanumeric();
    fits && !next.is_whitespace() && (!is_mark(next) || before.is_none_or(is_mark))
}
