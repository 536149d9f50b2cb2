//! Creating a key: a form, and in the same dialog the key, this once.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlDialogElement, HtmlElement};
use types::ErrorCode;
use types::api_keys::{CreatedApiKey, TeamRef};

use super::expiry::{LIFETIMES, USUAL_LIFETIME, end_of};
use super::guard::{Way, use_guard};
use super::reveal::Reveal;
use super::store::Keys;
use crate::components::ui::alert::{Alert, AlertKind};
use crate::components::ui::button::{Button, ButtonKind};
use crate::components::ui::dialog::{Dialog, DialogButtons};
use crate::components::ui::field::Field;
use crate::components::ui::segmented::SegmentedControl;
use crate::components::ui::select::{Choice, Select};
use crate::hooks::dates::{DateLocale, DateStyle, local_text};
use crate::hooks::failures::signed_out;
use crate::hooks::reactive::effect;
use crate::server_fns::Failure;
use crate::server_fns::api_keys::create_key;

/// How long a name may be, in characters.
pub const LONGEST_NAME: usize = 100;

const NAME: &str = "key-name";
const CONTENT: &str = "create-key";

/// How far the dialog is. The key itself is not in here: it is gone with what shows it.
#[derive(Clone, Copy)]
pub struct Creation {
    /// Whether the dialog is open.
    pub open: RwSignal<bool>,
    /// Whether the server is making a key.
    pub busy: RwSignal<bool>,
    /// Whether a key is on show.
    pub revealed: RwSignal<bool>,
    /// Whether it has been taken along.
    pub taken: RwSignal<bool>,
    /// Where the reader wanted to go when they were asked whether the key may be lost.
    pub question: RwSignal<Option<Way>>,
    /// Where they go, when it may.
    leaving: StoredValue<Way>,
}

impl Creation {
    /// Nothing is being created.
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            busy: RwSignal::new(false),
            revealed: RwSignal::new(false),
            taken: RwSignal::new(false),
            question: RwSignal::new(None),
            leaving: StoredValue::new(Way::Here),
        }
    }

    /// Opens the form.
    pub fn begin(self) {
        self.revealed.set(false);
        self.taken.set(false);
        self.question.set(None);
        self.open.set(true);
    }

    /// Whether something would be lost.
    fn holds(self) -> bool {
        self.busy.get() || (self.revealed.get() && !self.taken.get())
    }

    /// Closes the dialog, unless something would be lost: then it asks.
    pub fn leave(self, way: Way) {
        if untrack(|| self.holds()) {
            if !self.busy.get_untracked() {
                self.question.set(Some(way));
            }
            stay_open();
        } else {
            self.end();
        }
    }

    /// Closes the dialog and goes where the reader wanted to go.
    pub fn leave_anyway(self) {
        if let Some(way) = self.question.get_untracked() {
            self.leaving.set_value(way);
        }
        self.end();
    }

    /// Closes the dialog.
    pub fn end(self) {
        self.open.set(false);
        self.revealed.set(false);
        self.question.set(None);
    }

    /// The key is safe.
    pub fn take(self) {
        _ = self.taken.try_set(true);
        _ = self.question.try_set(None);
    }
}

impl Default for Creation {
    fn default() -> Self {
        Self::new()
    }
}

/// A browser can close a dialog over the page's head, Android's back gesture for example.
fn stay_open() {
    let dialog = document()
        .get_element_by_id(CONTENT)
        .and_then(|content| content.closest("dialog").ok().flatten())
        .and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok());
    if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
        _ = dialog.show_modal();
    }
}

