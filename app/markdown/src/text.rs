//! Text and addresses on their way into HTML. Everything that is not one of our own tags passes through here.

use std::fmt::Write;

/// The schemes a link may have. Whatever else an address begins with, nothing is made of it.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// How every link opens: in a tab of its own that knows nothing of this one.
pub(crate) const LINK_ATTRIBUTES: &str = "rel=\"noopener noreferrer nofollow\" target=\"_blank\"";

/// Characters that turn the direction of the text that follows, and can make it read as what it is not.
pub(crate) fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes text so that it is text: in an element as well as in an attribute.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut from = 0;
    for (at, character) in text.char_indices() {
        let written = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            '\n' | '\t' => continue,
            '\r' if text[at..].starts_with("\r\n") => "",
            '\r' => "\n",
            other if other.is_control() => "\u{fffd}",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(written);
        from = at + character.len_utf8();
    }
    out.push_str(&text[from..]);
}

/// Writes code: like text, but what would turn its direction is shown for what it is, since code that does not read as
/// it runs is an old trick.
pub(crate) fn escape_code(code: &str, out: &mut String) {
    let mut rest = code;
    while let Some((at, character)) = rest.char_indices().find(|(_, character)| turns(*character)) {
        escape(&rest[..at], out);
        // Writing to a string can't fail.
        let _ = write!(out, "[U+{:04X}]", u32::from(character));
        rest = &rest[at + character.len_utf8()..];
    }
    escape(rest, out);
}

/// The address as it may stand in `href`, if it may.
pub(crate) fn address(url: &str) -> Option<String> {
    let url = url.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let scheme = SCHEMES.iter().find(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })?;
    if url.len() == scheme.len() {
        return None;
    }
    let mut written = String::with_capacity(url.len() + 8);
    for character in url.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '\'' => written.push_str("&#39;"),
            '"' | '<' | '>' | '`' | '\\' | '{' | '}' | '|' | '^' => percent(character, &mut written),
            other if other.is_control() || other.is_whitespace() || turns(other) => percent(other, &mut written),
            other => written.push(other),
        }
    }
    Some(written)
}

fn percent(character: char, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        out.push('%');
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Writes running text. Addresses in it become links, if links may be here, and a text that turns its direction does so
/// by itself only.
pub(crate) fn prose(text: &str, links: bool, out: &mut String) {
    let isolated = text.contains(turns);
    if isolated {
        out.push_str("<bdi>");
    }
    let mut rest = text;
    while links && let Some((start, end)) = bare_address(rest) {
        escape(&rest[..start], out);
        let url = &rest[start..end];
        if let Some(href) = address(url) {
            open_link(&href, None, out);
            escape(url, out);
            out.push_str("</a>");
        } else {
            escape(url, out);
        }
        rest = &rest[end..];
    }
    escape(rest, out);
    if isolated {
        out.push_str("</bdi>");
    }
}

/// Begins a link to an address that went through [`address`].
pub(crate) fn open_link(href: &str, title: Option<&str>, out: &mut String) {
    out.push_str("<a href=\"");
    out.push_str(href);
    out.push('"');
    if let Some(title) = title.filter(|title| !title.is_empty()) {
        out.push_str(" title=\"");
        escape(title, out);
        out.push('"');
    }
    out.push(' ');
    out.push_str(LINK_ATTRIBUTES);
    out.push('>');
}

/// Where the first `http(s)://…` of a text stands.
fn bare_address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(colon) = text[from..].find("://").map(|at| from + at) {
        from = colon + 3;
        let head = &text.as_bytes()[..colon];
        let length = [5, 4].into_iter().find(|length| {
            head.len() >= *length && {
                let scheme = &head[head.len() - length..];
                scheme.eq_ignore_ascii_case(b"https") || scheme.eq_ignore_ascii_case(b"http")
            }
        });
        let Some(length) = length else { continue };
        let start = colon - length;
        if text[..start].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let rest = &text[from..];
        let run = rest
            .find(|c: char| {
                !(c.is_alphanumeric() || c.is_ascii_punctuation()) || matches!(c, '<' | '>' | '"' | '`' | '\\')
            })
            .unwrap_or(rest.len());
        let kept = without_trailing_punctuation(&rest[..run]);
        if kept.starts_with(char::is_alphanumeric) {
            return Some((start, from + kept.len()));
        }
    }
    None
}

/// What ends a sentence is not of the address in it; a bracket is if it was opened there.
fn without_trailing_punctuation(address: &str) -> &str {
    let mut open = 0_usize;
    let mut closed = 0_usize;
    for byte in address.bytes() {
        match byte {
            b'(' => open += 1,
            b')' => closed += 1,
            _ => {}
        }
    }
    let mut kept = address;
    while let Some(last) = kept.chars().next_back() {
        match last {
            ')' if closed > open => closed -= 1,
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '~' | '\'' | ']' | '}' | '|' => {}
            _ => break,
        }
        kept = &kept[..kept.len() - last.len_utf8()];
    }
    kept
}
