//! The empty screen: a greeting, and ways to begin.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::js_sys::Date;
use types::views::Suggestion;

use super::open::{Chat, Picking};
use crate::components::ui::skeleton::Skeleton;
use crate::contexts::address::use_address;
use crate::contexts::session::use_session;
use crate::hooks::reactive::{effect, memo};
use crate::routes::query::SETTINGS;
use crate::server_fns::templates::suggested_templates;

/// Greets the reader: by the time of day, once the browser has said what that is.
#[component]
pub fn Greeting() -> impl IntoView {
    let words = RwSignal::new("Welcome");
    effect(move || words.set(greeting(Date::new_0().get_hours())));
    let session = use_session();
    let name = move || {
        let name = session.read(|person| first_name(&person.user.name).map(ToOwned::to_owned));
        name.flatten().map(|name| ", ".to_owned() + &name)
    };
    view! {
        <div class="mt-auto w-full shrink-0 px-4 pt-8 text-center">
            <h1 class="text-2xl font-semibold tracking-tight break-words">{words} {name}</h1>
            <p class="mt-1 mb-6 text-sm text-muted">"Ask something, or start from a template."</p>
        </div>
    }
    .into_any()
}

const fn greeting(hour: u32) -> &'static str {
    match hour {
        5..=11 => "Good morning",
        12..=17 => "Good afternoon",
        18..=22 => "Good evening",
        _ => "Hello",
    }
}

fn first_name(name: &str) -> Option<&str> {
    name.split_whitespace().next()
}

const WAY: &str = "flex min-w-0 flex-col items-start rounded-xl border border-line bg-surface px-4 py-3 text-left";

/// Ways to begin: templates. They fill the composer, which is the script's doing: without one they are not there.
#[component]
pub fn Suggestions(
    /// The chat on the page.
    chat: Chat,
    /// The templates; none until they are there.
    known: RwSignal<Option<Vec<Suggestion>>>,
) -> impl IntoView {
    // Those that came with the document are as good as new. Whoever has been in the settings may have made others.
    let fresh = StoredValue::new(known.with_untracked(Option::is_some));
    let address = use_address();
    let team = memo(move || chat.place().0);
    effect(move || {
        let asked = team.get();
        let first = fresh.try_update_value(std::mem::take) != Some(false);
        if address.param(SETTINGS).is_some() || first {
            return;
        }
        spawn_local(async move {
            let found = suggested_templates(asked.clone()).await;
            if team.try_get_untracked() != Some(asked) {
                return;
            }
            // The list of templates says what is wrong, should the server be out of reach; here it is only quiet.
            if found.is_ok() || known.try_with_untracked(Option::is_none) == Some(true) {
                _ = known.try_set(Some(found.unwrap_or_default()));
            }
        });
    });
    let way = move |suggestion: Suggestion| {
        let chosen = suggestion.clone();
        view! {
            <button
                type="button"
                class=[WAY, "cursor-pointer transition-colors hover:bg-sunken"].join(" ")
                on:click=move |_| chat.picking.set(Some(Picking::Chosen(chosen.clone())))
            >
                <span class="w-full truncate text-sm font-medium" dir="auto">
                    {suggestion.name}
                </span>
                <span class="w-full truncate text-xs text-muted" dir="auto">
                    {suggestion.about}
                </span>
            </button>
        }
        .into_any()
    };
    let ways = move || match known.get() {
        Some(known) => known.into_iter().map(way).collect_view().into_any(),
        None => (0..4)
            .map(|_| {
                view! {
                    <div class=[WAY, "h-16 justify-center gap-2"].join(" ")>
                        <Skeleton class="h-3 w-32" />
                        <Skeleton class="h-2.5 w-48" />
                    </div>
                }
            })
            .collect_view()
            .into_any(),
    };
    view! {
        <div class="mb-auto w-full shrink-0 px-4 pt-4 pb-8 md:px-6 noscript:invisible">
            <div
                role="group"
                aria-label="Templates to begin with"
                aria-busy=move || known.with(Option::is_none).then_some("true")
                class="mx-auto grid max-w-184 gap-2 sm:grid-cols-2"
            >
                {ways}
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_fits_the_hour() {
        let said: Vec<&str> = [0, 4, 5, 11, 12, 17, 18, 22, 23].into_iter().map(greeting).collect();
        assert_eq!(
            said,
            [
                "Hello",
                "Hello",
                "Good morning",
                "Good morning",
                "Good afternoon",
                "Good afternoon",
                "Good evening",
                "Good evening",
                "Hello"
            ]
        );
    }

    #[test]
    fn people_are_called_by_their_first_name() {
        assert_eq!(first_name("  Mara Keller"), Some("Mara"));
        assert_eq!(first_name(" "), None);
    }
}
