//! The configuration: defaults, under `latchkey.toml`, under environment variables `LATCHKEY__SECTION__KEY`, under
//! `DATABASE_URL`. Unknown keys, bad values and contradictions stop the start with a message that names the key.

mod check;
mod templates;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

pub use self::templates::{TemplateConfig, TemplatesConfig};
use crate::api_keys::gate::Gate;
use crate::models::{Catalogue, Embedder};

/// Everything that can be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen, and who is in front.
    pub server: ServerConfig,
    /// Where the data is.
    pub database: DatabaseConfig,
    /// Who may come in.
    pub auth: AuthConfig,
    /// API keys.
    pub api: ApiConfig,
    /// How much at once.
    pub limits: LimitsConfig,
    /// Plans; the first one is everybody's default.
    pub plans: Vec<PlanConfig>,
    /// Models; the builtin one alone when there are none.
    pub models: Vec<ModelConfig>,
    /// Answers.
    pub chat: ChatConfig,
    /// What makes vectors of documents; they are found by their words alone when absent.
    pub embeddings: Option<EmbeddingsConfig>,
    /// The templates everybody has.
    pub templates: TemplatesConfig,
    /// What is started for work that is done in a process of its own; this program when absent. No file names it.
    #[serde(skip)]
    pub program: Option<PathBuf>,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on.
    pub address: SocketAddr,
    /// The URL people use, when a proxy stands in front; the address otherwise.
    pub public_url: Option<String>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Origins of other sites whose scripts may call the API with a bearer.
    pub cors_origins: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
        }
    }
}

impl ServerConfig {
    /// The URL people use, without a slash at its end.
    pub fn url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.address),
        }
    }

    /// Whether people come over https, so that cookies can be for https only.
    pub fn is_https(&self) -> bool {
        self.url().starts_with("https://")
    }
}

/// `[database]`
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://path` (made when absent) or `postgres://…`.
    pub url: String,
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The rest of the URL may hold a password.
        write!(
            f,
            "DatabaseConfig({}://…)",
            self.url.split("://").next().unwrap_or_default()
        )
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: "sqlite://data/latchkey.db".to_owned(),
        }
    }
}

/// Whether people may make accounts for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody who reaches the server.
    Open,
    /// Nobody; the operator adds them on the command line.
    Closed,
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Whether people may make accounts for themselves.
    pub registration: Registration,
    /// Days until a browser has to sign in again.
    pub session_days: u32,
    /// Hours a token from `/api/auth/login` is good for.
    pub token_hours: u32,
    /// Secret that signs tokens, at least 32 characters; made at the first start and kept in the database when absent.
    #[serde(deserialize_with = "secret")]
    pub token_secret: Option<SecretString>,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            session_days: 30,
            token_hours: 24,
            token_secret: None,
        }
    }
}

/// `[api]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Whether keys can be made and used.
    pub enabled: bool,
    /// What new keys begin with.
    #[serde(alias = "keyPrefix")]
    pub key_prefix: String,
    /// What older keys begin with; they keep working while it is listed.
    #[serde(alias = "previousKeyPrefixes")]
    pub previous_key_prefixes: Vec<String>,
    /// Plans whose users may have keys; all when absent.
    #[serde(alias = "allowedPlans")]
    pub allowed_plans: Option<Vec<String>>,
    /// Paths a key may reach; none when empty.
    #[serde(alias = "allowedEndpoints")]
    pub allowed_endpoints: Vec<String>,
    /// Live keys a user may have.
    #[serde(alias = "maxKeysPerUser")]
    pub max_keys_per_user: u32,
    /// bcrypt cost of new hashes, 10 to 12.
    #[serde(alias = "hashCost")]
    pub hash_cost: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            key_prefix: "sk-".to_owned(),
            previous_key_prefixes: Vec::new(),
            allowed_plans: None,
            allowed_endpoints: Vec::new(),
            max_keys_per_user: 100,
            hash_cost: 10,
        }
    }
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests a minute for one key; 0 is no limit.
    pub key_requests_per_minute: u32,
    /// Tries to sign in a minute, for one address and for one account; 0 is no limit.
    pub login_attempts_per_minute: u32,
    /// Longest body in bytes.
    pub max_body_bytes: usize,
    /// Longest file that can be imported, in bytes.
    pub max_import_bytes: u64,
    /// Longest document that can be put into a project, in bytes.
    pub max_document_bytes: u64,
    /// Answers being written at the same time.
    pub max_running_answers: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            key_requests_per_minute: 600,
            login_attempts_per_minute: 10,
            max_body_bytes: 1_048_576,
            max_import_bytes: 1 << 30,
            max_document_bytes: 20 << 20,
            max_running_answers: 1_000,
        }
    }
}

/// `[[plans]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanConfig {
    /// What users and `allowed_plans` refer to.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Answers a user gets in a month (UTC), through the browser and all keys together; no limit when absent.
    #[serde(default, alias = "monthlyMessages")]
    pub monthly_messages: Option<u32>,
}

/// What speaks to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The embedded default: no network, no weights.
    Builtin,
    /// Ollama's own protocol.
    Ollama,
    /// `OpenAI`'s chat completions, which many servers speak.
    Openai,
    /// Anthropic's own protocol.
    Anthropic,
    /// Gemini's own protocol.
    Gemini,
}

