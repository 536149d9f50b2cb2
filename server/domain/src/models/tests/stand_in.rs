//! Stand-ins for model servers: one on axum for what goes well, one on a bare socket for what doesn't.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, Uri};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// A server that gives one answer to everything and remembers what it was asked.
pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers with what `answer` makes, every time.
    pub(super) async fn start(answer: impl Fn() -> Response<Body> + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let app = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let body = if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&body).expect("a JSON body")
            };
            log.lock().unwrap().push(Seen {
                path: uri.path().to_owned(),
                query: uri.query().map(str::to_owned),
                headers,
                body,
            });
            let answer = answer();
            async move { answer }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    /// Answers with a status and a body.
    pub(super) async fn refusing(status: u16, headers: &'static [(&str, &str)], body: &'static str) -> Self {
        Self::start(move || {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            response.body(Body::from(body)).unwrap()
        })
        .await
    }

    /// Answers well, with the pieces sent one by one.
    pub(super) async fn streaming(kind: &'static str, pieces: Vec<Vec<u8>>) -> Self {
        Self::start(move || {
            let pieces = pieces.clone().into_iter().map(Ok::<_, std::io::Error>);
            let body = Body::from_stream(futures::stream::iter(pieces));
            Response::builder().header("content-type", kind).body(body).unwrap()
        })
        .await
    }

    /// The only request so far.
    pub(super) fn seen(&self) -> Seen {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        seen[0].clone()
    }

    /// Where it was asked, in order.
    pub(super) fn paths(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|seen| seen.path.clone()).collect()
    }

    pub(super) fn times_asked(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

/// What a broken server does after the head of a good answer.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Sends a piece of the body.
    Say(Vec<u8>),
    /// Ends the body as HTTP wants it.
    End,
    /// Says nothing more and keeps the connection.
    Hang,
    /// Says this for ever.
    Repeat(Vec<u8>),
}

/// Starts a server on a bare socket that reads one request, sends a good head (none when `head` is false), does what it
/// is told, and closes the connection. The receiver gets a word when the client has closed it first.
pub(super) async fn broken(head: bool, acts: Vec<Act>) -> (String, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (closed, was_closed) = oneshot::channel();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_request(&mut socket).await;
        if head {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            socket.write_all(head.as_bytes()).await.unwrap();
        }
        for act in acts {
            let went_well = match act {
                Act::Say(bytes) => chunk(&mut socket, &bytes).await,
                Act::End => socket.write_all(b"0\r\n\r\n").await.is_ok(),
                Act::Hang => socket.read(&mut [0; 1]).await.is_ok_and(|read| read > 0),
                Act::Repeat(bytes) => {
                    while chunk(&mut socket, &bytes).await {}
                    false
                }
            };
            if !went_well {
                closed.send(()).ok();
                return;
            }
        }
    });
    (url, was_closed)
}

async fn chunk(socket: &mut TcpStream, bytes: &[u8]) -> bool {
    let framed = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    socket.write_all(&framed).await.is_ok() && socket.flush().await.is_ok()
}

/// Reads the whole request, so that closing the socket is a close and not a reset.
async fn read_request(socket: &mut TcpStream) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the client hung up before it had asked");
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .unwrap_or("0");
        if body.len() >= length.trim().parse().unwrap() {
            return;
        }
    }
}
