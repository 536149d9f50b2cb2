//! What a team and a project say in prompts: to those who may read it, and to nobody else by way of a shared thread.

use entity::team_members::TeamRole;
use entity::{projects, teams};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{Talk, post_chat};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, User};

const OF_THE_TEAM: &str = "TEAM-TEXT: answer in rhymes.";
const OF_THE_PROJECT: &str = "PROJECT-TEXT: the launch is on Friday.";

/// Mara's project in a team, with something to say.
async fn project(talk: &Talk, team: &str, sharing: &str) -> String {
    let body = json!({ "name": "Project", "teamId": team, "sharing": sharing, "context": OF_THE_PROJECT });
    let made = talk.app.post("/api/projects", &talk.mara.token, body).await.expect(201);
    made.json()["project"]["id"].as_str().unwrap().to_owned()
}

/// Says something in the thread and gives all of the prompt that the model gets.
async fn prompt_of(talk: &Talk, bearer: &str, thread_id: &str) -> String {
    let body = json!({ "content": "What do you know?", "threadId": thread_id });
    let mut following = Following::open(post_chat(&talk.app, bearer, &body), 0).await;
    let request = talk.model.answers("Nothing.").await;
    assert_eq!(following.end().await["status"], "complete");
    request.to_string()
}

/// The team with Mara and Otto, and a thread it shares in a project of Mara's.
async fn shared_thread(talk: &Talk, sharing: &str) -> (User, String, String) {
    let otto = talk.app.user("otto").await;
    let team = talk.app.team(&talk.mara, "Team").await;
    talk.app.join(&talk.mara, &team, &otto, TeamRole::Member).await;
    teams::Entity::update_many()
        .col_expr(teams::Column::Context, Expr::value(OF_THE_TEAM))
        .filter(teams::Column::Id.eq(&team))
        .exec(talk.app.core.db.write())
        .await
        .unwrap();
    let project = project(talk, &team, "team").await;
    let body = json!({ "teamId": team, "projectId": project, "visibility": "shared" });
    let thread = talk
        .app
        .post("/api/threads", &talk.mara.token, body)
        .await
        .expect(201)
        .json();
    // A shared thread in a private project can no longer come about, but there may be older ones.
    projects::Entity::update_many()
        .col_expr(projects::Column::Sharing, Expr::value(sharing))
        .filter(projects::Column::Id.eq(&project))
        .exec(talk.app.core.db.write())
        .await
        .unwrap();
    (otto, team, thread["thread"]["id"].as_str().unwrap().to_owned())
}

both!(a_private_project_speaks_to_its_owner_only, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (otto, team, thread) = shared_thread(&talk, "private").await;
    let key_in = async |owner: &User| {
        let body = json!({ "name": "Team CLI", "teamId": team });
        talk.app.key(owner, body).await.secret
    };
    for (bearer, sees) in [
        (talk.mara.token.clone(), true),
        (otto.token.clone(), false),
        (key_in(&talk.mara).await, true),
        (key_in(&otto).await, false),
    ] {
        let prompt = prompt_of(&talk, &bearer, &thread).await;
        assert!(prompt.contains(OF_THE_TEAM), "{prompt}");
        assert_eq!(prompt.contains(OF_THE_PROJECT), sees, "{prompt}");
    }
});

both!(
    a_project_that_is_shared_speaks_to_everybody_in_the_team,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (otto, _, thread) = shared_thread(&talk, "team").await;
        for bearer in [&talk.mara.token, &otto.token] {
            let prompt = prompt_of(&talk, bearer, &thread).await;
            assert!(
                prompt.contains(OF_THE_TEAM) && prompt.contains(OF_THE_PROJECT),
                "{prompt}"
            );
        }
    }
);
