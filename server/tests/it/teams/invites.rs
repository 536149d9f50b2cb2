//! Invitations by link: shown once, good for a week, for one person, and no longer than whoever invites may.

use std::time::Duration;

use entity::team_members::TeamRole;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Cast, token};
use crate::both;
use crate::support::rows::{number, tables_with};
use crate::support::{Kind, User, send};

const NOT_FOUND: &str = "Invitation not found";

impl Cast {
    /// Whether somebody who tries finds this invitation, by looking and by accepting.
    async fn is_unknown(&self, who: &User, token: &str) {
        self.app
            .get(&format!("/api/invites/{token}"), &who.token)
            .await
            .refused(404, "not_found", NOT_FOUND);
        self.accept(who, token).await.refused(404, "not_found", NOT_FOUND);
    }

    async fn is_known(&self, who: &User, token: &str) {
        self.app
            .get(&format!("/api/invites/{token}"), &who.token)
            .await
            .expect(200);
    }
}

both!(a_link_is_shown_once_and_lets_one_person_in, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let invite = cast.invite(&cast.admin, json!({ "role": "member" })).await;
    let token = token(&invite);
    assert_eq!(token.len(), 43);
    let url = format!("{}/invite/{token}", cast.app.core.config.server.url());
    let (id, expires_at) = (&invite["id"], "2026-01-22T10:00:00.000Z");
    let expected = json!({
        "id": id, "token": token, "url": url, "role": "member", "email": null, "expiresAt": expires_at,
    });
    assert_eq!(invite, expected);
    assert_eq!(tables_with(&cast.app.database, token).await, [] as [&str; 0]);

    // Those who may invite see it without its token; the others see none.
    let open = json!([{
        "id": id, "role": "member", "email": null, "createdAt": "2026-01-15T10:00:00.000Z", "expiresAt": expires_at,
    }]);
    for (user, seen) in [
        (&cast.owner, open.clone()),
        (&cast.admin, open),
        (&cast.member, json!([])),
        (&cast.viewer, json!([])),
    ] {
        let team = cast.app.get(&cast.path(""), &user.token).await.expect(200).json();
        assert_eq!(team["team"]["invites"], seen);
    }

    // Who has it is told what it is to, and is in only by accepting.
    let path = format!("/api/invites/{token}");
    let shown = cast.app.get(&path, &cast.nora.token).await.expect(200).json();
    let told = json!({ "invite": { "teamName": "Studio", "role": "member", "expiresAt": expires_at } });
    assert_eq!(shown, told);
    cast.app.get(&cast.path(""), &cast.nora.token).await.expect(404);
    let joined = cast.accept(&cast.nora, token).await.expect(200).json();
    assert_eq!(
        (&joined["alreadyMember"], &joined["team"]["id"], &joined["team"]["role"]),
        (&json!(false), &json!(cast.team), &json!("member"))
    );
    assert_eq!(joined["team"]["members"].as_array().unwrap().len(), 5);
    assert_eq!(cast.roles().await["nora"], "member");
    cast.app
        .post("/api/threads", &cast.nora.token, json!({ "teamId": cast.team }))
        .await
        .expect(201);
    for who in [&cast.nora, &cast.root] {
        cast.is_unknown(who, token).await;
    }
    let team = cast.app.get(&cast.path(""), &cast.owner.token).await.expect(200).json();
    assert_eq!(team["team"]["invites"], json!([]));
    let path = cast.path(&format!("/invites/{}", id.as_str().unwrap()));
    cast.delete(&path, &cast.owner)
        .await
        .refused(404, "not_found", NOT_FOUND);
});

