//! A model behind a server, with what is remembered of how that server does.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::StreamExt as _;

use super::counting::Counting;
use super::{ChatModel, ChatPrompt, Counter, Health, ModelError, ModelEvent, ModelInfo, ModelStream};

/// Remembers of every question and every answer how it went.
pub(super) struct Remote {
    inner: Box<dyn ChatModel>,
    memory: Arc<Memory>,
    /// Whether its server may have no list of models: what it says when it is asked for one then says nothing of its
    /// health.
    list_is_optional: bool,
}

/// What is remembered.
struct Memory {
    id: String,
    health: Mutex<Health>,
    counting: Counting,
}

impl Memory {
    fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn well(&self) {
        let before = self.put(Health::Ok);
        if matches!(before, Health::Failing { .. }) {
            tracing::info!(model = %self.id, "the model's server does well again");
        }
    }

    /// Takes in a failure, unless it says nothing of the server.
    fn failed(&self, error: &ModelError) {
        if matches!(error, ModelError::Overflow { .. }) {
            self.counting.forget();
        }
        if !error.may_be_its_servers() {
            return;
        }
        let problem = error.sentence();
        let before = self.put(Health::Failing { problem });
        if !matches!(before, Health::Failing { .. }) {
            tracing::warn!(%error, model = %self.id, "the model's server fails");
        }
    }

    fn put(&self, health: Health) -> Health {
        let mut place = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, health)
    }
}

impl Remote {
    pub(super) fn new(inner: Box<dyn ChatModel>, counting: Counting, list_is_optional: bool) -> Self {
        let memory = Memory {
            id: inner.info().id.clone(),
            health: Mutex::new(Health::Unknown),
            counting,
        };
        Self {
            inner,
            memory: Arc::new(memory),
            list_is_optional,
        }
    }

    fn note(&self, asked: Result<(), ModelError>) -> Result<(), ModelError> {
        match &asked {
            Ok(()) => self.memory.well(),
            Err(ModelError::NotFound { .. } | ModelError::Malformed { .. }) if self.list_is_optional => {}
            Err(error) => self.memory.failed(error),
        }
        asked
    }
}

#[async_trait]
impl ChatModel for Remote {
    fn info(&self) -> &ModelInfo {
        self.inner.info()
    }

    fn counter(&self) -> Counter {
        self.memory.counting.counter()
    }

    fn window(&self) -> Option<u32> {
        self.inner.window()
    }

    fn refused_above(&self, tokens: u32) {
        self.inner.refused_above(tokens);
    }

    fn health(&self) -> Health {
        self.memory.health()
    }

    async fn ask_window(&self) -> Result<(), ModelError> {
        self.inner.ask_window().await
    }

    async fn look_after(&self) -> Result<(), ModelError> {
        self.memory.counting.prepare().await;
        let is_configured = self.inner.info().context_window.is_some();
        self.note(if is_configured {
            self.inner.check().await
        } else {
            self.inner.ask_window().await
        })
    }

    async fn check(&self) -> Result<(), ModelError> {
        self.note(self.inner.check().await)
    }

    async fn stream(&self, prompt: ChatPrompt) -> Result<ModelStream, ModelError> {
        let kept = self.memory.counting.worth_keeping(&prompt.messages);
        let stream = self.inner.stream(prompt).await;
        let stream = stream.inspect_err(|error| self.memory.failed(error))?;
        let memory = Arc::clone(&self.memory);
        Ok(Box::pin(stream.inspect(move |event| match event {
            Ok(ModelEvent::Finished { usage, .. }) => {
                memory.well();
                if let Some((messages, usage)) = kept.as_ref().zip(*usage) {
                    memory.counting.learn(messages, usage.input);
                }
            }
            Ok(ModelEvent::Text(_) | ModelEvent::Reasoning(_)) => {}
            Err(error) => memory.failed(error),
        })))
    }
}
