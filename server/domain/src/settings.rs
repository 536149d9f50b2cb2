//! What people set for themselves. Most of it is one JSON object in the user's row, read field by field: what is damaged,
//! no longer configured or from another version counts as not set, and never as an error.

use std::sync::Arc;

use entity::users;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use types::FieldError;
use types::settings::{ChangeSettingsRequest, SettingsAnswer, ThemePreference, UserSettings};

use crate::access::Principal;
use crate::db::lock_user;
use crate::error::Problems;
use crate::models::ChatModel;
use crate::{Core, Error, text};

const LONGEST_NAME: usize = 100;
const LONGEST_ROLE: usize = 200;
const LONGEST_CONTEXT: usize = 4_000;
const LONGEST_LOCALE: usize = 60;

const ROLE: &str = "role";
const CONTEXT: &str = "context";
const DEFAULT_MODEL: &str = "defaultModel";
const TEXT_SIZE: &str = "textSize";
const COMPACT_SIDEBAR: &str = "compactSidebar";
const WRAP_CODE: &str = "wrapCode";
const ENTER_SENDS: &str = "enterSends";
const DATE_LOCALE: &str = "dateLocale";

/// What the caller has set.
pub async fn read(core: &Core, who: &Principal) -> Result<SettingsAnswer, Error> {
    require_own(who)?;
    let user = users::Entity::find_by_id(&who.user_id).one(core.db.read()).await?;
    user.map(|user| of(core, &user)).ok_or(Error::Unauthenticated)
}

/// Changes what is named. Two who change different things at the same time both find theirs afterwards.
pub async fn change(core: &Core, who: &Principal, input: ChangeSettingsRequest) -> Result<SettingsAnswer, Error> {
    require_own(who)?;
    let Changes { name, theme, fields } = Changes::of(core, input)?;
    let tx = core.db.begin().await?;
    lock_user(&tx, &who.user_id).await?;
    let user = users::Entity::find_by_id(&who.user_id).one(&tx).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    let mut object = object(&user.settings);
    let mut row = user.into_active_model();
    if let Some(name) = name {
        row.name = Set(name);
    }
    if let Some(theme) = theme {
        row.theme = Set((theme != ThemePreference::System).then(|| theme.as_str().to_owned()));
    }
    if !fields.is_empty() {
        for (field, value) in fields {
            match value {
                Some(value) => object.insert(field.to_owned(), value),
                None => object.remove(field),
            };
        }
        row.settings = Set(Value::Object(object).to_string());
    }
    row.updated_at = Set(core.clock.now());
    let user = row.update(&tx).await?;
    tx.commit().await?;
    Ok(of(core, &user))
}

/// A key of a team acts inside its team, where its owner's own things are not.
fn require_own(who: &Principal) -> Result<(), Error> {
    match who.scope.team_id() {
        Some(_) => Err(Error::Forbidden("A team's API key cannot reach personal settings")),
        None => Ok(()),
    }
}

/// What somebody's row says.
pub(crate) fn of(core: &Core, user: &users::Model) -> SettingsAnswer {
    SettingsAnswer {
        settings: settings(core, user.name.clone(), &user.settings),
        theme_preference: match user.theme.as_deref() {
            Some("light") => ThemePreference::Light,
            Some("dark") => ThemePreference::Dark,
            _ => ThemePreference::System,
        },
    }
}

fn settings(core: &Core, name: String, stored: &str) -> UserSettings {
    let stored = object(stored);
    let text = |field: &str| stored.get(field).and_then(Value::as_str);
    let default = UserSettings::default();
    UserSettings {
        name,
        role: text(ROLE).and_then(|text| role(text).ok()).flatten(),
        context: text(CONTEXT).and_then(|text| context(text).ok()).flatten(),
        default_model: text(DEFAULT_MODEL)
            .and_then(|text| default_model(core, text).ok())
            .flatten(),
        text_size: field(&stored, TEXT_SIZE).unwrap_or(default.text_size),
        compact_sidebar: field(&stored, COMPACT_SIDEBAR).unwrap_or(default.compact_sidebar),
        wrap_code: field(&stored, WRAP_CODE).unwrap_or(default.wrap_code),
        enter_sends: field(&stored, ENTER_SENDS).unwrap_or(default.enter_sends),
        date_locale: text(DATE_LOCALE).and_then(|text| date_locale(text).ok()).flatten(),
    }
}

