//! Asking the two engines for the newest messages that match, each in the way that is quick there.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement, Value};

use super::query::{Query, to_fts5, to_tsquery};

/// `PostgreSQL` looks at so many of the newest messages one by one, since an index can't say which of a hundred thousand
/// matches are the newest. Where that is not enough for a frequent word, at so many more; the index has the rare ones.
const FEW: i64 = 1_000;
const MANY: i64 = 8_000;

/// Among which messages to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) query: &'a Query,
    /// Whose messages, as the terms of the index.
    pub(super) reaches: &'a [String],
    /// Only those of a thread.
    pub(super) thread_id: Option<&'a str>,
    /// Only those of a project.
    pub(super) project_id: Option<&'a str>,
}

/// A message that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) seq: i64,
    /// All that was typed stands there as one phrase.
    pub(super) phrase: bool,
    /// All words stand there as they were typed, the last one too.
    pub(super) whole: bool,
}

/// The newest messages that match, between two places in their order.
pub(super) async fn newest(
    db: &DatabaseConnection,
    look: &Look<'_>,
    between: (i64, i64),
    limit: i64,
) -> Result<Vec<Match>, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => Postgres { db, look }.newest(between, limit).await,
        _ => Sqlite { db, look }.newest(between, limit).await,
    }
}

/// An id as a term of the index.
pub(crate) fn term(kind: char, id: &str) -> String {
    let mut term = String::from(kind);
    term.extend(id.chars().filter(|character| *character != '-'));
    term
}

fn seq(row: &QueryResult) -> Result<i64, DbErr> {
    row.try_get_by_index(0)
}

struct Sqlite<'a> {
    db: &'a DatabaseConnection,
    look: &'a Look<'a>,
}

impl Sqlite<'_> {
    async fn newest(&self, between: (i64, i64), limit: i64) -> Result<Vec<Match>, DbErr> {
        let query = self.look.query;
        let found = self.rows(&query.clauses, between, limit).await?;
        let (Some(newest), Some(oldest)) = (found.first(), found.last()) else {
            return Ok(Vec::new());
        };
        let among = (*oldest, *newest);
        let phrases = match &query.phrase {
            Some(phrase) => Some(self.rows(std::slice::from_ref(phrase), among, limit).await?),
            None => None,
        };
        let wholes = match &query.whole {
            Some(whole) => Some(self.rows(whole, among, limit).await?),
            None => None,
        };
        // Newest first.
        let is_in = |rows: &Vec<i64>, seq: i64| rows.binary_search_by(|row| seq.cmp(row)).is_ok();
        let matched = |seq: i64| Match {
            seq,
            phrase: phrases.as_ref().is_some_and(|rows| is_in(rows, seq)),
            whole: wholes.as_ref().is_none_or(|rows| is_in(rows, seq)),
        };
        Ok(found.into_iter().map(matched).collect())
    }

    async fn rows(
        &self,
        clauses: &[super::query::Clause],
        (from, to): (i64, i64),
        limit: i64,
    ) -> Result<Vec<i64>, DbErr> {
        let place = match (self.look.thread_id, self.look.project_id) {
            (Some(thread_id), _) => Some(term('t', thread_id)),
            (None, Some(project_id)) => Some(term('p', project_id)),
            (None, None) => None,
        };
        let matching = to_fts5(clauses, self.look.reaches, place.as_deref());
        let statement = Statement::from_sql_and_values(
            DbBackend::Sqlite,
            "SELECT rowid FROM search_index WHERE search_index MATCH $1 AND rowid BETWEEN $2 AND $3
             ORDER BY rowid DESC LIMIT $4",
            [matching.into(), from.into(), to.into(), limit.into()],
        );
        self.db.query_all_raw(statement).await?.iter().map(seq).collect()
    }
}

struct Postgres<'a> {
    db: &'a DatabaseConnection,
    look: &'a Look<'a>,
}

/// The text of a statement and its values, which grow together.
#[derive(Default)]
struct Sql {
    values: Vec<Value>,
}

impl Sql {
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn values(&mut self, values: &[String]) -> String {
        let places: Vec<String> = values.iter().map(|value| self.value(value.as_str())).collect();
        places.join(", ")
    }

    fn query(&mut self, clauses: &[super::query::Clause]) -> String {
        let query = to_tsquery(clauses);
        format!("{}::text::tsquery", self.value(query))
    }

    fn statement(self, sql: String) -> Statement {
        Statement::from_sql_and_values(DbBackend::Postgres, sql, self.values)
    }
}

