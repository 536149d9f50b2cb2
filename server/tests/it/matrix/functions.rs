//! Server functions: for people, each of them, and with the same 404 for what is foreign and what is unknown.

use std::collections::BTreeSet;

use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};

use super::cast::{Cast, Rows};
use super::rules::{Who, Whose};
use crate::both;
use crate::support::{Answer, Kind, send};

/// What nobody has to be signed in for.
const OPEN: [&str; 4] = ["current_visitor", "sign_in", "sign_out", "sign_up"];

/// All others, with arguments that would do something.
fn functions(rows: &Rows) -> Vec<(&'static str, Value)> {
    [
        of_chats(rows),
        of_projects_and_templates(rows),
        of_teams(rows),
        of_people(rows),
    ]
    .concat()
}

fn of_chats(rows: &Rows) -> Vec<(&'static str, Value)> {
    let Rows {
        thread,
        message,
        answer,
        ..
    } = rows;
    vec![
        ("say", json!({ "content": "Hi", "thread_id": thread })),
        ("stop_answer", json!({ "id": answer })),
        ("regenerate", json!({ "id": answer, "model": null })),
        ("rate", json!({ "id": answer, "feedback": "up" })),
        ("message_text", json!({ "id": message })),
        ("message_details", json!({ "id": answer })),
        ("sidebar", json!({ "team_id": null, "cursor": null })),
        ("archived_threads", json!({ "team_id": null, "cursor": null })),
        ("open_thread", json!({ "id": thread })),
        ("find_message", json!({ "thread_id": thread, "id": message })),
        ("older_messages", json!({ "id": thread, "cursor": "" })),
        ("change_thread", json!({ "id": thread, "change": { "title": "Taken" } })),
        ("delete_thread", json!({ "id": thread })),
        ("restore_thread", json!({ "id": thread })),
        ("mark_read", json!({ "id": thread })),
        ("archive_all", json!({})),
        ("delete_all", json!({ "confirmation": "delete all chats" })),
        ("search_messages", json!({ "q": "hello", "team_id": null })),
    ]
}

fn of_projects_and_templates(rows: &Rows) -> Vec<(&'static str, Value)> {
    let Rows {
        project,
        document,
        template,
        ..
    } = rows;
    vec![
        ("project_rows", json!({ "team_id": null, "cursor": null })),
        ("project_row", json!({ "id": project })),
        ("open_project", json!({ "id": project })),
        ("project_threads", json!({ "id": project, "cursor": null })),
        ("project_documents", json!({ "project_id": project, "cursor": null })),
        ("document_passages", json!({ "id": document, "cursor": null })),
        ("delete_document", json!({ "id": document })),
        ("create_project", json!({ "project": { "name": "New" } })),
        (
            "change_project",
            json!({ "id": project, "change": { "name": "Taken" } }),
        ),
        ("delete_project", json!({ "id": project })),
        ("my_templates", json!({ "q": "" })),
        ("more_templates", json!({ "team_id": null, "cursor": "" })),
        ("choose_template", json!({ "team_id": null, "q": "" })),
        ("suggested_templates", json!({ "team_id": null })),
        ("open_template", json!({ "id": template })),
        (
            "create_template",
            json!({ "name": "New", "prompt": "New", "team_id": null }),
        ),
        (
            "change_template",
            json!({ "id": template, "name": "Taken", "prompt": "Taken" }),
        ),
        ("delete_template", json!({ "id": template })),
    ]
}

fn of_teams(rows: &Rows) -> Vec<(&'static str, Value)> {
    let Rows {
        user,
        team,
        invite,
        token,
        ..
    } = rows;
    vec![
        ("my_teams", json!({ "cursor": null })),
        ("open_team", json!({ "id": team })),
        ("create_team", json!({ "name": "New" })),
        ("change_team", json!({ "id": team, "change": { "name": "Taken" } })),
        ("archive_team", json!({ "id": team })),
        ("leave_team", json!({ "id": team })),
        ("team_members", json!({ "id": team, "cursor": null })),
        (
            "change_member",
            json!({ "id": team, "user_id": user, "role": "viewer" }),
        ),
        ("remove_member", json!({ "id": team, "user_id": user })),
        ("invite_to_team", json!({ "id": team, "role": "viewer", "email": null })),
        ("revoke_invite", json!({ "id": team, "invite_id": invite })),
        ("read_invitation", json!({ "token": token })),
        ("accept_invitation", json!({ "token": token })),
    ]
}

