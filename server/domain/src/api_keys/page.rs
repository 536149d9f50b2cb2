//! What the page of keys shows, in one piece.

use entity::api_keys::{self, Column};
use entity::teams;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryOrder, QuerySelect};
use types::api_keys::{Example, KeysPage, TeamRef};

use super::gate::Gate;
use super::service::{open_to, to_wire};
use crate::access::Principal;
use crate::{Core, Error, teams as team_rules};

/// Expired keys that are shown beside all the good ones.
const EXPIRED_SHOWN: u64 = 400;

/// Calls that show how a key is used, the most telling one first: method, path, body, whether it streams. Each must work
/// with a new key as it stands here.
const EXAMPLES: &[(&str, &str, Option<&str>, bool)] = &[
    ("POST", "/api/chat", Some(r#"{"content":"Hello!"}"#), true),
    ("GET", "/api/threads", None, false),
    ("GET", "/api/user/settings", None, false),
];

/// The page; for a person who may not have keys it says only that.
pub async fn page(core: &Core, who: &Principal) -> Result<KeysPage, Error> {
    who.require_person()?;
    let now = core.clock.now();
    let mut page = KeysPage {
        can_access: open_to(core, &who.plan),
        keys: Vec::new(),
        live: 0,
        limit: 0,
        endpoints: Vec::new(),
        teams: Vec::new(),
        example: None,
        now: now.to_string(),
    };
    if !page.can_access {
        return Ok(page);
    }
    page.limit = core.config.api.max_keys_per_user;
    // The good ones come first, so that they are all there however many have expired.
    let is_live = Condition::any()
        .add(Column::ExpiresAt.is_null())
        .add(Column::ExpiresAt.gt(now));
    let rows = api_keys::Entity::live_of(&who.user_id)
        .find_also_related(teams::Entity)
        .order_by_desc(Expr::expr(is_live))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(u64::from(page.limit) + EXPIRED_SHOWN)
        .all(core.db.read())
        .await?;
    let live = rows
        .iter()
        .filter(|(key, _)| key.expires_at.is_none_or(|expires_at| expires_at > now))
        .count();
    page.live = u32::try_from(live).unwrap_or(u32::MAX);
    page.keys = rows.into_iter().map(|(key, team)| to_wire(key, team)).collect();
    page.endpoints = core.gate.patterns().to_vec();
    page.teams = team_rules::of_user(core.db.read(), &who.user_id)
        .await?
        .into_iter()
        .map(|membership| TeamRef {
            id: membership.team.id,
            name: membership.team.name,
        })
        .collect();
    page.example = example(&core.gate);
    Ok(page)
}

/// The first call that keys may make.
fn example(gate: &Gate) -> Option<Example> {
    let open = EXAMPLES.iter().find(|(_, path, ..)| gate.check(path).is_ok());
    open.map(|&(method, path, body, stream)| Example {
        method: method.to_owned(),
        path: path.to_owned(),
        body: body.map(str::to_owned),
        stream,
    })
}
