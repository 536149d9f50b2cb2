//! The documents of a project: what there is, adding to it, reading it, and taking something away.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlInputElement;
use types::documents::{Document, DocumentKind, DocumentList};

use super::adding::Adding;
use super::page::Place;
use super::passages::Passages;
use crate::components::icons::{Glyph, Icon};
use crate::components::teams::why;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::card::CARD;
use crate::components::ui::confirm::Confirm;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::hooks::each::each;
use crate::hooks::reactive::{effect, memo};
use crate::hooks::sending::size;
use crate::server_fns::documents::{delete_document, project_documents};

/// What file choosers offer. What a file is shows when it is read.
const KINDS: &str = ".txt,.md,.markdown,.html,.htm,.pdf,.docx,text/*,application/pdf";

/// The documents on the page.
#[derive(Clone, Copy)]
struct Documents {
    place: Place,
    rows: RwSignal<Vec<Document>>,
    cursor: RwSignal<Option<String>>,
    state: RwSignal<State>,
    /// Counts what was asked for: only the newest answer counts.
    asked: StoredValue<u32>,
}

#[derive(Clone, PartialEq)]
enum State {
    Waiting,
    Failed(String),
    Here,
}

impl Documents {
    /// Fetches the first page anew, or the next one.
    fn load(self, from: Option<String>) {
        let asked = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        spawn_local(async move {
            let answer = project_documents(self.place.id(), from.clone()).await;
            if self.asked.try_get_value() != asked {
                return;
            }
            match answer {
                Ok(DocumentList { documents, next_cursor }) => {
                    let there_are_more = next_cursor.is_some();
                    let mut goes_on = Some(next_cursor);
                    _ = self.rows.try_update(|rows| {
                        let mut older = Vec::new();
                        if from.is_none() {
                            older = std::mem::take(rows);
                            // Whoever has gone on to older ones keeps them, and their place.
                            let last = documents.last().filter(|_| there_are_more);
                            older.retain(|row| last.is_some_and(|last| is_older(row, last)));
                        }
                        rows.extend(documents);
                        if !older.is_empty() {
                            goes_on = None;
                            rows.extend(older);
                        }
                    });
                    if let Some(cursor) = goes_on {
                        _ = self.cursor.try_set(cursor);
                    }
                    _ = self.state.try_set(State::Here);
                }
                Err(failure) if self.state.try_get_untracked() == Some(State::Waiting) => {
                    _ = self.state.try_set(State::Failed(why(&failure)));
                }
                Err(failure) => self.place.toasts.fail(why(&failure)),
            }
        });
    }
}

/// Whether a document comes after another in the list, newest first.
fn is_older(one: &Document, other: &Document) -> bool {
    (&one.created_at, &one.id) < (&other.created_at, &other.id)
}

/// The section.
#[component]
pub fn DocumentsOf(
    /// The project on the page.
    place: Place,
) -> impl IntoView {
    let all = Documents {
        place,
        rows: RwSignal::new(Vec::new()),
        cursor: RwSignal::new(None),
        state: RwSignal::new(State::Waiting),
        asked: StoredValue::new(0),
    };
    // News of the project may be news of its documents.
    effect(move || {
        _ = place.read(|_| ());
        all.load(None);
    });
    let adding = Adding::new(place, Callback::new(move |()| all.load(None)));
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let input: HtmlInputElement = input.unchecked_into();
        if let Some(files) = input.files() {
            adding.take(&files);
        }
        // The same file can be chosen again.
        input.set_value("");
    };
    let choose = Callback::new(move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    });
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());
    let empty = memo(move || all.state.get() == State::Here && all.rows.with(Vec::is_empty));
    let add = move || {
        writable.get().then(|| {
            view! {
                <Button kind=ButtonKind::Secondary icon=Icon::Plus on_click=choose>
                    "Add documents"
                </Button>
            }
            .into_any()
        })
    };
    view! {
        <section aria-labelledby="project-documents">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <h2 id="project-documents" tabindex="-1" class="text-sm font-semibold focus:outline-none">
                    "Documents"
                </h2>
                {move || (!empty.get()).then(add)}
            </div>
            <input
                node_ref=input
                type="file"
                multiple
                accept=KINDS
                aria-label="Documents to add"
                class="hidden"
                on:change=chosen
            />
            {adding.view(writable)}
            <div class=[CARD, "p-1.5"].join(" ")>{list(&all, empty, add, writable)}</div>
            <Show when=move || all.cursor.with(Option::is_some)>
                <div class="mt-3 flex justify-center">
                    <Button
                        kind=ButtonKind::Secondary
                        size=ButtonSize::Small
                        on_click=move |()| all.load(all.cursor.get_untracked())
                    >
                        "Show more"
                    </Button>
                </div>
            </Show>
        </section>
    }
    .into_any()
}