/// Accounts, keys, and the instance.
fn of_people(rows: &Rows) -> Vec<(&'static str, Value)> {
    let Rows { key, user, .. } = rows;
    let confirmed = json!({ "password": "wrong horse", "confirmation": "delete my account" });
    vec![
        ("my_settings", json!({})),
        ("longest_import", json!({})),
        (
            "save_settings",
            json!({ "change": { "settings": { "role": "Taken" } } }),
        ),
        ("my_sessions", json!({})),
        ("end_session", json!({ "id": user })),
        ("end_other_sessions", json!({})),
        (
            "change_password",
            json!({ "current": "wrong horse", "new": "battery staple" }),
        ),
        (
            "change_email",
            json!({ "password": "wrong horse", "email": "x@example.com" }),
        ),
        ("delete_account", confirmed),
        ("my_usage", json!({ "group_by": "day" })),
        ("keys_page", json!({})),
        (
            "create_key",
            json!({ "name": "Taken", "team_id": null, "expires_at": null }),
        ),
        ("rename_key", json!({ "id": key, "name": "Taken" })),
        ("revoke_key", json!({ "id": key })),
        ("open_admin", json!({})),
        ("find_users", json!({ "q": "", "cursor": null })),
        ("manage_user", json!({ "id": user, "change": {} })),
        ("recent_audit", json!({ "cursor": null })),
    ]
}

const NAMES: &str = "{thread}{message}{answer}{project}{document}{template}{key}{team}{token}";

fn plain(answer: &Answer) -> Value {
    let mut json = answer.json();
    if let Some(object) = json.as_object_mut() {
        object.remove("requestId");
    }
    json
}

/// A form, as the functions take it whose arguments are not JSON.
fn form(arguments: &Value) -> Vec<(String, String)> {
    let object = arguments.as_object().unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    object
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

async fn call(cast: &Cast, cookie: &str, bearer: Option<&str>, name: &str, arguments: &Value) -> Answer {
    let mut request = cast.app.function_request(cookie, name, arguments);
    if name == "say" {
        request = cast
            .app
            .request(reqwest::Method::POST, "/_fn/say")
            .header("cookie", cookie)
            .header("origin", cast.app.url(""))
            .form(&form(arguments));
    }
    if let Some(bearer) = bearer {
        request = request.bearer_auth(bearer);
    }
    send(request).await
}

both!(every_function_is_for_people, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let rows = cast.rows(Who::Member, Whose::Shared, NAMES).await;
    let all = functions(&rows);
    let known: BTreeSet<&str> = all.iter().map(|(name, _)| *name).chain(OPEN).collect();
    let there: BTreeSet<&str> = server_fn_paths()
        .map(|(path, _)| path.trim_start_matches("/_fn/"))
        .collect();
    assert_eq!(known, there, "every server function has a line");

    let before = cast.state(&rows).await;
    for (name, arguments) in &all {
        for cookie in ["", "latchkey_session=x", &cast.user(Who::Suspended).cookie] {
            let answer = call(&cast, cookie, None, name, arguments).await;
            assert_eq!(
                (answer.status.as_u16(), &plain(&answer)["code"]),
                (401, &json!("unauthenticated")),
                "{name}"
            );
        }
    }
    for (name, arguments) in all.iter().chain(&OPEN.map(|name| (name, json!({})))) {
        for who in [
            Who::Key,
            Who::TeamKey,
            Who::ViewersTeamKey,
            Who::RemovedTeamKey,
            Who::SuspendedKey,
            Who::RevokedKey,
            Who::ExpiredKey,
        ] {
            // A session beside it doesn't help.
            for cookie in ["", &cast.user(Who::Owner).cookie] {
                let answer = call(&cast, cookie, Some(cast.bearer(who)), name, arguments).await;
                let json = plain(&answer);
                assert_eq!(
                    (answer.status.as_u16(), &json["code"]),
                    (403, &json!("endpoint_not_allowed")),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(cast.state(&rows).await, before);
});

both!(what_is_foreign_to_a_function_is_unknown, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    for who in [Who::Other, Who::Removed, Who::Root] {
        let cookie = &cast.user(who).cookie;
        let nobodys = functions(&cast.rows(who, Whose::Unknown, NAMES).await);
        for whose in [Whose::Foreign, Whose::ForeignTeam, Whose::Private, Whose::Shared] {
            let rows = cast.rows(who, whose, NAMES).await;
            let before = cast.state(&rows).await;
            for ((name, foreign), (_, unknown)) in functions(&rows).iter().zip(&nobodys) {
                // Whoever has an invitation's link may use it; what names no row is not about any.
                if name.contains("invitation") || foreign == unknown {
                    continue;
                }
                // An account that is not there is not found by an administrator.
                if *name == "manage_user" && who == Who::Root {
                    continue;
                }
                let answers = (
                    call(&cast, cookie, None, name, foreign).await,
                    call(&cast, cookie, None, name, unknown).await,
                );
                let what = format!("{name} as {who:?} of {whose:?}: {}", answers.0.text);
                // Whether a message is there is answered, and what is foreign is not there.
                let status = if *name == "find_message" { 200 } else { 404 };
                assert_eq!(answers.0.status.as_u16(), status, "{what}");
                assert_eq!(answers.1.status.as_u16(), status, "{what}");
                assert_eq!(plain(&answers.0), plain(&answers.1), "{what}");
            }
            assert_eq!(cast.state(&rows).await, before, "{who:?} {whose:?}");
            cast.tidy().await;
        }
    }
});