impl Postgres<'_> {
    async fn newest(&self, (from, to): (i64, i64), limit: i64) -> Result<Vec<Match>, DbErr> {
        if let Some(thread_id) = self.look.thread_id {
            return self.in_thread(thread_id, (from, to), limit).await;
        }
        if self.look.project_id.is_some() {
            return self.by_index((from, to), limit).await;
        }
        let mut found: Vec<Match> = Vec::new();
        let mut to = to;
        for (window, worth) in [(FEW, MANY / FEW), (MANY, 0)] {
            let (oldest, count) = self.window(to, window).await?;
            let Some(oldest) = oldest else { return Ok(found) };
            let left = limit - count_of(&found);
            found.extend(self.one_by_one((from, to), window, left).await?);
            if count_of(&found) >= limit || count < window || oldest <= from {
                return Ok(found);
            }
            to = oldest - 1;
            if count_of(&found) * (1 + worth) < limit {
                break;
            }
        }
        let left = limit - count_of(&found);
        found.extend(self.by_index((from, to), left).await?);
        Ok(found)
    }

    /// The oldest of so many of the newest messages within reach, and how many there are.
    async fn window(&self, to: i64, size: i64) -> Result<(Option<i64>, i64), DbErr> {
        let mut sql = Sql::default();
        let (to, size) = (sql.value(to), sql.value(size));
        let of_reach = |reach: &String| {
            let reach = sql.value(reach.as_str());
            format!(
                "(SELECT seq FROM search_texts WHERE reach = {reach} AND seq <= {to} ORDER BY seq DESC LIMIT {size})"
            )
        };
        let each: Vec<String> = self.look.reaches.iter().map(of_reach).collect();
        let text = format!(
            "SELECT min(seq), count(*) FROM
             (SELECT seq FROM ({}) AS each_reach ORDER BY seq DESC LIMIT {size}) AS newest",
            each.join(" UNION ALL ")
        );
        match self.db.query_one_raw(sql.statement(text)).await? {
            Some(row) => Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)),
            None => Ok((None, 0)),
        }
    }

    /// Looks at each of so many of the newest messages within reach, and stops at the last that is wanted.
    async fn one_by_one(&self, (from, to): (i64, i64), size: i64, limit: i64) -> Result<Vec<Match>, DbErr> {
        let mut sql = Sql::default();
        let (from, to) = (sql.value(from), sql.value(to));
        let of_reach = |reach: &String| {
            let reach = sql.value(reach.as_str());
            format!(
                "(SELECT seq FROM search_texts WHERE reach = {reach} AND seq <= {to} ORDER BY seq DESC LIMIT {size})"
            )
        };
        let each: Vec<String> = self.look.reaches.iter().map(of_reach).collect();
        let limit = sql.value(limit);
        let matching = sql.query(&self.look.query.clauses);
        let ranks = self.ranks(&mut sql);
        // OFFSET 0 keeps the planner from looking up all matches there are instead, and the order of the inner list is the
        // order of the rows, so that nothing is sorted and the limit ends it early.
        let text = format!(
            "SELECT seq, {ranks} FROM (SELECT seq FROM ({}) AS each_reach ORDER BY seq DESC LIMIT {size}) AS newest,
             LATERAL (SELECT tokens FROM search_texts WHERE search_texts.seq = newest.seq OFFSET 0) AS looked
             WHERE seq >= {from} AND tokens @@ {matching} ORDER BY seq DESC LIMIT {limit}",
            each.join(" UNION ALL ")
        );
        self.matches(sql.statement(text)).await
    }

    /// Looks at each message of a thread.
    async fn in_thread(&self, thread_id: &str, (from, to): (i64, i64), limit: i64) -> Result<Vec<Match>, DbErr> {
        let mut sql = Sql::default();
        let reaches = sql.values(self.look.reaches);
        let (from, to, limit) = (sql.value(from), sql.value(to), sql.value(limit));
        let thread = sql.value(thread_id);
        let matching = sql.query(&self.look.query.clauses);
        let ranks = self.ranks(&mut sql);
        // Kept apart, or the planner might look up all matches there are instead.
        let text = format!(
            "WITH looked AS MATERIALIZED
                (SELECT seq, tokens FROM search_texts
                 WHERE reach IN ({reaches}) AND seq BETWEEN {from} AND {to} AND thread_id = {thread})
             SELECT seq, {ranks} FROM looked WHERE tokens @@ {matching} ORDER BY seq DESC LIMIT {limit}"
        );
        self.matches(sql.statement(text)).await
    }

    /// Looks up all matches.
    async fn by_index(&self, (from, to): (i64, i64), limit: i64) -> Result<Vec<Match>, DbErr> {
        let mut sql = Sql::default();
        let reaches = sql.values(self.look.reaches);
        let (from, to, limit) = (sql.value(from), sql.value(to), sql.value(limit));
        let project = match self.look.project_id {
            Some(project_id) => format!("AND places @> ARRAY[{}]", sql.value(term('p', project_id))),
            None => String::new(),
        };
        let matching = sql.query(&self.look.query.clauses);
        let ranks = self.ranks(&mut sql);
        // As an expression, the place is no matter for an index: in a plan that is made for all values, the planner takes any
        // two places for close to each other, and would read the primary key between them, which is all of it.
        let text = format!(
            "WITH matching AS MATERIALIZED
                (SELECT seq FROM search_texts
                 WHERE places && ARRAY[{reaches}] {project} AND tokens @@ {matching} AND seq + 0 BETWEEN {from} AND {to}),
             newest AS MATERIALIZED (SELECT seq FROM matching ORDER BY seq DESC LIMIT {limit})
             SELECT seq, {ranks} FROM newest JOIN search_texts USING (seq) ORDER BY seq DESC"
        );
        self.matches(sql.statement(text)).await
    }

    fn ranks(&self, sql: &mut Sql) -> String {
        let phrase = match &self.look.query.phrase {
            Some(phrase) => format!("tokens @@ {}", sql.query(std::slice::from_ref(phrase))),
            None => "FALSE".to_owned(),
        };
        let whole = match &self.look.query.whole {
            Some(whole) => format!("tokens @@ {}", sql.query(whole)),
            None => "TRUE".to_owned(),
        };
        format!("{phrase}, {whole}")
    }

    async fn matches(&self, statement: Statement) -> Result<Vec<Match>, DbErr> {
        let rows = self.db.query_all_raw(statement).await?;
        let matched = |row: &QueryResult| {
            Ok(Match {
                seq: seq(row)?,
                phrase: row.try_get_by_index(1)?,
                whole: row.try_get_by_index(2)?,
            })
        };
        rows.iter().map(matched).collect()
    }
}

fn count_of(found: &[Match]) -> i64 {
    i64::try_from(found.len()).unwrap_or(i64::MAX)
}
