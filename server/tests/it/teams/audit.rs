//! What of all this is on record.

use serde_json::{Value, json};

use super::{Cast, token};
use crate::both;
use crate::support::Kind;
use crate::support::rows::texts;

both!(who_did_what_to_a_team_is_on_record, async |kind: Kind| {
    let cast = Cast::make(kind).await;
    let db = cast.app.database.connect().await;
    let rows = async || {
        let sql = "SELECT action || ' ' || coalesce(user_id, '') || ' ' || target_id || ' ' || coalesce(detail, 'null')
                   FROM audit_log WHERE action LIKE 'team.%' ORDER BY created_at, id";
        texts(&db, sql).await
    };
    let before = rows().await.len();
    let body = json!({ "name": "Atelier", "context": "SECRET-TEXT" });
    cast.patch(&cast.path(""), &cast.admin, body).await.expect(200);
    let body = json!({ "role": "viewer", "email": "nora@example.com" });
    let invite = cast.invite(&cast.admin, body).await;
    cast.accept(&cast.nora, token(&invite)).await.expect(200);
    let unused = cast.invite(&cast.owner, json!({ "role": "owner" })).await;
    let path = cast.path(&format!("/invites/{}", unused["id"].as_str().unwrap()));
    cast.delete(&path, &cast.owner).await.expect(204);
    let kept = cast.invite(&cast.admin, json!({ "role": "member" })).await;
    let admin = cast.member_path(&cast.admin);
    cast.patch(&admin, &cast.owner, json!({ "role": "viewer" }))
        .await
        .expect(200);
    cast.app
        .post(&cast.path("/leave"), &cast.nora.token, json!({}))
        .await
        .expect(204);
    cast.delete(&cast.path(""), &cast.owner).await.expect(204);

    let (owner, admin, nora) = (&cast.owner.id, &cast.admin.id, &cast.nora.id);
    let expected = [
        (
            "team.changed",
            admin,
            json!({ "from": "Studio", "name": "Atelier", "context": true }),
        ),
        (
            "team.invite_created",
            admin,
            json!({ "inviteId": invite["id"], "role": "viewer", "email": "nora@example.com" }),
        ),
        (
            "team.invite_accepted",
            nora,
            json!({ "inviteId": invite["id"], "invitedBy": admin, "role": "viewer", "before": null }),
        ),
        (
            "team.invite_created",
            owner,
            json!({ "inviteId": unused["id"], "role": "owner", "email": null }),
        ),
        ("team.invite_revoked", owner, json!({ "inviteId": unused["id"] })),
        (
            "team.invite_created",
            admin,
            json!({ "inviteId": kept["id"], "role": "member", "email": null }),
        ),
        (
            "team.member_set",
            owner,
            json!({ "userId": admin, "role": "viewer", "before": "admin", "invitesWithdrawn": 1 }),
        ),
        (
            "team.member_removed",
            nora,
            json!({ "userId": nora, "role": "viewer", "invitesWithdrawn": 0 }),
        ),
        ("team.archived", owner, Value::Null),
    ];
    let rows = rows().await;
    assert_eq!(rows.len() - before, expected.len(), "{rows:#?}");
    for (row, (action, by, detail)) in rows[before..].iter().zip(expected) {
        let mut parts = row.splitn(4, ' ');
        let mut part = || parts.next().unwrap();
        assert_eq!((part(), part(), part()), (action, by.as_str(), cast.team.as_str()));
        assert_eq!(serde_json::from_str::<Value>(part()).unwrap(), detail, "{action}");
    }
    let all = rows.join("\n");
    for secret in [token(&invite), token(&unused), token(&kept), "SECRET-TEXT"] {
        assert!(!all.contains(secret), "{secret}");
    }
});
