//! Accounts: made, signed into, managed.

use entity::users::UserRole;
use entity::{sessions, users};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use types::FieldError;
use types::accounts::{LoginRequest, ManageUserRequest, ManagedUser, RegisterRequest, Role, User};

use super::{Account, Client, NewSession, passwords};
use crate::access::Principal;
use crate::audit::{self, Action};
use crate::clock::{is_id, new_id};
use crate::config::Registration;
use crate::db::lock_user;
use crate::error::Problems;
use crate::{Core, Error, epochs, settings, text};

const LONGEST_NAME: usize = 100;
const LONGEST_EMAIL: usize = 254;
/// What is longer is no password of anybody, and is not even looked at.
pub(super) const LONGEST_PASSWORD_GUESS: usize = 1_000;
const WHAT: &str = "User";

pub(super) fn to_wire(user: users::Model) -> User {
    User {
        id: user.id,
        email: user.email,
        name: user.name,
        plan: user.plan,
        role: role_to_wire(user.role),
    }
}

fn role_to_wire(role: UserRole) -> Role {
    match role {
        UserRole::User => Role::User,
        UserRole::Admin => Role::Admin,
    }
}

fn role_from_wire(role: Role) -> UserRole {
    match role {
        Role::User => UserRole::User,
        Role::Admin => UserRole::Admin,
    }
}

/// Enough to tell a typing mistake; whether mail arrives there nobody can tell from the text.
pub(crate) fn email(text: &str) -> Result<String, FieldError> {
    let text = text.trim().to_lowercase();
    let fine = text.len() <= LONGEST_EMAIL
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
        })
        && !text
            .chars()
            .any(|character| character.is_whitespace() || character.is_control());
    if fine {
        Ok(text)
    } else {
        Err(FieldError::new("email", "Give an e-mail address like name@example.com"))
    }
}

/// An account to be made.
#[derive(Debug)]
pub struct NewUser {
    /// E-mail address.
    pub email: String,
    /// The password.
    pub password: SecretString,
    /// Display name.
    pub name: String,
    /// Id of a configured plan; the default one when absent.
    pub plan: Option<String>,
    /// Whether it is an administrator's. The first account is one anyway.
    pub admin: bool,
}

/// Whether people may make accounts for themselves.
pub fn registration_open(core: &Core) -> bool {
    core.config.auth.registration == Registration::Open
}

/// Makes an account and signs it in.
pub async fn register(core: &Core, input: RegisterRequest, client: &Client) -> Result<NewSession, Error> {
    if !registration_open(core) {
        return Err(Error::RegistrationClosed);
    }
    limit_attempts(core, client, None)?;
    let new = NewUser {
        email: input.email,
        password: input.password.into(),
        name: input.name.unwrap_or_default(),
        plan: None,
        admin: false,
    };
    let prepared = prepare(core, new).await?;
    let tx = core.db.begin().await?;
    let user = insert(core, &tx, prepared, client).await?;
    let session = super::sessions::open(core, &tx, user, client).await?;
    tx.commit().await?;
    Ok(session)
}

/// Makes an account, for the operator.
pub async fn add(core: &Core, new: NewUser, client: &Client) -> Result<ManagedUser, Error> {
    let prepared = prepare(core, new).await?;
    let tx = core.db.begin().await?;
    let user = insert(core, &tx, prepared, client).await?;
    tx.commit().await?;
    Ok(managed(user, None))
}

struct Prepared {
    email: String,
    name: String,
    password_hash: String,
    plan: String,
    admin: bool,
}

async fn prepare(core: &Core, new: NewUser) -> Result<Prepared, Error> {
    let mut problems = Problems::default();
    let email = problems.note(email(&new.email));
    problems.note(passwords::check(new.password.expose_secret()));
    let name = match new.name.trim() {
        "" => Some(String::new()),
        name => problems.note(text::name("name", name, LONGEST_NAME)),
    };
    let plan = new.plan.unwrap_or_else(|| core.config.default_plan().to_owned());
    problems.note(plan_exists(core, &plan));
    problems.finish()?;
    let (Some(email), Some(name)) = (email, name) else {
        return Err(Error::Internal("a checked field is missing".to_owned()));
    };
    let permit = core.password_permit().await?;
    let password_hash = passwords::hash(permit, new.password, core.config.api.hash_cost).await?;
    Ok(Prepared {
        email,
        name,
        password_hash,
        plan,
        admin: new.admin,
    })
}

