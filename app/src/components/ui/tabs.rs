//! Several views of one thing, one at a time.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// A row of tabs and the panel under it. The arrow keys, Home and End choose; Tab goes on to the panel.
#[component]
pub fn Tabs(
    /// What the tabs are views of; the row's name.
    label: &'static str,
    /// Makes the ids.
    id: &'static str,
    /// The words of the tabs.
    tabs: Vec<&'static str>,
    /// Which one is chosen, from 0.
    selected: RwSignal<usize>,
    /// The panel. It looks at `selected` by itself.
    children: Children,
) -> impl IntoView {
    let row = NodeRef::<Div>::new();
    let count = tabs.len();
    let choose = move |tab: usize| {
        selected.set(tab);
        let tab = row
            .get_untracked()
            .and_then(|row| row.children().item(u32::try_from(tab).unwrap_or_default()))
            .and_then(|tab| tab.dyn_into::<HtmlElement>().ok());
        if let Some(tab) = tab {
            _ = tab.focus();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let now = selected.get_untracked();
        let tab = match event.key().as_str() {
            "ArrowRight" => (now + 1) % count,
            "ArrowLeft" => (now + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        choose(tab);
    };
    let panel_id = id.to_owned() + "-panel";
    let tab_id = move |tab: usize| id.to_owned() + "-tab-" + &tab.to_string();
    let tabs = tabs
        .into_iter()
        .enumerate()
        .map(|(tab, words)| {
            let chosen = move || selected.get() == tab;
            view! {
                <button
                    type="button"
                    role="tab"
                    id=tab_id(tab)
                    aria-controls=panel_id.clone()
                    aria-selected=move || chosen().to_string()
                    tabindex=move || if chosen() { "0" } else { "-1" }
                    class="-mb-px cursor-pointer border-b-2 border-transparent pb-2 whitespace-nowrap text-muted hover:text-ink pointer-coarse:min-w-11 focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:font-medium aria-selected:text-ink pointer-coarse:min-h-11"
                    on:click=move |_| choose(tab)
                >
                    {words}
                </button>
            }
        })
        .collect_view();
    view! {
        <div>
            <div
                node_ref=row
                role="tablist"
                aria-label=label
                class="flex gap-4 overflow-x-auto overflow-y-hidden border-b border-line text-sm"
                on:keydown=on_key
            >
                {tabs}
            </div>
            <div
                role="tabpanel"
                id=panel_id.clone()
                aria-labelledby=move || tab_id(selected.get())
                class="mt-3"
            >
                {children()}
            </div>
        </div>
    }
    .into_any()
}
