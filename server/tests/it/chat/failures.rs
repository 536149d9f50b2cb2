//! A model that fails: the reason in a sentence, what had arrived is kept, and the conversation goes on.

use domain::config::Provider;
use entity::messages::{MessageRole, MessageStatus};
use entity::usage_daily;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Talk, post_chat, row, rows};
use crate::both;
use crate::support::model_server::{Exchange, ModelServer, configure};
use crate::support::rows::number;
use crate::support::sse::Following;
use crate::support::{Kind, TestApp, send};

/// What no answer may repeat: the server's own words can hold keys, addresses and other people's text.
const SECRET: &str = "SECRET-OF-THE-SERVER";

struct Fault {
    name: &'static str,
    /// What had arrived.
    before: &'static str,
    fails: fn(Exchange),
    status: u16,
    code: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "500",
        before: "",
        fails: |exchange| exchange.deny(500, None, "SECRET-OF-THE-SERVER crashed"),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "401",
        before: "",
        fails: |exchange| exchange.deny(401, None, "Incorrect API key: SECRET-OF-THE-SERVER"),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "404",
        before: "",
        fails: |exchange| exchange.deny(404, None, "no model SECRET-OF-THE-SERVER"),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "429",
        before: "",
        fails: |exchange| exchange.deny(429, Some(20), "SECRET-OF-THE-SERVER quota"),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "504 of a gateway",
        before: "",
        fails: |exchange| exchange.refuse(504, None, "<html>SECRET-OF-THE-SERVER</html>"),
        status: 504,
        code: "model_timeout",
    },
    Fault {
        name: "the connection breaks before the first word",
        before: "",
        fails: Exchange::die,
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "the connection breaks in the middle",
        before: "Half a sen",
        fails: Exchange::die,
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "the body ends without an end mark",
        before: "Half a sen",
        fails: drop,
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "garbage in the middle",
        before: "Half a sen",
        fails: |exchange| exchange.frame(b"{\"choices\": SECRET-OF-THE-SERVER}"),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "broken text in the middle",
        before: "Half a sen",
        fails: |exchange| exchange.frame(b"{\"choices\": \"SECRET-OF-THE-SERVER \xf0\x9f\"}"),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "a line of 10 MB",
        before: "Half a sen",
        fails: |exchange| exchange.bytes(vec![b'x'; 10 << 20]),
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "a stream without end",
        before: "Half a sen",
        fails: |exchange| {
            for _ in 0..520 {
                exchange.pad();
            }
        },
        status: 502,
        code: "model_failed",
    },
    Fault {
        name: "an error in the middle",
        before: "Half a sen",
        fails: |exchange| exchange.fail("SECRET-OF-THE-SERVER"),
        status: 502,
        code: "model_failed",
    },
];

both!(
    a_failing_model_is_told_and_what_had_arrived_is_kept,
    async |kind: Kind| {
        told_and_kept(kind, Provider::Openai).await;
    }
);

both!(ollama_fails, async |kind: Kind| told_and_kept(kind, Provider::Ollama)
    .await);
both!(anthropic_fails, async |kind: Kind| told_and_kept(
    kind,
    Provider::Anthropic
)
.await);
both!(gemini_fails, async |kind: Kind| told_and_kept(kind, Provider::Gemini)
    .await);

