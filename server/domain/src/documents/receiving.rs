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
/// Files that are read at the same time.
const READERS: usize = 2;
/// How long a place is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The documents that this process receives and reads.
#[derive(Debug)]
pub(crate) struct Reading {
    places: Arc<Semaphore>,
    of_one: Mutex<HashMap<String, Weak<Semaphore>>>,
    readers: Semaphore,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            of_one: Mutex::default(),
            readers: Semaphore::new(READERS),
        }
    }
}

/// A place to receive a file in, as long as it is kept.
#[derive(Debug)]
pub struct Place {
    _own: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
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

    /// Does this when a place to read is free, where it holds up nobody.
    pub(super) async fn read<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let place = tokio::time::timeout(PATIENCE, self.readers.acquire());
        let _place = place.await.map_err(|_| Error::Busy)?.map_err(|_| Error::Busy)?;
        work.await
    }
}
