//! One key in the list: a row of the table, a card where there is little room.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::{Input, Td};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use types::api_keys::ApiKey;

use super::create::LONGEST_NAME;
use super::expiry::Expiry;
use super::store::Keys;
use crate::components::icons::Icon;
use crate::components::ui::badge::{Badge, BadgeKind};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::time::Time;
use crate::hooks::dates::DateStyle;
use crate::hooks::reactive::{effect, memo};

/// A cell that holds a date: small in a card, as large as the rest in a table.
const FACT: &str = "text-xs text-muted @min-[50rem]:px-3 @min-[50rem]:text-sm @min-[50rem]:whitespace-nowrap ";
/// The cell with the name: in a card it leaves as much room as the buttons take.
const NAME: &str = "min-w-0 grow @min-[50rem]:py-3 @min-[50rem]:pr-4 @min-[50rem]:pl-4 ";

/// Renaming one key, in its row.
#[derive(Clone, Copy)]
struct Rename {
    keys: Keys,
    key: Memo<ApiKey>,
    editing: RwSignal<bool>,
    draft: RwSignal<String>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    input: NodeRef<Input>,
    actions: NodeRef<Td>,
}

impl Rename {
    fn begin(self) {
        self.draft.set(self.key.with_untracked(|key| key.name.clone()));
        self.error.set(None);
        self.editing.set(true);
    }

    /// Ends it. The focus goes to the button that began it, if it still is in this row.
    fn end(self) {
        if self.editing.try_set(false).is_some() {
            return;
        }
        request_animation_frame(move || {
            let button = self
                .actions
                .try_get_untracked()
                .flatten()
                .and_then(|actions| actions.query_selector("button").ok().flatten())
                .and_then(|button| button.dyn_into::<HtmlElement>().ok());
            if let Some(button) = button {
                _ = button.focus();
            }
        });
    }

    fn save(self) {
        if self.busy.get_untracked() {
            return;
        }
        let name = self.draft.get_untracked().trim().to_owned();
        let key = self.key.get_untracked();
        if name == key.name {
            self.end();
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let result = self.keys.rename(key.id, name).await;
            _ = self.busy.try_set(false);
            match result {
                Ok(()) => self.end(),
                Err(failure) => {
                    let sentence = failure
                        .field("name")
                        .map_or_else(|| failure.to_string(), ToOwned::to_owned);
                    _ = self.error.try_set(Some(sentence));
                    if let Some(input) = self.input.try_get_untracked().flatten() {
                        _ = input.focus();
                    }
                }
            }
        });
    }
}