/// The dialog.
#[component]
pub fn CreateDialog(
    /// The keys.
    keys: Keys,
    /// How far it is.
    creation: Creation,
) -> impl IntoView {
    let title = move || {
        if creation.revealed.get() {
            "Your new key"
        } else {
            "Create API key"
        }
        .to_owned()
    };
    use_guard(
        Signal::derive(move || creation.holds()),
        creation.leaving,
        Callback::new(move |way| creation.leave(way)),
    );
    let close = Callback::new(move |()| creation.leave(Way::Here));
    view! {
        <Dialog open=(creation.open.into(), close) title=Signal::derive(title)>
            <div id=CONTENT class="space-y-4">
                <Content keys creation />
            </div>
        </Dialog>
    }
    .into_any()
}

/// What is in the dialog. The new key is this component's, and gone with it when the dialog closes.
#[component]
fn Content(keys: Keys, creation: Creation) -> impl IntoView {
    if untrack(|| keys.is_full()) {
        return view! { <Full keys creation /> }.into_any();
    }
    let made = RwSignal::new(None::<CreatedApiKey>);
    (move || match made.get() {
        None => view! { <CreateForm keys creation made /> }.into_any(),
        Some(made) => view! { <Reveal keys creation made /> }.into_any(),
    })
    .into_any()
}

/// There may be no more keys.
#[component]
fn Full(keys: Keys, creation: Creation) -> impl IntoView {
    let limit = keys.about.with_untracked(|about| about.limit).to_string();
    view! {
        <p class="text-sm text-ink-soft">
            "You have " {limit} " keys, as many as this server allows. Revoke one that is no longer used to make room."
        </p>
        <DialogButtons>
            <Button on_click=move |()| creation.end()>"Close"</Button>
        </DialogButtons>
    }
    .into_any()
}

/// What is wrong with the form.
#[derive(Clone, Copy)]
struct Problems {
    name: RwSignal<Option<String>>,
    team: RwSignal<Option<String>>,
    whole: RwSignal<Option<String>>,
}

impl Problems {
    fn clear(self) {
        self.name.set(None);
        self.team.set(None);
        self.whole.set(None);
    }

    /// Shows a failure where it belongs.
    fn show(self, failure: &Failure) {
        let field = |name| failure.field(name).map(ToOwned::to_owned);
        let (name, mut team) = (field("name"), field("teamId"));
        let mut whole = field("expiresAt").or_else(|| failure.sentence().map(ToOwned::to_owned));
        if failure.code() == ErrorCode::NotTeamMember {
            team = whole.take();
        }
        let focus = match (&name, &team) {
            (Some(_), _) => Some(NAME),
            (None, Some(_)) => Some(TEAM),
            (None, None) => None,
        };
        _ = self.name.try_set(name);
        _ = self.team.try_set(team);
        _ = self.whole.try_set(whole);
        if let Some(id) = focus {
            focus_on(id);
        }
    }
}

const TEAM: &str = "key-team";

fn focus_on(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        _ = element.focus();
    }
}

/// What is wrong with a name, as the server will say; the answer is quicker here.
fn name_problem(name: &str) -> Option<String> {
    match name.trim().chars().count() {
        0 => Some("Give it a name".to_owned()),
        1..=LONGEST_NAME => None,
        count => {
            Some("At most ".to_owned() + &LONGEST_NAME.to_string() + " characters, this has " + &count.to_string())
        }
    }
}

