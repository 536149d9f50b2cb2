//! The messages of the open thread, as far as they are loaded: what is said, what the feed tells, what is being sent.

use crate::hooks::order::sort;
use leptos::prelude::*;
use types::live::LiveEvent;
use types::threads::{MessageRole, MessageStatus};
use types::views::{MessageView, Said};

/// A message on the page.
#[derive(Debug, Clone)]
pub struct Row {
    /// Tells it from the others, and stays when a message that was only just typed gets its id.
    pub key: u32,
    /// The message. Whoever shows it follows this, so that a piece of an answer changes that answer alone.
    pub message: ArcRwSignal<MessageView>,
}

/// The messages, in their order.
#[derive(Debug, Default)]
pub struct Log {
    slots: Vec<Slot>,
    cursor: Option<String>,
    next_key: u32,
    turn: Option<Turn>,
    /// How many wait for an answer of the server that the feed must not overtake.
    holds: u32,
    held: Vec<LiveEvent>,
}

#[derive(Debug, Clone)]
struct Slot {
    id: String,
    seq: i64,
    running: bool,
    row: Row,
}

/// What is being sent: shown already, not known to have arrived.
#[derive(Debug)]
struct Turn {
    asked: Option<u32>,
    answer: u32,
    /// What it takes the place of.
    taken: Vec<Slot>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News {
    /// Messages came or went.
    pub list: bool,
    /// An answer ended, and how.
    pub ended: Option<MessageStatus>,
    /// Something is missing; the thread has to be read anew.
    pub refetch: bool,
}

impl News {
    fn and(self, other: Self) -> Self {
        Self {
            list: self.list || other.list,
            ended: other.ended.or(self.ended),
            refetch: self.refetch || other.refetch,
        }
    }
}

impl Log {
    /// The messages to show.
    pub fn rows(&self) -> Vec<Row> {
        self.slots.iter().map(|slot| slot.row.clone()).collect()
    }

    /// Whether a message is among them.
    pub fn has(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The newest message.
    pub fn last(&self) -> Option<&Row> {
        self.slots.last().map(|slot| &slot.row)
    }

    /// Cursor for older messages.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Place of the newest message that the server knows.
    pub fn newest_seq(&self) -> i64 {
        let known = self.slots.iter().filter(|slot| !slot.id.is_empty());
        known.map(|slot| slot.seq).max().unwrap_or_default()
    }

    /// Shows these messages and no others but what is being sent.
    pub fn open(&mut self, messages: Vec<MessageView>, cursor: Option<String>) {
        let old = std::mem::take(&mut self.slots);
        for message in messages {
            match old.iter().find(|slot| slot.id == message.id) {
                Some(slot) => {
                    let mut slot = slot.clone();
                    slot.take(message);
                    self.slots.push(slot);
                }
                None => {
                    let slot = self.slot(message);
                    self.slots.push(slot);
                }
            }
        }
        self.slots.extend(old.into_iter().filter(|slot| slot.id.is_empty()));
        self.cursor = cursor;
        self.sort();
    }

    /// Puts older messages before the others.
    pub fn prepend(&mut self, messages: Vec<MessageView>, cursor: Option<String>) {
        for message in messages {
            if self.find(&message.id).is_none() {
                let slot = self.slot(message);
                self.slots.push(slot);
            }
        }
        self.cursor = cursor;
        self.sort();
    }

    /// Takes what the feed tells of the thread.
    pub fn apply(&mut self, event: LiveEvent) -> News {
        if self.holds > 0 {
            self.held.push(event);
            return News::default();
        }
        match event {
            LiveEvent::Message { message } => self.upsert(message),
            LiveEvent::MessageGone { id } => self.remove(&id),
            LiveEvent::Piece { id, from, blocks } => self.piece(&id, from, blocks),
            LiveEvent::Refetch => News {
                refetch: true,
                ..News::default()
            },
            _ => News::default(),
        }
    }

    /// From now on the feed waits; each call needs one of [`Self::release`].
    pub fn hold(&mut self) {
        self.holds += 1;
    }

    /// Takes what the feed has told meanwhile.
    pub fn release(&mut self) -> News {
        self.holds = self.holds.saturating_sub(1);
        if self.holds > 0 {
            return News::default();
        }
        let held = std::mem::take(&mut self.held);
        held.into_iter()
            .fold(News::default(), |news, event| news.and(self.apply(event)))
    }

    /// Shows at once what is being sent: a text, if there is one, and the beginning of an answer. They take the place of
    /// message `from` and everything after it, if there is a `from`.
    pub fn begin(&mut self, text: Option<&str>, from: Option<&str>) {
        self.hold();
        let place = from.and_then(|id| self.find(id)).unwrap_or(self.slots.len());
        let taken = self.slots.split_off(place);
        let asked = text.map(|text| self.push_unsent(MessageRole::User, text));
        let answer = self.push_unsent(MessageRole::Assistant, "");
        self.turn = Some(Turn { asked, answer, taken });
    }

    /// What was sent has arrived.
    pub fn settle(&mut self, said: Said) -> News {
        if let Some(turn) = self.turn.take() {
            for id in &said.superseded {
                self.remove(id);
            }
            let arrived = said.asked.map(|asked| (turn.asked, asked));
            for (key, message) in arrived.into_iter().chain([(Some(turn.answer), said.answer)]) {
                let place = self.slots.iter().position(|slot| Some(slot.row.key) == key);
                match place {
                    Some(place) => {
                        // The feed may have told of it to a page that was read anew meanwhile.
                        let mut slot = self.slots.remove(place);
                        self.slots.retain(|slot| slot.id != message.id);
                        slot.take(message);
                        self.slots.push(slot);
                    }
                    // An answer that was asked for anew: its question is there already.
                    None => _ = self.upsert(message),
                }
            }
            self.sort();
        }
        let news = News {
            list: true,
            ..News::default()
        };
        news.and(self.release())
    }

    /// What was sent did not arrive, as far as is known. Says whether it did all the same: then the feed knows it.
    pub fn fail(&mut self, text: &str) -> (News, bool) {
        if let Some(turn) = self.turn.take() {
            self.slots
                .retain(|slot| Some(slot.row.key) != turn.asked && slot.row.key != turn.answer);
            for slot in turn.taken {
                if self.find(&slot.id).is_none() {
                    self.slots.push(slot);
                }
            }
            self.sort();
        }
        let arrived = self.held.iter().any(|event| {
            matches!(event, LiveEvent::Message { message }
                if message.mine && message.role == MessageRole::User && message.text == text.trim())
        });
        let news = News {
            list: true,
            ..News::default()
        };
        (news.and(self.release()), arrived)
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.id == id)
    }