both!(
    only_people_who_are_signed_in_look_at_and_accept_it,
    async |kind: Kind| {
        let cast = Cast::make(kind).await;
        let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
        let path = format!("/api/invites/{}", token(&invite));
        let key = cast.app.key(&cast.nora, json!({ "name": "CLI" })).await;
        let of_team = cast
            .app
            .key(&cast.member, json!({ "name": "CLI", "teamId": cast.team }))
            .await;
        let sentence = "API keys cannot do this. Sign in instead.";
        for (method, path) in [
            ("GET", path.clone()),
            ("POST", format!("{path}/accept")),
            ("GET", "/api/teams".to_owned()),
            ("POST", "/api/teams".to_owned()),
        ] {
            let body = Some(json!({ "name": "X" })).filter(|_| method == "POST");
            cast.app.call(method, &path, "", body.clone()).await.refused(
                401,
                "unauthenticated",
                "You are not signed in",
            );
            for key in [&key, &of_team] {
                cast.app
                    .call(method, &path, &key.secret, body.clone())
                    .await
                    .refused(403, "forbidden", sentence);
            }
        }
        // With a cookie from another site nobody is made to join.
        let cookie = |origin: &str| {
            let request = cast.app.request(Method::POST, &format!("{path}/accept"));
            request
                .header("cookie", &cast.nora.cookie)
                .header("origin", origin.to_owned())
        };
        send(cookie("https://elsewhere.example"))
            .await
            .expect_error(403, "cross_origin");
        send(cookie(&cast.app.url(""))).await.expect(200);
    }
);

both!(what_is_not_open_is_the_same_as_unknown, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let unknown = "A".repeat(43);
    for token in [unknown.as_str(), "x", "%00", "..%2f", "ä", "'--"] {
        cast.is_unknown(&cast.nora, token).await;
    }
    let by_member = |role: &str| json!({ "role": role });

    // Taken back.
    let invite = cast.invite(&cast.owner, by_member("member")).await;
    let path = cast.path(&format!("/invites/{}", invite["id"].as_str().unwrap()));
    cast.delete(&path, &cast.admin).await.expect(204);
    cast.delete(&path, &cast.admin)
        .await
        .refused(404, "not_found", NOT_FOUND);
    cast.is_unknown(&cast.nora, token(&invite)).await;

    // Another team's owner takes nothing back.
    let invite = cast.invite(&cast.owner, by_member("member")).await;
    let elsewhere = cast.app.team(&cast.nora, "Elsewhere").await;
    let path = format!("/api/teams/{elsewhere}/invites/{}", invite["id"].as_str().unwrap());
    cast.delete(&path, &cast.nora)
        .await
        .refused(404, "not_found", NOT_FOUND);
    cast.is_known(&cast.nora, token(&invite)).await;

    // Made by somebody who is suspended.
    let invite = cast.invite(&cast.admin, by_member("member")).await;
    let account = format!("/api/admin/users/{}", cast.admin.id);
    cast.patch(&account, &cast.root, json!({ "suspended": true }))
        .await
        .expect(200);
    cast.is_unknown(&cast.nora, token(&invite)).await;
    cast.patch(&account, &cast.root, json!({ "suspended": false }))
        .await
        .expect(200);
    cast.is_known(&cast.nora, token(&invite)).await;

    // Made by somebody who may not invite any more; what a lower role could have made stays.
    let ola = cast.app.user("ola").await;
    cast.app.join(&cast.owner, &cast.team, &ola, TeamRole::Owner).await;
    let (as_owner, as_admin) = (
        cast.invite(&ola, by_member("owner")).await,
        cast.invite(&ola, by_member("admin")).await,
    );
    let others = cast.invite(&cast.owner, by_member("owner")).await;
    cast.patch(&cast.member_path(&ola), &cast.owner, by_member("admin"))
        .await
        .expect(200);
    cast.is_unknown(&cast.nora, token(&as_owner)).await;
    cast.is_known(&cast.nora, token(&as_admin)).await;
    cast.patch(&cast.member_path(&ola), &cast.owner, by_member("member"))
        .await
        .expect(200);
    cast.is_unknown(&cast.nora, token(&as_admin)).await;
    cast.is_known(&cast.nora, token(&others)).await;

    // Made by somebody who left, or was removed; coming back does not bring it back.
    for leaves in [true, false] {
        cast.app.join(&cast.owner, &cast.team, &ola, TeamRole::Admin).await;
        let invite = cast.invite(&ola, by_member("viewer")).await;
        if leaves {
            cast.app
                .post(&cast.path("/leave"), &ola.token, json!({}))
                .await
                .expect(204);
        } else {
            cast.delete(&cast.member_path(&ola), &cast.owner).await.expect(204);
        }
        cast.is_unknown(&cast.nora, token(&invite)).await;
        cast.is_unknown(&ola, token(&invite)).await;
        cast.app.join(&cast.owner, &cast.team, &ola, TeamRole::Admin).await;
        cast.is_unknown(&cast.nora, token(&invite)).await;
        cast.app.remove(&cast.owner, &cast.team, &ola).await;
    }

    // Of a team that is archived.
    cast.is_known(&cast.nora, token(&others)).await;
    cast.app.archive(&cast.owner, &cast.team).await;
    cast.is_unknown(&cast.nora, token(&others)).await;
});

