//! One message: what a person said, or an answer.

use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::threads::MessageRole;
use types::views::MessageView;

use super::answer::Answer;
use super::copying::{CopyMessage, copy_and_tell};
use super::draft::grow;
use super::open::{Chat, Editing};
use super::store::Row;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::hooks::clipboard::use_copier;
use crate::hooks::reactive::{effect, memo};

/// What all messages have. The browser skips those that are out of sight; it cuts off what sticks out of them, so the room
/// for focus rings is inside.
pub(super) const MESSAGE: &str = "-mx-2 -my-1 min-w-0 scroll-mt-6 rounded-lg px-2 py-1 transition-colors [content-visibility:auto] [contain-intrinsic-size:auto_10rem] data-found:bg-accent-soft";

/// Lines and characters above which what was said is cut, with a button that shows all of it.
const MANY_LINES: usize = 16;
const MANY_CHARACTERS: usize = 1_500;

/// A message.
#[component]
pub fn Turn(
    /// The chat on the page.
    chat: Chat,
    /// The message.
    row: Row,
) -> impl IntoView {
    let Row { key, message } = row;
    let message = RwSignal::from(message);
    match message.with_untracked(|message| message.role) {
        MessageRole::Assistant => view! { <Answer chat key message /> }.into_any(),
        MessageRole::User => view! { <Said chat message /> }.into_any(),
        MessageRole::System => view! { <Instructions message /> }.into_any(),
    }
}

/// What a person or their program said.
#[component]
fn Said(chat: Chat, message: RwSignal<MessageView>) -> impl IntoView {
    let text = memo(move || message.with(|message| message.text.clone()));
    let author = memo(move || message.with(|message| message.author.clone()));
    let via = memo(move || message.with(|message| message.via.clone()));
    let id = memo(move || message.with(|message| message.id.clone()));
    let editing = memo(move || {
        chat.editing
            .with(|editing| editing.as_ref().is_some_and(|editing| id.with(|id| *id == editing.id)))
    });
    let can_edit = memo(move || chat.writable.get() && message.with(|message| message.mine && !message.id.is_empty()));
    let edit = move || {
        chat.editing.set(Some(Editing {
            id: id.get_untracked(),
            text: text.get_untracked(),
        }));
    };
    let content = move || {
        if editing.get() {
            return view! { <Editor chat /> }.into_any();
        }
        view! {
            <Bubble text />
            {move || via.get().map(|name| view! { <Via name /> })}
            <div class="flex items-center gap-0.5 opacity-0 transition-opacity group-focus-within/turn:opacity-100 group-hover/turn:opacity-100 pointer-coarse:opacity-100 noscript:hidden">
                <Copy chat text />
                <Show when=move || can_edit.get()>
                    <IconButton
                        icon=Icon::Pencil
                        label="Edit message"
                        disabled=Signal::derive(move || chat.is_answering())
                        on_click=move |()| edit()
                    />
                </Show>
            </div>
        }
        .into_any()
    };
    view! {
        <article data-hold="" data-message=id class=[MESSAGE, SAID].join(" ")>
            {move || match author.get() {
                Some(name) => view! { <h2 class="text-xs font-medium break-words text-muted">{name}</h2> }.into_any(),
                None => view! { <h2 class="sr-only">"You"</h2> }.into_any(),
            }}
            {content}
        </article>
    }
    .into_any()
}

/// With a pointer the buttons show only where it is; they then stand in the room between this message and the next.
const SAID: &str = "group/turn flex flex-col items-end gap-1.5 pointer-fine:-mb-9";

const TEXT: &str = "min-w-0 [overflow-wrap:anywhere] whitespace-pre-wrap";
const CUT: &str = "max-h-64 overflow-hidden [mask-image:linear-gradient(to_bottom,black_70%,transparent)] noscript:max-h-none noscript:[mask-image:none]";

/// The bubble. A long text is cut until the reader wants all of it.
#[component]
fn Bubble(text: Memo<String>) -> impl IntoView {
    let long = memo(move || text.with(|text| is_long(text)));
    let whole = RwSignal::new(false);
    let cut = move || long.get() && !whole.get();
    view! {
        <div class="flex max-w-[85%] min-w-0 flex-col rounded-2xl rounded-br-md bg-bubble px-4 py-2.5">
            <div
                dir="auto"
                class=move || if cut() { [TEXT, CUT].join(" ") } else { TEXT.to_owned() }
            >
                {text}
            </div>
            <Show when=move || long.get()>
                <button
                    type="button"
                    class="mt-1 -mb-0.5 cursor-pointer self-start rounded text-xs font-medium text-accent hover:underline pointer-coarse:min-h-10 noscript:hidden"
                    aria-expanded=move || whole.get().to_string()
                    on:click=move |_| whole.update(|whole| *whole = !*whole)
                >
                    {move || if whole.get() { "Show less" } else { "Show more" }}
                </button>
            </Show>
        </div>
    }
    .into_any()
}

