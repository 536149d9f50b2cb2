//! Taking a message, or code out of one, along.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::Element;

use super::open::Chat;
use crate::components::icons::Icon;
use crate::components::ui::button::IconButton;
use crate::hooks::clipboard::{Copier, Copying, copy_text};
use crate::hooks::reactive::memo;

/// How long what was done is said.
pub(super) const WHILE: Duration = Duration::from_secs(2);

/// Copies a text and tells a screen reader of it; `shown` is an element that shows exactly this text.
pub(super) async fn copy_and_tell(said: RwSignal<&'static str>, text: &str, shown: Option<&Element>) -> Copying {
    let copying = copy_text(text, shown).await;
    _ = said.try_set(copying.said());
    set_timeout(move || _ = said.try_set(""), WHILE);
    copying
}

/// A button that copies a message.
#[component]
pub fn CopyMessage(
    /// What is open.
    chat: Chat,
    /// Copies, and says how that went.
    copier: Copier,
    /// Its name: "Copy answer".
    label: &'static str,
    /// Begins to copy.
    #[prop(into)]
    on_click: Callback<Chat>,
) -> impl IntoView {
    let copied = memo(move || copier.state() == Copying::Copied);
    view! {
        <IconButton
            icon=Signal::derive(move || if copied.get() { Icon::Check } else { Icon::Copy })
            label=Signal::derive(move || if copied.get() { "Copied" } else { label }.to_owned())
            on_click=move |()| on_click.run(chat)
        />
    }
    .into_any()
}
