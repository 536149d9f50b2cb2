//! Templates: the person's own, those of their teams, and everybody's.

mod form;
mod groups;

use std::cell::RefCell;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use types::templates::Template;
use types::views::{TemplateGroup, TemplatesView};

use self::form::{Form, TemplateForm};
use self::groups::Groups;
use super::why;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::reactive::{effect, memo};
use crate::server_fns::templates::{delete_template, more_templates, my_templates};

/// A team's or the person's own templates on show.
#[derive(Clone, Copy)]
struct Group {
    /// Id of the team; none for the person's own.
    team_id: StoredValue<Option<String>>,
    name: StoredValue<String>,
    writable: bool,
    rows: RwSignal<Vec<Template>>,
    cursor: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
}

impl Group {
    fn new(group: TemplateGroup) -> Self {
        Self {
            team_id: StoredValue::new(group.team_id),
            name: StoredValue::new(group.name),
            writable: group.writable,
            rows: RwSignal::new(group.templates),
            cursor: RwSignal::new(group.next_cursor),
            loading: RwSignal::new(false),
        }
    }

    /// Words above it.
    fn heading(self) -> String {
        if self.team_id.with_value(Option::is_none) {
            "Yours".to_owned()
        } else {
            self.name.get_value()
        }
    }
}

/// What is on show, and what is being written.
#[derive(Clone, Copy)]
struct Place {
    groups: RwSignal<Option<Vec<Group>>>,
    built_in: RwSignal<Vec<Template>>,
    error: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    /// What is looked for.
    q: RwSignal<String>,
    /// The form, while it is open.
    form: RwSignal<Option<Form>>,
    /// The button to which the focus returns.
    create: NodeRef<html::Div>,
    toasts: Toasts,
    owner: StoredValue<Option<Owner>>,
}

thread_local! {
    /// The form of a section that was left while something was typed into it: it is there again when the reader is.
    static KEPT: RefCell<Option<Form>> = const { RefCell::new(None) };
}

impl Place {
    fn new() -> Self {
        let place = Self {
            groups: RwSignal::new(None),
            built_in: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            loading: RwSignal::new(false),
            q: RwSignal::new(String::new()),
            form: RwSignal::new(KEPT.take()),
            create: NodeRef::new(),
            toasts: use_toasts(),
            owner: StoredValue::new(Owner::current()),
        };
        effect(move || place.load());
        on_cleanup(move || {
            if let Some(Some(form)) = place.form.try_get_untracked() {
                KEPT.set(Some(form));
            }
        });
        place
    }

    fn load(self) {
        let q = self.q.get_untracked();
        self.loading.set(true);
        spawn_local(async move {
            let answer = my_templates(q.clone()).await;
            // Somebody may have typed on, or left.
            if self.q.try_get_untracked() != Some(q) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(TemplatesView { built_in, groups }) => {
                    self.error.set(None);
                    self.built_in.set(built_in);
                    let groups = || groups.into_iter().map(Group::new).collect();
                    let groups = match self.owner.get_value() {
                        Some(owner) => owner.with(groups),
                        None => groups(),
                    };
                    self.groups.set(Some(groups));
                }
                Err(failure) => self.error.set(Some(why(&failure))),
            }
        });
    }

    fn more(self, group: Group) {
        let Some(cursor) = group.cursor.get_untracked() else {
            return;
        };
        group.loading.set(true);
        spawn_local(async move {
            let page = more_templates(group.team_id.get_value(), cursor).await;
            if group.loading.try_set(false).is_some() {
                return;
            }
            match page {
                Ok(page) => {
                    group.rows.update(|rows| rows.extend(page.templates));
                    group.cursor.set(page.next_cursor);
                }
                Err(failure) => self.toasts.fail(why(&failure)),
            }
        });
    }

    fn group_of(self, team_id: Option<&str>) -> Option<Group> {
        self.groups.with_untracked(|groups| {
            let groups = groups.as_ref()?;
            let found = groups
                .iter()
                .find(|group| group.team_id.with_value(|known| known.as_deref() == team_id));
            found.copied()
        })
    }

    /// A template was saved: it is on the list as it is now.
    fn show(self, template: Template) {
        let Some(group) = self.group_of(template.team_id.as_deref()) else {
            return;
        };
        group
            .rows
            .update(|rows| match rows.iter_mut().find(|row| row.id == template.id) {
                Some(row) => *row = template,
                None => rows.insert(0, template),
            });
    }

    /// Deletes a template; says why, when that fails.
    async fn delete(self, template: Template) -> Result<(), String> {
        delete_template(template.id.clone())
            .await
            .map_err(|failure| why(&failure))?;
        if let Some(group) = self.group_of(template.team_id.as_deref()) {
            _ = group.rows.try_update(|rows| rows.retain(|row| row.id != template.id));
        }
        self.toasts.show(["“", &template.name, "” was deleted."].concat());
        self.go_home();
        Ok(())
    }

    fn open(self, form: Form) {
        self.form.set(Some(form));
    }

    /// Back to the list.
    fn close(self) {
        self.form.set(None);
        self.go_home();
    }

    fn go_home(self) {
        request_animation_frame(move || {
            let home = self.create.try_get_untracked().flatten();
            let button = home.and_then(|home| home.query_selector("button").ok().flatten());
            if let Some(button) = button {
                _ = button.unchecked_into::<HtmlElement>().focus();
            }
        });
    }

    /// Where templates may be made: nothing but the person's own when there is no other place.
    fn places(self) -> Vec<(Option<String>, String)> {
        self.groups.with(|groups| {
            let groups = groups.iter().flatten().filter(|group| group.writable);
            groups
                .map(|group| {
                    let team = group.team_id.get_value();
                    let name = if team.is_some() {
                        group.name.get_value()
                    } else {
                        "Personal".to_owned()
                    };
                    (team, name)
                })
                .collect()
        })
    }
}

/// The section.
#[component]
pub fn TemplateSettings() -> impl IntoView {
    let place = Place::new();
    let writing = memo(move || place.form.with(|form| form.as_ref().map(Form::key)));
    move || match writing.get() {
        Some(_) => match place.form.get_untracked() {
            Some(form) => view! { <TemplateForm place form /> }.into_any(),
            None => ().into_any(),
        },
        None => view! { <Groups place /> }.into_any(),
    }
}