fn plan_exists(core: &Core, plan: &str) -> Result<(), FieldError> {
    if core.config.has_plan(plan) {
        return Ok(());
    }
    let known: Vec<&str> = core.config.plans.iter().map(|plan| plan.id.as_str()).collect();
    Err(FieldError::new(
        "plan",
        format!("There is no such plan; there are: {}", known.join(", ")),
    ))
}

async fn insert(core: &Core, tx: &impl ConnectionTrait, new: Prepared, client: &Client) -> Result<users::Model, Error> {
    // The first account becomes the administrator's; of two first ones only one does.
    lock_instance(tx).await?;
    let first = users::Entity::find()
        .select_only()
        .column(users::Column::Id)
        .limit(1)
        .into_tuple::<String>()
        .one(tx)
        .await?
        .is_none();
    let now = core.clock.now();
    let user = users::ActiveModel {
        id: Set(new_id()),
        email: Set(new.email),
        name: Set(new.name),
        password_hash: Set(new.password_hash),
        role: Set(if first || new.admin {
            UserRole::Admin
        } else {
            UserRole::User
        }),
        plan: Set(new.plan),
        settings: Set("{}".to_owned()),
        theme: Set(None),
        suspended_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        deleted_at: Set(None),
    };
    let user = user.insert(tx).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::EmailTaken,
        _ => Error::Database(error),
    })?;
    let detail = json!({ "role": format!("{:?}", user.role).to_lowercase(), "plan": user.plan });
    audit::record(tx, Action::UserCreated, Some(&user.id), &user.id, Some(detail), client).await?;
    Ok(user)
}

async fn lock_instance(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT value FROM auth_epoch WHERE id = 1 FOR UPDATE")
            .await?;
    }
    Ok(())
}

pub(super) fn limit_attempts(core: &Core, client: &Client, account: Option<&str>) -> Result<(), Error> {
    if let Some(ip) = client.ip {
        core.login_rates
            .take(&format!("address {ip}"))
            .map_err(Error::RateLimited)?;
    }
    if let Some(account) = account {
        core.login_rates
            .take(&format!("account {account}"))
            .map_err(Error::RateLimited)?;
    }
    Ok(())
}

/// Signs in. An unknown address takes as long and says the same as a wrong password.
pub async fn login(core: &Core, input: LoginRequest, client: &Client) -> Result<NewSession, Error> {
    let email = input.email.trim().to_lowercase();
    // What no account can have is not even looked up; PostgreSQL would choke on a NUL.
    if input.password.len() > LONGEST_PASSWORD_GUESS || email.len() > LONGEST_EMAIL || email.contains(char::is_control)
    {
        return Err(Error::InvalidCredentials);
    }
    limit_attempts(core, client, Some(&email))?;
    let user = users::Entity::find()
        .filter(users::Column::Email.eq(email))
        .one(core.db.read())
        .await?;
    let permit = core.password_permit().await?;
    let right = match &user {
        Some(user) => passwords::matches(permit, input.password, user.password_hash.clone()).await,
        None => {
            passwords::pretend(permit, input.password, core.config.api.hash_cost).await;
            false
        }
    };
    let user = user.filter(|_| right).ok_or(Error::InvalidCredentials)?;
    if user.suspended_at.is_some() {
        return Err(Error::Forbidden(
            "This account is suspended. Ask the operator of this server.",
        ));
    }
    let tx = core.db.begin().await?;
    let user = still_the_same(&tx, user).await?;
    audit::record(&tx, Action::SignedIn, Some(&user.id), &user.id, None, client).await?;
    let session = super::sessions::open(core, &tx, user, client).await?;
    tx.commit().await?;
    Ok(session)
}

/// The row as it is now, locked. Whoever was proving a password while it was changed comes too late: the change ends all
/// sessions but one, and none may come after it.
async fn still_the_same(tx: &DatabaseTransaction, known: users::Model) -> Result<users::Model, Error> {
    lock_user(tx, &known.id).await?;
    let now = users::Entity::find_by_id(&known.id).one(tx).await?;
    now.filter(|now| now.password_hash == known.password_hash && now.suspended_at.is_none())
        .ok_or(Error::InvalidCredentials)
}

/// Ends the session somebody came with; its tokens and open streams end with it.
pub async fn logout(core: &Core, who: &Principal, client: &Client) -> Result<(), Error> {
    let Some(session_id) = who.session_id() else {
        return Err(Error::Forbidden("API keys cannot do this. Sign in instead."));
    };
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    sessions::Entity::delete_by_id(session_id).exec(&tx).await?;
    audit::record(&tx, Action::SignedOut, Some(&who.user_id), session_id, None, client).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[session_id]);
    Ok(())
}

