//! Asking servers for the windows of their models, beside everything else: no request ever waits for it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Catalogue, ChatModel};

/// How often a server that answered is asked again: it may have been started anew with another window.
const AGAIN: Duration = Duration::from_mins(10);
/// How soon one that gave no answer that can be read is asked again.
const SOON: Duration = Duration::from_secs(30);

/// Keeps the windows of all models known until `ending`.
pub(crate) async fn keep_asking(catalogue: &Catalogue, ending: CancellationToken) {
    let each = catalogue.models().map(|model| keep_asking_one(&**model));
    ending.run_until_cancelled(futures::future::join_all(each)).await;
}

async fn keep_asking_one(model: &dyn ChatModel) {
    loop {
        let pause = match model.ask_window().await {
            Ok(()) => AGAIN,
            Err(error) => {
                tracing::debug!(%error, model = %model.info().id, "the model's window is not known");
                SOON
            }
        };
        tokio::time::sleep(pause).await;
    }
}
