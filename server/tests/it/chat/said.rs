//! Saying something from a page: with script, and as a form that the browser posts by itself.

use entity::team_members::TeamRole;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Talk, rows};
use crate::both;
use crate::support::{Answer, Kind, TestApp, User, send};

type Fields<'a> = [(&'a str, &'a str)];

fn form(app: &TestApp, cookie: &str, fields: &Fields<'_>) -> RequestBuilder {
    app.request(Method::POST, "/_fn/say")
        .header("cookie", cookie)
        .header("origin", app.url(""))
        .form(fields)
}

/// As our script sends it.
async fn say(app: &TestApp, user: &User, fields: &Fields<'_>) -> Answer {
    send(form(app, &user.cookie, fields).header("accept", "application/json")).await
}

/// Who posts which fields, where that leads, and the status of the failure that comes back.
type Case<'a> = (&'a User, Vec<(&'a str, &'a str)>, String, u16);

/// As a browser without script sends it: where it is sent on to, and the cookie with the form, if one comes.
async fn post(app: &TestApp, cookie: &str, fields: &Fields<'_>) -> (String, Option<String>) {
    let request = form(app, cookie, fields).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let answer = send(request).await.expect(303);
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    let returned = cookies.rev().find(|cookie| cookie.starts_with("latchkey_form="));
    (answer.header("location"), returned)
}

both!(what_is_said_comes_back_as_the_page_shows_it, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (app, mara) = (&talk.app, &talk.mara);
    let fields = [
        ("content", "Hello <b>"),
        ("thread_id", ""),
        ("model", ""),
        ("replaces", ""),
    ];
    let said = say(app, mara, &fields).await.expect(200).json();
    assert_eq!(
        (&said["row"]["thread"]["title"], &said["row"]["answering"]),
        (&json!("Hello <b>"), &json!(true))
    );
    assert_eq!(
        (&said["row"]["unread"], &said["superseded"]),
        (&json!(false), &json!([]))
    );
    let (asked, answer) = (&said["asked"], &said["answer"]);
    assert_eq!(
        (&asked["text"], &asked["blocks"], &asked["role"]),
        (&json!("Hello <b>"), &json!([]), &json!("user"))
    );
    assert_eq!(
        (&answer["text"], &answer["role"], &answer["mine"]),
        (&json!(""), &json!("assistant"), &json!(true))
    );
    assert!(answer["seq"].as_i64() > asked["seq"].as_i64());
    assert!(!answer["requestId"].as_str().unwrap().is_empty());
    let thread_id = said["row"]["thread"]["id"].as_str().unwrap();
    talk.model.answers("First answer").await;
    let id = answer["id"].as_str().unwrap();
    let whole = app.function(&mara.cookie, "message_text", json!({ "id": id }));
    crate::support::until("it is over", async || talk.row(id).await.finish_reason.is_some()).await;
    assert_eq!(whole.await.expect(200).json(), "First answer");

    let fields = [("content", "Better"), ("replaces", asked["id"].as_str().unwrap())];
    let edited = say(app, mara, &fields).await.expect(200).json();
    assert_eq!(edited["superseded"], json!([asked["id"], answer["id"]]));
    assert_eq!(edited["row"]["thread"]["id"], *thread_id);
    talk.model.answers("Second answer").await;
    let id = edited["answer"]["id"].as_str().unwrap();
    crate::support::until("it is over", async || talk.row(id).await.finish_reason.is_some()).await;

    let anew = app
        .function(&mara.cookie, "regenerate", json!({ "id": id }))
        .await
        .expect(200)
        .json();
    assert_eq!((&anew["asked"], &anew["superseded"]), (&Value::Null, &json!([id])));
    assert_eq!(anew["row"]["thread"]["messageCount"], 2);
    let stop = json!({ "id": anew["answer"]["id"] });
    let _exchange = talk.model.asked().await;
    app.function(&mara.cookie, "stop_answer", stop).await.expect(200);
    let open = app
        .function(&mara.cookie, "open_thread", json!({ "id": thread_id }))
        .await
        .expect(200)
        .json();
    assert_eq!(open["messages"][1]["status"], "stopped");
    assert_eq!(open["row"]["answering"], false);
});

both!(an_attempt_that_is_repeated_acts_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let fields = [("content", "Hello"), ("attempt", "attempt-1")];
    let (first, second) = tokio::join!(say(&app, &mara, &fields), say(&app, &mara, &fields));
    // The second may come while the first is at work; then it is told to come again.
    let first = if first.status == 200 { first } else { second };
    let first = first.expect(200).json();
    let again = say(&app, &mara, &fields).await.expect(200).json();
    for part in ["/row/thread/id", "/asked/id", "/answer/id"] {
        assert!(first.pointer(part).is_some(), "{part}");
        assert_eq!(again.pointer(part), first.pointer(part), "{part}");
    }
    assert_eq!(
        rows(&app, first["row"]["thread"]["id"].as_str().unwrap()).await.len(),
        2
    );
    let other = [("content", "Something else"), ("attempt", "attempt-1")];
    let answer = say(&app, &mara, &other).await.expect(422);
    assert_eq!(answer.json()["code"], "idempotency_key_reused");
    // What failed may be mended and sent again as the same attempt.
    let bad = [("content", " "), ("attempt", "attempt-2")];
    assert_eq!(
        say(&app, &mara, &bad).await.expect(400).json()["fields"][0]["field"],
        "content"
    );
    let mended = [("content", "Mended"), ("attempt", "attempt-2")];
    say(&app, &mara, &mended).await.expect(200);
    // As a form it leads to the same thread twice.
    let (there, _) = post(&app, &mara.cookie, &fields).await;
    assert_eq!(
        there,
        format!("/chat/{}", first["row"]["thread"]["id"].as_str().unwrap())
    );
});

