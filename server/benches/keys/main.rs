//! What a key costs, and what the binary costs. Everything is measured in one run and, where it can be, as a ratio:
//! machines differ and are noisy. Ends with 1 when a bound is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has failed, and it prints"
)]

mod load;
mod place;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use domain::access::Principal;
use load::{latencies, median, p99, throughput};
use place::{Place, Served};
use server::auth::Presented;

const CONNECTIONS: usize = 8;
const ROUND: Duration = Duration::from_millis(1_500);
const ROUNDS: usize = 7;
const FEW: usize = 10;
const MANY: usize = 100_000;
const CALLS: u32 = 200_000;

/// One line of the result.
struct Line {
    what: &'static str,
    value: String,
    bound: &'static str,
    held: bool,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let lines = runtime.block_on(async {
        let mut lines = keyed_over_open().await;
        lines.push(few_and_many().await);
        lines.extend(the_binary().await);
        lines
    });
    let mut all_held = true;
    for Line {
        what,
        value,
        bound,
        held,
    } in lines
    {
        println!("{} {what}: {value} ({bound})", if held { "ok    " } else { "MISSED" });
        all_held &= held;
    }
    if all_held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The keyed list of threads beside the same handler and middleware with the same principal put in by hand.
async fn keyed_over_open() -> Vec<Line> {
    let place = Place::make(FEW).await;
    let keyed = Served::start(server::router(place.state())).await;
    let open = Served::start(open_twin(&place).await).await;
    let (keyed_request, open_request) = (place.list_request(true), place.list_request(false));
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let with = throughput(keyed.address, &keyed_request, CONNECTIONS, ROUND).await;
        let without = throughput(open.address, &open_request, CONNECTIONS, ROUND).await;
        ratios.push(with / without);
    }
    let ratio = median(&mut ratios);

    let core = place.core();
    let ip = Some(std::net::IpAddr::from([127, 0, 0, 1]));
    let started = Instant::now();
    for _ in 0..CALLS {
        let admitted = core
            .keys
            .admit(
                &core.db,
                &core.epochs,
                &core.config,
                &place.secret,
                core.clock.now(),
                ip,
            )
            .await;
        std::hint::black_box(admitted.unwrap());
    }
    let added = started.elapsed() / CALLS;
    vec![
        Line {
            what: "throughput of a keyed list of threads over its open twin",
            value: format!("{ratio:.3}"),
            bound: "at least 0.80",
            held: ratio >= 0.80,
        },
        Line {
            what: "added time for a proven key",
            value: format!("{:.2} µs", added.as_secs_f64() * 1e6),
            bound: "at most 5 µs",
            held: added <= Duration::from_micros(5),
        },
    ]
}

#[expect(
    clippy::disallowed_methods,
    reason = "a route by itself, without all that is around it"
)]
async fn open_twin(place: &Place) -> Router {
    let core = place.core();
    let admitted = core
        .keys
        .admit(
            &core.db,
            &core.epochs,
            &core.config,
            &place.secret,
            core.clock.now(),
            None,
        )
        .await
        .unwrap();
    let principal: Arc<Principal> = Arc::new(admitted.principal);
    let put_in = move |mut request: Request, next: Next| {
        let presented = Presented::Key(Box::new((*principal).clone()));
        async move {
            request.extensions_mut().insert(presented);
            next.run(request).await
        }
    };
    let routes = Router::new()
        .route("/api/threads", get(server::api::app::threads::list))
        .layer(from_fn(put_in));
    server::middleware::around(routes, place.state())
}

async fn few_and_many() -> Line {
    let (few, many) = (Place::make(FEW).await, Place::make(MANY).await);
    let few_served = Served::start(server::router(few.state())).await;
    let many_served = Served::start(server::router(many.state())).await;
    let (few_request, many_request) = (few.list_request(true), many.list_request(true));
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let with_few = throughput(few_served.address, &few_request, CONNECTIONS, ROUND).await;
        let with_many = throughput(many_served.address, &many_request, CONNECTIONS, ROUND).await;
        ratios.push(with_many / with_few);
    }
    let ratio = median(&mut ratios);
    Line {
        what: "the same with 100,000 keys in the table over 10",
        value: format!("{ratio:.3}"),
        bound: "within 10 %",
        held: (0.9..=1.1).contains(&ratio),
    }
}

/// The binary itself, in a process of its own.
async fn the_binary() -> Vec<Line> {
    let binary = place::Binary::start().await;
    let start_ms = binary.started_in.as_secs_f64() * 1e3;
    let resident = binary.resident_mb();
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_latchkey")).unwrap().len() >> 20;

    let request = binary.list_request();
    let (mut alone, mut flooded) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(p99(latencies(binary.address, &request, ROUND).await));
        let (mut during, ()) = tokio::join!(
            latencies(binary.address, &request, ROUND),
            binary.wrong_keys(1_000, ROUND),
        );
        during.sort_unstable();
        flooded.push(p99(during));
    }
    let (alone, flooded) = (median(&mut alone), median(&mut flooded));
    let ratio = flooded / alone;
    vec![
        Line {
            what: "a neighbour's p99 while 1,000 wrong keys a second arrive, over its p99 alone",
            value: format!("{ratio:.2} ({:.2} ms over {:.2} ms)", flooded * 1e3, alone * 1e3),
            bound: "at most 1.5",
            held: ratio <= 1.5,
        },
        Line {
            what: "start to first answer",
            value: format!("{start_ms:.0} ms"),
            bound: "at most 300 ms",
            held: start_ms <= 300.0,
        },
        Line {
            what: "resident at idle",
            value: format!("{resident:.1} MB"),
            bound: "at most 40 MB",
            held: resident <= 40.0,
        },
        Line {
            what: "the binary",
            value: format!("{size} MB"),
            bound: "at most 40 MB",
            held: size <= 40,
        },
    ]
}
