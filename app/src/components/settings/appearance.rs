//! How things look. Every change shows at once on the page behind.

use leptos::prelude::*;
use types::settings::{ChangeSettingsRequest, ChangeUserSettings, ThemePreference};

use super::rows::{Pick, ROWS, Row, SelectRow, SwitchRow, Toggle};
use super::saving::{Standing, use_saver};
use crate::components::ui::select::Choice;
use crate::hooks::reactive::memo;

#[component]
pub(super) fn Appearance() -> impl IntoView {
    let sizes = vec![
        Choice::new("small", "Small"),
        Choice::new("", "Standard"),
        Choice::new("large", "Large"),
    ];
    view! {
        <div class=ROWS>
            <ThemeRow />
            <SelectRow
                pick=Pick::TextSize
                title="Text size"
                help="Applies to messages."
                id="settings-text-size"
                choices=sizes
            />
            <SwitchRow
                toggle=Toggle::CompactSidebar
                title="Compact sidebar"
                help="Shows more chats at once."
                help_id="settings-compact-help"
            />
            <SwitchRow
                toggle=Toggle::WrapCode
                title="Code wraps"
                help="Long lines break instead of scrolling."
                help_id="settings-wrap-help"
            />
        </div>
    }
    .into_any()
}

/// A picture of a page; its colours come after.
const CARD: &str = "block h-14 w-22 overflow-hidden rounded-lg border border-line-strong group-has-checked:border-accent group-has-checked:ring-2 group-has-checked:ring-accent group-has-focus-visible:outline-2 group-has-focus-visible:outline-offset-4 group-has-focus-visible:outline-accent ";

#[component]
fn ThemeRow() -> impl IntoView {
    const TITLE: &str = "Theme";
    let saver = use_saver();
    let standing = RwSignal::new(Standing::Quiet);
    let chosen = memo(move || saver.read(|person| person.theme).unwrap_or_default());
    let cards = [
        (
            ThemePreference::System,
            "System",
            "bg-linear-to-r from-white from-50% to-neutral-800 to-50% text-neutral-500",
        ),
        (ThemePreference::Light, "Light", "bg-white text-neutral-800"),
        (ThemePreference::Dark, "Dark", "bg-neutral-800 text-neutral-100"),
    ]
    .map(|(theme, name, picture)| {
        let choose = move |_| {
            let change = ChangeSettingsRequest {
                settings: ChangeUserSettings::default(),
                theme_preference: Some(theme),
            };
            saver.save(standing, TITLE, change);
        };
        view! {
            <label class="group flex cursor-pointer flex-col items-center gap-1.5 text-xs text-muted has-checked:font-medium has-checked:text-ink">
                <input
                    type="radio"
                    name="settings-theme"
                    value=theme.as_str()
                    class="sr-only"
                    prop:checked=move || chosen.get() == theme
                    on:change=choose
                />
                <span
                    aria-hidden="true"
                    class=CARD.to_owned() + picture
                >
                    <span class="mt-3 ml-3 block h-1.5 w-9 rounded bg-current opacity-40"></span>
                    <span class="mt-1.5 ml-3 block h-1.5 w-13 rounded bg-current opacity-20"></span>
                </span>
                {name}
            </label>
        }
    });
    view! {
        <Row title=TITLE help="System follows your device." help_id="settings-theme-help" standing>
            <div
                role="radiogroup"
                aria-label=TITLE
                aria-describedby="settings-theme-help"
                class="relative flex gap-3"
            >
                {cards}
            </div>
        </Row>
    }
    .into_any()
}