/// The signed-in user.
pub async fn me(core: &Core, who: &Principal) -> Result<User, Error> {
    let user = users::Entity::find_by_id(&who.user_id).one(core.db.read()).await?;
    user.map(to_wire).ok_or(Error::Unauthenticated)
}

/// The signed-in user with what they have set, for the pages.
pub async fn account(core: &Core, who: &Principal) -> Result<Account, Error> {
    let user = users::Entity::find_by_id(&who.user_id).one(core.db.read()).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    Ok(Account {
        settings: settings::of(core, &user),
        user: to_wire(user),
    })
}

pub(super) fn managed(user: users::Model, last_seen_at: Option<entity::Timestamp>) -> ManagedUser {
    ManagedUser {
        id: user.id,
        email: user.email,
        name: user.name,
        plan: user.plan,
        role: role_to_wire(user.role),
        suspended_at: user.suspended_at.map(|time| time.to_string()),
        created_at: user.created_at.to_string(),
        last_seen_at: last_seen_at.map(|time| time.to_string()),
    }
}

async fn last_seen(db: &impl ConnectionTrait, user_id: &str) -> Result<Option<entity::Timestamp>, DbErr> {
    sessions::Entity::find()
        .select_only()
        .column(sessions::Column::LastSeenAt)
        .filter(sessions::Column::UserId.eq(user_id))
        .order_by_desc(sessions::Column::LastSeenAt)
        .into_tuple()
        .one(db)
        .await
}

/// Changes plan, role or suspension of an account. It takes effect on the next request of every key and session.
pub async fn manage(
    core: &Core,
    who: &Principal,
    id: &str,
    input: ManageUserRequest,
    client: &Client,
) -> Result<ManagedUser, Error> {
    who.require_admin()?;
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    set(
        core,
        Condition::all().add(users::Column::Id.eq(id)),
        Some(&who.user_id),
        input,
        client,
    )
    .await
}

/// The same for the operator on the command line, by e-mail address.
pub async fn set_by_email(
    core: &Core,
    address: &str,
    input: ManageUserRequest,
    client: &Client,
) -> Result<ManagedUser, Error> {
    let address = address.trim().to_lowercase();
    set(
        core,
        Condition::all().add(users::Column::Email.eq(address)),
        None,
        input,
        client,
    )
    .await
}

async fn set(
    core: &Core,
    which: Condition,
    by: Option<&str>,
    input: ManageUserRequest,
    client: &Client,
) -> Result<ManagedUser, Error> {
    let mut problems = Problems::default();
    if let Some(plan) = &input.plan {
        problems.note(plan_exists(core, plan));
    }
    problems.finish()?;
    let tx = core.db.begin().await?;
    let raised = epochs::raise(&tx).await?;
    let user = users::Entity::find()
        .filter(which)
        .filter(users::Column::DeletedAt.is_null())
        .one(&tx)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    let loses_admin = user.role == UserRole::Admin
        && (input.role == Some(Role::User) || (input.suspended == Some(true) && user.suspended_at.is_none()));
    if loses_admin && !another_admin(&tx, &user.id).await? {
        return Err(Error::Conflict(
            "This is the last administrator. Make somebody else one first.",
        ));
    }
    let id = user.id.clone();
    let suspended_at = user.suspended_at;
    let mut row = user.into_active_model();
    if let Some(plan) = input.plan.clone() {
        row.plan = Set(plan);
    }
    if let Some(role) = input.role {
        row.role = Set(role_from_wire(role));
    }
    match input.suspended {
        Some(true) if suspended_at.is_none() => row.suspended_at = Set(Some(core.clock.now())),
        Some(false) => row.suspended_at = Set(None),
        _ => {}
    }
    row.updated_at = Set(core.clock.now());
    let user = row.update(&tx).await?;
    let detail = json!({ "plan": input.plan, "role": input.role, "suspended": input.suspended });
    audit::record(&tx, Action::UserChanged, by, &id, Some(detail), client).await?;
    let seen = last_seen(&tx, &id).await?;
    tx.commit().await?;
    core.epochs.publish(raised, &[&id]);
    Ok(managed(user, seen))
}

pub(super) async fn another_admin(tx: &impl ConnectionTrait, than: &str) -> Result<bool, DbErr> {
    use users::Column;
    let others = users::Entity::find()
        .filter(Column::Role.eq(UserRole::Admin))
        .filter(Column::SuspendedAt.is_null())
        .filter(Column::Id.ne(than))
        .count(tx)
        .await?;
    Ok(others > 0)
}
