//! A chat: a new one, or a thread.

use leptos::prelude::*;
use types::ErrorCode;

use crate::components::chat::column::Column;
use crate::components::chat::composer::Composer;
use crate::components::chat::empty::{Greeting, Suggestions};
use crate::components::chat::header::{Header, row_of};
use crate::components::chat::open::{Chat, Stage};
use crate::components::icons::Icon;
use crate::components::layout::lazily::Lazily;
use crate::components::layout::title::Title;
use crate::components::ui::button::{ButtonKind, ButtonSize, button_class};
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::contexts::live::use_live;
use crate::contexts::opening::{FirstPage, take_first_page};
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::{effect_after, memo};
use crate::pieces;
use crate::routes::{Page, Piece, piece_at, thread_at};
use crate::server_fns::Failure;
use crate::wire;

/// The page. It stays while the address goes from a new chat to the thread that this becomes, and from thread to thread.
#[component]
pub fn ChatPage() -> impl IntoView {
    let ui = use_ui();
    // While another page is on its way the address is that page's already.
    let wanted = Memo::new(move |before: Option<&Option<String>>| {
        let path = ui.path();
        match (piece_at(&path), before) {
            (Some(Piece::Chat), _) | (_, None) => thread_at(&path).map(ToOwned::to_owned),
            (_, Some(before)) => before.clone(),
        }
    });
    let first = take_first_page();
    let suggestions = RwSignal::new(match &first {
        FirstPage::Given(json) => wire::read(json).ok(),
        _ => None,
    });
    let chat = Chat::new(wanted.get_untracked(), first);
    let live = use_live();
    effect_after(move |before: Option<()>| {
        let id = wanted.get();
        untrack(|| chat.go_to(id, before.is_none()));
    });
    on_cleanup(move || live.follow(None));
    chat.follow_place();
    // The field is where the reader goes on, unless that brings up a keyboard that hides half of the page.
    effect_after(move |before: Option<bool>| {
        let ready = chat.stage.with(|stage| matches!(stage, Stage::New | Stage::Open));
        let arrived = ready && before == Some(false);
        let begins = before.is_none() && chat.stage.with_untracked(|stage| *stage == Stage::New);
        if (arrived || begins) && has_fine_pointer() {
            chat.draft.focus();
        }
        ready
    });

    let row = row_of(chat);
    let title = move || {
        chat.stage.with(|stage| match stage {
            Stage::New => "New chat".to_owned(),
            Stage::Failed(failure) => failed_title(failure).to_owned(),
            _ => row.with(|row| {
                row.as_ref()
                    .map_or_else(|| "Chat".to_owned(), |row| row.thread.title.clone())
            }),
        })
    };
    let asked = memo(move || chat.details.with(Option::is_some));
    let is_new = memo(move || chat.stage.with(|stage| *stage == Stage::New));
    let failed = memo(move || {
        chat.stage.with(|stage| match stage {
            Stage::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
    });
    let top = move || {
        if is_new.get() {
            view! { <Greeting /> }.into_any()
        } else if let Some(failure) = failed.get() {
            view! { <Failed chat failure /> }.into_any()
        } else {
            view! {
                <Header chat row />
                <Column chat />
            }
            .into_any()
        }
    };

    view! {
        <Title text=Signal::derive(title) />
        <div class=move || {
            if is_new.get() { "flex h-full flex-col overflow-y-auto" } else { "flex h-full flex-col overflow-hidden" }
        }>
            {top}
            <Composer chat />
            {move || {
                (is_new.get() && chat.closed().is_none()).then(|| view! { <Suggestions chat known=suggestions /> })
            }}
        </div>
        <div role="status" class="sr-only">
            {chat.said}
        </div>
        <Lazily when=asked load=Box::new(move || Box::pin(pieces::details(chat))) />
    }
    .into_any()
}

fn has_fine_pointer() -> bool {
    window()
        .match_media("(pointer: fine)")
        .is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

fn failed_title(failure: &Failure) -> &'static str {
    match failure.code() {
        ErrorCode::NotFound => "Chat not found",
        _ => "Chat not available",
    }
}

/// A thread that can't be shown, and what to do next.
#[component]
fn Failed(chat: Chat, failure: Failure) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_status(failure.code());

    let title = failed_title(&failure);
    let content = match failure.code() {
        ErrorCode::NotFound | ErrorCode::Forbidden => view! {
            <EmptyState
                icon=Icon::Message
                title="There is no such chat"
                text="It was deleted, or it belongs to somebody else."
            >
                <a href=Page::Start.path() class=button_class(ButtonKind::Primary, ButtonSize::Standard)>
                    "Start a new chat"
                </a>
            </EmptyState>
        }
        .into_any(),
        _ => view! { <ErrorState message=failure.0.error on_retry=move |()| chat.retry() /> }.into_any(),
    };
    view! {
        <div class="flex min-h-0 flex-1 flex-col overflow-y-auto">
            <h1 class="sr-only">{title}</h1>
            <div class="m-auto">{content}</div>
        </div>
    }
    .into_any()
}
