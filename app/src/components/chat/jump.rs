//! To a message that the address names.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::open::{Chat, Older, Stage};
use crate::contexts::address::use_address;
use crate::contexts::toasts::use_toasts;
use crate::hooks::reactive::{effect, memo};
use crate::hooks::stick_to_bottom::StickToBottom;
use crate::routes::query::MESSAGE;
use crate::server_fns::threads::find_message;

/// How long it is marked.
const MARKED: Duration = Duration::from_secs(3);

/// Brings the message into sight that the address names, and fetches older ones until it is there; of one that isn't in the
/// thread it says so. The address forgets it then: a reload begins at the end again.
pub(super) fn use_jump(chat: &Chat, stick: StickToBottom) {
    let chat = *chat;
    let address = use_address();
    let wanted = memo(move || address.param(MESSAGE));
    let done = move || address.replace(&untrack(|| address.with_param(MESSAGE, None)));
    let toasts = use_toasts();
    // The message that the server was asked about, and whether it is further up.
    let asked = StoredValue::new(String::new());
    let above = RwSignal::new(false);
    let missing = move || {
        asked.set_value(String::new());
        toasts.show("That message is not in this chat any more.");
        done();
    };
    let ask = move |id: String| {
        if asked.with_value(|asked| *asked == id) {
            return;
        }
        asked.set_value(id.clone());
        above.set(false);
        let Some(thread) = chat
            .row
            .with_untracked(|row| row.as_ref().map(|row| row.thread.id.clone()))
        else {
            return;
        };
        spawn_local(async move {
            let answer = find_message(thread, id.clone()).await;
            if asked.try_with_value(|asked| *asked == id) != Some(true) || untrack(|| wanted.get()) != Some(id) {
                return;
            }
            match answer {
                Ok(false) => missing(),
                // Should the server be out of reach, fetching what is above says so.
                _ => above.set(true),
            }
        });
    };
    effect(move || {
        let Some(id) = wanted.get() else { return };
        if chat.stage.with(|stage| *stage != Stage::Open) {
            return;
        }
        let plain = id
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '-');
        if !plain {
            return missing();
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
            Older::More if above.get() && asked.with_value(|asked| *asked == id) => chat.load_older(),
            Older::More => ask(id),
            Older::Loading | Older::Failed => {}
            Older::None => missing(),
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
