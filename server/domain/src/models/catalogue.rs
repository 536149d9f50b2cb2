//! The models of an instance, made from its configuration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::anthropic::{self, Anthropic};
use super::builtin::{self, Builtin};
use super::counting::Counting;
use super::fallback::Fallbacks;
use super::gemini::{self, Gemini};
use super::http::{Clients, Endpoint, KeyField, Limits};
use super::ollama::Ollama;
use super::openai::OpenAi;
use super::remote::Remote;
use super::{ChatModel, ModelInfo};
use crate::config::{ChatConfig, ModelConfig, Provider};

/// Every model of an instance, in the order of the configuration. It is never empty.
pub struct Catalogue {
    order: Vec<Arc<dyn ChatModel>>,
    by_id: HashMap<String, Arc<dyn ChatModel>>,
    default: Arc<dyn ChatModel>,
    fallbacks: Fallbacks,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

impl Catalogue {
    /// Makes the models. API keys are read from the environment here and never again.
    ///
    /// The built-in model is among them when nothing else is configured, and when it is the default or a fallback.
    ///
    /// # Errors
    /// A sentence that names the configuration's key and the accepted form.
    pub fn from_config(models: &[ModelConfig], chat: &ChatConfig) -> Result<Self, String> {
        Self::with_environment(models, chat, |name| std::env::var(name).ok())
    }

    /// The same with another environment; a test cannot change the process's own.
    pub(super) fn with_environment(
        models: &[ModelConfig],
        chat: &ChatConfig,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let limits = limits(chat)?;
        let clients = clients()?;

        let mut order: Vec<Arc<dyn ChatModel>> = Vec::with_capacity(models.len() + 1);
        let mut by_id: HashMap<String, Arc<dyn ChatModel>> = HashMap::with_capacity(models.len() + 1);
        for (index, config) in models.iter().enumerate() {
            let entry = Entry {
                place: format!("models[{index}]"),
                config,
                environment: &environment,
            };
            let model = entry.model(&clients, limits)?;
            if by_id.insert(config.id.clone(), Arc::clone(&model)).is_some() {
                return Err(entry.wrong(
                    "id",
                    &format!("\"{}\" is there already; every model has its own id", config.id),
                ));
            }
            order.push(model);
        }
        let is_named =
            |id: &str| chat.default_model == id || Fallbacks::named(models, chat).any(|(_, named)| named == id);
        if !by_id.contains_key(builtin::ID) && (models.is_empty() || is_named(builtin::ID)) {
            let model: Arc<dyn ChatModel> = Arc::new(Builtin::default());
            by_id.insert(builtin::ID.to_owned(), Arc::clone(&model));
            order.push(model);
        }
        let mut known: Vec<_> = order.iter().map(|model| model.info().id.as_str()).collect();
        if !known.contains(&builtin::ID) {
            known.push(builtin::ID);
        }
        let Some(default) = by_id.get(&chat.default_model).map(Arc::clone) else {
            let (given, known) = (&chat.default_model, known.join(", "));
            return Err(format!(
                "chat.default_model: \"{given}\" is not the id of a model; one of: {known}"
            ));
        };
        let fallbacks = Fallbacks::from_config(models, chat, &known)?;
        Ok(Self {
            order,
            by_id,
            default,
            fallbacks,
        })
    }

    /// The model with this id.
    pub fn get(&self, id: &str) -> Option<Arc<dyn ChatModel>> {
        self.by_id.get(id).map(Arc::clone)
    }

    /// The model that is asked when this one cannot be had.
    pub(crate) fn fallback_of(&self, id: &str) -> Option<Arc<dyn ChatModel>> {
        self.get(self.fallbacks.of(id)?)
    }

    /// The model for threads that have chosen none.
    pub fn default_model(&self) -> Arc<dyn ChatModel> {
        Arc::clone(&self.default)
    }

    /// All models, in the order of the configuration.
    pub(super) fn models(&self) -> impl Iterator<Item = &Arc<dyn ChatModel>> {
        self.order.iter()
    }

    /// What all models are, in the order of the configuration.
    pub fn list(&self) -> impl Iterator<Item = &ModelInfo> {
        self.order.iter().map(|model| model.info())
    }
}

/// What a server may cost, as configured.
pub(super) fn limits(chat: &ChatConfig) -> Result<Limits, String> {
    if chat.request_timeout_seconds == 0 {
        return Err("chat.request_timeout_seconds: a number of seconds from 1".to_owned());
    }
    Ok(Limits::new(Duration::from_secs(chat.request_timeout_seconds)))
}

/// Connection pools.
pub(super) fn clients() -> Result<Clients, String> {
    Clients::new().map_err(|error| format!("models: no HTTP client can be made: {error}"))
}

/// One `[[models]]` of the configuration, or what is configured as one is.
pub(super) struct Entry<'a, E> {
    /// Where it stands.
    pub(super) place: String,
    pub(super) config: &'a ModelConfig,
    pub(super) environment: &'a E,
}

