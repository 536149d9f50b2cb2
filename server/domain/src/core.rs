//! Everything the rules work with, opened once at the start and closed once at the end.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::instance;
use rand::TryRng;
use rand::rngs::SysRng;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};
use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Principal;
use crate::accounts::tokens::Tokens;
use crate::accounts::{sessions, still_signed_in};
use crate::api_keys::gate::Gate;
use crate::api_keys::verify::Verifier;
use crate::archive::Imports;
use crate::chat::Engine;
use crate::chat::summaries::Summaries;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::documents::{Reading, Vectors};
use crate::epochs::Epochs;
use crate::feed::Feed;
use crate::models::{self, Catalogue};
use crate::rate::Rates;
use crate::views::Rendered;
use crate::{Error, accounts, documents, idempotency, search, teams, threads};

const TOKEN_SECRET: &str = "token_secret";
/// How often changes of other processes are looked for: nothing is stale for longer than a second.
const WATCH: Duration = Duration::from_millis(500);
const FORGET: Duration = Duration::from_hours(1);
/// Passwords that are hashed at the same time; sign-in must not take all cores.
const PASSWORDS_AT_ONCE: usize = 2;
const HASH_WAIT: Duration = Duration::from_secs(5);
/// How long answers that are being written may go on after the order to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(String),
    /// The database cannot be reached or migrated.
    #[error("the database cannot be opened: {0}")]
    Database(#[from] DbErr),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] rand::rngs::SysError),
}

/// The open instance.
#[derive(Debug)]
pub struct Core {
    /// What was configured.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// Which paths keys may reach.
    pub gate: Gate,
    /// Whose a key is, and whether it may.
    pub keys: Verifier,
    /// News of changes to what is cached.
    pub epochs: Epochs,
    /// The models.
    pub models: Catalogue,
    /// The answers being written.
    pub chat: Engine,
    /// The summaries being written.
    pub(crate) summaries: Summaries,
    /// News of threads and messages.
    pub feed: Arc<Feed>,
    /// The files being imported.
    pub imports: Imports,
    /// The documents being read.
    pub(crate) reading: Reading,
    /// What makes vectors of documents.
    pub(crate) vectors: Vectors,
    /// Work behind answers; waited for at the end.
    pub tasks: TaskTracker,
    pub(crate) tokens: Tokens,
    pub(crate) login_rates: Rates,
    pub(crate) rendered: Rendered,
    passwords: Arc<Semaphore>,
    key_hashes: Arc<Semaphore>,
    ending: CancellationToken,
    background: TaskTracker,
}

impl Core {
    /// Opens everything and starts the work in the background.
    pub async fn start(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let core = Arc::new(Self::open(config, clock).await?);
        let ending = core.ending.clone();
        core.background.spawn({
            let (core, ending) = (Arc::clone(&core), ending.clone());
            async move { core.keys.last_used().keep_writing(&core.db, ending).await }
        });
        core.background.spawn({
            let (core, ending) = (Arc::clone(&core), ending.clone());
            async move { core.watch_epochs(ending).await }
        });
        core.background.spawn({
            let (core, ending) = (Arc::clone(&core), ending.clone());
            async move { core.forget_old(ending).await }
        });
        core.background.spawn({
            let (core, ending) = (Arc::clone(&core), ending.clone());
            async move { search::keep_up(&core, ending).await }
        });
        core.background.spawn({
            let (core, ending) = (Arc::clone(&core), ending.clone());
            async move { models::keep_asking(&core.models, ending).await }
        });
        core.background.spawn({
            let (core, ending) = (Arc::clone(&core), ending.clone());
            async move { documents::keep_up(&core, ending).await }
        });
        core.background.spawn({
            let core = Arc::clone(&core);
            async move { core.chat.keep_flushing(&core.db, &core.clock, &core.feed).await }
        });
        Ok(core)
    }

