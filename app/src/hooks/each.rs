//! Lists whose rows come, go and move: Leptos' `<For>`, compiled once for all lists instead of once for each.

use std::sync::Arc;

use leptos::prelude::*;

struct Row {
    key: String,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// A row for each item. A row is made once and stays as long as there is an item with its key.
pub(crate) fn each<T: Send + 'static>(
    items: impl Fn() -> Vec<T> + Send + 'static,
    key: impl Fn(&T) -> String + Send + 'static,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let view = Arc::new(view);
    rows(Box::new(move || {
        let row = |item: T| {
            let view = Arc::clone(&view);
            Row {
                key: key(&item),
                view: Box::new(move || view(item)),
            }
        };
        items().into_iter().map(row).collect()
    }))
}

fn rows(rows: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! { <For each=rows key=|row| row.key.clone() children=|row| (row.view)() /> }.into_any()
}
