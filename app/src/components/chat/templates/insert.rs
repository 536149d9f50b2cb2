//! Where the text of a template goes.

use leptos::prelude::*;
use types::templates::{Piece, pieces};

use super::super::draft::{before, line_before};
use super::super::open::Chat;

/// A place in what is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// What was written when it was chosen.
    text: String,
    /// From where to where the template takes the place of it, in bytes: the slash and what followed, or nothing.
    from: usize,
    to: usize,
}

impl Spot {
    /// After everything that is written.
    pub(super) fn end_of(chat: &Chat) -> Self {
        Self::after(&written(chat))
    }

    fn after(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            from: text.len(),
            to: text.len(),
        }
    }

    /// At the cursor.
    pub(super) fn at_caret(chat: &Chat) -> Self {
        let (text, caret) = (written(chat), chat.draft.caret());
        let at = before(&text, caret).len();
        Self { text, from: at, to: at }
    }

    /// Of the slash that begins the cursor's line, and what is looked for with it; none when there is no such slash.
    pub(super) fn of_slash(chat: &Chat) -> Option<(Self, String)> {
        let (text, caret) = (written(chat), chat.draft.caret());
        slash(text, caret)
    }

    /// The text with a template in it, and what of that is to be marked: the first variable that is left, else the end.
    fn filled(&self, now: &str, template: &str) -> (String, usize, usize) {
        let (head, tail, after) = if now == self.text {
            (now[..self.from].to_owned(), &now[self.to..], self.from == self.to)
        } else {
            // Something else was written meanwhile; it stays whole.
            (now.to_owned(), "", true)
        };
        let apart = after && !head.trim().is_empty() && !head.ends_with('\n');
        let head = if apart { head + "\n\n" } else { head };
        let mut at = head.len();
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => at += text.len(),
                Piece::Variable { written, .. } => {
                    let end = at + written.len();
                    return ([&head, template, tail].concat(), at, end);
                }
            }
        }
        ([&head, template, tail].concat(), at, at)
    }
}

/// What stands in the composer, also when nobody else has heard of the last letter yet.
fn written(chat: &Chat) -> String {
    let field = chat.draft.node.get_untracked().map(|node| node.value());
    field.unwrap_or_else(|| chat.draft.text.get_untracked())
}

fn slash(text: String, caret: u32) -> Option<(Spot, String)> {
    let line = line_before(&text, caret);
    let looked_for = line.trim_start().strip_prefix('/')?.to_owned();
    let to = before(&text, caret).len();
    let from = to - looked_for.len() - 1;
    Some((Spot { text, from, to }, looked_for))
}

/// Writes a template's text into the composer and goes there.
pub(super) fn insert(chat: &Chat, spot: &Spot, template: &str) {
    let draft = chat.draft;
    let (text, from, to) = spot.filled(&written(chat), template);
    let count = |end: usize| u32::try_from(text[..end].encode_utf16().count()).unwrap_or(u32::MAX);
    let (from, to) = (count(from), count(to));
    draft.write(text);
    let go = move || {
        draft.grow();
        draft.focus();
        // After [`Draft::focus`], which goes to the end.
        if let Some(node) = draft.node.get_untracked() {
            _ = node.set_selection_range(from, to);
        }
    };
    // On a phone the composer was hidden behind the fields; it has to be drawn before it has a height and takes the focus.
    request_animation_frame(go);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_that_begins_a_line_is_found_with_what_follows() {
        for (text, caret, looked_for) in [
            ("/", 1, Some("")),
            ("/exp", 4, Some("exp")),
            ("/exp", 2, Some("e")),
            ("  /exp la", 9, Some("exp la")),
            ("a\n/é", 4, Some("é")),
            ("a /exp", 6, None),
            ("/exp", 0, None),
            ("/a\nb", 4, None),
            ("", 0, None),
        ] {
            let found = slash(text.to_owned(), caret).map(|(_, looked_for)| looked_for);
            assert_eq!(found.as_deref(), looked_for, "{text:?} {caret}");
        }
    }

    #[test]
    fn a_template_takes_the_place_of_its_slash_and_nothing_else() {
        let (spot, _) = slash("Hello\n /ex there".to_owned(), 10).unwrap();
        let (text, from, to) = spot.filled("Hello\n /ex there", "Explain it.");
        assert_eq!(text, "Hello\n Explain it. there");
        assert_eq!((&text[..from], from), ("Hello\n Explain it.", to));
        let (text, from, to) = spot.filled("Hello, changed", "Explain {{it}}, {{b}}.");
        assert_eq!(text, "Hello, changed\n\nExplain {{it}}, {{b}}.");
        assert_eq!(&text[from..to], "{{it}}", "what is left is marked");
    }

    #[test]
    fn what_is_written_stays_before_a_template() {
        for (written, whole) in [("", "T"), (" ", " T"), ("Draft", "Draft\n\nT"), ("Draft\n", "Draft\nT")] {
            assert_eq!(Spot::after(written).filled(written, "T").0, whole, "{written:?}");
        }
    }
}
