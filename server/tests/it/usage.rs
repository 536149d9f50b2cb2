//! What is used, and how much of it a plan gives.

use std::time::Duration;

use domain::config::{Config, PlanConfig};
use serde_json::{Value, json};

use crate::both;
use crate::support::model_server::ModelServer;
use crate::support::rows::number;
use crate::support::{Kind, TestApp, User};

/// Plans with so many messages a month; the first is everybody's.
fn plans(config: &mut Config, plans: &[(&str, Option<u32>)]) {
    config.plans = plans
        .iter()
        .map(|(id, monthly_messages)| PlanConfig {
            id: (*id).to_owned(),
            name: (*id).to_owned(),
            monthly_messages: *monthly_messages,
        })
        .collect();
}

fn hello() -> Value {
    json!({ "content": "Hello", "stream": false })
}

async fn used(app: &TestApp, bearer: &str, query: &str) -> Value {
    app.get(&format!("/api/user/usage{query}"), bearer)
        .await
        .expect(200)
        .json()
}

async fn set_plan(app: &TestApp, admin: &User, user: &User, plan: &str) {
    let path = format!("/api/admin/users/{}", user.id);
    app.call("PATCH", &path, &admin.token, Some(json!({ "plan": plan })))
        .await
        .expect(200);
}

both!(no_more_answers_begin_than_the_plan_gives, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        config.limits.max_running_answers = 1_000;
        plans(config, &[("free", Some(20))]);
    })
    .await;
    let mara = app.user("mara").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    // At once, through the key and in person: a hundred for twenty.
    let asked = (0..100).map(|number| {
        let bearer = if number % 2 == 0 { &key.secret } else { &mara.token };
        app.post("/api/chat", bearer, hello())
    });
    let answers = futures::future::join_all(asked).await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((given.len(), refused.len()), (20, 80));
    for answer in refused {
        let answer = answer.expect(429);
        assert_eq!(
            answer.error(),
            "Your plan's 20 messages for this month are used up. It renews on 2026-02-01."
        );
        assert_eq!(answer.json()["code"], "monthly_limit_reached");
        // From the 15th at ten to the first at midnight.
        assert_eq!(answer.headers["retry-after"], "1432800");
        assert_eq!(answer.headers["ratelimit-policy"], "\"month\";q=20;w=2678400");
        assert_eq!(answer.headers["ratelimit"], "\"month\";r=0;t=1432800");
    }
    // What was refused has left nothing behind.
    let db = app.database.connect().await;
    assert_eq!(number(&db, "SELECT COUNT(*) FROM messages").await, 40);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM threads").await, 20);
    let now = used(&app, &mara.token, "").await;
    assert_eq!(
        (&now["messagesThisMonth"], &now["monthlyLimit"], &now["renewsAt"]),
        (&json!(20), &json!(20), &json!("2026-02-01T00:00:00.000Z"))
    );

    // Another month begins at midnight, UTC.
    app.clock.advance(Duration::from_secs(1_432_799));
    app.post("/api/chat", &key.secret, hello()).await.expect(429);
    app.clock.advance(Duration::from_secs(1));
    app.post("/api/chat", &key.secret, hello()).await.expect(200);
    assert_eq!(used(&app, &key.secret, "").await["messagesThisMonth"], 1);
});

