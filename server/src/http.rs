//! Serving connections: within limits, and to an orderly end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use domain::Core;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::auth::PeerAddr;

/// A connection that has not sent the head of a request by then, the first or the next, is closed.
const READ_HEAD: Duration = Duration::from_secs(15);
/// Room for a head that is too long, so that it can be refused in the API's shape.
const HEAD_BUFFER: usize = 512 << 10;
/// Connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 8_192;
/// How long connections may take to end.
const CLOSE: Duration = Duration::from_secs(10);
/// How long nothing is accepted after that failed: file descriptors come back only as others end.
const PAUSE: Duration = Duration::from_secs(1);

/// The life of a server: serves until `end` resolves, answers what is under way, and only then closes what that needs.
pub async fn run(listener: TcpListener, router: Router, end: impl Future<Output = ()>, core: &Core) {
    serve(listener, router, end, core.drain()).await;
    core.shut_down().await;
}

/// Serves HTTP/1.1 until `end` resolves, then lets what is under way end while `drain` runs. Whoever wants HTTP/2 puts
/// it in front, with the certificate that browsers want for it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    end: impl Future<Output = ()>,
    drain: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(READ_HEAD)
        .max_buf_size(HEAD_BUFFER);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut end => break,
            next = next => next,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let router = router.clone();
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(PeerAddr(peer));
                Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
            }
        });
        let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    tokio::join!(drain, async {
        if tokio::time::timeout(CLOSE, connections.shutdown()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    });
}