/// The row of a key.
#[component]
pub fn KeyRow(
    /// The keys.
    keys: Keys,
    /// This one, as it is at first.
    key: ApiKey,
    /// Asks whether it should be revoked.
    revoking: RwSignal<Option<ApiKey>>,
) -> impl IntoView {
    let ApiKey {
        id,
        key_prefix,
        team,
        created_at,
        ..
    } = key.clone();
    let key = keys.follow(key);
    let name = memo(move || key.with(|key| key.name.clone()));
    let last_used = memo(move || key.with(|key| key.last_used_at.clone()));
    let expires_at = memo(move || key.with(|key| key.expires_at.clone()));
    let expiry = memo(move || expires_at.with(|at| Expiry::of(at.as_deref(), keys.now.get())));
    let over = memo(move || expiry.get() == Expiry::Over);
    let came = move || keys.came.get_value();
    let rename = Rename {
        keys,
        key,
        editing: RwSignal::new(false),
        draft: RwSignal::new(String::new()),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        input: NodeRef::new(),
        actions: NodeRef::new(),
    };
    let name_class = move || {
        let room = if rename.editing.get() {
            "basis-[calc(100%-6rem)] "
        } else {
            "basis-[calc(100%-8.75rem)] "
        };
        // Greyed by a colour that can still be read, not by transparency.
        let tone = if over.get() { "text-muted" } else { "" };
        NAME.to_owned() + room + tone
    };
    let fact_class = move |order: &'static str| {
        let tone = if over.get() {
            "@min-[50rem]:text-muted "
        } else {
            "@min-[50rem]:text-ink-soft "
        };
        FACT.to_owned() + tone + order
    };
    let revoke = move |()| revoking.set(Some(key.get_untracked()));

    view! {
        <tr
            role="row"
            class="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-3.5 first:border-t-0 @min-[50rem]:table-row @min-[50rem]:first:border-t"
        >
            <td
                role="cell"
                class=name_class
            >
                {move || {
                    if rename.editing.get() {
                        view! { <RenameField rename id=id.clone() /> }.into_any()
                    } else {
                        view! {
                            <bdi
                                class="block truncate font-medium @min-[50rem]:max-w-56"
                                title=move || name.get()
                            >
                                {name}
                            </bdi>
                        }
                            .into_any()
                    }
                }} <code class="font-mono text-xs text-muted" translate="no">
                    {key_prefix}
                    "…"
                </code>
            </td>
            <td role="cell" class="order-2 min-w-0 @min-[50rem]:px-3">
                {match team {
                    Some(team) => {
                        let title = team.name.clone();
                        view! {
                            <span class="block max-w-44" title=title>
                                <Badge kind=BadgeKind::Accent icon=Icon::Users>
                                    <bdi>{team.name}</bdi>
                                </Badge>
                            </span>
                        }
                            .into_any()
                    }
                    None => view! { <Badge>"Personal"</Badge> }.into_any(),
                }}
            </td>
            <td role="cell" class=move || fact_class("order-5")>
                <Label words="Created" />
                <Time at=created_at style=DateStyle::Date />
            </td>
            <td role="cell" class=move || fact_class("order-3")>
                {move || match last_used.get() {
                    Some(at) => view! {
                        <Label words="Used" />
                        <Time at style=DateStyle::Relative now=came() class="inline-block first-letter:uppercase" />
                    }
                        .into_any(),
                    None => "Never used".into_any(),
                }}
            </td>
            <td role="cell" class=move || fact_class("order-4")>
                <span class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    {move || match expires_at.get() {
                        Some(at) => view! {
                            <span>
                                <Label words="Expires" />
                                <Time at style=DateStyle::Date />
                            </span>
                        }
                            .into_any(),
                        None => view! {
                            <span>
                                <Label words="Expires" />
                                "Never"
                            </span>
                        }
                            .into_any(),
                    }}
                    {move || {
                        let expiry = expiry.get();
                        let kind = if expiry == Expiry::Over { BadgeKind::Danger } else { BadgeKind::Warning };
                        expiry.words().map(|words| view! { <Badge kind>{words}</Badge> })
                    }}
                </span>
            </td>
            <td
                node_ref=rename.actions
                role="cell"
                class="order-1 -mr-2 ml-auto shrink-0 text-right whitespace-nowrap @min-[50rem]:w-px @min-[50rem]:px-2"
            >
                <span class="inline-flex items-center align-middle">
                {move || {
                    let name = name.get();
                    if rename.editing.get() {
                        view! {
                            <IconButton
                                icon=Icon::Check
                                label="Save name"
                                busy=rename.busy
                                on_click=move |()| rename.save()
                            />
                            <IconButton icon=Icon::Close label="Cancel" on_click=move |()| rename.end() />
                        }
                            .into_any()
                    } else {
                        view! {
                            <IconButton
                                icon=Icon::Pencil
                                label="Rename key ".to_owned() + &name
                                on_click=move |()| rename.begin()
                            />
                            <Button
                                kind=ButtonKind::QuietDanger
                                size=ButtonSize::Small
                                label="Revoke key ".to_owned() + &name
                                on_click=revoke
                            >
                                "Revoke"
                            </Button>
                        }
                            .into_any()
                    }
                }}
                </span>
            </td>
        </tr>
    }
    .into_any()
}

/// What a fact in a card is about; in a table the column's heading says it.
#[component]
fn Label(words: &'static str) -> impl IntoView {
    view! { <span class="@min-[50rem]:hidden">{words} ": "</span> }.into_any()
}

/// The field a name is changed in. Enter saves, Esc goes back to the name as it was.
#[component]
fn RenameField(rename: Rename, id: String) -> impl IntoView {
    let error_id = "rename-error-".to_owned() + &id;
    let described_by = {
        let error_id = error_id.clone();
        move || rename.error.with(Option::is_some).then(|| error_id.clone())
    };
    effect(move || {
        if let Some(input) = rename.input.get() {
            input.set_value(&rename.draft.get_untracked());
            _ = input.focus();
            input.select();
        }
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            rename.end();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        rename.save();
    };
    view! {
        <form on:submit=on_submit class="@min-[50rem]:w-40">
            <input
                node_ref=rename.input
                type="text"
                aria-label="Name of the key"
                autocomplete="off"
                data-1p-ignore
                aria-invalid=move || rename.error.with(Option::is_some).then_some("true")
                aria-describedby=described_by
                class="-mt-1 mb-0 -ml-2 h-7 w-full rounded-md border border-control bg-surface px-2 text-sm font-medium text-ink focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger pointer-coarse:mt-0 pointer-coarse:mb-1 pointer-coarse:h-11 pointer-coarse:text-[16px]"
                on:input=move |event| rename.draft.set(event_target_value(&event))
                on:keydown=on_key
            />
            {move || {
                rename
                    .error
                    .get()
                    .map(|error| {
                        view! {
                            <p
                                id=error_id.clone()
                                role="alert"
                                class="my-1 text-xs font-medium break-words whitespace-normal text-danger"
                            >
                                {error}
                            </p>
                        }
                    })
            }}
            {move || {
                let over = rename.draft.with(|draft| draft.trim().chars().count()) > LONGEST_NAME;
                over.then(|| {
                    let count = rename.draft.with(|draft| draft.trim().chars().count()).to_string();
                    view! { <p class="my-1 text-xs text-danger">{count} " / " {LONGEST_NAME.to_string()}</p> }
                })
            }}
        </form>
    }
    .into_any()
}
