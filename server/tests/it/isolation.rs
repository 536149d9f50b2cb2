//! A key of a team acts inside its team, on every route; a personal key outside all teams.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Answer, Kind, TestApp, User, send};

/// Where things lie. Mara is in both teams; Otto is in them too, and some things there are his.
const PLACES: [&str; 3] = ["personal", "team A", "team B"];

/// What lies in one place, each thing with the name of the place in it.
struct Things {
    team: Option<String>,
    threads: Vec<String>,
    hidden: Option<String>,
    messages: Vec<String>,
    answers: Vec<String>,
    project: String,
    template: String,
    key: String,
}

struct Scene {
    app: TestApp,
    mara: User,
    things: Vec<Things>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn say(app: &TestApp, bearer: &str, thread: &str, content: &str) -> (String, String) {
    let body = json!({ "content": content, "threadId": thread, "stream": false });
    let said = app.post("/api/chat", bearer, body).await.expect(200).json();
    let list = app
        .get(&format!("/api/threads/{thread}/messages"), bearer)
        .await
        .expect(200)
        .json();
    let list = list["messages"].as_array().unwrap().clone();
    (text(&list[list.len() - 2]["id"]), text(&said["message"]["id"]))
}

impl Scene {
    async fn make(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        let (mara, otto) = (app.user("mara").await, app.user("otto").await);
        let mut things = Vec::new();
        for place in PLACES {
            let team = if place == "personal" {
                None
            } else {
                Some(app.team(&mara, place).await)
            };
            if let Some(team) = &team {
                app.join(&mara, team, &otto, entity::team_members::TeamRole::Member)
                    .await;
            }
            let make = async |who: &User, what: &str, body: Value| {
                let mut body = body;
                body["teamId"] = json!(team);
                let made = app
                    .post(&format!("/api/{what}s"), &who.token, body)
                    .await
                    .expect(201)
                    .json();
                text(&made[what]["id"])
            };
            let sharing = if team.is_some() { "team" } else { "private" };
            let project = make(&mara, "project", json!({ "name": place, "sharing": sharing })).await;
            let template = make(&mara, "template", json!({ "name": place, "prompt": place })).await;
            let key = app.key(&mara, json!({ "name": place, "teamId": team })).await.secret;
            let mut lying = Things {
                threads: vec![make(&mara, "thread", json!({ "title": place, "projectId": project })).await],
                team: team.clone(),
                hidden: None,
                messages: Vec::new(),
                answers: Vec::new(),
                project,
                template,
                key,
            };
            if team.is_some() {
                let shared = json!({ "title": place, "visibility": "shared" });
                lying.threads.push(make(&otto, "thread", shared).await);
                lying.hidden = Some(make(&otto, "thread", json!({ "title": place })).await);
            }
            for thread in &lying.threads {
                let (message, answer) = say(&app, &mara.token, thread, &format!("word of {place}")).await;
                lying.messages.push(message);
                lying.answers.push(answer);
            }
            things.push(lying);
        }
        while domain::search::catch_up(&app.core).await.unwrap() {}
        Self { app, mara, things }
    }

    async fn get(&self, key: &str, path: &str) -> Value {
        self.app.get(path, key).await.expect(200).json()
    }

