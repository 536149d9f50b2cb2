//! The instance, for its administrators.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::ErrorCode;
use types::accounts::{AuditEntry, InstanceStats, ManageUserRequest, ManagedUser, Role};

use crate::components::icons::Icon;
use crate::components::layout::title::Title;
use crate::components::teams::why;
use crate::components::ui::badge::{Badge, BadgeKind};
use crate::components::ui::card::{CARD, TABLE, TD, TH, THEAD, TR};
use crate::components::ui::field::Field;
use crate::components::ui::menu::{Menu, MenuChoice, MenuHeading, MenuItem, MenuLine};
use crate::components::ui::more::More;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::components::ui::time::Time;
use crate::contexts::opening::take_given;
use crate::contexts::session::use_session;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::dates::DateStyle;
use crate::hooks::each::each;
use crate::hooks::numbers::grouped;
use crate::hooks::reactive::{effect, memo};
use crate::pages::not_found::NotFoundPage;
use crate::server_fns::Failure;
use crate::server_fns::admin::{AdminPage as Found, find_users, manage_user, open_admin, recent_audit};

/// How long typing rests before what was typed is looked for.
const REST: Duration = Duration::from_millis(250);

#[derive(Clone, PartialEq)]
enum State {
    Waiting,
    /// For whoever is no administrator there is no such page.
    None,
    Failed(String),
    Here,
}

/// What is on the page.
#[derive(Clone, Copy)]
struct Admin {
    state: RwSignal<State>,
    stats: RwSignal<Option<InstanceStats>>,
    users: RwSignal<Vec<ManagedUser>>,
    more_users: RwSignal<Option<String>>,
    plans: StoredValue<Vec<(String, String)>>,
    audit: RwSignal<Vec<AuditEntry>>,
    more_audit: RwSignal<Option<String>>,
    toasts: Toasts,
}

impl Admin {
    fn take(self, answer: Result<Found, Failure>) {
        match answer {
            Ok(found) => {
                self.stats.set(Some(found.stats));
                self.users.set(found.users.users);
                self.more_users.set(found.users.next_cursor);
                self.plans.set_value(found.plans);
                self.audit.set(found.audit.entries);
                self.more_audit.set(found.audit.next_cursor);
                self.state.set(State::Here);
            }
            Err(failure) => self.state.set(match failure.code() {
                ErrorCode::NotFound => State::None,
                _ => State::Failed(why(&failure)),
            }),
        }
    }

    fn load(self) {
        spawn_local(async move {
            let answer = open_admin().await;
            if !self.state.is_disposed() {
                self.take(answer);
            }
        });
    }

    fn change(self, id: String, change: ManageUserRequest) {
        spawn_local(async move {
            match manage_user(id, change).await {
                Ok(user) => {
                    self.toasts.show("Saved.".to_owned());
                    _ = self.users.try_update(|users| {
                        if let Some(known) = users.iter_mut().find(|known| known.id == user.id) {
                            *known = user;
                        }
                    });
                }
                Err(failure) => self.toasts.fail(why(&failure)),
            }
        });
    }
}

/// The page.
#[component]
pub fn AdminPage() -> impl IntoView {
    let admin = Admin {
        state: RwSignal::new(State::Waiting),
        stats: RwSignal::new(None),
        users: RwSignal::new(Vec::new()),
        more_users: RwSignal::new(None),
        plans: StoredValue::new(Vec::new()),
        audit: RwSignal::new(Vec::new()),
        more_audit: RwSignal::new(None),
        toasts: use_toasts(),
    };
    let first = take_given();
    let waiting = first.is_none();
    if let Some(first) = first {
        admin.take(first);
    }
    effect(move || {
        if waiting {
            admin.load();
        }
    });
    let body = move || match admin.state.get() {
        State::None => NotFoundPage().into_any(),
        State::Waiting => view! {
            <div class="mt-6 flex flex-col gap-4" aria-busy="true">
                <Skeleton class="h-16 w-full" />
                <Skeleton class="h-64 w-full" />
            </div>
        }
        .into_any(),
        State::Failed(message) => view! { <ErrorState message on_retry=move |()| admin.load() /> }.into_any(),
        State::Here => view! {
            <Title text="Administration" />
            <h1 class="text-xl font-semibold tracking-tight">"Administration"</h1>
            {move || admin.stats.get().map(stats)}
            <Users admin />
            <Audit admin />
        }
        .into_any(),
    };
    view! { <div class="mx-auto max-w-250 px-4 py-6 md:px-8 md:py-8">{body}</div> }.into_any()
}

