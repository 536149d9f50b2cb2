//! An answer: its text, how it ended, and what can be done with it.

use std::hash::{DefaultHasher, Hash, Hasher};

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;
use types::threads::{Feedback, MessageStatus};
use types::views::MessageView;

use super::copying::{CopyMessage, copy_and_tell};
use super::open::{Chat, sentence};
use super::turn::MESSAGE;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::menu::{Menu, MenuHeading, MenuItem};
use crate::components::ui::place::Align;
use crate::components::ui::skeleton::Skeleton;
use crate::contexts::session::use_session;
use crate::contexts::toasts::use_toasts;
use crate::hooks::clipboard::use_copier;
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::chat::message_text;

/// What of an answer is shown besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Face {
    status: MessageStatus,
    empty: bool,
    mine: bool,
    model: Option<String>,
    feedback: Option<Feedback>,
    error: Option<String>,
    request_id: Option<String>,
}

impl Face {
    fn of(message: &MessageView) -> Self {
        Self {
            status: message.status,
            empty: message.blocks.is_empty(),
            mine: message.mine,
            model: message.model.clone(),
            feedback: message.feedback,
            error: message.error.clone(),
            request_id: message.request_id.clone(),
        }
    }
}

/// An answer.
#[component]
pub fn Answer(
    /// The chat on the page.
    chat: Chat,
    /// Tells it from the others.
    key: u32,
    /// The message.
    message: RwSignal<MessageView>,
) -> impl IntoView {
    let face = memo(move || message.with(Face::of));
    let status = memo(move || face.with(|face| face.status));
    let waiting = memo(move || face.with(|face| face.empty && face.status.is_running()));
    let body = NodeRef::<Div>::new();
    view! {
        <article
            data-hold=""
            data-message=move || message.with(|message| message.id.clone())
            class=[MESSAGE, "flex flex-col gap-3"].join(" ")
            aria-busy=move || status.get().is_running().then_some("true")
        >
            <h2 class="sr-only">"Answer"</h2>
            <Thinking message />
            <Body message body />
            <Show when=move || waiting.get()>
                <div class="flex flex-col gap-2.5 py-1">
                    <span class="sr-only">"Waiting for the answer"</span>
                    <Skeleton class="h-3.5 w-3/5" />
                    <Skeleton class="h-3.5 w-2/5" />
                </div>
            </Show>
            {move || view! { <End chat key message face status=status.get() /> }}
            <Show when=move || !status.get().is_running()>
                <Actions chat key message face body />
            </Show>
        </article>
    }
    .into_any()
}

/// What the model thought before it answered, folded away.
#[component]
fn Thinking(message: RwSignal<MessageView>) -> impl IntoView {
    let reasoning = memo(move || message.with(|message| message.reasoning.clone()));
    move || {
        reasoning.get().map(|text| {
            view! {
                <details class="text-sm text-muted">
                    <summary class="w-fit cursor-pointer rounded-sm select-none hover:text-ink">"Thinking"</summary>
                    <p
                        dir="auto"
                        class="mt-2 max-h-96 overflow-y-auto border-l-2 border-line pl-3 [overflow-wrap:anywhere] whitespace-pre-wrap"
                        tabindex="0"
                    >
                        {text}
                    </p>
                </details>
            }
        })
    }
}

/// The text. Each block is an element of its own; when more of the answer arrives, only what changed is put anew.
#[component]
fn Body(message: RwSignal<MessageView>, body: NodeRef<Div>) -> impl IntoView {
    let first = message.with_untracked(|message| message.blocks.iter().flat_map(|b| ["<div>", b, "</div>"]).collect());
    let first: String = first;
    let shown = StoredValue::new(message.with_untracked(|message| marks(&message.blocks)));
    effect(move || {
        let Some(body) = body.get() else { return };
        message.with(|message| {
            let now = marks(&message.blocks);
            _ = shown.try_update_value(|shown| {
                put(&body, shown, &now, &message.blocks);
                *shown = now;
            });
        });
    });
    let growing = memo(move || message.with(|message| message.status.is_running()));
    view! {
        <div
            node_ref=body
            class="prose min-w-0 empty:hidden"
            data-growing=move || growing.get().then_some("")
            inner_html=first
        ></div>
    }
    .into_any()
}

