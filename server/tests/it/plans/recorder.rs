//! Hears what a server's connections send to their database.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use sea_orm::sqlx::{ConnectOptions, Database, Pool};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::{Kind, TestApp};

const TARGET: &str = "sqlx::query";

/// The log of both databases; one for the process, because the log is.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    sqlite: Mutex<BTreeSet<String>>,
    postgres: Mutex<BTreeSet<String>>,
}

impl Recorder {
    pub(super) fn of_this_process() -> &'static Self {
        static RECORDER: OnceLock<Recorder> = OnceLock::new();
        static INSTALLED: OnceLock<()> = OnceLock::new();
        let recorder = RECORDER.get_or_init(Self::default);
        INSTALLED.get_or_init(|| {
            let layer = Listener(recorder).with_filter(Targets::new().with_target(TARGET, Level::TRACE));
            tracing_subscriber::registry().with(layer).init();
        });
        recorder
    }

    /// The two databases' statements are told apart by a level that nothing else in the tests logs at.
    fn of(&self, level: Level) -> Option<&Mutex<BTreeSet<String>>> {
        match level {
            Level::TRACE => Some(&self.sqlite),
            Level::DEBUG => Some(&self.postgres),
            _ => None,
        }
    }

    /// Makes an instance's connections anew, so that they tell what they send.
    pub(super) async fn listen(&self, app: &TestApp, kind: Kind) {
        match kind {
            Kind::Sqlite => {
                for db in [app.core.db.read(), app.core.db.write()] {
                    renew(db.get_sqlite_connection_pool(), "trace").await;
                }
            }
            Kind::Postgres => renew(app.core.db.write().get_postgres_connection_pool(), "debug").await,
        }
    }

    /// What was sent so far and can have a plan.
    pub(super) fn statements(&self, kind: Kind) -> Vec<String> {
        let all = match kind {
            Kind::Sqlite => &self.sqlite,
            Kind::Postgres => &self.postgres,
        };
        let planned = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
        let all = all.lock().unwrap();
        all.iter()
            .filter(|sql| planned.iter().any(|word| sql.starts_with(word)))
            .cloned()
            .collect()
    }
}

async fn renew<D: Database>(pool: &Pool<D>, level: &str)
where
    <D::Connection as sea_orm::sqlx::Connection>::Options: Clone,
{
    let level = level.parse().unwrap();
    let options = (*pool.connect_options()).clone();
    // What is slow is logged at a level of its own, and without a limit everything is slow.
    let options = options
        .log_statements(level)
        .log_slow_statements(level, Duration::from_hours(1));
    pool.set_connect_options(options);
    // All that there can be at once, so that none is left that was made before.
    let mut connections = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        connections.push(pool.acquire().await.unwrap());
    }
    for connection in connections {
        connection.close().await.unwrap();
    }
}

struct Listener(&'static Recorder);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(statements) = self.0.of(*event.metadata().level()) else {
            return;
        };
        let mut words = Words::default();
        event.record(&mut words);
        // A statement of a few words is its own summary.
        let sql = if words.statement.trim().is_empty() {
            words.summary
        } else {
            words.statement
        };
        statements.lock().unwrap().insert(sql.trim().to_owned());
    }
}

#[derive(Default)]
struct Words {
    summary: String,
    statement: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
