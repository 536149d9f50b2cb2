//! Rows with a text that is saved when the reader leaves it.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use types::settings::{ChangeSettingsRequest, ChangeUserSettings, UserSettings};

use super::rows::{Complaint, Confirmation, set_or_cleared};
use super::saving::{Standing, use_saver};

use crate::hooks::reactive::{effect, effect_after, memo};

/// A setting that is a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Name,
    Role,
    Context,
}

impl Text {
    fn of(self, settings: &UserSettings) -> String {
        match self {
            Self::Name => settings.name.clone(),
            Self::Role => settings.role.clone().unwrap_or_default(),
            Self::Context => settings.context.clone().unwrap_or_default(),
        }
    }

    fn change(self, text: String) -> ChangeSettingsRequest {
        let mut settings = ChangeUserSettings::default();
        match self {
            Self::Name => settings.name = Some(text),
            Self::Role => settings.role = set_or_cleared(text),
            Self::Context => settings.context = set_or_cleared(text),
        }
        ChangeSettingsRequest {
            settings,
            theme_preference: None,
        }
    }
}

/// The looks of the design system's inputs; its `Field` has its label above it, where a row has it at the left.
const INPUT: &str = "h-9 w-full rounded-lg border border-control bg-surface px-3 text-sm text-ink transition-colors hover:border-ink-soft focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger pointer-coarse:h-10";
const AREA: &str = "block max-h-80 min-h-28 resize-y py-2 [field-sizing:content] w-full rounded-lg border border-control bg-surface px-3 text-sm text-ink transition-colors hover:border-ink-soft focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger";

/// A row with a line of text, or with several lines under its title when it says how many characters there may be.
///
/// What was typed stays until it is saved, whatever happens: a failure leaves it where it is, and so does leaving the row
/// for another section and coming back.
#[component]
pub(super) fn TextRow(
    text: Text,
    title: &'static str,
    help: &'static str,
    /// Id of the input, of its help and of what is wrong with it.
    ids: [&'static str; 3],
    #[prop(optional)] placeholder: &'static str,
    /// What the browser may fill in; the values are those of the HTML standard.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Characters there may be, for a text of several lines.
    #[prop(optional)]
    most: Option<usize>,
) -> impl IntoView {
    let saver = use_saver();
    let [id, help_id, error_id] = ids;
    let standing = RwSignal::new(Standing::Quiet);
    let saved = memo(move || saver.read(|person| text.of(&person.settings)).unwrap_or_default());
    let draft = RwSignal::new(saver.take_kept(title).unwrap_or_else(|| saved.get_untracked()));
    // What was sent last: it is not sent again, unless it failed and the reader insists.
    let sent = StoredValue::new(saved.get_untracked());

    // The server's version, as long as the reader has typed nothing else since.
    effect_after(move |before: Option<()>| {
        let now = saved.get();
        let saving = standing.with_untracked(|standing| *standing == Standing::Saving);
        let untouched = draft.with_untracked(|draft| sent.with_value(|sent| draft == sent));
        if before.is_some() && untouched && !saving {
            sent.set_value(now.clone());
            draft.set(now);
        }
    });
    let save = move || {
        // The input says that it lost the focus even when it is taken away, and all this with it.
        let Some(typed) = draft.try_get_untracked() else {
            return;
        };
        let saving = standing.with_untracked(|standing| *standing == Standing::Saving);
        if saving && sent.with_value(|sent| *sent == typed) {
            return;
        }
        if !saving && saved.with_untracked(|saved| saved.trim() == typed.trim()) {
            standing.set(Standing::Quiet);
            return;
        }
        sent.set_value(typed.clone());
        saver.save(standing, title, text.change(typed));
    };
    on_cleanup(move || {
        let typed = draft.get_untracked();
        if saved.with_untracked(|saved| saved.trim() != typed.trim()) {
            saver.keep(title, typed);
        }
        save();
    });

    let wrong = memo(move || standing.with(|standing| matches!(standing, Standing::Failed(_))));
    let on_input = move |typed: String| {
        draft.set(typed);
        if wrong.get_untracked() {
            standing.set(Standing::Quiet);
        }
    };
    let invalid = move || wrong.get().then_some("true");
    let described_by = move || if wrong.get() { error_id } else { help_id };
    let on_blur = move |_: FocusEvent| save();
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            save();
        }
    };
    let head = view! {
        <div class=if most.is_some() { "min-w-0" } else { "min-w-0 flex-1 basis-36" }>
            <div class="flex min-h-5 items-center gap-2.5 text-sm font-medium">
                <label for=id>{title}</label>
                <Confirmation standing />
                {most.map(|most| view! { <Counter draft most /> })}
            </div>
            <p id=help_id class="text-xs text-muted">
                {help}
            </p>
            <Complaint standing id=error_id />
        </div>
    };
    if most.is_some() {
        let node = NodeRef::<html::Textarea>::new();
        effect(move || {
            let now = draft.get();
            if let Some(area) = node.get()
                && area.value() != now
            {
                area.set_value(&now);
            }
        });
        view! {
            <div class="flex flex-col gap-2.5 py-3.5">
                {head}
                <textarea
                    node_ref=node
                    id=id
                    rows="5"
                    placeholder=placeholder
                    autocomplete=autocomplete
                    aria-invalid=invalid
                    aria-describedby=described_by
                    class=AREA
                    on:input=move |event| on_input(event_target_value(&event))
                    on:blur=on_blur
                ></textarea>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="flex flex-wrap items-center justify-between gap-x-6 gap-y-2.5 py-3.5">
                {head}
                <div class="w-full sm:w-64">
                    <input
                        id=id
                        type="text"
                        placeholder=placeholder
                        autocomplete=autocomplete
                        aria-invalid=invalid
                        aria-describedby=described_by
                        class=INPUT
                        prop:value=draft
                        on:input=move |event| on_input(event_target_value(&event))
                        on:blur=on_blur
                        on:keydown=on_key
                    />
                </div>
            </div>
        }
        .into_any()
    }
}

/// How many characters there are, of how many there may be.
#[component]
fn Counter(draft: RwSignal<String>, most: usize) -> impl IntoView {
    let count = memo(move || draft.with(|draft| draft.chars().count()));
    view! {
        <span class=move || {
            if count.get() > most {
                "ml-auto shrink-0 text-xs font-normal tabular-nums text-danger"
            } else {
                "ml-auto shrink-0 text-xs font-normal tabular-nums text-muted"
            }
        }>
            {move || count.get().to_string() + " / " + &most.to_string()}
        </span>
    }
    .into_any()
}
