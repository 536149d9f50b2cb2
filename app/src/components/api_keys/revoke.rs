//! Revoking a key.

use leptos::prelude::*;
use types::api_keys::ApiKey;

use super::store::Keys;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, button_class};
use crate::components::ui::dialog::{Dialog, DialogButtons, DialogSize};
use crate::components::ui::time::Time;
use crate::hooks::dates::DateStyle;

/// Asks before a key is revoked.
#[component]
pub fn RevokeDialog(
    /// The keys.
    keys: Keys,
    /// The key in question; none while nothing is asked.
    revoking: RwSignal<Option<ApiKey>>,
    /// Called after a key was revoked: the row that had the focus is gone.
    on_revoked: Callback<()>,
) -> impl IntoView {
    let open = Signal::derive(move || revoking.with(Option::is_some));
    let close = Callback::new(move |()| revoking.set(None));
    let revoke = move |()| {
        if let Some(key) = revoking.get_untracked() {
            revoking.set(None);
            keys.revoke(key.id);
            on_revoked.run(());
        }
    };
    view! {
        <Dialog open=(open, close) title="Revoke this key?" size=DialogSize::Small>
            {move || revoking.get().map(question)}
            <DialogButtons>
                <button
                    type="button"
                    autofocus
                    class=button_class(ButtonKind::Secondary, ButtonSize::Standard)
                    on:click=move |_| close.run(())
                >
                    "Cancel"
                </button>
                <Button kind=ButtonKind::Danger on_click=revoke>
                    "Revoke key"
                </Button>
            </DialogButtons>
        </Dialog>
    }
    .into_any()
}

fn question(key: ApiKey) -> AnyView {
    let used = match key.last_used_at {
        Some(at) => view! { "Last used " <Time at style=DateStyle::Relative /> "." }.into_any(),
        None => "Never used.".into_any(),
    };
    view! {
        <div class="rounded-lg border border-line bg-surface px-3.5 py-2.5 text-sm">
            <p class="font-medium break-words">
                <bdi>{key.name}</bdi>
            </p>
            <p class="mt-0.5 flex flex-wrap items-baseline gap-x-3 text-muted">
                <code class="font-mono text-xs">{key.key_prefix} "…"</code>
                <span>{used}</span>
            </p>
        </div>
        <p class="text-sm text-ink-soft">
            "Programs that use this key stop working at once. A revoked key can't be brought back."
        </p>
    }
    .into_any()
}
