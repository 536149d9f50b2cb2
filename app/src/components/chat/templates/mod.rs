//! Templates at the composer: a list to choose from, then the fields of what was chosen, then its text in the composer.

#![expect(unreachable_pub, reason = "#[component] writes `pub` for what is `pub(super)`")]

mod fields;
mod insert;
mod list;
mod place;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::templates::Template;
use types::views::TemplateChoices;

use self::fields::Fields;
use self::insert::{Spot, insert};
use self::list::List;
use super::open::{Chat, Picking, sentence};
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::templates::open_template;

/// What outlives the list and the fields.
#[derive(Clone, Copy)]
struct Kit {
    chat: StoredValue<Chat>,
    /// What was offered last: it is there at once the next time, and then read anew.
    known: StoredValue<Option<TemplateChoices>>,
    /// What is being filled in, and where it goes.
    filling: RwSignal<Option<(Template, Spot)>>,
    /// What was typed into fields and not used: by template, then by variable.
    typed: StoredValue<Vec<(String, String, String)>>,
    toasts: Toasts,
}

impl Kit {
    /// The chat on the page.
    fn chat(self) -> Chat {
        self.chat.get_value()
    }

    /// A template was chosen: its fields open, or its text goes where it belongs at once.
    fn take(self, template: Template, spot: Spot) {
        if template.variables.is_empty() {
            self.chat().picking.set(None);
            insert(&self.chat(), &spot, &template.prompt);
        } else {
            self.filling.set(Some((template, spot)));
            self.chat().picking.set(Some(Picking::Fields));
        }
    }

    fn fetch(self, id: String) {
        let chat = self.chat();
        spawn_local(async move {
            let answer = open_template(id.clone()).await;
            let waiting =
                |picking: &Option<Picking>| matches!(picking, Some(Picking::Chosen(chosen)) if chosen.id == id);
            if chat.picking.try_with_untracked(waiting) != Some(true) {
                return;
            }
            match answer {
                Ok(template) => self.take(template, Spot::end_of(&chat)),
                Err(failure) => {
                    self.chat().picking.set(None);
                    if !signed_out(&failure) {
                        self.toasts
                            .fail(["The template could not be opened. ", &sentence(&failure)].concat());
                    }
                }
            }
        });
    }

    /// Closes whatever is open. The composer is as it was, and what was typed into fields is kept.
    fn leave(self) {
        self.chat().picking.set(None);
        let node = self.chat().draft.node;
        // On a phone it was hidden behind the fields, and has to be drawn first.
        request_animation_frame(move || {
            if let Some(node) = node.try_get_untracked().flatten() {
                _ = node.focus();
            }
        });
    }
}

/// The list or the fields, as [`Chat::picking`] says.
#[component]
pub fn Templates(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    let kit = Kit {
        chat: StoredValue::new(chat),
        known: StoredValue::new(None),
        filling: RwSignal::new(None),
        typed: StoredValue::new(Vec::new()),
        toasts: use_toasts(),
    };
    effect(move || {
        if let Some(Picking::Chosen(chosen)) = chat.picking.get() {
            match chosen.prompt {
                Some(prompt) => {
                    let template = Template {
                        variables: types::templates::variables(&prompt),
                        id: chosen.id,
                        name: chosen.name,
                        prompt,
                        is_built_in: false,
                        team_id: None,
                    };
                    untrack(|| kit.take(template, Spot::end_of(&chat)));
                }
                None => kit.fetch(chosen.id),
            }
        }
    });
    let shown = memo(move || chat.picking.get());
    move || match shown.get() {
        Some(Picking::List { typed }) => view! { <List kit typed /> }.into_any(),
        Some(Picking::Fields) => match kit.filling.get() {
            Some((template, spot)) => view! { <Fields kit template spot /> }.into_any(),
            None => ().into_any(),
        },
        Some(Picking::Chosen(_)) | None => ().into_any(),
    }
}
