//! Taking a file in: it is sent, and what becomes of it is shown while it goes on.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{File, HtmlInputElement, XmlHttpRequest};
use serde::Deserialize;
use types::archive::{Counted, ImportProgress, ImportReport, ImportSource, SettingsImport, Skipped};

use super::{count, why};
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::alert::{Alert, AlertKind};
use crate::components::ui::bar::bar;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::dialog::{Dialog, DialogButtons};
use crate::components::ui::switch::Switch;
use crate::hooks::numbers::grouped;
use crate::hooks::reactive::{effect, memo};
use crate::hooks::sending::{Answer, Sending, size};
use crate::routes::api;
use crate::server_fns::Failure;
use crate::server_fns::settings::longest_import;
use crate::wire;

/// Where an import is.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    /// No file is chosen.
    Choosing,
    /// So many hundredths of it are sent.
    Sending(u32),
    /// It is there, and being read.
    Reading(ImportProgress),
    Done(Box<ImportReport>),
    /// Why not.
    Failed(String),
    /// The person has stopped it.
    Stopped,
}

impl Stage {
    fn is_running(&self) -> bool {
        matches!(self, Self::Sending(_) | Self::Reading(_))
    }
}

/// A dialog that takes a file in.
#[component]
pub fn Importing(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Called when something was imported: whether the settings are other ones now.
    on_done: Callback<bool>,
) -> impl IntoView {
    let stage = RwSignal::new(Stage::Choosing);
    let guard = Callback::new(move |()| !stage.with_untracked(Stage::is_running));
    view! {
        <Dialog open title="Import" guard>
            <Content open stage on_done />
        </Dialog>
    }
    .into_any()
}

/// What is in the dialog; anew each time it opens.
#[component]
fn Content(open: RwSignal<bool>, stage: RwSignal<Stage>, on_done: Callback<bool>) -> impl IntoView {
    let sending = StoredValue::new_local(None::<Sending>);
    let (name, settings) = (RwSignal::new(String::new()), RwSignal::new(true));
    let most = RwSignal::new(None::<u64>);
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        spawn_local(async move {
            if let Ok(bytes) = longest_import().await {
                _ = most.try_set(Some(bytes));
            }
        });
    });
    stage.set(Stage::Choosing);
    on_cleanup(move || _ = sending.try_update_value(Option::take));

    let begin = move || {
        let chosen = input.get_untracked().and_then(|input| {
            let input: HtmlInputElement = input.unchecked_into();
            let file = input.files()?.get(0);
            // The same file can be chosen again.
            input.set_value("");
            file
        });
        let Some(file) = chosen else { return };
        name.set(file.name());
        let bytes = bytes_of(&file);
        if let Some(most) = most.get_untracked().filter(|most| bytes > *most) {
            let text = [
                "This file has ",
                &size(bytes),
                "; at most ",
                &size(most),
                " can be imported here.",
            ];
            stage.set(Stage::Failed(text.concat()));
            return;
        }
        stage.set(Stage::Sending(0));
        let keep = !settings.get_untracked();
        sending.set_value(send(&file, keep, stage, on_done));
    };
    let stop = move |()| {
        sending.update_value(|sending| drop(sending.take()));
        stage.set(Stage::Stopped);
    };
    let choose = move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    // What changes while it goes on changes in place: the button to stop it keeps the focus.
    let phase = memo(move || stage.with(std::mem::discriminant));
    let view = move || {
        // Read and not only followed: a memo that nobody reads is never made.
        _ = phase.get();
        match stage.get_untracked() {
            Stage::Choosing => choosing(settings),
            Stage::Sending(_) | Stage::Reading(_) => running(stage, name),
            Stage::Done(report) => done(*report),
            Stage::Failed(message) => view! { <Alert message /> }.into_any(),
            Stage::Stopped => view! {
                <Alert
                    kind=AlertKind::Info
                    message="Stopped. What was imported by then stays; importing the file again goes on from there."
                />
            }
            .into_any(),
        }
    };
    let buttons = move || {
        _ = phase.get();
        match stage.get_untracked() {
            Stage::Choosing => view! {
                <Button kind=ButtonKind::Secondary on_click=move |()| open.set(false)>
                    "Cancel"
                </Button>
                <Button on_click=choose>"Choose a file"</Button>
            }
            .into_any(),
            Stage::Sending(_) | Stage::Reading(_) => view! {
                <Button kind=ButtonKind::Secondary on_click=stop>
                    "Stop"
                </Button>
            }
            .into_any(),
            Stage::Done(_) => view! { <Button on_click=move |()| open.set(false)>"Done"</Button> }.into_any(),
            Stage::Failed(_) | Stage::Stopped => view! {
                <Button kind=ButtonKind::Secondary on_click=move |()| open.set(false)>
                    "Close"
                </Button>
                <Button on_click=choose>"Choose another file"</Button>
            }
            .into_any(),
        }
    };
    view! {
        <div class="space-y-4">
            <input
                node_ref=input
                type="file"
                accept=".zip,.json,application/zip,application/json"
                aria-label="File to import"
                class="hidden"
                on:change=move |_| begin()
            />
            {view}
            <DialogButtons>{buttons}</DialogButtons>
        </div>
    }
    .into_any()
}