both!(a_link_is_good_for_a_week, async |kind: Kind| {
    // A week but for a millisecond.
    const ALMOST: Duration = Duration::from_millis(7 * 24 * 3_600_000 - 1);
    // The tokens of people would end before it.
    let app = crate::support::TestApp::with(kind, |config| config.auth.token_hours = 24 * 30).await;
    let cast = Cast::on(app).await;
    let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
    cast.app.clock.advance(ALMOST);
    cast.is_known(&cast.nora, token(&invite)).await;
    cast.app.clock.advance(Duration::from_millis(1));
    cast.is_unknown(&cast.nora, token(&invite)).await;
    let team = cast.app.get(&cast.path(""), &cast.owner.token).await.expect(200).json();
    assert_eq!(team["team"]["invites"], json!([]));
    // In the end nothing is left of it.
    let db = cast.app.database.connect().await;
    let count = async || number(&db, "SELECT COUNT(*) FROM team_invites").await;
    cast.app.core.forget().await;
    assert_eq!(count().await, 1);
    cast.app.clock.advance(Duration::from_hours(30 * 24 + 1));
    cast.app.core.forget().await;
    assert_eq!(count().await, 0);
});

both!(one_for_an_address_is_for_that_account_alone, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let sentence = "This invitation is for another e-mail address. Sign in with the account it was made for.";
    let body = json!({ "role": "viewer", "email": " Nora@Example.COM " });
    let invite = cast.invite(&cast.owner, body).await;
    assert_eq!(invite["email"], "nora@example.com");
    let path = format!("/api/invites/{}", token(&invite));
    for other in [&cast.root, &cast.member] {
        cast.app
            .get(&path, &other.token)
            .await
            .refused(403, "forbidden", sentence);
        cast.accept(other, token(&invite))
            .await
            .refused(403, "forbidden", sentence);
    }
    cast.accept(&cast.nora, token(&invite)).await.expect(200);
    assert_eq!(cast.roles().await["nora"], "viewer");

    // Nobody invites by address who is in, and a kept link for their address is no way back or up.
    let body = json!({ "role": "admin", "email": cast.nora.email });
    cast.app
        .post(&cast.path("/invites"), &cast.owner.token, body.clone())
        .await
        .refused(409, "conflict", "This person is in the team already");
    cast.app.remove(&cast.owner, &cast.team, &cast.nora).await;
    let (first, second) = (
        cast.invite(&cast.owner, body.clone()).await,
        cast.invite(&cast.owner, body).await,
    );
    cast.accept(&cast.nora, token(&first)).await.expect(200);
    cast.delete(&cast.member_path(&cast.nora), &cast.owner)
        .await
        .expect(204);
    cast.is_unknown(&cast.nora, token(&second)).await;

    for (email, fields) in [("", ["email"]), ("nobody", ["email"]), ("a b@example.com", ["email"])] {
        let body = json!({ "role": "member", "email": email });
        cast.app
            .post(&cast.path("/invites"), &cast.owner.token, body)
            .await
            .invalid(&fields);
    }
    for body in [
        json!({}),
        json!({ "role": "king" }),
        json!({ "role": null }),
        json!({ "email": "a@b" }),
    ] {
        cast.app
            .post(&cast.path("/invites"), &cast.owner.token, body)
            .await
            .expect_error(400, "malformed_request");
    }
});

