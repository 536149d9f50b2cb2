//! The table: a line for each route. To cover a new one, write its line.
//!
//! In a path and in a body, `{thread}`, `{message}`, `{answer}`, `{project}`, `{document}`, `{template}`, `{key}`, `{user}`, `{team}`,
//! `{member}`, `{invite}` and `{token}` are ids of rows of whoever the cell is about, `{teamId}` the team a list or a new
//! row is asked for (`null`, or nothing in a query, for none), and `{unique}` is another text each time.

use std::collections::BTreeSet;

use super::rules::{Act, Rule};

pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// JSON; none when empty.
    pub(super) body: &'static str,
    pub(super) rule: Rule,
    /// The status for who may.
    pub(super) good: u16,
}

const fn row(method: &'static str, path: &'static str, body: &'static str, rule: Rule, good: u16) -> Route {
    Route {
        method,
        path,
        body,
        rule,
        good,
    }
}

use Rule::{
    Account, Admin, Anyone, Create, Import, Invitation, Keys, KeysCreate, List, Manage, OwnKey, Person, Public,
    Settings, Team, Thing, Workspace,
};

pub(super) const TABLE: &[Route] = &[
    // Without any credential.
    row("GET", "/api/health", "", Public, 200),
    row("GET", "/api/openapi.json", "", Public, 200),
    row("GET", "/api/docs", "", Public, 200),
    row("GET", "/api/ping", "", Public, 200),
    row(
        "POST",
        "/api/auth/register",
        r#"{"email":"{unique}@example.com","password":"correct horse"}"#,
        Public,
        201,
    ),
    row(
        "POST",
        "/api/auth/login",
        r#"{"email":"nora@example.com","password":"correct horse"}"#,
        Public,
        200,
    ),
    // A person and their account.
    row("POST", "/api/auth/logout", "", Account, 204),
    row("GET", "/api/auth/me", "", Account, 200),
    // With the wrong password, so that everybody is still there afterwards.
    row(
        "DELETE",
        "/api/auth/me",
        r#"{"password":"wrong horse","confirmation":"delete my account"}"#,
        Account,
        400,
    ),
    row("GET", "/api/api-keys", "", Account, 200),
    row("GET", "/api/api-keys/access", "", Account, 200),
    row(
        "POST",
        "/api/api-keys",
        r#"{"name":"CLI","teamId":{teamId}}"#,
        List,
        201,
    ),
    row("PATCH", "/api/api-keys/{key}", r#"{"name":"New"}"#, OwnKey, 200),
    row("DELETE", "/api/api-keys/{key}", "", OwnKey, 200),
    row("GET", "/api/user/settings", "", Settings, 200),
    row("PATCH", "/api/user/settings", r#"{"settings":{}}"#, Settings, 200),
    row("GET", "/api/user/usage", "", Anyone, 200),
    // The instance.
    row("GET", "/api/models", "", Anyone, 200),
    row("GET", "/api/admin/users", "", Admin, 200),
    row("GET", "/api/admin/stats", "", Admin, 200),
    row("PATCH", "/api/admin/users/{user}", "{}", Manage, 200),
    // Teams.
    row("GET", "/api/teams", "", Person, 200),
    row("POST", "/api/teams", r#"{"name":"New"}"#, Person, 201),
    row("GET", "/api/teams/{team}", "", Team(Act::Read), 200),
    row(
        "PATCH",
        "/api/teams/{team}",
        r#"{"name":"New"}"#,
        Team(Act::Manage),
        200,
    ),
    row("DELETE", "/api/teams/{team}", "", Team(Act::Rule), 204),
    row("GET", "/api/teams/{team}/members", "", Team(Act::Read), 200),
    row(
        "PATCH",
        "/api/teams/{team}/members/{member}",
        r#"{"role":"viewer"}"#,
        Team(Act::Manage),
        200,
    ),
    row(
        "DELETE",
        "/api/teams/{team}/members/{member}",
        "",
        Team(Act::Manage),
        204,
    ),
    row("POST", "/api/teams/{team}/leave", "", Team(Act::Read), 204),
    row(
        "POST",
        "/api/teams/{team}/invites",
        r#"{"role":"viewer"}"#,
        Team(Act::Manage),
        201,
    ),
    row(
        "DELETE",
        "/api/teams/{team}/invites/{invite}",
        "",
        Team(Act::Manage),
        204,
    ),
    row("GET", "/api/invites/{token}", "", Invitation, 200),
    row("POST", "/api/invites/{token}/accept", "", Invitation, 200),
    // Projects and templates.
    row("GET", "/api/projects?{teamId}", "", List, 200),
    row(
        "POST",
        "/api/projects",
        r#"{"name":"New","teamId":{teamId}}"#,
        Create,
        201,
    ),
    row("GET", "/api/projects/{project}", "", Thing(Act::Read), 200),
    row(
        "PATCH",
        "/api/projects/{project}",
        r#"{"name":"New"}"#,
        Thing(Act::Write),
        200,
    ),
    row("DELETE", "/api/projects/{project}", "", Thing(Act::MakerOrManager), 204),
    row("GET", "/api/documents?projectId={project}", "", Thing(Act::Read), 200),
    // No form, so that nothing is written; who may write into which project has a test of its own.
    row("POST", "/api/documents", "{}", Anyone, 415),
    row("GET", "/api/documents/{document}", "", Thing(Act::Read), 200),
    row("GET", "/api/documents/{document}/passages", "", Thing(Act::Read), 200),
    row("DELETE", "/api/documents/{document}", "", Thing(Act::Write), 204),
    row("GET", "/api/templates?{teamId}", "", List, 200),
    row(
        "POST",
        "/api/templates",
        r#"{"name":"New","prompt":"Say {{it}}","teamId":{teamId}}"#,
        Create,
        201,
    ),
    row(
        "PATCH",
        "/api/templates/{template}",
        r#"{"name":"New"}"#,
        Thing(Act::Write),
        200,
    ),
    row("DELETE", "/api/templates/{template}", "", Thing(Act::Write), 204),
    // Threads and what is in them.
    row("GET", "/api/threads?{teamId}", "", List, 200),
    row(
        "POST",
        "/api/threads",
        r#"{"title":"New","teamId":{teamId}}"#,
        Create,
        201,
    ),
    row("GET", "/api/threads/{thread}", "", Thing(Act::Read), 200),
    row(
        "PATCH",
        "/api/threads/{thread}",
        r#"{"title":"New"}"#,
        Thing(Act::Write),
        200,
    ),
    row(
        "PATCH",
        "/api/threads/{thread}",
        r#"{"visibility":"private"}"#,
        Thing(Act::Maker),
        200,
    ),
    row("DELETE", "/api/threads/{thread}", "", Thing(Act::Maker), 204),
    row("GET", "/api/threads/{thread}/messages", "", Thing(Act::Read), 200),
    row(
        "DELETE",
        "/api/threads/{thread}/messages/{message}",
        "",
        Thing(Act::Maker),
        204,
    ),
    row(
        "POST",
        "/api/chat",
        r#"{"content":"Hi","stream":false,"teamId":{teamId}}"#,
        Create,
        200,
    ),
    row(
        "POST",
        "/api/chat",
        r#"{"content":"Hi","stream":false,"threadId":"{thread}"}"#,
        Thing(Act::Write),
        200,
    ),
    row(
        "POST",
        "/api/chat",
        r#"{"content":"Hi","stream":false,"replaces":"{message}"}"#,
        Thing(Act::Own),
        200,
    ),
    row("GET", "/api/chat/{answer}/stream", "", Thing(Act::Read), 200),
    row("POST", "/api/chat/{answer}/stop", "", Thing(Act::Write), 200),
    row(
        "POST",
        "/api/chat/{answer}/regenerate",
        r#"{"stream":false}"#,
        Thing(Act::Own),
        200,
    ),
    row(
        "POST",
        "/api/chat/{answer}/feedback",
        r#"{"type":"up"}"#,
        Thing(Act::Write),
        204,
    ),
    row("GET", "/api/search?q=hello&{teamId}", "", List, 200),
    row(
        "GET",
        "/api/search?q=hello&threadId={thread}",
        "",
        Thing(Act::Read),
        200,
    ),
    row(
        "GET",
        "/api/search?q=hello&projectId={project}",
        "",
        Thing(Act::Read),
        200,
    ),
    row("GET", "/api/export", "", Anyone, 200),
    // A file that holds nothing that is known, so that nothing is written.
    row("POST", "/api/import", r#"{"nothing":"known"}"#, Import, 400),
    row("GET", "/api/export/{thread}", "", Thing(Act::Read), 200),
    row("GET", "/api/export/{thread}?format=markdown", "", Thing(Act::Read), 200),
    // The workspace dialect: a project's slug is its id here.
    row("GET", "/api/v1/auth", "", Keys, 200),
    row("GET", "/api/v1/workspaces", "", Keys, 200),
    row("POST", "/api/v1/workspace/new", r#"{"name":"New"}"#, KeysCreate, 200),
    row("GET", "/api/v1/workspace/{project}", "", Workspace(Act::Read, 200), 200),
    row(
        "POST",
        "/api/v1/workspace/{project}/update",
        r#"{"name":"New"}"#,
        Workspace(Act::Write, 400),
        200,
    ),
    row(
        "DELETE",
        "/api/v1/workspace/{project}",
        "",
        Workspace(Act::MakerOrManager, 400),
        200,
    ),
    row(
        "GET",
        "/api/v1/workspace/{project}/chats",
        "",
        Workspace(Act::Read, 400),
        200,
    ),
    row(
        "POST",
        "/api/v1/workspace/{project}/chat",
        r#"{"message":"Hi"}"#,
        Workspace(Act::Write, 400),
        200,
    ),
    row(
        "POST",
        "/api/v1/workspace/{project}/stream-chat",
        r#"{"message":"Hi"}"#,
        Workspace(Act::Write, 400),
        200,
    ),
    row(
        "POST",
        "/api/v1/workspace/{project}/thread/new",
        r#"{"name":"New"}"#,
        Workspace(Act::Write, 400),
        200,
    ),
    row(
        "POST",
        "/api/v1/workspace/{project}/thread/{thread}/update",
        r#"{"name":"New"}"#,
        Workspace(Act::Own, 400),
        200,
    ),
    row(
        "DELETE",
        "/api/v1/workspace/{project}/thread/{thread}",
        "",
        Workspace(Act::Own, 400),
        200,
    ),
    row(
        "GET",
        "/api/v1/workspace/{project}/thread/{thread}/chats",
        "",
        Workspace(Act::OwnToRead, 400),
        200,
    ),
    row(
        "POST",
        "/api/v1/workspace/{project}/thread/{thread}/chat",
        r#"{"message":"Hi"}"#,
        Workspace(Act::Own, 400),
        200,
    ),
    row(
        "POST",
        "/api/v1/workspace/{project}/thread/{thread}/stream-chat",
        r#"{"message":"Hi"}"#,
        Workspace(Act::Own, 400),
        200,
    ),
    // The OpenAI dialect.
    row("GET", "/v1/models", "", Keys, 200),
    row("GET", "/v1/models/{model}", "", Keys, 200),
    row(
        "POST",
        "/v1/chat/completions",
        r#"{"model":"builtin","messages":[{"role":"user","content":"Hi"}]}"#,
        KeysCreate,
        200,
    ),
    row(
        "POST",
        "/v1/chat/completions",
        r#"{"model":"builtin","messages":[{"role":"user","content":"Hi"}],"metadata":{"thread_id":"{thread}"}}"#,
        Workspace(Act::Write, 404),
        200,
    ),
    row("GET", "/api/v1/openai/models", "", Keys, 200),
    row(
        "GET",
        "/api/v1/openai/models/{project}",
        "",
        Workspace(Act::Read, 404),
        200,
    ),
    row(
        "POST",
        "/api/v1/openai/chat/completions",
        r#"{"model":"{project}","messages":[{"role":"user","content":"Hi"}]}"#,
        Workspace(Act::Write, 404),
        200,
    ),
];

/// A path without the names of its parameters and without a query, by which two lists of routes can be compared.
pub(super) fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let segment = |segment: &str| {
        if segment.starts_with('{') {
            "{}".to_owned()
        } else {
            segment.to_owned()
        }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Method and shape of every route that has a line.
pub(super) fn covered() -> BTreeSet<(String, String)> {
    TABLE
        .iter()
        .map(|route| (route.method.to_owned(), shape(route.path)))
        .collect()
}
