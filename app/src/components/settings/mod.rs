//! The settings: a modal over whatever page it is, open as long as the address names a section.

#![expect(unreachable_pub, reason = "#[component] writes `pub` for what is `pub(super)`")]

mod account;
mod appearance;
mod archived;
mod chat;
mod data;
mod deletion;
mod general;
pub(crate) mod importing;
mod place;
mod rows;
mod saving;
mod sessions;
pub mod templates;
mod text_row;
mod usage;

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use self::account::Account;
use self::appearance::Appearance;
use self::chat::Chat;
use self::data::Data;
use self::general::General;
use self::place::{Place, provide_place, use_place};
use self::saving::provide_saver;
use self::usage::Usage;
use crate::components::icons::{Glyph, Icon};
use crate::components::layout::lazily::Lazily;
use crate::components::ui::button::IconButton;
use crate::components::ui::dialog::{Dialog, DialogSize};
use crate::contexts::session::use_session;
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::{effect_after, memo};
use crate::pieces;
use crate::routes::Page;
use crate::server_fns::Failure;

/// One view of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    General,
    Account,
    Appearance,
    Chat,
    Templates,
    Usage,
    Data,
}

impl Section {
    const ALL: [Self; 7] = [
        Self::General,
        Self::Account,
        Self::Appearance,
        Self::Chat,
        Self::Templates,
        Self::Usage,
        Self::Data,
    ];

    /// As it stands in the address.
    const fn slug(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Account => "account",
            Self::Appearance => "appearance",
            Self::Chat => "chat",
            Self::Templates => "templates",
            Self::Usage => "usage",
            Self::Data => "data",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Account => "Account",
            Self::Appearance => "Appearance",
            Self::Chat => "Chat",
            Self::Templates => "Templates",
            Self::Usage => "Usage",
            Self::Data => "Data",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::General => Icon::Sliders,
            Self::Account => Icon::User,
            Self::Appearance => Icon::Sun,
            Self::Chat => Icon::Message,
            Self::Templates => Icon::File,
            Self::Usage => Icon::Chart,
            Self::Data => Icon::Database,
        }
    }
}

/// The settings, open as long as the address names a section.
///
/// On a narrow screen there is first the list of sections, which is what an address that names none of them shows, and
/// from each section a way back to it.
#[component]
pub fn SettingsModal() -> impl IntoView {
    provide_place();
    // It outlives what is in the dialog: a change that is being saved when the dialog closes is saved.
    provide_saver();
    let place = use_place();
    view! {
        <Dialog
            open=(place.is_open(), Callback::new(move |()| place.leave()))
            title="Settings"
            size=DialogSize::Large
            bare=true
        >
            <Content place />
        </Dialog>
    }
    .into_any()
}

