//! The real program, killed and ended in the middle of an answer. What had arrived is kept, its user is told, and the
//! conversation goes on.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::time::{Duration, Instant};

use entity::messages::{self, MessageRole, MessageStatus};
use reqwest::{Client, RequestBuilder};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::both;
use crate::support::database::Database;
use crate::support::model_server::{Exchange, MODEL, ModelServer};
use crate::support::program::{Program, Serving};
use crate::support::sse::Following;
use crate::support::{Answer, Kind, send, until};

/// How long an orderly end may take: answers get five seconds to complete, connections as long to close.
const ORDERLY: Duration = Duration::from_secs(12);

/// A database, a model, and the program that can be started on them again and again.
struct Place {
    model: ModelServer,
    program: Program,
    http: Client,
    db: DatabaseConnection,
    token: String,
    user_id: String,
    _database: Database,
}

impl Place {
    /// With somebody registered, and the program serving.
    async fn open(kind: Kind) -> (Self, Serving) {
        let model = ModelServer::start().await;
        let database = Database::make(kind).await;
        let program = Program::on(
            &database,
            &format!(
                "chat.default_model = '{MODEL}'\n[[models]]\nid = '{MODEL}'\nprovider = 'openai'\nbase_url = '{}'",
                model.base_url()
            ),
        );
        let serving = program.serve().await;
        let http = Client::builder().no_proxy().build().unwrap();
        let body = json!({ "email": "mara@example.com", "password": "correct horse", "name": "Mara" });
        let url = format!("{}/api/auth/register", serving.url);
        let registered = send(http.post(url).json(&body)).await.expect(201).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let place = Self {
            db: database.connect().await,
            token: text(&registered["token"]),
            user_id: text(&registered["user"]["id"]),
            model,
            program,
            http,
            _database: database,
        };
        (place, serving)
    }

    fn get(&self, serving: &Serving, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", serving.url)).bearer_auth(&self.token)
    }

    async fn say(&self, serving: &Serving, thread_id: Option<&str>, content: &str) -> (Following, Exchange) {
        let body = json!({ "content": content, "threadId": thread_id });
        let request = self
            .http
            .post(format!("{}/api/chat", serving.url))
            .bearer_auth(&self.token)
            .json(&body);
        (Following::open(request, 0).await, self.model.asked().await)
    }

    /// Begins an answer of which so much is heard and in the database.
    async fn half_an_answer(&self, serving: &Serving, half: &str) -> (Following, Exchange) {
        let (mut following, exchange) = self.say(serving, None, "Tell me a story").await;
        exchange.say(half);
        following.hear(half).await;
        until("the text so far is written", async || {
            self.row(&following.message_id).await.content == half
        })
        .await;
        (following, exchange)
    }

    async fn row(&self, id: &str) -> messages::Model {
        messages::Entity::find()
            .filter(messages::Column::Id.eq(id))
            .one(&self.db)
            .await
            .unwrap()
            .unwrap()
    }

    async fn thread(&self, serving: &Serving, id: &str) -> Answer {
        send(self.get(serving, &format!("/api/threads/{id}"))).await.expect(200)
    }
}

both!(what_was_written_survives_a_kill, async |kind: Kind| {
    const HALF: &str = "Es war einmal 東京 ";
    let (place, serving) = Place::open(kind).await;
    let (mut following, exchange) = place.half_an_answer(&serving, HALF).await;
    assert_eq!(serving.signal("KILL").await, None);
    assert_eq!(following.until_cut().await, None, "a killed server says no more");
    drop(exchange);

    let serving = place.program.serve().await;
    // The token is good in the new process, and both messages are there.
    let thread = place.thread(&serving, &following.thread_id).await.json();
    let messages = &thread["thread"]["messages"];
    assert_eq!(
        (&messages[0]["content"], &messages[0]["status"]),
        (&json!("Tell me a story"), &json!("complete"))
    );
    assert_eq!(
        (&messages[1]["content"], &messages[1]["role"]),
        (&json!(HALF), &json!("assistant"))
    );
    assert_eq!(thread["thread"]["messageCount"], 2);

    // Whoever comes back at once waits until it is known that nobody writes it any more.
    let stream = format!("/api/chat/{}/stream", following.message_id);
    let mut early = Following::open(place.get(&serving, &stream), 0).await;
    until("the answer is marked", async || {
        place.row(&following.message_id).await.status == MessageStatus::Interrupted
    })
    .await;
    let mut late = Following::open(place.get(&serving, &stream), 0).await;
    for following in [&mut early, &mut late] {
        let end = following.end().await;
        assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("unavailable")));
        assert!(end["error"].as_str().unwrap().ends_with("What had arrived is kept."));
        assert_eq!(following.text, HALF);
    }
    let row = place.row(&following.message_id).await;
    assert_eq!(
        (row.content.as_str(), row.user_id.as_str()),
        (HALF, place.user_id.as_str())
    );
    assert_eq!((row.lease_owner, row.lease_until), (None, None));

    let (mut next, exchange) = place.say(&serving, Some(&following.thread_id), "Go on").await;
    let prompt = exchange.prompt();
    assert_eq!(prompt.last().unwrap(), &("user".to_owned(), "Go on".to_owned()));
    assert!(prompt.iter().any(|(_, text)| text == "Tell me a story"), "{prompt:?}");
    exchange.say("lebte ein Drache.");
    exchange.finish();
    assert_eq!(next.end().await["status"], "complete");
    let thread = place.thread(&serving, &following.thread_id).await.json();
    let statuses: Vec<_> = thread["thread"]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["status"])
        .collect();
    assert_eq!(statuses, ["complete", "interrupted", "complete", "complete"]);
});

