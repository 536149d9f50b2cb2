//! Every cell of the table.

use serde_json::Value;

use super::cast::{Cast, Rows};
use super::rules::{Who, Whose, expected, is_open_ai};
use super::table::{Route, TABLE};
use crate::both;
use crate::support::{Answer, Kind};

/// A path or body with the ids of a cell in it.
fn filled(text: &str, cast: &Cast, rows: &Rows, whose: Whose) -> String {
    let team = match whose {
        Whose::Shared => Some(&cast.team),
        Whose::ForeignTeam => Some(&cast.noras_team),
        Whose::Unknown => Some(&rows.team),
        _ => None,
    };
    let in_query = text.starts_with('/');
    let team = match (team, in_query) {
        (Some(team), true) => format!("teamId={team}"),
        (Some(team), false) => format!("\"{team}\""),
        (None, true) => String::new(),
        (None, false) => "null".to_owned(),
    };
    [
        ("{thread}", rows.thread.as_str()),
        ("{message}", &rows.message),
        ("{answer}", &rows.answer),
        ("{project}", &rows.project),
        ("{document}", &rows.document),
        ("{template}", &rows.template),
        ("{key}", &rows.key),
        ("{user}", &rows.user),
        ("{teamId}", &team),
        ("{team}", &rows.team),
        ("{member}", cast.wren()),
        ("{invite}", &rows.invite),
        ("{token}", &rows.token),
        ("{model}", "builtin"),
        ("{unique}", &domain::clock::new_id()),
    ]
    .iter()
    .fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
}

async fn ask(cast: &Cast, route: &Route, who: Who, rows: &Rows, whose: Whose) -> Answer {
    let bearer = match (route.path, who) {
        ("/api/auth/logout", Who::Anonymous | Who::Suspended) => cast.bearer(who).to_owned(),
        ("/api/auth/logout", _) if !cast.bearer(who).starts_with("sk-") => cast.another_session(who).await,
        _ => cast.bearer(who).to_owned(),
    };
    let path = filled(route.path, cast, rows, whose);
    let body = filled(route.body, cast, rows, whose);
    let body: Option<Value> = (!body.is_empty()).then(|| serde_json::from_str(&body).unwrap());
    cast.app.call(route.method, &path, &bearer, body).await
}

/// Whether an error has the shape of its dialect.
fn is_shaped(path: &str, json: &Value) -> bool {
    if is_open_ai(path) {
        json["error"]["message"].is_string() && json["error"]["type"].is_string()
    } else if path.starts_with("/api/v1/") {
        json["error"].is_string()
    } else {
        json["error"].is_string() && json["code"].is_string() && json["requestId"].is_string()
    }
}

/// An answer without what differs between any two.
fn plain(answer: &Answer) -> Value {
    let mut json = answer.json();
    json["requestId"].take();
    // It repeats the name that was asked for.
    if json["error"]["code"] == "model_not_found" {
        json["error"]["message"].take();
    }
    json
}

both!(every_cell_is_as_the_rules_say, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let mut wrong = Vec::new();
    for route in TABLE {
        for who in Who::ALL {
            let mut not_there: Vec<(Whose, Value)> = Vec::new();
            for whose in route.rule.rows() {
                let rows = cast.rows(who, *whose, &format!("{}{}", route.path, route.body)).await;
                let reads = route.method == "GET";
                let before = if reads { Vec::new() } else { cast.state(&rows).await };
                let answer = ask(&cast, route, who, &rows, *whose).await;
                let expected = expected(route, who, *whose);
                let what = format!("{} {} {} as {who:?} of {whose:?}", route.method, route.path, route.body);
                let status = answer.status.as_u16();
                if status != expected {
                    wrong.push(format!("{what}: {status} instead of {expected}: {}", answer.text));
                    continue;
                }
                if expected >= 400 {
                    let json = answer.json();
                    let shaped = is_shaped(route.path, &json);
                    if !shaped {
                        wrong.push(format!("{what}: {}", answer.text));
                    }
                    if !reads && cast.state(&rows).await != before {
                        wrong.push(format!("{what}: was refused, and changed something"));
                    }
                }
                if expected == 404 {
                    not_there.push((*whose, plain(&answer)));
                }
            }
            // What is somebody else's looks like what is nobody's.
            for (whose, json) in &not_there {
                let unknown = &not_there[not_there.len() - 1];
                if *json != unknown.1 {
                    wrong.push(format!(
                        "{} {} as {who:?}: {whose:?} is told from {:?}: {json} and {}",
                        route.method, route.path, unknown.0, unknown.1
                    ));
                }
            }
            if route.path.contains("/teams") || route.path.contains("/invites") {
                cast.tidy().await;
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
});

/// Where nobody in particular may come in.
const OPEN: [&str; 6] = [
    "/api/auth/login",
    "/api/auth/register",
    "/api/docs",
    "/api/health",
    "/api/openapi.json",
    "/api/ping",
];

#[test]
fn nobody_comes_in_but_at_a_few_doors() {
    for route in TABLE {
        for whose in route.rule.rows() {
            let status = expected(route, Who::Anonymous, *whose);
            assert_eq!(
                !matches!(status, 401 | 403),
                OPEN.contains(&route.path),
                "{} {}",
                route.method,
                route.path
            );
        }
    }
}
