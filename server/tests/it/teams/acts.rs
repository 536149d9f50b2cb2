//! What each role may do, through the routes: one table.

use entity::team_members::TeamRole;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::Cast;
use crate::both;
use crate::support::Kind;
use crate::support::rows::texts;

/// Who tries, in the order of the columns below.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Owner,
    Admin,
    Member,
    Viewer,
    /// In no team.
    Stranger,
    /// The administrator of the instance, who is in no team either.
    Root,
    Nobody,
    /// A personal key of the owner.
    Key,
    /// The owner's key of this very team.
    TeamKey,
}

const WHO: [Who; 9] = [
    Who::Owner,
    Who::Admin,
    Who::Member,
    Who::Viewer,
    Who::Stranger,
    Who::Root,
    Who::Nobody,
    Who::Key,
    Who::TeamKey,
];

/// In the team there are beside the four: Olga, a second owner; Anna, a second administrator; Tom, a second member.
/// `{invite}` is an open invitation, `{me}` whoever tries.
type Act = (&'static str, &'static str, fn() -> Value, [u16; 9]);

const ACTS: &[Act] = &[
    // method, path, body, [owner, admin, member, viewer, stranger, root, nobody, key, team key]
    ("GET", "", || Value::Null, [200, 200, 200, 200, 404, 404, 401, 403, 403]),
    (
        "GET",
        "/members",
        || Value::Null,
        [200, 200, 200, 200, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "",
        || json!({ "name": "New" }),
        [200, 200, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "",
        || json!({ "context": "New" }),
        [200, 200, 403, 403, 404, 404, 401, 403, 403],
    ),
    ("PATCH", "", || json!({}), [200, 200, 403, 403, 404, 404, 401, 403, 403]),
    (
        "DELETE",
        "",
        || Value::Null,
        [204, 403, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{tom}",
        || role("viewer"),
        [200, 200, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{tom}",
        || role("admin"),
        [200, 200, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{tom}",
        || role("owner"),
        [200, 403, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{anna}",
        || role("viewer"),
        [200, 200, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{olga}",
        || role("admin"),
        [200, 403, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{olga}",
        || role("owner"),
        [200, 403, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{me}",
        || role("viewer"),
        [200, 200, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/{nora}",
        || role("member"),
        [404, 404, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "PATCH",
        "/members/x",
        || role("member"),
        [404, 404, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/members/{tom}",
        || Value::Null,
        [204, 204, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/members/{anna}",
        || Value::Null,
        [204, 204, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/members/{olga}",
        || Value::Null,
        [204, 403, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/members/{me}",
        || Value::Null,
        [204, 204, 204, 204, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/members/{nora}",
        || Value::Null,
        [404, 404, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "POST",
        "/leave",
        || json!({}),
        [204, 204, 204, 204, 404, 404, 401, 403, 403],
    ),
    (
        "POST",
        "/invites",
        || role("viewer"),
        [201, 201, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "POST",
        "/invites",
        || role("admin"),
        [201, 201, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "POST",
        "/invites",
        || role("owner"),
        [201, 403, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/invites/{invite}",
        || Value::Null,
        [204, 204, 403, 403, 404, 404, 401, 403, 403],
    ),
    (
        "DELETE",
        "/invites/x",
        || Value::Null,
        [404, 404, 403, 403, 404, 404, 401, 403, 403],
    ),
];

fn role(role: &str) -> Value {
    json!({ "role": role })
}

/// Everything there is about teams, to see that a refusal changed nothing.
async fn state(cast: &Cast) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT id || name || context || updated_at || coalesce(archived_at, '') FROM teams ORDER BY 1",
        "SELECT team_id || user_id || role FROM team_members ORDER BY 1",
        "SELECT id || coalesce(accepted_at, '') || coalesce(revoked_at, '') FROM team_invites ORDER BY 1",
        "SELECT id FROM audit_log WHERE action LIKE 'team.%' ORDER BY 1",
    ] {
        all.extend(texts(cast.app.core.db.read(), sql).await);
    }
    all
}

both!(each_role_may_do_what_the_table_says, async |kind: Kind| {
    let mut cast = Cast::make(kind).await;
    let (tom, anna, olga) = (
        cast.app.user("tom").await,
        cast.app.user("anna").await,
        cast.app.user("olga").await,
    );
    let key = cast.app.key(&cast.owner, json!({ "name": "CLI" })).await.secret;
    for (method, path, body, expected) in ACTS {
        for (who, expected) in WHO.into_iter().zip(expected) {
            cast.app
                .core
                .db
                .write()
                .execute_unprepared("DELETE FROM teams")
                .await
                .unwrap();
            cast.team = cast.app.team(&cast.owner, "Studio").await;
            cast.join_all(&cast.team).await;
            for (user, role) in [
                (&tom, TeamRole::Member),
                (&anna, TeamRole::Admin),
                (&olga, TeamRole::Owner),
            ] {
                cast.app.join(&cast.owner, &cast.team, user, role).await;
            }
            let invite = if path.contains("{invite}") {
                cast.invite(&olga, role("member")).await["id"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            } else {
                String::new()
            };
            let (me, bearer) = match who {
                Who::Owner | Who::Nobody => (&cast.owner, cast.owner.token.clone()),
                Who::Admin => (&cast.admin, cast.admin.token.clone()),
                Who::Member => (&cast.member, cast.member.token.clone()),
                Who::Viewer => (&cast.viewer, cast.viewer.token.clone()),
                Who::Stranger => (&cast.nora, cast.nora.token.clone()),
                Who::Root => (&cast.root, cast.root.token.clone()),
                Who::Key => (&cast.owner, key.clone()),
                Who::TeamKey => {
                    let body = json!({ "name": "Team CLI", "teamId": cast.team });
                    (&cast.owner, cast.app.key(&cast.owner, body).await.secret)
                }
            };
            let bearer = if who == Who::Nobody { String::new() } else { bearer };
            let path = [
                ("{tom}", &tom.id),
                ("{anna}", &anna.id),
                ("{olga}", &olga.id),
                ("{nora}", &cast.nora.id),
                ("{me}", &me.id),
                ("{invite}", &invite),
            ]
            .iter()
            .fold((*path).to_owned(), |path, (name, id)| path.replace(name, id));
            let before = state(&cast).await;
            let body = Some(body()).filter(|body| !body.is_null());
            let answer = cast.app.call(method, &cast.path(&path), &bearer, body.clone()).await;
            let what = format!("{method} {path} {body:?} as {who:?}: {}", answer.text);
            assert_eq!(answer.status.as_u16(), *expected, "{what}");
            if *expected >= 400 {
                assert_eq!(state(&cast).await, before, "{what}");
            }
            match (expected, who) {
                (403, Who::Key | Who::TeamKey) => {
                    assert_eq!(answer.error(), "API keys cannot do this. Sign in instead.", "{what}");
                }
                (403, _) => {
                    let error = answer.error();
                    assert!(error.starts_with("Only owners"), "{what}");
                }
                (404, Who::Stranger | Who::Root) => assert_eq!(answer.error(), "Team not found", "{what}"),
                _ => {}
            }
        }
    }
});

both!(a_team_that_is_not_there_is_a_foreign_one, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let archived = cast.app.team(&cast.nora, "Old").await;
    cast.app.archive(&cast.nora, &archived).await;
    let unknown = domain::clock::new_id();
    for team in [cast.team.as_str(), &archived, &unknown, "x", "%00", "'--"] {
        for (method, rest, body) in [
            ("GET", "", Value::Null),
            ("PATCH", "", json!({ "name": "Mine" })),
            ("DELETE", "", Value::Null),
            ("GET", "/members", Value::Null),
            ("PATCH", &format!("/members/{}", cast.nora.id), role("owner")),
            ("DELETE", &format!("/members/{}", cast.nora.id), Value::Null),
            ("POST", "/leave", json!({})),
            ("POST", "/invites", role("member")),
            ("DELETE", "/invites/x", Value::Null),
        ] {
            let body = Some(body).filter(|body| !body.is_null());
            cast.app
                .call(method, &format!("/api/teams/{team}{rest}"), &cast.nora.token, body)
                .await
                .refused(404, "not_found", "Team not found");
        }
    }
});

both!(what_lies_in_the_team_follows_the_same_roles, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let list = format!("/api/threads?teamId={}", cast.team);
    for (user, reads, writes) in [
        (&cast.owner, 200, 201),
        (&cast.admin, 200, 201),
        (&cast.member, 200, 201),
        (&cast.viewer, 200, 403),
        (&cast.nora, 403, 403),
        (&cast.root, 403, 403),
    ] {
        cast.app.get(&list, &user.token).await.expect(reads);
        let cookie = cast
            .app
            .request(reqwest::Method::GET, &list)
            .header("cookie", &user.cookie);
        crate::support::send(cookie).await.expect(reads);
        let body = json!({ "teamId": cast.team });
        cast.app.post("/api/threads", &user.token, body).await.expect(writes);
    }
});
