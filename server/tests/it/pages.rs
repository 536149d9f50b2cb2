//! Lists by pages: whatever is made, deleted and moved between one page and the next, all that was there the whole time is on
//! exactly one page, and nothing is on two.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::runtime::Handle;

use crate::both;
use crate::support::{Kind, TestApp, User};

/// Stories that each list is told.
const STORIES: u32 = 20;
/// No list of a story has more pages.
const MOST_PAGES: usize = 300;

/// A list with pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Threads,
    Archived,
    Messages,
    Keys,
    Projects,
    Templates,
    Teams,
    Members,
    Users,
    Search,
}

/// Something that happens between two pages.
#[derive(Debug, Clone)]
enum Event {
    /// A row comes, at one of a few times, so that many rows have the same.
    Made(Row),
    /// One of those that are there goes.
    Deleted(prop::sample::Index),
    /// One of those that are there becomes the newest, where that moves it.
    Moved(prop::sample::Index),
}

#[derive(Debug, Clone)]
struct Row {
    id: String,
    minute: u8,
}

#[derive(Debug, Clone)]
struct Story {
    limit: u8,
    before: Vec<Row>,
    /// What happens after the first page, after the second, and so on.
    between: Vec<Vec<Event>>,
}

fn row() -> impl Strategy<Value = Row> {
    (any::<u64>(), 0_u8..5).prop_map(|(random, minute)| {
        let hex = format!("{random:016x}");
        let id = format!("0190a2b4-{}-7{}-8000-{}00000", &hex[..4], &hex[4..7], &hex[7..14]);
        Row { id, minute }
    })
}

fn story() -> impl Strategy<Value = Story> {
    let event = prop_oneof![
        3 => row().prop_map(Event::Made),
        3 => any::<prop::sample::Index>().prop_map(Event::Deleted),
        1 => any::<prop::sample::Index>().prop_map(Event::Moved),
    ];
    let between = prop::collection::vec(prop::collection::vec(event, 0..4), 0..12);
    (1_u8..6, prop::collection::vec(row(), 0..25), between).prop_map(|(limit, before, between)| Story {
        limit,
        before,
        between,
    })
}

struct Place {
    app: TestApp,
    root: User,
    mara: User,
    team: String,
    thread: String,
}

impl Place {
    async fn make(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        let (root, mara) = (app.user("root").await, app.user("mara").await);
        let team = app.team(&mara, "Studio").await;
        let thread = app
            .post("/api/threads", &mara.token, json!({}))
            .await
            .expect(201)
            .json();
        let thread = thread["thread"]["id"].as_str().unwrap().to_owned();
        Self {
            app,
            root,
            mara,
            team,
            thread,
        }
    }

    async fn write(&self, sql: &str) {
        self.app.core.db.write().execute_unprepared(sql).await.unwrap();
    }

