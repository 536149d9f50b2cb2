//! What a document says, passage by passage.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::documents::{Document, DocumentPassage};

use crate::components::teams::why;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::dialog::Dialog;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::ErrorState;
use crate::hooks::each::each;
use crate::hooks::reactive::memo;
use crate::server_fns::documents::document_passages;

/// The dialog; it shows the document that is read.
#[component]
pub fn Passages(
    /// The document.
    reading: RwSignal<Option<Document>>,
) -> impl IntoView {
    let open = memo(move || reading.with(Option::is_some));
    let close = Callback::new(move |()| reading.set(None));
    let title = Signal::derive(move || {
        reading.with(|reading| {
            reading
                .as_ref()
                .map_or_else(String::new, |document| document.title.clone())
        })
    });
    view! {
        <Dialog open=(Signal::from(open), close) title>
            {move || reading.get().map(|document| content(document.id))}
        </Dialog>
    }
    .into_any()
}

fn content(id: String) -> AnyView {
    let id = StoredValue::new(id);
    let rows = RwSignal::new(Vec::<DocumentPassage>::new());
    let (cursor, busy) = (RwSignal::new(None::<String>), RwSignal::new(true));
    let error = RwSignal::new(None::<String>);
    let load = move || {
        let from = cursor.get_untracked();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = document_passages(id.try_get_value().unwrap_or_default(), from).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(page) => {
                    cursor.set(page.next_cursor);
                    rows.update(|rows| rows.extend(page.passages));
                }
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    load();
    let first = memo(move || busy.get() && rows.with(Vec::is_empty));
    view! {
        <div class="max-h-[70dvh] overflow-y-auto" tabindex="0">
            <Show when=move || first.get()>
                <Skeleton class="h-24 w-full" />
            </Show>
            <ol class="flex flex-col gap-2 text-sm">
                {each(
                    move || rows.get(),
                    |passage| passage.number.to_string(),
                    |passage| {
                        view! {
                            <li class="rounded-lg bg-sunken px-3 py-2 break-words whitespace-pre-wrap" dir="auto">
                                {passage.text}
                            </li>
                        }
                            .into_any()
                    },
                )}
            </ol>
            {move || error.get().map(|message| view! { <ErrorState message on_retry=move |()| load() /> })}
            <Show when=move || cursor.with(Option::is_some)>
                <div class="mt-3 flex justify-center">
                    <Button
                        kind=ButtonKind::Secondary
                        size=ButtonSize::Small
                        busy
                        on_click=move |()| load()
                    >
                        "Show more"
                    </Button>
                </div>
            </Show>
        </div>
    }
    .into_any()
}