    /// Opens everything without work in the background; for the command line.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, StartError> {
        let gate = Gate::new(&config.api).map_err(StartError::Config)?;
        let models = Catalogue::from_config(&config.models, &config.chat).map_err(StartError::Config)?;
        let vectors = Vectors::from_config(&config).map_err(StartError::Config)?;
        let keys = Verifier::new(&config)?;
        let db = Db::open(&config.database.url).await?;
        let epochs = Epochs::load(db.read()).await?;
        let secret = match &config.auth.token_secret {
            Some(secret) => secret.clone(),
            None => token_secret(&db).await?,
        };
        Ok(Self {
            tokens: Tokens::new(&secret),
            login_rates: Rates::per_minute(config.limits.login_attempts_per_minute),
            chat: Engine::new(config.limits.max_running_answers),
            summaries: Summaries::default(),
            feed: Arc::default(),
            imports: Imports::default(),
            reading: Reading::default(),
            vectors,
            rendered: Rendered::default(),
            passwords: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            key_hashes: Arc::new(Semaphore::new(1)),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
            background: TaskTracker::new(),
            config,
            clock,
            db,
            gate,
            keys,
            epochs,
            models,
        })
    }

    /// Whether a credential that was good when a stream began is good still.
    pub async fn still_allowed(&self, who: &Principal) -> Result<(), Error> {
        if who.is_key() {
            let now = self.clock.now();
            return Ok(self
                .keys
                .still_admitted(&self.db, &self.epochs, &self.config, who, now)
                .await?);
        }
        still_signed_in(self, who).await
    }

    /// Gives the answers that are being written a moment to complete; what is left of them is written as interrupted.
    /// Everything else goes on: requests under way still need the database.
    pub async fn drain(&self) {
        self.chat.drain(DRAIN).await;
        // Not before: whoever watches an answer still hears of its end.
        self.feed.close();
    }

    /// Ends all work, once nobody is asking any more: all that was noted is written, and the database is closed.
    pub async fn shut_down(&self) {
        self.drain().await;
        self.ending.cancel();
        self.background.close();
        self.background.wait().await;
        self.tasks.close();
        self.tasks.wait().await;
        if let Err(error) = self.db.close().await {
            tracing::warn!(%error, "the database could not be closed");
        }
    }

    /// Whether a thread is being summed up here.
    pub fn is_summing_up(&self, thread_id: &str) -> bool {
        self.summaries.has(thread_id)
    }

    /// Resolves when all work is to end.
    pub(crate) async fn ended(&self) {
        self.ending.cancelled().await;
    }

    /// A turn at hashing a password.
    pub(crate) async fn password_permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        turn(&self.passwords).await
    }

    /// A turn at hashing a new key; one at a time, so that making many keeps nobody from signing in.
    pub(crate) async fn key_hash_permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        turn(&self.key_hashes).await
    }

    async fn watch_epochs(&self, end: CancellationToken) {
        while !ended(&end, WATCH).await {
            if let Err(error) = self.epochs.watch_once(self.db.read()).await {
                tracing::warn!(%error, "changes of other processes could not be looked for");
            }
        }
    }

    async fn forget_old(&self, end: CancellationToken) {
        loop {
            self.forget().await;
            if ended(&end, FORGET).await {
                return;
            }
        }
    }

    /// Forgets once what is too old to be kept; done by itself every hour.
    pub async fn forget(&self) {
        if let Err(error) = idempotency::forget(self.db.write(), self, None).await {
            tracing::warn!(%error, "old idempotency keys could not be removed");
        }
        if let Err(error) = sessions::forget_ended(self).await {
            tracing::warn!(%error, "sessions that have ended could not be removed");
        }
        if let Err(error) = threads::forget_deleted(self).await {
            tracing::warn!(%error, "deleted threads could not be forgotten");
        }
        if let Err(error) = accounts::clear_closed(self).await {
            tracing::warn!(%error, "what deleted accounts left could not be cleared away");
        }
        if let Err(error) = teams::forget_invites(self).await {
            tracing::warn!(%error, "old invitations could not be removed");
        }
    }
}

async fn turn(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    match tokio::time::timeout(HASH_WAIT, Arc::clone(permits).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Error::Busy),
    }
}

async fn ended(end: &CancellationToken, after: Duration) -> bool {
    tokio::time::timeout(after, end.cancelled()).await.is_ok()
}

/// The secret that signs tokens, made at the first start. Two servers that start at once agree on one.
async fn token_secret(db: &Db) -> Result<SecretString, StartError> {
    let mut bytes = [0_u8; 32];
    SysRng.try_fill_bytes(&mut bytes)?;
    let row = instance::ActiveModel {
        name: Set(TOKEN_SECRET.to_owned()),
        value: Set(STANDARD.encode(bytes)),
    };
    instance::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db.write())
        .await?;
    let row = instance::Entity::find_by_id(TOKEN_SECRET).one(db.write()).await?;
    row.map(|row| row.value.into())
        .ok_or_else(|| DbErr::RecordNotFound(TOKEN_SECRET.to_owned()).into())
}
