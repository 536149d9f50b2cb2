//! What somebody thinks of an answer.

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{Talk, row, rows};
use crate::both;
use crate::support::{Answer, Kind, TestApp};

async fn rate(app: &TestApp, bearer: &str, id: &str, body: Value) -> Answer {
    app.post(&format!("/api/chat/{id}/feedback"), bearer, body).await
}

both!(it_is_kept_changed_and_taken_back, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (app, mara) = (&talk.app, &talk.mara);
    let (thread_id, id) = talk.exchange(None, "Question", "Answer").await;
    let before = talk.row(&id).await;
    let details = app
        .function(&mara.cookie, "message_details", json!({ "id": id }))
        .await
        .text;
    app.clock.advance(std::time::Duration::from_mins(1));
    let why = "x".repeat(2_000);
    for (body, feedback, comment) in [
        (json!({ "type": "up" }), json!("up"), None),
        (
            json!({ "type": "down", "comment": "  Too long\nby half " }),
            json!("down"),
            Some("Too long\nby half"),
        ),
        (json!({ "type": "up", "comment": why }), json!("up"), Some(why.as_str())),
        (json!({ "type": "up", "comment": "  " }), json!("up"), None),
        (json!({ "type": null, "comment": "Why not" }), Value::Null, None),
        (json!({ "type": null }), Value::Null, None),
    ] {
        let answer = rate(app, &mara.token, &id, body).await.expect(204);
        assert_eq!(answer.text, "");
        let path = format!("/api/threads/{thread_id}");
        let thread = app.get(&path, &mara.token).await.expect(200).json();
        assert_eq!(thread["thread"]["messages"][1]["feedback"], feedback);
        let open = app
            .function(&mara.cookie, "open_thread", json!({ "id": thread_id }))
            .await;
        assert_eq!(open.expect(200).json()["messages"][1]["feedback"], feedback);
        assert_eq!(talk.row(&id).await.feedback_comment.as_deref(), comment);
    }
    for feedback in [json!("down"), Value::Null] {
        let arguments = json!({ "id": id, "feedback": feedback });
        app.function(&mara.cookie, "rate", arguments).await.expect(200);
        assert_eq!(json!(talk.row(&id).await.feedback), feedback);
    }
    assert_eq!(talk.row(&id).await, before, "nothing else of the answer is touched");
    let after = app
        .function(&mara.cookie, "message_details", json!({ "id": id }))
        .await
        .text;
    assert_eq!(after, details);
});

both!(what_is_no_feedback_is_refused, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (thread_id, id) = talk.exchange(None, "Question", "Answer").await;
    let said = rows(&talk.app, &thread_id).await[0].id.clone();
    let token = &talk.mara.token;
    rate(&talk.app, token, &id, json!({ "type": "up", "comment": "Good" }))
        .await
        .expect(204);
    let before = talk.row(&id).await;
    for body in [
        json!({}),
        json!({ "type": "great" }),
        json!({ "type": true }),
        json!({ "typ": "up" }),
    ] {
        rate(&talk.app, token, &id, body)
            .await
            .expect_error(400, "malformed_request");
    }
    for comment in ["x".repeat(2_001), "a\0b".to_owned()] {
        rate(&talk.app, token, &id, json!({ "type": "down", "comment": comment }))
            .await
            .invalid(&["comment"]);
    }
    rate(&talk.app, token, &said, json!({ "type": "up" }))
        .await
        .expect_error(404, "not_found");
    assert_eq!(talk.row(&id).await, before);
});

both!(who_may_write_to_a_thread_may_say_so, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, vera) = (app.user("mara").await, app.user("otto").await, app.user("vera").await);
    let nora = app.user("nora").await;
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    app.join(&mara, &team, &vera, TeamRole::Viewer).await;
    let body = json!({ "teamId": team, "visibility": "shared" });
    let thread = app.post("/api/threads", &mara.token, body).await.expect(201).json();
    let body = json!({ "content": "Hello", "threadId": thread["thread"]["id"], "stream": false });
    let said = app.post("/api/chat", &mara.token, body).await.expect(200).json();
    let id = said["message"]["id"].as_str().unwrap();
    let personal = app.key(&mara, json!({ "name": "CLI" })).await;
    let of_team = app.key(&mara, json!({ "name": "Team CLI", "teamId": team })).await;
    for (bearer, status) in [
        ("", 401),
        (nora.token.as_str(), 404),
        (personal.secret.as_str(), 404),
        (vera.token.as_str(), 403),
        (mara.token.as_str(), 204),
        (of_team.secret.as_str(), 204),
        (otto.token.as_str(), 204),
    ] {
        let answer = rate(&app, bearer, id, json!({ "type": "down" })).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let kept = row(&app, id).await.unwrap().feedback;
        assert_eq!(kept.is_some(), status == 204, "{status}");
    }
});
