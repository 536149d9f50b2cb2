//! Forms with a file in them (`multipart/form-data`, RFC 7578), received within limits of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use domain::documents::File;
use multer::{Constraints, Field, Multipart, SizeLimit};
use types::{ApiError, ErrorCode};

use super::problem::Problem;
use super::upload::{PIECE, too_long, too_slow};

/// How long all of a file may take.
const WHOLE: Duration = Duration::from_mins(30);
/// Bytes that a form may have besides its file.
const BESIDE: u64 = 64 << 10;
/// Bytes of a field that is no file.
const FIELD: usize = 4 << 10;
/// Fields that are looked at.
const MOST_FIELDS: usize = 16;

/// A form as it comes in.
pub(super) struct Form {
    fields: Multipart<'static>,
    most: usize,
    seen: usize,
}

/// What is in a field.
pub(super) enum Value {
    /// A text.
    Text(String),
    /// A file, which is not received yet.
    File(Box<Waiting>),
}

/// A file that has been announced.
pub(super) struct Waiting {
    field: Field<'static>,
    most: usize,
}

impl Form {
    /// A form whose file has at most so many bytes.
    pub(super) fn open(headers: &HeaderMap, body: Body, most: u64) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or_else(|| {
            ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "Send the file in a form, with Content-Type: multipart/form-data and its boundary",
            )
        })?;
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<u64>().ok());
        let whole = most.saturating_add(BESIDE);
        if announced.is_some_and(|length| length > whole) {
            return Err(too_long(most));
        }
        let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole));
        Ok(Self {
            fields: Multipart::with_constraints(body.into_data_stream(), boundary, limits),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            seen: 0,
        })
    }

    /// The next field, by its name.
    pub(super) async fn next(&mut self) -> Result<Option<(String, Value)>, Problem> {
        let field = match tokio::time::timeout(PIECE, self.fields.next_field()).await {
            Err(_) => return Err(too_slow()),
            Ok(field) => field.map_err(|error| broken(&error, self.most))?,
        };
        let Some(field) = field else { return Ok(None) };
        self.seen += 1;
        if self.seen > MOST_FIELDS {
            return Err(Problem::malformed("The form has too many fields"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            let waiting = Waiting { field, most: self.most };
            return Ok(Some((name, Value::File(Box::new(waiting)))));
        }
        let bytes = collected(field, FIELD).await?;
        let text = String::from_utf8(bytes).map_err(|_| Problem::malformed("A field of the form is not UTF-8"))?;
        Ok(Some((name, Value::Text(text))))
    }
}

impl Waiting {
    /// Receives it.
    pub(super) async fn receive(self) -> Result<File, Problem> {
        let name = self.field.file_name().unwrap_or_default().to_owned();
        let media_type = self.field.content_type().map(ToString::to_string);
        let bytes = tokio::time::timeout(WHOLE, collected(self.field, self.most))
            .await
            .map_err(|_| too_slow())??;
        Ok(File {
            name,
            media_type,
            bytes,
        })
    }
}

async fn collected(mut field: Field<'static>, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    loop {
        let piece = match tokio::time::timeout(PIECE, field.chunk()).await {
            Err(_) => return Err(too_slow()),
            Ok(piece) => piece.map_err(|error| broken(&error, most))?,
        };
        let Some(piece) = piece else {
            return Ok(bytes);
        };
        if bytes.len() + piece.len() > most {
            return Err(too_long(most as u64));
        }
        bytes.extend_from_slice(&piece);
    }
}

fn broken(error: &multer::Error, most: usize) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => too_long(most as u64),
        _ => Problem::malformed("The form did not arrive whole, or it is not one"),
    }
}
