//! A load generator that costs little: prepared requests over connections that stay open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often the neighbour asks.
const PACE: Duration = Duration::from_millis(4);

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: vec![0; 64 << 10],
        }
    }

    /// Sends a request and reads its whole answer; gives back the status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.unwrap();
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            filled += read;
            let text = std::str::from_utf8(&self.buffer[..filled]).unwrap();
            let Some(head) = text.find("\r\n\r\n") else { continue };
            let length: usize = text[..head]
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if filled >= head + 4 + length {
                return text[9..12].parse().unwrap();
            }
        }
    }
}

/// Requests a second over so many connections.
pub(crate) async fn throughput(address: SocketAddr, request: &[u8], connections: usize, span: Duration) -> f64 {
    let until = Instant::now() + span;
    let asking: Vec<_> = (0..connections)
        .map(|_| {
            let request = request.to_vec();
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await;
                let mut count = 0_u32;
                while Instant::now() < until {
                    assert_eq!(connection.ask(&request).await, 200);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut total = 0;
    for task in asking {
        total += task.await.unwrap();
    }
    f64::from(total) / span.as_secs_f64()
}

/// How long each request of an unhurried neighbour takes, in seconds, sorted.
pub(crate) async fn latencies(address: SocketAddr, request: &[u8], span: Duration) -> Vec<Duration> {
    let until = Instant::now() + span;
    let mut connection = Connection::open(address).await;
    let mut taken = Vec::new();
    let mut pace = tokio::time::interval(PACE);
    while Instant::now() < until {
        pace.tick().await;
        let started = Instant::now();
        assert_eq!(connection.ask(request).await, 200);
        taken.push(started.elapsed());
    }
    taken.sort_unstable();
    taken
}

pub(crate) fn p99(sorted: Vec<Duration>) -> f64 {
    sorted[sorted.len() * 99 / 100].as_secs_f64()
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
