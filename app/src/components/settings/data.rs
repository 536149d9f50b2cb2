//! What becomes of the person's chats.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::settings::ChangeSettingsRequest;
use types::threads::DELETE_ALL_CONFIRMATION;

use super::archived::{Archived, ArchivedList};
use super::rows::{ROWS, Row};
use super::saving::{Standing, use_saver};
use super::{count, why};
use crate::components::icons::{Glyph, Icon};
use crate::components::layout::lazily::Lazily;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, button_class};
use crate::components::ui::confirm::Confirm;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::pieces;
use crate::routes::api;
use crate::server_fns::settings::my_settings;
use crate::server_fns::threads::{archive_all, delete_all};

#[component]
pub(super) fn Data() -> impl IntoView {
    let archived = ArchivedList::new();
    view! {
        <div class=ROWS>
            <Row
                title="Export everything"
                help="All your chats, projects with what their documents say, templates and settings as one archive, which can be imported again. A single chat is saved from its menu."
            >
                <a
                    href=api::EXPORT_ALL
                    download=""
                    class=button_class(ButtonKind::Secondary, ButtonSize::Standard)
                >
                    <Glyph icon=Icon::Download />
                    "Export"
                </a>
            </Row>
            <Import archived />
            <ArchiveAll archived />
            <DeleteAll archived />
        </div>
        <Archived list=archived />
    }
    .into_any()
}

#[component]
fn Import(archived: ArchivedList) -> impl IntoView {
    let saver = use_saver();
    let open = RwSignal::new(false);
    let on_done = Callback::new(move |settings: bool| {
        archived.load();
        if !settings {
            return;
        }
        spawn_local(async move {
            // Saved once more, they are shown everywhere, and the next document has their colours.
            if let Ok(now) = my_settings().await {
                let change = ChangeSettingsRequest {
                    theme_preference: Some(now.theme_preference),
                    ..ChangeSettingsRequest::default()
                };
                saver.save(RwSignal::new(Standing::Quiet), "Settings", change);
            }
        });
    });
    view! {
        <Row title="Import" help="An archive from Latchkey, or your chats from ChatGPT.">
            <Button kind=ButtonKind::Secondary on_click=move |()| open.set(true)>
                "Import"
            </Button>
            <Lazily when=open load=Box::new(move || Box::pin(pieces::importing(open, on_done))) />
        </Row>
    }
    .into_any()
}

#[component]
fn ArchiveAll(archived: ArchivedList) -> impl IntoView {
    let toasts = use_toasts();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let error = RwSignal::new(None);
    let go = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let done = archive_all().await;
            _ = busy.try_set(false);
            match done {
                Ok(number) => {
                    _ = open.try_set(false);
                    toasts.show(match number {
                        0 => "There was nothing to archive.".to_owned(),
                        number => count(number, "chat") + " archived.",
                    });
                    archived.load();
                }
                Err(failure) => said(toasts, error, why(&failure)),
            }
        });
    };
    view! {
        <Row title="Archive all chats" help="Clears the sidebar. Archived chats can be restored below.">
            <Button kind=ButtonKind::Secondary on_click=move |()| open.set(true)>
                "Archive all"
            </Button>
            <Confirm
                open
                title="Archive all chats?"
                text="They leave the sidebar, and you can restore each of them here. Chats of your teams stay where they are."
                go_on="Archive all"
                kind=ButtonKind::Primary
                busy
                error
                on_go=go
            />
        </Row>
    }
    .into_any()
}

#[component]
fn DeleteAll(archived: ArchivedList) -> impl IntoView {
    let toasts = use_toasts();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let (error, typed) = (RwSignal::new(None), RwSignal::new(String::new()));
    let go = move |()| {
        busy.set(true);
        error.set(None);
        let confirmation = typed.get_untracked();
        spawn_local(async move {
            let done = delete_all(confirmation).await;
            _ = busy.try_set(false);
            match done {
                Ok(number) => {
                    _ = open.try_set(false);
                    toasts.show(match number {
                        0 => "There was nothing to delete.".to_owned(),
                        number => count(number, "chat") + " deleted.",
                    });
                    archived.load();
                }
                Err(failure) => said(toasts, error, why(&failure)),
            }
        });
    };
    view! {
        <Row title="Delete all chats" help="The archived ones too. This can't be undone.">
            <div class="-mr-3.5">
                <Button kind=ButtonKind::QuietDanger on_click=move |()| open.set(true)>
                    "Delete all"
                </Button>
            </div>
            <Confirm
                open
                title="Delete all chats?"
                text="All your chats are deleted, the archived ones too, and you can't get them back. Chats of your teams stay where they are."
                go_on="Delete all chats"
                kind=ButtonKind::Danger
                typed=(DELETE_ALL_CONFIRMATION, typed)
                busy
                error
                on_go=go
            />
        </Row>
    }
    .into_any()
}

/// Says it in the dialog; when that is closed by now, so that it is not missed, as a toast.
fn said(toasts: Toasts, error: RwSignal<Option<String>>, why: String) {
    if let Some(Some(why)) = error.try_set(Some(why)) {
        toasts.fail(why);
    }
}
