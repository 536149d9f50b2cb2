//! Short messages that come and go by themselves.

use std::sync::Arc;

use leptos::prelude::*;

/// How many are shown at once.
const MOST: usize = 3;

/// What a toast's button does.
pub type ToastAction = Arc<dyn Fn() + Send + Sync>;

/// One message.
#[derive(Clone)]
pub struct Toast {
    /// Tells it from the others.
    pub id: u32,
    /// One line.
    pub text: String,
    /// A button's words and what it does.
    pub action: Option<(&'static str, ToastAction)>,
    /// Whether something went wrong: then it stays until it is dismissed.
    pub failure: bool,
}

/// The messages on show.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

/// Makes the [`Toasts`] available to everything below.
pub(crate) fn provide_toasts() {
    provide_context(Toasts {
        list: RwSignal::new(Vec::new()),
        next: StoredValue::new(0),
    });
}

/// The [`Toasts`] of this document.
pub fn use_toasts() -> Toasts {
    expect_context()
}

impl Toasts {
    /// Says something.
    pub fn show(self, text: impl Into<String>) {
        self.push(text.into(), None, false);
    }

    /// Says what was done, and takes it back when asked to. What `undo` uses must outlive the component that calls this:
    /// contexts do, the row that has just gone does not.
    pub fn undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(text.into(), Some(("Undo", Arc::new(undo))), false);
    }

    /// Says something and offers something to do; `action` as in [`Toasts::undo`].
    pub fn offer(self, text: impl Into<String>, words: &'static str, action: impl Fn() + Send + Sync + 'static) {
        self.push(text.into(), Some((words, Arc::new(action))), false);
    }

    /// Says what went wrong, until it is dismissed.
    pub fn fail(self, text: impl Into<String>) {
        self.push(text.into(), None, true);
    }

    /// Takes a message away.
    pub fn dismiss(self, id: u32) {
        _ = self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }

    /// The messages of one kind, the oldest first.
    pub(crate) fn of_kind(self, failure: bool) -> Vec<Toast> {
        self.list
            .with(|list| list.iter().filter(|toast| toast.failure == failure).cloned().collect())
    }

    fn push(self, text: String, action: Option<(&'static str, ToastAction)>, failure: bool) {
        let Some(id) = self.next.try_update_value(|next| {
            *next = next.wrapping_add(1);
            *next
        }) else {
            return;
        };
        _ = self.list.try_update(|list| {
            // The same failure twice is one.
            list.retain(|toast| !(failure && toast.failure && toast.text == text));
            list.push(Toast {
                id,
                text,
                action,
                failure,
            });
            make_room(list);
        });
    }
}

/// Takes away the oldest: first of those that would go by themselves.
fn make_room(list: &mut Vec<Toast>) {
    while list.len() > MOST {
        let last = list.len() - 1;
        let oldest = list[..last].iter().position(|toast| !toast.failure).unwrap_or_default();
        list.remove(oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(messages: &[(&str, bool)]) -> Vec<String> {
        let owner = Owner::new();
        owner.with(|| {
            provide_toasts();
            let toasts = use_toasts();
            for (text, failure) in messages {
                if *failure {
                    toasts.fail(*text);
                } else {
                    toasts.show(*text);
                }
            }
            toasts
                .list
                .get_untracked()
                .into_iter()
                .map(|toast| toast.text)
                .collect()
        })
    }

    #[test]
    fn a_failure_is_not_pushed_out_by_good_news() {
        let list = [("a", true), ("b", false), ("c", false), ("d", false), ("e", false)];
        assert_eq!(shown(&list), ["a", "d", "e"]);
    }

    #[test]
    fn what_came_last_is_always_on_show() {
        let list = [("a", true), ("b", true), ("c", true), ("d", false)];
        assert_eq!(shown(&list), ["b", "c", "d"]);
    }

    #[test]
    fn the_same_failure_is_said_once() {
        assert_eq!(
            shown(&[("offline", true), ("saved", false), ("offline", true)]),
            ["saved", "offline"]
        );
    }
}
