//! Who is in a team.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::teams::{Member, TeamRole};

use super::roles::{RoleBadge, may_change, meaning, name, of_slug, to_give, value};
use super::team::Place;
use super::why;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::avatar::Avatar;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::card::CARD;
use crate::components::ui::confirm::Confirm;
use crate::components::ui::menu::{Menu, MenuChoice};
use crate::hooks::each::each;
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
            <h2 id="team-members" class="mb-3 text-base font-semibold">"Members"</h2>
            <ul class=[CARD, "divide-y divide-line"].join(" ")>
                {each(
                    move || place.members.get(),
                    |member| [member.user_id.as_str(), &value(member.role)].concat(),
                    move |member| view! { <Row place member removing /> }.into_any(),
                )}
            </ul>
            <Show when=move || place.members_cursor.with(Option::is_some)>
                <div class="mt-3 flex justify-center">
                    <Button kind=ButtonKind::Secondary size=ButtonSize::Small busy on_click=more>
                        "Show more"
                    </Button>
                </div>
            </Show>
            <Remove place removing />
        </section>
    }
    .into_any()
}

#[component]
fn Row(place: Place, member: Member, removing: RwSignal<Option<Member>>) -> impl IntoView {
    let own = place.role();
    let me = place.is_me(&member.user_id);
    let called = if member.name.trim().is_empty() {
        member.email.clone()
    } else {
        member.name.clone()
    };
    let role = member.role;
    let id = StoredValue::new(member.user_id.clone());
    let chosen = RwSignal::new(value(role));
    let choose = move |text: String| {
        let wanted = of_slug(&text);
        chosen.set(text);
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
                Err(failure) => {
                    _ = chosen.try_set(value(role));
                    place.toasts.fail(why(&failure));
                }
            }
        });
    };
    let label = [name(role), ", role of ", &called].concat();
    let trigger = move || {
        view! {
            {move || name(of_slug(&chosen.get()))}
            <Glyph icon=Icon::ChevronDown size="size-3.5" />
        }
        .into_any()
    };
    let remove_label = ["Remove ", &called].concat();
    let asked = member.clone();
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
            {if may_change(own, role) {
                view! {
                    <Menu label trigger class=TRIGGER>
                        {move || {
                            to_give(own)
                                .into_iter()
                                .map(|choice| {
                                    let own = choice.value.clone();
                                    let checked = chosen.get_untracked() == own;
                                    view! {
                                        <MenuChoice
                                            label=choice.label
                                            text=meaning(of_slug(&own))
                                            checked=Signal::stored(checked)
                                            on_select=move |()| choose(own.clone())
                                        />
                                    }
                                })
                                .collect_view()
                        }}
                    </Menu>
                }
                    .into_any()
            } else {
                view! { <RoleBadge role /> }.into_any()
            }}
            {(may_change(own, role) && !me)
                .then(|| {
                    view! {
                        <IconButton
                            icon=Icon::Close
                            label=remove_label
                            on_click=move |()| removing.set(Some(asked.clone()))
                        />
                    }
                })}
        </li>
    }
    .into_any()
}

#[component]
fn Remove(place: Place, removing: RwSignal<Option<Member>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    crate::hooks::reactive::effect(move || {
        if removing.with(Option::is_some) {
            open.set(true);
        }
    });
    crate::hooks::reactive::effect(move || {
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
