//! Where the reader writes.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::draft::fill;
use super::open::{Chat, Picking, Stage};
use super::place::{Place, PlaceFields};
use crate::components::icons::{Glyph, Icon};
use crate::components::layout::lazily::Lazily;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::spinner::Spinner;
use crate::contexts::live::{LiveState, use_live};
use crate::contexts::session::use_session;
use crate::hooks::early_keys::use_early_keys;
use crate::hooks::hotkeys::{Chord, use_hotkey};
use crate::hooks::reactive::{effect, memo};
use crate::pieces;
use crate::server_fns::chat::Say;

/// From here on, in percent of what can be sent at once, it is said how much room is left.
const CROWDED: usize = 80;

const FIELD: &str = "block max-h-[40dvh] w-full resize-none overflow-y-auto bg-transparent px-2 pt-1 text-message text-ink outline-none";

const SEND: &str = "flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-lg bg-primary text-on-primary transition-opacity hover:opacity-90 disabled:cursor-default disabled:opacity-40 pointer-coarse:size-10";
const STOP: &str = "inline-flex h-8 shrink-0 cursor-pointer items-center gap-2 rounded-lg bg-primary px-3 text-xs font-medium text-on-primary transition-opacity hover:opacity-90 aria-disabled:cursor-default aria-disabled:opacity-60 pointer-coarse:h-10";

