//! What it costs to build the prompt of a thread of ten thousand messages, on `SQLite` and, where `TEST_POSTGRES_URL` names a
//! server, on `PostgreSQL`; and to shorten a message of a megabyte. Ends with 1 when a bound is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has failed, and it prints"
)]

#[path = "../common/mod.rs"]
mod common;

use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::{Instance, line, percentile, urls, verdict};
use domain::chat::context::{Assembled, Assembler, Budget, Parts};
use domain::chat::offer_history;
use domain::models::tokens::estimate;
use sea_orm::ConnectionTrait;

const MESSAGES: u32 = 10_000;
/// Short threads that are younger.
const NEIGHBOURS: u32 = 30_000;
const BOUND: Duration = Duration::from_millis(5);
const LONG_BOUND: Duration = Duration::from_millis(200);
const ROUNDS: usize = 200;
const AT: &str = "2026-01-01T00:00:00.000Z";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let held = runtime.block_on(async {
        let mut held = shortening();
        for url in urls() {
            let place = Instance::make(url.as_deref(), None).await;
            held &= measure(&place).await;
            place.remove().await;
        }
        held
    });
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A message of a megabyte in the smallest window that is usual.
fn shortening() -> bool {
    let long = "A megabyte of words. ".repeat(50_000);
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let parts = Parts {
                user: long.clone(),
                ..Parts::default()
            };
            let begun = Instant::now();
            Assembler::new(budget(512), &estimate, parts).finish();
            begun.elapsed()
        })
        .collect();
    let held = percentile(&mut times, 95) <= LONG_BOUND;
    println!(
        "{} a message of a megabyte shortened to a window of 512: {} (p95 at most {} ms)",
        verdict(held),
        line(&mut times),
        LONG_BOUND.as_millis()
    );
    held
}

async fn measure(place: &Instance) -> bool {
    let thread_id = seed(place).await;
    let mut held = true;
    for window in [512, 4_096] {
        let mut times = Vec::new();
        let mut included = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let prompt = prompt(place, &thread_id, window).await;
            times.push(begun.elapsed());
            included = prompt.report.included;
        }
        let fits = percentile(&mut times, 95) <= BOUND;
        held &= fits;
        println!(
            "{} building the prompt of a thread of {MESSAGES} messages on {} for a window of {window}, {included} of them in: \
             {} (p95 at most {} ms)",
            verdict(fits),
            place.name,
            line(&mut times),
            BOUND.as_millis()
        );
    }
    held
}

fn budget(window: u32) -> Budget {
    Budget {
        window: Some(window),
        reply_reserve: 600,
    }
}

async fn prompt(place: &Instance, thread_id: &str, window: u32) -> Assembled {
    let parts = Parts {
        system: vec!["Be brief.".to_owned()],
        user: "And now?".to_owned(),
        ..Parts::default()
    };
    let mut assembler = Assembler::new(budget(window), &estimate, parts);
    offer_history(&place.core, thread_id, i64::MIN..=i64::MAX, &mut assembler)
        .await
        .unwrap();
    assembler.finish()
}

/// A thread of the one user, with messages of a hundred to three hundred characters in turns.
async fn seed(place: &Instance) -> String {
    let db = place.core.db.write();
    let (thread, user) = (domain::clock::new_id(), &place.who.user_id);
    let insert = format!(
        "INSERT INTO threads (id, user_id, title, last_message_at, created_at)
         VALUES ('{thread}', '{user}', 'Long', '{AT}', '{AT}')"
    );
    db.execute_unprepared(&insert).await.unwrap();
    for batch in 0..MESSAGES / 500 {
        let mut rows = String::new();
        for row in 0..500 {
            let at = batch * 500 + row;
            let comma = if row == 0 { "" } else { "," };
            let role = if at % 2 == 0 { "user" } else { "assistant" };
            let content = "some words about ships and the sea ".repeat(usize::try_from(3 + at % 6).unwrap());
            write!(
                rows,
                "{comma}('m{at}','{thread}','{user}','{role}','{content}','complete','{AT}','{AT}')"
            )
            .unwrap();
        }
        let insert = format!(
            "INSERT INTO messages (id, thread_id, user_id, role, content, status, created_at, updated_at) VALUES {rows}"
        );
        db.execute_unprepared(&insert).await.unwrap();
    }
    neighbours(place).await;
    // As the databases do by themselves within a minute.
    db.execute_unprepared("ANALYZE").await.unwrap();
    thread
}

/// What others have said since then, in threads as short as most are.
async fn neighbours(place: &Instance) {
    let db = place.core.db.write();
    let user = &place.who.user_id;
    for batch in 0..NEIGHBOURS / 1_000 {
        let (mut threads, mut rows) = (String::new(), String::new());
        for row in 0..1_000 {
            let (at, comma) = (batch * 1_000 + row, if row == 0 { "" } else { "," });
            write!(threads, "{comma}('n{at}','{user}','Short','{AT}','{AT}')").unwrap();
            for part in 0..6 {
                let comma = if row + part == 0 { "" } else { "," };
                let role = if part % 2 == 0 { "user" } else { "assistant" };
                write!(
                    rows,
                    "{comma}('n{at}-{part}','n{at}','{user}','{role}','some words','complete','{AT}','{AT}')"
                )
                .unwrap();
            }
        }
        for insert in [
            format!("INSERT INTO threads (id, user_id, title, last_message_at, created_at) VALUES {threads}"),
            format!(
                "INSERT INTO messages (id, thread_id, user_id, role, content, status, created_at, updated_at) VALUES {rows}"
            ),
        ] {
            db.execute_unprepared(&insert).await.unwrap();
        }
    }
}
