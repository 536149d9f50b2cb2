//! What is being written: the text in the composer, kept in the browser until it is sent.

use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, HtmlTextAreaElement, Storage};

/// Drafts longer than this are not kept: browsers give a site a few megabytes.
const LONGEST_DRAFT: usize = 200_000;
/// Bytes of a request that a server takes unless it is told otherwise, less some room for what goes along.
const MOST_BYTES: usize = 1_048_576 - 4_096;

/// The composer's text.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The text.
    pub text: RwSignal<String>,
    /// Where it is written.
    pub node: NodeRef<Textarea>,
    /// Under which name it is kept.
    place: StoredValue<String>,
}

impl Draft {
    /// An empty one, or the text of a form that came back.
    pub(super) fn new(text: String) -> Self {
        Self {
            text: RwSignal::new(text),
            node: NodeRef::new(),
            place: StoredValue::new(String::new()),
        }
    }

    /// Goes over to what was being written at another place: a thread of a person's, or a new chat.
    pub(super) fn go(self, user: &str, thread: Option<&str>) {
        self.place.set_value(place(user, thread));
    }

    /// The text that was kept at this place.
    pub(super) fn load(self) {
        self.show(self.kept());
    }

    fn kept(self) -> String {
        let kept = storage().and_then(|storage| storage.get_item(&self.place.get_value()).ok().flatten());
        kept.unwrap_or_default()
    }

    /// Takes what stands in the field: the reader may have typed before the page came alive. What was kept then comes before
    /// it, unless the browser has put it there by itself.
    pub(super) fn adopt(self) {
        let typed = self.node.get_untracked().map(|node| node.value()).unwrap_or_default();
        let kept = self.kept();
        if typed.is_empty() {
            self.show(kept);
        } else if typed.starts_with(&kept) {
            self.type_in(typed);
        } else {
            self.write(joined(&kept, &typed));
        }
    }

    /// The reader types.
    pub fn type_in(self, text: String) {
        self.keep(&text);
        self.text.set(text);
        self.grow();
    }

    /// Writes a text into the field, and keeps it.
    pub fn write(self, text: String) {
        self.keep(&text);
        self.show(text);
    }

    /// Whether a slash was just typed where a line begins: that asks for the templates.
    pub(super) fn asks_for_templates(self) -> bool {
        let caret = self.caret();
        self.text
            .with_untracked(|text| line_before(text, caret).trim_start() == "/")
    }

    /// Where in the text the cursor is, in the browser's count.
    pub fn caret(self) -> u32 {
        let caret = self.node.get_untracked().and_then(|node| node.selection_start().ok());
        caret.flatten().unwrap_or(u32::MAX)
    }

    /// Moves the focus to the field, behind the text.
    pub fn focus(self) {
        if let Some(node) = self.node.get_untracked() {
            _ = node.focus();
            let end = u32::try_from(node.value().encode_utf16().count()).unwrap_or(u32::MAX);
            _ = node.set_selection_range(end, end);
        }
    }

    fn show(self, text: String) {
        if let Some(node) = self.node.get_untracked() {
            node.set_value(&text);
        }
        self.text.set(text);
        self.grow();
    }

    fn keep(self, text: &str) {
        let Some(storage) = storage() else { return };
        let place = self.place.get_value();
        if text.trim().is_empty() || text.len() > LONGEST_DRAFT {
            _ = storage.remove_item(&place);
        } else {
            _ = storage.set_item(&place, text);
        }
    }

    /// Makes the field as high as its text; the style sheet says where that ends.
    pub fn grow(self) {
        if let Some(node) = self.node.get_untracked() {
            grow(&node);
        }
    }
}

/// The part of a text before a place that the browser counted: in units of UTF-16.
pub fn before(text: &str, place: u32) -> &str {
    let mut left = place as usize;
    let end = text.char_indices().find(|(_, character)| {
        let inside = left < character.len_utf16();
        left = left.saturating_sub(character.len_utf16());
        inside
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// The line that ends at such a place.
pub fn line_before(text: &str, place: u32) -> &str {
    before(text, place).rsplit('\n').next().unwrap_or_default()
}

/// Makes a field as high as its text.
pub(super) fn grow(field: &HtmlTextAreaElement) {
    let style = HtmlElement::style(field);
    _ = style.set_property("height", "auto");
    let edges = field.offset_height() - field.client_height();
    _ = style.set_property("height", &((field.scroll_height() + edges).to_string() + "px"));
}

/// Keeps a text that could not be sent for when the reader comes back there. What they have written there since stays.
pub(super) fn put_back(user: &str, thread: Option<&str>, text: &str) {
    let Some(storage) = storage() else { return };
    let place = place(user, thread);
    let now = storage.get_item(&place).ok().flatten();
    _ = storage.set_item(&place, &joined(text, &now.unwrap_or_default()));
}

/// A text that came back, before what was written since.
pub(super) fn joined(text: &str, now: &str) -> String {
    if now.trim().is_empty() {
        text.to_owned()
    } else {
        [text, now].join("\n\n")
    }
}

fn place(user: &str, thread: Option<&str>) -> String {
    ["latchkey:draft:", user, ":", thread.unwrap_or("new")].concat()
}

/// Private windows may have none.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// How much of what can be sent at once a text takes, in percent. What is neither a letter, a digit nor a space takes more
/// room on its way as a form.
pub(super) fn fill(text: &str) -> usize {
    let bytes: usize = text
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b" -._*".contains(&byte) {
                1
            } else {
                3
            }
        })
        .sum();
    (bytes * 100).div_ceil(MOST_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{before, fill, joined, line_before};

    #[test]
    fn the_browsers_count_finds_its_place() {
        let text = "aж🦀\n /x";
        for (place, part) in [
            (0, ""),
            (1, "a"),
            (2, "aж"),
            (3, "aж"),
            (4, "aж🦀"),
            (5, "aж🦀\n"),
            (8, text),
            (u32::MAX, text),
        ] {
            assert_eq!(before(text, place), part, "{place}");
        }
        assert_eq!(line_before(text, 7), " /");
        assert_eq!(line_before(text, 4), "aж🦀");
        assert_eq!(line_before("", 0), "");
    }

    #[test]
    fn what_comes_back_stands_before_what_was_written_since() {
        assert_eq!(joined("a", " \n"), "a");
        assert_eq!(joined("a", "b"), "a\n\nb");
    }

    #[test]
    fn a_text_counts_as_it_travels() {
        assert_eq!(fill(""), 0);
        assert_eq!(fill("Hello"), 1);
        assert_eq!(fill(&"a".repeat(1_044_480)), 100);
        assert_eq!(fill(&"a".repeat(1_044_481)), 101);
        assert!(fill(&"ж".repeat(200_000)) > 100, "six bytes each");
        assert!(fill(&"\n".repeat(340_000)) < 100);
    }
}