both!(a_form_leads_to_its_thread, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let (there, returned) = post(&app, &mara.cookie, &[("content", "One\r\ntwo")]).await;
    let thread_id = there.strip_prefix("/chat/").unwrap();
    assert_eq!(returned, None);
    assert_eq!(rows(&app, thread_id).await[0].content, "One\ntwo");
    let fields = [("content", "More"), ("thread_id", thread_id)];
    assert_eq!(post(&app, &mara.cookie, &fields).await, (there.clone(), None));
    crate::support::until("it is over", async || {
        let rows = rows(&app, thread_id).await;
        rows.len() == 4 && rows.iter().all(|row| row.lease_until.is_none())
    })
    .await;
    assert_eq!(rows(&app, thread_id).await[2].content, "More");
    // A message that is longer than other forms may be.
    let long = "word ".repeat(40_000);
    let fields = [("content", long.as_str()), ("thread_id", thread_id)];
    assert_eq!(post(&app, &mara.cookie, &fields).await, (there.clone(), None));
    assert_eq!(rows(&app, thread_id).await[4].content, long);
});

both!(a_form_that_fails_goes_back_with_what_was_typed, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (app, mara) = (&talk.app, &talk.mara);
    let (vera, otto) = (app.user("vera").await, app.user("otto").await);
    let team = app.team(mara, "Team").await;
    app.join(mara, &team, &vera, TeamRole::Viewer).await;
    let body = json!({ "teamId": team, "visibility": "shared" });
    let thread = app.post("/api/threads", &mara.token, body).await.expect(201).json();
    let shared = thread["thread"]["id"].as_str().unwrap();
    let (running, _exchange) = talk.say("Question").await;
    let own = running.thread_id.as_str();
    let said = rows(app, own).await[0].id.clone();
    let unknown = domain::clock::new_id();

    // The thread's own page when it is there for who posts, the start page otherwise.
    let to = |thread: &str| format!("/chat/{thread}");
    let cases: [Case<'_>; 7] = [
        (mara, vec![("model", "none-such")], "/".to_owned(), 400),
        (mara, vec![("thread_id", own), ("model", "none-such")], to(own), 400),
        (mara, vec![("thread_id", own), ("replaces", &said)], to(own), 409),
        (&vera, vec![("thread_id", shared)], to(shared), 403),
        (&otto, vec![("thread_id", shared)], "/".to_owned(), 404),
        (mara, vec![("thread_id", &unknown)], "/".to_owned(), 404),
        (mara, vec![("thread_id", "//elsewhere.example")], "/".to_owned(), 404),
    ];
    for (user, fields, place, status) in cases {
        let mut fields = fields;
        fields.push(("content", "Typed with care"));
        let (there, returned) = post(app, &user.cookie, &fields).await;
        assert_eq!(there, place, "{fields:?}");
        let cookie = returned.unwrap_or_else(|| panic!("{fields:?}"));
        for kept in ["Typed", "care"] {
            assert!(cookie.contains(kept), "{cookie}");
        }
        assert_eq!(say(app, user, &fields).await.status, status, "{fields:?}");
    }
    assert_eq!(rows(app, own).await.len(), 2, "nothing was written");

    // Somebody whose session has ended signs in first, and finds it then.
    let (there, returned) = post(app, "latchkey_session=over", &[("content", "Typed with care")]).await;
    assert_eq!(there, "/");
    let returned = returned.unwrap();
    let get = |path: &str, cookie: String| send(app.request(Method::GET, path).header("cookie", cookie));
    let signing_in = get("/sign-in", returned.clone()).await.expect(200);
    assert!(!signing_in.text.contains("Typed with care"));
    assert!(!signing_in.headers.contains_key("set-cookie"));
    let page = get("/", format!("{}; {returned}", mara.cookie)).await.expect(200);
    assert!(page.text.contains("Typed with care"));
    assert!(
        page.header("set-cookie").starts_with("latchkey_form=;"),
        "{:?}",
        page.headers
    );
});

both!(nothing_of_a_long_text_is_lost_on_the_way_back, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let long = format!("{}The end.", "A sentence, typed by hand. ".repeat(2_000));
    let fields = [("content", long.as_str()), ("model", "none-such")];
    let (there, returned) = post(&app, &mara.cookie, &fields).await;
    assert_eq!(there, "/");
    let cookies = format!("{}; {}", mara.cookie, returned.unwrap());
    assert!(cookies.len() < 8_000, "{}", cookies.len());
    let page = || send(app.request(Method::GET, "/").header("cookie", &cookies));
    let first = page().await.expect(200).text;
    assert!(first.contains("typed by hand. The end."));
    // Once; what the cookie itself holds of it is all that is left.
    let second = page().await.expect(200).text;
    assert!(second.contains("A sentence, typed by hand.") && !second.contains("The end."));
});
