//! The frame of everything a signed-in person sees: the sidebar, which on a phone is a drawer behind a bar at the top, and
//! what lies over every page.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::{Div, Main};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};
use types::views::{ProjectRow, Sidebar as FirstThreads};

use super::lazily::Lazily;
use super::wordmark::Wordmark;
use crate::components::icons::{Glyph, Icon};
use crate::components::sidebar::{NEW_CHAT, SEARCH, SETTINGS, SHORTCUTS, Sidebar};
use crate::components::ui::button::IconButton;
use crate::contexts::address::use_address;
use crate::contexts::live::provide_live;
use crate::contexts::realm::provide_realm;
use crate::contexts::threads::{Threads, provide_threads};
use crate::contexts::ui::{Ui, provide_ui};
use crate::hooks::early_keys::use_early_keys;
use crate::hooks::hotkeys::use_hotkey;
use crate::hooks::listen::listen;
use crate::hooks::reactive::{effect, memo};
use crate::pieces;
use crate::routes::{Page, query, thread_at};
use crate::server_fns::Failure;
use crate::wire::handed_on;

/// The width from which the sidebar stands beside the page, in pixels; the style sheet's `md`.
const WIDE: f64 = 768.0;

/// Below it, the sidebar is a drawer; without a script it stands above the page.
const DRAWER: &str = "group/drawer flex shrink-0 flex-col border-r border-line bg-surface md:w-68 md:group-data-collapsed/frame:w-14 max-md:invisible max-md:fixed max-md:inset-y-0 max-md:left-0 max-md:z-40 max-md:w-[min(20rem,85vw)] max-md:-translate-x-full max-md:transition-[translate,visibility] max-md:data-open:visible max-md:data-open:transition-[translate] max-md:data-open:translate-x-0 max-md:data-open:shadow-pop max-md:noscript:visible max-md:noscript:border-r-0 max-md:noscript:border-b max-md:noscript:pt-3 max-md:noscript:static max-md:noscript:h-[45dvh] max-md:noscript:w-full max-md:noscript:translate-x-0";
const SHADE: &str = "fixed inset-0 z-30 bg-black/40 opacity-100 transition-opacity starting:opacity-0 md:hidden";
const BAR_LINK: &str = "inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink pointer-coarse:size-10";

/// What the document brought for the frame.
pub struct First {
    /// The team on show, if it is one.
    pub team: Option<String>,
    /// The project that the new chat at this address is to lie in.
    pub place: Option<ProjectRow>,
    /// The first page of the threads there.
    pub sidebar: Option<Result<FirstThreads, Failure>>,
}

/// The frame around a page's content.
#[component]
pub fn Frame(
    /// What the document brought along.
    first: First,
    /// The page.
    children: Children,
) -> impl IntoView {
    // What only the server knows; the browser takes it from the document.
    let (now, collapsed) = handed_on(scene);
    let ui = provide_ui(collapsed);
    provide_realm(first.team);
    let threads = provide_threads(first.sidebar, first.place);
    provide_live();
    hotkeys(ui);

    let main = NodeRef::<Main>::new();
    let drawer = NodeRef::<Div>::new();
    let open = ui.drawer;
    behave_as_drawer(ui, drawer);
    start_at_top(ui, main);

    // The browser would scroll there and leave the focus where it is.
    let skip = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            _ = main.focus();
        }
    };
    // Also for a link that leads to the page on show.
    let on_drawer_click = move |event: MouseEvent| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|target| target.closest("a:not([download])").ok().flatten());
        if link.is_some() && open.get_untracked() {
            open.set(false);
        }
    };
    let on_drawer_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() && !event.is_composing() && !menu_is_open() {
            event.prevent_default();
            open.set(false);
        }
    };

    let address = use_address();
    let settings = memo(move || address.param(query::SETTINGS).is_some());
    let over = memo(move || ui.palette.get() || ui.shortcuts.get());
    let asking = memo(move || threads.asking.with(Option::is_some));

    view! {
        <div
            class="group/frame flex h-dvh flex-col md:flex-row"
            data-collapsed=move || ui.collapsed.get().then_some("")
        >
            <a
                href="#content"
                class="sr-only rounded-md bg-raised px-3 py-2 text-sm font-medium shadow-pop focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
                on:click=skip
            >
                "Skip to content"
            </a>
            <Bar ui threads />
            <Show when=move || open.get()>
                <div class=SHADE on:click=move |_| open.set(false)></div>
            </Show>
            <div
                node_ref=drawer
                class=DRAWER
                role=move || open.get().then_some("dialog")
                aria-modal=move || open.get().then_some("true")
                aria-label=move || open.get().then_some("Menu")
                data-open=move || open.get().then_some("")
                on:click=on_drawer_click
                on:keydown=on_drawer_key
            >
                <Sidebar now />
            </div>
            <main
                node_ref=main
                id="content"
                tabindex="-1"
                inert=open
                class="relative min-h-0 min-w-0 flex-1 overflow-y-auto outline-none"
            >
                {children()}
            </main>
        </div>
        <Lazily when=settings load=Box::new(|| Box::pin(pieces::settings())) />
        <Lazily when=over load=Box::new(|| Box::pin(pieces::palette())) />
        <Lazily when=asking load=Box::new(|| Box::pin(pieces::project_dialogs())) />
    }
    .into_any()
}

