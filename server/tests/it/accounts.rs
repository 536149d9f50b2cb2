//! Accounts: register, sign in, sign out, who am I.

use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, send};

both!(the_first_account_is_the_administrators, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let first = app.user("mara").await;
    let second = app.user("otto").await;
    let me = app.get("/api/auth/me", &first.token).await.expect(200).json();
    assert_eq!(me["user"]["role"], "admin");
    assert_eq!(me["user"]["email"], "mara@example.com");
    let me = app.get("/api/auth/me", &second.token).await.expect(200).json();
    assert_eq!(me["user"]["role"], "user");
});

both!(signing_out_ends_the_token_and_the_cookie, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let with_cookie = |path| app.request(reqwest::Method::GET, path).header("cookie", &mara.cookie);
    send(with_cookie("/api/auth/me")).await.expect(200);
    app.post("/api/auth/logout", &mara.token, json!({})).await.expect(204);
    app.get("/api/auth/me", &mara.token).await.expect(401);
    send(with_cookie("/api/auth/me")).await.expect(401);
});
