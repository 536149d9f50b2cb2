//! Guessing passwords is slow.
#![expect(clippy::unwrap_used, reason = "a test whose requests cannot be sent has failed")]

use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::support::{Answer, Kind, TestApp, send};

/// A sign-in from an address, as a proxy tells it.
async fn login_from(app: &TestApp, from: &str, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    let post = app
        .request(Method::POST, "/api/auth/login")
        .header("x-forwarded-for", from);
    send(post.json(&body)).await
}

fn limited(answer: Answer) {
    let answer = answer.expect_error(429, "rate_limited");
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(answer.header("ratelimit-policy").starts_with("\"sign-in\";q="));
    assert_eq!(answer.header("ratelimit"), "\"sign-in\";r=0;t=60");
}

both!(
    an_address_has_so_many_attempts_whatever_it_says_of_itself,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| config.limits.login_attempts_per_minute = 4).await;
        let mara = app.user("mara").await;
        for at in 0..3 {
            // The proxy is not a trusted one, so what it says doesn't count.
            let email = format!("u{at}@example.com");
            login_from(&app, &format!("203.0.113.{at}"), &email, "guess")
                .await
                .expect_error(401, "invalid_credentials");
        }
        // Even the right password has to wait, or the limit would tell that it is right.
        limited(login_from(&app, "203.0.113.9", &mara.email, "correct horse").await);
        // Making accounts is an attempt too.
        let body = json!({ "email": "otto@example.com", "password": "correct horse" });
        limited(app.post("/api/auth/register", "", body).await);
        // Who is signed in isn't bothered.
        app.get("/api/threads", &mara.token).await.expect(200);
    }
);

both!(
    an_account_has_so_many_attempts_wherever_they_come_from,
    async |kind: Kind| {
        let app = TestApp::with(kind, |config| {
            config.limits.login_attempts_per_minute = 3;
            config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        })
        .await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        for (at, email) in [&*mara.email, "MARA@example.com", " mara@Example.com "]
            .into_iter()
            .enumerate()
        {
            let from = format!("203.0.113.{at}");
            login_from(&app, &from, email, "guess")
                .await
                .expect_error(401, "invalid_credentials");
        }
        limited(login_from(&app, "203.0.113.7", &mara.email, "correct horse").await);
        login_from(&app, "203.0.113.7", &otto.email, "correct horse")
            .await
            .expect(200);
        // An address that nobody has is limited the same, or the limit would tell who has an account.
        for at in 10..13 {
            let from = format!("203.0.113.{at}");
            login_from(&app, &from, "nobody@example.com", "guess")
                .await
                .expect_error(401, "invalid_credentials");
        }
        limited(login_from(&app, "203.0.113.13", "nobody@example.com", "guess").await);
    }
);
