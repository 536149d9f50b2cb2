//! A project's name, which is changed where it stands.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::{self, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::projects::ChangeProjectRequest;

use super::dot;
use super::page::Place;
use crate::components::icons::Icon;
use crate::components::teams::why;
use crate::components::ui::button::IconButton;
use crate::components::ui::spinner::Spinner;
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::projects::change_project;

/// Id of why a name was not taken.
const WHY: &str = "project-name-refused";

/// The name as the page's heading, with a button that makes an input of it.
#[component]
pub fn Name(
    /// The project on the page.
    place: Place,
) -> impl IntoView {
    let renaming = RwSignal::new(false);
    let back = StoredValue::new(false);
    let heading = NodeRef::<html::H1>::new();
    effect(move || {
        if let Some(heading) = heading.get()
            && back.try_update_value(std::mem::take) == Some(true)
        {
            _ = heading.focus();
        }
    });
    let color = memo(move || place.read(|open| open.project.color).unwrap_or_default());
    let name = memo(move || place.read(|open| open.project.name.clone()).unwrap_or_default());
    let writable = memo(move || place.read(|open| open.writable).unwrap_or_default());
    view! {
        <div class="flex min-h-10 items-center gap-2.5">
            {move || dot(color.get())}
            {move || {
                if renaming.get() {
                    let done = Callback::new(move |()| {
                        back.set_value(true);
                        renaming.set(false);
                    });
                    return view! { <Rename place name=name.get_untracked() done /> }.into_any();
                }
                view! {
                    <h1 node_ref=heading tabindex="-1" class="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere outline-none">
                        <bdi>{name}</bdi>
                    </h1>
                    <Show when=move || writable.get()>
                        <IconButton icon=Icon::Pencil label="Rename" on_click=move |()| renaming.set(true) />
                    </Show>
                }
                    .into_any()
            }}
        </div>
    }
    .into_any()
}

/// The input: Enter or going elsewhere keeps what was typed, Esc doesn't. What is refused stays, with the reason.
#[component]
fn Rename(
    place: Place,
    name: String,
    /// Called at the end.
    done: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    effect(move || {
        if let Some(input) = node.get() {
            _ = input.focus();
            input.select();
        }
    });
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let before = StoredValue::new(name.clone());
    let refused = StoredValue::new(String::new());
    let save = move || {
        // The input loses the focus once more when it goes.
        if busy.try_get_untracked() != Some(false) {
            return;
        }
        let typed = node.get_untracked().map(|input| input.value()).unwrap_or_default();
        let typed = typed.trim().to_owned();
        if refused.with_value(|refused| *refused == typed && !typed.is_empty()) {
            return;
        }
        if typed.is_empty() || before.with_value(|before| *before == typed) {
            return done.run(());
        }
        busy.set(true);
        error.set(None);
        let change = ChangeProjectRequest {
            name: Some(typed.clone()),
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
                    done.run(());
                }
                Err(failure) => {
                    refused.set_value(typed);
                    error.set(Some(why(&failure)));
                    if let Some(input) = node.get_untracked() {
                        _ = input.focus();
                    }
                }
            }
        });
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            save();
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            before.with_value(|before| {
                if let Some(input) = node.get_untracked() {
                    input.set_value(before);
                }
            });
            done.run(());
        }
        _ => {}
    };
    view! {
        <div class="relative min-w-0 flex-1">
            <h1 class="sr-only">{name.clone()}</h1>
            <input
                node_ref=node
                value=name
                maxlength="100"
                autocomplete="off"
                aria-label="Name of the project"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then_some(WHY)
                class="h-10 w-full max-w-xl rounded-lg border border-control bg-surface px-3 text-lg font-semibold tracking-tight focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger"
                on:keydown=on_key
                on:blur=move |_: FocusEvent| save()
            />
            {move || {
                error
                    .get()
                    .map(|why| {
                        view! {
                            <p id=WHY role="alert" class="mt-1.5 text-xs font-medium wrap-anywhere text-danger">
                                {why}
                            </p>
                        }
                    })
            }}
            {move || busy.get().then(|| view! { <span class="absolute top-3 right-3"><Spinner /></span> })}
        </div>
    }
    .into_any()
}
