//! The way to an invitation, for who has to sign in first.

use reqwest::Method;

use crate::both;
use crate::support::{Answer, Kind, TestApp, send};

async fn post(app: &TestApp, function: &str, form: &[(&str, &str)]) -> Answer {
    let request = app
        .request(Method::POST, &format!("/_fn/{function}"))
        .header("accept", "text/html")
        .header("origin", app.url(""))
        .form(form);
    send(request).await.expect(303)
}

fn location(answer: &Answer) -> &str {
    answer.headers["location"].to_str().unwrap_or_default()
}

both!(it_is_in_the_address_and_not_in_the_browser, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let get = async |path: &str| send(app.request(Method::GET, path).header("accept", "text/html")).await;
    let answer = get("/invite/aB3-_x").await.expect(302);
    assert_eq!(location(&answer), "/sign-in?to=/invite/aB3-_x");
    // The next person who signs in here must not be led there.
    assert!(!answer.headers.contains_key("set-cookie"));
    for path in ["/", "/api-keys", "/invite/a%2Fb"] {
        assert_eq!(location(&get(path).await.expect(302)), "/sign-in", "{path}");
    }
    for page in ["/sign-in", "/sign-up"] {
        let document = get(&format!("{page}?to=/invite/aB3-_x")).await.expect(200).text;
        assert!(document.contains(r#"name="to" value="/invite/aB3-_x""#), "{page}");
        assert!(
            document.contains("?to=/invite/aB3-_x"),
            "the link to the other page leads there too"
        );
        let document = get(&format!("{page}?to=https://evil.example")).await.expect(200).text;
        assert!(
            !document.contains(r#"href="https://evil"#) && !document.contains("?to=https"),
            "{page}"
        );
    }

    let (email, right) = (mara.email.as_str(), "correct horse");
    for (password, to, leads) in [
        (right, Some("/invite/aB3-_x"), "/invite/aB3-_x"),
        (right, None, "/"),
        (right, Some("//evil.example"), "/"),
        (right, Some("/api-keys"), "/"),
        ("wrong horse", Some("/invite/aB3-_x"), "/sign-in?to=/invite/aB3-_x"),
        ("wrong horse", Some("//evil.example"), "/sign-in"),
    ] {
        let mut form = vec![("email", email), ("password", password)];
        form.extend(to.map(|to| ("to", to)));
        let answer = post(&app, "sign_in", &form).await;
        assert_eq!(location(&answer), leads, "{to:?}");
    }
    let form = [
        ("name", "Otto"),
        ("email", "otto@example.com"),
        ("password", right),
        ("to", "/invite/aB3-_x"),
    ];
    let answer = post(&app, "sign_up", &form).await;
    assert_eq!(location(&answer), "/invite/aB3-_x");
});
