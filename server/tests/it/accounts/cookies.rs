//! The session cookie.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, send};

both!(
    the_cookie_is_out_of_reach_of_scripts_and_other_sites,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let login = json!({ "email": mara.email, "password": "correct horse" });
        let register = json!({ "email": "otto@example.com", "password": "correct horse" });
        for (path, body) in [("/api/auth/login", login), ("/api/auth/register", register)] {
            let cookie = app.post(path, "", body).await.header("set-cookie");
            let parts: Vec<&str> = cookie.split("; ").collect();
            let value = parts[0].strip_prefix("latchkey_session=").unwrap();
            assert_eq!(value.len(), 43, "256 bits");
            assert_eq!(parts[1..], ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"]);
        }
    }
);

both!(
    over_https_it_is_bound_to_the_host_and_never_sent_in_the_clear,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| {
            config.server.public_url = Some("https://chat.example.com/".to_owned());
        })
        .await;
        let mara = app.user("mara").await;
        let body = json!({ "email": mara.email, "password": "correct horse" });
        let cookie = app
            .post("/api/auth/login", "", body)
            .await
            .expect(200)
            .header("set-cookie");
        let parts: Vec<&str> = cookie.split("; ").collect();
        let value = parts[0].strip_prefix("__Host-latchkey_session=").unwrap();
        assert_eq!(
            parts[1..],
            ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=2592000"]
        );
        let with = |cookie: String| app.request(Method::GET, "/api/auth/me").header("cookie", cookie);
        send(with(format!("a=b; __Host-latchkey_session={value}; c=d")))
            .await
            .expect(200);
        // A neighbour on the same domain could have set the plain name.
        send(with(format!("latchkey_session={value}")))
            .await
            .expect_error(401, "unauthenticated");
        // Behind the proxy the host is another one, and the page's origin is the public one.
        let post = |origin: &str| {
            let request = app
                .request(Method::POST, "/api/threads")
                .header("cookie", format!("__Host-latchkey_session={value}"));
            request.header("origin", origin).json(&json!({}))
        };
        send(post("https://chat.example.com")).await.expect(201);
        send(post("https://chat.example.com.elsewhere.example"))
            .await
            .expect_error(403, "cross_origin");
    }
);

both!(a_session_ends_after_its_days, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.auth.session_days = 2).await;
    let mara = app.user("mara").await;
    let me = || app.request(Method::GET, "/api/auth/me").header("cookie", &mara.cookie);
    app.clock.advance(Duration::from_hours(48) - Duration::from_millis(1));
    send(me()).await.expect(200);
    app.clock.advance(Duration::from_millis(1));
    send(me())
        .await
        .refused(401, "unauthenticated", "You are not signed in");
});

both!(a_cookie_that_nobody_was_given_is_nobodys, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let value = mara.cookie.strip_prefix("latchkey_session=").unwrap();
    let db = app.database.connect().await;
    let stored = crate::support::rows::texts(&db, "SELECT token_hash FROM sessions").await;
    for odd in [
        &*stored[0],
        "",
        "x",
        &value[1..],
        &format!("{value}x"),
        &value.to_lowercase(),
        "' OR 1=1 --",
        "\"\"",
    ] {
        let request = app
            .request(Method::GET, "/api/auth/me")
            .header("cookie", format!("latchkey_session={odd}"));
        send(request).await.expect_error(401, "unauthenticated");
    }
    // A page is a page for a guest.
    let page = app.request(Method::GET, "/").header("cookie", "latchkey_session=x");
    assert!(send(page).await.status.as_u16() < 400);
});
