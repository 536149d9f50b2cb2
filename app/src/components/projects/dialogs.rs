//! Making a project, and moving a thread into one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::projects::{CreateProjectRequest, ProjectColor, Sharing};
use types::threads::{ThreadRow, Visibility};
use types::views::ProjectRow;

use super::dot;
use super::swatches::Swatches;
use crate::components::icons::{Glyph, Icon};
use crate::components::teams::why;
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::dialog::{Dialog, DialogButtons, DialogSize};
use crate::components::ui::field::{Field, TextArea};
use crate::components::ui::segmented::SegmentedControl;
use crate::components::ui::select::Choice;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::ErrorState;
use crate::contexts::realm::use_realm;
use crate::contexts::threads::{Asking, use_threads};
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::{effect, memo};
use crate::routes;
use crate::server_fns::projects::{create_project, project_rows};

/// Both dialogs; each shows itself when it is asked for.
#[component]
pub fn ProjectDialogs() -> impl IntoView {
    let asking = use_threads().asking;
    let close = Callback::new(move |()| asking.set(None));
    let making = memo(move || asking.with(|asking| matches!(asking, Some(Asking::New(_)))));
    let moving = memo(move || asking.with(|asking| matches!(asking, Some(Asking::Move(_)))));
    view! {
        <Dialog open=(Signal::from(making), close) title="New project">
            <New close />
        </Dialog>
        <Dialog open=(Signal::from(moving), close) title="Move to project" size=DialogSize::Small>
            <Move close />
        </Dialog>
    }
}

/// What the new project is to be. It lies in the realm on show; or in that of the thread which is to go there.
#[component]
fn New(close: Callback<()>) -> impl IntoView {
    let (ui, realm, threads) = (use_ui(), use_realm(), use_threads());
    let moved = threads.asking.with_untracked(|asking| match asking {
        Some(Asking::New(moved)) => moved.clone(),
        _ => None,
    });
    let team = untrack(|| realm.team());
    let in_team = team.is_some();
    // What the team sees can't go where it doesn't.
    let must_share = moved.as_ref().is_some_and(is_shared);
    let name = RwSignal::new(String::new());
    let color = RwSignal::new(ProjectColor::Blue);
    let context = RwSignal::new(String::new());
    let sharing = RwSignal::new(if must_share { Sharing::Team } else { Sharing::Private });
    let (wrong_name, wrong_context) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let moved = StoredValue::new(moved);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        for signal in [wrong_name, wrong_context, error] {
            signal.set(None);
        }
        let project = CreateProjectRequest {
            name: name.get_untracked(),
            color: Some(color.get_untracked().as_str().to_owned()),
            context: Some(context.get_untracked()),
            sharing: in_team.then(|| sharing.get_untracked()),
            team_id: team.clone(),
            model: None,
        };
        spawn_local(async move {
            let made = create_project(project).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match made {
                Ok(project) => {
                    let moved = moved.get_value();
                    close.run(());
                    match moved {
                        Some(row) => threads.put(&row, Some((project.id, project.name))),
                        None => ui.go(routes::project(&project.id)),
                    }
                }
                Err(failure) => match (failure.field("name"), failure.field("context")) {
                    (None, None) => error.set(Some(why(&failure))),
                    (of_name, of_context) => {
                        wrong_name.set(of_name.map(ToOwned::to_owned));
                        wrong_context.set(of_context.map(ToOwned::to_owned));
                    }
                },
            }
        });
    };
    let hint = move || {
        if must_share {
            "The team sees the chat that goes there, so it sees the project too."
        } else if sharing.get() == Sharing::Team {
            "Everybody in the team sees it, and those who may write can change it."
        } else {
            "Only you see it. You can share it later."
        }
    };
    view! {
        <form novalidate=true class="space-y-4" on:submit=submit>
            <Field
                label="Name"
                name="name"
                id="project-name"
                bind=name
                counter=100
                required=true
                autofocus=true
                error=wrong_name
            />
            <Swatches name="new-color" value=color on_change=move |chosen| color.set(chosen) />
            <TextArea
                label="Instructions"
                name="context"
                id="project-context"
                bind=context
                counter=MOST_CONTEXT
                error=wrong_context
                hint="Told to the model in every chat of this project."
            />
            {in_team
                .then(|| {
                    view! {
                        <SegmentedControl
                            label="Who sees it"
                            id="new-sharing"
                            choices=sharing_choices()
                            value=Signal::derive(move || sharing.get().as_str().to_owned())
                            on_change=move |chosen: String| sharing.set(sharing_named(&chosen))
                            disabled=must_share
                            hint=Signal::derive(move || Some(hint().to_owned()))
                        />
                    }
                })}
            {move || error.get().map(|message| view! { <Alert message /> })}
            <DialogButtons>
                <Button kind=ButtonKind::Secondary on_click=move |()| close.run(())>
                    "Cancel"
                </Button>
                <Button submit=true busy>
                    "Create project"
                </Button>
            </DialogButtons>
        </form>
    }
    .into_any()
}