/// A number for each block, that another text would not have.
fn marks(blocks: &[String]) -> Vec<u64> {
    blocks
        .iter()
        .map(|block| {
            let mut hasher = DefaultHasher::new();
            block.hash(&mut hasher);
            hasher.finish()
        })
        .collect()
}

fn put(body: &Element, shown: &[u64], now: &[u64], blocks: &[String]) {
    for (place, block) in blocks.iter().enumerate() {
        if shown.get(place) == now.get(place) {
            continue;
        }
        let known = u32::try_from(place).ok().and_then(|place| body.children().item(place));
        let element = known.or_else(|| {
            let element = document().create_element("div").ok()?;
            body.append_child(&element).ok()?;
            Some(element)
        });
        if let Some(element) = element {
            element.set_inner_html(block);
        }
    }
    for _ in blocks.len()..shown.len() {
        if let Some(last) = body.last_element_child() {
            last.remove();
        }
    }
}

/// How an answer ended, unless it ended well; and what to do now.
#[component]
fn End(chat: Chat, key: u32, message: RwSignal<MessageView>, face: Memo<Face>, status: MessageStatus) -> impl IntoView {
    let words = match status {
        MessageStatus::Queued | MessageStatus::Streaming | MessageStatus::Complete => return ().into_any(),
        MessageStatus::Stopped => "This answer was stopped.",
        MessageStatus::Failed => "The model could not answer.",
        MessageStatus::Interrupted => "The server went away while it was answering.",
    };
    let stopped = status == MessageStatus::Stopped;
    let Face {
        error,
        request_id,
        empty,
        ..
    } = face.get_untracked();
    let request = request_id.filter(|_| !stopped);
    let buttons = move || {
        let mine = face.with(|face| face.mine);
        (chat.is_newest(key) && chat.writable.get()).then(|| {
            view! {
                {(!empty)
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Secondary
                                size=ButtonSize::Small
                                on_click=move |()| chat.say_continue()
                            >
                                "Continue"
                            </Button>
                        }
                    })}
                {mine
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Secondary
                                size=ButtonSize::Small
                                icon=Icon::Refresh
                                on_click=move |()| again(&chat, message, None)
                            >
                                "Retry"
                            </Button>
                        }
                    })}
            }
        })
    };
    view! {
        <div
            class=[
                "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl px-3.5 py-2.5 text-sm",
                if stopped { "border border-line text-muted" } else { "bg-danger-soft text-danger" },
            ]
                .join(" ")
        >
            <Glyph icon=if stopped { Icon::Info } else { Icon::Alert } />
            <div class="min-w-0 flex-1 basis-48 break-words">
                <p>{error.filter(|_| !stopped).unwrap_or_else(|| words.to_owned())}</p>
                {request
                    .map(|id| {
                        view! {
                            <p class="mt-0.5 text-xs opacity-90">
                                "Request " <code class="font-mono [overflow-wrap:anywhere]">{id}</code>
                            </p>
                        }
                    })}
            </div>
            <div class="flex flex-wrap gap-2 noscript:hidden">{buttons}</div>
        </div>
    }
    .into_any()
}

fn again(chat: &Chat, message: RwSignal<MessageView>, model: Option<String>) {
    chat.regenerate(message.with_untracked(|message| message.id.clone()), model);
    chat.draft.focus();
}

