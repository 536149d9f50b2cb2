//! What a type cannot say about a value. Each message names the key and the accepted form.

use secrecy::ExposeSecret;

use super::Config;
use crate::api_keys::secret::is_prefix;
use crate::templates;

impl Config {
    pub(super) fn check_server(&self) -> Result<(), String> {
        if let Some(url) = &self.server.public_url
            && !is_origin(url.trim_end_matches('/'))
        {
            return Err(format!(
                "server.public_url is \"{url}\"; it must be like https://chat.example.com"
            ));
        }
        if let Some(origin) = self.server.cors_origins.iter().find(|origin| !is_origin(origin)) {
            return Err(format!(
                "server.cors_origins has \"{origin}\"; an origin is like https://app.example.com, without a path"
            ));
        }
        let url = &self.database.url;
        if !["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            // The URL may hold a password, so it is not repeated.
            return Err("database.url must begin with sqlite:// or postgres://".to_owned());
        }
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err("database.url must name a file: a database in memory is gone after a restart".to_owned());
        }
        Ok(())
    }

    pub(super) fn check_auth(&self) -> Result<(), String> {
        within("auth.session_days", self.auth.session_days, 1, 3_650)?;
        within("auth.token_hours", self.auth.token_hours, 1, 8_760)?;
        if let Some(secret) = &self.auth.token_secret
            && secret.expose_secret().len() < 32
        {
            return Err("auth.token_secret must have at least 32 characters".to_owned());
        }
        Ok(())
    }

    pub(super) fn check_api(&self) -> Result<(), String> {
        for (key, prefix) in std::iter::once(("api.key_prefix", &self.api.key_prefix)).chain(
            self.api
                .previous_key_prefixes
                .iter()
                .map(|prefix| ("api.previous_key_prefixes", prefix)),
        ) {
            if !is_prefix(prefix) {
                return Err(format!(
                    "{key} has \"{prefix}\"; a prefix is 1 to 23 letters, digits, '-' or '_', begins with a letter \
                     and not with \"ey\""
                ));
            }
        }
        within("api.hash_cost", self.api.hash_cost, 10, 12)?;
        within("api.max_keys_per_user", self.api.max_keys_per_user, 1, 10_000)?;
        if let Some(plan) = self
            .api
            .allowed_plans
            .iter()
            .flatten()
            .find(|plan| !self.has_plan(plan))
        {
            return Err(format!(
                "api.allowed_plans has \"{plan}\", which is not the id of one of [[plans]]"
            ));
        }
        Ok(())
    }

    pub(super) fn check_limits(&self) -> Result<(), String> {
        within("limits.max_body_bytes", self.limits.max_body_bytes, 1_024, 100 << 20)?;
        within("limits.max_import_bytes", self.limits.max_import_bytes, 1_024, 1 << 40)?;
        within(
            "limits.max_document_bytes",
            self.limits.max_document_bytes,
            1_024,
            1 << 28,
        )?;
        within(
            "limits.max_running_answers",
            self.limits.max_running_answers,
            1,
            100_000,
        )?;
        within(
            "chat.request_timeout_seconds",
            self.chat.request_timeout_seconds,
            1,
            3_600,
        )
    }

    pub(super) fn check_plans(&self) -> Result<(), String> {
        for (at, plan) in self.plans.iter().enumerate() {
            if plan.id.is_empty() || plan.id.len() > 64 {
                return Err("plans.id must have 1 to 64 characters".to_owned());
            }
            if self.plans.iter().take(at).any(|other| other.id == plan.id) {
                return Err(format!("plans.id \"{}\" is there twice", plan.id));
            }
        }
        Ok(())
    }
}

/// Templates of the configuration at most.
const MOST_TEMPLATES: usize = 100;

impl Config {
    pub(super) fn check_templates(&self) -> Result<(), String> {
        let templates = &self.templates.0;
        if templates.len() > MOST_TEMPLATES {
            let many = templates.len();
            return Err(format!(
                "templates has {many} entries; at most {MOST_TEMPLATES} are accepted"
            ));
        }
        for (at, template) in templates.iter().enumerate() {
            let name = templates::name(&template.name);
            let name = name.map_err(|problem| format!("templates.name \"{}\": {}", template.name, problem.message))?;
            templates::prompt(&template.prompt)
                .map_err(|problem| format!("templates.prompt of \"{name}\": {}", problem.message))?;
            if templates.iter().take(at).any(|other| other.name.trim() == name) {
                return Err(format!("templates.name \"{name}\" is there twice"));
            }
        }
        Ok(())
    }
}

fn within<N: PartialOrd + std::fmt::Display>(key: &str, value: N, least: N, most: N) -> Result<(), String> {
    if value < least || value > most {
        return Err(format!("{key} is {value}; it must be between {least} and {most}"));
    }
    Ok(())
}

fn is_origin(text: &str) -> bool {
    text.strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte))
        })
}
