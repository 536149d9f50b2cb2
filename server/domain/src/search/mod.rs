//! Looking for messages by what they say.
//!
//! Text is cut into tokens here (`tokens`), once for both databases, and given to them ready: to FTS5 on `SQLite`, as
//! `tsvector` with GIN on `PostgreSQL`. Who may find a message is a term of the index too and is matched together with the
//! words, and the rows are then read under the caller's scope as everywhere. Both engines only say which messages match and
//! how (`engine`); the order follows from that, so both give the same answer.
//!
//! The word that is being typed stands for all that begin with it, unless it is found by itself more often than a block holds.
//!
//! Matches are ranked in blocks of a few hundred, newest block first: within a block, what stands there as a phrase comes
//! first, then whole words, then beginnings of words, each newest first. A cursor names its block by where it begins and
//! ends, so pages stay complete and without repeats whatever is written or deleted in between.

mod engine;
mod highlight;
mod index;
mod query;
mod tokens;

use std::collections::HashMap;

use entity::messages::{self, MessageRole};
use entity::{Scope, Timestamp, projects, threads};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use types::search::{SearchAnswer, SearchResult};

pub(crate) use self::engine::term;
use self::engine::{Look, Match, newest};
use self::highlight::passage;
pub use self::index::catch_up;
pub(crate) use self::index::{index, indexed, keep_up};
use self::query::Query;
pub(crate) use self::tokens::tokens;
use crate::access::Principal;
use crate::clock::is_id;
use crate::messages::role_to_wire;
use crate::page::{PageRequest, cursor};
use crate::{Core, Error, teams};

/// Matches that are ranked together; a total is counted up to this.
const BLOCK: usize = 500;
/// Results of [`quick`].
const QUICK: u64 = 8;
/// Characters of a message in which the passage is looked for.
const READ: usize = 65_536;

/// What is looked for, and among what.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What was typed; any text.
    pub q: String,
    /// Only in a thread.
    pub thread_id: Option<String>,
    /// Only in a project.
    pub project_id: Option<String>,
    /// Only in a team; a key's own reach takes its place.
    pub team_id: Option<String>,
}

/// Where a page ended: in which block, after which match, and what was said of the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Newest and oldest of the block.
    top: i64,
    bottom: i64,
    rank: u8,
    seq: i64,
    total: u64,
    exact: bool,
    /// Whether the word that is being typed is looked for as a whole word only.
    whole: bool,
}

/// Messages the caller may see in which all of it is, best first. A person looks everywhere, in their own threads and those of
/// their teams, unless they name a team.
pub async fn search(core: &Core, who: &Principal, filter: &Filter, page: &PageRequest) -> Result<SearchAnswer, Error> {
    let limit = page.limit()?;
    let scope = scope_for_search(core, who, filter.team_id.as_deref()).await?;
    require_place(core, &scope, filter).await?;
    let list = format!(
        "search:{}:{}:{}:{}:{}:{}",
        scope.user_id(),
        who.reach(),
        scope.team_id().unwrap_or_default(),
        filter.thread_id.as_deref().unwrap_or_default(),
        filter.project_id.as_deref().unwrap_or_default(),
        filter.q
    );
    let place = page.place::<Place>(&list)?;
    let Some(query) = Query::read(&filter.q) else {
        return Ok(SearchAnswer {
            total_is_exact: true,
            ..SearchAnswer::default()
        });
    };
    let reaches = reaches(core.db.read(), &scope).await?;
    let whole = query.as_typed();
    let look = Look {
        query: &query,
        reaches: &reaches,
        thread_id: filter.thread_id.as_deref(),
        project_id: filter.project_id.as_deref(),
    };
    let look_whole = whole.as_ref().map(|query| Look { query, ..look });
    let found = match (&look_whole, place) {
        (Some(whole), Some(place)) if place.whole => page_of(core, whole, Some(place), limit, None).await?,
        // Where the word itself is found so often, nobody misses those that begin with it, which are many times as many.
        (Some(whole), None) => match Block::read(core, whole, i64::MAX, None).await? {
            block if block.more => page_of(core, whole, None, limit, Some(block)).await?,
            _ => page_of(core, &look, None, limit, None).await?,
        },
        _ => page_of(core, &look, place, limit, None).await?,
    };
    let next_cursor = match &found.next {
        Some(place) => Some(cursor(&list, place)?),
        None => None,
    };
    Ok(SearchAnswer {
        results: results(core, &scope, &query, &found.seqs).await?,
        total: found.total,
        total_is_exact: found.exact,
        next_cursor,
    })
}

