//! Requests byte by byte, as no client library would send them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't speak to its server has failed"
)]

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, TestApp};

/// Sends these bytes and reads until the server closes. They should ask for that with `Connection: close`.
pub(crate) async fn bytes(app: &TestApp, request: &[u8]) -> Vec<u8> {
    let exchange = async {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        // A server that has had enough may close before it has read everything.
        let _ = stream.write_all(request).await;
        let mut received = Vec::new();
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut part).await {
            received.extend_from_slice(&part[..count]);
        }
        received
    };
    tokio::time::timeout(Duration::from_secs(30), exchange)
        .await
        .expect("the server neither answers nor closes")
}

/// Sends these bytes and reads one answer; none when the server closes without one.
pub(crate) async fn exchange(app: &TestApp, request: &[u8]) -> Option<Answer> {
    let received = bytes(app, request).await;
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse::<StatusCode>().unwrap();
    let headers: HeaderMap = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                value.trim().parse::<HeaderValue>().unwrap(),
            )
        })
        .collect();
    Some(Answer {
        status,
        headers,
        text: body.to_owned(),
    })
}

/// A GET for a target exactly as written, with these header lines beside `Host`.
pub(crate) async fn get(app: &TestApp, target: &str, lines: &[&str]) -> Answer {
    let mut request = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        app.address
    );
    for line in lines {
        request.push_str(line);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    exchange(app, request.as_bytes()).await.expect("no answer")
}
