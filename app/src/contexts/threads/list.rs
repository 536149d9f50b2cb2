//! The rows of the sidebar as data: what arrives is put where it belongs.

use std::cmp::Ordering;

use crate::hooks::order::sort;
use types::threads::ThreadRow;
use types::views::Sidebar;

/// The threads that are loaded: the pinned ones, then the others as far back as the reader has gone.
#[derive(Debug, Default)]
pub(super) struct List {
    rows: Vec<ThreadRow>,
    rest: Option<Rest>,
    /// While a page is on its way: what has left the list since; it may still be on the page.
    left: Option<Vec<String>>,
}

/// What is not loaded: everything that was used before some thread.
#[derive(Debug)]
struct Rest {
    cursor: String,
    /// When that thread was used, and its id.
    before: (String, String),
}

impl Rest {
    /// What is behind a page.
    fn of(page: &mut Sidebar) -> Option<Self> {
        let last = &page.threads.last()?.thread;
        let before = (last.updated_at.clone(), last.id.clone());
        Some(Self {
            cursor: page.next_cursor.take()?,
            before,
        })
    }

    fn has(&self, row: &ThreadRow) -> bool {
        let (thread, (at, id)) = (&row.thread, &self.before);
        !thread.pinned && newest_first(&thread.updated_at, &thread.id, at, id).is_gt()
    }
}

/// The order of the list, which is the server's.
fn order(a: &ThreadRow, b: &ThreadRow) -> Ordering {
    let (a, b) = (&a.thread, &b.thread);
    b.pinned
        .cmp(&a.pinned)
        .then_with(|| newest_first(a.updated_at.as_str(), &a.id, b.updated_at.as_str(), &b.id))
}

/// All moments are written in the same length, so that their texts compare as they do.
fn newest_first(a: &str, a_id: &str, b: &str, b_id: &str) -> Ordering {
    b.cmp(a).then_with(|| b_id.cmp(a_id))
}

impl List {
    /// The list with nothing but its first page.
    pub(super) fn of(mut first: Sidebar) -> Self {
        let rest = Rest::of(&mut first);
        let mut rows = first.pinned;
        rows.extend(first.threads);
        sort(&mut rows, order);
        Self { rows, rest, left: None }
    }

    pub(super) fn rows(&self) -> &[ThreadRow] {
        &self.rows
    }

    pub(super) fn get(&self, id: &str) -> Option<&ThreadRow> {
        self.rows.iter().find(|row| row.thread.id == id)
    }

