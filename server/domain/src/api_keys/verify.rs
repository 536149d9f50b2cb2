//! Whose key is this, and may it do anything right now?
//!
//! bcrypt takes sixty milliseconds, so what never changes is remembered: *this token is the pre-image of that hash of
//! that key*. What can change (revoked, expired, suspended, membership, plan) is remembered only until the next change
//! of it, see [`epochs`](crate::epochs). No request is let in on a remembered permission that has changed.

use std::sync::Arc;
use std::time::Duration;

use entity::team_members::TeamRole;
use entity::users::UserRole;
use entity::{Scope, Timestamp, api_keys, team_members, teams, users};
use hmac::{Hmac, KeyInit, Mac};
use moka::{future, sync};
use rand::TryRng;
use rand::rngs::SysRng;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::last_used::{LastUsed, Written};
use super::{KeyRejection, secret};
use crate::access::{Principal, Via};
use crate::accounts::passwords;
use crate::config::Config;
use crate::db::Db;
use crate::epochs::{Epochs, Mark};
use crate::error::is_contention;
use crate::rate::{Allowance, Rates};

/// Rows looked at for one visible prefix and tag; more than one is already a one in four billion chance.
const CANDIDATES: u64 = 8;
const PROOFS: u64 = 100_000;
const STATES: u64 = 100_000;
const PREFIXES: u64 = 20_000;
/// Tags remembered of one visible prefix; of six random digits hardly two keys share any.
const TAGS: u64 = 64;
const REFUSALS: u64 = 20_000;
/// How long a wrong token is known to be wrong without asking the database again.
const REFUSED_FOR: Duration = Duration::from_secs(10);
/// How long a request waits for its turn at bcrypt.
const PROOF_WAIT: Duration = Duration::from_secs(2);

type TokenDigest = [u8; 32];

/// What never changes: this token is the pre-image of that hash of that key.
#[derive(Debug, Clone)]
struct Proof {
    key_id: String,
    user_id: String,
    team_id: Option<String>,
    fingerprint: [u8; 32],
}

/// What a key may do, as the database had it when [`Mark`] was read.
#[derive(Debug)]
struct KeyState {
    mark: Mark,
    fingerprint: [u8; 32],
    revoked: bool,
    suspended: bool,
    expires_at: Option<Timestamp>,
    membership: Membership,
    role: UserRole,
    plan: String,
    last_use: Written,
}

/// The tags of the keys that share a visible prefix: a flood of guesses at one is turned away from memory.
#[derive(Debug)]
struct KnownTags {
    mark: Mark,
    tags: Vec<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Membership {
    Personal,
    Member(TeamRole),
    Gone,
}

/// A key that was let in.
#[derive(Debug)]
pub struct Admitted {
    /// As whom it acts.
    pub principal: Principal,
    /// What is left of its rate.
    pub allowance: Option<Allowance>,
}

/// Judges the keys of requests.
#[derive(Debug)]
pub struct Verifier {
    secret: SecretBox<[u8; 32]>,
    prefixes: Vec<String>,
    proofs: future::Cache<TokenDigest, Arc<Proof>>,
    refused: sync::Cache<TokenDigest, ()>,
    tags: sync::Cache<String, Arc<KnownTags>>,
    states: sync::Cache<String, Arc<KeyState>>,
    rates: Rates,
    permits: Arc<Semaphore>,
    last_used: LastUsed,
    computed: std::sync::atomic::AtomicU64,
}

impl Verifier {
    /// A verifier with nothing remembered, and a secret of its own for the digests under which it will remember.
    pub fn new(config: &Config) -> Result<Self, rand::rngs::SysError> {
        let mut secret = [0; 32];
        SysRng.try_fill_bytes(&mut secret)?;
        let prefixes = std::iter::once(&config.api.key_prefix)
            .chain(&config.api.previous_key_prefixes)
            .cloned()
            .collect();
        // One core is left for everybody else.
        let permits = std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
        Ok(Self {
            secret: SecretBox::new(Box::new(secret)),
            prefixes,
            proofs: future::Cache::new(PROOFS),
            refused: sync::Cache::builder()
                .max_capacity(REFUSALS)
                .time_to_live(REFUSED_FOR)
                .build(),
            tags: sync::Cache::new(PREFIXES),
            states: sync::Cache::new(STATES),
            rates: Rates::per_minute(config.limits.key_requests_per_minute),
            permits: Arc::new(Semaphore::new(permits)),
            last_used: LastUsed::default(),
            computed: std::sync::atomic::AtomicU64::new(0),
        })
    }

