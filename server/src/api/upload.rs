//! Files that are sent: received piece by piece into a file without a name, within limits of size and time. It is gone
//! when it is dropped, and with the process.

use std::io::{Seek, SeekFrom};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use domain::archive::Upload;
use futures::StreamExt;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use types::{ApiError, ErrorCode};

use super::problem::Problem;

/// How long the next piece of a file may take, and all of it.
pub(super) const PIECE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_hours(2);
const BUFFER: usize = 256 << 10;

/// What a file may say it is. What it is shows when it is read.
const KINDS: [&str; 4] = [
    "application/zip",
    "application/x-zip-compressed",
    "application/json",
    "application/octet-stream",
];

/// Refuses what is not sent as a file.
pub fn check_kind(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    if essence.is_some_and(|essence| KINDS.contains(&essence.as_str())) {
        return Ok(());
    }
    let error = ApiError::new(
        ErrorCode::UnsupportedMediaType,
        "Send the file itself as the body, with Content-Type: application/zip or application/json",
    );
    Err(error.into())
}

/// Receives a file of at most so many bytes.
pub async fn receive(headers: &HeaderMap, body: Body, most: u64) -> Result<Upload, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_long(most));
    }
    match tokio::time::timeout(WHOLE, received(body, most)).await {
        Ok(upload) => upload,
        Err(_) => Err(too_slow()),
    }
}

async fn received(body: Body, most: u64) -> Result<Upload, Problem> {
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
    let file = file.map_err(|error| unkept(&error))?.map_err(|error| unkept(&error))?;
    let mut file = BufWriter::with_capacity(BUFFER, File::from_std(file));
    let mut pieces = body.into_data_stream();
    let mut length = 0_u64;
    loop {
        let piece = match tokio::time::timeout(PIECE, pieces.next()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Problem::malformed("The file did not arrive whole")),
            Ok(Some(Ok(piece))) => piece,
        };
        length = length.saturating_add(piece.len() as u64);
        if length > most {
            return Err(too_long(most));
        }
        file.write_all(&piece).await.map_err(|error| unkept(&error))?;
    }
    file.flush().await.map_err(|error| unkept(&error))?;
    let mut file = file.into_inner().into_std().await;
    file.seek(SeekFrom::Start(0)).map_err(|error| unkept(&error))?;
    Ok(Upload { file, length })
}

pub(super) fn too_long(most: u64) -> Problem {
    ApiError::new(
        ErrorCode::BodyTooLarge,
        format!("The file is too long: at most {most} bytes"),
    )
    .into()
}

pub(super) fn too_slow() -> Problem {
    ApiError::new(ErrorCode::RequestTimeout, "The file took too long to arrive").into()
}

fn unkept(error: &dyn std::error::Error) -> Problem {
    domain::Error::Internal(format!("a file that was sent can't be kept: {error}")).into()
}
