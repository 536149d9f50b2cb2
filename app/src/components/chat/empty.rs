//! The empty screen: a greeting, and ways to begin.

use leptos::prelude::*;
use leptos::web_sys::js_sys::Date;

use super::open::Chat;
use crate::contexts::session::use_session;
use crate::hooks::reactive::effect;

/// A way to begin: what it is called, what it does, and the text it puts into the composer.
const SUGGESTIONS: [(&str, &str, &str); 4] = [
    (
        "Summarise a text",
        "The key points, in a few lines",
        "Summarise the following text in five short points:\n\n",
    ),
    (
        "Draft an e-mail",
        "From a few notes",
        "Draft a short, friendly e-mail from these notes:\n\n",
    ),
    (
        "Explain this code",
        "Step by step",
        "Explain step by step what this code does:\n\n",
    ),
    (
        "Plan a release",
        "A checklist with the risks",
        "Write a checklist for releasing the following change, and say for each step what can go wrong:\n\n",
    ),
];

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
            <p class="mt-1 mb-6 text-sm text-muted">"Ask something, or begin with one of these."</p>
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

/// Four ways to begin. They fill the composer, which is the script's doing: without one they are not there.
#[component]
pub fn Suggestions(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    let suggestions = SUGGESTIONS
        .into_iter()
        .map(|(name, what, text)| {
            let begin = move |_| {
                chat.draft.write(text.to_owned());
                chat.draft.focus();
            };
            view! {
                <button
                    type="button"
                    class="flex cursor-pointer flex-col items-start rounded-xl border border-line bg-surface px-4 py-3 text-left transition-colors hover:bg-sunken"
                    on:click=begin
                >
                    <span class="text-sm font-medium">{name}</span>
                    <span class="text-xs text-muted">{what}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="mb-auto w-full shrink-0 px-4 pt-4 pb-8 md:px-6 noscript:invisible">
            <div role="group" aria-label="Ways to begin" class="mx-auto grid max-w-184 gap-2 sm:grid-cols-2">
                {suggestions}
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