    async fn call(&self, key: &str, (method, path, body): &(&str, String, Value)) -> Answer {
        let body = Some(body.clone()).filter(|body| !body.is_null());
        self.app.call(method, path, key, body).await
    }
}

fn ids(list: &Value) -> Vec<String> {
    let mut ids: Vec<String> = list.as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
    ids.sort();
    ids
}

fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

both!(a_key_lists_and_finds_what_lies_in_its_place, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    for (place, own) in PLACES.iter().zip(&scene.things) {
        // Whatever team is named.
        let named = scene.things.iter().filter_map(|things| things.team.clone());
        let queries = named
            .map(|team| format!("&teamId={team}"))
            .chain([String::new(), "&teamId=x".to_owned()]);
        for query in queries {
            let list = async |path: &str| scene.get(&own.key, &format!("{path}{query}")).await;
            let threads = list("/api/threads?limit=100").await;
            assert_eq!(ids(&threads["threads"]), sorted(&own.threads), "{place}{query}");
            let projects = list("/api/projects?limit=100").await;
            assert_eq!(
                ids(&projects["projects"]),
                std::slice::from_ref(&own.project),
                "{place}{query}"
            );
            assert_eq!(projects["projects"][0]["threadCount"], 1, "{place}{query}");
            let mut templates = list("/api/templates?limit=100").await;
            templates["templates"]
                .as_array_mut()
                .unwrap()
                .retain(|template| template["isBuiltIn"] == false);
            assert_eq!(
                ids(&templates["templates"]),
                std::slice::from_ref(&own.template),
                "{place}{query}"
            );
            let mut found = list("/api/search?q=word&limit=100").await;
            found["results"]
                .as_array_mut()
                .unwrap()
                .retain(|result| result["role"] == "user");
            assert_eq!(ids(&found["results"]), sorted(&own.messages), "{place}{query}");
            assert_eq!(
                found["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|result| text(&result["content"]))
                    .collect::<Vec<_>>(),
                vec![format!("word of {place}"); own.threads.len()]
            );
        }
        // What was used through it, and elsewhere in its place, and nothing else.
        let usage = scene.get(&own.key, "/api/user/usage").await;
        assert_eq!(usage["messagesThisMonth"], own.threads.len(), "{place}: {usage}");
        assert_eq!(usage["periods"][0]["messages"], own.threads.len(), "{place}: {usage}");
    }
    let usage = scene.get(&scene.mara.token, "/api/user/usage").await;
    assert_eq!(usage["messagesThisMonth"], 5);
});

both!(what_lies_elsewhere_is_not_there_for_a_key, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    let fresh = domain::clock::new_id;
    for (at, own) in scene.things.iter().enumerate() {
        let others = scene.things.iter().enumerate().filter(|(other, _)| *other != at);
        for (_, other) in others {
            // By row, as everything names it that a key may call.
            let calls = |thread: &str, message: &str, answer: &str, project: &str, template: &str| {
                vec![
                    ("GET", format!("/api/threads/{thread}"), Value::Null),
                    ("PATCH", format!("/api/threads/{thread}"), json!({ "title": "Taken" })),
                    ("DELETE", format!("/api/threads/{thread}"), Value::Null),
                    ("GET", format!("/api/threads/{thread}/messages"), Value::Null),
                    (
                        "DELETE",
                        format!("/api/threads/{thread}/messages/{message}"),
                        Value::Null,
                    ),
                    (
                        "POST",
                        "/api/chat".to_owned(),
                        json!({ "content": "Hi", "threadId": thread, "stream": false }),
                    ),
                    (
                        "POST",
                        "/api/chat".to_owned(),
                        json!({ "content": "Hi", "replaces": message, "stream": false }),
                    ),
                    (
                        "POST",
                        "/api/chat".to_owned(),
                        json!({ "content": "Hi", "projectId": project, "stream": false }),
                    ),
                    ("GET", format!("/api/chat/{answer}/stream"), Value::Null),
                    ("POST", format!("/api/chat/{answer}/stop"), Value::Null),
                    (
                        "POST",
                        format!("/api/chat/{answer}/regenerate"),
                        json!({ "stream": false }),
                    ),
                    ("POST", format!("/api/chat/{answer}/feedback"), json!({ "type": "up" })),
                    ("GET", format!("/api/export/{thread}"), Value::Null),
                    ("GET", format!("/api/export/{thread}?format=markdown"), Value::Null),
                    ("GET", format!("/api/search?q=word&threadId={thread}"), Value::Null),
                    ("GET", format!("/api/search?q=word&projectId={project}"), Value::Null),
                    ("GET", format!("/api/projects/{project}"), Value::Null),
                    ("PATCH", format!("/api/projects/{project}"), json!({ "name": "Taken" })),
                    ("DELETE", format!("/api/projects/{project}"), Value::Null),
                    (
                        "PATCH",
                        format!("/api/templates/{template}"),
                        json!({ "name": "Taken" }),
                    ),
                    ("DELETE", format!("/api/templates/{template}"), Value::Null),
                    (
                        "POST",
                        "/api/threads".to_owned(),
                        json!({ "title": "x", "projectId": project }),
                    ),
                    (
                        "PATCH",
                        format!("/api/threads/{}", own.threads[0]),
                        json!({ "projectId": project }),
                    ),
                ]
            };
            let hidden = own.hidden.iter().chain(&other.hidden);
            for thread in other.threads.iter().chain(hidden) {
                let (message, answer) = (&other.messages[0], &other.answers[0]);
                let there = calls(thread, message, answer, &other.project, &other.template);
                let nowhere = calls(&fresh(), &fresh(), &fresh(), &fresh(), &fresh());
                for (there, nowhere) in there.iter().zip(&nowhere) {
                    let (answer, unknown) = (scene.call(&own.key, there).await, scene.call(&own.key, nowhere).await);
                    let what = format!("{} in {}: {there:?}: {}", PLACES[at], other.threads[0], answer.text);
                    assert_eq!((answer.status.as_u16(), unknown.status.as_u16()), (404, 404), "{what}");
                    assert_eq!(answer.error(), unknown.error(), "{what}");
                }
            }
            // Within one's own thread a message of another is not there either.
            let path = format!("/api/threads/{}/messages/{}", own.threads[0], other.messages[0]);
            scene.call(&own.key, &("DELETE", path, Value::Null)).await.expect(404);
        }
        // Of teams themselves, keys and the account a key learns nothing.
        for path in ["/api/teams", "/api/api-keys", "/api/auth/me", "/api/admin/users"] {
            scene.app.get(path, &own.key).await.expect(403);
        }
        let settings = if own.team.is_some() { 403 } else { 200 };
        scene.app.get("/api/user/settings", &own.key).await.expect(settings);
    }
    // All is as it was.
    for (place, things) in PLACES.iter().zip(&scene.things) {
        for thread in &things.threads {
            let thread = scene.get(&things.key, &format!("/api/threads/{thread}")).await;
            assert_eq!(
                (&thread["thread"]["title"], &thread["thread"]["messageCount"]),
                (&json!(place), &json!(2))
            );
        }
    }
});

