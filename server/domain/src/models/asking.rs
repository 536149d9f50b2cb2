//! Asking servers how they do and for the windows of their models, beside everything else: no request ever waits for it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Catalogue, ChatModel, ModelError};

/// How often a server that answered is asked again: it may have been started anew with another window.
const AGAIN: Duration = Duration::from_mins(10);
/// How soon one that gave no answer that can be read is asked again.
const SOON: Duration = Duration::from_secs(30);

/// Keeps windows and health of all models known until `ending`.
pub(crate) async fn keep_asking(catalogue: &Catalogue, ending: CancellationToken) {
    let each = catalogue.models().map(|model| keep_asking_one(&**model));
    ending.run_until_cancelled(futures::future::join_all(each)).await;
}

async fn keep_asking_one(model: &dyn ChatModel) {
    loop {
        let pause = match model.look_after().await {
            Ok(()) => AGAIN,
            // A server that does not tell such things will not have learnt it in half a minute.
            Err(error @ ModelError::NotFound { .. }) => {
                tracing::debug!(%error, model = %model.info().id, "the model's server does not tell its window");
                AGAIN
            }
            Err(error) => {
                tracing::debug!(%error, model = %model.info().id, "the model's server could not be asked");
                SOON
            }
        };
        tokio::time::sleep(pause).await;
    }
}
