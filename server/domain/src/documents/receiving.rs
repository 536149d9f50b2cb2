//! How many files are received, and how many read, at the same time. Each that is received lies in memory meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Principal;
use crate::{Core, Error};

/// Files that are received at the same time, of all and of one person: nobody keeps the others waiting.
const AT_ONCE: usize = 8;
const OF_ONE: usize = 2;
/// Files that are read at the same time: one more than one person sends.
const READERS: usize = 3;
/// How long a place is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The documents that this process receives and reads.
#[derive(Debug)]
pub(crate) struct Reading {
    places: Arc<Semaphore>,
    of_one: Mutex<HashMap<String, Weak<Semaphore>>>,
    readers: Arc<Semaphore>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            of_one: Mutex::default(),
            readers: Arc::new(Semaphore::new(READERS)),
        }
    }
}

/// A place to receive a file in, as long as it is kept.
#[derive(Debug)]
pub struct Place {
    _own: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

/// A place to read a file at. It is free again when all work that was begun at it is done, whether or not somebody still
/// waits for that: work on a thread of its own can't be ended.
#[derive(Debug, Clone)]
pub(super) struct Reader(Arc<OwnedSemaphorePermit>);

impl Reader {
    /// Does this where it holds up nobody; nothing when it panics.
    pub(super) async fn does<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let place = Arc::clone(&self.0);
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        working.await.ok()
    }
}

/// Waits for a place to receive a file in, which is kept until the document is written. To be called when it is known that
/// the sender may write where the document goes, and that a file is what comes next.
pub async fn enter(core: &Core, who: &Principal) -> Result<Place, Error> {
    let own = core.reading.places_of(&who.user_id);
    let both = async {
        let own = own.acquire_owned().await?;
        let permit = Arc::clone(&core.reading.places).acquire_owned().await?;
        Ok::<_, tokio::sync::AcquireError>(Place {
            _own: own,
            _permit: permit,
        })
    };
    match tokio::time::timeout(PATIENCE, both).await {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(_)) | Err(_) => Err(Error::Busy),
    }
}

impl Reading {
    fn places_of(&self, user_id: &str) -> Arc<Semaphore> {
        let mut of_one = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = of_one.get(user_id).and_then(Weak::upgrade) {
            return places;
        }
        of_one.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(OF_ONE));
        of_one.insert(user_id.to_owned(), Arc::downgrade(&places));
        places
    }

    /// Waits for a place to read a file at.
    pub(super) async fn reader(&self) -> Result<Reader, Error> {
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.readers).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Reader(Arc::new(permit))),
            Ok(Err(_)) | Err(_) => Err(Error::Busy),
        }
    }
}
