//! The sidebar: the ways to everything, and the person's threads.

pub mod foot;
pub mod list;
pub mod projects;
pub mod realm;
pub mod row;
mod window;

use leptos::prelude::*;

use self::foot::Foot;
use self::list::ThreadList;
use self::projects::Projects;
use self::realm::RealmSwitch;
use crate::components::icons::{Glyph, Icon};
use crate::components::layout::wordmark::Wordmark;
use crate::components::ui::button::IconButton;
use crate::components::ui::kbd::Kbd;
use crate::contexts::ui::use_ui;
use crate::hooks::hotkeys::Chord;
use crate::routes::Page;

/// Opens search-and-go.
pub(crate) const SEARCH: Chord = Chord::command("k");
/// Begins a new chat.
pub(crate) const NEW_CHAT: Chord = Chord::command("o").shift();
/// Opens the settings.
pub(crate) const SETTINGS: Chord = Chord::command(",");
/// Opens the list of shortcuts.
pub(crate) const SHORTCUTS: Chord = Chord::command("/");

const LINK: &str = "flex h-8 w-full shrink-0 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-left text-sm text-ink hover:bg-sunken focus-visible:-outline-offset-2 pointer-coarse:h-11 md:group-data-collapsed/frame:justify-center md:group-data-collapsed/frame:px-0";
const WORDS: &str = "md:group-data-collapsed/frame:sr-only";
const KEYS: &str = "ml-auto text-xs text-muted pointer-coarse:hidden md:group-data-collapsed/frame:hidden";

/// The sidebar. As a strip it keeps its icons and loses its words.
#[component]
pub fn Sidebar(
    /// When the document was rendered, in seconds since 1970.
    now: i64,
) -> impl IntoView {
    let ui = use_ui();
    let tip = move |words: &'static str| move || ui.collapsed.get().then_some(words);
    let toggle_words = move || {
        let words = if ui.collapsed.get() {
            "Expand sidebar"
        } else {
            "Collapse sidebar"
        };
        words.to_owned()
    };
    let search = move |_| {
        ui.drawer.set(false);
        ui.palette.set(true);
    };
    view! {
        <aside class="flex min-h-0 flex-1 flex-col bg-surface" aria-label="Sidebar">
            <div class="flex h-14 shrink-0 items-center justify-between px-4 max-md:noscript:hidden md:group-data-collapsed/frame:justify-center md:group-data-collapsed/frame:px-0">
                <div class="flex md:group-data-collapsed/frame:hidden">
                    <Wordmark />
                </div>
                <IconButton
                    icon=Icon::PanelLeft
                    label=Signal::derive(toggle_words)
                    class="max-md:hidden noscript:hidden"
                    on_click=move |()| ui.collapse(!ui.collapsed.get_untracked())
                />
                <IconButton
                    icon=Icon::Close
                    label="Close menu"
                    class="md:hidden noscript:hidden"
                    on_click=move |()| ui.drawer.set(false)
                />
            </div>
            <RealmSwitch />
            <nav aria-label="Main" class="flex shrink-0 flex-col px-3">
                <a href=Page::Start.path() class=LINK data-tip=tip("New chat")>
                    <Glyph icon=Icon::Plus />
                    <span class=WORDS>"New chat"</span>
                    <Kbd chord=NEW_CHAT class=KEYS />
                </a>
                <div class="noscript:hidden">
                    <button type="button" class=LINK data-tip=tip("Search") on:click=search>
                        <Glyph icon=Icon::Search />
                        <span class=WORDS>"Search"</span>
                        <Kbd chord=SEARCH class=KEYS />
                    </button>
                </div>
            </nav>
            <Projects />
            <ThreadList now />
            <Foot />
        </aside>
    }
    .into_any()
}