fn choosing(settings: RwSignal<bool>) -> AnyView {
    view! {
        <div class="space-y-3 text-sm text-ink-soft">
            <p>
                "Choose an archive that was exported from Latchkey, or what ChatGPT sent you: the whole archive, or the "
                <code class="font-mono text-xs">"conversations.json"</code> " in it."
            </p>
            <p>"What is there already stays as it is, so importing a file twice changes nothing."</p>
            <div class="flex items-center justify-between gap-6 border-t border-line pt-3">
                <div>
                    <div class="font-medium text-ink">"Take over the settings"</div>
                    <p id="import-settings-help" class="text-xs text-muted">
                        "Name, instructions, theme and the like become those in the archive."
                    </p>
                </div>
                <Switch
                    label="Take over the settings"
                    described_by="import-settings-help"
                    checked=settings
                    on_change=move |on| settings.set(on)
                />
            </div>
        </div>
    }
    .into_any()
}

fn running(stage: RwSignal<Stage>, name: RwSignal<String>) -> AnyView {
    let percent = memo(move || {
        stage.with(|stage| match stage {
            Stage::Sending(percent) => *percent,
            Stage::Reading(progress) => progress.percent,
            _ => 0,
        })
    });
    let what = memo(move || {
        stage.with(|stage| {
            if matches!(stage, Stage::Sending(_)) {
                "Sending"
            } else {
                "Importing"
            }
        })
    });
    let so_far = move || {
        stage.with(|stage| match stage {
            Stage::Reading(progress) if progress.threads > 0 => {
                let (threads, messages) = (number(progress.threads, "chat"), number(progress.messages, "message"));
                [&threads, " with ", &messages, " so far"].concat()
            }
            _ => String::new(),
        })
    };
    view! {
        <div>
            <p class="flex items-baseline justify-between gap-4 text-sm">
                <span class="min-w-0 truncate" role="status">
                    {what}
                    " "
                    {name}
                </span>
                <span class="shrink-0 text-muted tabular-nums">{percent} " %"</span>
            </p>
            <div
                class="mt-2"
                role="progressbar"
                aria-label="Progress of the import"
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || percent.get().to_string()
            >
                {move || bar(percent.get().into(), "h-2 fill-accent")}
            </div>
            <p class="mt-2 min-h-4 text-xs text-muted">{so_far}</p>
        </div>
    }
    .into_any()
}

/// What became of the file.
fn done(report: ImportReport) -> AnyView {
    let nothing = report.imported == Counted::default() && report.settings != SettingsImport::Restored;
    let (kind, headline) = if nothing {
        (AlertKind::Info, "There was nothing new in this file.".to_owned())
    } else {
        let mut all = parts(report.imported, true);
        if report.settings == SettingsImport::Restored {
            all.push("your settings".to_owned());
        }
        (AlertKind::Ok, listed(&all) + " imported.")
    };
    let existing = parts(report.existing, false);
    let existing = (!existing.is_empty()).then(|| {
        let text = listed(&existing) + " there already.";
        view! { <p class="text-sm text-ink-soft">{text}</p> }
    });
    let source = (report.source == ImportSource::Chatgpt && !nothing).then(|| {
        view! {
            <p class="text-xs text-muted">
                "From ChatGPT the branch of each chat that you saw last was taken. Pictures and files are not in its export; their places are marked."
            </p>
        }
    });
    let skipped = (report.skipped_count > 0).then(|| skipped(report.skipped_count, report.skipped));
    view! {
        <div class="space-y-3">
            <Alert kind message=headline />
            {existing}
            {skipped}
            {source}
        </div>
    }
    .into_any()
}

fn skipped(total: u32, skipped: Vec<Skipped>) -> AnyView {
    let more = usize::try_from(total).unwrap_or(0).saturating_sub(skipped.len());
    let rows = skipped
        .into_iter()
        .map(|Skipped { name, reason, .. }| {
            let name = if name.is_empty() {
                "Without a name".to_owned()
            } else {
                name
            };
            view! {
                <li class="py-2">
                    <div class="font-medium wrap-anywhere text-ink">{name}</div>
                    <div class="wrap-anywhere">{reason}</div>
                </li>
            }
        })
        .collect_view();
    let more = (more > 0).then(|| view! { <li class="py-2">{"And " .to_owned() + &more.to_string() + " more."}</li> });
    view! {
        <details class="group rounded-lg border border-line text-sm">
            <summary class="flex cursor-pointer list-none items-center gap-2 rounded-lg px-3 py-2.5 text-warn">
                <Glyph icon=Icon::Warning />
                <span class="font-medium">{number(total, "thing") + " skipped"}</span>
                <span class="ml-auto text-muted transition-transform group-open:rotate-90">
                    <Glyph icon=Icon::ChevronRight />
                </span>
            </summary>
            <ul
                tabindex="0"
                aria-label="What was skipped"
                class="max-h-56 divide-y divide-line overflow-y-auto border-t border-line px-3 text-xs text-muted"
            >
                {rows}
                {more}
            </ul>
        </details>
    }
    .into_any()
}

