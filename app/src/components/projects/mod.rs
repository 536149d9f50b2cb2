//! Projects: the list of them, the page of one, and the dialogs that make one and move threads.

pub mod about;
pub mod adding;
pub mod dialogs;
pub mod documents;
pub mod list;
pub mod name;
pub mod page;
pub mod passages;
pub mod swatches;
pub mod threads;

use leptos::prelude::*;
use types::projects::ProjectColor;

/// A project's colour before its name. Decoration.
pub fn dot(color: ProjectColor) -> AnyView {
    view! {
        <span
            class="size-2.5 shrink-0 rounded-full bg-(--dot)"
            data-color=color.as_str()
            aria-hidden="true"
        ></span>
    }
    .into_any()
}

/// How many chats, in words.
fn chats(count: i64) -> String {
    match count {
        1 => "1 chat".to_owned(),
        count => count.to_string() + " chats",
    }
}