/// Name, scope and end of a new key.
#[component]
fn CreateForm(keys: Keys, creation: Creation, made: RwSignal<Option<CreatedApiKey>>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let team = RwSignal::new(String::new());
    let lifetime = RwSignal::new(USUAL_LIFETIME.to_owned());
    let problems = Problems {
        name: RwSignal::new(None),
        team: RwSignal::new(None),
        whole: RwSignal::new(None),
    };
    // What is being corrected is not wrong any more until it is sent again.
    effect(move || {
        name.track();
        problems.name.set(None);
    });
    let busy = creation.busy;

    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problems.clear();
        let name = name.get_untracked();
        if let Some(problem) = name_problem(&name) {
            problems.name.set(Some(problem));
            focus_on(NAME);
            return;
        }
        let team = Some(team.get_untracked()).filter(|team| !team.is_empty());
        let end = end_of(&lifetime.get_untracked(), keys.look_at_clock());
        busy.set(true);
        spawn_local(async move {
            let result = create_key(name, team, end).await;
            match result {
                Ok(created) => {
                    keys.add(&created);
                    _ = creation.revealed.try_set(true);
                    _ = busy.try_set(false);
                    _ = made.try_set(Some(created));
                }
                Err(failure) => {
                    _ = busy.try_set(false);
                    signed_out(&failure);
                    problems.show(&failure);
                    // Without an answer nobody knows whether there is a key now; the list does.
                    if failure.code() == ErrorCode::Unavailable || failure.code() == ErrorCode::KeyLimitReached {
                        keys.refresh();
                    }
                }
            }
        });
    };

    let teams = keys.about.with_untracked(|about| about.teams.clone());
    view! {
        <form novalidate class="space-y-4" on:submit=submit>
                <Field
                    label="Name"
                    name=NAME
                    bind=name
                    counter=LONGEST_NAME
                    placeholder="My CLI Tool"
                    autofocus=true
                    error=problems.name
                />
                {(!teams.is_empty()).then(|| view! { <Scope teams team error=problems.team /> })}
                <Lifetime keys lifetime />
                {move || {
                    problems.whole.get().map(|message| view! { <Alert kind=AlertKind::Danger message /> })
                }}
            <DialogButtons>
                <Button kind=ButtonKind::Secondary on_click=move |()| creation.leave(Way::Here)>
                    "Cancel"
                </Button>
                <Button submit=true busy>
                    "Create key"
                </Button>
            </DialogButtons>
        </form>
    }
    .into_any()
}

/// As whom the key acts.
#[component]
fn Scope(teams: Vec<TeamRef>, team: RwSignal<String>, error: RwSignal<Option<String>>) -> impl IntoView {
    let choices: Vec<Choice> = std::iter::once(Choice::new("", "Personal"))
        .chain(teams.into_iter().map(|team| Choice::new(team.id, team.name)))
        .collect();
    let hint = move || {
        let hint = if team.with(String::is_empty) {
            "Acts as you: sees and writes your own threads and projects."
        } else {
            "Sees and writes the team's threads and projects only. Stops working if you leave the team."
        };
        Some(hint.to_owned())
    };
    let choose = move |chosen| {
        error.set(None);
        team.set(chosen);
    };
    view! {
        <Select
            label="Scope"
            id=TEAM
            choices=Signal::stored(choices)
            value=team
            on_change=choose
            hint=MaybeProp::derive(hint)
            error=error
        />
    }
    .into_any()
}

/// How long the key lives.
#[component]
fn Lifetime(keys: Keys, lifetime: RwSignal<String>) -> impl IntoView {
    let locale = use_context::<DateLocale>();
    let hint = RwSignal::new(None::<String>);
    effect(move || {
        let locale = locale.and_then(|DateLocale(locale)| locale.get());
        let end = end_of(&lifetime.get(), untrack(|| keys.look_at_clock()));
        hint.set(Some(match end {
            Some(end) => "Expires on ".to_owned() + &local_text(&end, DateStyle::LongDate, locale.as_deref()) + ".",
            None => "Works until you revoke it.".to_owned(),
        }));
    });
    let choices = LIFETIMES.map(|(value, label)| Choice::new(value, label)).to_vec();
    view! {
        <SegmentedControl
            label="Expiration"
            id="key-lifetime"
            choices
            value=lifetime
            on_change=move |value| lifetime.set(value)
            hint=MaybeProp::derive(move || hint.get())
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_to_a_hundred_characters() {
        assert_eq!(name_problem("  "), Some("Give it a name".to_owned()));
        assert_eq!(name_problem(&"ä".repeat(100)), None);
        assert_eq!(
            name_problem(&("x".repeat(101) + " ")),
            Some("At most 100 characters, this has 101".to_owned())
        );
    }
}