fn object(stored: &str) -> Map<String, Value> {
    serde_json::from_str(stored).unwrap_or_default()
}

fn field<T: DeserializeOwned>(stored: &Map<String, Value>, name: &str) -> Option<T> {
    T::deserialize(stored.get(name)?).ok()
}

/// Gives what to keep of a text, which may be nothing.
type Check<'c> = &'c dyn Fn(&str) -> Result<Option<String>, FieldError>;

/// A change that was checked.
struct Changes {
    name: Option<String>,
    theme: Option<ThemePreference>,
    /// Of the stored object: what is set, and what is taken out.
    fields: Vec<(&'static str, Option<Value>)>,
}

impl Changes {
    fn of(core: &Core, input: ChangeSettingsRequest) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let input_settings = input.settings;
        let name = input_settings
            .name
            .and_then(|name| problems.note(line("name", &name, LONGEST_NAME)))
            .map(Option::unwrap_or_default);
        let mut fields = Vec::new();
        let model = |text: &str| default_model(core, text);
        let texts: [(_, _, Check<'_>); 4] = [
            (ROLE, input_settings.role, &role),
            (CONTEXT, input_settings.context, &context),
            (DEFAULT_MODEL, input_settings.default_model, &model),
            (DATE_LOCALE, input_settings.date_locale, &date_locale),
        ];
        for (field, patch, check) in texts {
            match patch.into_change() {
                None => {}
                Some(None) => fields.push((field, None)),
                Some(Some(text)) => {
                    let checked = problems.note(check(&text));
                    fields.extend(checked.map(|text| (field, text.map(Value::from))));
                }
            }
        }
        fields.extend(input_settings.text_size.map(|size| (TEXT_SIZE, Some(json!(size)))));
        for (field, on) in [
            (COMPACT_SIDEBAR, input_settings.compact_sidebar),
            (WRAP_CODE, input_settings.wrap_code),
            (ENTER_SENDS, input_settings.enter_sends),
        ] {
            fields.extend(on.map(|on| (field, Some(Value::from(on)))));
        }
        problems.finish()?;
        Ok(Self {
            name,
            theme: input.theme_preference,
            fields,
        })
    }
}

/// A line that may be empty, which is nothing.
fn line(field: &str, line: &str, most: usize) -> Result<Option<String>, FieldError> {
    match line.trim() {
        "" => Ok(None),
        line => text::name(field, line, most).map(Some),
    }
}

fn role(text: &str) -> Result<Option<String>, FieldError> {
    line(ROLE, text, LONGEST_ROLE)
}

fn context(text: &str) -> Result<Option<String>, FieldError> {
    text::no_nul(CONTEXT, text)?;
    let length = text.chars().count();
    if length > LONGEST_CONTEXT {
        let message = format!("At most {LONGEST_CONTEXT} characters, this has {length}");
        return Err(FieldError::new(CONTEXT, message));
    }
    Ok((!text.trim().is_empty()).then(|| text.to_owned()))
}

fn default_model(core: &Core, id: &str) -> Result<Option<String>, FieldError> {
    if core.models.get(id).is_some() {
        return Ok(Some(id.to_owned()));
    }
    let message = "There is no model with this id on this server";
    Err(FieldError::new(DEFAULT_MODEL, message))
}

fn date_locale(tag: &str) -> Result<Option<String>, FieldError> {
    if is_language_tag(tag) {
        return Ok(Some(tag.to_owned()));
    }
    let message = "Give a language tag like en-GB, or null for the browser's own";
    Err(FieldError::new(DATE_LOCALE, message))
}

/// The tags of BCP 47 that a browser's `Intl` takes, without the rare ones: language, script, region, variants, and what
/// follows a `u`. One that it doesn't take would break every date on the page.
fn is_language_tag(tag: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_variant = |part: &str| match part.len() {
        5..=8 => true,
        4 => part.starts_with(|first: char| first.is_ascii_digit()),
        _ => false,
    };
    if tag.len() > LONGEST_LOCALE || !tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return false;
    }
    let tag = tag.to_ascii_lowercase();
    let (tag, extension) = match tag.split_once("-u-") {
        Some((tag, extension)) => (tag, Some(extension)),
        None => (tag.as_str(), None),
    };
    let mut parts = tag.split('-').peekable();
    let language = parts.next().unwrap_or_default();
    if !letters(language) || !matches!(language.len(), 2 | 3 | 5..=8) {
        return false;
    }
    parts.next_if(|part| part.len() == 4 && letters(part));
    parts.next_if(|part| (part.len() == 2 && letters(part)) || (part.len() == 3 && digits(part)));
    let variants: Vec<&str> = parts.collect();
    let distinct = variants
        .iter()
        .enumerate()
        .all(|(at, variant)| is_variant(variant) && !variants[..at].contains(variant));
    distinct && extension.is_none_or(|extension| extension.split('-').all(|part| matches!(part.len(), 2..=8)))
}