both!(
    a_kill_before_the_first_word_keeps_what_the_user_said,
    async |kind: Kind| {
        let (place, serving) = Place::open(kind).await;
        let (following, exchange) = place.say(&serving, None, "Tell me a story").await;
        serving.signal("KILL").await;
        drop(exchange);
        let said = place.row(&following.user_message_id).await;
        assert_eq!(
            (said.content.as_str(), said.status),
            ("Tell me a story", MessageStatus::Complete)
        );
        assert_eq!(
            (said.role, said.user_id.as_str()),
            (MessageRole::User, place.user_id.as_str())
        );

        let serving = place.program.serve().await;
        // Not even the mark has to be waited for.
        let (mut next, exchange) = place.say(&serving, Some(&following.thread_id), "Hello?").await;
        assert!(exchange.prompt().iter().all(|(_, text)| !text.is_empty()));
        exchange.say("Hello.");
        exchange.finish();
        assert_eq!(next.end().await["status"], "complete");
        until("the answer is marked", async || {
            place.row(&following.message_id).await.status == MessageStatus::Interrupted
        })
        .await;
    }
);

both!(
    an_orderly_end_keeps_what_was_written_and_ends_the_streams,
    async |kind: Kind| {
        let (place, serving) = Place::open(kind).await;
        let (mut following, exchange) = place.half_an_answer(&serving, "Once upon a ").await;
        // Not written yet when the order to end comes.
        exchange.say("time ");
        following.hear("Once upon a time ").await;
        let begun = Instant::now();
        let code = timeout(ORDERLY, serving.signal("TERM")).await.expect("it ends in time");
        assert_eq!(code, Some(0), "after {:?}", begun.elapsed());
        let end = following.end().await;
        assert_eq!((&end["type"], &end["code"]), (&json!("error"), &json!("unavailable")));
        exchange.hung_up().await;

        let row = place.row(&following.message_id).await;
        assert_eq!(
            (row.content.as_str(), row.status),
            ("Once upon a time ", MessageStatus::Interrupted)
        );
        assert_eq!((row.lease_owner, row.lease_until), (None, None));
        let serving = place.program.serve().await;
        let (mut next, exchange) = place.say(&serving, Some(&following.thread_id), "Go on").await;
        exchange.say("there was");
        exchange.finish();
        assert_eq!(next.end().await["status"], "complete");
    }
);

both!(an_answer_may_complete_while_the_server_ends, async |kind: Kind| {
    let (place, serving) = Place::open(kind).await;
    let (mut following, exchange) = place.half_an_answer(&serving, "Once upon a ").await;
    let health = format!("{}/api/health", serving.url);
    let ended = tokio::spawn(timeout(ORDERLY, serving.signal("TERM")));
    let fresh = || Client::builder().no_proxy().build().unwrap();
    until("nobody is let in any more", async || {
        fresh().get(&health).send().await.is_err()
    })
    .await;
    exchange.say("time.");
    exchange.finish();
    let end = following.end().await;
    assert_eq!((&end["type"], &end["status"]), (&json!("done"), &json!("complete")));
    let finished = Instant::now();
    assert_eq!(ended.await.unwrap().expect("it ends in time"), Some(0));
    assert!(
        finished.elapsed() < Duration::from_secs(4),
        "nothing is left to wait for: {:?}",
        finished.elapsed()
    );
    let row = place.row(&following.message_id).await;
    assert_eq!(
        (row.content.as_str(), row.status),
        ("Once upon a time.", MessageStatus::Complete)
    );
});
