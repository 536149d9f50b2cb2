//! Who the person is, and how dates are written for them.

use leptos::prelude::*;

use super::rows::{Pick, ROWS, SelectRow};
use super::saving::use_saver;
use super::text_row::{Text, TextRow};
use crate::components::ui::select::Choice;

/// Characters of what answers should know.
const MOST_CONTEXT: usize = 4_000;

/// Languages that dates can be written in, by their own names.
const LANGUAGES: [(&str, &str); 16] = [
    ("", "As in this browser"),
    ("en-GB", "English (UK)"),
    ("en-US", "English (US)"),
    ("da-DK", "Dansk"),
    ("de-DE", "Deutsch"),
    ("es-ES", "Español"),
    ("fr-FR", "Français"),
    ("it-IT", "Italiano"),
    ("nl-NL", "Nederlands"),
    ("pl-PL", "Polski"),
    ("pt-BR", "Português (Brasil)"),
    ("sv-SE", "Svenska"),
    ("uk-UA", "Українська"),
    ("ja-JP", "日本語"),
    ("zh-CN", "简体中文"),
    ("ko-KR", "한국어"),
];

#[component]
pub(super) fn General() -> impl IntoView {
    let own = untrack(|| use_saver().read(|person| person.settings.date_locale.clone())).flatten();
    let mut languages: Vec<_> = LANGUAGES.iter().map(|(tag, name)| Choice::new(*tag, *name)).collect();
    // Set by a program, and not in the list.
    languages.extend(
        own.filter(|own| LANGUAGES.iter().all(|(tag, _)| tag != own))
            .map(|own| Choice::new(own.clone(), own)),
    );
    view! {
        <div class=ROWS>
            <TextRow
                text=Text::Name
                title="Name"
                help="How others see you."
                ids=["settings-name", "settings-name-help", "settings-name-error"]
                autocomplete="name"
            />
            <TextRow
                text=Text::Role
                title="What you do"
                help="Answers take it into account."
                ids=["settings-role", "settings-role-help", "settings-role-error"]
                placeholder="Backend engineer"
            />
            <TextRow
                text=Text::Context
                title="What answers should know about you"
                help="Goes along with your questions."
                ids=["settings-context", "settings-context-help", "settings-context-error"]
                placeholder="I prefer short answers. We use Rust and PostgreSQL."
                most=MOST_CONTEXT
            />
            <SelectRow
                pick=Pick::DateLocale
                title="Language of dates"
                help="How days and times are written."
                id="settings-dates"
                choices=languages
            />
        </div>
    }
    .into_any()
}
