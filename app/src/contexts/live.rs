//! The feed: what changes, while it changes. One connection for the whole tab, which also brings the pieces of answers in
//! the open thread.
//!
//! Browsers allow six connections to a server over HTTP/1.1, counted over all tabs, so a tab that nobody sees has none. The
//! feed tells where it stands; a new connection goes on from there.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::js_sys::{Math, encode_uri_component};
use leptos::web_sys::{Event, EventSource, MessageEvent};
use types::live::LiveEvent;

use super::realm::{Realm, use_realm};
use super::threads::{Threads, use_threads};
use crate::hooks::failures::signed_out;
use crate::hooks::listen::{Listener, listen};
use crate::hooks::reactive::{effect, effect_after};
use crate::routes::api;
use crate::server_fns::threads::sidebar;
use crate::wire;

/// The events of the feed, by their names on the wire.
const EVENTS: [&str; 11] = [
    "hello",
    "sidebar",
    "thread",
    "threadGone",
    "teams",
    "projects",
    "message",
    "messageGone",
    "piece",
    "refetch",
    "over",
];
/// The longest wait between two tries, in milliseconds.
const LONGEST_WAIT: u32 = 10_000;

/// Whether the page hears of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveState {
    /// It does, or will in a moment.
    Connected,
    /// The connection was lost, and a first try to get it back failed.
    Reconnecting,
}

/// The thread on show, and who wants to hear of it.
#[derive(Clone)]
pub struct Follow {
    /// Id of the thread.
    pub thread: String,
    /// Says the place of the newest message that the page has.
    pub seen: Callback<(), i64>,
    /// Takes what happens in the thread.
    pub take: Callback<LiveEvent>,
}

/// The feed of this tab.
#[derive(Clone, Copy)]
pub struct Live {
    state: RwSignal<LiveState>,
    /// Only in the browser: it belongs to one thread, and the server's pages go from thread to thread.
    inner: Option<StoredValue<Inner, LocalStorage>>,
    threads: Threads,
    realm: Realm,
}

struct Inner {
    /// Where the feed stands, as far as this tab has heard.
    at: String,
    follow: Option<Follow>,
    connection: Option<Connection>,
    /// Tries since it was last connected.
    tries: u32,
    retry: Option<TimeoutHandle>,
    /// Listeners on the window, as long as somebody wants the feed.
    awake: Vec<Listener>,
}

struct Connection {
    source: EventSource,
    /// The thread it was made for.
    thread: Option<String>,
    _listeners: Vec<Listener>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// Makes the [`Live`] feed available to everything below, and connects it once the page is alive. Expects the
/// [`Threads`].
pub(crate) fn provide_live() {
    let threads = use_threads();
    let inner = || {
        StoredValue::new_local(Inner {
            at: threads.at(),
            follow: None,
            connection: None,
            tries: 0,
            retry: None,
            awake: Vec::new(),
        })
    };
    let live = Live {
        state: RwSignal::new(LiveState::Connected),
        inner: (!cfg!(feature = "ssr")).then(inner),
        threads,
        realm: use_realm(),
    };
    provide_context(live);
    effect(move || {
        live.with(|inner| {
            inner.awake = vec![
                listen(&document(), "visibilitychange", false, Box::new(move |_| live.wake())),
                listen(&window(), "online", false, Box::new(move |_| live.wake())),
                listen(&window(), "offline", false, Box::new(move |_| live.offline())),
            ];
        });
        // The page at this address says first which thread it shows.
        set_timeout(
            move || {
                if live.with(|inner| inner.connection.is_none()) == Some(true) {
                    live.connect();
                }
            },
            Duration::ZERO,
        );
    });
    effect_after(move |before: Option<()>| {
        _ = live.realm.team();
        if before.is_some() {
            live.connect();
        }
    });
    on_cleanup(move || live.stop());
}

/// The [`Live`] feed of this tab.
pub fn use_live() -> Live {
    expect_context()
}

impl Live {
    /// Whether the page hears of changes.
    pub fn state(self) -> LiveState {
        self.state.get()
    }

    /// From now on the feed tells of this thread, or of none.
    pub fn follow(self, follow: Option<Follow>) {
        let changed = self.with(|inner| {
            let thread = follow.as_ref().map(|follow| follow.thread.clone());
            inner.follow = follow;
            inner
                .connection
                .as_ref()
                .is_none_or(|connection| connection.thread != thread)
        });
        if changed == Some(true) {
            self.connect();
        }
    }

