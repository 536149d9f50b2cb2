//! The frame of everything a signed-in person sees: a sidebar, on a phone a bar at the top.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;

use super::wordmark::Wordmark;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::avatar::Avatar;
use crate::components::ui::button::{ButtonKind, SubmitButton};
use crate::routes::Page;
use crate::server_fns::accounts::{Person, SignOut};

/// The frame around a page's content.
#[component]
pub fn Frame(
    /// Who is signed in.
    person: Person,
    /// The page.
    children: Children,
) -> impl IntoView {
    let name = person.display_name().to_owned();
    let plan = format!("{} plan", person.plan_name);

    view! {
        <div class="flex h-dvh flex-col md:flex-row">
            <a
                href="#content"
                class="sr-only rounded-md bg-raised px-3 py-2 text-sm font-medium shadow-pop focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-10"
            >
                "Skip to content"
            </a>

            <header class="flex h-14 shrink-0 items-center justify-between border-b border-line bg-surface pr-2 pl-4 md:hidden">
                <Wordmark />
                <SignOutForm />
            </header>

            <aside class="hidden w-68 shrink-0 flex-col border-r border-line bg-surface md:flex">
                <div class="flex h-14 items-center px-4">
                    <Wordmark />
                </div>
                <nav aria-label="Main" class="flex min-h-0 flex-1 flex-col overflow-y-auto px-3">
                    <SidebarLink page=Page::Start icon=Icon::Terminal label="Start" />
                </nav>
                <div class="border-t border-line p-3">
                    <div class="flex items-center gap-2.5 px-2 py-1.5">
                        <Avatar name=name.clone() />
                        <span class="min-w-0 flex-1 leading-tight">
                            <span class="block truncate text-sm font-medium" title=name.clone()>
                                {name.clone()}
                            </span>
                            <span class="block truncate text-xs text-muted">{plan}</span>
                        </span>
                        <SignOutForm />
                    </div>
                </div>
            </aside>

            <main id="content" tabindex="-1" class="relative min-h-0 min-w-0 flex-1 overflow-y-auto outline-none">
                {children()}
            </main>
        </div>
    }
}

/// A line of the sidebar; the one for the page on show is marked.
#[component]
fn SidebarLink(page: Page, icon: Icon, label: &'static str) -> impl IntoView {
    view! {
        <A
            href=page.path()
            exact=true
            attr:class="flex h-8 shrink-0 items-center gap-2.5 rounded-md px-2.5 text-sm text-ink hover:bg-sunken aria-[current=page]:bg-sunken aria-[current=page]:font-medium"
        >
            <Glyph icon />
            {label}
        </A>
    }
}

/// Signs out by a plain form post on purpose: the new document that follows keeps nothing of this one in memory.
#[component]
fn SignOutForm() -> impl IntoView {
    view! {
        <form method="post" action=SignOut::PATH>
            <SubmitButton kind=ButtonKind::Quiet>
                <Glyph icon=Icon::LogOut />
                "Sign out"
            </SubmitButton>
        </form>
    }
}
