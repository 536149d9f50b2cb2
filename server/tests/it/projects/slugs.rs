//! Slugs: unique where they have to be, and nowhere else.

use std::collections::HashSet;

use entity::team_members::TeamRole;
use futures::future::join_all;
use serde_json::json;

use super::{delete, make, patch};
use crate::both;
use crate::support::{Kind, TestApp};

both!(the_second_of_a_name_gets_a_number, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    let mut made = Vec::new();
    for (bearer, name, team_id, expected) in [
        (&mara.token, "Launch", None, "launch"),
        (&mara.token, "Launch!", None, "launch-2"),
        (&mara.token, "LAUNCH", None, "launch-3"),
        (&mara.token, "Launch 2", None, "launch-2-2"),
        (&mara.token, "Launcher", None, "launcher"),
        (&mara.token, "Über-Größe", None, "uber-grosse"),
        (&mara.token, "日本", None, "project"),
        (&mara.token, "🦀", None, "project-2"),
        // A team and another person are other realms.
        (&mara.token, "Launch", Some(&team), "launch"),
        (&otto.token, "Launch", None, "launch"),
        // In the team Mara's is private, and its slug taken all the same.
        (&otto.token, "Launch", Some(&team), "launch-2"),
    ] {
        let project = make(&app, bearer, json!({ "name": name, "teamId": team_id })).await;
        assert_eq!(project["slug"], expected, "{name}");
        made.push(project);
    }
    // A name that changes takes no other slug with it; one that is free is given again.
    let renamed = patch(&app, &mara.token, &made[0], json!({ "name": "Landing" })).await;
    assert_eq!(renamed.expect(200).json()["project"]["slug"], "launch");
    delete(&app, &mara.token, &made[1]).await.expect(204);
    let again = make(&app, &mara.token, json!({ "name": "Launch" })).await;
    assert_eq!(again["slug"], "launch-2");
});

both!(the_same_name_at_the_same_time_gets_other_slugs, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto, nora) = (app.user("mara").await, app.user("otto").await, app.user("nora").await);
    let team = app.team(&mara, "Team").await;
    for member in [&otto, &nora] {
        app.join(&mara, &team, member, TeamRole::Member).await;
    }
    for team_id in [None, Some(&team)] {
        let posts = (0..18).map(|number| {
            let maker = match (team_id, number % 3) {
                (Some(_), 1) => &otto,
                (Some(_), 2) => &nora,
                _ => &mara,
            };
            app.post(
                "/api/projects",
                &maker.token,
                json!({ "name": "Race", "teamId": team_id }),
            )
        });
        let mut slugs = HashSet::new();
        for answer in join_all(posts).await {
            let project = answer.expect(201).json()["project"].take();
            slugs.insert(project["slug"].as_str().unwrap().to_owned());
        }
        let expected = (2..=18).map(|number| format!("race-{number}"));
        assert_eq!(slugs, expected.chain(["race".to_owned()]).collect());
    }
});