    /// Where the next page begins; none when all are loaded.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.rest.as_ref().map(|rest| rest.cursor.as_str())
    }

    /// A thread that is new or has changed.
    pub(super) fn upsert(&mut self, row: ThreadRow) {
        if row.thread.archived {
            return self.gone(&row.thread.id);
        }
        self.rows.retain(|known| known.thread.id != row.thread.id);
        if let Some(left) = &mut self.left {
            left.retain(|id| *id != row.thread.id);
        }
        if self.rest.as_ref().is_none_or(|rest| !rest.has(&row)) {
            let place = self.rows.partition_point(|known| order(known, &row).is_lt());
            self.rows.insert(place, row);
        }
    }

    /// What is known of the thread already, when that is no older: then something was said in it since the row was read.
    pub(super) fn known_since(&self, row: &ThreadRow) -> Option<&ThreadRow> {
        let known = self.get(&row.thread.id)?;
        (known.thread.updated_at >= row.thread.updated_at).then_some(known)
    }

    /// A thread that is no longer there.
    pub(super) fn gone(&mut self, id: &str) {
        self.rows.retain(|row| row.thread.id != id);
        if let Some(left) = &mut self.left {
            left.push(id.to_owned());
        }
    }

    /// Changes one row that is there.
    pub(super) fn change(&mut self, id: &str, change: impl FnOnce(&mut ThreadRow)) {
        if let Some(mut row) = self.get(id).cloned() {
            change(&mut row);
            self.upsert(row);
        }
    }

    /// A page is asked for: from here on it is kept in mind what leaves.
    pub(super) fn expect_page(&mut self) {
        self.left = Some(Vec::new());
    }

    /// The page after what is loaded. Of a row that is here already the feed knows better.
    pub(super) fn append(&mut self, mut page: Sidebar) {
        self.rest = Rest::of(&mut page);
        let left = self.left.take().unwrap_or_default();
        let mut new = page.threads;
        new.retain(|row| !left.contains(&row.thread.id));
        sort(&mut new, |a, b| a.thread.id.cmp(&b.thread.id));
        for known in &self.rows {
            if let Ok(at) = new.binary_search_by(|row| row.thread.id.cmp(&known.thread.id)) {
                new.remove(at);
            }
        }
        self.rows.extend(new);
        // Nearly sorted: that is quick.
        sort(&mut self.rows, order);
    }

    /// The newest threads, pinned or not, after changes were missed. What should be among them and is not has gone.
    pub(super) fn snapshot(&mut self, newest: Vec<ThreadRow>) {
        let oldest = newest
            .iter()
            .map(|row| (row.thread.updated_at.clone(), row.thread.id.clone()))
            .min();
        match oldest {
            None => self.rows.clear(),
            Some((at, id)) => self.rows.retain(|row| {
                let thread = &row.thread;
                newest_first(&thread.updated_at, &thread.id, &at, &id).is_gt()
                    || newest.iter().any(|row| row.thread.id == thread.id)
            }),
        }
        for row in newest {
            self.upsert(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use types::threads::{Thread, Visibility};

    use super::*;

    fn row(id: &str, minute: u32) -> ThreadRow {
        ThreadRow {
            thread: Thread {
                id: id.to_owned(),
                title: "New Chat".to_owned(),
                project_id: None,
                team_id: None,
                visibility: Visibility::Private,
                model: None,
                pinned: false,
                archived: false,
                message_count: 2,
                last_message_preview: None,
                created_at: String::new(),
                updated_at: format!("2026-11-23T10:{minute:02}:00.000Z"),
            },
            answering: false,
            unread: false,
            by_program: false,
            author: None,
            project: None,
        }
    }

    fn pinned(id: &str, minute: u32) -> ThreadRow {
        let mut row = row(id, minute);
        row.thread.pinned = true;
        row
    }

    fn page(pinned: Vec<ThreadRow>, threads: Vec<ThreadRow>, next: Option<&str>) -> Sidebar {
        Sidebar {
            pinned,
            threads,
            next_cursor: next.map(ToOwned::to_owned),
            projects: None,
            at: String::new(),
        }
    }

    /// Pinned p (10:02), then c (10:30), b (10:20), a (10:10); there are more.
    fn list() -> List {
        List::of(page(
            vec![pinned("p", 2)],
            vec![row("c", 30), row("b", 20), row("a", 10)],
            Some("next"),
        ))
    }

    fn ids(list: &List) -> String {
        list.rows().iter().map(|row| row.thread.id.as_str()).collect()
    }

    #[test]
    fn what_the_feed_said_later_stands() {
        let mut list = list();
        let asked = ThreadRow {
            answering: true,
            ..row("a", 40)
        };
        assert_eq!(list.known_since(&asked), None, "the row from before it was asked");
        list.upsert(row("a", 41));
        assert_eq!(list.known_since(&asked), Some(&row("a", 41)), "its answer has ended");
        assert_eq!(list.known_since(&row("n", 40)), None, "a new thread");
    }

    #[test]
    fn a_thread_moves_up_when_something_is_said_in_it() {
        let mut list = list();
        list.upsert(row("a", 40));
        assert_eq!(ids(&list), "pacb");
        list.upsert(row("d", 41));
        assert_eq!(ids(&list), "pdacb");
        list.upsert(row("e", 25));
        assert_eq!(ids(&list), "pdaceb");
    }

    #[test]
    fn of_the_same_moment_the_server_has_the_greater_id_first() {
        let mut list = list();
        list.upsert(row("bb", 20));
        list.upsert(row("B", 20));
        assert_eq!(ids(&list), "pcbbbBa");
    }

    #[test]
    fn pinned_threads_stay_on_top_and_go_back_to_their_place() {
        let mut list = list();
        list.change("a", |row| row.thread.pinned = true);
        assert_eq!(ids(&list), "apcb", "newest activity first among them");
        list.change("a", |row| row.thread.pinned = false);
        assert_eq!(ids(&list), "pcba");
        list.change("p", |row| row.thread.pinned = false);
        assert_eq!(ids(&list), "cba", "older than what is loaded");
        list.append(page(vec![], vec![row("z", 5), row("p", 2)], None));
        assert_eq!(ids(&list), "cbazp");
    }

    #[test]
    fn what_is_older_than_what_is_loaded_waits_for_its_page() {
        let mut list = list();
        list.upsert(row("z", 5));
        assert_eq!(ids(&list), "pcba");
        list.upsert(pinned("y", 1));
        assert_eq!(ids(&list), "pycba", "but a pinned one has no page");
        list.append(page(vec![], vec![row("z", 5)], None));
        assert_eq!(ids(&list), "pycbaz");
        list.upsert(row("x", 3));
        assert_eq!(ids(&list), "pycbazx", "nothing more to load");
    }

    #[test]
    fn a_page_brings_back_nothing_that_has_changed_meanwhile() {
        let mut list = list();
        list.expect_page();
        list.upsert(row("y", 50));
        list.gone("x");
        let mut archived = row("w", 3);
        archived.thread.archived = true;
        list.upsert(archived);
        list.gone("v");
        list.upsert(row("v", 51));
        list.append(page(
            vec![],
            vec![row("y", 6), row("x", 5), row("w", 3), row("u", 2)],
            None,
        ));
        assert_eq!(ids(&list), "pvycbau");
    }

    #[test]
    fn the_last_loaded_thread_may_change_and_move_without_a_gap() {
        let mut list = list();
        list.change("a", |row| row.answering = true);
        assert_eq!(ids(&list), "pcba");
        list.upsert(row("a", 40));
        list.upsert(row("x", 15));
        list.upsert(row("y", 9));
        assert_eq!(
            ids(&list),
            "pacbx",
            "y comes with the next page, which begins where a was"
        );
    }

    #[test]
    fn archived_threads_leave_and_come_back() {
        let mut list = list();
        list.change("b", |row| row.thread.archived = true);
        assert_eq!(ids(&list), "pca");
        list.upsert(row("b", 20));
        assert_eq!(ids(&list), "pcba");
    }

    #[test]
    fn a_snapshot_drops_what_should_be_in_it_and_keeps_what_is_older() {
        let mut list = list();
        list.snapshot(vec![row("d", 40), row("b", 20)]);
        assert_eq!(
            ids(&list),
            "pdba",
            "c is gone; p and a are older than the snapshot goes"
        );
        list.snapshot(vec![]);
        assert_eq!(ids(&list), "");
    }

    #[test]
    fn a_snapshot_with_an_old_pinned_thread_speaks_of_all_that_is_newer() {
        let mut list = list();
        list.snapshot(vec![row("c", 30), row("a", 10), pinned("p", 2)]);
        assert_eq!(ids(&list), "pca");
    }
}
