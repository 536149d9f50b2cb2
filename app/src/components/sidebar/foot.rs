//! Who is here, and what is theirs.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::accounts::Role;

use crate::components::icons::{Glyph, Icon};
use crate::components::ui::avatar::Avatar;
use crate::components::ui::button::{ButtonKind, SubmitButton};
use crate::components::ui::menu::{Menu, MenuItem, MenuLine, MenuLink};
use crate::components::ui::place::Align;
use crate::contexts::live::use_live;
use crate::contexts::session::use_session;
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::memo;
use crate::routes::{Page, query};
use crate::server_fns::accounts::SignOut;

const TRIGGER: &str = "flex min-w-0 flex-1 cursor-pointer items-center gap-2.5 rounded-lg px-2 py-1.5 text-left hover:bg-sunken focus-visible:-outline-offset-2 aria-expanded:bg-sunken pointer-coarse:min-h-11 md:group-data-collapsed/frame:px-1";
const GEAR: &str = "inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink pointer-coarse:size-10 noscript:hidden md:group-data-collapsed/frame:hidden";

/// The person, a menu, and the settings.
#[component]
pub fn Foot() -> impl IntoView {
    let ui = use_ui();
    let live = use_live();
    let session = use_session();
    let name = memo(move || {
        session
            .read(|person| person.display_name().to_owned())
            .unwrap_or_default()
    });
    let plan = move || {
        session
            .read(|person| person.plan_name.clone() + " plan")
            .unwrap_or_default()
    };
    let label = move || [name.get().as_str(), ", ", &plan(), ": account menu"].concat();
    let has_keys = memo(move || session.read(|person| person.can_have_keys).unwrap_or_default());
    let administers = memo(move || {
        session
            .read(|person| person.user.role == Role::Admin)
            .unwrap_or_default()
    });
    let general = ["?", query::SETTINGS, "="].concat();
    let trigger = move || {
        view! {
            {move || view! { <Avatar name=name.get() /> }}
            <span class="min-w-0 leading-tight md:group-data-collapsed/frame:sr-only">
                <span class="block truncate text-sm font-medium">{name}</span>
                <span class="block truncate text-xs text-muted">{plan}</span>
            </span>
        }
        .into_any()
    };
    let settings = general.clone();
    view! {
        <div class="flex shrink-0 items-center gap-1 border-t border-line p-3 md:group-data-collapsed/frame:px-1.5">
            <Menu label=Signal::derive(label) trigger class=TRIGGER align=Align::Start>
                <MenuLink label="Settings" icon=Icon::Settings href=settings.clone() />
                {move || {
                    has_keys.get().then(|| view! { <MenuLink label="API keys" icon=Icon::Key href=Page::ApiKeys.path() /> })
                }}
                <MenuLink label="Teams" icon=Icon::Users href=Page::Teams.path() />
                {move || {
                    administers
                        .get()
                        .then(|| view! { <MenuLink label="Administration" icon=Icon::Sliders href=Page::Admin.path() /> })
                }}
                <MenuItem
                    label="Keyboard shortcuts"
                    icon=Icon::Keyboard
                    on_select=move |()| ui.shortcuts.set(true)
                />
                <MenuLine />
                <MenuItem label="Sign out" icon=Icon::LogOut on_select=move |()| ui.sign_out() />
            </Menu>
            <a href=general class=GEAR aria-label="Settings" data-tip="Settings">
                <Glyph icon=Icon::Settings />
            </a>
            // The server ends the feed with the session, and would have to refuse the next one.
            <form on:submit=move |_| live.stop() node_ref=ui.sign_out method="post" action=SignOut::PATH class="hidden noscript:block">
                <SubmitButton kind=ButtonKind::Quiet>
                    <Glyph icon=Icon::LogOut />
                    "Sign out"
                </SubmitButton>
            </form>
        </div>
    }
    .into_any()
}