both!(what_a_key_makes_lies_in_its_place, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    for own in &scene.things {
        for named in &scene.things {
            let named = &named.team;
            let key = &own.key;
            let made = async |path: &str, what: &str, body: Value| {
                let mut body = body;
                body["teamId"] = json!(named);
                let answer = scene.app.post(path, key, body).await;
                assert!(answer.status.is_success(), "{path}: {}", answer.text);
                answer.json()[what].take()
            };
            let expected = json!(own.team);
            let thread = made("/api/threads", "thread", json!({ "title": "x" })).await;
            assert_eq!(thread["teamId"], expected);
            let thread = made("/api/chat", "thread", json!({ "content": "Hi", "stream": false })).await;
            assert_eq!(thread["teamId"], expected);
            let project = made("/api/projects", "project", json!({ "name": "x" })).await;
            assert_eq!(project["teamId"], expected);
            let template = made("/api/templates", "template", json!({ "name": "x", "prompt": "x" })).await;
            assert_eq!(template["teamId"], expected);
        }
    }
});

both!(the_same_idempotency_key_does_not_lead_elsewhere, async |kind: Kind| {
    let scene = Scene::make(kind).await;
    let body = json!({ "title": "once" });
    let mut made = Vec::new();
    for own in &scene.things {
        let once = scene.app.request(Method::POST, "/api/threads").bearer_auth(&own.key);
        let once = send(once.header("idempotency-key", "the same").json(&body)).await;
        // Either it made a thread of its own, or it was refused: it is never shown another's.
        if once.status == 201 {
            let json = once.json();
            assert_eq!(json["thread"]["teamId"], json!(own.team));
            made.push(text(&json["thread"]["id"]));
        }
    }
    made.sort();
    let distinct = made.len();
    made.dedup();
    assert_eq!(made.len(), distinct);
});
