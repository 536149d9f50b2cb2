//! Files on their way into a project: chosen or dropped, sent one after the other, each in a row that says how it does.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{DragEvent, Event, File, FileList, FormData, HtmlElement};

use super::page::Place;
use crate::components::icons::{Glyph, Icon};
use crate::components::teams::why;
use crate::components::ui::bar::bar;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton};
use crate::hooks::each::each;
use crate::hooks::listen::listen;
use crate::hooks::reactive::{effect, memo};
use crate::hooks::sending::{Answer, Sending};
use crate::routes::api;
use crate::server_fns::Failure;
use crate::wire;

/// The files on their way.
#[derive(Clone, Copy)]
pub struct Adding {
    place: Place,
    rows: RwSignal<Vec<Row>>,
    /// What only the browser has.
    held: Option<StoredValue<Held, LocalStorage>>,
    /// What was just added, for who does not see it appear.
    said: RwSignal<String>,
    /// Whether files are held over the page.
    over: RwSignal<bool>,
    /// Called when one is there.
    added: Callback<()>,
}

#[derive(Default)]
struct Held {
    files: Vec<(usize, File)>,
    sending: Option<Sending>,
    count: usize,
}

#[derive(Clone)]
struct Row {
    key: usize,
    name: String,
    stage: ArcRwSignal<Stage>,
}

#[derive(Clone, PartialEq)]
enum Stage {
    Waiting,
    /// So many hundredths are sent.
    Sending(u32),
    /// It is sent, and being read.
    Reading,
    /// Why it could not be added.
    Failed(String),
    Stopped,
}

impl Adding {
    /// None yet; `added` is called for each that is there.
    pub fn new(place: Place, added: Callback<()>) -> Self {
        let held = (!cfg!(feature = "ssr")).then(|| StoredValue::new_local(Held::default()));
        let adding = Self {
            place,
            rows: RwSignal::new(Vec::new()),
            held,
            said: RwSignal::new(String::new()),
            over: RwSignal::new(false),
            added,
        };
        if let Some(held) = held {
            on_cleanup(move || _ = held.try_update_value(std::mem::take));
        }
        adding
    }

    /// Takes files in.
    pub fn take(self, files: &FileList) {
        let Some(held) = self.held else { return };
        let rows = held.try_update_value(|held| {
            let mut rows = Vec::new();
            for file in (0..files.length()).filter_map(|at| files.get(at)) {
                let key = held.count;
                held.count += 1;
                rows.push(Row {
                    key,
                    name: file.name(),
                    stage: ArcRwSignal::new(Stage::Waiting),
                });
                held.files.push((key, file));
            }
            rows
        });
        self.rows.update(|all| all.extend(rows.unwrap_or_default()));
        self.next();
    }

    /// Takes in what is dropped anywhere on the page, as long as the page is there.
    fn hear_drops(self, writable: Memo<bool>) {
        let Some(held) = self.held else { return };
        let drag = move |event: Event| -> Option<DragEvent> {
            let event: DragEvent = event.unchecked_into();
            let types = event.data_transfer()?.types();
            let files = types.iter().any(|kind| kind.as_string().as_deref() == Some("Files"));
            (files && held.try_with_value(|_| ()).is_some() && writable.try_get_untracked()?).then(|| {
                // Else the browser opens them in place of the page.
                event.prevent_default();
                event
            })
        };
        let over = move |event| {
            if drag(event).is_some() && !self.over.get_untracked() {
                self.over.set(true);
            }
        };
        let left = move |event: Event| {
            let event: DragEvent = event.unchecked_into();
            // Into nothing: out of the window.
            if event.related_target().is_none() {
                _ = self.over.try_set(false);
            }
        };
        let dropped = move |event| {
            if let Some(event) = drag(event) {
                self.over.set(false);
                if let Some(files) = event.data_transfer().and_then(|held| held.files()) {
                    self.take(&files);
                }
            }
        };
        effect(move || {
            StoredValue::new_local([
                listen(&window(), "dragover", false, Box::new(over)),
                listen(&window(), "dragleave", false, Box::new(left)),
                listen(&window(), "drop", false, Box::new(dropped)),
            ]);
        });
    }

    fn row(self, key: usize) -> Option<Row> {
        self.rows
            .try_with_untracked(|rows| rows.iter().find(|row| row.key == key).cloned())?
    }

    /// Sends the next one that waits, unless one is on its way.
    fn next(self) {
        let next = self.rows.try_with_untracked(|rows| {
            let is = |row: &Row, wanted: fn(&Stage) -> bool| row.stage.with_untracked(wanted);
            let busy = rows
                .iter()
                .any(|row| is(row, |stage| matches!(stage, Stage::Sending(_) | Stage::Reading)));
            let next = rows.iter().find(|row| is(row, |stage| *stage == Stage::Waiting));
            next.filter(|_| !busy).cloned()
        });
        let Some(row) = next.flatten() else { return };
        let Some(held) = self.held else { return };
        row.stage.set(Stage::Sending(0));
        let file = held.try_with_value(|held| {
            let file = held.files.iter().find(|(key, _)| *key == row.key);
            file.map(|(_, file)| file.clone())
        });
        let sending = file.flatten().and_then(|file| self.send(&row, &file));
        if sending.is_none() {
            row.stage.set(Stage::Failed("This browser can't send it.".to_owned()));
            self.next();
            return;
        }
        _ = held.try_update_value(|held| held.sending = sending);
    }