fn is_long(text: &str) -> bool {
    text.len() > MANY_CHARACTERS && text.chars().count() > MANY_CHARACTERS || text.lines().count() > MANY_LINES
}

/// The key that a message came through.
#[component]
fn Via(name: String) -> impl IntoView {
    view! {
        <span class="inline-flex max-w-full items-center gap-1 rounded-full bg-accent-soft px-2 py-0.5 text-xs font-medium text-accent">
            <Glyph icon=Icon::Key size="size-3.5" />
            <span class="truncate">"via " {name}</span>
        </span>
    }
    .into_any()
}

#[component]
fn Copy(chat: Chat, text: Memo<String>) -> impl IntoView {
    let copier = use_copier();
    let copy = move |chat: Chat| {
        let text = text.get_untracked();
        spawn_local(async move { copier.settle(copy_and_tell(chat.said, &text, None).await) });
    };
    view! { <CopyMessage chat copier label="Copy message" on_click=copy /> }.into_any()
}

/// Changes an earlier message in its place.
#[component]
fn Editor(chat: Chat) -> impl IntoView {
    let node = NodeRef::<Textarea>::new();
    let cancel = move || {
        chat.editing.set(None);
        chat.draft.focus();
    };
    effect(move || {
        let Some(field) = node.get() else { return };
        let text = chat
            .editing
            .get_untracked()
            .map(|editing| editing.text)
            .unwrap_or_default();
        field.set_value(&text);
        grow(&field);
        _ = field.focus();
        let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        _ = field.set_selection_range(end, end);
    });
    let on_input = move |event| {
        let text = event_target_value(&event);
        chat.editing.update(|editing| {
            if let Some(editing) = editing {
                editing.text = text;
            }
        });
        if let Some(field) = node.get_untracked() {
            grow(&field);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                cancel();
            }
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                chat.send_edit();
            }
            _ => {}
        }
    };
    let empty = Signal::derive(move || {
        chat.is_answering()
            || chat
                .editing
                .with(|editing| editing.as_ref().is_none_or(|editing| editing.text.trim().is_empty()))
    });
    view! {
        <div class="w-full rounded-2xl border border-line-strong bg-raised p-2.5 has-[textarea:focus-visible]:border-accent has-[textarea:focus-visible]:ring-1 has-[textarea:focus-visible]:ring-accent">
            <textarea
                node_ref=node
                rows="2"
                dir="auto"
                aria-label="Edit message"
                aria-describedby="editor-note"
                class="block max-h-[40dvh] w-full resize-none bg-transparent px-2 pt-1 text-ink outline-none"
                on:input=on_input
                on:keydown=on_key
            ></textarea>
            <div class="mt-1 flex flex-wrap items-center justify-end gap-2">
                <p id="editor-note" class="mr-auto px-2 text-xs text-muted">
                    "What follows this message is replaced."
                </p>
                <Button kind=ButtonKind::Quiet size=ButtonSize::Small on_click=move |()| cancel()>
                    "Cancel"
                </Button>
                <Button size=ButtonSize::Small disabled=empty on_click=move |()| chat.send_edit()>
                    "Send"
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// Instructions to the model that somebody wrote into the thread.
#[component]
fn Instructions(message: RwSignal<MessageView>) -> impl IntoView {
    view! {
        <article data-hold="" class=MESSAGE>
            <h2 class="text-xs font-medium text-muted">"Instructions"</h2>
            <p dir="auto" class="mt-1 border-l-2 border-line pl-3 text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-ink-soft">
                {move || message.with(|message| message.text.clone())}
            </p>
        </article>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::is_long;

    #[test]
    fn a_text_is_long_by_its_lines_or_its_letters() {
        assert!(!is_long(&"ä".repeat(1_500)));
        assert!(is_long(&"ä".repeat(1_501)));
        assert!(!is_long(&"a\n".repeat(16)));
        assert!(is_long(&"a\n".repeat(17)));
    }
}
