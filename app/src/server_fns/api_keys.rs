//! A person's API keys.

#![expect(
    missing_docs,
    reason = "the fields of the structs that #[server] makes of the arguments can't carry any"
)]

use leptos::prelude::*;
use types::api_keys::{ApiKey, CreatedApiKey, KeysPage};

use super::Failure;
use crate::wire::Wire;

/// Everything the page of keys shows. The struct of its arguments would be named like what it answers.
#[server(name = AskKeysPage, prefix = "/_fn", endpoint = "keys_page", input = Wire, output = Wire)]
pub async fn keys_page() -> Result<KeysPage, Failure> {
    let (request, who) = asking()?;
    api_keys::page(&request.core, &who)
        .await
        .map_err(|error| refused(&error))
}

/// Makes a key. The answer is the one place where its secret is. The fields are `name`, `teamId` and `expiresAt`.
#[server(prefix = "/_fn", endpoint = "create_key", input = Wire, output = Wire)]
pub async fn create_key(
    name: String,
    team_id: Option<String>,
    expires_at: Option<String>,
) -> Result<CreatedApiKey, Failure> {
    let (request, who) = asking()?;
    let input = CreateApiKeyRequest {
        name,
        team_id,
        expires_at,
    };
    api_keys::create(&request.core, &who, input, None, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Gives a key another name.
#[server(prefix = "/_fn", endpoint = "rename_key", input = Wire, output = Wire)]
pub async fn rename_key(id: String, name: String) -> Result<ApiKey, Failure> {
    let (request, who) = asking()?;
    let input = ChangeApiKeyRequest {
        name: Some(name),
        ..ChangeApiKeyRequest::default()
    };
    api_keys::change(&request.core, &who, &id, input, &request.client)
        .await
        .map_err(|error| refused(&error))
}

/// Revokes a key: from then on nobody gets in with it.
#[server(prefix = "/_fn", endpoint = "revoke_key", input = Wire, output = Wire)]
pub async fn revoke_key(id: String) -> Result<(), Failure> {
    let (request, who) = asking()?;
    api_keys::revoke(&request.core, &who, &id, &request.client)
        .await
        .map_err(|error| refused(&error))
}

#[cfg(feature = "ssr")]
use {
    crate::ssr::{asking, refused},
    domain::api_keys,
    types::api_keys::{ChangeApiKeyRequest, CreateApiKeyRequest},
};
