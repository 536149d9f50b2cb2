//! Scripts of other sites, and requests that a browser was made to send.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::both;
use crate::support::{Kind, TestApp, send};

const CROSS_ORIGIN: &str = "This request must come from this server's own pages";
const ELSEWHERE: &str = "https://elsewhere.example";

fn preflight(app: &TestApp, origin: &str) -> RequestBuilder {
    app.request(Method::OPTIONS, "/api/threads")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

both!(
    a_cookie_changes_something_only_from_our_own_pages,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let own = app.url("");
        let post = || {
            app.request(Method::POST, "/api/threads")
                .header("cookie", &mara.cookie)
                .json(&json!({}))
        };
        let refused = [
            post(),
            post().header("origin", ELSEWHERE),
            post().header("origin", "null"),
            post().header("origin", format!("{own}.elsewhere.example")),
            post().header("origin", format!("https://elsewhere.example/{own}")),
            post().header("sec-fetch-site", "cross-site"),
            post().header("sec-fetch-site", "same-site"),
            post().header("sec-fetch-site", "none"),
            post().header("sec-fetch-site", "cross-site").header("origin", &own),
            post().header("referer", &own),
            app.request(Method::DELETE, "/api/threads/x")
                .header("cookie", &mara.cookie),
            app.request(Method::PATCH, "/api/threads/x")
                .header("cookie", &mara.cookie)
                .json(&json!({})),
            app.request(Method::POST, "/api/auth/logout")
                .header("cookie", &mara.cookie),
        ];
        for request in refused {
            send(request).await.refused(403, "cross_origin", CROSS_ORIGIN);
        }
        for request in [
            post().header("origin", &own),
            post().header("sec-fetch-site", "same-origin"),
        ] {
            send(request).await.expect(201);
        }
        // Reading is what the same-origin policy of browsers guards.
        let get = app
            .request(Method::GET, "/api/threads")
            .header("cookie", &mara.cookie)
            .header("origin", ELSEWHERE);
        let answer = send(get).await.expect(200);
        assert_eq!(answer.json()["threads"].as_array().unwrap().len(), 2);
        assert_eq!(answer.header("access-control-allow-origin"), "");
        // A bearer is not sent along by browsers.
        let token = app
            .request(Method::POST, "/api/threads")
            .bearer_auth(&mara.token)
            .header("origin", ELSEWHERE);
        send(token.json(&json!({}))).await.expect(201);
    }
);

both!(nobody_is_signed_in_from_another_site, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let body = json!({ "email": mara.email, "password": "correct horse" });
    for path in ["/api/auth/login", "/api/auth/register"] {
        let post = || app.request(Method::POST, path).json(&body);
        for request in [
            post().header("origin", ELSEWHERE),
            post().header("sec-fetch-site", "cross-site"),
        ] {
            let answer = send(request).await.refused(403, "cross_origin", CROSS_ORIGIN);
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
    // A program has no origin.
    app.post("/api/auth/login", "", body).await.expect(200);
});

both!(server_functions_answer_our_own_pages_only, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    for name in ["sign_in", "sign_out", "anything"] {
        let post = || app.request(Method::POST, &format!("/_fn/{name}")).body("");
        for request in [
            post(),
            post().header("origin", ELSEWHERE),
            post().header("sec-fetch-site", "cross-site"),
        ] {
            send(request).await.expect(403);
        }
    }
});

both!(
    other_origins_are_closed_out_unless_they_are_listed,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let answer = send(preflight(&app, ELSEWHERE)).await;
        assert_eq!(answer.header("access-control-allow-origin"), "");

        let friend = "https://app.example.com";
        let app = TestApp::with(kind, |config| config.server.cors_origins = vec![friend.to_owned()]).await;
        let mara = app.user("mara").await;
        let answer = send(preflight(&app, friend)).await;
        assert!(answer.status.is_success(), "{}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), friend);
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            "",
            "never with cookies"
        );
        for origin in [
            ELSEWHERE,
            "https://app.example.com.elsewhere.example",
            "http://app.example.com",
            "null",
        ] {
            let answer = send(preflight(&app, origin)).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
        let get = |path: &str| app.request(Method::GET, path).header("origin", friend);
        for request in [
            get("/api/threads").bearer_auth(&mara.token),
            get("/api/threads"),
            get("/api/nothing"),
        ] {
            let answer = send(request).await;
            assert_eq!(
                answer.header("access-control-allow-origin"),
                friend,
                "errors must be readable too: {}",
                answer.text
            );
        }
    }
);
