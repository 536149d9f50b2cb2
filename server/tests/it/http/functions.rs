//! Server functions read their bodies within the same limits as everything else.

use reqwest::Method;

use crate::both;
use crate::support::{Kind, TestApp, raw, send};

const MOST: usize = 2_000;

both!(a_form_that_is_too_long_is_refused, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.limits.max_body_bytes = MOST).await;
    let origin = format!("http://{}", app.address);
    let sentence = "The body is too long: at most 2000 bytes";
    let post = |body: String| {
        app.request(Method::POST, "/_fn/sign_in")
            .header("origin", &origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    let form = |length: usize| {
        let start = "email=mara%40example.com&password=";
        format!("{start}{}", "x".repeat(length - start.len()))
    };
    send(post(form(MOST + 1)))
        .await
        .refused(413, "body_too_large", sentence);
    let fits = send(post(form(MOST))).await;
    assert!(
        !fits.status.is_server_error() && fits.status != 413,
        "{} {}",
        fits.status,
        fits.text
    );

    // The same when its length is not said beforehand.
    let chunk = form(MOST + 1);
    let request = format!(
        "POST /_fn/sign_in HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{chunk}\r\n0\r\n\r\n",
        app.address,
        chunk.len(),
    );
    raw::exchange(&app, request.as_bytes())
        .await
        .unwrap()
        .refused(413, "body_too_large", sentence);
    app.get("/api/health", "").await.expect(200);
});
