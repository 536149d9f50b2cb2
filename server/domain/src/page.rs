//! Pages of lists: how many, and where to go on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Timestamp;
use sea_orm::{ColumnTrait, Condition};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::clock::is_id;

/// Rows on a page when the caller does not say.
pub const DEFAULT_LIMIT: u64 = 50;
/// Rows on a page at most.
pub const MOST: u64 = 100;

/// Which page of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// Rows, 1 to 100; 50 when absent.
    pub limit: Option<u64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// The number of rows wanted.
    pub fn limit(&self) -> Result<u64, Error> {
        match self.limit {
            None => Ok(DEFAULT_LIMIT),
            Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            Some(_) => Err(Error::invalid("limit", "The limit must be between 1 and 100")),
        }
    }

    /// The place in a list the cursor stands for. `list` names the list and who is looking at it: a cursor of another
    /// list or another scope is refused.
    pub fn place<P: DeserializeOwned>(&self, list: &str) -> Result<Option<P>, Error> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::InvalidCursor)?;
        let (of, place): (u64, P) = serde_json::from_slice(&bytes).map_err(|_| Error::InvalidCursor)?;
        if of == fingerprint(list) {
            Ok(Some(place))
        } else {
            Err(Error::InvalidCursor)
        }
    }
}

/// The row with which a page of a list ended that is ordered by a time, newest first, and by id within it.
#[derive(Debug)]
pub(crate) struct After {
    at: Timestamp,
    id: String,
}

impl After {
    /// From what a cursor holds.
    pub(crate) fn row(at: &str, id: String) -> Result<Self, Error> {
        let at = at.parse().map_err(|_| Error::InvalidCursor)?;
        if is_id(&id) {
            Ok(Self { at, id })
        } else {
            Err(Error::InvalidCursor)
        }
    }

    /// The rows that follow where the oldest comes first.
    pub(crate) fn newer<C: ColumnTrait>(&self, at: C, id: C) -> Condition {
        Condition::all()
            .add(at.gte(self.at))
            .add(Condition::any().add(at.gt(self.at)).add(id.gt(&self.id)))
    }

    /// The rows that follow.
    pub(crate) fn older<C: ColumnTrait>(&self, at: C, id: C) -> Condition {
        // Bounding the time alone lets an index find the place; the id then orders within it.
        Condition::all()
            .add(at.lte(self.at))
            .add(Condition::any().add(at.lt(self.at)).add(id.lt(&self.id)))
    }
}

impl PageRequest {
    /// The same as [`PageRequest::place`] for a list by time.
    pub(crate) fn after(&self, list: &str) -> Result<Option<After>, Error> {
        match self.place::<(String, String)>(list)? {
            Some((at, id)) => After::row(&at, id).map(Some),
            None => Ok(None),
        }
    }
}

/// The cursor of a row in a list by time.
pub(crate) fn cursor_after(list: &str, at: Timestamp, id: &str) -> Result<String, Error> {
    cursor(list, &(at.to_string(), id))
}

/// The cursor of a place in a list.
pub fn cursor<P: Serialize>(list: &str, place: &P) -> Result<String, Error> {
    let bytes = serde_json::to_vec(&(fingerprint(list), place)).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Splits the one row too many that was read off a page, and says whether there was one.
pub(crate) fn cut<T>(rows: &mut Vec<T>, limit: u64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}

/// FNV-1a: stable over processes and releases, and not a secret. The rows are guarded by the scope, not by this.
fn fingerprint(list: &str) -> u64 {
    list.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursor = cursor("threads:u1", &("2026", 7)).unwrap();
        let request = PageRequest {
            limit: None,
            cursor: Some(cursor.clone()),
        };
        assert_eq!(
            request.place::<(String, i32)>("threads:u1").unwrap(),
            Some(("2026".to_owned(), 7))
        );
        assert!(matches!(
            request.place::<(String, i32)>("threads:u2"),
            Err(Error::InvalidCursor)
        ));
        for bad in ["", "!", "e30", &cursor[1..]] {
            let request = PageRequest {
                limit: None,
                cursor: Some(bad.to_owned()),
            };
            assert!(request.place::<(String, i32)>("threads:u1").is_err(), "{bad}");
        }
    }
}
