//! What falls out of a model's window is summed up after the answer, and the summary goes along with what follows.

use entity::messages::MessageRole;
use entity::thread_summaries;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::context::{insert, thread, turns};
use super::{Talk, rows};
use crate::both;
use crate::support::model_server::{Exchange, ModelServer};
use crate::support::rows::number;
use crate::support::{Kind, TestApp, until};

const WINDOW: u32 = 512;
const SUMMARY: &str = "They counted turns of a voyage.";

impl Talk {
    /// With a small window, and summaries turned on.
    async fn summing_up(kind: Kind) -> Self {
        let model = ModelServer::start().await;
        let app = TestApp::with(kind, |config| {
            model.configure(config, Some(WINDOW));
            config.chat.summaries = true;
        })
        .await;
        let mara = app.user("mara").await;
        Self { app, model, mara }
    }

    /// A thread whose history does not fit into the window.
    async fn long_thread(&self) -> String {
        let id = thread(self).await;
        insert(self, &id, turns(60, |at| format!("Turn {at} of a long voyage."))).await;
        id
    }

    async fn summary(&self, thread_id: &str) -> Option<thread_summaries::Model> {
        thread_summaries::Entity::find_by_id(thread_id)
            .one(self.app.core.db.read())
            .await
            .unwrap()
    }

    /// Says something, answers it, and gives the request for a summary that follows.
    async fn answer_and_sum_up(&self, thread_id: &str, content: &str) -> Exchange {
        self.exchange(Some(thread_id), content, "Fine.").await;
        self.model.asked().await
    }

    /// Lets the model sum up a thread that is long, and waits until that is kept.
    async fn sum_up(&self, thread_id: &str, summary: &str) {
        let mut step = Some(self.answer_and_sum_up(thread_id, "And now?").await);
        while let Some(exchange) = step {
            exchange.say(summary);
            exchange.finish();
            step = self.next_step(thread_id).await;
        }
        assert_eq!(self.summary(thread_id).await.unwrap().text, summary);
    }

    /// The request for the next step of a summary; nothing when it is over.
    async fn next_step(&self, thread_id: &str) -> Option<Exchange> {
        tokio::select! {
            exchange = self.model.asked() => Some(exchange),
            () = until("the summary is over", async || !self.app.core.is_summing_up(thread_id)) => None,
        }
    }

    /// Tokens that were used so far, and the answers they count as.
    async fn used(&self) -> (i64, i64) {
        let db = self.app.core.db.read();
        (
            number(
                db,
                "SELECT CAST(COALESCE(SUM(prompt_tokens), 0) AS BIGINT) FROM usage_daily",
            )
            .await,
            number(db, "SELECT CAST(COALESCE(SUM(messages), 0) AS BIGINT) FROM usage_daily").await,
        )
    }

    /// The report of an answer, as the API gives it.
    async fn report(&self, thread_id: &str, message_id: &str) -> Value {
        let path = format!("/api/threads/{thread_id}/messages");
        let list = self.app.get(&path, &self.mara.token).await.expect(200).json();
        let messages = list["messages"].as_array().unwrap();
        let message = messages.iter().find(|message| message["id"] == message_id).unwrap();
        message["promptReport"].clone()
    }
}

