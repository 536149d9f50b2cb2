//! The keys there are.

use leptos::prelude::*;

use crate::components::sidebar::{NEW_CHAT, SEARCH, SETTINGS, SHORTCUTS};
use crate::contexts::session::use_session;
use crate::hooks::hotkeys::{Chord, is_apple};

const CHORDS: &[(&str, Chord)] = &[
    ("Search and go", SEARCH),
    ("New chat", NEW_CHAT),
    ("Settings", SETTINGS),
    ("Keyboard shortcuts", SHORTCUTS),
    ("Close, or stop the answer", Chord::key("Escape")),
];

/// The list of shortcuts. It is only made once somebody opens it, in the browser, which knows the keyboard.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let apple = is_apple();
    let session = use_session();
    let enter_sends = untrack(|| session.read(|person| person.settings.enter_sends)).unwrap_or(true);
    let (send, new_line) = match (enter_sends, apple) {
        (true, _) => ("Enter", "Shift Enter"),
        (false, true) => ("⌘Enter", "Enter"),
        (false, false) => ("Ctrl Enter", "Enter"),
    };
    let keys = CHORDS
        .iter()
        .map(|(what, chord)| (*what, chord.label(apple)))
        .chain([("Send", send.to_owned()), ("New line", new_line.to_owned())])
        .map(|(what, keys)| {
            view! {
                <div class="flex items-center justify-between gap-4 py-2">
                    <dt class="text-ink-soft">{what}</dt>
                    <dd>
                        <kbd class="rounded-md border border-line-strong bg-sunken px-1.5 py-0.5 font-sans text-xs whitespace-nowrap text-ink-soft">
                            {keys}
                        </kbd>
                    </dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="divide-y divide-line text-sm">{keys}</dl> }.into_any()
}
