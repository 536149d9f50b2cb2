//! What a search costs among a million messages of ten users, on `SQLite` and, where `TEST_POSTGRES_URL` names a server, on
//! `PostgreSQL`. `SEARCH_BENCH_MESSAGES` makes it another number. Ends with 1 when a bound is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has failed, and it prints"
)]

#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod place;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::{line, percentile, urls, verdict};
use corpus::Corpus;
use domain::page::PageRequest;
use domain::search::{Filter, search};
use place::Place;

const MESSAGES: u64 = 1_000_000;
const BOUND: Duration = Duration::from_millis(50);
const ROUNDS: usize = 60;

fn main() -> ExitCode {
    let messages = std::env::var("SEARCH_BENCH_MESSAGES").ok();
    let messages = messages.and_then(|number| number.parse().ok()).unwrap_or(MESSAGES);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let held = runtime.block_on(async {
        let mut held = true;
        for url in urls() {
            let place = Place::make(url.as_deref(), messages).await;
            held &= measure(&place, messages).await;
            place.instance.remove().await;
        }
        held
    });
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn measure(place: &Place, messages: u64) -> bool {
    println!(
        "{}: {messages} messages, a tenth of them the asker's, written and indexed in {:.0} s",
        place.instance.name,
        place.seeded_in.as_secs_f64()
    );
    let mut corpus = Corpus::new(3);
    let mut all = Vec::new();
    // Ranks of words: what is of the first few is in most messages, what is of the last in hardly any.
    for (what, first, second) in [
        ("a frequent word", 0..20, None),
        ("a middling word", 200..2_000, None),
        ("a rare word", 20_000..corpus::WORDS, None),
        ("two frequent words", 0..20, Some(0..20)),
        ("a frequent and a rare word", 0..20, Some(20_000..corpus::WORDS)),
        ("two middling words", 200..2_000, Some(200..2_000)),
    ] {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..ROUNDS {
            let mut q = corpus.word_in(first.clone());
            if let Some(second) = &second {
                q = format!("{q} {}", corpus.word_in(second.clone()));
            }
            let filter = Filter { q, ..Filter::default() };
            let begun = Instant::now();
            let answer = search(
                &place.instance.core,
                &place.instance.who,
                &filter,
                &PageRequest::default(),
            )
            .await
            .unwrap();
            times.push(begun.elapsed());
            found += answer.total;
        }
        all.extend_from_slice(&times);
        let found = found / u64::try_from(ROUNDS).unwrap();
        println!("       {what}, found {found} times: {}", line(&mut times));
    }
    let p95 = percentile(&mut all, 95);
    let held = p95 <= BOUND;
    println!(
        "{} search on {} among {messages} messages: {} (p95 at most 50 ms)",
        verdict(held),
        place.instance.name,
        line(&mut all)
    );
    held
}