/// The model of a chat in which neither the request nor the thread names one that there is: the user's choice, then the
/// server's.
pub(crate) async fn preferred_model(
    core: &Core,
    db: &impl ConnectionTrait,
    user_id: &str,
) -> Result<Arc<dyn ChatModel>, DbErr> {
    let stored = stored(db, user_id).await?;
    let chosen = stored.and_then(|(_, stored)| {
        let id = object(&stored).remove(DEFAULT_MODEL)?;
        core.models.get(id.as_str()?)
    });
    Ok(chosen.unwrap_or_else(|| core.models.default_model()))
}

/// What a prompt is told of the person who asks. What they said of themselves is not a team's, so a key of a team leaves
/// it out.
pub(crate) async fn prompt_part(core: &Core, who: &Principal) -> Result<Option<String>, DbErr> {
    if who.scope.team_id().is_some() {
        return Ok(None);
    }
    let stored = stored(core.db.read(), &who.user_id).await?;
    Ok(stored.and_then(|(name, stored)| prompt_text(&settings(core, name, &stored))))
}

/// The same as text. A name alone is not worth its tokens, and would stand in the prompt of everybody who has never said
/// a word about themselves.
pub fn prompt_text(settings: &UserSettings) -> Option<String> {
    if settings.role.is_none() && settings.context.is_none() {
        return None;
    }
    let mut text = "What the user says about themselves:".to_owned();
    if !settings.name.is_empty() {
        text.push_str("\nName: ");
        text.push_str(&settings.name);
    }
    if let Some(role) = &settings.role {
        text.push_str("\nRole: ");
        text.push_str(role);
    }
    if let Some(context) = &settings.context {
        text.push_str("\n\n");
        text.push_str(context.trim());
    }
    Some(text)
}

async fn stored(db: &impl ConnectionTrait, user_id: &str) -> Result<Option<(String, String)>, DbErr> {
    users::Entity::find()
        .select_only()
        .columns([users::Column::Name, users::Column::Settings])
        .filter(users::Column::Id.eq(user_id))
        .into_tuple()
        .one(db)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_told_of_who_has_said_something() {
        let said = |name: &str, role: Option<&str>, context: Option<&str>| {
            prompt_text(&UserSettings {
                name: name.to_owned(),
                role: role.map(str::to_owned),
                context: context.map(str::to_owned),
                ..UserSettings::default()
            })
        };
        assert_eq!(said("Mara", None, None), None);
        let start = "What the user says about themselves:";
        assert_eq!(
            said("Mara", Some("Engineer"), Some("Likes brevity.\n")).unwrap(),
            format!("{start}\nName: Mara\nRole: Engineer\n\nLikes brevity.")
        );
        assert_eq!(
            said("", None, Some("Likes brevity.")).unwrap(),
            format!("{start}\n\nLikes brevity.")
        );
    }

    #[test]
    fn language_tags_are_those_that_browsers_take() {
        for tag in [
            "en",
            "en-GB",
            "de-CH-1996",
            "zh-Hant-TW",
            "es-419",
            "EN-gb",
            "sl-rozaj-biske",
            "ar-EG-u-nu-latn",
        ] {
            assert!(is_language_tag(tag), "{tag}");
        }
        let long = format!("en-{}", "abcde-".repeat(20));
        for tag in [
            "",
            "e",
            "english language",
            "en_GB",
            "en-",
            "-en",
            "en--GB",
            "en-GB-GB",
            "en-x",
            "en-u-",
            "en-u-a",
            "en-rozaj-rozaj",
            "12",
            "en-é",
            "en\0",
            "i-klingon",
            &long,
        ] {
            assert!(!is_language_tag(tag), "{tag:?}");
        }
    }
}