    fn slot(&mut self, message: MessageView) -> Slot {
        let key = self.next_key;
        self.next_key += 1;
        Slot {
            id: message.id.clone(),
            seq: message.seq,
            running: message.status.is_running(),
            row: Row {
                key,
                message: ArcRwSignal::new(message),
            },
        }
    }

    fn sort(&mut self) {
        sort(&mut self.slots, |a, b| a.seq.cmp(&b.seq));
    }

    fn push_unsent(&mut self, role: MessageRole, text: &str) -> u32 {
        let slot = self.slot(MessageView {
            id: String::new(),
            thread_id: String::new(),
            // After everything the server knows; the sort that follows keeps them in the order they were pushed.
            seq: i64::MAX,
            role,
            status: match role {
                MessageRole::Assistant => MessageStatus::Queued,
                _ => MessageStatus::Complete,
            },
            text: text.to_owned(),
            blocks: Vec::new(),
            reasoning: None,
            model: None,
            via: None,
            author: None,
            mine: true,
            feedback: None,
            error: None,
            request_id: None,
            created_at: String::new(),
        });
        let key = slot.row.key;
        self.slots.push(slot);
        key
    }

    fn upsert(&mut self, message: MessageView) -> News {
        let answer = message.role == MessageRole::Assistant;
        let status = message.status;
        let ended = |was_running: bool| (answer && was_running && !status.is_running()).then_some(status);
        if let Some(place) = self.find(&message.id) {
            let slot = &mut self.slots[place];
            let ended = ended(slot.running);
            slot.take(message);
            return News {
                ended,
                ..News::default()
            };
        }
        let before_all = self.slots.first().is_some_and(|first| message.seq < first.seq);
        if before_all && self.cursor.is_some() {
            // It is on a page that is not loaded.
            return News::default();
        }
        let slot = self.slot(message);
        let place = self.slots.partition_point(|other| other.seq < slot.seq);
        self.slots.insert(place, slot);
        News {
            list: true,
            ended: ended(true),
            ..News::default()
        }
    }

    fn remove(&mut self, id: &str) -> News {
        let before = self.slots.len();
        self.slots.retain(|slot| slot.id != id);
        News {
            list: self.slots.len() != before,
            ..News::default()
        }
    }

