//! How chats begin and how messages are sent.

use leptos::prelude::*;

use super::rows::{Pick, ROWS, SelectRow, SwitchRow, Toggle};
use super::saving::use_saver;
use crate::components::ui::select::Choice;

#[component]
pub(super) fn Chat() -> impl IntoView {
    let models = untrack(|| {
        use_saver().read(|person| {
            let name = |id: &str| {
                let found = person.models.iter().find(|model| model.id == id);
                found.map_or_else(|| id.to_owned(), |model| model.name.clone())
            };
            let usual = "Server default (".to_owned() + &name(&person.default_model) + ")";
            let mut choices = vec![Choice::new("", usual)];
            choices.extend(
                person
                    .models
                    .iter()
                    .map(|model| Choice::new(model.id.clone(), model.name.clone())),
            );
            choices
        })
    });
    view! {
        <div class=ROWS>
            <SelectRow
                pick=Pick::DefaultModel
                title="Default model"
                help="For new chats; each chat can have another."
                id="settings-model"
                choices=models.unwrap_or_default()
            />
            <SwitchRow
                toggle=Toggle::EnterSends
                title="Enter sends the message"
                help="Shift and Enter begins a new line. When off, Enter does, and Ctrl or ⌘ with Enter sends."
                help_id="settings-enter-help"
            />
        </div>
    }
    .into_any()
}
