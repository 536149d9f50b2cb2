//! To a message that the address names.

use std::time::Duration;

use leptos::prelude::*;

use super::open::{Chat, Older, Stage};
use crate::contexts::address::use_address;
use crate::hooks::reactive::{effect, memo};
use crate::hooks::stick_to_bottom::StickToBottom;
use crate::routes::query::MESSAGE;

/// How long it is marked.
const MARKED: Duration = Duration::from_secs(3);

/// Brings the message into sight that the address names, and fetches older ones until it is there. The address forgets it
/// then: a reload begins at the end again.
pub(super) fn use_jump(chat: &Chat, stick: StickToBottom) {
    let chat = *chat;
    let address = use_address();
    let wanted = memo(move || address.param(MESSAGE));
    let done = move || address.replace(&untrack(|| address.with_param(MESSAGE, None)));
    effect(move || {
        let Some(id) = wanted.get() else { return };
        if chat.stage.with(|stage| *stage != Stage::Open) {
            return;
        }
        let plain = id
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '-');
        if !plain {
            return done();
        }
        if chat.log.with(|log| log.has(&id)) {
            // What was fetched is drawn first.
            request_animation_frame(move || {
                show(&id, stick);
                done();
            });
            return;
        }
        match chat.older.get() {
            Older::More => chat.load_older(),
            Older::Loading | Older::Failed => {}
            Older::None => done(),
        }
    });
}

fn show(id: &str, stick: StickToBottom) {
    let selector = ["[data-message=\"", id, "\"]"].concat();
    let Some(message) = document().query_selector(&selector).ok().flatten() else {
        return;
    };
    _ = message.set_attribute("data-found", "");
    stick.to(message.clone());
    set_timeout(
        move || {
            _ = message.remove_attribute("data-found");
        },
        MARKED,
    );
}
