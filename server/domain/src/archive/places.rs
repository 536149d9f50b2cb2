//! Who imports at the moment, and how far they are.

use std::collections::HashSet;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Principal;
use crate::{Core, Error, realm};

/// Files that are received and imported at the same time: each lies on the disk meanwhile.
const AT_ONCE: usize = 4;
const VIEWERS: &str = "Viewers can read this team's threads but not import any";

/// The imports of this process.
#[derive(Debug)]
pub struct Imports {
    places: Arc<Semaphore>,
    busy: Arc<Mutex<HashSet<String>>>,
}

impl Default for Imports {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            busy: Arc::default(),
        }
    }
}

/// A place to import at, as long as it is kept.
#[derive(Debug)]
pub struct Place {
    user_id: String,
    busy: Arc<Mutex<HashSet<String>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.user_id);
    }
}

/// A file that was received. It has no name, and is gone when it is dropped.
#[derive(Debug)]
pub struct Upload {
    /// The file.
    pub file: File,
    /// Its bytes.
    pub length: u64,
}

/// How many bytes a file may have that the caller imports; refused when they may not import any.
pub async fn longest(core: &Core, who: &Principal) -> Result<u64, Error> {
    may_import(core, who).await?;
    Ok(core.config.limits.max_import_bytes)
}

/// Who may not write where they would is told so before they send anything.
async fn may_import(core: &Core, who: &Principal) -> Result<(), Error> {
    realm::to_write(core.db.read(), who, None, VIEWERS).await.map(drop)
}

impl Imports {
    /// Takes a place, before a file is received. Somebody has one at a time.
    pub async fn enter(&self, core: &Core, who: &Principal) -> Result<Place, Error> {
        may_import(core, who).await?;
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Busy)?;
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if !busy.insert(who.user_id.clone()) {
            return Err(Error::Conflict(
                "A file of yours is being imported already. Wait until it is done, or cancel it.",
            ));
        }
        Ok(Place {
            user_id: who.user_id.clone(),
            busy: Arc::clone(&self.busy),
            _permit: permit,
        })
    }
}
