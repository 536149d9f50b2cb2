//! Making an account.

use domain::config::Registration;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::both;
use crate::support::rows::number;
use crate::support::{Kind, TestApp};

both!(the_first_account_is_the_administrators, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let first = app.user("mara").await;
    let second = app.user("otto").await;
    let me = app.get("/api/auth/me", &first.token).await.expect(200).json();
    assert_eq!(me["user"]["role"], "admin");
    assert_eq!(me["user"]["email"], "mara@example.com");
    let me = app.get("/api/auth/me", &second.token).await.expect(200).json();
    assert_eq!(me["user"]["role"], "user");
});

both!(of_many_first_accounts_one_is_the_administrators, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let other = TestApp::on(app.database.again(), |_| {}).await;
    let registers = (0..20).map(|at| {
        let body = json!({ "email": format!("u{at}@example.com"), "password": "correct horse" });
        if at % 2 == 0 {
            app.post("/api/auth/register", "", body)
        } else {
            other.post("/api/auth/register", "", body)
        }
    });
    let roles: Vec<Value> = join_all(registers)
        .await
        .into_iter()
        .map(|answer| answer.expect(201).json()["user"]["role"].clone())
        .collect();
    assert_eq!(roles.iter().filter(|role| *role == "admin").count(), 1, "{roles:?}");
});

both!(every_wrong_field_is_named_at_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let register = async |body: Value| app.post("/api/auth/register", "", body).await;
    let body = json!({ "email": "nobody", "password": "short", "name": "a\u{202e}b" });
    let answer = register(body).await.invalid(&["email", "password", "name"]);
    assert_eq!(answer.header("set-cookie"), "");
    let long = format!("{}@example.com", "x".repeat(250));
    for email in [
        "",
        " ",
        "mara",
        "@example.com",
        "mara@",
        "a@b@c",
        "a b@example.com",
        "a@.com",
        "a\u{0}@x.com",
        &long,
    ] {
        register(json!({ "email": email, "password": "correct horse" }))
            .await
            .invalid(&["email"]);
    }
    for password in ["", "1234567", &"x".repeat(72), &"ä".repeat(36), "12345678\u{0}"] {
        let answer = register(json!({ "email": "mara@example.com", "password": password })).await;
        let answer = answer.invalid(&["password"]);
        assert!(
            password.len() < 2 || !answer.text.contains(password),
            "a password is not repeated"
        );
    }
    for name in ["x".repeat(101), "two\nlines".to_owned()] {
        register(json!({ "email": "m@example.com", "password": "correct horse", "name": name }))
            .await
            .invalid(&["name"]);
    }
    for body in [
        json!({}),
        json!({ "email": "m@example.com" }),
        json!({ "password": "correct horse" }),
        json!({ "email": null, "password": "correct horse" }),
        json!({ "email": ["m@example.com"], "password": "correct horse" }),
    ] {
        register(body).await.expect_error(400, "malformed_request");
    }
    assert_eq!(
        number(&app.database.connect().await, "SELECT COUNT(*) FROM users").await,
        0
    );
    // The ends of what is allowed.
    for (at, password) in ["12345678", &"x".repeat(71), &"ä".repeat(35), "        "]
        .into_iter()
        .enumerate()
    {
        let email = format!("ok{at}@example.com");
        register(json!({ "email": email, "password": password, "name": null }))
            .await
            .expect(201);
        app.post("/api/auth/login", "", json!({ "email": email, "password": password }))
            .await
            .expect(200);
    }
});

both!(nobody_can_give_themselves_a_role_or_a_plan, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    app.user("mara").await;
    let body = json!({
        "email": "otto@example.com", "password": "correct horse", "role": "admin", "plan": "pro", "admin": true,
        "id": "0190a2b4-0000-7000-8000-000000000000", "suspendedAt": "2026-01-01T00:00:00Z",
    });
    let user = app.post("/api/auth/register", "", body).await.expect(201).json()["user"].clone();
    assert_eq!((&user["role"], &user["plan"]), (&json!("user"), &json!("free")));
    assert_ne!(user["id"], "0190a2b4-0000-7000-8000-000000000000");
});

both!(an_address_has_one_account_however_it_is_spelled, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let sentence = "There is already an account with this e-mail address. Sign in instead.";
    let body = |email: &str| json!({ "email": email, "password": "correct horse" });
    let made = app
        .post("/api/auth/register", "", body("  Mara@Example.COM "))
        .await
        .expect(201)
        .json();
    assert_eq!(made["user"]["email"], "mara@example.com");
    for email in ["mara@example.com", "MARA@EXAMPLE.COM", " mara@example.com\t"] {
        let answer = app.post("/api/auth/register", "", body(email)).await;
        let answer = answer.refused(409, "email_taken", sentence);
        assert_eq!(answer.header("set-cookie"), "");
        app.post("/api/auth/login", "", body(email)).await.expect(200);
    }
    let registers = (0..10).map(|_| app.post("/api/auth/register", "", body("otto@example.com")));
    let mut statuses: Vec<u16> = join_all(registers)
        .await
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[201].as_slice(), &[409; 9]].concat());
});

both!(closed_registration_is_closed, async |kind: Kind| {
    let app = TestApp::with(kind, |config| config.auth.registration = Registration::Closed).await;
    let body = json!({ "email": "mara@example.com", "password": "correct horse" });
    let sentence = "Registration is closed on this server. Ask its operator for an account.";
    app.post("/api/auth/register", "", body)
        .await
        .refused(403, "registration_closed", sentence);
    assert_eq!(
        number(&app.database.connect().await, "SELECT COUNT(*) FROM users").await,
        0
    );
});
