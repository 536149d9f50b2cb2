//! Who is here, sign in, sign up, sign out.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use types::accounts::User;
use types::settings::{ModelChoice, ThemePreference, UserSettings};
use types::teams::TeamChoice;

use super::Failure;
use crate::wire::Wire;

/// What every page needs to know before it can render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// Who is signed in, if anybody is.
    pub person: Option<Person>,
    /// Whether people may make accounts by themselves.
    pub registration_open: bool,
    /// Address of this server as its users type it, without a slash at the end.
    pub public_url: String,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user.
    pub user: User,
    /// The plan's name, as people read it.
    pub plan_name: String,
    /// Whether a key of theirs could chat: the plan has keys, and keys may call the chat.
    pub keys_can_chat: bool,
    /// Whether they may have keys at all.
    pub can_have_keys: bool,
    /// What they have set.
    pub settings: UserSettings,
    /// The colours they have chosen.
    pub theme: ThemePreference,
    /// The models there are, in the order of the configuration.
    pub models: Vec<ModelChoice>,
    /// Id of the server's default model, for who has chosen none.
    pub default_model: String,
    /// Their teams, by name.
    pub teams: Vec<TeamChoice>,
}

impl Person {
    /// What to call them; the e-mail address of somebody without a name.
    pub fn display_name(&self) -> &str {
        match self.user.name.trim() {
            "" => &self.user.email,
            name => name,
        }
    }
}

/// Who is visiting.
#[server(prefix = "/_fn", endpoint = "current_visitor", input = Wire, output = Wire)]
pub async fn current_visitor() -> Result<Visitor, Failure> {
    visiting(&expect_context::<RequestContext>()).await
}

/// Who makes a request.
#[cfg(feature = "ssr")]
pub(crate) async fn visiting(request: &RequestContext) -> Result<Visitor, Failure> {
    let account = match request.person() {
        None => None,
        Some(principal) => match accounts::account(&request.core, principal).await {
            Ok(account) => Some(account),
            Err(error) => match error.code() {
                // The session ended between the look at the cookie and this one.
                ErrorCode::Unauthenticated | ErrorCode::NotFound => None,
                _ => return Err(refused(&error)),
            },
        },
    };
    let teams = match &account {
        None => Vec::new(),
        Some(account) => teams::choices(&request.core, &account.user.id)
            .await
            .map_err(|error| refused(&error))?,
    };
    Ok(visitor(request, account, teams))
}

/// Signs in with e-mail and password.
#[server(prefix = "/_fn", endpoint = "sign_in", output = Wire)]
pub async fn sign_in(email: String, password: String) -> Result<Visitor, Failure> {
    let (request, response) = (expect_context::<RequestContext>(), expect_context::<ResponseOptions>());
    let session = accounts::login(&request.core, LoginRequest { email, password }, &request.client)
        .await
        .map_err(|error| refused(&error))?;
    Ok(begin(&request, &response, session))
}

/// Makes an account and signs in.
#[server(prefix = "/_fn", endpoint = "sign_up", output = Wire)]
pub async fn sign_up(name: String, email: String, password: String) -> Result<Visitor, Failure> {
    let (request, response) = (expect_context::<RequestContext>(), expect_context::<ResponseOptions>());
    let input = RegisterRequest {
        email,
        password,
        name: Some(name).filter(|name| !name.trim().is_empty()),
    };
    let session = accounts::register(&request.core, input, &request.client)
        .await
        .map_err(|error| refused(&error))?;
    Ok(begin(&request, &response, session))
}

/// Ends the session. Without one there is nothing to end, which is as good.
#[server(prefix = "/_fn", endpoint = "sign_out", output = Wire)]
pub async fn sign_out() -> Result<(), Failure> {
    let (request, response) = (expect_context::<RequestContext>(), expect_context::<ResponseOptions>());
    if let Some(principal) = request.person() {
        accounts::logout(&request.core, principal, &request.client)
            .await
            .map_err(|error| refused(&error))?;
    }
    response.append_header(SET_COOKIE, request.cookie.clear());
    Ok(())
}

#[cfg(feature = "ssr")]
use {
    crate::routes::api,
    crate::ssr::{RequestContext, refused},
    axum::http::header::SET_COOKIE,
    domain::Core,
    domain::accounts::{self, Account, NewSession},
    domain::teams,
    leptos_axum::ResponseOptions,
    secrecy::ExposeSecret,
    types::{
        ErrorCode,
        accounts::{LoginRequest, RegisterRequest},
    },
};

#[cfg(feature = "ssr")]
fn visitor(request: &RequestContext, account: Option<Account>, teams: Vec<TeamChoice>) -> Visitor {
    Visitor {
        person: account.map(|account| person(&request.core, account, teams)),
        registration_open: accounts::registration_open(&request.core),
        public_url: request.public_url.clone(),
    }
}

#[cfg(feature = "ssr")]
fn person(core: &Core, account: Account, teams: Vec<TeamChoice>) -> Person {
    let Account { user, settings } = account;
    let plan = core.config.plans.iter().find(|plan| plan.id == user.plan);
    let can_have_keys = domain::api_keys::open_to(core, &user.plan);
    Person {
        plan_name: plan.map_or_else(|| user.plan.clone(), |plan| plan.name.clone()),
        keys_can_chat: can_have_keys && core.gate.check(api::CHAT).is_ok(),
        can_have_keys,
        settings: settings.settings,
        theme: settings.theme_preference,
        models: domain::models::choices(core),
        default_model: core.models.default_model().info().id.clone(),
        teams,
        user,
    }
}

/// The session's cookie goes out, with the colours of the account, and who signed in comes back.
#[cfg(feature = "ssr")]
fn begin(request: &RequestContext, response: &ResponseOptions, session: NewSession) -> Visitor {
    let cookie = request
        .cookie
        .set(session.cookie.expose_secret(), session.max_age_seconds);
    response.append_header(SET_COOKIE, cookie);
    response.append_header(SET_COOKIE, request.cookie.theme(session.settings.theme_preference));
    let account = Account {
        user: session.signed_in.user,
        settings: session.settings,
    };
    // The document that follows knows of the teams.
    visitor(request, Some(account), Vec::new())
}