    async fn made(&self, list: List, row: &Row) {
        let (id, user, thread, team) = (&row.id, &self.mara.id, &self.thread, &self.team);
        let at = format!("2026-01-10T10:0{}:00.000Z", row.minute);
        let word = ["fox red", "red fox", "red foxes"][usize::from(row.minute % 3)];
        let statements = match list {
            List::Threads | List::Archived => {
                let archived = if list == List::Archived {
                    format!("'{at}'")
                } else {
                    "NULL".to_owned()
                };
                vec![format!(
                    "INSERT INTO threads (id, user_id, title, archived_at, last_message_at, created_at)
                     VALUES ('{id}', '{user}', 'x', {archived}, '{at}', '{at}')"
                )]
            }
            List::Messages | List::Search => vec![format!(
                "INSERT INTO messages (id, thread_id, user_id, role, content, status, created_at, updated_at)
                 VALUES ('{id}', '{thread}', '{user}', 'user', '{word}', 'complete', '{at}', '{at}')"
            )],
            List::Keys => vec![format!(
                "INSERT INTO api_keys (id, user_id, name, key_prefix, key_hash, key_tag, created_at)
                 VALUES ('{id}', '{user}', 'x', 'sk-000000', 'x', 0, '{at}')"
            )],
            List::Projects => vec![format!(
                "INSERT INTO projects (id, user_id, slug, name, created_at, updated_at)
                 VALUES ('{id}', '{user}', '{id}', 'x', '{at}', '{at}')"
            )],
            List::Templates => vec![format!(
                "INSERT INTO templates (id, user_id, name, prompt, created_at, updated_at)
                 VALUES ('{id}', '{user}', 'x', 'x', '{at}', '{at}')"
            )],
            List::Teams => vec![
                format!(
                    "INSERT INTO teams (id, name, created_at, updated_at) VALUES ('{id}', 'Team {}', '{at}', '{at}')",
                    row.minute
                ),
                format!(
                    "INSERT INTO team_members (team_id, user_id, role, created_at) VALUES ('{id}', '{user}', 'owner', '{at}')"
                ),
            ],
            List::Members | List::Users => {
                let account = format!(
                    "INSERT INTO users (id, email, name, password_hash, role, plan, created_at, updated_at)
                     VALUES ('{id}', '{id}@example.com', 'x', 'x', 'user', 'free', '{at}', '{at}')"
                );
                let member = format!(
                    "INSERT INTO team_members (team_id, user_id, role, created_at)
                     VALUES ('{team}', '{id}', 'member', '{at}')"
                );
                if list == List::Users {
                    vec![account]
                } else {
                    vec![account, member]
                }
            }
        };
        for sql in statements {
            self.write(&sql).await;
        }
    }

    async fn deleted(&self, list: List, id: &str) {
        let sql = match list {
            List::Threads | List::Archived => format!("DELETE FROM threads WHERE id = '{id}'"),
            List::Messages | List::Search => format!("DELETE FROM messages WHERE id = '{id}'"),
            List::Keys => format!("UPDATE api_keys SET revoked_at = created_at WHERE id = '{id}'"),
            List::Projects => format!("DELETE FROM projects WHERE id = '{id}'"),
            List::Templates => format!("DELETE FROM templates WHERE id = '{id}'"),
            List::Teams => format!("DELETE FROM teams WHERE id = '{id}'"),
            List::Members => format!("DELETE FROM team_members WHERE user_id = '{id}'"),
            List::Users => format!("DELETE FROM users WHERE id = '{id}'"),
        };
        self.write(&sql).await;
    }

    /// Makes a row the newest; says whether its list has an order in which that moves it.
    async fn moved(&self, list: List, id: &str) -> bool {
        if !matches!(list, List::Threads | List::Archived) {
            return false;
        }
        self.write(&format!(
            "UPDATE threads SET last_message_at = '2026-01-11T10:00:00.000Z' WHERE id = '{id}'"
        ))
        .await;
        true
    }

    /// Removes what a story made.
    async fn tidy(&self) {
        for sql in [
            format!("DELETE FROM messages WHERE thread_id = '{}'", self.thread),
            format!("DELETE FROM threads WHERE id <> '{}'", self.thread),
            "DELETE FROM api_keys".to_owned(),
            "DELETE FROM projects".to_owned(),
            "DELETE FROM templates".to_owned(),
            format!("DELETE FROM teams WHERE id <> '{}'", self.team),
            format!(
                "DELETE FROM users WHERE id NOT IN ('{}', '{}')",
                self.root.id, self.mara.id
            ),
        ] {
            self.write(&sql).await;
        }
    }

