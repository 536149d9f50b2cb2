//! Deleting projects.

use domain::feed::{Kind as Happened, News};
use entity::team_members::TeamRole;
use entity::{projects, threads};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{delete, id, list, make, patch, path, shared_in, thread};
use crate::both;
use crate::support::rows::texts;
use crate::support::{Kind, TestApp};

both!(a_deleted_project_leaves_its_threads, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let in_team = || json!({ "name": "Launch", "teamId": team, "sharing": "team" });
    let project = make(&app, &mara.token, in_team()).await;
    let kept = make(&app, &mara.token, in_team()).await;
    let private = json!({ "teamId": team, "projectId": id(&project) });
    let there = [
        thread(&app, &mara.token, shared_in(&team, &project)).await,
        thread(&app, &otto.token, private).await,
    ];
    let away = thread(&app, &mara.token, shared_in(&team, &project)).await;
    let other = thread(&app, &mara.token, shared_in(&team, &kept)).await;
    app.function(&mara.cookie, "delete_thread", json!({ "id": id(&away) }))
        .await
        .expect(200);

    let mut feed = app.core.feed.subscribe();
    delete(&app, &mara.token, &project).await.expect(204);
    let News::Changes(heard) = feed.next().await else {
        panic!("nothing was told")
    };
    let heard: Vec<_> = heard
        .iter()
        .map(|change| {
            (
                &change.kind,
                change.user_id.as_str(),
                change.thread_id.as_str(),
                change.team_id.as_deref(),
            )
        })
        .collect();
    let of_thread = &Happened::Thread;
    assert_eq!(
        heard,
        [
            (of_thread, mara.id.as_str(), id(&there[0]), Some(team.as_str())),
            (of_thread, otto.id.as_str(), id(&there[1]), None),
            (&Happened::Projects, mara.id.as_str(), "", Some(team.as_str())),
        ]
    );

    delete(&app, &mara.token, &project).await.expect(404);
    app.get(&path(&project), &mara.token).await.expect(404);
    for (thread, token) in there.iter().zip([&mara.token, &otto.token]) {
        let read = app
            .get(&format!("/api/threads/{}", id(thread)), token)
            .await
            .expect(200)
            .json();
        assert_eq!(read["thread"]["projectId"], json!(null));
    }
    // What comes back comes back without it, and what is elsewhere stays there.
    let back = app
        .function(&mara.cookie, "restore_thread", json!({ "id": id(&away) }))
        .await
        .expect(200)
        .json();
    assert_eq!(back["thread"]["projectId"], json!(null));
    let read = app
        .get(&format!("/api/threads/{}", id(&other)), &mara.token)
        .await
        .expect(200)
        .json();
    assert_eq!(read["thread"]["projectId"], kept["id"]);
    assert_eq!(list(&app, &mara.token, &format!("?teamId={team}")).await.len(), 1);
});

both!(many_threads_are_told_of_at_once, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let project = make(&app, &mara.token, json!({ "name": "Launch" })).await;
    for _ in 0..101 {
        thread(&app, &mara.token, json!({})).await;
    }
    threads::Entity::update_many()
        .col_expr(threads::Column::ProjectId, Expr::value(id(&project)))
        .exec(app.core.db.write())
        .await
        .unwrap();
    let mut feed = app.core.feed.subscribe();
    delete(&app, &mara.token, &project).await.expect(204);
    let News::Changes(heard) = feed.next().await else {
        panic!("nothing was told")
    };
    let heard: Vec<_> = heard.iter().map(|change| (&change.kind, &change.user_id)).collect();
    assert_eq!(heard, [(&Happened::Threads, &mara.id), (&Happened::Projects, &mara.id)]);
    let left = threads::Entity::find()
        .filter(threads::Column::ProjectId.is_not_null())
        .count(app.core.db.read())
        .await
        .unwrap();
    assert_eq!(left, 0);
});

both!(what_matters_is_on_record, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let team = app.team(&mara, "Team").await;
    let project = make(
        &app,
        &mara.token,
        json!({ "name": "Launch", "teamId": team, "context": "Hush." }),
    )
    .await;
    for body in [
        json!({ "name": "Landing", "context": "Hush!" }),
        json!({ "sharing": "team" }),
        json!({ "sharing": "team" }),
        json!({ "sharing": "private" }),
    ] {
        patch(&app, &mara.token, &project, body).await.expect(200);
    }
    delete(&app, &mara.token, &project).await.expect(204);
    let written = |column: &str| {
        let by = format!("target_id = '{}' AND user_id = '{}'", id(&project), mara.id);
        format!("SELECT {column} FROM audit_log WHERE {by} ORDER BY id")
    };
    assert_eq!(
        texts(app.core.db.read(), &written("action")).await,
        ["project.created", "project.shared", "project.shared", "project.deleted"]
    );
    let details = texts(app.core.db.read(), &written("detail")).await;
    assert!(
        details[1].contains("\"team\"") && details[2].contains("\"private\""),
        "{details:?}"
    );
    assert!(!details.concat().contains("Hush"), "{details:?}");
});

both!(a_deleted_account_takes_its_projects_with_it, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (otto, mara) = (app.user("otto").await, app.user("mara").await);
    let kept = make(&app, &otto.token, json!({ "name": "Otto's" })).await;
    make(&app, &mara.token, json!({ "name": "Mara's" })).await;
    entity::users::Entity::delete_by_id(&mara.id)
        .exec(app.core.db.write())
        .await
        .unwrap();
    let left = projects::Entity::find().all(app.core.db.read()).await.unwrap();
    assert_eq!(left.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), [id(&kept)]);
});
