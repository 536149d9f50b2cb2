//! The way to the rest of a list.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use super::button::{Button, ButtonKind, ButtonSize};
use crate::hooks::reactive::effect_after;

/// Fetches the next page of a list and puts it below. With the last page the button goes, and the focus from it to the
/// first row that came.
#[component]
pub fn More(
    /// Whether there is more.
    #[prop(into)]
    when: Signal<bool>,
    /// Whether the next page is on its way.
    #[prop(into)]
    busy: Signal<bool>,
    /// Id of the element whose children are the rows.
    #[prop(into)]
    list: String,
    /// Fetches it.
    #[prop(into)]
    on_more: Callback<()>,
) -> impl IntoView {
    // Rows there were when the button was pressed.
    let before = StoredValue::new(None::<u32>);
    let list = StoredValue::new(list);
    let rows = move || list.try_with_value(|id| document().get_element_by_id(id)).flatten();
    let press = move |()| {
        before.set_value(rows().map(|rows| rows.child_element_count()));
        on_more.run(());
    };
    effect_after(move |shown: Option<bool>| {
        let now = when.get();
        if shown == Some(true) && !now {
            // The rows are drawn first.
            request_animation_frame(move || {
                let Some(before) = before.try_update_value(Option::take).flatten() else {
                    return;
                };
                let lost = document()
                    .active_element()
                    .is_none_or(|active| matches!(&*active.tag_name(), "BODY" | "DIALOG"));
                let first = rows().and_then(|rows| rows.children().item(before));
                if let Some(first) = first
                    .filter(|_| lost)
                    .and_then(|first| first.dyn_into::<HtmlElement>().ok())
                {
                    let inside = first.query_selector("a[href],button:not([disabled])").ok().flatten();
                    match inside.and_then(|inside| inside.dyn_into::<HtmlElement>().ok()) {
                        Some(inside) => _ = inside.focus(),
                        None => {
                            first.set_tab_index(-1);
                            _ = first.focus();
                        }
                    }
                }
            });
        }
        now
    });
    view! {
        <Show when=move || when.get()>
            <div class="mt-3 flex justify-center">
                <Button kind=ButtonKind::Secondary size=ButtonSize::Small busy on_click=press>
                    "Show more"
                </Button>
            </div>
        </Show>
    }
    .into_any()
}