    /// Judges a bearer that is not a token, in the order of the contract: shape and proof, revoked or suspended,
    /// expired, membership, plan, rate. The gate comes before this.
    pub async fn admit(
        &self,
        db: &Db,
        epochs: &Epochs,
        config: &Config,
        token: &str,
        now: Timestamp,
        ip: Option<std::net::IpAddr>,
    ) -> Result<Admitted, KeyRejection> {
        let visible = secret::parse(token, &self.prefixes).ok_or(KeyRejection::Invalid)?;
        let digest = self.digest(token);
        let proof = match self.proofs.get(&digest).await {
            Some(proof) => proof,
            None => self.prove(db, epochs, digest, visible, token).await?,
        };
        let state = self.state(db, epochs, &proof).await?;
        let principal = judge(&proof, &state, config, now)?;
        let allowance = self.rates.take(&proof.key_id).map_err(KeyRejection::RateLimited)?;
        self.last_used.note(&proof.key_id, &state.last_use, now, ip);
        Ok(Admitted { principal, allowance })
    }

    /// Whether a key that was let in may go on; for streams, when something was published.
    pub async fn still_admitted(
        &self,
        db: &Db,
        epochs: &Epochs,
        config: &Config,
        principal: &Principal,
        now: Timestamp,
    ) -> Result<(), KeyRejection> {
        let Some(key_id) = principal.api_key_id() else {
            return Ok(());
        };
        let team_id = principal.scope.team_id().map(str::to_owned);
        let mut proof = Proof {
            key_id: key_id.to_owned(),
            user_id: principal.user_id.clone(),
            team_id,
            fingerprint: [0; 32],
        };
        let state = self.state_of(db, epochs, &proof).await?;
        proof.fingerprint = state.fingerprint;
        judge(&proof, &state, config, now).map(drop)
    }

    /// What was noted of use and is not yet written.
    pub fn last_used(&self) -> &LastUsed {
        &self.last_used
    }

