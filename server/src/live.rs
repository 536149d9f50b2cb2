//! `GET /_live`: what happens to the threads of the person who looks, as server-sent events for our own pages.
//!
//! One connection is one reader at its own speed. It holds what is to be told, not what it will say: each event is read
//! under the person's scope at the moment it is sent, so that nothing is shown that may no longer be seen, and a reader
//! that is slow is told of the newest state once instead of of every step to it.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::access::Principal;
use domain::chat::{Follower, Piece};
use domain::feed::{Change, Kind, News, Subscription};
use domain::rate::Allowance;
use domain::{Core, Error, chat, projects, teams, threads, views};
use futures::future::{pending, select_all};
use futures::stream::unfold;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};
use types::live::LiveEvent;
use types::teams::TeamChoice;
use types::threads::ThreadRow;
use types::{ApiError, ErrorCode};

use crate::AppState;
use crate::api::problem::Problem;
use crate::api::query::Params;
use crate::api::rate_limit::{self, Window};
use crate::auth::{self, Presented};
use crate::middleware::access_log::{Seen, Slot};

const PING: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again by itself.
const RETRY: Duration = Duration::from_secs(1);
/// How often the open thread is looked at for what another server did to it.
const LOOK: Duration = Duration::from_secs(5);
/// Connections of one session at a time.
const CONNECTIONS: u32 = 8;
/// Threads that are sent when the list is to be read anew.
const NEWEST: u64 = 50;
/// Answers of the open thread that are followed at a time; of more the ends are told.
const FOLLOWED: usize = 8;
/// An answer is not shown more often than this.
const PACE: Duration = Duration::from_millis(50);
/// Of a large update so many bytes are sent a second.
const BYTES_PER_SECOND: usize = 256 << 10;
/// Text that is rendered where it is; more goes to a thread that may take its time.
const SHORT: usize = 2 << 10;

#[expect(clippy::disallowed_methods, reason = "for the pages, not for programs")]
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/_live", get(live))
        .layer(Extension(Connections::default()))
}

/// `?since&team&thread&seen`
#[derive(Debug, Default, Deserialize)]
struct Place {
    since: Option<String>,
    /// The realm on show: a team, or the person's own.
    team: Option<String>,
    thread: Option<String>,
    seen: Option<i64>,
}

async fn live(
    State(state): State<AppState>,
    Extension(connections): Extension<Connections>,
    Params(mut place): Params<Place>,
    request: Request,
) -> Result<Response, Problem> {
    let (request, _) = request.into_parts();
    require_own_page(&request.headers)?;
    let Some(who) = person(&state, &request.extensions).await? else {
        // A browser then does not come back.
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    if let Some(slot) = request.extensions.get::<Slot>() {
        slot.set(Seen::of(&who));
    }
    let last = request
        .headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty())
        .map(str::to_owned);
    place.since = last.or(place.since);
    let Some(connection) = connections.take(who.session_id().unwrap_or_default()) else {
        return Ok(too_many());
    };
    let live = Live::begin(&state.core, who, connection, place);
    let stream = unfold(Some(live), async |live| {
        let mut live = live?;
        let (event, id) = live.next().await?;
        let over = matches!(event, LiveEvent::Over { .. });
        Some((Ok::<_, Infallible>(write(&event, id)), (!over).then_some(live)))
    });
    let mut response = Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(PING).text("ping"))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

fn require_own_page(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(ApiError::new(
            ErrorCode::CrossOrigin,
            "This request must come from this server's own pages",
        )
        .into()),
    }
}

/// The person whose session cookie this is. Programs have streams of their own.
async fn person(state: &AppState, extensions: &Extensions) -> Result<Option<Principal>, Problem> {
    match extensions.get::<Presented>() {
        Some(Presented::Key(key)) => {
            key.require_person()?;
            Ok(None)
        }
        Some(Presented::Token(_)) => Err(Error::Unauthenticated.into()),
        Some(Presented::Cookie(_)) => auth::person_behind(state, extensions).await,
        Some(Presented::Nobody) | None => Ok(None),
    }
}

fn too_many() -> Response {
    let error = ApiError::new(
        ErrorCode::RateLimited,
        "This session is open in too many tabs. Close one and load this page again.",
    );
    let mut response = Problem::from(error).into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(PING.as_secs()));
    let none = Allowance {
        limit: CONNECTIONS,
        remaining: 0,
    };
    rate_limit::tell(headers, "live", none, Window::MINUTE);
    response
}

