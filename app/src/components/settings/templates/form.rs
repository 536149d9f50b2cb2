//! A template that is being written.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use types::templates::{MOST_VARIABLES, Template, has_too_many_variables, variables};

use super::super::why;
use super::{KEPT, Place};
use crate::components::ui::alert::Alert;
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::field::{Field, TextArea};
use crate::components::ui::select::{Choice, Select};
use crate::hooks::reactive::{effect_after, memo};
use crate::server_fns::templates::{change_template, create_template};

const LONGEST_NAME: usize = 100;
const LONGEST_PROMPT: usize = 20_000;

/// What is in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Form {
    /// The template that is changed; none for a new one.
    id: Option<String>,
    name: String,
    prompt: String,
    team_id: Option<String>,
}

impl Form {
    /// For a new template.
    pub(super) fn empty() -> Self {
        Self::default()
    }

    /// To change a template.
    pub(super) fn of(template: &Template) -> Self {
        Self {
            id: Some(template.id.clone()),
            name: template.name.clone(),
            prompt: template.prompt.clone(),
            team_id: template.team_id.clone(),
        }
    }

    /// For one of one's own that begins like another.
    pub(super) fn like(template: &Template) -> Self {
        let name = ["Copy of ", &template.name].concat();
        Self {
            id: None,
            name: name.chars().take(LONGEST_NAME).collect(),
            prompt: template.prompt.clone(),
            team_id: None,
        }
    }

    /// What tells it from other forms, whatever is typed into it.
    pub(super) fn key(&self) -> Option<String> {
        self.id.clone()
    }
}