    fn piece(&mut self, id: &str, from: usize, blocks: Vec<String>) -> News {
        let refetch = News {
            refetch: true,
            ..News::default()
        };
        let Some(slot) = self.slots.iter().find(|slot| slot.id == id) else {
            return refetch;
        };
        if !slot.running {
            // Its end has come already, and holds everything.
            return News::default();
        }
        if slot.row.message.with_untracked(|message| from > message.blocks.len()) {
            return refetch;
        }
        slot.row.message.update(|message| {
            message.blocks.truncate(from);
            message.blocks.extend(blocks);
            message.status = MessageStatus::Streaming;
        });
        News::default()
    }
}

impl Slot {
    fn take(&mut self, message: MessageView) {
        self.id.clone_from(&message.id);
        self.seq = message.seq;
        self.running = message.status.is_running();
        if self.row.message.with_untracked(|known| *known != message) {
            self.row.message.set(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use types::threads::{Thread, ThreadRow, Visibility};

    use super::*;

    fn message(seq: i64, role: MessageRole, status: MessageStatus) -> MessageView {
        MessageView {
            id: format!("m{seq}"),
            thread_id: "t".to_owned(),
            seq,
            role,
            status,
            text: if role == MessageRole::User {
                format!("text {seq}")
            } else {
                String::new()
            },
            blocks: Vec::new(),
            reasoning: None,
            model: None,
            via: None,
            author: None,
            mine: true,
            feedback: None,
            error: None,
            request_id: None,
            created_at: String::new(),
        }
    }

    fn asked(seq: i64) -> MessageView {
        message(seq, MessageRole::User, MessageStatus::Complete)
    }

    fn answer(seq: i64) -> MessageView {
        message(seq, MessageRole::Assistant, MessageStatus::Complete)
    }

    fn running(seq: i64) -> MessageView {
        message(seq, MessageRole::Assistant, MessageStatus::Streaming)
    }

    fn said(asked: Option<MessageView>, answer: MessageView, superseded: &[&str]) -> Said {
        let thread = Thread {
            id: "t".to_owned(),
            title: "Title".to_owned(),
            project_id: None,
            team_id: None,
            visibility: Visibility::Private,
            model: None,
            pinned: false,
            archived: false,
            message_count: 2,
            last_message_preview: None,
            created_at: String::new(),
            updated_at: String::new(),
        };
        Said {
            row: ThreadRow {
                thread,
                answering: true,
                unread: false,
                by_program: false,
                author: None,
                project: None,
            },
            asked,
            answer,
            superseded: superseded.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    fn log(messages: Vec<MessageView>) -> Log {
        let mut log = Log::default();
        log.open(messages, None);
        log
    }

    fn ids(log: &Log) -> Vec<String> {
        log.slots.iter().map(|slot| slot.id.clone()).collect()
    }

    fn keys(log: &Log) -> Vec<u32> {
        log.slots.iter().map(|slot| slot.row.key).collect()
    }

    fn blocks(log: &Log, place: usize) -> Vec<String> {
        log.slots[place].row.message.get_untracked().blocks
    }

    fn piece(id: &str, from: usize, blocks: &[&str]) -> LiveEvent {
        LiveEvent::Piece {
            id: id.to_owned(),
            from,
            blocks: blocks.iter().map(|block| (*block).to_owned()).collect(),
        }
    }

    const NOTHING: News = News {
        list: false,
        ended: None,
        refetch: false,
    };
    const MISSING: News = News {
        refetch: true,
        ..NOTHING
    };

    #[test]
    fn messages_of_the_feed_find_their_place() {
        let mut log = log(vec![asked(1), answer(4)]);
        let news = log.apply(LiveEvent::Message { message: asked(2) });
        assert!(news.list);
        assert_eq!(ids(&log), ["m1", "m2", "m4"]);
        let key = keys(&log)[1];
        let mut changed = asked(2);
        changed.text = "other".to_owned();
        assert_eq!(log.apply(LiveEvent::Message { message: changed }), NOTHING);
        assert_eq!(log.slots[1].row.message.get_untracked().text, "other");
        assert_eq!(keys(&log)[1], key, "the element on the page stays");
        assert!(log.apply(LiveEvent::MessageGone { id: "m2".to_owned() }).list);
        assert_eq!(log.apply(LiveEvent::MessageGone { id: "m2".to_owned() }), NOTHING);
        assert_eq!(ids(&log), ["m1", "m4"]);
    }

    #[test]
    fn pieces_replace_the_end_of_an_answer() {
        let mut log = log(vec![asked(1), running(2)]);
        assert_eq!(log.apply(piece("m2", 0, &["a", "b"])), NOTHING);
        assert_eq!(log.apply(piece("m2", 1, &["B", "c"])), NOTHING);
        assert_eq!(blocks(&log, 1), ["a", "B", "c"]);
        assert_eq!(log.apply(piece("m2", 3, &["d"])), NOTHING);
        assert_eq!(blocks(&log, 1).len(), 4);
    }

    #[test]
    fn a_gap_or_an_unknown_answer_is_read_anew() {
        let mut log = log(vec![asked(1), running(2)]);
        assert_eq!(log.apply(piece("m2", 1, &["b"])), MISSING);
        assert_eq!(log.apply(piece("m9", 0, &["a"])), MISSING);
        assert_eq!(log.apply(LiveEvent::Refetch), MISSING);
        assert!(blocks(&log, 1).is_empty());
    }

    #[test]
    fn the_end_of_an_answer_is_told_once_and_is_final() {
        let mut log = log(vec![asked(1), running(2)]);
        let mut end = answer(2);
        end.blocks = vec!["whole".to_owned()];
        let news = log.apply(LiveEvent::Message { message: end.clone() });
        assert_eq!(news.ended, Some(MessageStatus::Complete));
        assert_eq!(log.apply(LiveEvent::Message { message: end }), NOTHING);
        assert_eq!(log.apply(piece("m2", 0, &["late"])), NOTHING);
        assert_eq!(blocks(&log, 1), ["whole"]);
    }

    #[test]
    fn what_is_typed_is_there_at_once_and_keeps_its_element() {
        let mut log = log(vec![asked(1), answer(2)]);
        log.begin(Some("text 3"), None);
        let before = keys(&log);
        assert_eq!(ids(&log), ["m1", "m2", "", ""]);
        assert_eq!(log.newest_seq(), 2);
        // The feed is faster than the answer to the request.
        for event in [
            LiveEvent::Message { message: asked(3) },
            LiveEvent::Message { message: running(4) },
            piece("m4", 0, &["x"]),
        ] {
            assert_eq!(log.apply(event), NOTHING);
        }
        let news = log.settle(said(Some(asked(3)), running(4), &[]));
        assert!(news.list && !news.refetch);
        assert_eq!(ids(&log), ["m1", "m2", "m3", "m4"]);
        assert_eq!(keys(&log), before);
        assert_eq!(blocks(&log, 3), ["x"]);
    }

    #[test]
    fn what_could_not_be_sent_goes_again() {
        let mut log = log(vec![asked(1), answer(2)]);
        log.begin(Some("text 3"), None);
        let (news, arrived) = log.fail("text 3");
        assert!(news.list && !arrived);
        assert_eq!(ids(&log), ["m1", "m2"]);
        // And the feed is heard again.
        assert!(log.apply(LiveEvent::Message { message: asked(5) }).list);
    }

    #[test]
    fn what_arrived_although_the_answer_was_lost_is_not_offered_again() {
        let mut log = log(vec![asked(1)]);
        log.begin(Some("text 3 "), None);
        log.apply(LiveEvent::Message { message: asked(3) });
        log.apply(LiveEvent::Message { message: running(4) });
        let (_, arrived) = log.fail("text 3 ");
        assert!(arrived);
        assert_eq!(ids(&log), ["m1", "m3", "m4"]);
    }

    #[test]
    fn an_edit_takes_the_place_of_what_follows_and_gives_it_back_when_it_fails() {
        let mut log = log(vec![asked(1), answer(2), asked(3), answer(4)]);
        log.begin(Some("better"), Some("m3"));
        assert_eq!(ids(&log), ["m1", "m2", "", ""]);
        log.fail("better");
        assert_eq!(ids(&log), ["m1", "m2", "m3", "m4"]);
        log.begin(Some("better"), Some("m3"));
        log.settle(said(Some(asked(5)), running(6), &["m3", "m4"]));
        assert_eq!(ids(&log), ["m1", "m2", "m5", "m6"]);
    }

    #[test]
    fn an_answer_asked_for_anew_keeps_its_question() {
        let mut log = log(vec![asked(1), answer(2)]);
        let question = keys(&log)[0];
        log.begin(None, Some("m2"));
        log.settle(said(None, running(3), &["m2"]));
        assert_eq!(ids(&log), ["m1", "m3"]);
        assert_eq!(keys(&log)[0], question);
    }

    #[test]
    fn reading_anew_keeps_elements_and_what_is_being_sent() {
        let mut log = log(vec![asked(1), answer(2)]);
        let before = keys(&log);
        log.begin(Some("next"), None);
        log.hold();
        log.apply(LiveEvent::Message { message: asked(3) });
        log.open(vec![answer(2), asked(3), running(4)], Some("older".to_owned()));
        assert_eq!(log.release(), NOTHING, "what is being sent still holds the feed");
        assert_eq!(ids(&log), ["m2", "m3", "m4", "", ""]);
        assert_eq!(keys(&log)[0], before[1]);
        log.settle(said(Some(asked(3)), running(4), &[]));
        assert_eq!(ids(&log), ["m2", "m3", "m4"]);
    }

    #[test]
    fn older_messages_go_before_the_others() {
        let mut log = log(vec![]);
        log.open(vec![asked(5), answer(6)], Some("c".to_owned()));
        // A change of something that is not loaded shows when it is.
        assert_eq!(log.apply(LiveEvent::Message { message: answer(2) }), NOTHING);
        assert_eq!(log.cursor(), Some("c"));
        log.prepend(vec![asked(1), answer(2), asked(5)], None);
        assert_eq!(ids(&log), ["m1", "m2", "m5", "m6"]);
        assert_eq!(log.cursor(), None);
    }
}