async fn told_and_kept(kind: Kind, wire: Provider) {
    let talk = Talk::speaking(kind, wire).await;
    let key = talk.app.key(&talk.mara, json!({ "name": "CLI" })).await;
    let mut thread_id: Option<String> = None;
    for fault in FAULTS {
        let body = json!({ "content": format!("Now: {}", fault.name), "threadId": thread_id });
        let mut following = Following::open(post_chat(&talk.app, &key.secret, &body), 0).await;
        let exchange = talk.model.asked().await;
        if !fault.before.is_empty() {
            exchange.say(fault.before);
            following.hear(fault.before).await;
        }
        (fault.fails)(exchange);
        let end = {
            let mut ending = std::pin::pin!(following.end());
            loop {
                tokio::select! {
                    end = &mut ending => break end,
                    // What a moment may mend is tried again.
                    exchange = talk.model.asked() => (fault.fails)(exchange),
                }
            }
        };
        assert_eq!(
            (&end["type"], &end["code"]),
            (&json!("error"), &json!(fault.code)),
            "{}",
            fault.name
        );
        assert_sentence(&end["error"], fault.name);

        let row = talk.row(&following.message_id).await;
        assert_eq!(
            (row.content.as_str(), row.status),
            (fault.before, MessageStatus::Failed),
            "{}",
            fault.name
        );
        assert_eq!(row.error.as_deref(), end["error"].as_str());
        assert_eq!((row.lease_owner, row.lease_until), (None, None));
        assert_eq!(
            (row.user_id.as_str(), row.api_key_id.as_deref()),
            (talk.mara.id.as_str(), Some(key.id.as_str()))
        );
        // Whoever comes later is told the same.
        let mut again = talk.follow(&following.message_id, 0).await;
        assert_eq!(again.end().await, end);
        assert_eq!(again.text, fault.before);
        thread_id = Some(following.thread_id);
    }
    // None of it stands in the way of the next message.
    let thread_id = thread_id.unwrap();
    talk.exchange(Some(&thread_id), "And now?", "Now it works.").await;
    let rows = rows(&talk.app, &thread_id).await;
    assert_eq!(rows.len(), 2 * FAULTS.len() + 2);
    assert!(rows.iter().all(|row| row.user_id == talk.mara.id));
    assert!(
        rows.iter()
            .filter(|row| row.role == MessageRole::User)
            .all(|row| row.status == MessageStatus::Complete)
    );
    // What came to nothing costs nothing; what had arrived counts, in the month's messages and in the report of what was
    // used.
    let counted = 1 + FAULTS.iter().filter(|fault| !fault.before.is_empty()).count();
    let used = usage_daily::Entity::find().all(talk.app.core.db.read()).await.unwrap();
    assert_eq!(
        usize::try_from(used.iter().map(|row| row.messages).sum::<i64>()),
        Ok(counted)
    );
    let taken = number(
        talk.app.core.db.read(),
        "SELECT CAST(SUM(messages) AS BIGINT) FROM plan_usage",
    )
    .await;
    assert_eq!(usize::try_from(taken), Ok(counted));
    let list = talk
        .app
        .get(&format!("/api/threads/{thread_id}"), &talk.mara.token)
        .await
        .expect(200);
    assert!(!list.text.contains(SECRET));
}

both!(
    a_failing_model_is_a_gateways_error_for_who_waits_for_json,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        for fault in FAULTS {
            let body = json!({ "content": format!("Now: {}", fault.name), "stream": false });
            let mut waiting = tokio::spawn(send(post_chat(&talk.app, &talk.mara.token, &body)));
            let answer = loop {
                tokio::select! {
                    answer = &mut waiting => break answer.unwrap(),
                    exchange = talk.model.asked() => {
                        if !fault.before.is_empty() {
                            exchange.say(fault.before);
                        }
                        (fault.fails)(exchange);
                    }
                }
            };
            assert_eq!(answer.status.as_u16(), fault.status, "{}: {}", fault.name, answer.text);
            let json = answer.json();
            assert_eq!(json["code"], fault.code);
            assert_sentence(&json["error"], fault.name);
            assert!(json["requestId"].is_string());
            assert!(!answer.text.contains(SECRET));
        }
    }
);

fn assert_sentence(sentence: &Value, name: &str) {
    let sentence = sentence.as_str().unwrap();
    assert!(sentence.len() > 20 && sentence.ends_with('.'), "{name}: {sentence}");
    for word in [SECRET, "127.0.0.1", "http", "Error", "{"] {
        assert!(!sentence.contains(word), "{name}: {sentence}");
    }
}

both!(a_server_that_is_down, async |kind: Kind| {
    // A port that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let app = TestApp::with(kind, |config| configure(config, &format!("http://{port}/v1"), None)).await;
    let mara = app.user("mara").await;
    let mut following = Following::open(post_chat(&app, &mara.token, &json!({ "content": "Hello" })), 0).await;
    let end = following.end().await;
    assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("model_failed")));
    assert_sentence(&end["error"], "down");
    let body = json!({ "content": "Hello", "threadId": following.thread_id, "stream": false });
    let answer = send(post_chat(&app, &mara.token, &body)).await.expect(502);
    assert!(!answer.text.contains(&port.to_string()));
    let rows = rows(&app, &following.thread_id).await;
    assert_eq!(rows.len(), 4, "what the user said is kept");
    assert!(rows.iter().all(|row| row.user_id == mara.id));
});

both!(a_model_that_is_silent_is_too_slow, async |kind: Kind| {
    for wire in [
        Provider::Openai,
        Provider::Ollama,
        Provider::Anthropic,
        Provider::Gemini,
    ] {
        let model = ModelServer::speaking(wire).await;
        let app = TestApp::with(kind, |config| {
            model.configure(config, None);
            config.chat.request_timeout_seconds = 1;
        })
        .await;
        let mara = app.user("mara").await;
        let mut following = Following::open(post_chat(&app, &mara.token, &json!({ "content": "Hello" })), 0).await;
        let exchange = model.asked().await;
        exchange.say("Half");
        let end = following.end().await;
        assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("model_timeout")));
        assert_eq!(following.text, "Half");
        exchange.hung_up().await;
        let body = json!({ "content": "Hello", "stream": false });
        let answer = send(post_chat(&app, &mara.token, &body)).await.expect(504);
        assert_eq!(answer.json()["code"], "model_timeout");
        drop(exchange);
    }
});