/// The composer. It is a form that a browser posts by itself until the page is alive, and where there is no script.
#[component]
pub fn Composer(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    let session = use_session();
    let draft = chat.draft;
    let alive = RwSignal::new(false);
    effect(move || alive.set(true));
    use_hotkey(Chord::key("Escape"), Callback::new(move |()| chat.stop()));

    let filled = memo(move || draft.text.with(|text| !text.trim().is_empty()));
    let full = memo(move || draft.text.with(|text| fill(text)));
    let is_new = move || chat.stage.with(|stage| *stage == Stage::New);
    let hidden = move || chat.closed().is_some() || chat.stage.with(|stage| matches!(stage, Stage::Failed(_)));
    let enter_sends = move || session.read(|person| person.settings.enter_sends).unwrap_or(true);
    let on_key = move |event: KeyboardEvent| {
        // The list of templates has keys of its own; these are for while it is on its way.
        if chat.is_choosing() && matches!(&*event.key(), "Enter" | "Escape") {
            event.prevent_default();
            if event.key() == "Escape" {
                chat.picking.set(None);
            }
            return;
        }
        // 229 is what some browsers give for every key while composing.
        if event.key() != "Enter" || event.is_composing() || event.key_code() == 229 || event.shift_key() {
            return;
        }
        if event.ctrl_key() || event.meta_key() || (untrack(enter_sends) && !event.alt_key()) {
            event.prevent_default();
            chat.send();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        chat.send();
        draft.focus();
    };
    let on_input = move |event| {
        draft.type_in(event_target_value(&event));
        if draft.asks_for_templates() {
            chat.picking.set(Some(Picking::List { typed: true }));
        }
    };
    let picking = memo(move || chat.picking.with(Option::is_some));
    let searching = memo(move || {
        chat.picking
            .with(|picking| *picking == Some(Picking::List { typed: false }))
    });
    use_early_keys(searching.into(), Callback::new(move |()| chat.picking.set(None)));
    let filling = move || chat.picking.with(|picking| *picking == Some(Picking::Fields));
    let thread = move || chat.row.with(|row| row.as_ref().map(|row| row.thread.id.clone()));
    // Without a script the browser itself asks for a text; the text between the tags is what the field holds at first.
    let first = draft.text.get_untracked().replace('&', "&amp;").replace('<', "&lt;");

    view! {
        <div class="w-full shrink-0 px-4 md:px-6" class:hidden=hidden>
            <div class="mx-auto max-w-184">
                <TroubleLine chat />
                <Lazily when=picking load=Box::new(move || Box::pin(pieces::templates(chat))) />
                {move || is_new().then(|| view! { <Place chat /> })}
                <form
                    method="post"
                    action=Say::PATH
                    class="group/composer rounded-2xl border border-line-strong bg-raised p-2.5 shadow-sm transition-colors has-[textarea:focus-visible]:border-accent has-[textarea:focus-visible]:ring-1 has-[textarea:focus-visible]:ring-accent"
                    class=("max-md:hidden", filling)
                    on:submit=on_submit
                >
                    <label for="composer" class="sr-only">
                        "Message"
                    </label>
                    <textarea
                        node_ref=draft.node
                        id="composer"
                        name="content"
                        rows="1"
                        required=true
                        placeholder="Ask anything, or / for a template"
                        autocomplete="off"
                        dir="auto"
                        enterkeyhint=move || if enter_sends() { "send" } else { "enter" }
                        aria-describedby="composer-note"
                        class=move || [FIELD, if is_new() { "min-h-14" } else { "min-h-10" }].join(" ")
                        inner_html=first
                        on:input=on_input
                        on:keydown=on_key
                    ></textarea>
                    {move || thread().map(|id| view! { <input type="hidden" name="thread_id" value=id /> })}
                    {move || is_new().then(|| view! { <PlaceFields chat /> })}
                    <div class="flex items-center gap-1">
                        <IconButton
                            icon=Icon::File
                            label="Templates"
                            class="noscript:hidden"
                            expanded=picking
                            on_click=move |()| {
                                let now = chat.picking.with_untracked(Option::is_none);
                                chat.picking.set(now.then_some(Picking::List { typed: false }));
                            }
                        />
                        <ModelPicker chat />
                        <span
                            class="mx-2 ml-auto text-xs text-muted tabular-nums"
                            aria-live="polite"
                        >
                            {move || room_left(full.get())}
                        </span>
                        {move || {
                            if chat.is_answering() {
                                view! {
                                    <button
                                        type="button"
                                        class=STOP
                                        aria-disabled=move || chat.is_stopping().then_some("true")
                                        on:click=move |_| {
                                            chat.stop();
                                            draft.focus();
                                        }
                                    >
                                        <span aria-hidden="true" class="size-2.5 rounded-[2px] bg-on-primary"></span>
                                        "Stop"
                                    </button>
                                }
                                    .into_any()
                            } else {
                                view! {
                                    <button
                                        type="submit"
                                        aria-label="Send"
                                        data-tip="Send"
                                        disabled=move || alive.get() && !filled.get()
                                        class=SEND
                                    >
                                        <Glyph icon=Icon::ArrowUp />
                                    </button>
                                }
                                    .into_any()
                            }
                        }}
                    </div>
                </form>
                <Note chat />
            </div>
        </div>
        <Closed chat />
    }
    .into_any()
}

fn room_left(full: usize) -> Option<String> {
    match full {
        0..CROWDED => None,
        CROWDED..=100 => Some(full.to_string() + "% of what can be sent at once"),
        _ => Some("Too long to be sent at once".to_owned()),
    }
}

/// What holds below the field: the connection, and what becomes of a running answer.
#[component]
fn Note(chat: Chat) -> impl IntoView {
    let live = use_live();
    let reconnecting = move || live.state() == LiveState::Reconnecting;
    view! {
        <p
            id="composer-note"
            class="flex h-9 items-center justify-center gap-2 text-center text-xs text-muted"
            class:hidden=move || chat.stage.with(|stage| *stage == Stage::New) && !reconnecting()
        >
            <span role="status" class="contents">
                {move || {
                    reconnecting()
                        .then(|| {
                            view! {
                                <Spinner />
                                "Reconnecting…"
                            }
                        })
                }}
            </span>
            {move || {
                (!reconnecting() && chat.is_answering()).then_some("The answer continues on the server if you leave.")
            }}
        </p>
    }
    .into_any()
}

/// What could not be sent, and why.
#[component]
fn TroubleLine(chat: Chat) -> impl IntoView {
    let line = move || {
        let trouble = chat.trouble.get()?;
        let retry = trouble.again.map(|again| {
            view! {
                <Button
                    kind=ButtonKind::Secondary
                    size=ButtonSize::Small
                    icon=Icon::Refresh
                    on_click=move |()| chat.again(again.clone())
                >
                    "Retry"
                </Button>
            }
        });
        Some(view! {
            <div class="mb-2 flex items-center gap-2 rounded-xl bg-danger-soft py-1.5 pr-1.5 pl-3 text-sm text-danger">
                <Glyph icon=Icon::Alert />
                <p class="min-w-0 flex-1 break-words">{trouble.reason}</p>
                {retry}
                <IconButton icon=Icon::Close label="Dismiss" on_click=move |()| chat.trouble.set(None) />
            </div>
        })
    };
    view! { <div role="alert">{line}</div> }.into_any()
}

/// The model that is to answer. With one there is nothing to choose.
#[component]
fn ModelPicker(chat: Chat) -> impl IntoView {
    let session = use_session();
    let options = move || {
        session.read(|person| {
            let models = person.models.iter().map(|model| {
                let own = model.id.clone();
                let name = match &model.problem {
                    Some(_) => [&model.name, " (not answering)"].concat(),
                    None => model.name.clone(),
                };
                let chosen = move || chat.model.with(|model| *model == own);
                view! {
                    <option value=model.id.clone() title=model.problem.clone() selected=chosen.clone() prop:selected=chosen>
                        {name}
                    </option>
                }
            });
            models.collect_view()
        })
    };
    let problem = move || {
        let problem = session.read(|person| {
            let chosen = chat.model.with(|id| person.models.iter().find(|model| model.id == *id));
            chosen.and_then(|model| model.problem.clone())
        });
        problem.flatten()
    };
    move || {
        chat.has_models().then(|| {
            view! {
                <div class="relative flex min-w-0 items-center text-ink-soft">
                    <select
                        name="model"
                        aria-label="Model"
                        title=problem
                        class="h-8 max-w-full min-w-0 cursor-pointer appearance-none truncate rounded-md bg-transparent pr-6 pl-2 text-xs font-medium [field-sizing:content] hover:bg-sunken pointer-coarse:h-10"
                        on:change=move |event| chat.take_model(event_target_value(&event))
                    >
                        {options}
                    </select>
                    <span class="pointer-events-none absolute right-1.5">
                        <Glyph icon=Icon::ChevronDown size="size-3.5" />
                    </span>
                </div>
            }
        })
    }
}

/// Stands where the composer would, for who may read but not write.
#[component]
fn Closed(chat: Chat) -> impl IntoView {
    let why = memo(move || chat.closed());
    move || {
        why.get()
            .map(|why| view! { <p class="shrink-0 px-4 pt-2 pb-6 text-center text-sm text-muted">{why}</p> })
    }
}

#[cfg(test)]
mod tests {
    use super::room_left;

    #[test]
    fn the_room_that_is_left_is_said_when_it_gets_tight() {
        assert_eq!(room_left(79), None);
        assert_eq!(room_left(93).as_deref(), Some("93% of what can be sent at once"));
        assert_eq!(room_left(101).as_deref(), Some("Too long to be sent at once"));
    }
}
