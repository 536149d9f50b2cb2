//! Bytes to lines of text.

use std::collections::VecDeque;

use futures::{Stream, StreamExt as _, stream};

use super::error::ModelError;
use super::http::ByteStream;

/// Cuts bytes into lines, however they are cut into pieces: a character that is split between two pieces is whole again.
///
/// The length of a line is bounded where the bytes come from.
#[derive(Debug, Default)]
struct Splitter {
    /// The beginning of a line whose end has not come yet.
    open: Vec<u8>,
    ready: VecDeque<Vec<u8>>,
}

impl Splitter {
    fn push(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.ready.push_back(std::mem::take(&mut self.open));
            }
        }
    }

    /// What stands after the last line break.
    fn finish(&mut self) -> Option<Vec<u8>> {
        if self.open.is_empty() {
            None
        } else {
            Some(std::mem::take(&mut self.open))
        }
    }
}

/// The lines of an answer, each with its line break; the last may lack it.
pub(super) fn lines(bytes: ByteStream) -> impl Stream<Item = Result<String, ModelError>> + Send {
    stream::try_unfold((bytes, Splitter::default()), |(mut bytes, mut splitter)| async move {
        let line = loop {
            if let Some(line) = splitter.ready.pop_front() {
                break line;
            }
            match bytes.next().await {
                Some(piece) => splitter.push(&piece?),
                None => match splitter.finish() {
                    Some(line) => break line,
                    None => return Ok(None),
                },
            }
        };
        let line = String::from_utf8(line).map_err(|_| ModelError::Malformed {
            detail: "text that is not UTF-8".to_owned(),
        })?;
        Ok(Some((line, (bytes, splitter))))
    })
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use proptest::prelude::*;

    use super::*;

    fn collect(pieces: Vec<Vec<u8>>) -> Result<Vec<String>, ModelError> {
        let bytes: ByteStream = Box::pin(stream::iter(pieces.into_iter().map(|piece| Ok(piece.into()))));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(lines(bytes).try_collect())
    }

    #[test]
    fn text_that_is_not_utf8_is_an_error_and_ends_the_lines() {
        let lines = collect(vec![b"a\n\xff\xfe\n".to_vec(), b"b\n".to_vec()]);
        assert!(matches!(lines, Err(ModelError::Malformed { .. })));
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_the_pieces(text in "[aé語🎉\r\n]{0,60}", cuts in proptest::collection::vec(1usize..5, 0..40)) {
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece.to_vec());
                rest = after;
            }
            pieces.push(rest.to_vec());
            let expected: Vec<&str> = text.split_inclusive('\n').collect();
            prop_assert_eq!(collect(pieces).unwrap(), expected);
        }
    }
}