type Fails = fn(Exchange);

/// Answers that a moment may mend.
const PASSING: &[(&str, Fails)] = &[
    ("429", |exchange| exchange.refuse(429, Some(1), "{}")),
    ("503", |exchange| exchange.refuse(503, None, "{}")),
    ("the connection breaks before the first word", Exchange::die),
];

both!(what_a_moment_may_mend_is_tried_again, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    for (name, fails) in PASSING {
        let (mut following, exchange) = talk.say(name).await;
        fails(exchange);
        let exchange = talk.model.asked().await;
        assert_eq!(exchange.prompt().last().unwrap().1, *name, "the same is asked");
        exchange.say("Now it works.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete", "{name}");
        assert_eq!(following.text, "Now it works.");
    }
});

both!(nothing_is_tried_again_once_a_word_was_seen, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Hello").await;
    exchange.say("Half");
    following.hear("Half").await;
    drop(exchange);
    assert_eq!(following.end().await["code"], "model_failed");
    // The next request is that of the next message.
    let (mut following, exchange) = talk.say("And now?").await;
    assert_eq!(exchange.prompt().last().unwrap().1, "And now?");
    exchange.finish();
    following.end().await;
});

both!(another_model_answers_where_one_can_not, async |kind: Kind| {
    let model = ModelServer::start().await;
    let app = TestApp::with(kind, |config| {
        model.configure(config, Some(4_096));
        config.chat.fallback_model = Some("builtin".to_owned());
    })
    .await;
    let mara = app.user("mara").await;
    let say = |text: &str| post_chat(&app, &mara.token, &json!({ "content": text }));
    let mut following = Following::open(say("The rent is 900 euros. How much is the rent?"), 0).await;
    model
        .asked()
        .await
        .refuse(404, None, r#"{"error":"SECRET-OF-THE-SERVER"}"#);
    assert_eq!(following.end().await["status"], "complete");
    assert!(following.text.contains("900 euros"));
    let answer = row(&app, &following.message_id).await.unwrap();
    assert_eq!(answer.model.as_deref(), Some("builtin"), "the answer names who made it");
    let used = usage_daily::Entity::find().all(app.core.db.read()).await.unwrap();
    assert_eq!(
        used.iter().map(|row| row.model.as_str()).collect::<Vec<_>>(),
        ["builtin"]
    );

    // What is wrong with the question is wrong everywhere.
    let mut following = Following::open(say("Hello"), 0).await;
    model.asked().await.refuse(400, None, "{}");
    assert_eq!(following.end().await["code"], "model_failed");
    // And so is what broke off in the middle: it is not taken back.
    let mut following = Following::open(say("Hello"), 0).await;
    let exchange = model.asked().await;
    exchange.say("Half");
    following.hear("Half").await;
    drop(exchange);
    assert_eq!(following.end().await["code"], "model_failed");
    assert_eq!(following.text, "Half");
});

both!(thoughts_are_no_part_of_the_answer, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let thought = |text: &str| {
        let delta =
            json!({ "choices": [{ "index": 0, "delta": { "reasoning_content": text }, "finish_reason": null }] });
        format!("data: {delta}\n\n")
    };
    let (mut following, exchange) = talk.say("Hello").await;
    exchange.raw(&thought("They greet "));
    exchange.raw(&thought("me."));
    exchange.say("Good day.");
    exchange.finish();
    following.end().await;
    assert_eq!(following.text, "Good day.");
    let thread_id = following.thread_id;
    let (mut following, exchange) = talk.say_in(Some(&thread_id), "And now?").await;
    let heard: Vec<String> = exchange.prompt().into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        heard,
        ["Hello", "Good day.", "And now?"],
        "thoughts are in no later prompt"
    );
    for piece in ["<thi", "nk>They ", "ask.</th", "ink>\n\n", "All ", "is well."] {
        exchange.say(piece);
    }
    exchange.finish();
    following.end().await;
    assert_eq!(following.text, "All is well.");
    let read = talk
        .app
        .get(&format!("/api/threads/{thread_id}"), &talk.mara.token)
        .await
        .expect(200)
        .json();
    let thoughts: Vec<&Value> = [1, 3].map(|at| &read["thread"]["messages"][at]["reasoning"]).to_vec();
    assert_eq!(thoughts, [&json!("They greet me."), &json!("They ask.")]);
    assert_eq!(read["thread"]["messages"][0]["reasoning"], Value::Null);
    let report = &read["thread"]["messages"][3]["promptReport"];
    assert_eq!((&report["included"], &report["omitted"]), (&json!(2), &json!(false)));
    assert_eq!(read["thread"]["messages"][3]["finishReason"], "stop");
});
