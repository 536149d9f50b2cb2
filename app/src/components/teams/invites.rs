//! Invitations to a team.

use leptos::html::Code;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::teams::{Invite, NewInvite, TeamRole};

use super::roles::{RoleBadge, meaning, name, of_slug, to_give, value};
use super::team::Place;
use super::{focus_heading, why};
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::card::CARD;
use crate::components::ui::copy_button::CopyButton;
use crate::components::ui::field::Field;
use crate::components::ui::select::Select;
use crate::components::ui::time::Time;
use crate::hooks::dates::DateStyle;
use crate::hooks::each::each;
use crate::server_fns::teams::{invite_to_team, revoke_invite};

/// Makes invitations, and lists those that are open.
#[component]
pub fn Invites(
    /// The team on the page.
    place: Place,
) -> impl IntoView {
    let role = RwSignal::new(value(TeamRole::Member));
    let email = RwSignal::new(String::new());
    let (busy, wrong, error) = (
        RwSignal::new(false),
        RwSignal::new(None::<String>),
        RwSignal::new(None::<String>),
    );
    // Only here, and gone with the page: it can't be shown again.
    let made = RwSignal::new(None::<(String, String)>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        wrong.set(None);
        error.set(None);
        let wanted = of_slug(&role.get_untracked());
        let to = Some(email.get_untracked()).filter(|email| !email.trim().is_empty());
        spawn_local(async move {
            let answer = invite_to_team(place.id(), wanted, to).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(NewInvite { url, expires_at, .. }) => {
                    made.set(Some((url, expires_at)));
                    email.set(String::new());
                    place.load();
                }
                Err(failure) => match failure.field("email") {
                    Some(message) => wrong.set(Some(message.to_owned())),
                    None => error.set(Some(why(&failure))),
                },
            }
        });
    };
    let hint = move || Some(meaning(of_slug(&role.get())).to_owned());
    let shown = NodeRef::<Code>::new();
    view! {
        <section aria-labelledby="team-invites">
            <h2 id="team-invites" tabindex="-1" class="text-base font-semibold outline-none">
                "Invite by link"
            </h2>
            <p class="mt-0.5 mb-3 text-sm text-muted">"A link is good for seven days and for one person."</p>
            <form novalidate=true on:submit=submit class=[CARD, "p-4"].join(" ")>
                <div class="grid gap-4 sm:grid-cols-2">
                    <Select
                        label="Role"
                        id="invite-role"
                        choices=Signal::stored(to_give(place.role()))
                        value=role
                        on_change=move |value| role.set(value)
                        hint=Signal::derive(hint)
                    />
                    <Field
                        label="Only for this e-mail"
                        name="email"
                        id="invite-email"
                        kind="email"
                        bind=email
                        error=wrong
                        hint="Leave it empty for whoever has the link."
                    />
                </div>
                {move || error.get().map(|message| view! { <div class="mt-4"><Alert message /></div> })}
                <div class="mt-4 flex justify-end">
                    <Button submit=true busy>
                        "Create link"
                    </Button>
                </div>
                {move || {
                    made.get()
                        .map(|(url, expires_at)| {
                            let text = url.clone();
                            view! {
                                <div role="status" class="mt-4 rounded-lg border border-line bg-sunken p-3.5">
                                    <p class="text-sm font-medium">"Send this link. It is shown only now."</p>
                                    <div class="mt-2 flex items-center gap-2">
                                        <code
                                            node_ref=shown
                                            class="min-w-0 flex-1 rounded-md bg-surface px-2.5 py-1.5 font-mono text-xs [overflow-wrap:anywhere]"
                                        >
                                            {url}
                                        </code>
                                        <CopyButton text=text label="the invitation link" shown large=true />
                                    </div>
                                    <p class="mt-2 text-xs text-muted">
                                        "Good until " <Time at=expires_at style=DateStyle::Exact /> "."
                                    </p>
                                </div>
                            }
                        })
                }}
            </form>
            <Show when=move || place.invites.with(|invites| !invites.is_empty())>
                <h3 class="mt-5 mb-2 text-sm font-semibold">"Open invitations"</h3>
                <ul class=[CARD, "divide-y divide-line"].join(" ")>
                    {each(
                        move || place.invites.get(),
                        |invite| invite.id.clone(),
                        move |invite| view! { <Open place invite /> }.into_any(),
                    )}
                </ul>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Open(place: Place, invite: Invite) -> impl IntoView {
    let busy = RwSignal::new(false);
    let id = StoredValue::new(invite.id);
    let revoke = move |()| {
        busy.set(true);
        spawn_local(async move {
            let done = revoke_invite(place.id(), id.get_value()).await;
            _ = busy.try_set(false);
            match done {
                Ok(()) => {
                    let id = id.try_get_value().unwrap_or_default();
                    place.invites.update(|invites| invites.retain(|known| known.id != id));
                    place.toasts.show("The link is good for nothing any more.".to_owned());
                    focus_heading("team-invites");
                }
                Err(failure) => place.toasts.fail(why(&failure)),
            }
        });
    };
    let whom = invite.email.unwrap_or_else(|| "Whoever has the link".to_owned());
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <div class="min-w-0 flex-1 basis-40">
                <p class="truncate text-sm font-medium">{whom}</p>
                <p class="text-xs text-muted">
                    "Ends " <Time at=invite.expires_at style=DateStyle::Relative />
                </p>
            </div>
            <RoleBadge role=invite.role />
            <Button kind=ButtonKind::Secondary size=ButtonSize::Small busy on_click=revoke>
                "Revoke" <span class="sr-only">" the invitation as " {name(invite.role)}</span>
            </Button>
        </li>
    }
    .into_any()
}
