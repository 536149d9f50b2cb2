//! Serving connections: within limits, and to an orderly end.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::auth::PeerAddr;

/// A connection that has not sent the head of a request by then is closed.
const READ_HEAD: Duration = Duration::from_secs(15);
/// Room for a head that is too long, so that it can be refused in the API's shape.
const HEAD_BUFFER: usize = 512 << 10;
/// How long connections may take to end.
const CLOSE: Duration = Duration::from_secs(5);

/// Serves until `end` resolves, then lets what is under way end while `drain` runs.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    end: impl Future<Output = ()>,
    drain: impl Future<Output = ()>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_HEAD)
        .max_buf_size(HEAD_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(64 << 10)
        .keep_alive_interval(Some(READ_HEAD));
    let connections = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = &mut end => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely; the ones in use will come back.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
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
        let connection = builder
            .serve_connection_with_upgrades(TokioIo::new(stream), service)
            .into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
    drop(listener);
    tokio::join!(drain, async {
        if tokio::time::timeout(CLOSE * 2, connections.shutdown()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    });
}
