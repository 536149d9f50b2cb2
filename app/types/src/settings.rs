//! What a person has set for themself: what answers should know of them, how things look, and where they are signed in.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Patch;

/// How large the text of conversations is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TextSize {
    /// More on one screen.
    Small,
    /// As designed.
    #[default]
    Standard,
    /// Easier to read.
    Large,
}

/// Light, dark, or as the browser's system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ThemePreference {
    /// As the browser's system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl ThemePreference {
    /// As it stands on the wire and in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A user's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserSettings {
    /// Display name; may be empty.
    pub name: String,
    /// What the person does, in a line; goes into prompts.
    pub role: Option<String>,
    /// What answers should know of the person; goes into prompts.
    pub context: Option<String>,
    /// Id of the model for chats that name none; null is the server's default.
    pub default_model: Option<String>,
    /// How large the text of conversations is.
    pub text_size: TextSize,
    /// Whether the rows of the sidebar stand closer.
    pub compact_sidebar: bool,
    /// Whether long lines of code are wrapped.
    pub wrap_code: bool,
    /// Whether Enter sends; otherwise it breaks the line.
    pub enter_sends: bool,
    /// Language tag by which dates are written; null is the browser's.
    pub date_locale: Option<String>,
}

impl Default for UserSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            role: None,
            context: None,
            default_model: None,
            text_size: TextSize::Standard,
            compact_sidebar: false,
            wrap_code: false,
            enter_sends: true,
            date_locale: None,
        }
    }
}

/// `GET` and `PATCH /api/user/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SettingsAnswer {
    /// The settings.
    pub settings: UserSettings,
    /// The colours.
    pub theme_preference: ThemePreference,
}

/// `PATCH /api/user/settings`; an absent field stays as it is, null puts it back to what it is for a new account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ChangeSettingsRequest {
    /// The settings to change.
    #[serde(deserialize_with = "object")]
    pub settings: ChangeUserSettings,
    /// The colours.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_default")]
    pub theme_preference: Option<ThemePreference>,
}

/// The settings part of [`ChangeSettingsRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ChangeUserSettings {
    /// At most 100 characters on one line; may be empty.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_default")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME_OR_NOTHING)))]
    pub name: Option<String>,
    /// At most 200 characters on one line.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::TITLE_OR_NOTHING)))]
    pub role: Patch<String>,
    /// At most 4,000 characters.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    #[cfg_attr(feature = "schema", schemars(length(max = 4_000), regex(pattern = crate::schema::TEXT)))]
    pub context: Patch<String>,
    /// Id of a configured model.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub default_model: Patch<String>,
    /// How large the text of conversations is.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_default")]
    pub text_size: Option<TextSize>,
    /// Whether the rows of the sidebar stand closer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_default")]
    pub compact_sidebar: Option<bool>,
    /// Whether long lines of code are wrapped.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_default")]
    pub wrap_code: Option<bool>,
    /// Whether Enter sends.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_true")]
    pub enter_sends: Option<bool>,
    /// A language tag like `en-GB`.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    #[cfg_attr(feature = "schema", schemars(length(max = 60), regex(pattern = crate::schema::LANGUAGE)))]
    pub date_locale: Patch<String>,
}

/// An object only: an array would be read as the fields in the order in which they happen to be declared.
fn object<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Object<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_map(Object(PhantomData))
}

fn null_is_default<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

/// Of the settings that are on or off, the one that is on for a new account.
fn null_is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or(true)))
}

/// A model that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChoice {
    /// What requests and threads refer to.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// What is wrong with its server, while something is.
    #[serde(default)]
    pub problem: Option<String>,
}

/// Somewhere a person is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The session's id.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Browser and system, as `Firefox on Linux`; `Unknown device` when it didn't say.
    pub device: String,
    /// The address it was signed in from.
    pub ip: Option<String>,
    /// When it was signed in.
    pub created_at: String,
    /// When it was last used, to the minute.
    pub last_seen_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_field_is_not_a_null() {
        let read = |json: &str| serde_json::from_str::<ChangeSettingsRequest>(json).unwrap();
        assert_eq!(read("{}"), ChangeSettingsRequest::default());
        assert_eq!(read(r#"{"settings":{},"other":1}"#), ChangeSettingsRequest::default());
        let cleared = read(r#"{"settings":{"name":null,"role":null,"enterSends":null},"themePreference":null}"#);
        assert_eq!(cleared.settings.name.as_deref(), Some(""));
        assert_eq!(cleared.settings.role, Patch::Null);
        assert_eq!(cleared.settings.context, Patch::Absent);
        assert_eq!(cleared.settings.enter_sends, Some(true));
        assert_eq!(cleared.settings.wrap_code, None);
        assert_eq!(cleared.theme_preference, Some(ThemePreference::System));
    }

    #[test]
    fn what_is_sent_names_only_what_changes() {
        let change = ChangeSettingsRequest {
            settings: ChangeUserSettings {
                role: Patch::Null,
                text_size: Some(TextSize::Large),
                ..ChangeUserSettings::default()
            },
            theme_preference: Some(ThemePreference::Dark),
        };
        let json = r#"{"settings":{"role":null,"textSize":"large"},"themePreference":"dark"}"#;
        assert_eq!(serde_json::to_string(&change).unwrap(), json);
    }

    #[test]
    fn what_was_answered_can_be_sent_back() {
        let answer = SettingsAnswer::default();
        let json = serde_json::to_string(&answer).unwrap();
        let back: ChangeSettingsRequest = serde_json::from_str(&json).unwrap();
        assert_eq!(back.settings.enter_sends, Some(answer.settings.enter_sends));
        assert_eq!(back.theme_preference, Some(answer.theme_preference));
    }
}