both!(who_is_in_already_keeps_the_higher_role, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    for (user, invited_as, now) in [
        (&cast.owner, "viewer", "owner"),
        (&cast.admin, "member", "admin"),
        (&cast.admin, "admin", "admin"),
        (&cast.member, "viewer", "member"),
        (&cast.member, "admin", "admin"),
        (&cast.viewer, "member", "member"),
        (&cast.viewer, "owner", "owner"),
    ] {
        let invite = cast.invite(&cast.owner, json!({ "role": invited_as })).await;
        let joined = cast.accept(user, token(&invite)).await.expect(200).json();
        assert_eq!(
            (&joined["alreadyMember"], &joined["team"]["role"]),
            (&json!(true), &json!(now)),
            "{invited_as}"
        );
        // It is used up all the same.
        cast.is_unknown(&cast.nora, token(&invite)).await;
    }
    let expected = json!({ "owner": "owner", "admin": "admin", "member": "admin", "viewer": "owner" });
    assert_eq!(cast.roles().await, expected);
});

both!(of_ten_who_accept_at_once_one_is_in, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let mut people = Vec::new();
    for at in 0..10 {
        people.push(cast.app.user(&format!("guest{at}")).await);
    }
    let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
    let answers = join_all(people.iter().map(|guest| cast.accept(guest, token(&invite)))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[404; 9]].concat());
    assert_eq!(cast.roles().await.as_object().unwrap().len(), 5);

    // Against one that is taken back, either the guest is in or it was taken back, never both.
    for guest in people.iter().take(6) {
        let invite = cast.invite(&cast.owner, json!({ "role": "member" })).await;
        let path = cast.path(&format!("/invites/{}", invite["id"].as_str().unwrap()));
        let (accepted, revoked) = tokio::join!(cast.accept(guest, token(&invite)), cast.delete(&path, &cast.owner));
        let outcome = (accepted.status.as_u16(), revoked.status.as_u16());
        assert!([(200, 404), (404, 204)].contains(&outcome), "{outcome:?}");
    }
});

both!(a_team_has_at_most_fifty_open_ones, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let path = cast.path("/invites");
    let body = json!({ "role": "viewer" });
    let answers = join_all((0..60).map(|_| cast.app.post(&path, &cast.owner.token, body.clone()))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (50, 10));
    let sentence = "This team has 50 open invitations, which is the limit. Take back one that is no longer needed.";
    for answer in refused {
        answer.refused(409, "conflict", sentence);
    }
    let team = cast.app.get(&cast.path(""), &cast.owner.token).await.expect(200).json();
    assert_eq!(team["team"]["invites"].as_array().unwrap().len(), 50);
    // One that is used, and one that is taken back, makes room.
    let made: Vec<Value> = made.iter().map(|answer| answer.json()["invite"].take()).collect();
    cast.accept(&cast.nora, token(&made[0])).await.expect(200);
    let first = cast.path(&format!("/invites/{}", made[1]["id"].as_str().unwrap()));
    cast.delete(&first, &cast.owner).await.expect(204);
    for status in [201, 201, 409] {
        cast.app
            .post(&path, &cast.owner.token, body.clone())
            .await
            .expect(status);
    }
});

both!(a_repeated_request_makes_one_invitation, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let post = async |key: &str| {
        let request = cast.app.request(Method::POST, &cast.path("/invites"));
        let request = request.bearer_auth(&cast.owner.token).header("idempotency-key", key);
        send(request.json(&json!({ "role": "member" }))).await
    };
    let made = post("k").await.expect(201).json();
    let sentence = "This request has made an invitation already, and its link is shown only once. Take that one back and \
                    make another.";
    post("k").await.refused(409, "secret_shown_once", sentence);
    let team = cast.app.get(&cast.path(""), &cast.owner.token).await.expect(200).json();
    assert_eq!(team["team"]["invites"].as_array().unwrap().len(), 1);
    assert_eq!(
        tables_with(&cast.app.database, token(&made["invite"])).await,
        [] as [&str; 0]
    );
});
