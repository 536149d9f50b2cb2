//! Completions, whole and streamed, and what is written of them.

use serde_json::{Value, json};

use super::{Open, frames, user};
use crate::both;
use crate::support::Kind;
use crate::support::model_server::{MODEL, prompt};

both!(
    a_completion_holds_the_callers_messages_and_nothing_else,
    async |kind: Kind| {
        let open = Open::begin(kind).await;
        let context = json!({ "settings": { "context": "NOT-IN-THE-PROMPT" } });
        open.app
            .call("PATCH", "/api/user/settings", &open.mara.token, Some(context))
            .await
            .expect(200);
        let body = json!({
            "model": MODEL,
            "messages": [
                { "role": "system", "content": "Be brief." },
                user("Hello"),
                { "role": "assistant", "content": "Hi" },
                { "role": "user", "content": [{ "type": "text", "text": "Which tram?" }] },
            ],
            "max_tokens": 50,
        });
        let (answer, request) = tokio::join!(open.complete(body), open.model.answers("Line 28."));
        let text = |role: &str, text: &str| (role.to_owned(), text.to_owned());
        assert_eq!(
            prompt(&request),
            [
                text("system", "Be brief."),
                text("user", "Hello"),
                text("assistant", "Hi"),
                text("user", "Which tram?")
            ]
        );
        assert_eq!(request["max_tokens"], 50);

        let json = answer.expect(200).json();
        let rows = open.rows().await;
        let expected = json!({
            "id": format!("chatcmpl-{}", rows[1].id),
            "object": "chat.completion",
            "created": 1_768_471_200,
            "model": MODEL,
            "choices": [{
                "index": 0, "message": { "role": "assistant", "content": "Line 28.", "refusal": null }, "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": { "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 },
            "metadata": { "thread_id": rows[1].thread_id },
            "sources": [],
        });
        assert_eq!(json, expected);
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].content.as_str(), rows[1].content.as_str()),
            ("Which tram?", "Line 28.")
        );
        for row in &rows {
            assert_eq!(row.user_id, open.mara.id);
            assert_eq!(row.api_key_id.as_deref(), Some(open.key.id.as_str()));
        }
    }
);

both!(a_completion_goes_on_in_a_thread_that_is_named, async |kind: Kind| {
    let open = Open::begin(kind).await;
    let first = json!({ "model": MODEL, "messages": [user("First")] });
    let (first, _) = tokio::join!(open.complete(first), open.model.answers("One."));
    let thread_id = first.expect(200).json()["metadata"]["thread_id"].clone();
    let second = json!({ "model": MODEL, "messages": [user("Second")], "metadata": { "thread_id": thread_id } });
    let (second, request) = tokio::join!(open.complete(second), open.model.answers("Two."));
    assert_eq!(second.expect(200).json()["metadata"]["thread_id"], thread_id);
    assert_eq!(
        prompt(&request).len(),
        1,
        "the caller's messages are the whole conversation"
    );
    let rows = open.rows().await;
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| json!(row.thread_id) == thread_id));
    let third = json!({ "model": MODEL, "messages": [user("Third")] });
    let (third, _) = tokio::join!(open.complete(third), open.model.answers("Three."));
    assert_ne!(third.expect(200).json()["metadata"]["thread_id"], thread_id);
});

both!(a_stream_is_one_of_that_api, async |kind: Kind| {
    let open = Open::begin(kind).await;
    for with_usage in [true, false] {
        let body = json!({
            "model": MODEL, "messages": [user("Which tram?")], "stream": true,
            "stream_options": { "include_usage": with_usage },
        });
        let (answer, ()) = tokio::join!(open.complete(body), async {
            let exchange = open.model.asked().await;
            exchange.say("Line ");
            exchange.say("28.");
            exchange.finish_with("length");
        });
        let answer = answer.expect(200);
        assert_eq!(answer.headers["content-type"], "text/event-stream");
        let mut frames = frames(&answer.text);
        if with_usage {
            let cost = frames.pop().unwrap();
            assert_eq!(cost["choices"], json!([]));
            assert_eq!(
                cost["usage"],
                json!({ "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 })
            );
        }
        for frame in &frames {
            assert_eq!(
                (&frame["object"], &frame["model"]),
                (&json!("chat.completion.chunk"), &json!(MODEL))
            );
            assert_eq!(frame["id"], frames[0]["id"]);
            assert_eq!(frame.get("usage"), with_usage.then_some(&Value::Null));
        }
        let last = frames.pop().unwrap();
        assert_eq!(
            last["choices"],
            json!([{ "index": 0, "delta": {}, "finish_reason": "length" }])
        );
        assert_eq!(
            frames[0]["choices"][0]["delta"],
            json!({ "role": "assistant", "content": "" })
        );
        let text: String = frames
            .iter()
            .map(|frame| frame["choices"][0]["delta"]["content"].as_str().unwrap())
            .collect();
        assert_eq!(text, "Line 28.");
    }
});

both!(
    a_conversation_that_is_too_long_is_shortened_from_its_old_end,
    async |kind: Kind| {
        let open = Open::with_window(kind, Some(512)).await;
        let mut messages: Vec<Value> = (0..400)
            .map(|at| {
                let role = if at % 2 == 0 { "user" } else { "assistant" };
                json!({ "role": role, "content": format!("Turn {at}.") })
            })
            .collect();
        messages.insert(0, json!({ "role": "system", "content": "Be brief." }));
        messages.push(user("And now?"));
        let body = json!({ "model": MODEL, "messages": messages, "max_completion_tokens": 100 });
        let (answer, request) = tokio::join!(open.complete(body), open.model.answers("Fine."));
        answer.expect(200);
        let prompt = prompt(&request);
        assert_eq!(prompt[0].1, "Be brief.");
        assert_eq!(prompt.last().unwrap().1, "And now?");
        assert_eq!(prompt[prompt.len() - 2].1, "Turn 399.");
        assert!((10..100).contains(&prompt.len()), "{}", prompt.len());
    }
);
