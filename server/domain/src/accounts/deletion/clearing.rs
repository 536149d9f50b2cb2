//! The second step of deleting an account: what stays changes hands, the rest goes.

use entity::team_members::{self, TeamRole};
use entity::threads::{self, Visibility};
use entity::{messages, projects, teams, templates, thread_summaries, usage_daily, users};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::feed::{Kind, changes};
use crate::{Core, documents};

/// Threads that change hands, or are deleted, in one transaction.
const THREADS_AT_ONCE: u64 = 20;
/// Messages that change hands, or are deleted, in one transaction.
const MESSAGES_AT_ONCE: u64 = 1_000;

/// Clears away what accounts that are closed left; for what a server that ended did not get to.
pub(crate) async fn clear_closed(core: &Core) -> Result<(), DbErr> {
    let closed: Vec<String> = users::Entity::find()
        .select_only()
        .column(users::Column::Id)
        .filter(users::Column::DeletedAt.is_not_null())
        .into_tuple()
        .all(core.db.read())
        .await?;
    for user_id in closed {
        clear(core, &user_id).await?;
    }
    Ok(())
}

/// The second step: what stays changes hands, the rest goes, and the account with it. Two who do it at once do no harm.
pub(super) async fn clear(core: &Core, user_id: &str) -> Result<(), DbErr> {
    for team_id in teams_with_things_of(core, user_id).await? {
        if let Some(heir) = heir(core.db.read(), &team_id, user_id).await? {
            hand_over_team(core, &team_id, user_id, &heir).await?;
        }
    }
    while hand_over_messages(core, user_id).await? {}
    while delete_threads(core, user_id).await? {}

    let tx = core.db.begin().await?;
    let alone: Vec<String> = team_members::Entity::find()
        .select_only()
        .column(team_members::Column::TeamId)
        .filter(team_members::Column::UserId.eq(user_id))
        .order_by_asc(team_members::Column::TeamId)
        .into_tuple()
        .all(&tx)
        .await?;
    // What goes with its projects goes out of the answers that others have now, too.
    let going: Vec<String> = projects::Entity::find()
        .select_only()
        .column(projects::Column::Id)
        .filter(projects::Column::UserId.eq(user_id))
        .order_by_asc(projects::Column::Id)
        .into_tuple()
        .all(&tx)
        .await?;
    for project_id in going {
        documents::forget_project(&tx, &project_id).await?;
    }
    // What was used in a team is noted under its id alone.
    usage_daily::Entity::delete_many()
        .filter(usage_daily::Column::TeamId.is_in(alone.iter().map(String::as_str)))
        .exec(&tx)
        .await?;
    teams::Entity::delete_many()
        .filter(teams::Column::Id.is_in(alone.iter().map(String::as_str)))
        .exec(&tx)
        .await?;
    users::Entity::delete_many()
        .filter(users::Column::Id.eq(user_id))
        .filter(users::Column::DeletedAt.is_not_null())
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// The teams in which something of this user lies that others see.
async fn teams_with_things_of(core: &Core, user_id: &str) -> Result<Vec<String>, DbErr> {
    let db = core.db.read();
    let mut found: Vec<Option<String>> = threads::Entity::find()
        .select_only()
        .column(threads::Column::TeamId)
        .filter(shared_threads(user_id))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    found.extend(
        projects::Entity::find()
            .select_only()
            .column(projects::Column::TeamId)
            .filter(shared_projects(user_id))
            .distinct()
            .into_tuple::<Option<String>>()
            .all(db)
            .await?,
    );
    found.extend(
        templates::Entity::find()
            .select_only()
            .column(templates::Column::TeamId)
            .filter(templates::Column::UserId.eq(user_id))
            .filter(templates::Column::TeamId.is_not_null())
            .distinct()
            .into_tuple::<Option<String>>()
            .all(db)
            .await?,
    );
    let mut found: Vec<String> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn shared_threads(user_id: &str) -> Condition {
    use threads::Column;
    Condition::all()
        .add(Column::UserId.eq(user_id))
        .add(Column::TeamId.is_not_null())
        .add(Column::Visibility.eq(Visibility::Shared))
        .add(Column::DeletedAt.is_null())
}

fn shared_projects(user_id: &str) -> Condition {
    use projects::Column;
    Condition::all()
        .add(Column::UserId.eq(user_id))
        .add(Column::TeamId.is_not_null())
        .add(Column::Sharing.eq("team"))
}

/// Who takes over what somebody leaves in a team: its oldest owner; in a team that has lost all of them, whoever comes
/// nearest to one. Nobody in a team without anybody else.
async fn heir(db: &impl ConnectionTrait, team_id: &str, than: &str) -> Result<Option<String>, DbErr> {
    use team_members::Column;
    for may_be_suspended in [false, true] {
        for role in [TeamRole::Owner, TeamRole::Admin, TeamRole::Member, TeamRole::Viewer] {
            let mut oldest = team_members::Entity::find()
                .select_only()
                .column(Column::UserId)
                .filter(Column::TeamId.eq(team_id))
                .filter(Column::UserId.ne(than))
                .filter(Column::Role.eq(role))
                .inner_join(users::Entity)
                .filter(users::Column::DeletedAt.is_null());
            if !may_be_suspended {
                oldest = oldest.filter(users::Column::SuspendedAt.is_null());
            }
            let oldest = oldest
                .order_by_asc(Column::CreatedAt)
                .order_by_asc(Column::UserId)
                .into_tuple::<String>()
                .one(db)
                .await?;
            if oldest.is_some() {
                return Ok(oldest);
            }
        }
    }
    Ok(None)
}

async fn hand_over_team(core: &Core, team_id: &str, user_id: &str, heir: &str) -> Result<(), DbErr> {
    projects::Entity::update_many()
        .col_expr(projects::Column::UserId, Expr::value(heir))
        .filter(shared_projects(user_id))
        .filter(projects::Column::TeamId.eq(team_id))
        .exec(core.db.write())
        .await?;
    templates::Entity::update_many()
        .col_expr(templates::Column::UserId, Expr::value(heir))
        .filter(templates::Column::UserId.eq(user_id))
        .filter(templates::Column::TeamId.eq(team_id))
        .exec(core.db.write())
        .await?;
    while hand_over_threads(core, team_id, user_id, heir).await? {}
    Ok(())
}

/// A batch of threads; true while there are more.
async fn hand_over_threads(core: &Core, team_id: &str, user_id: &str, heir: &str) -> Result<bool, DbErr> {
    let tx = core.db.begin().await?;
    let batch = threads::Entity::find()
        .filter(shared_threads(user_id))
        .filter(threads::Column::TeamId.eq(team_id))
        .order_by_asc(threads::Column::Id)
        .limit(THREADS_AT_ONCE)
        .lock(LockType::NoKeyUpdate)
        .all(&tx)
        .await?;
    threads::Entity::update_many()
        .col_expr(threads::Column::UserId, Expr::value(heir))
        .filter(threads::Column::Id.is_in(batch.iter().map(|thread| thread.id.as_str())))
        .exec(&tx)
        .await?;
    thread_summaries::Entity::update_many()
        .col_expr(thread_summaries::Column::UserId, Expr::value(heir))
        .filter(thread_summaries::Column::ThreadId.is_in(batch.iter().map(|thread| thread.id.as_str())))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    let more = !batch.is_empty();
    for thread in batch {
        let thread = threads::Model {
            user_id: heir.to_owned(),
            ..thread
        };
        core.feed.publish_all(changes(&thread, [Kind::Thread]));
    }
    Ok(more)
}

/// A batch of messages in threads of others; true while there are more.
async fn hand_over_messages(core: &Core, user_id: &str) -> Result<bool, DbErr> {
    use messages::Column;
    let tx = core.db.begin().await?;
    let batch: Vec<i64> = messages::Entity::find()
        .select_only()
        .column(Column::Seq)
        .inner_join(threads::Entity)
        .filter(Column::UserId.eq(user_id))
        .filter(threads::Column::UserId.ne(user_id))
        .order_by_asc(Column::Seq)
        .limit(MESSAGES_AT_ONCE)
        .into_tuple()
        .all(&tx)
        .await?;
    let whose = Query::select()
        .column((threads::Entity, threads::Column::UserId))
        .from(threads::Entity)
        .and_where(Expr::col((threads::Entity, threads::Column::Id)).equals((messages::Entity, Column::ThreadId)))
        .take();
    messages::Entity::update_many()
        .col_expr(Column::UserId, Expr::SubQuery(None, Box::new(whose.into())))
        .col_expr(Column::AuthorLeft, Expr::value(true))
        .filter(Column::Seq.is_in(batch.iter().copied()))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(!batch.is_empty())
}

/// A batch of what lies in threads that go, or of the threads themselves once they are empty; true while there are more.
async fn delete_threads(core: &Core, user_id: &str) -> Result<bool, DbErr> {
    let db = core.db.write();
    let batch: Vec<String> = threads::Entity::find()
        .select_only()
        .column(threads::Column::Id)
        .filter(threads::Column::UserId.eq(user_id))
        .order_by_asc(threads::Column::Id)
        .limit(THREADS_AT_ONCE)
        .into_tuple()
        .all(db)
        .await?;
    if batch.is_empty() {
        return Ok(false);
    }
    let in_batch: Vec<i64> = messages::Entity::find()
        .select_only()
        .column(messages::Column::Seq)
        .filter(messages::Column::ThreadId.is_in(batch.iter().map(String::as_str)))
        .limit(MESSAGES_AT_ONCE)
        .into_tuple()
        .all(db)
        .await?;
    if in_batch.is_empty() {
        threads::Entity::delete_many()
            .filter(threads::Column::Id.is_in(batch.iter().map(String::as_str)))
            .filter(threads::Column::UserId.eq(user_id))
            .exec(db)
            .await?;
        for thread_id in &batch {
            core.chat.abandon_thread(thread_id);
        }
    } else {
        messages::Entity::delete_many()
            .filter(messages::Column::Seq.is_in(in_batch))
            .exec(db)
            .await?;
    }
    Ok(true)
}