fn stats(stats: InstanceStats) -> AnyView {
    let number = |what: &'static str, number: u64| {
        view! {
            <div class="min-w-24 flex-1 px-4 py-3">
                <dt class="text-xs text-muted">{what}</dt>
                <dd class="text-lg font-semibold tabular-nums">{grouped(i64::try_from(number).unwrap_or(i64::MAX))}</dd>
            </div>
        }
    };
    view! {
        <dl class=[CARD, "mt-5 flex flex-wrap"].join(" ")>
            {number("Users", stats.users)} {number("Teams", stats.teams)} {number("Chats", stats.threads)}
            {number("Messages", stats.messages)} {number("Live keys", stats.keys)}
        </dl>
    }
    .into_any()
}

#[component]
fn Users(admin: Admin) -> impl IntoView {
    let q = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let fetch = move |more: bool| {
        let Some(wanted) = q.try_get_untracked() else { return };
        busy.set(true);
        let cursor = if more { admin.more_users.get_untracked() } else { None };
        spawn_local(async move {
            let answer = find_users(wanted.clone(), cursor).await;
            // Somebody may have typed on.
            if q.try_get_untracked() != Some(wanted) {
                return;
            }
            busy.set(false);
            match answer {
                Ok(page) => {
                    admin.more_users.set(page.next_cursor);
                    admin.users.update(|users| {
                        if !more {
                            users.clear();
                        }
                        users.extend(page.users);
                    });
                }
                Err(failure) => admin.toasts.fail(why(&failure)),
            }
        });
    };
    let first = StoredValue::new(true);
    effect(move || {
        q.track();
        if first.try_update_value(std::mem::take) != Some(false) {
            return;
        }
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        timer.set_value(set_timeout_with_handle(move || fetch(false), REST).ok());
    });
    on_cleanup(move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    });
    let none = memo(move || admin.users.with(Vec::is_empty));
    let rows = move || {
        if none.get() {
            return view! { <EmptyState icon=Icon::User title="Nobody is called that" /> }.into_any();
        }
        view! {
            <div role="region" aria-label="Users as a table" tabindex="0" class="overflow-x-auto">
                <table class=TABLE>
                    <thead class=THEAD>
                        <tr>
                            <th scope="col" class=TH>"User"</th>
                            <th scope="col" class=TH>"Plan"</th>
                            <th scope="col" class=TH>"Last seen"</th>
                            <th scope="col" class=TH>
                                <span class="sr-only">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody id="admin-user-rows">
                        {each(move || admin.users.get(), |user| user.id.clone(), move |user| row(admin, user))}
                    </tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="admin-users" class="mt-8">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <h2 id="admin-users" class="text-base font-semibold">"Users"</h2>
                <div class="w-full sm:w-64">
                    <Field label="Search users" bare=true name="q" kind="search" bind=q placeholder="Name or e-mail" />
                </div>
            </div>
            <div class=CARD aria-busy=move || busy.get().then_some("true")>{rows}</div>
            <More
                when=Signal::derive(move || admin.more_users.with(Option::is_some))
                busy
                list="admin-user-rows"
                on_more=move |()| fetch(true)
            />
        </section>
    }
    .into_any()
}

