//! Assembling a prompt inside a budget of tokens.
//!
//! Pure and total: whatever the history, the window and the texts, there is a prompt at the end. Older turns are offered
//! one by one, newest first, so that a caller reads its history by pages and stops when the budget is full: the cost
//! grows with the window, not with the conversation.
//!
//! The rules
//! - The newest user message is always in the prompt, and the system prompt whenever both have room for a token.
//! - When the two do not fit together, the smaller half keeps its text: what is at most half the room is left alone and
//!   the other shortened; when both are more, each gets half.
//! - Of what is left, older turns take what they need, newest first, in order and without holes: the first that does not
//!   fit ends it. A turn longer than half of what history may take is shortened to that half, so that the newest
//!   question and its answer are both there.
//! - Shortened is in the middle, with [`MARK`] in the gap.
//! - Damaged turns (blank, with a NUL, or with a role history cannot have) are skipped and counted.
//! - A prompt does not begin with half an exchange: an answer whose question is not there is left out, because the chat
//!   templates of several models refuse it.
//! - A window that is unknown or zero is taken for [`DEFAULT_WINDOW`]; a reserve that leaves nothing is cut to half the
//!   window.
//!
//! The sum of the messages' tokens, with [`MESSAGE_OVERHEAD`] for each, is within the window less the reserve whenever
//! that has room for the first character of the user's text.

mod report;
mod shorten;

use types::threads::MessageRole;

pub use self::report::{Piece, Report, Shortened};
pub use self::shorten::MARK;
use self::shorten::{first_character, shorten, shorten_visibly};
use crate::models::PromptMessage;

/// The window of a model nobody knows the window of.
pub const DEFAULT_WINDOW: u32 = 4096;

/// Tokens that chat templates put around each message.
pub const MESSAGE_OVERHEAD: u32 = 5;

/// A turn is not shortened to less than this: what is left would say nothing.
const LEAST_TURN: u32 = 32;

/// After so many damaged turns the rest of a history is not asked for; it would be read to its beginning otherwise.
const MOST_SKIPPED: u32 = 200;

/// What a prompt may cost, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The model's window for prompt and answer; none or zero when it is not known.
    pub window: Option<u32>,
    /// What is kept free for the answer.
    pub reply_reserve: u32,
}

impl Budget {
    /// Window and reserve as they are applied: the window is at least 1, the reserve less than it.
    fn applied(self) -> (u32, u32) {
        let window = self.window.filter(|window| *window > 0).unwrap_or(DEFAULT_WINDOW);
        let reserve = if self.reply_reserve >= window {
            window / 2
        } else {
            self.reply_reserve
        };
        (window, reserve)
    }
}

/// An older message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who spoke.
    pub role: MessageRole,
    /// What was said.
    pub content: String,
}

/// A prompt with what is to be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The messages, oldest first: system, older turns, the newest user message.
    pub messages: Vec<PromptMessage>,
    /// What went in and what did not.
    pub report: Report,
}

/// Tokens of a text. `Sync`, so that an assembler can wait for the next page of history in a spawned task.
pub type Count<'a> = &'a (dyn Fn(&str) -> u32 + Sync);

/// Builds one prompt. Offer older turns until it wants no more, then finish.
pub struct Assembler<'a> {
    count: Count<'a>,
    system: Option<String>,
    user: String,
    /// Older turns that are in, newest first.
    turns: Vec<Turn>,
    /// What one older turn may cost.
    share: u32,
    /// What is left for older turns.
    left: u32,
    is_full: bool,
    report: Report,
}

impl<'a> Assembler<'a> {
    /// Starts with the two pieces that are always there. Blank system parts are left out; the others become one message,
    /// because several models know only one.
    pub fn new(budget: Budget, count: Count<'a>, system: Vec<String>, user: String) -> Self {
        let (window, reserve) = budget.applied();
        let limit = window - reserve;
        let parts: Vec<_> = system
            .iter()
            .filter(|part| !part.trim().is_empty())
            .map(String::as_str)
            .collect();
        let system = parts.join("\n\n").trim_start().to_owned();

        let mut report = Report::new(window, reserve);
        let pair = Pair::fit(count, limit, system, user, &mut report);
        let left = limit.saturating_sub(pair.cost);
        Self {
            count,
            system: pair.system,
            user: pair.user,
            turns: Vec::new(),
            share: left / 2,
            left,
            is_full: false,
            report: Report {
                used: pair.cost,
                ..report
            },
        }
    }

