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
//! - Of what is left, passages of documents get at most [two fifths](SOURCES_SHARE), best first, and never so much that the
//!   newest exchange can't be there in a few words. The first that does not fit is shortened if that leaves something to
//!   read; those after it are left out. A passage keeps the number of its place among all that were given.
//! - Of what is left then, older turns take what they need, newest first, in order and without holes: the first that does
//!   not fit ends it. A turn longer than half of what history may take is shortened to that half, so that the newest
//!   question and its answer are both there.
//! - When older turns are left out and there is a summary of what was said before, it takes the place of the oldest ones
//!   that would fit, up to [two fifths](SUMMARY_SHARE) of what history may take. When everything is in, it is not.
//! - Instructions, summary and passages are one system message, because several models know only one; each of the latter
//!   two stands between marks that do not occur in its text.
//! - Shortened is in the middle, with [`MARK`] in the gap.
//! - Damaged turns (blank, with a NUL, or with a role history cannot have) are skipped and counted; blank passages and
//!   summaries and those with a NUL are left out.
//! - A prompt does not begin with half an exchange: an answer whose question is not there is left out, because the chat
//!   templates of several models refuse it.
//! - What a message brings along beside its text (pictures, files) is counted as the caller says. Shortening takes
//!   nothing of it: a turn that has no room with it ends the history.
//! - A window that is unknown or zero is taken for [`DEFAULT_WINDOW`]; a reserve that leaves nothing is cut to half the
//!   window.
//!
//! The sum of the messages' tokens, with [`MESSAGE_OVERHEAD`] for each, is within the window less the reserve whenever
//! that has room for the first character of the user's text and what comes along with it.

mod pair;
mod parts;
mod shorten;

use types::threads::MessageRole;

pub use types::prompts::{Piece, PromptReport as Report, Shortened, SourcesReport, SummaryReport};

use self::pair::Pair;
use self::parts::{Passage, Writer};
pub use self::parts::{Source, Summary};
pub(crate) use self::parts::{fenced_summary, passages_in, summary_in};
pub use self::shorten::MARK;
pub(crate) use self::shorten::shorten as shortened;
use self::shorten::shorten_visibly;
use crate::models::PromptMessage;

/// The window of a model nobody knows the window of.
pub const DEFAULT_WINDOW: u32 = 4096;

/// Tokens that chat templates put around each message.
pub const MESSAGE_OVERHEAD: u32 = 5;

/// A turn is not shortened to less than this: what is left would say nothing.
const LEAST_TURN: u32 = 32;

/// What passages of documents may take of what system prompt and user message leave, as a fraction.
pub const SOURCES_SHARE: (u32, u32) = (2, 5);

/// A passage is not shortened to less than this.
const LEAST_SOURCE: u32 = 32;

/// What a summary may take of what history may take, as a fraction.
pub const SUMMARY_SHARE: (u32, u32) = (2, 5);

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
    /// Window and reserve as they are applied: the window is at least 1, the reserve at most half of it. Whoever wishes for
    /// a longer answer than that has not wished for a question without its middle; what the prompt leaves free is theirs.
    fn applied(self) -> (u32, u32) {
        let window = self.window.filter(|window| *window > 0).unwrap_or(DEFAULT_WINDOW);
        (window, self.reply_reserve.min(window / 2))
    }
}

/// An older message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who spoke.
    pub role: MessageRole,
    /// What was said.
    pub content: String,
    /// Tokens of what comes along with it and is not in the text: pictures, files, parts of a kind we do not know.
    pub extra_tokens: u32,
    /// Number of its message; none of what is in no thread.
    pub seq: Option<i64>,
}

impl Turn {
    /// A turn of text alone, in no thread.
    pub fn new(role: MessageRole, content: String) -> Self {
        Self {
            role,
            content,
            extra_tokens: 0,
            seq: None,
        }
    }
}

/// What a prompt is made of, but for the older turns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Instructions, in their order. Blank ones are left out.
    pub system: Vec<String>,
    /// The newest user message.
    pub user: String,
    /// Tokens of what comes along with it and is not in its text.
    pub user_extra_tokens: u32,
    /// What was said before the turns that will find room, if somebody summed it up.
    pub summary: Option<Summary>,
    /// Passages of documents, best first.
    pub sources: Vec<Source>,
    /// How many older turns may be in; none for as many as fit.
    pub most_turns: Option<u32>,
}

