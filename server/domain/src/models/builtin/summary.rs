//! Summing up by extraction: of each message its first sentence, after what was summed up before.

use types::threads::MessageRole;

use super::super::{PromptMessage, tokens};
use super::extract::{is_question, sentences};
use crate::chat::context::summary_in;

/// Characters of a sentence that are kept.
const LONGEST_SENTENCE: usize = 200;

const USER: &str = "- The user: ";
const ASSISTANT: &str = "- The answer: ";

/// The summary of these messages that a `request` asks for, within `most` tokens: when not everything fits, what is newest.
pub(super) fn sum_up(messages: &[PromptMessage], request: &str, most: u32, own_words: &[&str]) -> String {
    let before = summary_in(request).unwrap_or_default();
    let lines = before
        .lines()
        .filter(|line| line.starts_with(USER) || line.starts_with(ASSISTANT))
        .map(str::to_owned);
    let lines: Vec<String> = lines
        .chain(messages.iter().filter_map(|message| line(message, own_words)))
        .collect();

    let mut left = most;
    let fitting = lines.iter().rev().take_while(|line| {
        // With the line break.
        let cost = tokens::estimate(line).saturating_add(1);
        let fits = cost <= left;
        left = left.saturating_sub(cost);
        fits
    });
    let first = lines.len() - fitting.count();
    lines[first..].join("\n")
}

/// What a message is about: the first sentence that is neither a quote nor in the model's own words.
fn line(message: &PromptMessage, own_words: &[&str]) -> Option<String> {
    let who = match message.role {
        MessageRole::User => USER,
        MessageRole::Assistant => ASSISTANT,
        MessageRole::System => return None,
    };
    let own = |text: &str| own_words.iter().any(|own| own.contains(text));
    let said = || sentences(&message.content).filter(|text| !text.starts_with('>') && !own(text));
    // What somebody tells says more than what they ask.
    let sentence = said().find(|text| !is_question(text)).or_else(|| said().next())?;
    let sentence: String = sentence.chars().take(LONGEST_SENTENCE).collect();
    Some([who, sentence.trim_end()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::context::fenced_summary;

    const OWN_WORDS: &[&str] = &["I only quote."];

    fn message(role: MessageRole, content: &str) -> PromptMessage {
        PromptMessage {
            role,
            content: content.to_owned(),
        }
    }

    #[test]
    fn what_was_told_is_kept_and_goes_on_from_what_was_before() {
        let messages = [
            message(MessageRole::System, "Sum up."),
            message(MessageRole::User, "Can you help? My dog is called Rex. He is old."),
            message(
                MessageRole::Assistant,
                "I only quote.\n\n> He is old.\n\nRex is a good name.",
            ),
            message(MessageRole::Assistant, "I only quote."),
        ];
        let first = sum_up(&messages, "Please.", 1_000, OWN_WORDS);
        assert_eq!(
            first,
            "- The user: My dog is called Rex.\n- The answer: Rex is a good name."
        );
        let request = ["Please.\n\n", &fenced_summary(&first)].concat();
        let more = [message(MessageRole::User, "Where is Lisbon?")];
        let second = sum_up(&more, &request, 1_000, OWN_WORDS);
        assert_eq!(second, first.clone() + "\n- The user: Where is Lisbon?");
        // What is oldest goes first.
        let most = tokens::estimate("- The user: Where is Lisbon?") + 4;
        assert_eq!(sum_up(&more, &request, most, OWN_WORDS), "- The user: Where is Lisbon?");
        assert_eq!(sum_up(&more, &request, 2, OWN_WORDS), "");
    }
}
