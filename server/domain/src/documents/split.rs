//! Splitting a text into passages: at headings and paragraphs where they are near enough, else between sentences, else
//! between words (recursive splitting).

use sea_orm::DbBackend;
use text_splitter::{ChunkConfig, MarkdownSplitter, TextSplitter};
use types::documents::DocumentKind;

use crate::search;

/// Characters of a passage, at most.
const LONGEST: usize = 1_000;
/// Characters that a passage may share with the one before it, so that what a joint cuts through is whole in one of them.
const SHARED: usize = 100;

/// A passage, ready for the index of a database.
#[derive(Debug)]
pub(super) struct Passage {
    pub(super) text: String,
    pub(super) tokens: String,
}

/// The passages of a text, in order. What has no word in it is none.
pub(super) fn passages(text: &str, kind: DocumentKind, backend: DbBackend) -> Vec<Passage> {
    let config = ChunkConfig::new(LONGEST).with_overlap(SHARED);
    let config = config.unwrap_or_else(|_| ChunkConfig::new(LONGEST));
    let pieces: Vec<&str> = match kind {
        DocumentKind::Markdown => MarkdownSplitter::new(config).chunks(text).collect(),
        _ => TextSplitter::new(config).chunks(text).collect(),
    };
    indexed(pieces, backend)
}

/// Passages that were split before: each is one again, and what is too long for one is split.
pub(super) fn again(passages: &[String], backend: DbBackend) -> Vec<Passage> {
    let splitter = TextSplitter::new(LONGEST);
    let pieces = passages.iter().flat_map(|passage| -> Vec<&str> {
        if passage.chars().count() > LONGEST {
            splitter.chunks(passage).collect()
        } else {
            vec![passage]
        }
    });
    indexed(pieces, backend)
}

fn indexed<'t>(pieces: impl IntoIterator<Item = &'t str>, backend: DbBackend) -> Vec<Passage> {
    let passage = |text: &str| {
        search::tokens(text).next()?;
        Some(Passage {
            text: text.to_owned(),
            tokens: search::indexed(text, backend),
        })
    };
    pieces.into_iter().filter_map(passage).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str, kind: DocumentKind) -> Vec<String> {
        let passages = passages(text, kind, DbBackend::Sqlite);
        passages.into_iter().map(|passage| passage.text).collect()
    }

    #[test]
    fn a_text_is_split_at_its_joints() {
        let section = |name: &str| format!("# {name}\n\n{}", format!("All of {name}. ").repeat(45));
        let text = [section("Lisbon"), section("Porto")].join("\n\n");
        let found = of(&text, DocumentKind::Markdown);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("# Lisbon") && !found[0].contains("Porto"));
        assert!(found[1].starts_with("# Porto"));
        assert!(of("", DocumentKind::Text).is_empty());
        assert!(of("--- ***\n\n...", DocumentKind::Text).is_empty());
    }

    proptest! {
        #[test]
        fn every_word_is_in_a_passage_and_none_is_too_long(
            words in prop::collection::vec("[a-z]{1,12}[.,]?[ \n]{1,3}|東京。|\\PC{0,5} ", 0..900),
            markdown: bool,
        ) {
            let text = words.concat();
            let kind = if markdown { DocumentKind::Markdown } else { DocumentKind::Text };
            let found = of(&text, kind);
            for passage in &found {
                prop_assert!(passage.chars().count() <= LONGEST);
                prop_assert!(text.contains(passage.as_str()));
            }
            let once_more: Vec<String> = again(&found, DbBackend::Sqlite).into_iter().map(|passage| passage.text).collect();
            prop_assert_eq!(&once_more, &found, "what comes out of an archive is what went into it");
            let all = found.join("\n");
            for word in words.iter().map(|word| word.trim()).filter(|word| word.is_ascii() && word.chars().all(char::is_alphabetic)) {
                prop_assert!(all.contains(word), "{} is lost", word);
            }
        }
    }
}