    /// How many bcrypt computations this process has done for keys.
    pub fn computations(&self) -> u64 {
        self.computed.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn digest(&self, token: &str) -> TokenDigest {
        // HMAC takes a key of any length, so this never falls back.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret()) else {
            return Sha256::digest(token.as_bytes()).into();
        };
        mac.update(token.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Finds the key a token belongs to. However many requests come with the same token, one of them does the work.
    async fn prove(
        &self,
        db: &Db,
        epochs: &Epochs,
        digest: TokenDigest,
        visible: &str,
        token: &str,
    ) -> Result<Arc<Proof>, KeyRejection> {
        if self.refused.contains_key(&digest) {
            return Err(KeyRejection::Invalid);
        }
        let proof = self
            .proofs
            .try_get_with(digest, self.compute(db, epochs, visible, token))
            .await
            .map_err(|rejection| *rejection)
            .inspect_err(|rejection| {
                if *rejection == KeyRejection::Invalid {
                    self.refused.insert(digest, ());
                }
            })?;
        Ok(proof)
    }

    async fn compute(&self, db: &Db, epochs: &Epochs, visible: &str, token: &str) -> Result<Arc<Proof>, KeyRejection> {
        let tag = secret::tag(token);
        if !self.may_have(db, epochs, visible, tag).await.map_err(failed)? {
            return Err(KeyRejection::Invalid);
        }
        let candidates = candidates(db, visible, tag).await.map_err(failed)?;
        for candidate in candidates {
            let permit = tokio::time::timeout(PROOF_WAIT, Arc::clone(&self.permits).acquire_owned())
                .await
                .map_err(|_| KeyRejection::Busy)?
                .map_err(|_| KeyRejection::Busy)?;
            self.computed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let right = passwords::matches(permit, token.to_owned(), candidate.key_hash.clone()).await;
            if right {
                return Ok(Arc::new(Proof {
                    fingerprint: fingerprint(&candidate.key_hash),
                    key_id: candidate.id,
                    user_id: candidate.user_id,
                    team_id: candidate.team_id,
                }));
            }
        }
        Err(KeyRejection::Invalid)
    }

    /// Whether there is a key with this visible prefix and tag.
    async fn may_have(&self, db: &Db, epochs: &Epochs, visible: &str, tag: i64) -> Result<bool, DbErr> {
        let mark = epochs.mark(visible, "", None);
        let known = match self.tags.get(visible).filter(|known| known.mark == mark) {
            Some(known) => known,
            None => {
                let tags = tags(db, visible).await?;
                let known = Arc::new(KnownTags { mark, tags });
                self.tags.insert(visible.to_owned(), Arc::clone(&known));
                known
            }
        };
        // A list that was cut off says nothing about what is not in it.
        Ok(known.tags.contains(&tag) || known.tags.len() as u64 >= TAGS)
    }

    async fn state(&self, db: &Db, epochs: &Epochs, proof: &Proof) -> Result<Arc<KeyState>, KeyRejection> {
        let state = self.state_of(db, epochs, proof).await?;
        // The row behind the id has another hash: it is not the key that was proven.
        if state.fingerprint == proof.fingerprint {
            Ok(state)
        } else {
            Err(KeyRejection::Invalid)
        }
    }

    async fn state_of(&self, db: &Db, epochs: &Epochs, proof: &Proof) -> Result<Arc<KeyState>, KeyRejection> {
        let mark = epochs.mark(&proof.key_id, &proof.user_id, proof.team_id.as_deref());
        if let Some(state) = self.states.get(&proof.key_id)
            && state.mark == mark
        {
            return Ok(state);
        }
        let state = load(db, &proof.key_id, mark)
            .await
            .map_err(failed)?
            .ok_or(KeyRejection::Invalid)?;
        let state = Arc::new(state);
        self.states.insert(proof.key_id.clone(), Arc::clone(&state));
        Ok(state)
    }
}

fn failed(error: DbErr) -> KeyRejection {
    tracing::error!(%error, "the database failed while a key was judged");
    if is_contention(&error) {
        return KeyRejection::Busy;
    }
    KeyRejection::Failed
}

fn fingerprint(hash: &str) -> [u8; 32] {
    Sha256::digest(hash.as_bytes()).into()
}

async fn tags(db: &Db, visible: &str) -> Result<Vec<i64>, DbErr> {
    api_keys::Entity::find()
        .select_only()
        .column(api_keys::Column::KeyTag)
        .filter(api_keys::Column::KeyPrefix.eq(visible))
        .filter(api_keys::Column::RevokedAt.is_null())
        .limit(TAGS)
        .into_tuple()
        .all(db.read())
        .await
}

async fn candidates(db: &Db, visible: &str, tag: i64) -> Result<Vec<api_keys::Model>, DbErr> {
    api_keys::Entity::find()
        .filter(api_keys::Column::KeyPrefix.eq(visible))
        .filter(api_keys::Column::KeyTag.eq(tag))
        .filter(api_keys::Column::RevokedAt.is_null())
        .limit(CANDIDATES)
        .all(db.read())
        .await
}

type FlatRow = (
    String,
    Option<Timestamp>,
    Option<Timestamp>,
    Option<String>,
    Option<Timestamp>,
    UserRole,
    String,
    Option<Timestamp>,
    Option<TeamRole>,
    Option<Timestamp>,
);

/// One query: the key, its owner, and the owner's place in its team.
async fn load(db: &Db, key_id: &str, mark: Mark) -> Result<Option<KeyState>, DbErr> {
    let row: Option<FlatRow> = api_keys::Entity::find()
        .select_only()
        .columns([
            api_keys::Column::KeyHash,
            api_keys::Column::RevokedAt,
            api_keys::Column::ExpiresAt,
            api_keys::Column::TeamId,
            api_keys::Column::LastUsedAt,
        ])
        .columns([users::Column::Role, users::Column::Plan, users::Column::SuspendedAt])
        .column_as(team_members::Column::Role, "member_role")
        .column(teams::Column::ArchivedAt)
        .join(JoinType::InnerJoin, api_keys::Relation::User.def())
        .join(JoinType::LeftJoin, api_keys::Relation::Team.def())
        .join(
            JoinType::LeftJoin,
            api_keys::Entity::belongs_to(team_members::Entity)
                .from(api_keys::Column::TeamId)
                .to(team_members::Column::TeamId)
                .on_condition(|key, member| {
                    sea_orm::sea_query::Expr::col((key, api_keys::Column::UserId))
                        .equals((member, team_members::Column::UserId))
                        .into()
                })
                .into(),
        )
        .filter(api_keys::Column::Id.eq(key_id))
        .into_tuple()
        .one(db.read())
        .await?;
    Ok(row.map(
        |(hash, revoked_at, expires_at, team_id, last_used_at, role, plan, suspended_at, member, archived_at)| {
            let membership = match (team_id, member, archived_at) {
                (None, _, _) => Membership::Personal,
                (Some(_), Some(role), None) => Membership::Member(role),
                (Some(_), _, _) => Membership::Gone,
            };
            KeyState {
                mark,
                fingerprint: fingerprint(&hash),
                revoked: revoked_at.is_some(),
                suspended: suspended_at.is_some(),
                expires_at,
                membership,
                role,
                plan,
                last_use: Written::at(last_used_at),
            }
        },
    ))
}

fn judge(proof: &Proof, state: &KeyState, config: &Config, now: Timestamp) -> Result<Principal, KeyRejection> {
    if state.revoked || state.suspended {
        return Err(KeyRejection::Invalid);
    }
    if state.expires_at.is_some_and(|expires_at| now >= expires_at) {
        return Err(KeyRejection::Expired);
    }
    let user_id = proof.user_id.clone();
    let (scope, team_role) = match (&proof.team_id, state.membership) {
        (None, Membership::Personal) => (Scope::Personal { user_id }, None),
        (Some(team_id), Membership::Member(role)) => (
            Scope::Team {
                user_id,
                team_id: team_id.clone(),
            },
            Some(role),
        ),
        _ => return Err(KeyRejection::NotTeamMember),
    };
    if !config.plan_has_api(&state.plan) {
        return Err(KeyRejection::PlanNotAllowed);
    }
    Ok(Principal {
        user_id: proof.user_id.clone(),
        role: state.role,
        plan: state.plan.clone(),
        via: Via::ApiKey {
            key_id: proof.key_id.clone(),
            team_role,
        },
        scope,
    })
}