    /// Hears nothing more: this page is on its way out.
    pub fn stop(self) {
        // Dropped outside: listeners are borrowed while they speak.
        let old = self.with(|inner| {
            if let Some(retry) = inner.retry.take() {
                retry.clear();
            }
            (inner.connection.take(), std::mem::take(&mut inner.awake))
        });
        drop(old);
    }

    /// Hears nothing until [`Live::resume`]: what is asked now may end the session, and the feed must not find that out first.
    pub fn pause(self) {
        let old = self.with(|inner| inner.connection.take());
        drop(old);
    }

    /// Goes on after [`Live::pause`].
    pub fn resume(self) {
        self.connect();
    }

    fn with<T>(self, act: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        self.inner?.try_update_value(act)
    }

    /// Connects now, instead of whatever connection there is.
    fn connect(self) {
        // What is put away is dropped outside: closing says nothing, but listeners are borrowed while they speak.
        let old = self.with(|inner| {
            if let Some(retry) = inner.retry.take() {
                retry.clear();
            }
            inner.connection.take()
        });
        let Some(old) = old else { return };
        drop(old);
        if document().hidden() {
            return;
        }
        let team = untrack(|| self.realm.team());
        let Some((url, thread)) = self.with(|inner| inner.address(team.as_deref())) else {
            return;
        };
        let Ok(source) = EventSource::new(&url) else {
            return self.lost();
        };
        let mut listeners: Vec<Listener> = EVENTS
            .into_iter()
            .map(|name| listen(&source, name, false, Box::new(move |event| self.heard(&event))))
            .collect();
        listeners.push(listen(&source, "error", false, Box::new(move |_| self.failed())));
        self.with(|inner| {
            inner.connection = Some(Connection {
                source,
                thread,
                _listeners: listeners,
            });
        });
    }

    fn heard(self, event: &Event) {
        let Some(event) = event.dyn_ref::<MessageEvent>() else {
            return;
        };
        let Some(data) = event.data().as_string() else {
            return;
        };
        // What a newer server may tell and this page doesn't know is passed over.
        let Ok(told) = wire::read::<LiveEvent>(&data) else {
            return;
        };
        let at = event.last_event_id();
        if !at.is_empty() {
            self.with(|inner| inner.at = at);
        }
        match told {
            LiveEvent::Hello { at } => {
                self.with(|inner| {
                    inner.at = at;
                    inner.tries = 0;
                });
                self.set_state(LiveState::Connected);
            }
            LiveEvent::Sidebar { threads } => {
                for row in &threads {
                    self.hand_on(&row.thread.id, || LiveEvent::Thread { row: row.clone() });
                }
                self.threads.apply_snapshot(threads);
            }
            LiveEvent::Thread { row } => {
                self.threads.upsert(row.clone());
                self.hand_on(&row.thread.id.clone(), || LiveEvent::Thread { row });
            }
            LiveEvent::ThreadGone { id } => {
                self.threads.gone(&id);
                self.hand_on(&id.clone(), || LiveEvent::ThreadGone { id });
            }
            LiveEvent::Teams { teams } => self.threads.take_teams(teams),
            LiveEvent::Projects { projects } => self.threads.take_projects(projects),
            LiveEvent::Over { .. } => self.refused(),
            told => {
                let open = self.with(|inner| {
                    let thread = inner.connection.as_ref()?.thread.as_ref()?;
                    inner.follow.clone().filter(|follow| follow.thread == *thread)
                });
                if let Some(Some(follow)) = open {
                    _ = follow.take.try_run(told);
                }
            }
        }
    }

    /// Tells whoever shows the thread.
    fn hand_on(self, thread: &str, told: impl FnOnce() -> LiveEvent) {
        let open = self.with(|inner| inner.follow.clone().filter(|follow| follow.thread == thread));
        if let Some(Some(follow)) = open {
            _ = follow.take.try_run(told());
        }
    }

