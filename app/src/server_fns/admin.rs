//! The instance, for its administrators. For anybody else none of this exists.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use types::accounts::{AuditList, InstanceStats, ManageUserRequest, ManagedUser, ManagedUserList};

use super::Failure;
use crate::wire::Wire;

/// What the page begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdminPage {
    /// How much there is.
    pub stats: InstanceStats,
    /// The newest accounts.
    pub users: ManagedUserList,
    /// The plans there are: id and name.
    pub plans: Vec<(String, String)>,
    /// What was done lately.
    pub audit: AuditList,
}

/// What the page begins with.
#[server(prefix = "/_fn", endpoint = "open_admin", input = Wire, output = Wire)]
pub async fn open_admin() -> Result<AdminPage, Failure> {
    let (request, who) = asking()?;
    read_page(&request.core, &who).await.map_err(|error| refused(&error))
}

/// Gathers the page.
#[cfg(feature = "ssr")]
pub(crate) async fn read_page(core: &Core, who: &Principal) -> Result<AdminPage, domain::Error> {
    let page = PageRequest::default();
    let plans = core.config.plans.iter();
    Ok(AdminPage {
        stats: accounts::stats(core, who).await?,
        users: accounts::find(core, who, None, &page).await?,
        plans: plans.map(|plan| (plan.id.clone(), plan.name.clone())).collect(),
        audit: audit::recent(core, who, &page).await?,
    })
}

/// A page of accounts; with `q`, those that have it in their name or address.
#[server(prefix = "/_fn", endpoint = "find_users", input = Wire, output = Wire)]
pub async fn find_users(q: String, cursor: Option<String>) -> Result<ManagedUserList, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    accounts::find(&request.core, &who, Some(&q), &page)
        .await
        .map_err(|error| refused(&error))
}

/// Changes plan, role or suspension of an account.
#[server(prefix = "/_fn", endpoint = "manage_user", input = Wire, output = Wire)]
pub async fn manage_user(id: String, change: ManageUserRequest) -> Result<ManagedUser, Failure> {
    let (request, who) = asking()?;
    accounts::manage(&request.core, &who, &id, change, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// A page of what was done.
#[server(prefix = "/_fn", endpoint = "recent_audit", input = Wire, output = Wire)]
pub async fn recent_audit(cursor: Option<String>) -> Result<AuditList, Failure> {
    let (request, who) = asking()?;
    let page = PageRequest { limit: None, cursor };
    audit::recent(&request.core, &who, &page)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::Core,
    domain::access::Principal,
    domain::page::PageRequest,
    domain::{accounts, audit},
};