/// "12 chats with 340 messages", "2 projects" and so on, where there are any.
fn parts(counted: Counted, with_messages: bool) -> Vec<String> {
    let Counted {
        threads,
        messages,
        projects,
        documents,
        templates,
    } = counted;
    let mut parts = Vec::new();
    if threads > 0 {
        let chats = number(threads, "chat");
        parts.push(if with_messages {
            [&chats, " with ", &number(messages, "message")].concat()
        } else {
            chats
        });
    }
    for (many, one) in [(projects, "project"), (documents, "document"), (templates, "template")] {
        if many > 0 {
            parts.push(number(many, one));
        }
    }
    parts
}

/// "1 chat", "12,345 chats".
fn number(number: u32, one: &str) -> String {
    match number {
        0..1_000 => count(number, one),
        _ => [&grouped(number.into()), " ", one, "s"].concat(),
    }
}

/// "a", "a and b", "a, b and c".
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => [&first.join(", "), " and ", last].concat(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size of a file is whole"
)]
fn bytes_of(file: &File) -> u64 {
    file.size() as u64
}

/// Sends a file, and follows what becomes of it.
fn send(file: &File, keep_settings: bool, stage: RwSignal<Stage>, on_done: Callback<bool>) -> Option<Sending> {
    let url = if keep_settings {
        [api::IMPORT, "?settings=keep"].concat()
    } else {
        api::IMPORT.to_owned()
    };
    let is_json = file.name().to_lowercase().ends_with(".json");
    let kind = if is_json { "application/json" } else { "application/zip" };
    let sent = move |percent| {
        _ = stage.try_set(if percent < 100 {
            Stage::Sending(percent)
        } else {
            Stage::Reading(ImportProgress::default())
        });
    };
    let read = StoredValue::new(0_usize);
    let heard = move |answer: &Answer, last: bool| {
        let text = answer.text();
        // An event is over where an empty line is; what comes after the last one is still on its way.
        while answer.status() == 200
            && let Some(rest) = text.get(read.get_value()..)
            && let Some((event, _)) = rest.split_once("\n\n")
        {
            read.update_value(|read| *read += event.len() + 2);
            hear(event, stage, on_done);
        }
        if !last || !stage.try_with_untracked(Stage::is_running).unwrap_or_default() {
            return;
        }
        let failure: Option<Failure> = match answer.status() {
            200 => None,
            _ => wire::read(&text).ok(),
        };
        let message = failure.map_or_else(
            || "The connection was lost. What was imported by then stays; try again.".to_owned(),
            |failure| why(&failure),
        );
        _ = stage.try_set(Stage::Failed(message));
    };
    let send = |request: &XmlHttpRequest| {
        request.set_request_header("content-type", kind)?;
        request.set_request_header("accept", "text/event-stream")?;
        request.send_with_opt_blob(Some(file))
    };
    Sending::post(&url, &send, Box::new(sent), heard)
}

#[derive(Deserialize)]
struct Finished {
    report: ImportReport,
}

#[derive(Deserialize)]
struct Broken {
    error: String,
}

/// Takes an event of the stream.
fn hear(event: &str, stage: RwSignal<Stage>, on_done: Callback<bool>) {
    let field = |name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::trim_start)
    };
    let Some(data) = field("data:") else { return };
    let next = match field("event:") {
        Some("progress") => wire::read(data).ok().map(Stage::Reading),
        Some("done") => {
            let report = wire::read::<Finished>(data).ok().map(|finished| finished.report);
            if let Some(report) = &report {
                on_done.run(report.settings == SettingsImport::Restored);
            }
            report.map(|report| Stage::Done(Box::new(report)))
        }
        Some("error") => wire::read::<Broken>(data)
            .ok()
            .map(|broken| Stage::Failed(broken.error)),
        _ => None,
    };
    if let Some(next) = next {
        _ = stage.try_set(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_a_sentence() {
        let counted = |threads, messages, projects, documents, templates| Counted {
            threads,
            messages,
            projects,
            documents,
            templates,
        };
        for (counted, with_messages, said) in [
            (
                counted(12, 340, 2, 7, 1),
                true,
                "12 chats with 340 messages, 2 projects, 7 documents and 1 template",
            ),
            (counted(1, 1, 0, 0, 0), true, "1 chat with 1 message"),
            (counted(12_345, 0, 0, 0, 3), false, "12,345 chats and 3 templates"),
            (counted(0, 0, 0, 0, 0), true, ""),
        ] {
            assert_eq!(listed(&parts(counted, with_messages)), said);
        }
    }
}
