//! Messages as model servers take them.

use serde::Serialize;
use types::threads::MessageRole;

use super::PromptMessage;

/// `{role,content}`, the same for every server spoken to here.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct WireMessage {
    role: MessageRole,
    content: String,
}

/// The messages with neighbours of one role joined.
///
/// Two questions follow each other when the answer between them failed. The chat templates of several models refuse a
/// conversation that does not take turns, so one failed answer would break every later one.
pub(super) fn messages(prompt: Vec<PromptMessage>) -> Vec<WireMessage> {
    let mut joined: Vec<WireMessage> = Vec::with_capacity(prompt.len());
    for PromptMessage { role, content } in prompt {
        match joined.last_mut() {
            Some(before) if before.role == role => {
                before.content.push_str("\n\n");
                before.content.push_str(&content);
            }
            _ => joined.push(WireMessage { role, content }),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_take_turns() {
        use MessageRole::{Assistant, System, User};
        let say = |role, content: &str| PromptMessage {
            role,
            content: content.to_owned(),
        };
        let wire = messages(vec![
            say(System, "s"),
            say(User, "a"),
            say(User, "b"),
            say(Assistant, "c"),
            say(User, "d"),
        ]);
        let seen: Vec<_> = wire
            .iter()
            .map(|message| (message.role, message.content.as_str()))
            .collect();
        assert_eq!(seen, [(System, "s"), (User, "a\n\nb"), (Assistant, "c"), (User, "d")]);
    }
}