/// The best few, for a palette that asks at every key.
pub async fn quick(core: &Core, who: &Principal, q: &str, team_id: Option<&str>) -> Result<SearchAnswer, Error> {
    let filter = Filter {
        q: q.to_owned(),
        team_id: team_id.map(str::to_owned),
        ..Filter::default()
    };
    let page = PageRequest {
        limit: Some(QUICK),
        cursor: None,
    };
    search(core, who, &filter, &page).await
}

/// A key searches its own scope; a person everything they may see, or what a team they name has for them.
async fn scope_for_search(core: &Core, who: &Principal, team_id: Option<&str>) -> Result<Scope, Error> {
    match team_id {
        Some(team_id) if !who.is_key() => {
            let membership = teams::require_member(core.db.read(), &who.user_id, team_id).await?;
            Ok(Scope::Team {
                user_id: who.user_id.clone(),
                team_id: membership.team.id,
            })
        }
        _ => Ok(who.scope.clone()),
    }
}

/// A thread or project that is named must be one the caller may see.
async fn require_place(core: &Core, scope: &Scope, filter: &Filter) -> Result<(), Error> {
    let db = core.db.read();
    if let Some(id) = &filter.thread_id {
        let mut thread = threads::Entity::visible_to(scope).filter(threads::Column::Id.eq(id));
        if let Some(project_id) = &filter.project_id {
            thread = thread.filter(threads::Column::ProjectId.eq(project_id));
        }
        if !is_id(id) || thread.one(db).await?.is_none() {
            return Err(Error::NotFound("Thread"));
        }
    }
    if let Some(id) = &filter.project_id {
        let project = projects::Entity::visible_to(scope).filter(projects::Column::Id.eq(id));
        if !is_id(id) || project.one(db).await?.is_none() {
            return Err(Error::NotFound("Project"));
        }
    }
    Ok(())
}

/// A scope in the terms of the index; those of a thread are in the view `search_reach`.
async fn reaches(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<String>, DbErr> {
    let own = |user_id: &str| term('u', user_id);
    let in_team = |team_id: &str, user_id: &str| {
        let private = format!("{}{}", term('m', team_id), user_id.replace('-', ""));
        [private, term('s', team_id)]
    };
    Ok(match scope {
        Scope::Personal { user_id } => vec![own(user_id)],
        Scope::Team { user_id, team_id } => in_team(team_id, user_id).to_vec(),
        Scope::Everywhere { user_id } => {
            let teams = teams::of_user(db, user_id).await?;
            let in_teams = teams
                .iter()
                .flat_map(|membership| in_team(&membership.team.id, user_id));
            [own(user_id)].into_iter().chain(in_teams).collect()
        }
    })
}

/// The matches of a page.
struct Found {
    seqs: Vec<i64>,
    next: Option<Place>,
    total: u64,
    exact: bool,
}

/// Matches that are ranked together, best first.
struct Block {
    top: i64,
    bottom: i64,
    /// Whether there may be older ones.
    more: bool,
    ranked: Vec<(u8, i64)>,
}

fn rank(found: Match) -> (u8, i64) {
    (2 * u8::from(found.phrase) + u8::from(found.whole), found.seq)
}

impl Block {
    /// The newest matches up to a place, down to another where that is known.
    async fn read(core: &Core, look: &Look<'_>, top: i64, bottom: Option<i64>) -> Result<Self, DbErr> {
        // What was there when its bounds were found is no more than a block; what came back to life since may be.
        let limit = if bottom.is_some() { 2 * BLOCK } else { BLOCK + 1 };
        let limit_in_sql = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = newest(core.db.read(), look, (bottom.unwrap_or(0), top), limit_in_sql).await?;
        let more = bottom.is_some() || found.len() > BLOCK;
        if bottom.is_none() {
            found.truncate(BLOCK);
        }
        // What comes later than the newest is not of this block.
        let top = found.iter().map(|newest| newest.seq).max().unwrap_or(top);
        let bottom = bottom.or(found.last().map(|oldest| oldest.seq)).unwrap_or(0);
        let mut ranked: Vec<(u8, i64)> = found.into_iter().map(rank).collect();
        ranked.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self {
            top,
            bottom,
            more,
            ranked,
        })
    }
}