/// A row stays while what is in it changes: so does the focus in it.
fn row(admin: Admin, user: ManagedUser) -> AnyView {
    let me = untrack(|| use_session().read(|person| person.user.id == user.id)).unwrap_or_default();
    let id = StoredValue::new(user.id.clone());
    let user = memo(move || {
        let known = admin.users.with(|users| {
            let known = users.iter().find(|known| known.id == user.id);
            known.cloned()
        });
        known.unwrap_or_else(|| user.clone())
    });
    let name = move || {
        user.with(|user| {
            let name = user.name.trim();
            if name.is_empty() {
                user.email.clone()
            } else {
                user.name.clone()
            }
        })
    };
    let plan = move || {
        user.with(|user| {
            admin.plans.with_value(|plans| {
                let known = plans.iter().find(|(id, _)| *id == user.plan);
                known.map_or_else(|| user.plan.clone(), |(_, name)| name.clone())
            })
        })
    };
    let role = move || user.with(|user| user.role);
    let suspended = move || user.with(|user| user.suspended_at.is_some());
    let badges = move || {
        view! {
            {(role() == Role::Admin).then(|| view! { <Badge kind=BadgeKind::Accent>"Admin"</Badge> })}
            {suspended().then(|| view! { <Badge kind=BadgeKind::Danger>"Suspended"</Badge> })}
        }
    };
    let seen = move || match user.with(|user| user.last_seen_at.clone()) {
        Some(at) => view! { <Time at style=DateStyle::Relative /> }.into_any(),
        None => "Never".into_any(),
    };
    let change = move |change: ManageUserRequest| admin.change(id.get_value(), change);
    let items = move || {
        let (role, suspended, own) = untrack(|| (role(), suspended(), user.with(|user| user.plan.clone())));
        let plans = admin.plans.get_value().into_iter().map(|(plan, name)| {
            let checked = own == plan;
            let choose = move |()| {
                let plan = Some(plan.clone());
                change(ManageUserRequest {
                    plan,
                    ..ManageUserRequest::default()
                });
            };
            view! { <MenuChoice label=name checked=Signal::stored(checked) on_select=choose /> }
        });
        view! {
            <MenuHeading label="Plan" />
            {plans.collect_view()}
            <MenuLine />
            <MenuItem
                label=if role == Role::Admin { "Make an ordinary user" } else { "Make an administrator" }
                icon=Icon::User
                on_select=move |()| {
                    let role = Some(if role == Role::Admin { Role::User } else { Role::Admin });
                    change(ManageUserRequest { role, ..ManageUserRequest::default() });
                }
            />
            {(!me)
                .then(|| {
                    view! {
                        <MenuItem
                            label=if suspended { "Let in again" } else { "Suspend" }
                            icon=Icon::Alert
                            danger=!suspended
                            on_select=move |()| {
                                let suspended = Some(!suspended);
                                change(ManageUserRequest { suspended, ..ManageUserRequest::default() });
                            }
                        />
                    }
                })}
        }
        .into_any()
    };
    view! {
        <tr class=TR>
            <th scope="row" class=[TD, "font-normal"].join(" ")>
                <span class="flex flex-wrap items-center gap-2">
                    <bdi class="font-medium text-ink wrap-anywhere">{name}</bdi>
                    {badges}
                </span>
                <span class="block text-xs wrap-anywhere text-muted">{move || user.with(|user| user.email.clone())}</span>
            </th>
            <td class=TD>{plan}</td>
            <td class=[TD, "whitespace-nowrap"].join(" ")>{seen}</td>
            <td class=[TD, "text-right"].join(" ")>
                <Menu label=Signal::derive(move || ["Change ", &name()].concat())>{items}</Menu>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Audit(admin: Admin) -> impl IntoView {
    let busy = RwSignal::new(false);
    let more = move |()| {
        busy.set(true);
        spawn_local(async move {
            let page = recent_audit(admin.more_audit.get_untracked()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match page {
                Ok(page) => {
                    admin.more_audit.set(page.next_cursor);
                    admin.audit.update(|entries| entries.extend(page.entries));
                }
                Err(failure) => admin.toasts.fail(why(&failure)),
            }
        });
    };
    let entry = |entry: AuditEntry| {
        view! {
            <tr class=TR>
                <td class=[TD, "whitespace-nowrap"].join(" ")>
                    <Time at=entry.created_at style=DateStyle::Exact />
                </td>
                <td class=TD>
                    <code class="font-mono text-xs">{entry.action}</code>
                </td>
                <td class=[TD, "wrap-anywhere"].join(" ")>{entry.by.unwrap_or_else(|| "Command line, or gone".to_owned())}</td>
                <td class=[TD, "text-xs wrap-anywhere text-muted"].join(" ")>{entry.detail}</td>
                <td class=[TD, "text-xs whitespace-nowrap text-muted"].join(" ")>{entry.ip}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="admin-audit" class="mt-8">
            <h2 id="admin-audit" class="mb-3 text-base font-semibold">"What was done lately"</h2>
            <div role="region" aria-label="Record as a table" tabindex="0" class=[CARD, "overflow-x-auto"].join(" ")>
                <table class=TABLE>
                    <thead class=THEAD>
                        <tr>
                            <th scope="col" class=TH>"When"</th>
                            <th scope="col" class=TH>"What"</th>
                            <th scope="col" class=TH>"By"</th>
                            <th scope="col" class=TH>"More"</th>
                            <th scope="col" class=TH>"From"</th>
                        </tr>
                    </thead>
                    <tbody id="admin-audit-rows">
                        {each(move || admin.audit.get(), |entry| entry.id.clone(), entry)}
                    </tbody>
                </table>
            </div>
            <More
                when=Signal::derive(move || admin.more_audit.with(Option::is_some))
                busy
                list="admin-audit-rows"
                on_more=more
            />
        </section>
    }
    .into_any()
}