/// What can be done with an answer that is over.
#[component]
fn Actions(
    chat: Chat,
    key: u32,
    message: RwSignal<MessageView>,
    face: Memo<Face>,
    body: NodeRef<Div>,
) -> impl IntoView {
    let toasts = use_toasts();
    let copier = use_copier();
    let id = move || message.with_untracked(|message| message.id.clone());
    let empty = memo(move || face.with(|face| face.empty));
    let copy = move |chat: Chat| {
        spawn_local(async move {
            match message_text(id()).await {
                Ok(text) => {
                    let shown = body.get_untracked().map(JsCast::unchecked_into::<Element>);
                    copier.settle(copy_and_tell(chat.said, &text, shown.as_ref()).await);
                }
                Err(failure) => {
                    if !signed_out(&failure) {
                        toasts.fail(sentence(&failure));
                    }
                }
            }
        });
    };
    let thumb = move |feedback, icon: Icon, label: &'static str| {
        view! {
            <IconButton
                icon
                label
                pressed=Signal::derive(move || face.with(|face| face.feedback == Some(feedback)))
                on_click=move |()| chat.rate(message, feedback)
            />
        }
    };
    let can_write = memo(move || chat.writable.get() && face.with(|face| face.mine));
    let model = move || face.with(|face| face.model.clone()).filter(|_| chat.has_models());
    view! {
        <div class="-ml-2 flex flex-wrap items-center gap-0.5 noscript:hidden">
            <Show when=move || !empty.get()>
                <CopyMessage chat copier label="Copy answer" on_click=copy />
            </Show>
            <Show when=move || can_write.get()>
                <Regenerate chat key message />
            </Show>
            <Show when=move || face.with(|face| face.mine && !face.empty)>
                {thumb(Feedback::Up, Icon::ThumbUp, "Good answer")}
                {thumb(Feedback::Down, Icon::ThumbDown, "Bad answer")}
            </Show>
            <button
                type="button"
                class="inline-flex h-8 cursor-pointer items-center gap-1.5 rounded-md px-2 text-xs text-muted transition-colors hover:bg-sunken hover:text-ink pointer-coarse:min-h-10"
                on:click=move |_| chat.details.set(Some(id()))
            >
                <Glyph icon=Icon::Info />
                "Details"
            </button>
            {move || model().map(|name| view! { <span class="ml-1 truncate text-xs text-muted">{name}</span> })}
        </div>
    }
    .into_any()
}

/// Asks for the answer anew. Where there is a choice, or something follows that would go, it is a menu.
#[component]
fn Regenerate(chat: Chat, key: u32, message: RwSignal<MessageView>) -> impl IntoView {
    let session = use_session();
    let busy = Signal::derive(move || chat.is_answering());
    let simple = memo(move || chat.is_newest(key) && !chat.has_models());
    let items = move || {
        let models = session
            .read(|person| {
                if person.models.len() > 1 {
                    person.models.clone()
                } else {
                    Vec::new()
                }
            })
            .unwrap_or_default();
        let heading = if chat.is_newest(key) {
            "Answer again"
        } else {
            "What follows is replaced"
        };
        let with_models = models
            .into_iter()
            .map(|model| {
                view! {
                    <MenuItem
                        label=["With ", &model.name].concat()
                        on_select=move |()| again(&chat, message, Some(model.id.clone()))
                    />
                }
            })
            .collect_view();
        view! {
            <MenuHeading label=heading />
            <MenuItem label="Try again" icon=Icon::Refresh on_select=move |()| again(&chat, message, None) />
            {with_models}
        }
        .into_any()
    };
    move || {
        if simple.get() {
            view! {
                <IconButton
                    icon=Icon::Refresh
                    label="Regenerate"
                    disabled=busy
                    on_click=move |()| again(&chat, message, None)
                />
            }
            .into_any()
        } else {
            view! { <Menu label="Regenerate" icon=Icon::Refresh align=Align::Start disabled=busy>{items}</Menu> }
                .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::marks;

    #[test]
    fn a_block_that_changes_is_told_from_one_that_stays() {
        let blocks = |texts: [&str; 3]| marks(&texts.map(ToOwned::to_owned));
        let (before, after) = (
            blocks(["<p>a</p>", "<p>b</p>", ""]),
            blocks(["<p>a</p>", "<p>bc</p>", ""]),
        );
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1], after[1]);
        assert_eq!(before[2], after[2]);
    }
}
