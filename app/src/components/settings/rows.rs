//! The rows that settings stand in.

use std::time::Duration;

use leptos::prelude::*;
use types::Patch;
use types::settings::{ChangeSettingsRequest, ChangeUserSettings, UserSettings};

use super::saving::{Standing, use_saver};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::select::{Choice, Select};
use crate::components::ui::spinner::Spinner;
use crate::components::ui::switch::Switch;
use crate::hooks::reactive::effect;
use crate::server_fns::accounts::Person;

/// Rows under each other, with lines between them.
pub(super) const ROWS: &str = "divide-y divide-line";

/// A setting: what it is at the left, what sets it at the right, and whether the last change is saved.
#[component]
pub(super) fn Row(
    /// What it is.
    title: &'static str,
    /// One line more about it.
    #[prop(into)]
    help: Signal<String>,
    /// Id of the help, for what sets it.
    #[prop(optional)]
    help_id: Option<&'static str>,
    /// How its last change stands.
    #[prop(optional)]
    standing: Option<RwSignal<Standing>>,
    /// What sets it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-center justify-between gap-x-6 gap-y-2.5 py-3.5">
            <div class="min-w-0 flex-1 basis-36">
                <div class="flex min-h-5 items-center gap-2.5 text-sm font-medium">
                    {title} {standing.map(|standing| view! { <Confirmation standing /> })}
                </div>
                <p id=help_id class="text-xs text-muted empty:hidden">
                    {help}
                </p>
                {standing.map(|standing| view! { <Complaint standing /> })}
            </div>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}

/// Says quietly that a change is being saved, or is saved.
#[component]
pub(super) fn Confirmation(standing: RwSignal<Standing>) -> impl IntoView {
    effect(move || {
        if standing.with(|standing| *standing == Standing::Saved)
            && let Ok(timer) = set_timeout_with_handle(
                move || {
                    _ = standing.try_set(Standing::Quiet);
                },
                Duration::from_millis(2500),
            )
        {
            on_cleanup(move || timer.clear());
        }
    });
    let view = move || {
        standing.with(|standing| match standing {
            Standing::Saving => view! { <Spinner label="Saving" /> }.into_any(),
            Standing::Saved => view! {
                <span class="inline-flex items-center gap-1 text-xs font-normal text-ok transition-opacity starting:opacity-0">
                    <Glyph icon=Icon::Check size="size-3.5" />
                    "Saved"
                </span>
            }
            .into_any(),
            Standing::Quiet | Standing::Failed(_) => ().into_any(),
        })
    };
    view! {
        <span role="status" class="inline-flex items-center">
            {view}
        </span>
    }
    .into_any()
}

/// Says why a change is not saved.
#[component]
pub(super) fn Complaint(
    standing: RwSignal<Standing>,
    /// Its id, for what is wrong.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    let text = move || {
        standing.with(|standing| match standing {
            Standing::Failed(why) => "Not saved. ".to_owned() + why,
            _ => String::new(),
        })
    };
    view! {
        <p role="alert" id=id class="mt-1 text-xs font-medium break-words text-danger empty:hidden">
            {text}
        </p>
    }
    .into_any()
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy)]
pub(super) enum Toggle {
    CompactSidebar,
    WrapCode,
    EnterSends,
}

impl Toggle {
    fn of(self, settings: &UserSettings) -> bool {
        match self {
            Self::CompactSidebar => settings.compact_sidebar,
            Self::WrapCode => settings.wrap_code,
            Self::EnterSends => settings.enter_sends,
        }
    }

    fn change(self, on: bool) -> ChangeSettingsRequest {
        let mut settings = ChangeUserSettings::default();
        match self {
            Self::CompactSidebar => settings.compact_sidebar = Some(on),
            Self::WrapCode => settings.wrap_code = Some(on),
            Self::EnterSends => settings.enter_sends = Some(on),
        }
        ChangeSettingsRequest {
            settings,
            theme_preference: None,
        }
    }
}

/// A row with a switch.
#[component]
pub(super) fn SwitchRow(
    toggle: Toggle,
    title: &'static str,
    help: &'static str,
    /// Id of its help.
    help_id: &'static str,
) -> impl IntoView {
    let saver = use_saver();
    let standing = RwSignal::new(Standing::Quiet);
    let checked = Signal::derive(move || saver.read(|person| toggle.of(&person.settings)).unwrap_or_default());
    let on_change = move |on: bool| saver.save(standing, title, toggle.change(on));
    view! {
        <Row title help help_id standing>
            <Switch label=title described_by=help_id checked on_change />
        </Row>
    }
    .into_any()
}

/// A setting that is one of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    TextSize,
    DefaultModel,
    DateLocale,
}

impl Pick {
    /// The value that is chosen; "" where nothing is.
    fn of(self, person: &Person) -> String {
        use types::settings::TextSize;
        let settings = &person.settings;
        match self {
            Self::TextSize => match settings.text_size {
                TextSize::Small => "small".to_owned(),
                TextSize::Standard => String::new(),
                TextSize::Large => "large".to_owned(),
            },
            Self::DefaultModel => settings.default_model.clone().unwrap_or_default(),
            Self::DateLocale => settings.date_locale.clone().unwrap_or_default(),
        }
    }

    fn change(self, value: String) -> ChangeSettingsRequest {
        use types::settings::TextSize;
        let mut settings = ChangeUserSettings::default();
        match self {
            Self::TextSize => {
                settings.text_size = Some(match value.as_str() {
                    "small" => TextSize::Small,
                    "large" => TextSize::Large,
                    _ => TextSize::Standard,
                });
            }
            Self::DefaultModel => settings.default_model = set_or_cleared(value),
            Self::DateLocale => settings.date_locale = set_or_cleared(value),
        }
        ChangeSettingsRequest {
            settings,
            theme_preference: None,
        }
    }
}

/// A text to set; an empty one clears.
pub(super) fn set_or_cleared(value: String) -> Patch<String> {
    if value.trim().is_empty() {
        Patch::Null
    } else {
        Patch::Value(value)
    }
}

/// A row with a list to choose from.
#[component]
pub(super) fn SelectRow(
    pick: Pick,
    title: &'static str,
    #[prop(into)] help: Signal<String>,
    /// Makes the ids.
    id: &'static str,
    choices: Vec<Choice>,
) -> impl IntoView {
    let saver = use_saver();
    let standing = RwSignal::new(Standing::Quiet);
    let value = Signal::derive(move || saver.read(|person| pick.of(person)).unwrap_or_default());
    let on_change = move |value: String| saver.save(standing, title, pick.change(value));
    view! {
        <Row title help standing>
            <div class=if pick == Pick::TextSize { "w-40" } else { "w-full sm:w-56" }>
                <Select label=title id choices=Signal::stored(choices) value on_change bare=true />
            </div>
        </Row>
    }
    .into_any()
}
