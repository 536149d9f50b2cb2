//! The list of templates, by whose they are.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::templates::Template;

use super::form::Form;
use super::{Group, Place};
use crate::components::icons::Icon;
use crate::components::ui::badge::Badge;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::confirm::Confirm;
use crate::components::ui::field::Field;
use crate::components::ui::menu::{Menu, MenuItem, MenuLine};
use crate::components::ui::more::More;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::hooks::each::each;
use crate::hooks::reactive::{effect, effect_after, memo};

/// How long typing rests before what was typed is looked for.
const REST: Duration = Duration::from_millis(200);
/// Templates from which on they can be looked through.
const MANY: usize = 8;

#[component]
pub(super) fn Groups(place: Place) -> impl IntoView {
    let deleting = RwSignal::new(None::<Template>);
    let state = memo(move || {
        let own = place.groups.with(|groups| {
            let groups = groups.as_ref()?;
            Some(groups.iter().map(|group| group.rows.with(Vec::len)).sum::<usize>())
        });
        let error = place.error.get();
        match (own, error) {
            (None, Some(error)) => Err(error),
            (own, _) => Ok(own),
        }
    });
    let all = move || state.get().ok().flatten().unwrap_or_default() + place.built_in.with(Vec::len);
    // Once it is there it stays: fewer are found while something is looked for.
    let looking = memo(move || place.q.with(|q| !q.trim().is_empty()));
    let many = Memo::new(move |before: Option<&bool>| before == Some(&true) || looking.get() || all() > MANY);
    let nothing = memo(move || state.get() == Ok(Some(0)) && place.built_in.with(Vec::is_empty));
    let body = move || match state.get() {
        Ok(None) => view! {
            <div aria-busy="true" class="divide-y divide-line">
                {(0..4)
                    .map(|_| {
                        view! {
                            <div class="flex h-15 flex-col justify-center gap-2">
                                <Skeleton class="h-3 w-40" />
                                <Skeleton class="h-2.5 w-64 max-w-full" />
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        }
        .into_any(),
        Err(message) => view! { <ErrorState message busy=place.loading on_retry=move |()| place.load() /> }.into_any(),
        Ok(Some(_)) => ().into_any(),
    };
    let here = memo(move || matches!(state.get(), Ok(Some(_))));
    let groups = move || {
        let first = place.groups.get().unwrap_or_default();
        first
            .into_iter()
            .enumerate()
            .map(|(number, group)| view! { <GroupView place group number deleting /> })
            .collect_view()
    };
    view! {
        <div class="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 pt-1 pb-2">
            <p class="min-w-0 flex-1 basis-56 text-xs text-muted">
                "Prompts that are kept to be used again. Type / in the composer to choose one."
            </p>
            <div node_ref=place.create>
                <Button size=ButtonSize::Small icon=Icon::Plus on_click=move |()| place.open(Form::empty())>
                    "New template"
                </Button>
            </div>
        </div>
        {move || many.get().then(|| view! { <Search place /> })}
        {body}
        {move || {
            here.get()
                .then(|| {
                    view! {
                        <div aria-busy=move || place.loading.get().then_some("true")>
                            <p role="alert" class="text-sm text-danger empty:hidden">
                                {place.error}
                            </p>
                            {groups}
                            <BuiltIn place />
                            {move || {
                                if looking.get() && nothing.get() {
                                    view! { <EmptyState icon=Icon::Search title="No template has this name" /> }.into_any()
                                } else if nothing.get() {
                                    view! {
                                        <EmptyState
                                            icon=Icon::File
                                            title="No templates yet"
                                            text="Write down what you ask again and again, with {{fields}} for what changes."
                                        />
                                    }
                                        .into_any()
                                } else {
                                    ().into_any()
                                }
                            }}
                        </div>
                    }
                })
        }}
        <Delete place deleting />
    }
    .into_any()
}

#[component]
fn Search(place: Place) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    effect_after(move |before: Option<()>| {
        place.q.track();
        stop();
        if before.is_some() {
            timer.set_value(set_timeout_with_handle(move || place.load(), REST).ok());
        }
    });
    on_cleanup(stop);
    view! {
        <div class="pb-2">
            <Field
                label="Search templates"
                bare=true
                name="template-search"
                kind="search"
                bind=place.q
                placeholder="Search by name"
            />
        </div>
    }
    .into_any()
}

const HEADING: &str = "pt-4 pb-1 text-xs font-medium text-muted";
const LIST: &str = "divide-y divide-line";

#[component]
fn GroupView(place: Place, group: Group, number: usize, deleting: RwSignal<Option<Template>>) -> impl IntoView {
    let id = ["templates-", &number.to_string()].concat();
    let list = [&id, "-list"].concat();
    let empty = memo(move || group.rows.with(Vec::is_empty));
    let (labelled, of_list, to_list) = (id.clone(), list.clone(), list);
    view! {
        <section aria-labelledby=labelled class:hidden=move || empty.get()>
            <h3 id=id class=HEADING>
                <bdi>{group.heading()}</bdi>
            </h3>
            <ul id=of_list class=LIST>
                {each(
                    move || group.rows.get(),
                    |template| [template.id.as_str(), &template.name, &template.prompt].join("\n"),
                    move |template| {
                        view! { <Row place template writable=group.writable deleting /> }.into_any()
                    },
                )}
            </ul>
            <More
                when=Signal::derive(move || group.cursor.with(Option::is_some))
                busy=group.loading
                list=to_list
                on_more=move |()| place.more(group)
            />
        </section>
    }
    .into_any()
}

/// Those of the configuration.
#[component]
fn BuiltIn(place: Place) -> impl IntoView {
    let empty = memo(move || place.built_in.with(Vec::is_empty));
    let unused = RwSignal::new(None);
    view! {
        <section aria-labelledby="templates-built-in" class:hidden=move || empty.get()>
            <h3 id="templates-built-in" class=HEADING>
                "Built-in"
            </h3>
            <ul class=LIST>
                {each(
                    move || place.built_in.get(),
                    |template| template.id.clone(),
                    move |template| view! { <Row place template writable=false deleting=unused /> }.into_any(),
                )}
            </ul>
        </section>
    }
    .into_any()
}

fn fields(template: &Template) -> Option<String> {
    match template.variables.len() {
        0 => None,
        1 => Some("1 field".to_owned()),
        count => Some(count.to_string() + " fields"),
    }
}

#[component]
fn Row(place: Place, template: Template, writable: bool, deleting: RwSignal<Option<Template>>) -> impl IntoView {
    let about: String = template
        .prompt
        .split_whitespace()
        .take(24)
        .collect::<Vec<_>>()
        .join(" ");
    let name = template.name.clone();
    let some = fields(&template).map(|fields| view! { <Badge>{fields}</Badge> });
    let (built_in, template) = (template.is_built_in, StoredValue::new(template));
    let edit = move || place.open(template.with_value(Form::of));
    let copy = move || place.open(template.with_value(Form::like));
    let title = if writable {
        view! {
            <button
                type="button"
                class="block max-w-full cursor-pointer truncate rounded text-left text-sm font-medium underline-offset-4 hover:underline"
                dir="auto"
                on:click=move |_| edit()
            >
                {name.clone()}
            </button>
        }
        .into_any()
    } else {
        view! {
            <p class="truncate text-sm font-medium" dir="auto">
                {name.clone()}
            </p>
        }
        .into_any()
    };
    let actions = if writable {
        let label = ["Actions for ", &name].concat();
        view! {
            <Menu label>
                <MenuItem label="Edit" icon=Icon::Pencil on_select=move |()| edit() />
                <MenuItem label="Duplicate" icon=Icon::Copy on_select=move |()| copy() />
                <MenuLine />
                <MenuItem
                    label="Delete"
                    icon=Icon::Trash
                    danger=true
                    on_select=move |()| deleting.set(Some(template.get_value()))
                />
            </Menu>
        }
        .into_any()
    } else {
        let label = ["Duplicate ", &name].concat();
        view! {
            <Button kind=ButtonKind::Quiet size=ButtonSize::Small icon=Icon::Copy label on_click=move |()| copy()>
                "Duplicate"
            </Button>
        }
        .into_any()
    };
    view! {
        <li class="flex min-h-15 items-center gap-3 py-2" data-built-in=built_in.then_some("")>
            <div class="min-w-0 flex-1">
                {title} <p class="truncate text-xs text-muted" dir="auto">
                    {about}
                </p>
            </div>
            <span class="max-sm:hidden">{some}</span>
            {actions}
        </li>
    }
    .into_any()
}

/// Asks before a template goes.
#[component]
fn Delete(place: Place, deleting: RwSignal<Option<Template>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    effect(move || {
        if deleting.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            deleting.set(None);
        }
    });
    let title = move || {
        let name = deleting.with(|template| template.as_ref().map(|template| template.name.clone()));
        ["Delete “", &name.unwrap_or_default(), "”?"].concat()
    };
    let text = move || {
        let team = deleting.with(|template| template.as_ref().is_some_and(|template| template.team_id.is_some()));
        if team {
            "Nobody in the team has it any more. Chats that were begun with it stay as they are.".to_owned()
        } else {
            "Chats that were begun with it stay as they are.".to_owned()
        }
    };
    let go = move |()| {
        let Some(template) = deleting.get_untracked() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let done = place.delete(template).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(()) => open.set(false),
                Err(why) => error.set(Some(why)),
            }
        });
    };
    view! {
        <Confirm
            open
            title=Signal::derive(title)
            text=Signal::derive(text)
            go_on="Delete"
            kind=ButtonKind::Danger
            busy
            error
            on_go=go
        />
    }
    .into_any()
}