fn list(
    all: &Documents,
    empty: Memo<bool>,
    add: impl Fn() -> Option<AnyView> + Copy + Send + 'static,
    writable: Memo<bool>,
) -> AnyView {
    let all = *all;
    let (reading, ending) = (RwSignal::new(None::<Document>), RwSignal::new(None::<Document>));
    let asking = RwSignal::new(false);
    let end = move |document: Document| {
        ending.set(Some(document));
        asking.set(true);
    };
    let state = memo(move || all.state.get());
    let before = move || {
        match state.get() {
        State::Waiting => view! {
            <div class="p-3" aria-busy="true">
                <Skeleton class="h-10 w-full" />
            </div>
        }
        .into_any(),
        State::Failed(message) => {
            view! { <ErrorState message on_retry=move |()| all.load(None) /> }.into_any()
        }
        State::Here if empty.get() => view! {
            <EmptyState
                icon=Icon::File
                title="No documents in this project yet"
                text="Add text, Markdown, HTML, PDF or Word files. What they say on a question goes along with it, and answers cite it."
            >
                {add}
            </EmptyState>
        }
        .into_any(),
        State::Here => ().into_any(),
    }
    };
    let row = move |document: Document| {
        let about = [
            kind(document.kind),
            " · ",
            &size(u64::try_from(document.size_bytes).unwrap_or(0)),
            " · ",
            &passages(document.passage_count),
        ]
        .concat();
        let label = ["Delete ", &document.title].concat();
        let (shown, ended) = (document.clone(), document.clone());
        view! {
            <div class="flex items-center gap-3 rounded-lg px-3 py-2 hover:bg-sunken">
                <span class="text-muted">
                    <Glyph icon=Icon::File />
                </span>
                <button
                    type="button"
                    class="min-w-0 flex-1 cursor-pointer rounded text-left pointer-coarse:min-h-11"
                    on:click=move |_| reading.set(Some(shown.clone()))
                >
                    <span class="block truncate text-sm font-medium">{document.title}</span>
                    <span class="block text-xs text-muted">{about}</span>
                </button>
                {move || {
                    let (label, ended) = (label.clone(), ended.clone());
                    writable
                        .get()
                        .then(|| {
                            view! {
                                <IconButton icon=Icon::Trash label on_click=move |()| end(ended.clone()) />
                            }
                        })
                }}
            </div>
        }
        .into_any()
    };
    view! {
        {before}
        {each(move || all.rows.get(), |document| document.id.clone(), row)}
        <Passages reading />
        {ending_dialog(&all, ending, asking)}
    }
    .into_any()
}

/// Asks before a document is deleted.
fn ending_dialog(all: &Documents, ending: RwSignal<Option<Document>>, open: RwSignal<bool>) -> AnyView {
    let all = *all;
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let go = move |()| {
        let Some(id) = ending.with_untracked(|ending| ending.as_ref().map(|document| document.id.clone())) else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let done = delete_document(id.clone()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(()) => {
                    open.set(false);
                    all.rows.update(|rows| rows.retain(|row| row.id != id));
                    all.place.toasts.show("Document deleted");
                }
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    view! {
        <Confirm
            open
            title="Delete this document?"
            text="What was read in it is gone for good, also among the sources of answers. The answers themselves are kept."
            go_on="Delete document"
            kind=ButtonKind::Danger
            busy
            error
            on_go=go
        />
    }
    .into_any()
}

fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Text => "Text",
        DocumentKind::Markdown => "Markdown",
        DocumentKind::Html => "Web page",
        DocumentKind::Pdf => "PDF",
        DocumentKind::Docx => "Word",
    }
}

fn passages(count: i64) -> String {
    match count {
        1 => "1 passage".to_owned(),
        count => count.to_string() + " passages",
    }
}