both!(
    what_falls_out_is_summed_up_and_goes_along_with_what_follows,
    async |kind: Kind| {
        let talk = Talk::summing_up(kind).await;
        let id = talk.long_thread().await;
        let mut step = Some(talk.answer_and_sum_up(&id, "And now?").await);
        let (mut told, mut steps) = (Vec::new(), 0);
        while let Some(exchange) = step {
            assert!(exchange.request["max_tokens"].as_u64().unwrap() <= u64::from(WINDOW / 8));
            let mut prompt = exchange.prompt();
            let (_, request) = prompt.pop().unwrap();
            let (_, instructions) = prompt.remove(0);
            assert!(
                instructions.starts_with("You keep the summary of a conversation"),
                "{instructions}"
            );
            assert!(request.starts_with("Sum up the conversation above"), "{request}");
            assert_eq!(request.contains(SUMMARY), steps > 0, "it goes on from the step before");
            told.extend(prompt.into_iter().map(|(_, text)| text));
            steps += 1;
            exchange.say(SUMMARY);
            exchange.finish();
            step = talk.next_step(&id).await;
        }
        assert!(steps > 1, "more than the model reads at once");
        for (at, text) in told.iter().enumerate() {
            assert_eq!(
                text,
                &format!("Turn {at} of a long voyage."),
                "from the oldest on, without holes"
            );
        }
        let row = talk.summary(&id).await.unwrap();
        assert_eq!((row.text.as_str(), &row.user_id), (SUMMARY, &talk.mara.id));
        let covered = rows(&talk.app, &id)
            .await
            .iter()
            .filter(|message| message.seq <= row.up_to_seq)
            .count();
        assert_eq!(told.len(), covered, "what it covers the model was shown");
        assert!(covered < 60, "the newest still fits");
        // It costs tokens, not messages.
        assert_eq!(talk.used().await, (11 * (1 + steps), 1));

        let (mut following, exchange) = talk.say_in(Some(&id), "What was it about?").await;
        let prompt = exchange.prompt();
        assert_eq!(prompt[0].0, "system");
        assert!(
            prompt[0].1.contains(&format!("<summary-1>\n{SUMMARY}\n</summary-1>")),
            "{prompt:?}"
        );
        exchange.say("Turns.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        let report = talk.report(&id, &following.message_id).await;
        assert_eq!(report["summary"]["upTo"], row.up_to_seq, "{report}");
        assert!(report["summary"]["tokens"].as_u64().unwrap() > 0 && report["omitted"] == true);
        assert_eq!(report["system"], 0, "there are no instructions beside it");

        // It covers what will fall out next, so that not every exchange needs another; then it is taken on.
        let mut asked = 0;
        let next = loop {
            asked += 1;
            let question = format!("Question {asked} about the ship and all that is in it?");
            let (mut following, exchange) = talk.say_in(Some(&id), &question).await;
            let is_summary = exchange.prompt()[0].1.starts_with("You keep the summary");
            let (answer, summary) = if is_summary {
                (talk.model.asked().await, Some(exchange))
            } else {
                (exchange, None)
            };
            answer.say("A long answer about the ship, with its masts and its crew.");
            answer.finish();
            following.end().await;
            if let Some(summary) = summary {
                break summary;
            }
            assert!(asked < 20, "the summary is never taken on");
        };
        let request = next.prompt().last().unwrap().1.clone();
        assert!(request.contains(SUMMARY), "{request}");
        next.say("They counted turns, then spoke of a ship.");
        next.finish();
        until("the summary is taken on", async || {
            talk.summary(&id).await.unwrap().up_to_seq > row.up_to_seq
        })
        .await;
    }
);

both!(what_no_prompt_can_have_does_not_stop_a_summary, async |kind: Kind| {
    let talk = Talk::summing_up(kind).await;
    let id = thread(&talk).await;
    // An answer without a question, a long question after it, and damaged rows.
    insert(&talk, &id, [(MessageRole::Assistant, "Welcome aboard.".to_owned())]).await;
    insert(
        &talk,
        &id,
        turns(2, |at| format!("Turn {at}: {}", "a long word about ships. ".repeat(60))),
    )
    .await;
    insert(&talk, &id, turns(40, |_| " ".to_owned())).await;
    insert(&talk, &id, [(MessageRole::Assistant, "Once more.".to_owned())]).await;
    insert(&talk, &id, turns(60, |at| format!("Turn {} of a long voyage.", at + 2))).await;
    let mut step = Some(talk.answer_and_sum_up(&id, "And now?").await);
    let mut told = Vec::new();
    while let Some(exchange) = step {
        let prompt = exchange.prompt();
        told.extend(prompt[1..prompt.len() - 1].iter().map(|(_, text)| text.clone()));
        exchange.say(SUMMARY);
        exchange.finish();
        step = talk.next_step(&id).await;
    }
    let turns: Vec<&String> = told.iter().filter(|text| text.starts_with("Turn ")).collect();
    for (at, text) in turns.iter().enumerate() {
        assert!(text.starts_with(&format!("Turn {at}")), "{at}: {text}");
    }
    assert!(turns.len() > 20, "{}", turns.len());
    assert!(talk.summary(&id).await.is_some());
});

both!(where_summaries_are_turned_off_there_are_none, async |kind: Kind| {
    let talk = Talk::with_window(kind, Some(WINDOW)).await;
    let id = talk.long_thread().await;
    let row = thread_summaries::ActiveModel {
        thread_id: Set(id.clone()),
        user_id: Set(talk.mara.id.clone()),
        up_to_seq: Set(1),
        text: Set("From before it was turned off.".to_owned()),
        model: Set("stand-in".to_owned()),
        updated_at: Set(talk.app.clock.now()),
    };
    thread_summaries::Entity::insert(row)
        .exec_without_returning(talk.app.core.db.write())
        .await
        .unwrap();
    for _ in 0..2 {
        let (mut following, exchange) = talk.say_in(Some(&id), "And now?").await;
        assert!(exchange.prompt().iter().all(|(role, _)| role != "system"));
        exchange.say("Fine.");
        exchange.finish();
        assert_eq!(following.end().await["status"], "complete");
        let report = talk.report(&id, &following.message_id).await;
        assert_eq!((&report["summary"], &report["omitted"]), (&Value::Null, &json!(true)));
    }
});

both!(what_leaves_a_thread_leaves_no_summary_behind, async |kind: Kind| {
    let talk = Talk::summing_up(kind).await;
    let id = talk.long_thread().await;
    let messages = rows(&talk.app, &id).await;
    let message_path = |at: usize| format!("/api/threads/{id}/messages/{}", messages[at].id);

    talk.sum_up(&id, SUMMARY).await;
    let up_to = talk.summary(&id).await.unwrap().up_to_seq;
    // A message that is not in it is none of its business.
    let newest = rows(&talk.app, &id).await.pop().unwrap();
    assert!(newest.seq > up_to);
    let path = format!("/api/threads/{id}/messages/{}", newest.id);
    talk.app.call("DELETE", &path, &talk.mara.token, None).await.expect(204);
    assert!(talk.summary(&id).await.is_some());
    talk.app
        .call("DELETE", &message_path(30), &talk.mara.token, None)
        .await
        .expect(204);
    assert_eq!(talk.summary(&id).await, None);

    // One that goes while it is being summed up is in nothing that is kept.
    let before = talk.used().await.0;
    let exchange = talk.answer_and_sum_up(&id, "And now?").await;
    let told = exchange.prompt();
    let at = messages
        .iter()
        .rposition(|row| told.iter().any(|(_, text)| text.contains(&row.content)));
    talk.app
        .call("DELETE", &message_path(at.unwrap()), &talk.mara.token, None)
        .await
        .expect(204);
    exchange.say("Of what is gone.");
    exchange.finish();
    until("it has been counted", async || talk.used().await.0 == before + 22).await;
    assert_eq!(talk.summary(&id).await, None);

    // Nor of what another takes the place of.
    talk.sum_up(&id, "Once more.").await;
    let first = rows(&talk.app, &id)
        .await
        .into_iter()
        .find(|row| row.role == MessageRole::User)
        .unwrap();
    let body = json!({ "content": "Otherwise", "replaces": first.id, "stream": false });
    let answered = tokio::join!(
        talk.app.post("/api/chat", &talk.mara.token, body),
        talk.model.answers("So be it.")
    );
    answered.0.expect(200);
    assert_eq!(talk.summary(&id).await, None);

    // And with the thread goes its row.
    let id = talk.long_thread().await;
    talk.sum_up(&id, SUMMARY).await;
    talk.app
        .call("DELETE", &format!("/api/threads/{id}"), &talk.mara.token, None)
        .await
        .expect(204);
    talk.app.clock.advance(std::time::Duration::from_hours(24 * 366));
    talk.app.core.forget().await;
    assert_eq!(talk.summary(&id).await, None);
});

both!(a_summary_that_fails_leaves_answers_whole, async |kind: Kind| {
    let talk = Talk::summing_up(kind).await;
    let id = talk.long_thread().await;
    for fault in 0..4 {
        let exchange = talk.answer_and_sum_up(&id, "And now?").await;
        match fault {
            0 => exchange.refuse(400, None, "{}"),
            1 => {
                exchange.say("Half a summ");
                exchange.die();
            }
            2 => exchange.raw("data: nonsense\n\n"),
            _ => {
                exchange.say(" \n ");
                exchange.finish();
            }
        }
        until("it has been given up", async || !talk.app.core.is_summing_up(&id)).await;
        assert_eq!(talk.summary(&id).await, None);
    }
    talk.sum_up(&id, SUMMARY).await;
    let failed = "SELECT COUNT(*) FROM messages WHERE status <> 'complete'";
    assert_eq!(number(talk.app.core.db.read(), failed).await, 0);
});

both!(the_end_of_the_server_does_not_wait_for_a_summary, async |kind: Kind| {
    let mut talk = Talk::summing_up(kind).await;
    let id = talk.long_thread().await;
    let exchange = talk.answer_and_sum_up(&id, "And now?").await;
    tokio::time::timeout(std::time::Duration::from_secs(15), talk.app.shut_down())
        .await
        .expect("the server ends");
    exchange.hung_up().await;
});

both!(the_builtin_model_sums_up_by_extraction, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let talk = Talk {
        model: ModelServer::start().await,
        app,
        mara,
    };
    let id = thread(&talk).await;
    insert(
        &talk,
        &id,
        turns(400, |at| {
            format!("Turn {at} is about a ship. It has many masts and a crew of forty.")
        }),
    )
    .await;
    let body = json!({ "content": "How many masts?", "threadId": id, "stream": false });
    talk.app
        .post("/api/chat", &talk.mara.token, body.clone())
        .await
        .expect(200);
    until("the summary is kept", async || talk.summary(&id).await.is_some()).await;
    let text = talk.summary(&id).await.unwrap().text;
    assert!(
        text.starts_with("- The ") && text.contains(" is about a ship."),
        "{text}"
    );
    talk.app.post("/api/chat", &talk.mara.token, body).await.expect(200);
    let answer = rows(&talk.app, &id).await.pop().unwrap();
    let report = talk.report(&id, &answer.id).await;
    assert!(report["summary"]["upTo"].as_i64().unwrap() < answer.seq, "{report}");
});
