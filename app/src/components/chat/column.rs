//! The messages, one below the other.

use leptos::ev::MouseEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

use super::copying::{WHILE, copy_and_tell};
use super::jump::use_jump;
use super::open::{Chat, Older, Stage};
use super::store::Log;
use super::turn::Turn;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::skeleton::Skeleton;
use crate::hooks::clipboard::Copying;
use crate::hooks::each::each;
use crate::hooks::reactive::{effect_after, memo};
use crate::hooks::stick_to_bottom::use_stick_to_bottom;

/// The messages of the open thread, or their shapes while they are on their way.
#[component]
pub fn Column(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    let (scroller, column) = (NodeRef::<Div>::new(), NodeRef::<Div>::new());
    let on_start = Callback::new(move |()| {
        if chat.older.get_untracked() == Older::More {
            chat.load_older();
        }
    });
    let stick = use_stick_to_bottom(scroller, column, on_start);
    use_jump(&chat, stick);
    // What the reader sends is at the end, and another thread begins at its end.
    let loading = memo(move || chat.stage.with(|stage| *stage == Stage::Loading));
    effect_after(move |before: Option<(u32, bool)>| {
        let now = (chat.sent.get(), loading.get());
        if before.is_some_and(|before| before != now) {
            stick.to_end();
        }
        now
    });

    let to_end = move |_| {
        stick.to_end();
        if let Some(scroller) = scroller.get_untracked() {
            _ = scroller.focus();
        }
    };

    view! {
        <div class="relative flex min-h-0 flex-1 flex-col">
            <div
                node_ref=scroller
                role="log"
                aria-live="off"
                aria-label="Conversation"
                aria-busy=move || loading.get().then_some("true")
                tabindex="0"
                class="flex min-h-0 flex-1 flex-col-reverse overflow-x-hidden overflow-y-auto overscroll-contain px-4 [overflow-anchor:none] focus-visible:-outline-offset-2 md:px-6"
            >
                <div
                    node_ref=column
                    class="mx-auto mb-auto flex w-full max-w-184 flex-col gap-7 py-7 text-message"
                    on:click=move |event| press(&chat, &event)
                >
                    <OlderMessages chat />
                    {move || loading.get().then(|| view! { <Shapes /> })}
                    {each(
                        move || chat.log.with(Log::rows),
                        |row| row.key.to_string(),
                        move |row| view! { <Turn chat row /> }.into_any(),
                    )}
                </div>
            </div>
            <Show when=move || stick.is_away()>
                <button
                    type="button"
                    class="absolute bottom-2 left-1/2 inline-flex h-8 -translate-x-1/2 cursor-pointer items-center gap-1.5 rounded-full border border-line bg-raised px-3 text-xs font-medium text-ink-soft shadow-pop hover:text-ink pointer-coarse:h-10"
                    on:click=to_end
                >
                    <Glyph icon=Icon::ArrowDown size="size-3.5" />
                    "Jump to latest"
                </button>
            </Show>
        </div>
    }
    .into_any()
}

/// What stands above the oldest message that is loaded.
#[component]
fn OlderMessages(chat: Chat) -> impl IntoView {
    move || {
        let words = match chat.older.get() {
            Older::None => return ().into_any(),
            Older::More | Older::Loading => "Load older messages",
            Older::Failed => "Older messages could not be loaded. Try again",
        };
        view! {
            <div class="flex justify-center noscript:hidden">
                <Button
                    kind=ButtonKind::Quiet
                    size=ButtonSize::Small
                    busy=Signal::derive(move || chat.older.get() == Older::Loading)
                    on_click=move |()| chat.load_older()
                >
                    {words}
                </Button>
            </div>
        }
        .into_any()
    }
}

/// The shapes of messages.
#[component]
fn Shapes() -> impl IntoView {
    view! {
        <p class="sr-only">"Loading the conversation"</p>
        <div class="flex justify-end">
            <Skeleton class="h-11 w-3/5 rounded-2xl" />
        </div>
        <div class="flex flex-col gap-3">
            <Skeleton class="h-4 w-full" />
            <Skeleton class="h-4 w-11/12" />
            <Skeleton class="h-4 w-4/6" />
        </div>
        <div class="flex justify-end">
            <Skeleton class="h-11 w-2/5 rounded-2xl" />
        </div>
        <div class="flex flex-col gap-3">
            <Skeleton class="h-4 w-10/12" />
            <Skeleton class="h-4 w-3/5" />
        </div>
    }
    .into_any()
}

/// The buttons in blocks of code, and those that cite a source, are part of the answers' HTML; one listener serves them all.
fn press(chat: &Chat, event: &MouseEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target else { return };
    if let Some(number) = target.get_attribute("data-source") {
        let answer = target.closest("[data-message]").ok().flatten();
        chat.cited.set(Some(number));
        chat.details
            .set(answer.and_then(|answer| answer.get_attribute("data-message")));
    } else if let Some(button) = target.closest("[data-copy]").ok().flatten() {
        copy_code(chat, button);
    }
}

fn copy_code(chat: &Chat, button: Element) {
    let code = button
        .closest("figure")
        .ok()
        .flatten()
        .and_then(|figure| figure.query_selector("pre code").ok().flatten());
    let Some(code) = code else { return };
    let said = chat.said;
    spawn_local(async move {
        let text = code.text_content().unwrap_or_default();
        let copied = copy_and_tell(said, &text, Some(&code)).await;
        if copied != Copying::Refused {
            button.set_text_content(Some(copied.words()));
        }
        set_timeout(move || button.set_text_content(Some(Copying::Idle.words())), WHILE);
    });
}
