//! The live feed of an open page: through a real socket, as a browser reads it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't be set up, or waits in vain, has failed"
)]

mod catching_up;
mod doors;
mod endings;
mod joining;
mod realms;
mod running;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::access::Principal;
use domain::chat::Ask;
use domain::views;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use tokio::time::timeout;
use types::live::LiveEvent;
use types::teams::TeamChoice;
use types::threads::{MessageStatus, ThreadRow};
use types::views::{MessageView, ProjectRow, Said};

use crate::support::model_server::{Exchange, ModelServer};
use crate::support::{Kind, TestApp, User};

/// How long an event that must come may take.
const WAIT: Duration = Duration::from_secs(15);
/// How long something may take that must take effect at once.
const SOON: Duration = Duration::from_secs(1);

/// A server with a model that is led step by step, and somebody who looks.
struct Scene {
    app: TestApp,
    model: ModelServer,
    mara: User,
    who: Principal,
}

impl Scene {
    async fn begin(kind: Kind) -> Self {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| model.configure(config, None)).await;
        let mara = app.user("mara").await;
        let who = app.principal(&mara).await;
        Self { app, model, mara, who }
    }

    /// Says something as Mara does in the browser; what the model says is up to the test.
    async fn say(&self, thread_id: Option<&str>, content: &str) -> (Said, Exchange) {
        let ask = Ask {
            content: content.to_owned(),
            thread_id: thread_id.map(str::to_owned),
            ..Ask::default()
        };
        let said = views::say(&self.app.core, &self.who, ask, None).await.unwrap();
        (said, self.model.asked().await)
    }

    /// A whole exchange.
    async fn exchange(&self, thread_id: Option<&str>, content: &str, answer: &str) -> Said {
        let (said, exchange) = self.say(thread_id, content).await;
        exchange.say(answer);
        exchange.finish();
        self.is_over(&said.answer.id).await;
        said
    }

    /// Waits until an answer is over, and everybody was told so.
    async fn is_over(&self, id: &str) {
        crate::support::until("the answer is over", async || {
            let message = views::message(&self.app.core, &self.who, id).await.unwrap();
            message.status == MessageStatus::Complete && self.app.core.chat.text_of(id).is_none()
        })
        .await;
    }

    async fn open(&self, thread_id: &str) -> Page {
        let open = views::open_thread(&self.app.core, &self.who, thread_id).await.unwrap();
        Page {
            at: open.at,
            thread: Some(thread_id.to_owned()),
            threads: BTreeMap::from([(thread_id.to_owned(), open.row)]),
            messages: open
                .messages
                .into_iter()
                .map(|message| (message.seq, message))
                .collect(),
            ..Page::default()
        }
    }

    async fn feed(&self, page: &Page) -> Feed {
        Feed::open(page.request(&self.app, &self.mara)).await
    }
}

fn get_live(app: &TestApp, user: &User) -> RequestBuilder {
    app.request(Method::GET, "/_live")
        .header("cookie", &user.cookie)
        .header("sec-fetch-site", "same-origin")
}

/// What a page does with events.
#[derive(Debug, Clone, Default, PartialEq)]
struct Page {
    at: String,
    thread: Option<String>,
    threads: BTreeMap<String, ThreadRow>,
    messages: BTreeMap<i64, MessageView>,
    /// Of a page of a team.
    team: Option<String>,
    teams: Vec<TeamChoice>,
    projects: Vec<ProjectRow>,
    refetch: bool,
}

impl Page {
    fn request(&self, app: &TestApp, user: &User) -> RequestBuilder {
        let mut request = get_live(app, user).query(&[("since", &self.at)]);
        if let Some(team) = &self.team {
            request = request.query(&[("team", team)]);
        }
        if let Some(thread) = &self.thread {
            let seen = self.messages.keys().next_back().copied().unwrap_or(0);
            request = request.query(&[("thread", thread.clone()), ("seen", seen.to_string())]);
        }
        request
    }

