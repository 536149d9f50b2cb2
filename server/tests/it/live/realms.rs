//! A page that shows a team hears of that team, and of the reader's own things when it shows those.

use std::time::Instant;

use entity::team_members::TeamRole;
use serde_json::{Value, json};

use super::{Feed, Page, SOON};
use crate::both;
use crate::support::{Kind, TestApp, User};

async fn feed(app: &TestApp, user: &User, team: Option<&str>) -> (Feed, Page) {
    let page = Page {
        at: app.core.feed.position(),
        team: team.map(str::to_owned),
        ..Page::default()
    };
    (Feed::open(page.request(app, user)).await, page)
}

async fn make(app: &TestApp, user: &User, body: Value) -> String {
    let made = app.post("/api/threads", &user.token, body).await.expect(201).json();
    made["thread"]["id"].as_str().unwrap().to_owned()
}

fn has(page: &Page, title: &str) -> bool {
    page.threads.values().any(|row| row.thread.title == title)
}

both!(it_hears_of_the_realm_on_show, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Crew").await;
    app.join(&mara, &team, &otto, TeamRole::Viewer).await;
    let (mut own, mut own_page) = feed(&app, &otto, None).await;
    let (mut of_team, mut team_page) = feed(&app, &otto, Some(&team)).await;

    make(&app, &otto, json!({ "title": "Own" })).await;
    let private = make(&app, &mara, json!({ "title": "Crew", "teamId": team })).await;
    let path = format!("/api/threads/{private}");
    let change = async |body: Value| app.call("PATCH", &path, &mara.token, Some(body)).await.expect(200);
    change(json!({ "visibility": "shared" })).await;
    make(&app, &otto, json!({ "title": "mark" })).await;
    of_team
        .until(&mut team_page, "what is shared", |page| has(page, "Crew"))
        .await;
    own.until(&mut own_page, "the mark", |page| has(page, "mark")).await;
    assert!(has(&own_page, "Own") && !has(&own_page, "Crew"));
    assert!(!has(&team_page, "Own"));
    assert_eq!(team_page.threads[&private].author.as_deref(), Some("mara"));
    assert_eq!(team_page.teams.len(), 1);

    // Taken back, it is gone from there.
    change(json!({ "visibility": "private" })).await;
    let back = Instant::now();
    of_team
        .until(&mut team_page, "that it is gone", |page| page.threads.is_empty())
        .await;
    assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
});

both!(it_hears_that_the_team_is_no_longer_theirs, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Crew").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let (mut feed, mut page) = feed(&app, &otto, Some(&team)).await;
    feed.until(&mut page, "the team", |page| page.teams.len() == 1).await;
    app.join(&mara, &team, &otto, TeamRole::Viewer).await;
    feed.until(&mut page, "the role", |page| !page.teams[0].role.writes())
        .await;
    app.remove(&mara, &team, &otto).await;
    let removed = Instant::now();
    feed.until(&mut page, "that it is gone", |page| page.teams.is_empty())
        .await;
    assert!(removed.elapsed() < SOON, "{:?}", removed.elapsed());
    // Nothing of it is told any more, and the connection lasts.
    make(
        &app,
        &mara,
        json!({ "title": "Later", "teamId": team, "visibility": "shared" }),
    )
    .await;
    let second = app.team(&otto, "Second").await;
    feed.until(&mut page, "another team", |page| {
        page.teams.iter().any(|choice| choice.id == second)
    })
    .await;
    assert!(page.threads.is_empty());
});

both!(it_hears_of_projects_and_what_is_in_them, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Crew").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let (mut feed, mut page) = feed(&app, &otto, Some(&team)).await;
    let body = json!({ "name": "Launch", "teamId": team, "sharing": "team" });
    let project = app.post("/api/projects", &mara.token, body).await.expect(201).json();
    let project = project["project"]["id"].as_str().unwrap().to_owned();
    feed.until(&mut page, "the project", |page| page.projects.len() == 1)
        .await;
    let count = |page: &Page| page.projects.first().map(|project| project.thread_count);
    let shared = json!({ "teamId": team, "projectId": project, "visibility": "shared" });
    let thread = make(&app, &mara, shared).await;
    feed.until(&mut page, "a thread in it", |page| count(page) == Some(1))
        .await;
    let thread = format!("/api/threads/{thread}");
    for (body, after) in [
        (json!({ "projectId": null }), 0),
        (json!({ "projectId": project }), 1),
        (json!({ "archived": true }), 0),
        (json!({ "archived": false }), 1),
        (json!({ "visibility": "private" }), 0),
        (json!({ "visibility": "shared" }), 1),
    ] {
        app.call("PATCH", &thread, &mara.token, Some(body.clone()))
            .await
            .expect(200);
        feed.until(&mut page, &body.to_string(), |page| count(page) == Some(after))
            .await;
    }
    let at = format!("/api/projects/{project}");
    let renamed = json!({ "name": "Landing" });
    app.call("PATCH", &at, &mara.token, Some(renamed)).await.expect(200);
    feed.until(&mut page, "its name", |page| page.projects[0].name == "Landing")
        .await;
    app.call("DELETE", &thread, &mara.token, None).await.expect(204);
    feed.until(&mut page, "the thread is gone", |page| count(page) == Some(0))
        .await;
    let private = json!({ "sharing": "private" });
    app.call("PATCH", &at, &mara.token, Some(private)).await.expect(200);
    feed.until(&mut page, "it is taken back", |page| page.projects.is_empty())
        .await;
});
