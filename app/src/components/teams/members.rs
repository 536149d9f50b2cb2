//! Who is in a team.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::teams::{Member, TeamRole};

use super::roles::{RoleBadge, may_change, meaning, name, of_slug, to_give};
use super::team::Place;
use super::{focus_heading, why};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::avatar::Avatar;
use crate::components::ui::button::{ButtonKind, IconButton};
use crate::components::ui::card::CARD;
use crate::components::ui::confirm::Confirm;
use crate::components::ui::menu::{Menu, MenuChoice};
use crate::components::ui::more::More;
use crate::components::ui::select::Choice;
use crate::hooks::each::each;
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::teams::{change_member, remove_member, team_members};

const TRIGGER: &str = "inline-flex h-8 cursor-pointer items-center gap-1 rounded-md px-2 text-sm text-ink-soft hover:bg-sunken hover:text-ink aria-expanded:bg-sunken pointer-coarse:min-h-11";

/// The members, what they are, and what can be done with them.
#[component]
pub fn Members(
    /// The team on the page.
    place: Place,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let removing = RwSignal::new(None::<Member>);
    let more = move |()| {
        busy.set(true);
        spawn_local(async move {
            let page = team_members(place.id(), place.members_cursor.get_untracked()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match page {
                Ok(page) => {
                    place.members_cursor.set(page.next_cursor);
                    place.members.update(|members| members.extend(page.members));
                }
                Err(failure) => place.toasts.fail(why(&failure)),
            }
        });
    };
    view! {
        <section aria-labelledby="team-members">
            <h2 id="team-members" tabindex="-1" class="mb-3 text-base font-semibold outline-none">
                "Members"
            </h2>
            <ul id="team-member-rows" class=[CARD, "divide-y divide-line"].join(" ")>
                {each(
                    move || place.members.get(),
                    |member| member.user_id.clone(),
                    move |member| view! { <Row place member removing /> }.into_any(),
                )}
            </ul>
            <More
                when=Signal::derive(move || place.members_cursor.with(Option::is_some))
                busy
                list="team-member-rows"
                on_more=more
            />
            <Remove place removing />
        </section>
    }
    .into_any()
}

/// A row stays while the member's role changes: so does the focus in it.
#[component]
fn Row(place: Place, member: Member, removing: RwSignal<Option<Member>>) -> impl IntoView {
    let own = place.role();
    let me = place.is_me(&member.user_id);
    let called = if member.name.trim().is_empty() {
        member.email.clone()
    } else {
        member.name.clone()
    };
    let id = StoredValue::new(member.user_id.clone());
    let first = member.role;
    // What was chosen, until the server has said something about it.
    let chosen = RwSignal::new(None::<TeamRole>);
    let role = memo(move || {
        let known = place.members.with(|members| {
            let known = members.iter().find(|known| id.with_value(|id| known.user_id == *id));
            known.map(|known| known.role)
        });
        known.unwrap_or(first)
    });
    let shown = memo(move || chosen.get().unwrap_or_else(|| role.get()));
    let choose = move |wanted: TeamRole| {
        chosen.set(Some(wanted));
        spawn_local(async move {
            match change_member(place.id(), id.get_value(), wanted).await {
                Ok(member) => {
                    place.toasts.show("Saved.".to_owned());
                    _ = place.members.try_update(|members| {
                        if let Some(known) = members.iter_mut().find(|known| known.user_id == member.user_id) {
                            *known = member;
                        }
                    });
                    if me {
                        place.load();
                    }
                }
                Err(failure) => place.toasts.fail(why(&failure)),
            }
            _ = chosen.try_set(None);
        });
    };
    let called_so = StoredValue::new(called.clone());
    let label = move || called_so.with_value(|called| [name(shown.get()), ", role of ", called].concat());
    let trigger = move || {
        view! {
            {move || name(shown.get())}
            <Glyph icon=Icon::ChevronDown size="size-3.5" />
        }
        .into_any()
    };
    let asked = StoredValue::new(member.clone());
    let changeable = memo(move || may_change(own, role.get()));
    let choices = move || {
        let choice = |choice: Choice| {
            let own = of_slug(&choice.value);
            let checked = shown.get_untracked() == own;
            view! {
                <MenuChoice
                    label=choice.label
                    text=meaning(own)
                    checked=Signal::stored(checked)
                    on_select=move |()| choose(own)
                />
            }
        };
        to_give(own).into_iter().map(choice).collect_view().into_any()
    };
    let actions = move || {
        if !changeable.get() {
            return (move || view! { <RoleBadge role=role.get() /> }).into_any();
        }
        let remove_label = called_so.with_value(|called| ["Remove ", called].concat());
        view! {
            <Menu label=Signal::derive(label) trigger class=TRIGGER>
                {choices}
            </Menu>
            {(!me)
                .then(|| {
                    view! {
                        <IconButton
                            icon=Icon::Close
                            label=remove_label
                            on_click=move |()| removing.set(Some(asked.get_value()))
                        />
                    }
                })}
        }
        .into_any()
    };
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <Avatar name=called.clone() />
            <div class="min-w-0 flex-1 basis-40">
                <p class="truncate text-sm font-medium">
                    <bdi>{called}</bdi>
                    {me.then_some(" (you)")}
                </p>
                <p class="truncate text-xs text-muted">{member.email}</p>
            </div>
            {actions}
        </li>
    }
    .into_any()
}

#[component]
fn Remove(place: Place, removing: RwSignal<Option<Member>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    effect(move || {
        if removing.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            removing.set(None);
        }
    });
    let go = move |()| {
        let Some(member) = removing.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let done = remove_member(place.id(), member.user_id.clone()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(()) => {
                    open.set(false);
                    place
                        .members
                        .update(|members| members.retain(|known| known.user_id != member.user_id));
                    focus_heading("team-members");
                }
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    view! {
        <Confirm
            open
            title="Remove this member?"
            text="They no longer see the team's chats, and their keys of this team stop working at once. What they wrote stays."
            go_on="Remove"
            kind=ButtonKind::Danger
            busy
            error
            on_go=go
        />
    }
    .into_any()
}

/// Whether somebody is the team's only owner among those who are loaded.
pub(crate) fn is_last_owner(members: &[Member], user_id: &str) -> bool {
    let mut owners = members.iter().filter(|member| member.role == TeamRole::Owner);
    owners.next().is_some_and(|owner| owner.user_id == user_id) && owners.next().is_none()
}