/// What is in the dialog.
#[component]
fn Content(place: Place) -> impl IntoView {
    let heading = NodeRef::<html::H2>::new();
    let list = NodeRef::<html::Nav>::new();
    let section = memo(move || place.section().unwrap_or(Section::General));
    let listed = memo(move || place.section().is_none());

    // On a narrow screen list and section take turns: what had the focus may be out of sight.
    effect_after(move |before: Option<bool>| {
        let now = listed.get();
        if before.is_some_and(|before| before != now) {
            request_animation_frame(move || keep_focus(heading, list));
        }
        now
    });

    let views = move || match section.get() {
        Section::General => view! { <General /> }.into_any(),
        Section::Account => view! { <Account /> }.into_any(),
        Section::Appearance => view! { <Appearance /> }.into_any(),
        Section::Chat => view! { <Chat /> }.into_any(),
        Section::Templates => {
            view! { <Lazily when=true load=Box::new(|| Box::pin(pieces::template_settings())) /> }.into_any()
        }
        Section::Usage => view! { <Usage /> }.into_any(),
        Section::Data => view! { <Data /> }.into_any(),
    };
    let links = Section::ALL.map(|own| {
        view! {
            <a
                href=move || place.address(Some(own.slug()))
                data-replace=""
                aria-current=move || (section.get() == own).then_some("page")
                class=LINK
            >
                <Glyph icon=own.icon() />
                {own.title()}
                <span class="ml-auto text-muted md:hidden">
                    <Glyph icon=Icon::ChevronRight />
                </span>
            </a>
        }
    });
    let keys = untrack(|| use_session().read(|person| person.can_have_keys))
        .unwrap_or_default()
        .then(|| {
            view! {
                <div class="my-1.5 border-t border-line"></div>
                <a href=Page::ApiKeys.path() class=LINK>
                    <Glyph icon=Icon::Key />
                    "Manage API Keys"
                    <span class="ml-auto text-muted">
                        <Glyph icon=Icon::ChevronRight />
                    </span>
                </a>
            }
        });

    view! {
        <div class="flex h-[42rem] min-h-0 md:h-[36rem]">
            <nav
                node_ref=list
                aria-label="Settings"
                class="flex w-full shrink-0 flex-col gap-0.5 overflow-y-auto p-3 max-md:data-away:hidden md:w-57 md:border-r md:border-line"
                data-away=move || (!listed.get()).then_some("")
            >
                <div class="flex items-center justify-between pt-1 pr-0.5 pb-2 pl-2 md:px-3">
                    <h2 class="text-base font-semibold md:text-sm">"Settings"</h2>
                    <IconButton icon=Icon::Close label="Close" class="md:hidden" on_click=move |()| place.leave() />
                </div>
                {links}
                {keys}
            </nav>
            <div
                class="flex min-w-0 flex-1 flex-col max-md:data-away:hidden"
                data-away=move || listed.get().then_some("")
            >
                <div class="flex shrink-0 items-center gap-1 px-5 pt-4 pb-2 md:px-7">
                    <IconButton
                        icon=Icon::ChevronLeft
                        label="All settings"
                        class="-ml-2 md:hidden"
                        on_click=move |()| place.go("")
                    />
                    <h2 node_ref=heading tabindex="-1" class="text-base font-semibold outline-none">
                        {move || section.get().title()}
                    </h2>
                    <IconButton
                        icon=Icon::Close
                        label="Close"
                        class="-mr-1.5 ml-auto"
                        on_click=move |()| place.leave()
                    />
                </div>
                <div class="min-h-0 flex-1 overflow-y-auto overscroll-contain px-5 pb-5 md:px-7">{views}</div>
            </div>
        </div>
    }
    .into_any()
}

const LINK: &str = "flex h-11 shrink-0 items-center gap-2.5 rounded-lg px-3 text-sm text-ink-soft hover:bg-sunken hover:text-ink md:h-9 md:aria-[current=page]:bg-sunken md:aria-[current=page]:font-medium md:aria-[current=page]:text-ink";

/// Puts the focus on what can be seen: the heading of a section, or the first line of the list.
fn keep_focus(heading: NodeRef<html::H2>, list: NodeRef<html::Nav>) {
    let in_sight = |element: &HtmlElement| element.offset_parent().is_some();
    let active = document().active_element().and_then(|active| active.dyn_into().ok());
    if active.is_some_and(|active: HtmlElement| active.tag_name() != "DIALOG" && in_sight(&active)) {
        return;
    }
    let heading = heading.get_untracked().map(JsCast::unchecked_into);
    let current = list
        .get_untracked()
        .and_then(|list| list.query_selector("a").ok().flatten())
        .map(JsCast::unchecked_into);
    if let Some(target) = heading.filter(in_sight).or(current) {
        _ = target.focus();
    }
}

/// Why something failed, in a sentence that stands by itself. Somebody whose session is over goes where they can begin
/// another.
fn why(failure: &Failure) -> String {
    _ = signed_out(failure);
    match failure.0.fields.first() {
        Some(field) => sentence(&field.message),
        None => failure.to_string(),
    }
}

/// With the full stop that a message under a field goes without.
fn sentence(message: &str) -> String {
    if message.ends_with(['.', '!', '?']) {
        message.to_owned()
    } else {
        message.to_owned() + "."
    }
}

/// "1 chat", "12 chats".
fn count(number: u32, one: &str) -> String {
    number.to_string() + " " + one + if number == 1 { "" } else { "s" }
}