fn write(event: &LiveEvent, id: Option<String>) -> Event {
    let data = serde_json::to_string(event).unwrap_or_default();
    let mut written = Event::default().event(event.name()).data(data);
    if let Some(id) = id {
        written = written.id(id);
    }
    if matches!(event, LiveEvent::Hello { .. }) {
        written = written.retry(RETRY);
    }
    written
}

/// How many connections each session has.
#[derive(Debug, Clone, Default)]
struct Connections(Arc<Mutex<HashMap<String, u32>>>);

impl Connections {
    fn take(&self, session_id: &str) -> Option<Connection> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sessions.entry(session_id.to_owned()).or_default();
        if *count >= CONNECTIONS {
            return None;
        }
        *count += 1;
        Some(Connection {
            all: self.clone(),
            session_id: session_id.to_owned(),
        })
    }
}

/// One of them, until it is dropped.
#[derive(Debug)]
struct Connection {
    all: Connections,
    session_id: String,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut sessions = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = sessions.get_mut(&self.session_id) {
            *count -= 1;
            if *count == 0 {
                sessions.remove(&self.session_id);
            }
        }
    }
}

/// Something that is to be told, as it will be when its turn comes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Todo {
    Sidebar,
    Projects,
    Thread(String),
    ThreadGone(String),
    /// The messages of the open thread from the last that is known; or, if that is not all, that there are more.
    Open {
        anew: bool,
    },
    Message(String),
    MessageGone(String),
    Follow(String),
}

/// The thread that is open in the page.
struct Open {
    id: String,
    /// Place of the newest message the page has.
    seen: i64,
    /// As it was told last.
    row: Option<ThreadRow>,
    /// Whether it is there; a deleted one can come back.
    here: bool,
}

/// An answer that is being written in the open thread.
struct Answer {
    follower: Follower,
    text: String,
    stream: markdown::Stream,
    not_before: Instant,
}

impl Answer {
    /// The next piece, at its pace. May be dropped while it waits without losing anything.
    async fn next(&mut self) -> Option<Piece> {
        sleep_until(self.not_before).await;
        self.follower.next().await
    }

    /// Shows more text.
    async fn grow(&mut self, more: &str) -> Option<LiveEvent> {
        self.text.push_str(more);
        let open = self.text.get(self.stream.settled()..).unwrap_or_default();
        let update = if open.len() <= SHORT && !open.contains("```") && !open.contains("~~~") {
            self.stream.set(&self.text)
        } else {
            let mut stream = std::mem::take(&mut self.stream);
            let text = std::mem::take(&mut self.text);
            let rendered = tokio::task::spawn_blocking(move || {
                let update = stream.set(&text);
                (stream, text, update)
            });
            let (stream, text, update) = rendered.await.ok()?;
            self.stream = stream;
            self.text = text;
            update
        };
        let update = update?;
        let bytes: usize = update.blocks.iter().map(String::len).sum();
        let pause = Duration::from_millis(u64::try_from(bytes * 1_000 / BYTES_PER_SECOND).unwrap_or(0));
        self.not_before = Instant::now() + PACE + pause;
        Some(LiveEvent::Piece {
            id: self.follower.message_id.clone(),
            from: update.from,
            blocks: update.blocks,
        })
    }
}

/// The piece of whichever answer has one first.
async fn next_piece(answers: &mut [Answer]) -> (usize, Option<Piece>) {
    if answers.is_empty() {
        return pending().await;
    }
    let (piece, index, _) = select_all(answers.iter_mut().map(|answer| Box::pin(answer.next()))).await;
    (index, piece)
}

/// Why nothing more is told.
enum End {
    /// The session is over, and this is why.
    Session(Error),
    /// Something failed, or the server is ending: the browser comes back.
    Broken,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error.code() {
            ErrorCode::Unauthenticated | ErrorCode::Forbidden => Self::Session(error),
            _ => {
                tracing::warn!(%error, "a live feed was broken off");
                Self::Broken
            }
        }
    }
}

