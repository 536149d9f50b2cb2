//! What somebody has used.

use std::collections::HashMap;

use entity::{Scope, Timestamp, api_keys, usage_daily};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::usage::{GroupBy, TokenCount, UsageAnswer, UsagePeriod};

use super::quota;
use crate::access::Principal;
use crate::error::Problems;
use crate::{Core, Error};

/// Days that are shown when nothing is said.
const DAYS: i64 = 30;
/// Days at most, both ends counted.
const MOST_DAYS: i64 = 366;
/// Groups at most; there are as many keys and models, and as many days.
const MOST_GROUPS: u64 = 1_000;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// First day, `2026-01-31`; 30 days up to `to` when absent.
    pub from: Option<String>,
    /// Last day; today when absent.
    pub to: Option<String>,
    /// By what.
    pub group_by: GroupBy,
}

/// The caller's use: a person's in all, a key's within its reach.
pub async fn report(core: &Core, who: &Principal, wanted: &Wanted) -> Result<UsageAnswer, Error> {
    let now = core.clock.now();
    let (from, to) = span(wanted, now)?;
    let db = core.db.read();
    let month = totals(rows(who).filter(usage_daily::Column::Day.gte(now.month() + "-01")))
        .into_tuple::<(i64, i64, i64)>()
        .one(db)
        .await?
        .unwrap_or_default();
    let messages_this_month = match &who.scope {
        Scope::Everywhere { user_id } => quota::taken(db, user_id, now).await?,
        Scope::Personal { .. } | Scope::Team { .. } => month.0,
    };
    let within = rows(who)
        .filter(usage_daily::Column::Day.gte(from.as_str()))
        .filter(usage_daily::Column::Day.lte(to.as_str()));
    let periods = groups(core, within, wanted.group_by).await?;
    Ok(UsageAnswer {
        plan: who.plan.clone(),
        messages_this_month,
        monthly_limit: core.config.monthly_messages(&who.plan),
        renews_at: now.next_month().to_string(),
        tokens_this_month: TokenCount {
            prompt: month.1,
            completion: month.2,
        },
        from,
        to,
        group_by: wanted.group_by,
        periods,
    })
}

/// The rows the caller may see: always only their own.
fn rows(who: &Principal) -> Select<usage_daily::Entity> {
    let rows = usage_daily::Entity::find().filter(usage_daily::Column::UserId.eq(&who.user_id));
    match &who.scope {
        Scope::Everywhere { .. } => rows,
        Scope::Personal { .. } => rows.filter(usage_daily::Column::TeamId.eq("")),
        Scope::Team { team_id, .. } => rows.filter(usage_daily::Column::TeamId.eq(team_id)),
    }
}

/// `PostgreSQL` makes a decimal of a sum.
fn sum(column: usage_daily::Column) -> SimpleExpr {
    Expr::col((usage_daily::Entity, column))
        .sum()
        .cast_as(Alias::new("BIGINT"))
}

fn zero_when_none(expr: SimpleExpr) -> SimpleExpr {
    sea_orm::sea_query::Func::coalesce([expr, Expr::value(0_i64)]).into()
}

fn totals(rows: Select<usage_daily::Entity>) -> Select<usage_daily::Entity> {
    use usage_daily::Column;
    rows.select_only()
        .column_as(zero_when_none(sum(Column::Messages)), "messages")
        .column_as(zero_when_none(sum(Column::PromptTokens)), "prompt")
        .column_as(zero_when_none(sum(Column::CompletionTokens)), "completion")
}

