//! The documents of a project: what there is, adding to it, reading it, and taking something away.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Event, File, FormData, HtmlInputElement, ProgressEvent, XmlHttpRequest};
use types::documents::{Document, DocumentKind};

use super::page::Place;
use super::passages::Passages;
use crate::components::icons::{Glyph, Icon};
use crate::components::settings::importing::{hundredths, size};
use crate::components::teams::why;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::components::ui::card::CARD;
use crate::components::ui::confirm::Confirm;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::hooks::each::each;
use crate::hooks::listen::{Listener, listen};
use crate::hooks::reactive::{effect, memo};
use crate::routes::api;
use crate::server_fns::Failure;
use crate::server_fns::documents::{delete_document, project_documents};
use crate::wire;

/// What file choosers offer. What a file is shows when it is read.
const KINDS: &str = ".txt,.md,.markdown,.html,.htm,.pdf,.docx,text/*,application/pdf";

/// The documents on the page.
#[derive(Clone, Copy)]
struct Documents {
    place: Place,
    rows: RwSignal<Vec<Document>>,
    cursor: RwSignal<Option<String>>,
    state: RwSignal<State>,
    /// Files that are to be sent, one after the other.
    waiting: StoredValue<Vec<File>, LocalStorage>,
    sending: StoredValue<Option<Sending>, LocalStorage>,
    /// The name of the one on its way, and how many hundredths of it are.
    now: RwSignal<Option<(String, u32)>>,
    /// What could not be added, and why.
    failed: RwSignal<Vec<(String, String)>>,
}

#[derive(Clone, PartialEq)]
enum State {
    Waiting,
    Failed(String),
    Here,
}

/// A file on its way. Dropping it stops it.
struct Sending {
    request: XmlHttpRequest,
    _listeners: Vec<Listener>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        _ = self.request.abort();
    }
}

impl Documents {
    /// Fetches the first page anew, or the next one.
    fn load(self, from: Option<String>) {
        spawn_local(async move {
            let answer = project_documents(self.place.id(), from.clone()).await;
            match answer {
                Ok(page) => {
                    _ = self.cursor.try_set(page.next_cursor);
                    _ = self.rows.try_update(|rows| {
                        if from.is_none() {
                            rows.clear();
                        }
                        rows.extend(page.documents);
                    });
                    _ = self.state.try_set(State::Here);
                }
                Err(failure) if self.state.try_get_untracked() == Some(State::Waiting) => {
                    _ = self.state.try_set(State::Failed(why(&failure)));
                }
                Err(failure) => self.place.toasts.fail(why(&failure)),
            }
        });
    }

    /// Sends the next file that waits, unless one is on its way.
    fn next(self) {
        if self.now.try_with_untracked(Option::is_some) != Some(false) {
            return;
        }
        let file = self
            .waiting
            .try_update_value(|waiting| (!waiting.is_empty()).then(|| waiting.remove(0)));
        let Some(file) = file.flatten() else { return };
        self.now.set(Some((file.name(), 0)));
        if let Some(sending) = self.send(&file) {
            self.sending.set_value(Some(sending));
        } else {
            self.over(Some("This browser can't send it.".to_owned()));
        }
    }

    /// Takes in that a file is sent, or why it isn't.
    fn over(self, problem: Option<String>) {
        let Some(now) = self.now.try_get_untracked() else {
            return;
        };
        _ = self.now.try_set(None);
        match (problem, now) {
            (Some(problem), Some((name, _))) => {
                _ = self.failed.try_update(|failed| failed.push((name, problem)));
            }
            _ => self.load(None),
        }
        self.next();
    }

    /// The browser itself reads the file piece by piece.
    fn send(self, file: &File) -> Option<Sending> {
        let form = FormData::new().ok()?;
        form.append_with_str("projectId", &self.place.id()).ok()?;
        form.append_with_blob_and_filename("file", file, &file.name()).ok()?;
        let request = XmlHttpRequest::new().ok()?;
        request.open("POST", api::DOCUMENTS).ok()?;
        let sent = move |event: Event| {
            let event: ProgressEvent = event.unchecked_into();
            let percent = hundredths(event.loaded(), event.total());
            _ = self.now.try_update(|now| {
                if let Some((_, known)) = now {
                    *known = percent;
                }
            });
        };
        let ended = {
            let request = request.clone();
            move |_: Event| {
                let problem = match request.status() {
                    Ok(200 | 201) => None,
                    _ => {
                        let text = request.response_text().ok().flatten().unwrap_or_default();
                        let failure: Option<Failure> = wire::read(&text).ok();
                        let lost = || "The connection was lost. Choose it again.".to_owned();
                        Some(failure.map_or_else(lost, |failure| why(&failure)))
                    }
                };
                self.over(problem);
            }
        };
        let upload = request.upload().ok()?;
        let listeners = vec![
            listen(&upload, "progress", false, Box::new(sent)),
            listen(&request, "loadend", false, Box::new(ended)),
        ];
        request.send_with_opt_form_data(Some(&form)).ok()?;
        Some(Sending {
            request,
            _listeners: listeners,
        })
    }
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
        waiting: StoredValue::new_local(Vec::new()),
        sending: StoredValue::new_local(None),
        now: RwSignal::new(None),
        failed: RwSignal::new(Vec::new()),
    };
    // News of the project may be news of its documents.
    effect(move || {
        _ = place.read(|_| ());
        all.load(None);
    });
    on_cleanup(move || {
        all.waiting.try_update_value(Vec::clear);
        all.sending.try_update_value(Option::take);
    });
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let input: HtmlInputElement = input.unchecked_into();
        if let Some(files) = input.files() {
            all.failed.set(Vec::new());
            all.waiting
                .update_value(|waiting| waiting.extend((0..files.length()).filter_map(|at| files.get(at))));
        }
        // The same file can be chosen again.
        input.set_value("");
        all.next();
    };
    let choose = Callback::new(move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    });
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());
    let busy = memo(move || all.now.with(Option::is_some));
    let empty = memo(move || all.state.get() == State::Here && all.rows.with(Vec::is_empty));
    let add = move || {
        writable.get().then(|| {
            view! {
                <Button kind=ButtonKind::Secondary icon=Icon::Plus busy=busy on_click=choose>
                    "Add documents"
                </Button>
            }
            .into_any()
        })
    };
    view! {
        <section aria-labelledby="project-documents">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <h2 id="project-documents" class="text-sm font-semibold">
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
            {move || progress(&all)}
            {move || failures(&all)}
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

/// The file on its way.
fn progress(all: &Documents) -> Option<AnyView> {
    let (name, percent) = all.now.get()?;
    let what = if percent < 100 {
        ["Sending ", &name, ", ", &percent.to_string(), " %"].concat()
    } else {
        ["Reading ", &name, "…"].concat()
    };
    Some(
        view! {
            <p role="status" class="mb-3 text-sm break-words text-muted">
                {what}
            </p>
        }
        .into_any(),
    )
}

/// What could not be added, and why.
fn failures(all: &Documents) -> Option<AnyView> {
    let failed = all.failed.get();
    (!failed.is_empty()).then(|| {
        let rows = failed
            .into_iter()
            .map(|(name, problem)| {
                view! {
                    <li class="break-words">
                        <span class="font-medium">{name}</span>
                        ": "
                        {problem}
                    </li>
                }
            })
            .collect_view();
        view! {
            <div role="alert" class="mb-3 text-sm text-danger">
                <ul class="flex flex-col gap-1">{rows}</ul>
            </div>
        }
        .into_any()
    })
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
