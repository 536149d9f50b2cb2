//! Shortening a text in its middle.

use super::Count;

/// Stands where the middle of a text was taken out.
pub const MARK: &str = " […] ";

/// The text within `most` tokens: whole, or its two ends with [`MARK`] between them, or its beginning where not even the
/// mark has room. None when not one character fits.
pub(crate) fn shorten(text: &str, most: u32, count: Count<'_>) -> Option<String> {
    if count(text) <= most {
        return Some(text.to_owned());
    }
    longest(text, most, count, ends).or_else(|| longest(text, most, count, beginning))
}

/// The same with the mark or not at all.
pub(super) fn shorten_visibly(text: &str, most: u32, count: Count<'_>) -> Option<String> {
    if count(text) <= most {
        Some(text.to_owned())
    } else {
        longest(text, most, count, ends)
    }
}

/// The first character, or nothing of nothing.
pub(super) fn first_character(text: &str) -> &str {
    beginning_of(text, text.chars().next().map_or(0, char::len_utf8))
}

/// The longest cut that fits, found by halving. Every text that is returned has been counted, so a tokenizer for which
/// less text is sometimes more tokens makes the result shorter than it could be, never too long. The cost is a few times
/// that of counting the whole text once, as the pieces looked at shrink by half.
fn longest(text: &str, most: u32, count: Count<'_>, cut: fn(&str, usize) -> Option<String>) -> Option<String> {
    let (mut fits, mut too_long) = (0, text.len());
    let mut best = None;
    while too_long - fits > 1 {
        let middle = fits + (too_long - fits) / 2;
        match cut(text, middle) {
            Some(shorter) if count(&shorter) > most => too_long = middle,
            Some(shorter) => {
                fits = middle;
                best = Some(shorter);
            }
            // Less than one character: more is needed to have anything to count.
            None => fits = middle,
        }
    }
    best
}

/// Both ends, `bytes` long together or up to three bytes less on each side. The first character is always there.
fn ends(text: &str, bytes: usize) -> Option<String> {
    let head = &text[..text.floor_char_boundary(bytes.div_ceil(2))];
    let tail = &text[text.ceil_char_boundary(text.len() - bytes / 2)..];
    if head.is_empty() {
        return None;
    }
    Some([head, MARK, tail].concat())
}

/// The beginning, `bytes` long or up to three bytes less.
fn beginning(text: &str, bytes: usize) -> Option<String> {
    let head = beginning_of(text, bytes);
    if head.is_empty() { None } else { Some(head.to_owned()) }
}

fn beginning_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