    fn send(self, row: &Row, file: &File) -> Option<Sending> {
        let form = FormData::new().ok()?;
        form.append_with_str("projectId", &self.place.id()).ok()?;
        form.append_with_blob_and_filename("file", file, &row.name).ok()?;
        let stage = row.stage.clone();
        let sent = move |percent| {
            stage.set(if percent < 100 {
                Stage::Sending(percent)
            } else {
                Stage::Reading
            });
        };
        let key = row.key;
        let heard = move |answer: &Answer, last: bool| {
            if last {
                self.end(key, answer);
            }
        };
        Sending::post(
            api::DOCUMENTS,
            &|request| request.send_with_opt_form_data(Some(&form)),
            Box::new(sent),
            heard,
        )
    }

    /// Takes in that one is there, or why it isn't.
    fn end(self, key: usize, answer: &Answer) {
        let Some(row) = self.row(key) else { return };
        if matches!(answer.status(), 200 | 201) {
            // Its row goes, and with it what may have the focus.
            let focused = document().active_element();
            let row_id = ["#", &row_id(key)].concat();
            if focused.is_some_and(|element| matches!(element.closest(&row_id), Ok(Some(_)))) {
                to_heading();
            }
            self.said.set(row.name + " was added");
            self.dismiss(key);
            self.added.run(());
        } else {
            let failure: Option<Failure> = wire::read(&answer.text()).ok();
            let lost = || "The connection was lost.".to_owned();
            let problem = failure.map_or_else(lost, |failure| why(&failure));
            row.stage.set(Stage::Failed(problem));
        }
        self.next();
    }

    fn stop(self, row: &Row) {
        if row.stage.with_untracked(|stage| *stage != Stage::Waiting)
            && let Some(held) = self.held
        {
            _ = held.try_update_value(|held| held.sending.take());
        }
        row.stage.set(Stage::Stopped);
        self.next();
    }

    fn dismiss(self, key: usize) {
        self.rows.update(|rows| rows.retain(|row| row.key != key));
        if let Some(held) = self.held {
            _ = held.try_update_value(|held| held.files.retain(|(held, _)| *held != key));
        }
    }

    /// Their rows, and where they can be dropped.
    pub fn view(self, writable: Memo<bool>) -> AnyView {
        self.hear_drops(writable);
        let none = move || self.rows.with(Vec::is_empty);
        view! {
            <p class="sr-only" role="status">
                {self.said}
            </p>
            <Show when=move || self.over.get()>
                <p class="mb-3 rounded-xl border-2 border-dashed border-accent px-4 py-6 text-center text-sm font-medium text-ink">
                    "Drop to add to this project"
                </p>
            </Show>
            <ul
                aria-label="Files on their way"
                class="mb-3 flex flex-col gap-1 rounded-xl border border-line p-1.5"
                class:hidden=none
            >
                {each(move || self.rows.get(), |row| row.key.to_string(), move |row| self.line(row))}
            </ul>
        }
        .into_any()
    }

    fn line(self, row: Row) -> AnyView {
        let says = {
            let stage = row.stage.clone();
            move || match stage.get() {
                Stage::Waiting => view! { <span class="text-muted">"Waiting"</span> }.into_any(),
                Stage::Sending(percent) => view! {
                    <span class="text-muted tabular-nums">{["Sending, ", &percent.to_string(), " %"].concat()}</span>
                    {bar(percent.into(), "mt-1 h-1 fill-accent")}
                }
                .into_any(),
                Stage::Reading => view! { <span class="text-muted">"Reading…"</span> }.into_any(),
                Stage::Failed(problem) => view! {
                    <span role="alert" class="break-words text-danger">
                        {problem}
                    </span>
                }
                .into_any(),
                Stage::Stopped => view! { <span class="text-muted">"Stopped"</span> }.into_any(),
            }
        };
        let ended = {
            let stage = row.stage.clone();
            memo(move || stage.with(|stage| matches!(stage, Stage::Failed(_) | Stage::Stopped)))
        };
        let (key, name) = (row.key, row.name.clone());
        let act = move |()| {
            if ended.get_untracked() {
                row.stage.set(Stage::Waiting);
                self.next();
            } else {
                self.stop(&row);
            }
        };
        let label = ["Dismiss ", &name].concat();
        view! {
            <li id=row_id(key) class="flex items-center gap-3 px-3 py-1.5">
                <span class="text-muted">
                    <Glyph icon=Icon::File />
                </span>
                <div class="min-w-0 flex-1">
                    <span class="block truncate text-sm font-medium">{name}</span>
                    <span class="block text-xs">{says}</span>
                </div>
                <Button kind=ButtonKind::Secondary size=ButtonSize::Small on_click=act>
                    {move || if ended.get() { "Try again" } else { "Stop" }}
                </Button>
                {move || {
                    let label = label.clone();
                    ended
                        .get()
                        .then(|| {
                            let on_click = move |()| {
                                self.dismiss(key);
                                to_heading();
                            };
                            view! { <IconButton icon=Icon::Close label on_click /> }
                        })
                }}
            </li>
        }
        .into_any()
    }
}

fn row_id(key: usize) -> String {
    "adding-".to_owned() + &key.to_string()
}

/// Gives the focus a place when what had it is gone.
fn to_heading() {
    let heading = document().get_element_by_id("project-documents");
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        _ = heading.focus();
    }
}
