//! Lists of projects.

use std::collections::HashSet;
use std::time::Duration;

use entity::team_members::TeamRole;
use serde_json::json;

use super::{delete, id, ids, list, make};
use crate::both;
use crate::support::{Kind, TestApp};

both!(a_list_is_newest_first_and_by_pages, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let mara = app.user("mara").await;
    let mut made = Vec::new();
    for number in 0..7 {
        // Some at the same moment.
        if number % 2 == 0 {
            app.clock.advance(Duration::from_secs(1));
        }
        made.push(make(&app, &mara.token, json!({ "name": format!("P{number}") })).await);
    }
    made.reverse();
    assert_eq!(list(&app, &mara.token, "").await, made);
    for limit in 1..=8 {
        let mut seen = Vec::new();
        let mut next = format!("/api/projects?limit={limit}");
        loop {
            let page = app.get(&next, &mara.token).await.expect(200).json();
            let rows = page["projects"].as_array().unwrap().clone();
            assert!(!rows.is_empty() && rows.len() <= limit);
            seen.extend(rows);
            match page["nextCursor"].as_str() {
                Some(cursor) => next = format!("/api/projects?limit={limit}&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, made, "limit {limit}");
    }
});

both!(
    a_list_that_changes_between_pages_loses_nothing_and_repeats_nothing,
    async |kind: Kind| {
        let app = TestApp::new(kind).await;
        let mara = app.user("mara").await;
        let mut there = Vec::new();
        for number in 0..9 {
            there.push(make(&app, &mara.token, json!({ "name": format!("P{number}") })).await);
        }
        let (mut seen, mut next) = (Vec::new(), "/api/projects?limit=2".to_owned());
        for turn in 0.. {
            let page = app.get(&next, &mara.token).await.expect(200).json();
            for row in page["projects"].as_array().unwrap() {
                seen.push(id(row).to_owned());
            }
            let Some(cursor) = page["nextCursor"].as_str() else {
                break;
            };
            next = format!("/api/projects?limit=2&cursor={cursor}");
            // One comes, one that was shown goes, and with it the one the cursor stands at.
            make(&app, &mara.token, json!({ "name": "New" })).await;
            if turn == 1 {
                for row in page["projects"].as_array().unwrap() {
                    delete(&app, &mara.token, row).await.expect(204);
                }
            }
        }
        there.reverse();
        assert_eq!(seen, ids(&there));
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    }
);

both!(a_cursor_is_good_for_its_own_list_only, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let (mara, otto) = (app.user("mara").await, app.user("otto").await);
    let team = app.team(&mara, "Team").await;
    app.join(&mara, &team, &otto, TeamRole::Member).await;
    for _ in 0..2 {
        make(&app, &mara.token, json!({ "name": "Own" })).await;
        let body = json!({ "name": "Team's", "teamId": team, "sharing": "team" });
        make(&app, &mara.token, body).await;
    }
    let cursor_of = async |query: &str| {
        let path = format!("/api/projects?limit=1{query}");
        let page = app.get(&path, &mara.token).await.expect(200).json();
        page["nextCursor"].as_str().unwrap().to_owned()
    };
    let in_team = format!("&teamId={team}");
    let (own, of_team) = (cursor_of("").await, cursor_of(&in_team).await);
    for (bearer, query, cursor) in [
        (&mara.token, in_team.as_str(), own.as_str()),
        (&mara.token, "", &of_team),
        (&otto.token, "", &own),
        (&otto.token, &in_team, &of_team),
        (&mara.token, "", "e30"),
        (&mara.token, "", ""),
    ] {
        let path = format!("/api/projects?cursor={cursor}{query}");
        app.get(&path, bearer).await.expect_error(400, "invalid_cursor");
    }
    for limit in ["0", "101", "-1", "x", ""] {
        let answer = app.get(&format!("/api/projects?limit={limit}"), &mara.token).await;
        answer.invalid(&["limit"]);
    }
});