/// The bar at the top of a phone.
#[component]
fn Bar(ui: Ui, threads: Threads) -> impl IntoView {
    let title = memo(move || {
        let thread = ui.thread()?;
        ui.title
            .get()
            .or_else(|| threads.get(&thread).map(|row| row.thread.title))
    });
    view! {
        <header
            class="flex h-14 shrink-0 items-center gap-1 border-b border-line pr-2.5 pl-2.5 md:hidden"
            inert=ui.drawer
        >
            <IconButton
                icon=Icon::Menu
                label="Open menu"
                class="noscript:hidden"
                on_click=move |()| ui.drawer.set(true)
            />
            <div class="flex min-w-0 flex-1 px-1.5">
                {move || match title.get() {
                    Some(title) => {
                        view! { <p class="truncate text-sm font-semibold">{title}</p> }.into_any()
                    }
                    None if ui.thread().is_some() => ().into_any(),
                    None => view! { <Wordmark /> }.into_any(),
                }}
            </div>
            {move || ui.actions.get().map(|actions| actions.run())}
            <a href=Page::Start.path() class=BAR_LINK aria-label="New chat" data-tip="New chat">
                <Glyph icon=Icon::Plus />
            </a>
        </header>
    }
    .into_any()
}

/// When the document is rendered, in seconds since 1970, and whether the sidebar is a strip.
#[cfg(feature = "ssr")]
fn scene() -> (i64, bool) {
    let now = expect_context::<crate::ssr::RequestContext>().core.clock.now();
    let (cookie, strip) = Ui::COOKIE;
    let collapsed = crate::ssr::cookie_of_request(cookie).is_some_and(|value| value == strip);
    (now.seconds(), collapsed)
}

#[cfg(not(feature = "ssr"))]
fn scene() -> (i64, bool) {
    (crate::hooks::dates::now(), false)
}

fn hotkeys(ui: Ui) {
    let over = move |which: RwSignal<bool>| {
        Callback::new(move |()| {
            ui.drawer.set(false);
            which.set(true);
        })
    };
    use_hotkey(SEARCH, over(ui.palette));
    use_early_keys(ui.palette.into(), Callback::new(move |()| ui.palette.set(false)));
    use_hotkey(SHORTCUTS, over(ui.shortcuts));
    use_hotkey(NEW_CHAT, Callback::new(move |()| ui.go(Page::Start.path())));
    use_hotkey(SETTINGS, Callback::new(move |()| ui.go_to_settings("general")));
}

/// The drawer takes the focus when it opens and gives it back when it closes. It closes when the page changes, and when
/// the window grows so wide that it is none.
fn behave_as_drawer(ui: Ui, drawer: NodeRef<Div>) {
    let open = ui.drawer;
    effect(move || {
        if !open.get() {
            return;
        }
        let before = document()
            .active_element()
            .and_then(|before| before.dyn_into::<HtmlElement>().ok());
        let first = drawer
            .get_untracked()
            .and_then(|drawer| drawer.query_selector("button[aria-label='Close menu']").ok().flatten())
            .and_then(|first| first.dyn_into::<HtmlElement>().ok());
        // Until now it was hidden, and the browser has yet to see that it no longer is.
        request_animation_frame(move || {
            if let Some(first) = first {
                _ = first.focus();
            }
        });
        let on_resize = move |_| {
            let width = window().inner_width().ok().and_then(|width| width.as_f64());
            if width.is_some_and(|width| width >= WIDE) {
                open.set(false);
            }
        };
        StoredValue::new_local(listen(&window(), "resize", false, Box::new(on_resize)));
        let before = StoredValue::new_local(before);
        on_cleanup(move || {
            let before = before.try_update_value(Option::take).flatten();
            // What is outside the drawer can have the focus only after it is open no more.
            request_animation_frame(move || {
                let lost = document().active_element().is_none_or(|active| {
                    active.tag_name() == "BODY"
                        || active
                            .closest("[role=complementary],aside")
                            .is_ok_and(|aside| aside.is_some())
                });
                if let Some(before) = before.filter(|_| lost) {
                    _ = before.focus();
                }
            });
        });
    });
    let first = StoredValue::new(true);
    effect(move || {
        _ = ui.path();
        if first.try_update_value(std::mem::take) != Some(true) {
            open.set(false);
        }
    });
}

/// Another page begins at its top. The chat looks after itself.
fn start_at_top(ui: Ui, main: NodeRef<Main>) {
    let page = memo(move || {
        let path = ui.path();
        if thread_at(&path).is_some() {
            Page::Start.path().to_owned()
        } else {
            path
        }
    });
    effect(move || {
        page.track();
        if let Some(main) = main.get_untracked() {
            main.set_scroll_top(0);
        }
    });
}

/// Whether a menu is open: Esc is for that.
fn menu_is_open() -> bool {
    document()
        .query_selector("[popover=auto]:popover-open")
        .is_ok_and(|menu| menu.is_some())
}