/// A connection.
struct Live {
    core: Arc<Core>,
    who: Principal,
    _connection: Connection,
    news: watch::Receiver<u64>,
    judge: Interval,
    look: Interval,
    feed: Subscription,
    /// The person's teams; none before they were looked up.
    teams: Option<Vec<TeamChoice>>,
    /// The team whose threads are on show; the person's own otherwise.
    team: Option<String>,
    open: Option<Open>,
    answers: Vec<Answer>,
    /// Answers whose end was told already.
    told: VecDeque<String>,
    todo: VecDeque<Todo>,
    ready: VecDeque<LiveEvent>,
    /// Whether the feed is over: what still runs is told to its end.
    ending: bool,
}

impl Live {
    fn begin(core: &Arc<Core>, who: Principal, connection: Connection, place: Place) -> Self {
        let mut news = core.epochs.news();
        // What was published since the cookie was looked at counts too: the first turn looks again.
        news.mark_changed();
        let known = place.since.as_deref().and_then(|since| core.feed.since(since));
        let anew = known.is_none();
        let feed = known.unwrap_or_else(|| core.feed.subscribe());
        let hello = LiveEvent::Hello { at: feed.position() };
        let mut todo = VecDeque::new();
        if anew {
            todo.push_back(Todo::Sidebar);
        }
        if place.thread.is_some() {
            todo.push_back(Todo::Open { anew });
        }
        if anew {
            todo.push_back(Todo::Projects);
        }
        Self {
            core: Arc::clone(core),
            who,
            _connection: connection,
            news,
            judge: every(PING),
            look: every(LOOK),
            feed,
            teams: None,
            team: place.team,
            open: place.thread.map(|id| Open {
                id,
                seen: place.seen.unwrap_or(0),
                row: None,
                here: true,
            }),
            answers: Vec::new(),
            told: VecDeque::new(),
            todo,
            ready: VecDeque::from([hello]),
            ending: false,
        }
    }

    /// The next event, and its id if everything up to now was told with it; nothing when the connection is to end.
    async fn next(&mut self) -> Option<(LiveEvent, Option<String>)> {
        match self.turn().await {
            Ok(event) => {
                let all = self.ready.is_empty() && self.todo.is_empty();
                Some((event, all.then(|| self.feed.position())))
            }
            Err(End::Session(error)) => {
                let error = error.to_api().error;
                Some((LiveEvent::Over { error }, None))
            }
            Err(End::Broken) => None,
        }
    }

    async fn turn(&mut self) -> Result<LiveEvent, End> {
        loop {
            if self.news.has_changed().unwrap_or(false) {
                self.news.mark_unchanged();
                self.look_again().await?;
            }
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            if let Some(todo) = self.todo.pop_front() {
                self.tell(todo).await?;
                continue;
            }
            if self.ending && self.answers.is_empty() {
                return Err(End::Broken);
            }
            tokio::select! {
                biased;
                Ok(()) = self.news.changed() => self.news.mark_changed(),
                _ = self.judge.tick() => self.core.still_allowed(&self.who).await?,
                (index, piece) = next_piece(&mut self.answers) => self.take(index, piece).await,
                news = self.feed.next(), if !self.ending => self.hear(news),
                _ = self.look.tick(), if self.answers.is_empty() => self.compare().await?,
            }
        }
    }