    fn apply(&mut self, event: LiveEvent) {
        match event {
            LiveEvent::Hello { at } => self.at = at,
            LiveEvent::Sidebar { threads } => {
                self.threads = threads.into_iter().map(|row| (row.thread.id.clone(), row)).collect();
            }
            LiveEvent::Thread { row } => {
                self.threads.insert(row.thread.id.clone(), row);
            }
            LiveEvent::ThreadGone { id } => {
                self.threads.remove(&id);
            }
            LiveEvent::Message { message } => {
                assert_eq!(
                    Some(&message.thread_id),
                    self.thread.as_ref(),
                    "of the open thread only"
                );
                self.messages.insert(message.seq, message);
            }
            LiveEvent::MessageGone { id } => self.messages.retain(|_, message| message.id != id),
            LiveEvent::Piece { id, from, blocks } => {
                let message = self.messages.values_mut().find(|message| message.id == id);
                let message = message.expect("an answer is told of before its pieces");
                assert!(from <= message.blocks.len(), "a gap");
                message.blocks.truncate(from);
                message.blocks.extend(blocks);
            }
            LiveEvent::Teams { teams } => self.teams = teams,
            LiveEvent::Projects { projects } => self.projects = projects.projects,
            LiveEvent::Refetch => self.refetch = true,
            LiveEvent::Over { error } => panic!("it is over: {error}"),
        }
    }

    fn message(&self, id: &str) -> &MessageView {
        self.messages
            .values()
            .find(|message| message.id == id)
            .expect("the message")
    }
}

/// A connection, read as the specification of `EventSource` says.
struct Feed {
    response: Response,
    unread: String,
    /// What a browser would send when it connects again.
    last_id: Option<String>,
}

impl Feed {
    async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut feed = Self {
            response,
            unread: String::new(),
            last_id: None,
        };
        // Taken back, so that it is applied like any other.
        let hello = feed.read().await.expect("an event");
        assert!(hello.starts_with("event: hello\n"), "{hello}");
        feed.unread.insert_str(0, &format!("{hello}\n\n"));
        feed
    }

    /// The text of the next event; nothing when the stream is over.
    async fn read(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let event = self.unread[..end].to_owned();
                self.unread.drain(..end + 2);
                if event.starts_with(':') {
                    continue;
                }
                return Some(event);
            }
            let chunk = timeout(WAIT, self.response.chunk()).await.expect("an event in time");
            // Our events are ASCII at their ends, and a chunk is one write.
            self.unread.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    async fn next(&mut self) -> Option<LiveEvent> {
        let text = self.read().await?;
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        if let Some(id) = field("id: ") {
            self.last_id = Some(id);
        }
        let event: LiveEvent = serde_json::from_str(&field("data: ").expect("data")).unwrap();
        assert_eq!(field("event: ").as_deref(), Some(event.name()));
        Some(event)
    }

    /// Applies events to a page until it holds.
    async fn until(&mut self, page: &mut Page, what: &str, holds: impl Fn(&Page) -> bool) {
        while !holds(page) {
            let event = self
                .next()
                .await
                .unwrap_or_else(|| panic!("the feed ended before {what}"));
            page.apply(event);
        }
    }

    /// Applies everything that was told before a mark, a thread of this title; and running answers to their end.
    async fn until_mark(&mut self, scene: &Scene, page: &mut Page, title: &str) {
        let body = json!({ "title": title });
        scene
            .app
            .post("/api/threads", &scene.mara.token, body)
            .await
            .expect(201);
        self.until(page, title, |page| {
            page.threads.values().any(|row| row.thread.title == title)
                && page.messages.values().all(|message| !message.status.is_running())
        })
        .await;
        page.threads.retain(|_, row| !row.thread.title.starts_with("mark"));
    }

    /// Reads to the end, which is an `over`.
    async fn over(&mut self) -> String {
        let mut said = None;
        while let Some(event) = self.next().await {
            assert!(said.is_none(), "nothing comes after the end");
            if let LiveEvent::Over { error } = event {
                said = Some(error);
            }
        }
        said.expect("an event `over`")
    }
}
