//! JSON Web Tokens: until when, and from whom.

use std::time::Duration;

use domain::accounts::tokens::Tokens;
use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, start_of_time};

const SECRET: &str = "a secret of at least 32 characters";

both!(a_token_ends_at_its_hour_and_its_session_lives_on, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.auth.token_hours = 1).await;
    let mara = app.user("mara").await;
    app.clock.advance(Duration::from_secs(3_599));
    app.get("/api/auth/me", &mara.token).await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    app.get("/api/auth/me", &mara.token)
        .await
        .refused(401, "unauthenticated", "You are not signed in");
    let cookie = app
        .request(reqwest::Method::GET, "/api/auth/me")
        .header("cookie", &mara.cookie);
    crate::support::send(cookie).await.expect(200);
});

both!(a_token_ends_with_its_session, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.auth.token_hours = 1_000;
        config.auth.session_days = 1;
    })
    .await;
    let mara = app.user("mara").await;
    let body = json!({ "email": mara.email, "password": "correct horse" });
    let login = app.post("/api/auth/login", "", body).await.expect(200).json();
    assert_eq!(login["expiresAt"], "2026-01-16T10:00:00.000Z");
    app.clock.advance(Duration::from_hours(24));
    app.get("/api/auth/me", &mara.token).await.expect(401);
});

both!(only_tokens_of_this_instance_count, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.auth.token_secret = Some(SECRET.into())).await;
    let mara = app.user("mara").await;
    let db = app.database.connect().await;
    let session = crate::support::rows::texts(&db, "SELECT id FROM sessions")
        .await
        .concat();
    let ends = start_of_time().plus(Duration::from_hours(1));
    let issue = |secret: &str, session: &str| {
        Tokens::new(&secret.into())
            .issue(&mara.id, session, start_of_time(), ends)
            .unwrap()
    };
    // The forger knows everything but the secret; with it, this way of forging works.
    app.get("/api/auth/me", &issue(SECRET, &session)).await.expect(200);
    app.get(
        "/api/auth/me",
        &issue("another secret of 32 characters or so", &session),
    )
    .await
    .expect(401);
    app.get("/api/auth/me", &issue(SECRET, &domain::clock::new_id()))
        .await
        .expect(401);

    let parts: Vec<&str> = mara.token.split('.').collect();
    let other: Vec<&str> = app.user("otto").await.token.leak().split('.').collect();
    // {"alg":"none"} and {"alg":"HS512"}
    for forged in [
        format!("{}.{}.{}", parts[0], other[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("eyJhbGciOiJub25lIn0.{}.", parts[1]),
        format!("eyJhbGciOiJub25lIn0.{}.{}", parts[1], parts[2]),
        format!("eyJhbGciOiJIUzUxMiJ9.{}.{}", parts[1], parts[2]),
        format!("{}.{}.{}x", parts[0], parts[1], parts[2]),
        "ey..".to_owned(),
        "eyJ.eyJ.eyJ".to_owned(),
    ] {
        app.get("/api/auth/me", &forged)
            .await
            .refused(401, "unauthenticated", "You are not signed in");
    }
    // Another instance's secret is another one, and one that restarts keeps its own.
    let restarted = TestApp::on(app.database.again(), |config| {
        config.auth.token_secret = Some(SECRET.into());
    })
    .await;
    restarted.get("/api/auth/me", &mara.token).await.expect(200);
    let changed = TestApp::on(app.database.again(), |_| {}).await;
    changed.get("/api/auth/me", &mara.token).await.expect(401);
});

both!(the_secret_made_at_the_first_start_stays, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let again = TestApp::on(app.database.again(), |_| {}).await;
    again.get("/api/auth/me", &mara.token).await.expect(200);
});