    /// Whether this may go on, and what of it: something that decides about that has changed.
    async fn look_again(&mut self) -> Result<(), End> {
        self.core.still_allowed(&self.who).await?;
        let teams = teams::choices(&self.core, &self.who.user_id).await?;
        // Whoever is in none and shows none knows that already.
        let nothing = self.teams.is_none() && teams.is_empty() && self.team.is_none();
        if self.teams.as_ref() != Some(&teams) && !nothing {
            self.ready.push_back(LiveEvent::Teams { teams: teams.clone() });
        }
        self.teams = Some(teams);
        let Some(open) = self.open.as_ref().filter(|open| open.here) else {
            return Ok(());
        };
        match threads::row(&self.core, &self.who, &open.id).await {
            Ok(_) => Ok(()),
            Err(Error::NotFound(_)) => {
                self.lose_thread();
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The open thread is gone, with all that was to be told of it.
    fn lose_thread(&mut self) {
        self.answers.clear();
        self.ready.retain(|event| {
            matches!(
                event,
                LiveEvent::Hello { .. }
                    | LiveEvent::Sidebar { .. }
                    | LiveEvent::Teams { .. }
                    | LiveEvent::Projects { .. }
            )
        });
        if let Some(open) = self.open.as_mut().filter(|open| open.here) {
            open.here = false;
            open.row = None;
            self.ready.push_back(LiveEvent::ThreadGone { id: open.id.clone() });
        }
    }

    fn push(&mut self, todo: Todo) {
        // What is to be told already will be told as it is then.
        if !self.todo.contains(&todo) {
            self.todo.push_back(todo);
        }
    }

    fn is_member(&self, team_id: &str) -> bool {
        self.teams
            .as_ref()
            .is_some_and(|teams| teams.iter().any(|team| team.id == team_id))
    }

    /// Whether the realm on show is still the person's to see.
    fn has_realm(&self) -> bool {
        self.team.as_deref().is_none_or(|team| self.is_member(team))
    }

    fn is_open(&self, thread_id: &str) -> bool {
        self.open.as_ref().is_some_and(|open| open.id == thread_id)
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Changes(changes) => {
                for change in changes {
                    self.hear_of(change);
                }
            }
            News::Missed => {
                self.todo.clear();
                self.push(Todo::Sidebar);
                if self.open.is_some() {
                    self.push(Todo::Open { anew: true });
                }
                self.push(Todo::Projects);
            }
            News::Over => {
                self.ending = true;
                for answer in &mut self.answers {
                    answer.not_before = Instant::now();
                }
            }
        }
    }

    fn hear_of(&mut self, change: Change) {
        let own = change.user_id == self.who.user_id;
        if !own && !change.team_id.is_some_and(|team| self.is_member(&team)) {
            return;
        }
        let is_open = self.is_open(&change.thread_id);
        match change.kind {
            Kind::Thread => self.push(Todo::Thread(change.thread_id)),
            Kind::ThreadGone => self.push(Todo::ThreadGone(change.thread_id)),
            Kind::Projects => self.push(Todo::Projects),
            Kind::Threads => {
                self.push(Todo::Sidebar);
                self.push(Todo::Projects);
                if let Some(open) = &self.open {
                    let open = Todo::Thread(open.id.clone());
                    self.push(open);
                }
            }
            Kind::Message(id) | Kind::Began(id) if is_open => self.push(Todo::Message(id)),
            // Whoever follows it tells of it.
            Kind::Ended(id) if is_open && !self.is_followed(&id) && !self.told.contains(&id) => {
                self.push(Todo::Message(id));
            }
            Kind::MessageGone(id) if is_open => {
                self.answers.retain(|answer| answer.follower.message_id != id);
                self.push(Todo::MessageGone(id));
            }
            Kind::Message(_) | Kind::Began(_) | Kind::Ended(_) | Kind::MessageGone(_) => {}
        }
    }

    fn is_followed(&self, id: &str) -> bool {
        self.answers.iter().any(|answer| answer.follower.message_id == id)
    }

    /// A piece of a running answer, or its end.
    async fn take(&mut self, index: usize, piece: Option<Piece>) {
        if let Some(Piece::Text { text, .. }) = piece {
            if let Some(answer) = self.answers.get_mut(index) {
                let event = answer.grow(&text).await;
                self.ready.extend(event);
            }
            return;
        }
        let answer = self.answers.swap_remove(index);
        let id = answer.follower.message_id;
        self.told.push_front(id.clone());
        self.told.truncate(2 * FOLLOWED);
        self.push(Todo::Message(id));
        // Of what another server writes there is no other news.
        self.push(Todo::Thread(answer.follower.thread_id));
    }

    /// Looks whether another server has done something to the open thread: its feed is not ours.
    async fn compare(&mut self) -> Result<(), End> {
        let Some(open) = &self.open else { return Ok(()) };
        match threads::row(&self.core, &self.who, &open.id).await {
            Ok(row) if open.row.as_ref() == Some(&row) => {}
            Ok(row) => {
                let told = open.row.is_some();
                self.push(Todo::Thread(row.thread.id));
                if told {
                    self.push(Todo::Open { anew: true });
                }
            }
            Err(Error::NotFound(_)) if open.here => self.lose_thread(),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Tells one thing as it is now.
    async fn tell(&mut self, todo: Todo) -> Result<(), End> {
        match todo {
            Todo::Sidebar | Todo::Projects if !self.has_realm() => {}
            Todo::Sidebar => match threads::newest(&self.core, &self.who, self.team.as_deref(), NEWEST).await {
                Ok(threads) => self.ready.push_back(LiveEvent::Sidebar { threads }),
                // It was theirs a moment ago: the news of that is on its way.
                Err(Error::NotTeamMember) => {}
                Err(error) => return Err(error.into()),
            },
            Todo::Projects => match projects::newest(&self.core, &self.who, self.team.as_deref()).await {
                Ok(projects) => self.ready.push_back(LiveEvent::Projects { projects }),
                Err(Error::NotTeamMember) => {}
                Err(error) => return Err(error.into()),
            },
            Todo::Thread(id) => match threads::row(&self.core, &self.who, &id).await {
                Ok(row) => {
                    if let Some(open) = self.open.as_mut().filter(|open| open.id == id) {
                        open.row = Some(row.clone());
                        if !open.here {
                            open.here = true;
                            self.push(Todo::Open { anew: true });
                        }
                    }
                    if self.is_open(&id) || row.thread.team_id == self.team {
                        self.ready.push_back(LiveEvent::Thread { row });
                    }
                }
                Err(Error::NotFound(_)) => self.tell_gone(id),
                Err(error) => return Err(error.into()),
            },
            Todo::ThreadGone(id) => match threads::row(&self.core, &self.who, &id).await {
                // It was taken back at once.
                Ok(_) => self.push(Todo::Thread(id)),
                Err(Error::NotFound(_)) => self.tell_gone(id),
                Err(error) => return Err(error.into()),
            },
            Todo::Open { anew } => self.tell_open(anew).await?,
            Todo::Message(id) => self.tell_message(id).await?,
            Todo::MessageGone(id) => self.ready.push_back(LiveEvent::MessageGone { id }),
            Todo::Follow(id) => self.follow(id).await?,
        }
        Ok(())
    }

    fn tell_gone(&mut self, id: String) {
        if self.is_open(&id) {
            self.lose_thread();
        } else {
            self.ready.push_back(LiveEvent::ThreadGone { id });
        }
    }

    /// What the page may not know of its thread; and follows the answers that are being written there.
    async fn tell_open(&mut self, anew: bool) -> Result<(), End> {
        let Some(open) = self.open.as_ref().filter(|open| open.here) else {
            return Ok(());
        };
        let page = match views::open_thread(&self.core, &self.who, &open.id).await {
            Ok(page) => page,
            Err(Error::NotFound(_)) => {
                self.lose_thread();
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let seen = open.seen;
        let reaches = page.cursor.is_none() || page.messages.first().is_some_and(|first| first.seq <= seen);
        if anew || !reaches {
            self.ready.push_back(LiveEvent::Refetch);
        }
        let told = !anew && reaches;
        for message in page.messages {
            let running = message.status.is_running();
            if running {
                self.push(Todo::Follow(message.id.clone()));
            }
            if let Some(open) = &mut self.open {
                open.seen = open.seen.max(message.seq);
            }
            if told && (message.seq >= seen || running) {
                self.ready.push_back(LiveEvent::Message { message });
            }
        }
        if let Some(open) = &mut self.open {
            open.row = Some(page.row);
        }
        Ok(())
    }

    async fn tell_message(&mut self, id: String) -> Result<(), End> {
        match views::message(&self.core, &self.who, &id).await {
            // A message does not move, but what is open may have changed since it was noted.
            Ok(message) if !self.is_open(&message.thread_id) => {}
            Ok(message) => {
                if message.status.is_running() {
                    self.push(Todo::Follow(id));
                }
                if let Some(open) = &mut self.open {
                    open.seen = open.seen.max(message.seq);
                }
                self.ready.push_back(LiveEvent::Message { message });
            }
            Err(Error::NotFound(_)) => self.ready.push_back(LiveEvent::MessageGone { id }),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn follow(&mut self, id: String) -> Result<(), End> {
        if self.is_followed(&id) || self.answers.len() >= FOLLOWED {
            return Ok(());
        }
        match chat::follow(&self.core, &self.who, &id, 0).await {
            Ok(follower) => self.answers.push(Answer {
                follower,
                text: String::new(),
                stream: markdown::Stream::new(),
                not_before: Instant::now(),
            }),
            Err(Error::NotFound(_)) => self.ready.push_back(LiveEvent::MessageGone { id }),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