/// `[[models]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// What requests and threads refer to.
    pub id: String,
    /// Display name; the id when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// What speaks to it.
    pub provider: Provider,
    /// The server's URL, as `http://127.0.0.1:11434` or `https://api.example.com/v1`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The server's name for it; the id when absent.
    #[serde(default)]
    pub model: Option<String>,
    /// Environment variable that holds the server's API key.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// Tokens of prompt and answer together. When absent the server is asked, and 4,096 count until it has said.
    #[serde(default)]
    pub context_window: Option<u32>,
    /// Id of the model that is asked when this one fails before its first word; `chat.fallback_model` when absent.
    #[serde(default)]
    pub fallback: Option<String>,
}

/// `[chat]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChatConfig {
    /// Model of threads that chose none.
    pub default_model: String,
    /// Model that is asked when another one fails before its first word.
    pub fallback_model: Option<String>,
    /// Tokens of the window kept free for the answer.
    pub reply_reserve_tokens: u32,
    /// Seconds a model's server may be silent.
    pub request_timeout_seconds: u64,
    /// Whether what no longer fits into a model's window is summed up by the model, after the answer.
    pub summaries: bool,
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self {
            default_model: "builtin".to_owned(),
            fallback_model: None,
            reply_reserve_tokens: 600,
            request_timeout_seconds: 120,
            summaries: true,
        }
    }
}

/// `[embeddings]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingsConfig {
    /// What speaks to the server: `ollama` or `openai`.
    pub provider: Provider,
    /// The server's URL, as for a model.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The server's name for the embedding model.
    pub model: String,
    /// Environment variable that holds the server's API key.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// What the model wants before a question.
    #[serde(default)]
    pub query_prefix: String,
    /// What the model wants before a passage of a document.
    #[serde(default)]
    pub document_prefix: String,
}

/// Why the configuration cannot be used; the text names the key and the accepted form.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Reads the configuration for serving. `file` must exist when given; `latchkey.toml` in the working directory is
    /// read when it is there.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::read(file)?.validated()
    }

    /// Reads the configuration for an operator's command, which speaks to no model and so needs none of their secrets.
    pub fn load_for_operator(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = Self::read(file)?;
        config.models.clear();
        config.chat = ChatConfig::default();
        config.embeddings = None;
        config.validated()
    }

    fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new("latchkey.toml"));
        let mut figment = Figment::new();
        if path.is_file() {
            figment = figment.merge(Toml::file_exact(path));
        } else if file.is_some() {
            let path = path.display();
            return Err(ConfigError(format!("there is no configuration file at {path}")));
        }
        let database_url = Env::raw()
            .only(&["DATABASE_URL"])
            .map(|_| "database.url".into())
            .split(".");
        figment
            .merge(Env::prefixed("LATCHKEY__").split("__"))
            .merge(database_url)
            .extract()
            .map_err(|errors| ConfigError(errors.into_iter().map(describe).collect::<Vec<_>>().join("\n")))
    }

    /// Checks what a type cannot say, and fills in the default plan.
    pub fn validated(mut self) -> Result<Self, ConfigError> {
        if self.plans.is_empty() {
            self.plans.push(PlanConfig {
                id: "free".to_owned(),
                name: "Free".to_owned(),
                monthly_messages: None,
            });
        }
        let checks = [
            self.check_server(),
            self.check_auth(),
            self.check_api(),
            self.check_limits(),
            self.check_plans(),
            self.check_templates(),
            Gate::new(&self.api).map(drop),
            Catalogue::from_config(&self.models, &self.chat).map(drop),
            Embedder::from_config(self.embeddings.as_ref(), &self.chat).map(drop),
        ];
        let problems: Vec<String> = checks.into_iter().filter_map(Result::err).collect();
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(ConfigError(problems.join("\n")))
        }
    }

    /// The plan of a user who was given none.
    pub fn default_plan(&self) -> &str {
        self.plans.first().map_or("free", |plan| plan.id.as_str())
    }

    /// Whether a plan's users may have API keys.
    pub fn plan_has_api(&self, plan: &str) -> bool {
        self.api
            .allowed_plans
            .as_ref()
            .is_none_or(|plans| plans.iter().any(|allowed| allowed == plan))
    }

    /// Answers a month that a plan gives. A plan that is configured no more gives what the default one does.
    pub fn monthly_messages(&self, plan: &str) -> Option<u32> {
        let known = self.plans.iter().find(|known| known.id == plan);
        known.or(self.plans.first()).and_then(|plan| plan.monthly_messages)
    }

    /// Whether a plan is configured.
    pub fn has_plan(&self, id: &str) -> bool {
        self.plans.iter().any(|plan| plan.id == id)
    }

    /// How long a browser stays signed in.
    pub fn session_span(&self) -> Duration {
        Duration::from_secs(u64::from(self.auth.session_days) * 86_400)
    }

    /// How long a token is good for.
    pub fn token_span(&self) -> Duration {
        Duration::from_secs(u64::from(self.auth.token_hours) * 3_600)
    }
}

/// A secret from a file or the environment, where digits alone look like a number. It is never repeated in an error.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    match Written::deserialize(deserializer) {
        Ok(Written::Text(text)) => Ok(Some(text.into())),
        Ok(Written::Number(number)) => Ok(Some(number.to_string().into())),
        Err(_) => Err(serde::de::Error::custom("must be a text of at least 32 characters")),
    }
}

/// One problem on one line: where it stands, which key, what was found and what is accepted.
fn describe(error: figment::Error) -> String {
    let key = error.path.join(".");
    let place = error.metadata.as_ref().map_or_else(String::new, |metadata| {
        let source = metadata
            .source
            .as_ref()
            .map_or_else(|| metadata.name.to_string(), ToString::to_string);
        format!(" (in {source})")
    });
    if key.is_empty() {
        format!("{}{place}", error.kind)
    } else {
        format!("{key}: {}{place}", error.kind)
    }
}