both!(a_limit_is_the_plans_and_acts_at_once, async |kind: Kind| {
    let app = TestApp::with(kind, |config| {
        plans(config, &[("none", Some(0)), ("one", Some(1)), ("endless", None)]);
    })
    .await;
    let (ada, mara) = (app.user("ada").await, app.user("mara").await);
    app.post("/api/chat", &mara.token, hello()).await.expect(429);
    set_plan(&app, &ada, &mara, "one").await;
    let said = app.post("/api/chat", &mara.token, hello()).await.expect(200).json();
    // Asking for an answer anew asks the model, too.
    let path = format!("/api/chat/{}/regenerate", said["message"]["id"].as_str().unwrap());
    app.post(&path, &mara.token, json!({ "stream": false }))
        .await
        .expect(429);
    set_plan(&app, &ada, &mara, "endless").await;
    app.post(&path, &mara.token, json!({ "stream": false }))
        .await
        .expect(200);
    let now = used(&app, &mara.token, "").await;
    assert_eq!(
        (&now["plan"], &now["messagesThisMonth"], &now["monthlyLimit"]),
        (&json!("endless"), &json!(2), &Value::Null)
    );
    // Somebody else's is somebody else's.
    assert_eq!(used(&app, &ada.token, "").await["messagesThisMonth"], 0);
});

both!(what_the_model_never_began_is_given_back, async |kind: Kind| {
    let model = ModelServer::start().await;
    let app = TestApp::with(kind, |config| {
        model.configure(config, None);
        plans(config, &[("free", Some(1))]);
    })
    .await;
    let mara = app.user("mara").await;
    let asked = tokio::spawn(crate::support::send(
        app.request(reqwest::Method::POST, "/api/chat")
            .bearer_auth(&mara.token)
            .json(&hello()),
    ));
    model.asked().await.refuse(500, None, "{}");
    assert!(asked.await.unwrap().status.is_server_error());
    assert_eq!(used(&app, &mara.token, "").await["messagesThisMonth"], 0);
});

both!(use_is_told_by_day_model_and_key, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Crew").await;
    let key = app.key(&mara, json!({ "name": "CLI" })).await;
    let of_team = app.key(&mara, json!({ "name": "Bot", "teamId": team })).await;
    app.post("/api/chat", &mara.token, hello()).await.expect(200);
    app.clock.advance(Duration::from_hours(15));
    app.post("/api/chat", &key.secret, hello()).await.expect(200);
    app.post("/api/chat", &of_team.secret, hello()).await.expect(200);

    let days = used(&app, &mara.token, "").await;
    let counted = |report: &Value, group: &str| -> Vec<(Value, Value)> {
        let periods = report["periods"].as_array().unwrap();
        periods
            .iter()
            .map(|period| (period[group].clone(), period["messages"].clone()))
            .collect()
    };
    assert_eq!(
        counted(&days, "day"),
        [(json!("2026-01-15"), json!(1)), (json!("2026-01-16"), json!(2))]
    );
    let tokens = &days["tokensThisMonth"];
    assert!(
        tokens["prompt"].as_i64() > Some(0) && tokens["completion"].as_i64() > Some(0),
        "{tokens}"
    );
    let keys = used(&app, &mara.token, "?groupBy=key").await;
    let mut names = counted(&keys, "keyName");
    names.sort_by_key(|(name, _)| name.to_string());
    assert_eq!(
        names,
        [
            (json!("Bot"), json!(1)),
            (json!("CLI"), json!(1)),
            (Value::Null, json!(1))
        ]
    );
    let models = used(&app, &mara.token, "?groupBy=model&from=2026-01-16&to=2026-01-16").await;
    assert_eq!(counted(&models, "model").len(), 1);
    assert_eq!(counted(&models, "model")[0].1, 2);

    // A key sees what is within its reach.
    for (bearer, count) in [(&key.secret, 2), (&of_team.secret, 1)] {
        assert_eq!(used(&app, bearer, "").await["messagesThisMonth"], count);
        assert_eq!(
            used(&app, bearer, "").await["periods"]
                .as_array()
                .map(|days| { days.iter().filter_map(|day| day["messages"].as_i64()).sum::<i64>() }),
            Some(count)
        );
    }

    for bad in [
        "?groupBy=week",
        "?from=today",
        "?from=2026-02-01&to=2026-01-01",
        "?from=2020-01-01",
    ] {
        app.get(&format!("/api/user/usage{bad}"), &mara.token).await.expect(400);
    }
    app.get("/api/user/usage", "").await.expect(401);
});