/// The most characters of a project's instructions.
pub(super) const MOST_CONTEXT: usize = 8_000;

pub(super) fn sharing_choices() -> Vec<Choice> {
    vec![
        Choice::new(Sharing::Private.as_str(), "Only me"),
        Choice::new(Sharing::Team.as_str(), "The team"),
    ]
}

pub(super) fn sharing_named(name: &str) -> Sharing {
    if name == Sharing::Team.as_str() {
        Sharing::Team
    } else {
        Sharing::Private
    }
}

fn is_shared(row: &ThreadRow) -> bool {
    row.thread.visibility == Visibility::Shared
}

/// Where a thread is to go: the projects of its realm, none of them, or a new one.
#[component]
fn Move(close: Callback<()>) -> impl IntoView {
    let threads = use_threads();
    let asked = threads.asking.with_untracked(|asking| match asking {
        Some(Asking::Move(row)) => Some(row.clone()),
        _ => None,
    });
    let row = asked?;
    let shared = is_shared(&row);
    let there = row.thread.project_id.clone();
    let title = row.thread.title.clone();
    let team = StoredValue::new(row.thread.team_id.clone());
    let row = StoredValue::new(row);
    let found = RwSignal::new(None::<Vec<ProjectRow>>);
    let cursor = RwSignal::new(None::<String>);
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let fetch = move || {
        busy.set(true);
        error.set(None);
        let (team, from) = (team.get_value(), cursor.get_untracked());
        spawn_local(async move {
            let answer = project_rows(team, from).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(page) => {
                    cursor.set(page.next_cursor);
                    found.update(|found| found.get_or_insert_default().extend(page.projects));
                }
                Err(failure) => error.set(Some(why(&failure))),
            }
        });
    };
    effect(fetch);
    let go = move |to: Option<(String, String)>| {
        close.run(());
        row.with_value(|row| threads.put(row, to));
    };
    let new = move |()| threads.asking.set(Some(Asking::New(row.try_get_value())));
    let here = StoredValue::new(there);
    let choice = move |project: ProjectRow| {
        let current = here.with_value(|here| here.as_deref() == Some(&*project.id));
        let closed = shared && project.sharing == Sharing::Private;
        let to = (project.id, project.name.clone());
        view! {
            <li>
                <button
                    type="button"
                    class=CHOICE
                    aria-current=current.then_some("true")
                    disabled=closed
                    on:click=move |_| go(Some(to.clone()))
                >
                    {dot(project.color)}
                    <span class="min-w-0 flex-1">
                        <bdi class="block truncate">{project.name}</bdi>
                        {closed
                            .then(|| {
                                view! {
                                    <span class="block text-xs text-muted">"Only you see it, but the team sees this chat."</span>
                                }
                            })}
                    </span>
                    {current.then(check)}
                </button>
            </li>
        }
    };
    let none = here.with_value(Option::is_none);
    let list = move || match (found.get(), error.get()) {
        (None, Some(message)) => view! { <ErrorState message busy on_retry=move |()| fetch() /> }.into_any(),
        (None, None) => view! {
            <div class="flex flex-col gap-4 px-2.5 py-3" aria-busy="true">
                <Skeleton class="h-4 w-2/5" />
                <Skeleton class="h-4 w-3/5" />
                <Skeleton class="h-4 w-1/3" />
            </div>
        }
        .into_any(),
        (Some(projects), error) => view! {
            <ul class="max-h-[50dvh] overflow-y-auto overscroll-contain">
                <li>
                    <button
                        type="button"
                        class=CHOICE
                        aria-current=none.then_some("true")
                        on:click=move |_| go(None)
                    >
                        <span class="size-2.5 shrink-0 rounded-full border border-control"></span>
                        <span class="min-w-0 flex-1">"No project"</span>
                        {none.then(check)}
                    </button>
                </li>
                {projects.into_iter().map(choice).collect_view()}
            </ul>
            {error.map(|message| view! { <Alert message /> })}
            <Show when=move || cursor.with(Option::is_some)>
                <div class="flex justify-center">
                    <Button kind=ButtonKind::Secondary size=ButtonSize::Small busy on_click=move |()| fetch()>
                        "Show more"
                    </Button>
                </div>
            </Show>
        }
        .into_any(),
    };
    let view = view! {
        <p class="truncate text-sm text-muted">
            <bdi>{title}</bdi>
        </p>
        <div class="-mx-2.5">{list}</div>
        <DialogButtons>
            <Button kind=ButtonKind::Secondary icon=Icon::Plus on_click=new>
                "New project"
            </Button>
        </DialogButtons>
    };
    Some(view.into_any())
}

const CHOICE: &str = "flex min-h-9 w-full cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left text-sm hover:bg-sunken focus-visible:-outline-offset-2 aria-[current]:font-medium disabled:cursor-default disabled:opacity-60 disabled:hover:bg-transparent pointer-coarse:min-h-11";

fn check() -> impl IntoView {
    view! {
        <span class="text-accent">
            <Glyph icon=Icon::Check />
            <span class="sr-only">"It lies here"</span>
        </span>
    }
}