impl<E: Fn(&str) -> Option<String>> Entry<'_, E> {
    pub(super) fn wrong(&self, key: &str, why: &str) -> String {
        format!("{}.{key}: {why}", self.place)
    }

    fn model(&self, clients: &Clients, limits: Limits) -> Result<Arc<dyn ChatModel>, String> {
        let info = self.info()?;
        if self.config.provider == Provider::Builtin {
            self.nothing_remote()?;
            return Ok(Arc::new(Builtin::new(info)));
        }
        let model = match self.config.model.as_deref().map(str::trim) {
            Some("") => {
                return Err(self.wrong("model", "the model's name on its server, or leave it out to use the id"));
            }
            Some(model) => model.to_owned(),
            None => self.config.id.clone(),
        };
        let generate = format!("{model}:streamGenerateContent");
        let url = match self.config.provider {
            Provider::Ollama => self.url(&["api", "chat"])?,
            Provider::Anthropic => self.url(&["v1", "messages"])?,
            Provider::Gemini => {
                let mut url = self.url(&["v1beta", "models", &generate])?;
                url.set_query(Some("alt=sse"));
                url
            }
            Provider::Builtin | Provider::Openai => self.url(&["chat", "completions"])?,
        };
        let endpoint = Endpoint::new(clients, url.clone(), self.key()?, limits);
        let counting = match self.config.provider {
            // What it says of a prompt can be less than the whole: some versions leave out what they had in their cache. And a
            // prompt that is too long it cuts without a word.
            Provider::Ollama => Counting::Estimated,
            Provider::Openai => Counting::of_openai(&model),
            _ => Counting::learning(),
        };
        let model: Box<dyn ChatModel> = match self.config.provider {
            Provider::Ollama => Box::new(Ollama::new(info, model, endpoint)),
            Provider::Anthropic => {
                let endpoint = endpoint.showing(KeyField::Header(anthropic::KEY_HEADER), &[anthropic::VERSION]);
                Box::new(Anthropic::new(info, model, endpoint))
            }
            Provider::Gemini => {
                let endpoint = endpoint.showing(KeyField::Header(gemini::KEY_HEADER), &[]);
                Box::new(Gemini::new(info, model, endpoint))
            }
            Provider::Builtin | Provider::Openai => Box::new(OpenAi::new(info, model, endpoint, &url)),
        };
        let list_is_optional = self.config.provider == Provider::Openai;
        Ok(Arc::new(Remote::new(model, counting, list_is_optional)))
    }

    fn info(&self) -> Result<ModelInfo, String> {
        let config = self.config;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:/@+-".contains(c);
        if config.id.is_empty() || config.id.len() > 100 || !config.id.chars().all(is_plain) {
            return Err(self.wrong("id", "1 to 100 letters, digits and . _ : / @ + -"));
        }
        if config.id == builtin::ID && config.provider != Provider::Builtin {
            return Err(self.wrong("id", "\"builtin\" is kept for the built-in model; choose another id"));
        }
        if config.context_window == Some(0) {
            return Err(self.wrong(
                "context_window",
                "a number of tokens from 1; leave it out when it is not known",
            ));
        }
        let (provider, name, window) = match config.provider {
            Provider::Builtin => ("builtin", builtin::NAME, Some(builtin::WINDOW)),
            Provider::Ollama => ("ollama", config.id.as_str(), None),
            Provider::Openai => ("openai", config.id.as_str(), None),
            Provider::Anthropic => ("anthropic", config.id.as_str(), None),
            Provider::Gemini => ("gemini", config.id.as_str(), None),
        };
        let name = match config.name.as_deref().map(str::trim) {
            Some("") => return Err(self.wrong("name", "some text, or leave it out to use the id")),
            Some(given) => given,
            None => name,
        };
        Ok(ModelInfo {
            id: config.id.clone(),
            name: name.to_owned(),
            provider,
            context_window: config.context_window.or(window),
        })
    }

    /// The built-in model asks nobody, so an address or a key beside it is a misunderstanding.
    fn nothing_remote(&self) -> Result<(), String> {
        let given = [
            ("base_url", self.config.base_url.is_some()),
            ("model", self.config.model.is_some()),
            ("api_key_env", self.config.api_key_env.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(self.wrong(key, "the provider \"builtin\" has none; leave it out")),
            None => Ok(()),
        }
    }

    pub(super) fn url(&self, path: &[&str]) -> Result<Url, String> {
        let form = match self.config.provider {
            Provider::Ollama => "an http or https address such as \"http://localhost:11434\"",
            Provider::Anthropic => "an http or https address; left out it is \"https://api.anthropic.com\"",
            Provider::Gemini => {
                "an http or https address; left out it is \"https://generativelanguage.googleapis.com\""
            }
            Provider::Builtin | Provider::Openai => "an http or https address such as \"https://api.openai.com/v1\"",
        };
        let wrong = |why: &str| self.wrong("base_url", &format!("{why}; {form}"));
        let usual = match self.config.provider {
            Provider::Anthropic => Some("https://api.anthropic.com"),
            Provider::Gemini => Some("https://generativelanguage.googleapis.com"),
            Provider::Builtin | Provider::Ollama | Provider::Openai => None,
        };
        let given = self.config.base_url.as_deref().or(usual);
        let given = given.ok_or_else(|| wrong("is missing"))?;
        let mut url = Url::parse(given.trim()).map_err(|_| wrong("is not an address"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("is not an address of the web"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a name or password, which api_key_env is for"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must not hold ? or #"));
        }
        url.path_segments_mut()
            .map_err(|()| wrong("is not an address of the web"))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    pub(super) fn key(&self) -> Result<Option<SecretString>, String> {
        let Some(name) = &self.config.api_key_env else {
            return Ok(None);
        };
        let value = (self.environment)(name).unwrap_or_default();
        let value = value.trim();
        if value.is_empty() {
            return Err(self.wrong(
                "api_key_env",
                &format!("the environment variable {name} is not set or is empty"),
            ));
        }
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.wrong(
                "api_key_env",
                &format!("the key in {name} must be ASCII without blanks"),
            ));
        }
        Ok(Some(SecretString::from(value.to_owned())))
    }
}