/// A prompt with what is to be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The messages, oldest first: system, older turns, the newest user message.
    pub messages: Vec<PromptMessage>,
    /// Numbers of the passages that are in, from 1 in the order they were given.
    pub sources: Vec<u32>,
    /// Numbers of the messages that are in as older turns, oldest first.
    pub turns: Vec<i64>,
    /// Number of the newest message that was left out for want of room.
    pub left_out: Option<i64>,
    /// What went in and what did not.
    pub report: Report,
}

/// Tokens of a text. `Sync`, so that an assembler can wait for the next page of history in a spawned task.
pub type Count<'a> = &'a (dyn Fn(&str) -> u32 + Sync);

/// Builds one prompt. Offer older turns until it wants no more, then finish.
pub struct Assembler<'a> {
    count: Count<'a>,
    /// The system message without the summary.
    system: Option<String>,
    /// The system message with the summary, for when turns are left out.
    summarised: Option<Summarised>,
    user: String,
    sources: Vec<u32>,
    /// Older turns that are in, newest first, with what they cost.
    turns: Vec<(Turn, u32)>,
    most_turns: Option<u32>,
    /// What all older turns may cost.
    room: u32,
    /// What one older turn may cost.
    share: u32,
    /// What is left for older turns.
    left: u32,
    is_full: bool,
    left_out: Option<i64>,
    report: Report,
}

/// A system message with the summary.
struct Summarised {
    message: String,
    /// What the message costs.
    cost: u32,
    /// What older turns may cost beside it.
    room: u32,
    /// What is to be reported of it.
    report: SummaryReport,
    shortened: Option<Shortened>,
}