    /// Ids on a page, and the cursor of the next.
    async fn page(&self, list: List, limit: u8, cursor: Option<&str>) -> (Vec<String>, Option<String>) {
        let (path, array, id) = match list {
            List::Threads => ("/api/threads?".to_owned(), "threads", "id"),
            List::Archived => ("/api/threads?archived=true&".to_owned(), "threads", "id"),
            List::Messages => (format!("/api/threads/{}/messages?", self.thread), "messages", "id"),
            List::Keys => ("/api/api-keys?".to_owned(), "keys", "id"),
            List::Projects => ("/api/projects?".to_owned(), "projects", "id"),
            List::Templates => ("/api/templates?".to_owned(), "templates", "id"),
            List::Teams => ("/api/teams?".to_owned(), "teams", "id"),
            List::Members => (format!("/api/teams/{}/members?", self.team), "members", "userId"),
            List::Users => ("/api/admin/users?".to_owned(), "users", "id"),
            List::Search => ("/api/search?q=red%20fox&".to_owned(), "results", "id"),
        };
        let cursor = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let who = if list == List::Users { &self.root } else { &self.mara };
        let page = self
            .app
            .get(&format!("{path}limit={limit}{cursor}"), &who.token)
            .await
            .expect(200)
            .json();
        let ids = page[array]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[id].as_str().unwrap().to_owned());
        (ids.collect(), page["nextCursor"].as_str().map(str::to_owned))
    }

    async fn settle(&self, list: List) {
        if list == List::Search {
            while domain::search::catch_up(&self.app.core).await.unwrap() {}
        }
    }

    /// Reads a list to its end while a story happens.
    async fn play(&self, list: List, story: &Story) -> Result<(), String> {
        self.tidy().await;
        let (always, _) = self.page(list, 100, None).await;
        let mut there: BTreeMap<String, Row> = BTreeMap::new();
        for row in &story.before {
            if !there.contains_key(&row.id) {
                self.made(list, row).await;
                there.insert(row.id.clone(), row.clone());
            }
        }
        self.settle(list).await;
        let mut all_along: BTreeSet<String> = there.keys().cloned().chain(always).collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut ever = all_along.clone();
        let mut happens = story.between.iter();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let (ids, next) = self.page(list, story.limit, cursor.as_deref()).await;
            if ids.len() > usize::from(story.limit) {
                return Err(format!("{} rows on a page of {}", ids.len(), story.limit));
            }
            for id in ids {
                if !ever.contains(&id) {
                    return Err(format!("{id} was never there"));
                }
                if !seen.insert(id.clone()) {
                    return Err(format!("{id} came twice"));
                }
            }
            let Some(next) = next else {
                let missed: Vec<&String> = all_along.difference(&seen).collect();
                return if missed.is_empty() {
                    Ok(())
                } else {
                    Err(format!("{missed:?} did not come"))
                };
            };
            cursor = Some(next);
            for event in happens.next().into_iter().flatten() {
                let some = |index: &prop::sample::Index| {
                    (!there.is_empty()).then(|| there.keys().nth(index.index(there.len())).unwrap().clone())
                };
                match event {
                    Event::Made(row) if !ever.contains(&row.id) => {
                        self.made(list, row).await;
                        there.insert(row.id.clone(), row.clone());
                        ever.insert(row.id.clone());
                    }
                    Event::Deleted(index) => {
                        if let Some(id) = some(index) {
                            self.deleted(list, &id).await;
                            there.remove(&id);
                            all_along.remove(&id);
                        }
                    }
                    Event::Moved(index) => {
                        if let Some(id) = some(index)
                            && self.moved(list, &id).await
                        {
                            all_along.remove(&id);
                        }
                    }
                    Event::Made(_) => {}
                }
            }
            self.settle(list).await;
        }
        Err("it has no end".to_owned())
    }
}

async fn holds(kind: Kind, lists: &[List]) {
    let place = Place::make(kind).await;
    for list in lists {
        let config = Config {
            cases: STORIES,
            failure_persistence: None,
            max_shrink_iters: 200,
            ..Config::default()
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let handle = Handle::current();
        let told = tokio::task::block_in_place(|| {
            runner.run(&story(), |story| {
                handle.block_on(place.play(*list, &story)).map_err(TestCaseError::fail)
            })
        });
        assert!(told.is_ok(), "{list:?}: {}", told.unwrap_err());
    }
}

both!(conversations_are_complete_and_without_repeats, async |kind: Kind| {
    holds(kind, &[List::Threads, List::Archived, List::Messages]).await;
});

both!(what_people_keep_is_complete_and_without_repeats, async |kind: Kind| {
    holds(kind, &[List::Keys, List::Projects, List::Templates]).await;
});

both!(people_and_teams_are_complete_and_without_repeats, async |kind: Kind| {
    holds(kind, &[List::Teams, List::Members, List::Users]).await;
});

both!(what_is_found_is_complete_and_without_repeats, async |kind: Kind| {
    holds(kind, &[List::Search]).await;
});