async fn groups(core: &Core, rows: Select<usage_daily::Entity>, by: GroupBy) -> Result<Vec<UsagePeriod>, DbErr> {
    use usage_daily::Column;
    let column = match by {
        GroupBy::Day => Column::Day,
        GroupBy::Model => Column::Model,
        GroupBy::Key => Column::ApiKeyId,
    };
    let sums = totals(rows.select_only())
        .column(column)
        .group_by(column)
        .order_by_asc(column)
        .limit(MOST_GROUPS)
        .into_tuple::<(i64, i64, i64, String)>()
        .all(core.db.read())
        .await?;
    let names = match by {
        GroupBy::Key => key_names(core, sums.iter().map(|(.., id)| id.as_str())).await?,
        GroupBy::Day | GroupBy::Model => HashMap::new(),
    };
    let period = |(messages, prompt, completion, group): (i64, i64, i64, String)| {
        let mut period = UsagePeriod {
            messages,
            tokens: TokenCount { prompt, completion },
            ..UsagePeriod::default()
        };
        match by {
            GroupBy::Day => period.day = Some(group),
            GroupBy::Model => period.model = Some(group),
            GroupBy::Key => {
                period.key_name = names.get(&group).cloned();
                period.api_key_id = Some(group).filter(|id| !id.is_empty());
            }
        }
        period
    };
    Ok(sums.into_iter().map(period).collect())
}

/// Names of keys, revoked ones too: what they have used stays in the list.
async fn key_names(core: &Core, ids: impl Iterator<Item = &str>) -> Result<HashMap<String, String>, DbErr> {
    let ids: Vec<&str> = ids.filter(|id| !id.is_empty()).collect();
    let names = api_keys::Entity::find()
        .select_only()
        .columns([api_keys::Column::Id, api_keys::Column::Name])
        .filter(api_keys::Column::Id.is_in(ids))
        .into_tuple::<(String, String)>()
        .all(core.db.read())
        .await?;
    Ok(names.into_iter().collect())
}

/// First and last day.
fn span(wanted: &Wanted, now: Timestamp) -> Result<(String, String), Error> {
    let mut problems = Problems::default();
    let day = |field: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => midnight(text)
            .map(Some)
            .ok_or_else(|| types::FieldError::new(field, "Give a day as 2026-01-31")),
    };
    let from = problems.note(day("from", &wanted.from));
    let to = problems.note(day("to", &wanted.to));
    problems.finish()?;
    let to = to.flatten().unwrap_or(now);
    let from = from.flatten().unwrap_or_else(|| to.plus_days(1 - DAYS));
    let days = to.since(from).as_secs() / 86_400;
    if from.day() > to.day() {
        return Err(Error::invalid("from", "The first day must not be after the last"));
    }
    if i64::try_from(days).unwrap_or(i64::MAX) >= MOST_DAYS {
        return Err(Error::invalid("from", "At most 366 days at a time"));
    }
    Ok((from.day(), to.day()))
}

fn midnight(day: &str) -> Option<Timestamp> {
    (day.len() == 10)
        .then(|| format!("{day}T00:00:00.000Z").parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: Option<&str>, to: Option<&str>) -> Result<(String, String), Error> {
        let wanted = Wanted {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            group_by: GroupBy::Day,
        };
        span(&wanted, "2026-03-15T10:00:00.000Z".parse().unwrap())
    }

    #[test]
    fn days_are_thirty_up_to_today_unless_said() {
        let days = |from, to| asked(from, to).unwrap();
        assert_eq!(days(None, None), ("2026-02-14".to_owned(), "2026-03-15".to_owned()));
        assert_eq!(
            days(Some("2026-01-01"), None),
            ("2026-01-01".to_owned(), "2026-03-15".to_owned())
        );
        assert_eq!(
            days(None, Some("2025-12-31")),
            ("2025-12-02".to_owned(), "2025-12-31".to_owned())
        );
        let one = Some("2026-03-01");
        assert_eq!(days(one, one), ("2026-03-01".to_owned(), "2026-03-01".to_owned()));
    }

    #[test]
    fn what_is_no_span_of_days_is_refused() {
        for (from, to) in [
            (Some("2026-03-16"), None),
            (Some("2026-02-30"), None),
            (Some("yesterday"), None),
            (Some(""), None),
            (None, Some("2026-3-1")),
            (Some("2025-01-01"), Some("2026-01-02")),
        ] {
            assert!(matches!(asked(from, to), Err(Error::Invalid(_))), "{from:?} {to:?}");
        }
        assert!(asked(Some("2025-01-01"), Some("2026-01-01")).is_ok(), "366 days");
    }
}