impl<'a> Assembler<'a> {
    /// Starts with what is there beside the older turns.
    pub fn new(budget: Budget, count: Count<'a>, parts: Parts) -> Self {
        let (window, reserve) = budget.applied();
        let limit = window - reserve;
        let instructions: Vec<_> = parts
            .system
            .iter()
            .filter(|part| !part.trim().is_empty())
            .map(String::as_str)
            .collect();
        let instructions = instructions.join("\n\n").trim_start().to_owned();
        let summary = parts.summary.filter(|summary| is_sound(&summary.text));
        let texts = parts.sources.iter().flat_map(|source| [&source.title, &source.text]);
        let writer = Writer::new(
            texts
                .chain(summary.as_ref().map(|summary| &summary.text))
                .map(String::as_str),
        );

        let mut report = Report::new(window, reserve);
        let pair = Pair::fit(
            count,
            limit,
            instructions,
            parts.user,
            parts.user_extra_tokens,
            &mut report,
        );
        let room = limit.saturating_sub(pair.system_cost).saturating_sub(pair.user_cost);
        let mut frame = Frame {
            count,
            writer,
            instructions: pair.system.as_deref(),
            report: &mut report,
        };
        let passages = frame.choose(&parts.sources, share(room, SOURCES_SHARE));
        let system = writer.message(pair.system.as_deref(), None, &passages);
        let system_cost = message_cost(count, system.as_deref());
        let room = limit.saturating_sub(system_cost).saturating_sub(pair.user_cost);
        let summarised = summary.and_then(|summary| {
            let most = share(room, SUMMARY_SHARE);
            frame.summarised(
                &summary,
                &passages,
                (system_cost, most),
                limit.saturating_sub(pair.user_cost),
            )
        });
        let sources: Vec<u32> = passages.iter().map(|passage| passage.number).collect();
        report.sources = SourcesReport {
            given: u32::try_from(parts.sources.len()).unwrap_or(u32::MAX),
            included: u32::try_from(sources.len()).unwrap_or(u32::MAX),
            tokens: system_cost.saturating_sub(pair.system_cost),
        };
        report.system = system_cost - report.sources.tokens;
        report.user = pair.user_cost;
        let room_beside = summarised.as_ref().map_or(room, |summarised| summarised.room);
        Self {
            count,
            system,
            summarised,
            user: pair.user,
            sources,
            turns: Vec::new(),
            most_turns: parts.most_turns,
            room,
            share: room_beside / 2,
            left: room,
            is_full: false,
            left_out: None,
            report,
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
                self.refuse(turn.seq);
            }
            return !self.is_full;
        }
        if self.most_turns.is_some_and(|most| self.age() > most) {
            self.refuse(turn.seq);
            return false;
        }
        let seq = turn.seq;
        match self.fit(turn) {
            Some((turn, cost)) => {
                self.turns.push((turn, cost));
                self.left -= cost;
            }
            None => self.refuse(seq),
        }
        !self.is_full
    }

    /// The prompt.
    pub fn finish(mut self) -> Assembled {
        self.drop_half_exchange();
        if let Some(summarised) = self.summarised.take_if(|_| self.report.omitted) {
            while self.room - self.left > summarised.room {
                self.drop_oldest();
            }
            self.drop_half_exchange();
            self.system = Some(summarised.message);
            let beside = summarised.cost - summarised.report.tokens;
            self.report.sources.tokens = self.report.sources.tokens.min(beside);
            self.report.system = beside - self.report.sources.tokens;
            self.report.summary = Some(summarised.report);
            self.report.shortened.extend(summarised.shortened);
        }
        self.report.history = self.room - self.left;
        self.report.included = u32::try_from(self.turns.len()).unwrap_or(u32::MAX);
        let summary = self.report.summary.map_or(0, |summary| summary.tokens);
        self.report.used = [
            self.report.sources.tokens,
            summary,
            self.report.history,
            self.report.user,
        ]
        .into_iter()
        .fold(self.report.system, u32::saturating_add);

        let turns = self.turns.iter().rev().filter_map(|(turn, _)| turn.seq).collect();
        let mut messages = Vec::with_capacity(self.turns.len() + 2);
        messages.extend(self.system.map(|content| PromptMessage {
            role: MessageRole::System,
            content,
        }));
        messages.extend(
            self.turns
                .into_iter()
                .rev()
                .map(|(Turn { role, content, .. }, _)| PromptMessage { role, content }),
        );
        messages.push(PromptMessage {
            role: MessageRole::User,
            content: self.user,
        });
        Assembled {
            messages,
            sources: self.sources,
            turns,
            left_out: self.left_out,
            report: self.report,
        }
    }

    /// The turn as it fits, with its cost.
    fn fit(&mut self, mut turn: Turn) -> Option<(Turn, u32)> {
        let around = MESSAGE_OVERHEAD.saturating_add(turn.extra_tokens);
        let whole = (self.count)(&turn.content);
        let mut tokens = whole;
        if whole.saturating_add(around) > self.share && self.share >= LEAST_TURN && around < self.share {
            turn.content = shorten_visibly(&turn.content, self.share - around, self.count)?;
            tokens = (self.count)(&turn.content);
        }
        let cost = tokens.saturating_add(around);
        if cost > self.left {
            return None;
        }
        if tokens != whole {
            self.report.shortened.push(Shortened {
                piece: Piece::Turn,
                age: Some(self.age()),
                number: None,
                from: whole,
                to: tokens,
            });
        }
        Some((turn, cost))
    }

    /// How far back the next turn is.
    fn age(&self) -> u32 {
        u32::try_from(self.turns.len() + 1).unwrap_or(u32::MAX)
    }

    /// Leaves out answers whose question is not there.
    fn drop_half_exchange(&mut self) {
        while self
            .turns
            .last()
            .is_some_and(|(oldest, _)| oldest.role == MessageRole::Assistant)
        {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((turn, cost)) = self.turns.pop() else { return };
        self.left += cost;
        self.left_out = turn.seq;
        self.report.omitted = true;
        let age = Some(self.age());
        self.report
            .shortened
            .retain(|shortened| shortened.piece != Piece::Turn || shortened.age != age);
    }

    fn refuse(&mut self, seq: Option<i64>) {
        self.is_full = true;
        self.left_out = seq;
        self.report.omitted = true;
    }
}

/// Instructions come from the system prompt; in a history they would be somebody else's.
fn is_damaged(turn: &Turn) -> bool {
    turn.role == MessageRole::System || !is_sound(&turn.content)
}

