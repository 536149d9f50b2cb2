//! How a key is used.

use leptos::prelude::*;

use super::examples::Examples;
use super::snippet::VARIABLE;
use super::store::Keys;
use crate::components::ui::dialog::Dialog;
use crate::routes::api;

/// What an administrator has to write down before keys can do anything.
const CONFIGURATION: &str = "[api]\nenabled = true\nallowed_endpoints = [\"/api/chat\", \"/api/threads/**\"]";

/// The dialog behind "How to use it".
#[component]
pub fn UsageDialog(
    /// The keys.
    keys: Keys,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open title="How to use a key">
            <div class="flex flex-col gap-4 text-sm">
                {move || content(keys)}
                <p>
                    <a class="font-medium text-accent underline underline-offset-2" href=api::REFERENCE>
                        "API reference"
                    </a>
                    <span class="text-muted">": every call, with what it takes and gives"</span>
                </p>
            </div>
        </Dialog>
    }
    .into_any()
}

fn content(keys: Keys) -> AnyView {
    let about = keys.about.get();
    if about.endpoints.is_empty() {
        return view! {
            <p class="text-ink-soft">
                "Keys can't call anything yet: no endpoint is open to them. The administrator lists the endpoints in "
                <code class="font-mono">"latchkey.toml"</code> " and restarts the server:"
            </p>
            <pre
                class="overflow-x-auto rounded-lg bg-sunken px-3.5 py-3 font-mono text-[0.78rem] leading-relaxed"
                tabindex="0"
                role="region"
                aria-label="Configuration"
            >
                <code>{CONFIGURATION}</code>
            </pre>
        }
        .into_any();
    }
    let Some(example) = about.example else {
        return view! {
            <p class="text-ink-soft">"A request carries the key in its header:"</p>
            <pre class="overflow-x-auto rounded-lg bg-sunken px-3.5 py-3 font-mono text-[0.78rem]">
                <code>"Authorization: Bearer $" {VARIABLE}</code>
            </pre>
            <Endpoints endpoints=about.endpoints />
        }
        .into_any();
    };
    let stream = example.stream;
    view! {
        <p class="text-ink-soft">
            "A request carries the key in its header. Keep the key in an environment variable, here "
            <code class="font-mono whitespace-nowrap">{VARIABLE}</code> ", rather than in the program."
        </p>
        <Examples id="usage" example />
        {stream
            .then(|| {
                view! {
                    <p class="text-ink-soft">
                        "The answer arrives as server-sent events: "
                        <code class="font-mono">"thread"</code> ", " <code class="font-mono">"start"</code> ", one "
                        <code class="font-mono">"delta"</code> " for each piece of text, and "
                        <code class="font-mono">"done"</code> "."
                    </p>
                }
            })}
        <Endpoints endpoints=about.endpoints />
    }
    .into_any()
}

/// What keys may call.
#[component]
pub fn Endpoints(
    /// The patterns.
    endpoints: Vec<String>,
) -> impl IntoView {
    let chips = endpoints
        .into_iter()
        .map(|endpoint| {
            view! {
                <code class="rounded bg-sunken px-1.5 py-0.5 font-mono break-all">{endpoint}</code>
            }
        })
        .collect_view();
    view! {
        <p class="flex flex-wrap items-center gap-1.5 text-xs text-muted">
            <span>"Keys may call"</span>
            {chips}
        </p>
    }
    .into_any()
}