/// The form. What is typed into it is kept until it is saved or given up.
#[component]
pub(super) fn TemplateForm(place: Place, form: Form) -> impl IntoView {
    let Form {
        id,
        name,
        prompt,
        team_id,
    } = form;
    let is_new = id.is_none();
    let id = StoredValue::new(id);
    let (name, prompt) = (RwSignal::new(name), RwSignal::new(prompt));
    let team = RwSignal::new(team_id.unwrap_or_default());
    let team_id = move || Some(team.get()).filter(|team| !team.is_empty());
    effect_after(move |before: Option<()>| {
        let now = Form {
            id: id.get_value(),
            name: name.get(),
            prompt: prompt.get(),
            team_id: team_id(),
        };
        if before.is_some() {
            place.form.set(Some(now));
        }
    });

    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let (wrong_name, wrong_prompt) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        for signal in [error, wrong_name, wrong_prompt] {
            signal.set(None);
        }
        let (name, prompt) = (name.get_untracked(), prompt.get_untracked());
        let team_id = untrack(team_id);
        spawn_local(async move {
            let answer = match id.get_value() {
                Some(id) => change_template(id, name, prompt).await,
                None => create_template(name, prompt, team_id).await,
            };
            match answer {
                Ok(template) => {
                    if busy.try_set(false).is_some() {
                        KEPT.take();
                        return place.toasts.show(["“", &template.name, "” was saved."].concat());
                    }
                    place.show(template);
                    place.close();
                }
                // Whoever has left the section finds the form there as it was.
                Err(failure) => {
                    if busy.try_set(false).is_some() {
                        return place
                            .toasts
                            .fail(["The template was not saved. ", &why(&failure)].concat());
                    }
                    wrong_name.set(failure.field("name").map(ToOwned::to_owned));
                    wrong_prompt.set(failure.field("prompt").map(ToOwned::to_owned));
                    if untrack(|| wrong_name.with(Option::is_none) && wrong_prompt.with(Option::is_none)) {
                        error.set(Some(why(&failure)));
                    }
                    focus_wrong();
                }
            }
        });
    };

    let names = memo(move || prompt.with(|prompt| variables(prompt)));
    let too_many = memo(move || prompt.with(|prompt| has_too_many_variables(prompt)));
    let choices = memo(move || {
        let places = place.places().into_iter();
        places
            .map(|(team, name)| Choice::new(team.unwrap_or_default(), name))
            .collect::<Vec<_>>()
    });
    let whose = move || {
        if !is_new {
            let team = team_id()?;
            let name = place.group_of(Some(&team))?.heading();
            return Some(view! { <p class="text-xs text-muted">"In the team " <bdi>{name}</bdi></p> }.into_any());
        }
        (choices.with(Vec::len) > 1).then(|| {
            let hint = move || {
                Some(if team.with(String::is_empty) {
                    "Only you have it.".to_owned()
                } else {
                    "Everybody in the team has it; whoever may write there can change it.".to_owned()
                })
            };
            view! {
                <Select
                    label="For"
                    id="template-team"
                    choices
                    value=team
                    on_change=move |value| team.set(value)
                    hint=Signal::derive(hint)
                />
            }
            .into_any()
        })
    };
    view! {
        <form novalidate=true on:submit=submit class="flex flex-col gap-4 pt-2">
            <h3 class="text-sm font-semibold">{if is_new { "New template" } else { "Edit template" }}</h3>
            <Field
                label="Name"
                name="template-name"
                bind=name
                counter=LONGEST_NAME
                required=true
                error=wrong_name
            />
            <div>
                <TextArea
                    label="Prompt"
                    name="template-prompt"
                    bind=prompt
                    counter=LONGEST_PROMPT
                    rows=6
                    required=true
                    error=wrong_prompt
                    placeholder="Explain {{topic}} to somebody who is new to it."
                    hint="{{two braces}} make a field that is filled in when the template is used."
                />
                <div class="mt-2 flex min-h-6 flex-wrap items-center gap-1.5" role="status" aria-label="Fields">
                    {move || {
                        names
                            .get()
                            .into_iter()
                            .map(|name| {
                                view! {
                                    <span class="max-w-full truncate rounded-full bg-accent-soft px-2 py-0.5 text-xs font-medium text-accent">
                                        <bdi>{name}</bdi>
                                    </span>
                                }
                            })
                            .collect_view()
                    }}
                    {move || {
                        too_many
                            .get()
                            .then(|| {
                                view! {
                                    <span class="text-xs text-danger">
                                        {["There can be ", &MOST_VARIABLES.to_string(), " fields at most."].concat()}
                                    </span>
                                }
                            })
                    }}
                </div>
            </div>
            {whose}
            {move || error.get().map(|message| view! { <Alert message /> })}
            <div class="flex flex-wrap justify-end gap-2">
                <Button kind=ButtonKind::Secondary on_click=move |()| place.close()>
                    "Cancel"
                </Button>
                <Button submit=true busy>
                    {if is_new { "Create template" } else { "Save" }}
                </Button>
            </div>
        </form>
    }
    .into_any()
}

/// To the field that is wrong, once it says so.
fn focus_wrong() {
    request_animation_frame(|| {
        let wrong = document()
            .query_selector("#template-name[aria-invalid],#template-prompt[aria-invalid]")
            .ok()
            .flatten();
        if let Some(wrong) = wrong {
            _ = wrong.unchecked_into::<HtmlElement>().focus();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_ones_own_and_its_name_fits() {
        let template = Template {
            id: "t".to_owned(),
            name: "ü".repeat(LONGEST_NAME),
            prompt: "{{a}}".to_owned(),
            variables: vec!["a".to_owned()],
            is_built_in: true,
            team_id: Some("team".to_owned()),
        };
        let copy = Form::like(&template);
        assert_eq!((copy.key(), copy.team_id), (None, None));
        assert_eq!(copy.name.chars().count(), LONGEST_NAME);
        assert!(copy.name.starts_with("Copy of ü"));
        let same = Form::of(&template);
        assert_eq!(
            (same.key().as_deref(), same.team_id.as_deref()),
            (Some("t"), Some("team"))
        );
    }
}
