//! Starting an answer, once for each idempotency key; the same in every dialect.

use std::sync::Arc;

use axum::response::Response;
use domain::Core;
use domain::access::Principal;
use domain::chat::{self, Follower, Started};
use domain::idempotency::Claim;
use domain::threads;
use types::threads::Thread;

use super::idempotent::{IdempotencyKey, Turn, act};
use super::problem::Problem;
use crate::AppState;

/// What came of a request for an answer.
pub enum Begun {
    /// It was answered before, with this.
    Repeated(Response),
    /// The answer, now begun or begun by the same request before.
    Answer(Box<Thread>, Follower),
}

/// Starts an answer, or finds the one that the same request has started.
pub async fn begin<F>(
    state: &AppState,
    who: &Principal,
    key: &IdempotencyKey,
    raw: &[u8],
    start: impl FnOnce(Arc<Core>, Principal, Option<Arc<Claim>>) -> F,
) -> Result<Begun, Problem>
where
    F: Future<Output = Result<Started, domain::Error>> + Send + 'static,
{
    let (thread, follower) = match key.turn(state, who, raw).await? {
        Turn::Repeat(answer) => return Ok(Begun::Repeated(answer)),
        Turn::Follow(message_id) => again(state, who, &message_id, 0).await?,
        Turn::Act(claim) => {
            let asker = who.clone();
            let acting = act(state, claim, |state, claim| start(state.core, asker, claim));
            let Started { thread, follower, .. } = acting.await?;
            (thread, follower)
        }
    };
    Ok(Begun::Answer(Box::new(thread), follower))
}

/// An answer that has begun already, from a byte of it on.
pub async fn again(
    state: &AppState,
    who: &Principal,
    message_id: &str,
    after: usize,
) -> Result<(Thread, Follower), Problem> {
    let follower = chat::follow(&state.core, who, message_id, after).await?;
    let thread = threads::get(&state.core, who, &follower.thread_id).await?;
    Ok((thread, follower))
}