/// A page. `newest` is the block of the first page and says that whole words are looked for.
async fn page_of(
    core: &Core,
    look: &Look<'_>,
    place: Option<Place>,
    limit: u64,
    newest: Option<Block>,
) -> Result<Found, DbErr> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let whole = place.map_or(newest.is_some(), |place| place.whole);
    let mut block = match (place, newest) {
        (Some(place), _) => {
            let mut block = Block::read(core, look, place.top, Some(place.bottom)).await?;
            block.ranked.retain(|found| *found < (place.rank, place.seq));
            block
        }
        (None, Some(block)) => block,
        (None, None) => Block::read(core, look, i64::MAX, None).await?,
    };
    let (total, exact) = match place {
        Some(place) => (place.total, place.exact),
        None => (u64::try_from(block.ranked.len()).unwrap_or(u64::MAX), !block.more),
    };
    let mut seqs = Vec::new();
    let mut last = None;
    loop {
        for (rank, seq) in &block.ranked {
            if seqs.len() == limit {
                return Ok(Found {
                    seqs,
                    next: last,
                    total,
                    exact,
                });
            }
            seqs.push(*seq);
            last = Some(Place {
                top: block.top,
                bottom: block.bottom,
                rank: *rank,
                seq: *seq,
                total,
                exact,
                whole,
            });
        }
        if !block.more || block.bottom <= 1 {
            return Ok(Found {
                seqs,
                next: None,
                total,
                exact,
            });
        }
        block = Block::read(core, look, block.bottom - 1, None).await?;
    }
}

/// A message as far as it is shown.
#[derive(Debug, FromQueryResult)]
struct Row {
    seq: i64,
    id: String,
    thread_id: String,
    role: MessageRole,
    beginning: String,
    created_at: Timestamp,
}

/// The messages as callers see them, in this order. What the caller may not see, or is gone by now, is left out.
async fn results(core: &Core, scope: &Scope, query: &Query, seqs: &[i64]) -> Result<Vec<SearchResult>, Error> {
    use messages::Column;
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let rows = messages::Entity::visible_to(scope)
        .select_only()
        .columns([
            Column::Seq,
            Column::Id,
            Column::ThreadId,
            Column::Role,
            Column::CreatedAt,
        ])
        .expr_as(Expr::cust(format!("substr(messages.content, 1, {READ})")), "beginning")
        .filter(Column::Seq.is_in(seqs.iter().copied()))
        .into_model::<Row>()
        .all(core.db.read())
        .await?;
    let titles: Vec<(String, String)> = threads::Entity::visible_to(scope)
        .select_only()
        .columns([threads::Column::Id, threads::Column::Title])
        .filter(threads::Column::Id.is_in(rows.iter().map(|row| row.thread_id.as_str())))
        .into_tuple()
        .all(core.db.read())
        .await?;
    let titles: HashMap<String, String> = titles.into_iter().collect();
    let mut rows: HashMap<i64, Row> = rows.into_iter().map(|row| (row.seq, row)).collect();
    let result = |seq: &i64| {
        let row = rows.remove(seq)?;
        let thread_title = titles.get(&row.thread_id)?.clone();
        let passage = passage(&row.beginning, query);
        Some(SearchResult {
            id: row.id,
            thread_id: row.thread_id,
            thread_title,
            role: role_to_wire(row.role),
            content: passage.text,
            highlight: passage.html,
            created_at: row.created_at.to_string(),
        })
    };
    Ok(seqs.iter().filter_map(result).collect())
}