    /// The browser says that the connection is lost or was refused. What the browser itself would do next is too slow
    /// and asks for the same place again.
    fn failed(self) {
        let closed = self.with(|inner| {
            let connection = inner.connection.as_ref()?;
            Some(connection.source.ready_state() == EventSource::CLOSED)
        });
        if closed == Some(Some(true)) {
            self.refused();
        } else {
            self.lost();
        }
    }

    /// The server answered, but with no feed: it may be that nobody is signed in any more.
    fn refused(self) {
        self.lost();
        spawn_local(async move {
            if let Err(failure) = sidebar(None, None).await {
                signed_out(&failure);
            }
        });
    }

    /// Tries again in a while. The first time nothing is said: most often it is only a connection that grew too old.
    fn lost(self) {
        let tries = self.with(|inner| {
            inner.connection = None;
            inner.tries += 1;
            inner.tries
        });
        let Some(tries) = tries else { return };
        if tries > 1 {
            self.set_state(LiveState::Reconnecting);
        }
        let wait = Duration::from_millis(u64::from(wait(tries, Math::random())));
        let retry = set_timeout_with_handle(move || self.connect(), wait).ok();
        let old = self.with(|inner| std::mem::replace(&mut inner.retry, retry));
        if let Some(Some(old)) = old {
            old.clear();
        }
    }

    /// The tab is seen again, or the network is back; or the tab is hidden.
    fn wake(self) {
        let connected = self.with(|inner| {
            inner.tries = inner.tries.min(1);
            inner.connection.is_some()
        });
        if document().hidden() || connected == Some(false) {
            self.connect();
        }
    }

    fn offline(self) {
        self.with(|inner| inner.connection = None);
        self.set_state(LiveState::Reconnecting);
        self.lost();
    }

    fn set_state(self, state: LiveState) {
        if self.state.try_get_untracked().is_some_and(|known| known != state) {
            self.state.set(state);
        }
    }
}

impl Inner {
    /// Where to connect to, and for which thread.
    fn address(&self, team: Option<&str>) -> (String, Option<String>) {
        let mut url = [api::LIVE, "?since=", &encoded(&self.at)].concat();
        let thread = self.follow.as_ref().map(|follow| follow.thread.clone());
        if let Some(team) = team {
            url.push_str("&team=");
            url.push_str(&encoded(team));
        }
        if let Some(follow) = &self.follow {
            let seen = follow.seen.try_run(()).unwrap_or_default();
            url.push_str("&thread=");
            url.push_str(&encoded(&follow.thread));
            url.push_str("&seen=");
            url.push_str(&seen.to_string());
        }
        (url, thread)
    }
}

fn encoded(text: &str) -> String {
    encode_uri_component(text).into()
}

/// How long to wait before the next try, in milliseconds: at once, then 1, 2, 4, 8 and 10 seconds, each up to a quarter
/// more, so that the tabs of a server that comes back don't all come at the same moment. `chance` is from 0 to 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a quarter of ten seconds, and not negative"
)]
fn wait(tries: u32, chance: f64) -> u32 {
    let wait = match tries {
        0 | 1 => 150,
        tries => (1_000_u32 << (tries - 2).min(4)).min(LONGEST_WAIT),
    };
    wait + (f64::from(wait) / 4.0 * chance) as u32
}

#[cfg(test)]
mod tests {
    use types::views::ProjectRows;

    use super::*;

    #[test]
    fn the_waits_grow_to_ten_seconds_and_no_further() {
        let waits: Vec<u32> = (1..=8).map(|tries| wait(tries, 0.0)).collect();
        assert_eq!(waits, [150, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
        assert_eq!(wait(u32::MAX, 1.0), 12_500);
    }

    #[test]
    fn every_event_of_the_feed_is_listened_to() {
        let told = [
            LiveEvent::Hello { at: String::new() },
            LiveEvent::Sidebar { threads: Vec::new() },
            LiveEvent::ThreadGone { id: String::new() },
            LiveEvent::Teams { teams: Vec::new() },
            LiveEvent::Projects {
                projects: ProjectRows::default(),
            },
            LiveEvent::MessageGone { id: String::new() },
            LiveEvent::Piece {
                id: String::new(),
                from: 0,
                blocks: Vec::new(),
            },
            LiveEvent::Refetch,
            LiveEvent::Over { error: String::new() },
        ];
        for event in told {
            assert!(EVENTS.contains(&event.name()), "{event:?}");
        }
    }
}