fn is_sound(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('\0')
}

/// A fraction of a room that leaves enough for an exchange of the shortest turns.
fn share(room: u32, (part, of): (u32, u32)) -> u32 {
    let share = u64::from(room) * u64::from(part) / u64::from(of);
    let share = u32::try_from(share).unwrap_or(u32::MAX);
    share.min(room.saturating_sub(2 * LEAST_TURN))
}

/// What a message costs; nothing without one.
fn message_cost(count: Count<'_>, message: Option<&str>) -> u32 {
    message.map_or(0, |message| count(message).saturating_add(MESSAGE_OVERHEAD))
}

/// Puts summary and passages around instructions that are settled.
struct Frame<'f, 'c> {
    count: Count<'c>,
    writer: Writer,
    instructions: Option<&'f str>,
    report: &'f mut Report,
}

impl Frame<'_, '_> {
    /// The passages that fit into `share`, the last of them perhaps shortened.
    fn choose<'s>(&mut self, sources: &'s [Source], share: u32) -> Vec<Passage<'s>> {
        let Self { count, writer, .. } = *self;
        let base = message_cost(count, self.instructions);
        let mut chosen: Vec<Passage<'s>> = Vec::new();
        let mut shortened = None;
        let mut left = share.saturating_sub(count(Writer::head()).saturating_add(MESSAGE_OVERHEAD));
        for (number, source) in (1..).zip(sources).filter(|(_, source)| is_sound(&source.text)) {
            let mut passage = Passage {
                number,
                title: &source.title,
                text: source.text.as_str().into(),
            };
            let whole = count(&writer.passage(&passage));
            if whole > left {
                shortened = self.shorten(&mut passage, left);
                if shortened.is_some() {
                    chosen.push(passage);
                }
                break;
            }
            left -= whole;
            chosen.push(passage);
        }
        // Put together they may cost more than apart, with a tokenizer that is none.
        while !chosen.is_empty() {
            let message = writer.message(self.instructions, None, &chosen);
            if message_cost(count, message.as_deref()) <= base.saturating_add(share) {
                break;
            }
            chosen.pop();
            shortened = None;
        }
        self.report.shortened.extend(shortened);
        chosen
    }

    /// Shortens a passage to so many tokens with its frame; none when that would leave nothing to read.
    fn shorten(&self, passage: &mut Passage<'_>, most: u32) -> Option<Shortened> {
        let count = self.count;
        let whole = std::mem::take(&mut passage.text);
        let frame = count(&self.writer.passage(passage));
        let most = most.checked_sub(frame).filter(|most| *most >= LEAST_SOURCE)?;
        let text = shorten_visibly(&whole, most, count)?;
        let shortened = Shortened {
            piece: Piece::Source,
            age: None,
            number: Some(passage.number),
            from: count(&whole),
            to: count(&text),
        };
        passage.text = text.into();
        Some(shortened)
    }

    /// The system message with a summary, given what it costs without one and what the summary may add. `limit` is what
    /// system message and older turns may cost together.
    fn summarised(
        &self,
        summary: &Summary,
        passages: &[Passage<'_>],
        (without, most): (u32, u32),
        limit: u32,
    ) -> Option<Summarised> {
        let count = self.count;
        let frame = count(&self.writer.summary("")).saturating_add(MESSAGE_OVERHEAD);
        let most_text = most.checked_sub(frame).filter(|most| *most > 0)?;
        let text = shorten_visibly(&summary.text, most_text, count)?;
        let message = self.writer.message(self.instructions, Some(&text), passages)?;
        let cost = message_cost(count, Some(&message));
        let tokens = cost.saturating_sub(without);
        (tokens <= most).then(|| Summarised {
            message,
            cost,
            room: limit.saturating_sub(cost),
            report: SummaryReport {
                tokens,
                up_to: summary.up_to,
            },
            shortened: (text != summary.text).then(|| Shortened {
                piece: Piece::Summary,
                age: None,
                number: None,
                from: count(&summary.text),
                to: count(&text),
            }),
        })
    }
}

#[cfg(test)]
mod tests;