    /// Offers the next older turn; the newest comes first. True when older ones are wanted: go on until it is false or
    /// there are none, so that the report knows whether something was left out.
    pub fn offer(&mut self, turn: Turn) -> bool {
        if self.is_full {
            self.report.omitted = true;
            return false;
        }
        if is_damaged(&turn) {
            self.report.skipped += 1;
            if self.report.skipped >= MOST_SKIPPED {
                self.refuse();
            }
            return !self.is_full;
        }
        match self.fit(turn) {
            Some((turn, cost)) => {
                self.turns.push(turn);
                self.left -= cost;
                self.report.used += cost;
            }
            None => self.refuse(),
        }
        !self.is_full
    }

    /// The prompt.
    pub fn finish(mut self) -> Assembled {
        while let Some(turn) = self.turns.pop_if(|oldest| oldest.role == MessageRole::Assistant) {
            self.report.used -= self.cost(&turn.content);
            self.report.omitted = true;
            let age = self.age();
            self.report
                .shortened
                .retain(|shortened| shortened.piece != Piece::Turn { age });
        }
        self.report.included = u32::try_from(self.turns.len()).unwrap_or(u32::MAX);

        let mut messages = Vec::with_capacity(self.turns.len() + 2);
        messages.extend(self.system.map(|content| PromptMessage {
            role: MessageRole::System,
            content,
        }));
        messages.extend(
            self.turns
                .into_iter()
                .rev()
                .map(|Turn { role, content }| PromptMessage { role, content }),
        );
        messages.push(PromptMessage {
            role: MessageRole::User,
            content: self.user,
        });
        Assembled {
            messages,
            report: self.report,
        }
    }

    /// The turn as it fits, with its cost.
    fn fit(&mut self, mut turn: Turn) -> Option<(Turn, u32)> {
        let mut cost = self.cost(&turn.content);
        if cost > self.share && self.share >= LEAST_TURN {
            let content = shorten_visibly(&turn.content, self.share - MESSAGE_OVERHEAD, self.count)?;
            let whole = std::mem::replace(&mut cost, self.cost(&content));
            if cost <= self.left {
                self.report.shortened.push(Shortened {
                    piece: Piece::Turn { age: self.age() },
                    from: whole - MESSAGE_OVERHEAD,
                    to: cost - MESSAGE_OVERHEAD,
                });
            }
            turn.content = content;
        }
        (cost <= self.left).then_some((turn, cost))
    }

    /// How far back the next turn is.
    fn age(&self) -> u32 {
        u32::try_from(self.turns.len() + 1).unwrap_or(u32::MAX)
    }

    fn cost(&self, text: &str) -> u32 {
        (self.count)(text).saturating_add(MESSAGE_OVERHEAD)
    }

    fn refuse(&mut self) {
        self.is_full = true;
        self.report.omitted = true;
    }
}

/// Instructions come from the system prompt; in a history they would be somebody else's.
fn is_damaged(turn: &Turn) -> bool {
    turn.role == MessageRole::System || turn.content.trim().is_empty() || turn.content.contains('\0')
}

/// System prompt and newest user message as they fit together.
struct Pair {
    system: Option<String>,
    user: String,
    /// Tokens of both with their overheads.
    cost: u32,
}

impl Pair {
    fn fit(count: Count<'_>, limit: u32, system: String, user: String, report: &mut Report) -> Self {
        let user_tokens = count(&user);
        let room = limit.saturating_sub(2 * MESSAGE_OVERHEAD);

        let mut system_cost = 0;
        let mut kept_system = None;
        if !system.is_empty() {
            let tokens = count(&system);
            // The least the user's message can be without ceasing to be one.
            let user_least = user_tokens.min(count(first_character(&user)));
            let share = if tokens.saturating_add(user_tokens) <= room {
                tokens
            } else if user_tokens <= room / 2 {
                room - user_tokens
            } else {
                tokens.min(room / 2).min(room.saturating_sub(user_least))
            };
            kept_system = if room > user_least {
                shorten(&system, share, count)
            } else {
                None
            };
            let to = kept_system.as_deref().map_or(0, count);
            if kept_system.as_ref() != Some(&system) {
                report.shortened.push(Shortened {
                    piece: Piece::System,
                    from: tokens,
                    to,
                });
            }
            if kept_system.is_some() {
                system_cost = to.saturating_add(MESSAGE_OVERHEAD);
            }
        }

        let user_room = limit.saturating_sub(system_cost).saturating_sub(MESSAGE_OVERHEAD);
        let kept_user = shorten(&user, user_room, count).unwrap_or_else(|| first_character(&user).to_owned());
        let to = count(&kept_user);
        if kept_user != user {
            report.shortened.push(Shortened {
                piece: Piece::User,
                from: user_tokens,
                to,
            });
        }
        let cost = system_cost.saturating_add(to).saturating_add(MESSAGE_OVERHEAD);
        Self {
            system: kept_system,
            user: kept_user,
            cost,
        }
    }
}

#[cfg(test)]
mod tests;
