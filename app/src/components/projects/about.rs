//! What a project is: its instructions, and what is set for it.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::Patch;
use types::projects::{ChangeProjectRequest, Project, ProjectColor, Sharing};

use super::dialogs::{MOST_CONTEXT, sharing_choices, sharing_named};
use super::page::Place;
use super::swatches::Swatches;
use crate::components::teams::why;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::card::CARD;
use crate::components::ui::confirm::Confirm;
use crate::components::ui::copy_button::CopyButton;
use crate::components::ui::field::TextArea;
use crate::components::ui::segmented::SegmentedControl;
use crate::components::ui::select::{Choice, Select};
use crate::contexts::session::use_session;
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::memo;
use crate::routes::Page;
use crate::server_fns::projects::{change_project, delete_project};

/// The instructions, to be changed or to be read.
#[component]
pub fn Instructions(
    /// The project on the page.
    place: Place,
) -> impl IntoView {
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());
    move || {
        if writable.get() {
            view! { <Write place /> }.into_any()
        } else {
            view! { <Told place /> }.into_any()
        }
    }
}

#[component]
fn Write(place: Place) -> impl IntoView {
    let saved = place.context;
    let text = RwSignal::new(saved.get_untracked());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let wrong = RwSignal::new(None::<String>);
    let changed = memo(move || saved.get() != text.get());
    // What somebody else wrote meanwhile shows where nothing of one's own would be lost.
    crate::hooks::reactive::effect_after(move |before: Option<String>| {
        let now = saved.get();
        if before.is_some_and(|before| before == text.get_untracked()) {
            text.set(now.clone());
        }
        now
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !changed.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        wrong.set(None);
        let sent = text.get_untracked();
        let change = ChangeProjectRequest {
            context: if sent.trim().is_empty() {
                Patch::Null
            } else {
                Patch::Value(sent.clone())
            },
            ..ChangeProjectRequest::default()
        };
        spawn_local(async move {
            let answer = change_project(place.id(), change).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(project) => {
                    place.changed(project);
                    // What was typed meanwhile is not saved yet, and stays.
                    if text.with_untracked(|text| *text == sent) {
                        text.set(saved.get_untracked());
                    }
                    place.toasts.show("Instructions saved");
                }
                Err(failure) => match failure.field("context") {
                    Some(message) => wrong.set(Some(message.to_owned())),
                    None => error.set(Some(why(&failure))),
                },
            }
        });
    };
    view! {
        <form novalidate=true on:submit=submit class=[CARD, "flex flex-col gap-4 p-4"].join(" ")>
            <TextArea
                label="Instructions"
                name="context"
                id="instructions"
                bind=text
                counter=MOST_CONTEXT
                rows=4
                error=wrong
                hint="Told to the model in every chat of this project: what it is about, how answers should be."
            />
            {move || error.get().map(|message| view! { <Alert message /> })}
            <div class="flex justify-end gap-2">
                <Show when=move || changed.get()>
                    <Button kind=ButtonKind::Secondary on_click=move |()| text.set(saved.get_untracked())>
                        "Discard"
                    </Button>
                </Show>
                <Button submit=true busy disabled=Signal::derive(move || !changed.get())>
                    "Save"
                </Button>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Told(place: Place) -> impl IntoView {
    view! {
        <section class=[CARD, "p-4"].join(" ")>
            <h2 class="text-sm font-semibold">"Instructions"</h2>
            <p dir="auto" class="mt-1.5 text-sm whitespace-pre-wrap wrap-anywhere text-ink-soft">
                {move || {
                    let text = place.context.get();
                    if text.is_empty() { "None.".to_owned() } else { text }
                }}
            </p>
        </section>
    }
    .into_any()
}

/// Colour, model, sharing and address; each is saved as soon as it is chosen, and goes back if it is refused.
#[component]
pub fn Settings(
    /// The project on the page.
    place: Place,
) -> impl IntoView {
    let session = use_session();
    let project = move || place.read(|open| open.project.clone());
    let color = memo(move || project().map(|project| project.color).unwrap_or_default());
    let model = memo(move || project().and_then(|project| project.model).unwrap_or_default());
    let sharing = memo(move || project().map_or(Sharing::Private, |project| project.sharing));
    let slug = memo(move || project().map(|project| project.slug).unwrap_or_default());
    let in_team = memo(move || project().is_some_and(|project| project.team_id.is_some()));
    let mine = memo(move || place.read(|open| open.author.is_none()).unwrap_or_default());
    let author = memo(move || place.read(|open| open.author.clone()).flatten());
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());

    let save = move |show: fn(&mut Project, &ChangeProjectRequest),
                     put_back: fn(&mut Project, Project),
                     change: ChangeProjectRequest| {
        let Some(before) = untrack(project) else { return };
        place.show(|project| show(project, &change));
        spawn_local(async move {
            match change_project(place.id(), change).await {
                Ok(project) => {
                    place.changed(project);
                    place.toasts.show("Saved");
                }
                Err(failure) => {
                    // Nothing but what was refused: something else may have been changed since.
                    place.show(|project| put_back(project, before));
                    place
                        .toasts
                        .fail("The project was not changed. ".to_owned() + &why(&failure));
                }
            }
        });
    };
    let choose_color = move |color: ProjectColor| {
        let change = ChangeProjectRequest {
            color: Patch::Value(color.as_str().to_owned()),
            ..ChangeProjectRequest::default()
        };
        save(
            |project, change| {
                if let Patch::Value(name) = &change.color {
                    project.color = ProjectColor::named(name).unwrap_or_default();
                }
            },
            |project, before| project.color = before.color,
            change,
        );
    };
    let choose_model = move |model: String| {
        let change = ChangeProjectRequest {
            model: if model.is_empty() {
                Patch::Null
            } else {
                Patch::Value(model)
            },
            ..ChangeProjectRequest::default()
        };
        save(
            |project, change| project.model = change.model.clone().into_change().flatten(),
            |project, before| project.model = before.model,
            change,
        );
    };
    let share = move |sharing: Sharing| {
        let change = ChangeProjectRequest {
            sharing: Some(sharing),
            ..ChangeProjectRequest::default()
        };
        save(
            |project, change| project.sharing = change.sharing.unwrap_or(project.sharing),
            |project, before| project.sharing = before.sharing,
            change,
        );
    };
    let taking_back = RwSignal::new(false);
    let choose_sharing = move |name: String| match sharing_named(&name) {
        Sharing::Private => {
            taking_back.set(true);
            // Nothing has changed yet; the browser has moved its mark already.
            place.show(|_| {});
        }
        shared @ Sharing::Team => share(shared),
    };
    let models = move || {
        let default = Choice::new("", "Whoever asks decides");
        let models = session.read(|person| {
            let choice = |model: &types::settings::ModelChoice| Choice::new(model.id.clone(), model.name.clone());
            person.models.iter().map(choice).collect::<Vec<_>>()
        });
        let mut choices = vec![default];
        choices.extend(models.unwrap_or_default());
        choices
    };
    let code = NodeRef::<html::Code>::new();
    view! {
        <section aria-labelledby="project-settings" class=[CARD, "flex flex-col gap-5 p-4"].join(" ")>
            <h2 id="project-settings" class="text-sm font-semibold">
                "Settings"
            </h2>
            <Show when=move || writable.get()>
                <Swatches name="color" value=color on_change=choose_color />
                <Select
                    label="Model"
                    id="project-model"
                    choices=Signal::derive(models)
                    value=model
                    on_change=choose_model
                    hint="Answers in new chats of this project, unless another one is chosen there."
                />
            </Show>
            <Show when=move || in_team.get()>
                {move || {
                    if mine.get() && writable.get() {
                        view! {
                            <SegmentedControl
                                label="Who sees it"
                                id="project-sharing"
                                choices=sharing_choices()
                                value=Signal::derive(move || sharing.get().as_str().to_owned())
                                on_change=choose_sharing
                                hint="Who sees the project doesn't see your private chats in it."
                            />
                        }
                            .into_any()
                    } else {
                        view! {
                            <p class="text-sm text-ink-soft">
                                "Shared with the team by " <bdi>{move || author.get().unwrap_or_default()}</bdi> "."
                            </p>
                        }
                            .into_any()
                    }
                }}
            </Show>
            <div>
                <p class="text-sm font-medium">"Slug"</p>
                <p class="mt-0.5 text-xs text-muted">"How programs name this project. It stays when the name changes."</p>
                <div class="mt-1.5 flex items-center gap-2">
                    <code node_ref=code class="min-w-0 rounded-md bg-sunken px-2 py-1 text-xs break-all">
                        {slug}
                    </code>
                    <CopyButton text=slug label="the slug" shown=code />
                </div>
            </div>
            <TakeBack open=taking_back on_go=move |()| share(Sharing::Private) />
        </section>
    }
    .into_any()
}

/// Asks before a project is taken from the team.
#[component]
fn TakeBack(open: RwSignal<bool>, #[prop(into)] on_go: Callback<()>) -> impl IntoView {
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    view! {
        <Confirm
            open
            title="Keep this project to yourself?"
            text="The team no longer sees it. Chats that others see or have in it stay where they are, but leave the project."
            go_on="Make private"
            kind=ButtonKind::Primary
            busy
            error
            on_go=move |()| {
                open.set(false);
                on_go.run(());
            }
        />
    }
    .into_any()
}

/// The end of a project, for who may bring it about.
#[component]
pub fn Ending(
    /// The project on the page.
    place: Place,
) -> impl IntoView {
    let ui = use_ui();
    let open = RwSignal::new(false);
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let deletable = memo(move || place.read(|open| open.deletable).unwrap_or_default());
    let go = move |()| {
        busy.set(true);
        // The news of it is not for this page.
        place.hears(false);
        spawn_local(async move {
            let done = delete_project(place.id()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            if done.is_err() {
                place.hears(true);
            }
            match done {
                Ok(()) => {
                    open.set(false);
                    place.toasts.show("Project deleted. Its chats are kept");
                    ui.replace(Page::Projects.path());
                }
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    view! {
        <Show when=move || deletable.get()>
            <section
                aria-labelledby="project-end"
                class=[CARD, "flex flex-wrap items-center justify-between gap-3 px-4 py-3.5"].join(" ")
            >
                <div class="min-w-0 flex-1 basis-48">
                    <h2 id="project-end" class="text-sm font-medium">
                        "Delete this project"
                    </h2>
                    <p class="text-xs text-muted">"Its chats are kept, outside any project; its documents are not."</p>
                </div>
                <Button kind=ButtonKind::Danger on_click=move |()| open.set(true)>
                    "Delete"
                </Button>
            </section>
        </Show>
        <Confirm
            open
            title="Delete this project?"
            text="Its instructions and documents are gone for good, also among the sources of answers. Its chats are kept, outside any project."
            go_on="Delete project"
            kind=ButtonKind::Danger
            busy
            error
            on_go=go
        />
    }
    .into_any()
}
