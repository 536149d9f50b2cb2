//! System prompt and newest user message as they fit together.

use types::prompts::{Piece, PromptReport, Shortened};

use super::shorten::{first_character, shorten};
use super::{Count, MESSAGE_OVERHEAD};

/// System prompt and newest user message as they fit together.
pub(super) struct Pair {
    pub(super) system: Option<String>,
    pub(super) user: String,
    /// Tokens of the system prompt with its overhead.
    pub(super) system_cost: u32,
    /// Tokens of the user message with its overhead and what comes along with it.
    pub(super) user_cost: u32,
}

impl Pair {
    /// Fits the two into `limit`, of which what comes along with the user message takes `extra`.
    pub(super) fn fit(
        count: Count<'_>,
        limit: u32,
        system: String,
        user: String,
        extra: u32,
        report: &mut PromptReport,
    ) -> Self {
        let limit = limit.saturating_sub(extra);
        let user_tokens = count(&user);
        let (system, system_cost) = fit_system(count, limit, system, (&user, user_tokens), report);
        let user_room = limit.saturating_sub(system_cost).saturating_sub(MESSAGE_OVERHEAD);
        let kept = shorten(&user, user_room, count).unwrap_or_else(|| first_character(&user).to_owned());
        let to = count(&kept);
        if kept != user {
            report.shortened.push(whole_message(Piece::User, user_tokens, to));
        }
        Self {
            system,
            user: kept,
            system_cost,
            user_cost: to.saturating_add(MESSAGE_OVERHEAD).saturating_add(extra),
        }
    }
}

/// The system prompt beside a user message of so many tokens, with what it costs.
fn fit_system(
    count: Count<'_>,
    limit: u32,
    system: String,
    (user, user_tokens): (&str, u32),
    report: &mut PromptReport,
) -> (Option<String>, u32) {
    if system.is_empty() {
        return (None, 0);
    }
    let room = limit.saturating_sub(2 * MESSAGE_OVERHEAD);
    let tokens = count(&system);
    // The least the user's message can be without ceasing to be one.
    let user_least = user_tokens.min(count(first_character(user)));
    let share = if tokens.saturating_add(user_tokens) <= room {
        tokens
    } else if user_tokens <= room / 2 {
        room - user_tokens
    } else {
        tokens.min(room / 2).min(room.saturating_sub(user_least))
    };
    let kept = if room > user_least {
        shorten(&system, share, count)
    } else {
        None
    };
    let to = kept.as_deref().map_or(0, count);
    if kept.as_ref() != Some(&system) {
        report.shortened.push(whole_message(Piece::System, tokens, to));
    }
    let cost = if kept.is_some() {
        to.saturating_add(MESSAGE_OVERHEAD)
    } else {
        0
    };
    (kept, cost)
}

fn whole_message(piece: Piece, from: u32, to: u32) -> Shortened {
    Shortened {
        piece,
        age: None,
        number: None,
        from,
        to,
    }
}
