//! A team is never without an owner.

use entity::team_members::TeamRole;
use futures::future::join_all;
use serde_json::json;

use super::Cast;
use crate::both;
use crate::support::rows::number;
use crate::support::{Kind, TestApp, User};

const LAST: &str = "This is the team's last owner. Make another member an owner first, or archive the team.";

both!(the_last_owner_stays_one, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let own = cast.member_path(&cast.owner);
    let refused = async || {
        for role in ["admin", "member", "viewer"] {
            cast.patch(&own, &cast.owner, json!({ "role": role }))
                .await
                .refused(409, "conflict", LAST);
        }
        cast.delete(&own, &cast.owner).await.refused(409, "conflict", LAST);
        cast.app
            .post(&cast.path("/leave"), &cast.owner.token, json!({}))
            .await
            .refused(409, "conflict", LAST);
    };
    refused().await;
    // Being an owner still is no change.
    cast.patch(&own, &cast.owner, json!({ "role": "owner" }))
        .await
        .expect(200);
    let second = cast.member_path(&cast.member);
    cast.patch(&second, &cast.owner, json!({ "role": "owner" }))
        .await
        .expect(200);
    // One who is suspended can look after nothing.
    let account = format!("/api/admin/users/{}", cast.member.id);
    let suspend = async |suspended: bool| {
        cast.patch(&account, &cast.root, json!({ "suspended": suspended }))
            .await
            .expect(200);
    };
    suspend(true).await;
    refused().await;
    suspend(false).await;
    cast.patch(&own, &cast.owner, json!({ "role": "viewer" }))
        .await
        .expect(200);
    // Now the other one is the last.
    cast.delete(&second, &cast.member).await.refused(409, "conflict", LAST);
    assert_eq!(cast.roles().await["owner"], "viewer");
});

/// Two owners of a team, of whom each is in the other's way.
async fn two_owners(app: &TestApp, one: &User, other: &User) -> String {
    let team = app.team(one, "Studio").await;
    app.join(one, &team, other, TeamRole::Owner).await;
    team
}

both!(of_two_owners_who_go_at_once_one_stays, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (one, other) = (app.user("one").await, app.user("other").await);
    let db = app.database.connect().await;
    let member = |team: &str, user: &User| format!("/api/teams/{team}/members/{}", user.id);
    for round in 0..8 {
        for way in [
            "leave",
            "step down",
            "remove the other",
            "demote the other",
            "both ways",
        ] {
            let team = two_owners(&app, &one, &other).await;
            let go = |who: &User, them: &User, way: &str| {
                let (method, path, body) = match way {
                    "leave" => ("POST", format!("/api/teams/{team}/leave"), json!({})),
                    "step down" => ("PATCH", member(&team, who), json!({ "role": "viewer" })),
                    "remove the other" => ("DELETE", member(&team, them), json!({})),
                    _ => ("PATCH", member(&team, them), json!({ "role": "member" })),
                };
                (method, path, body, who.token.clone())
            };
            let ways = if way == "both ways" {
                ["leave", "remove the other"]
            } else {
                [way, way]
            };
            let calls = [go(&one, &other, ways[0]), go(&other, &one, ways[1])];
            let answers = join_all(
                calls
                    .iter()
                    .map(|(method, path, body, token)| app.call(method, path, token, Some(body.clone()))),
            )
            .await;
            let went = answers.iter().filter(|answer| answer.status.is_success()).count();
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
            assert_eq!(went, 1, "{way}, round {round}: {statuses:?}");
            // Too late is who is the last one now, or is an owner, or even a member, no more.
            let late = statuses.iter().find(|status| **status >= 300);
            assert!(
                late.is_some_and(|status| [403, 404, 409].contains(status)),
                "{way}: {statuses:?}"
            );
            let owners = format!("SELECT COUNT(*) FROM team_members WHERE team_id = '{team}' AND role = 'owner'");
            assert_eq!(number(&db, &owners).await, 1, "{way}, round {round}");
            sea_orm::ConnectionTrait::execute_unprepared(app.core.db.write(), "DELETE FROM teams")
                .await
                .unwrap();
        }
    }
});
