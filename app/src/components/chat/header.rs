//! The open thread's title, and what can be done with it.

use leptos::prelude::*;
use types::threads::{ThreadRow, Visibility};

use super::open::{Chat, Stage};
use crate::components::icons::{Glyph, Icon};
use crate::components::sidebar::row::Placing;
use crate::components::ui::badge::Badge;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::dialog::{Dialog, DialogButtons, DialogSize};
use crate::components::ui::field::Field;
use crate::components::ui::menu::{Menu, MenuItem, MenuLine, MenuLink};
use crate::contexts::threads::{Threads, use_threads};
use crate::contexts::ui::use_ui;
use crate::hooks::reactive::{effect, memo};
use crate::routes::{self, api};

/// The row of the open thread: as the list knows it, where a change shows at once; else as it was opened.
pub fn row_of(chat: Chat) -> Memo<Option<ThreadRow>> {
    let threads = use_threads();
    memo(move || {
        let row = chat.row.get()?;
        threads.get(&row.thread.id).or(Some(row))
    })
}

/// The bar above the messages. On a phone the frame's own bar has its title and menu.
#[component]
pub fn Header(
    /// The chat on the page.
    chat: Chat,
    /// Its thread, see [`row_of`].
    row: Memo<Option<ThreadRow>>,
) -> impl IntoView {
    let ui = use_ui();
    let renaming = RwSignal::new(false);
    let title = move || row.with(|row| row.as_ref().map(|row| row.thread.title.clone()));
    let open = memo(move || chat.stage.with(|stage| *stage == Stage::Open) && row.with(Option::is_some));

    // The bar on a phone is the frame's.
    let menu = move || view! { <ThreadMenu chat row renaming /> }.into_any();
    effect(move || {
        let actions = open.get().then(|| ViewFn::from(menu));
        ui.actions.set(actions);
    });
    effect(move || ui.title.set(title()));
    on_cleanup(move || {
        _ = ui.actions.try_set(None);
        _ = ui.title.try_set(None);
    });

    view! {
        <header class="flex h-14 shrink-0 items-center gap-3 border-b border-line px-6 max-md:sr-only">
            <h1 class="min-w-0 truncate text-sm font-semibold" dir="auto" data-tip=title>
                {move || title().unwrap_or_else(|| "Chat".to_owned())}
            </h1>
            {move || {
                let archived = row.with(|row| row.as_ref().is_some_and(|row| row.thread.archived));
                archived.then(|| view! { <Badge icon=Icon::Archive>"Archived"</Badge> })
            }}
            <ProjectLink row />
            <div class="ml-auto flex shrink-0 items-center gap-2 max-md:hidden">
                <Sharing chat row />
                {move || open.get().then(menu)}
            </div>
        </header>
        <Rename row renaming />
    }
    .into_any()
}

/// The way to the project that the thread lies in.
#[component]
fn ProjectLink(row: Memo<Option<ThreadRow>>) -> impl IntoView {
    let project = memo(move || {
        row.with(|row| {
            let row = row.as_ref()?;
            row.thread.project_id.clone().zip(row.project.clone())
        })
    });
    move || {
        project.get().map(|(id, name)| {
            view! {
                <a
                    href=routes::project(&id)
                    class="inline-flex max-w-48 min-w-0 shrink-0 items-center gap-1.5 rounded-md px-1.5 py-0.5 text-xs text-muted hover:bg-sunken hover:text-ink"
                >
                    <Glyph icon=Icon::Folder size="size-3.5" />
                    <span class="sr-only">"In project "</span>
                    <bdi class="truncate">{name}</bdi>
                </a>
            }
        })
    }
}

/// Who else sees a team's thread; whoever started it shares it here.
#[component]
fn Sharing(chat: Chat, row: Memo<Option<ThreadRow>>) -> impl IntoView {
    let threads = use_threads();
    let state = memo(move || {
        row.with(|row| {
            let row = row.as_ref().filter(|row| row.thread.team_id.is_some())?;
            Some((row.thread.visibility == Visibility::Shared, row.author.clone()))
        })
    });
    let share = move |()| {
        if let Some(row) = row.get_untracked() {
            threads.share(&row, true);
        }
    };
    move || match state.get()? {
        (true, None) => Some(view! { <Badge icon=Icon::Users>"Shared"</Badge> }.into_any()),
        (true, Some(name)) => {
            Some(view! { <Badge icon=Icon::Users>{"Shared by ".to_owned() + &name}</Badge> }.into_any())
        }
        (false, _) if !chat.writable.get() => None,
        (false, _) => Some(
            view! {
                <Button kind=ButtonKind::Secondary size=ButtonSize::Small icon=Icon::Users on_click=share>
                    "Share with team"
                </Button>
            }
            .into_any(),
        ),
    }
}

#[component]
fn ThreadMenu(chat: Chat, row: Memo<Option<ThreadRow>>, renaming: RwSignal<bool>) -> impl IntoView {
    let threads = use_threads();
    let items = move || {
        let Some(whole) = row.get() else {
            return ().into_any();
        };
        let mine = whole.author.is_none();
        let way = whole.thread.project_id.clone().zip(whole.project.clone());
        let thread = whole.thread.clone();
        let act = move |act: fn(Threads, &str)| {
            Callback::new(move |()| {
                if let Some(row) = row.get_untracked() {
                    act(threads, &row.thread.id);
                }
            })
        };
        let file = |format| [api::EXPORT, &thread.id, "?format=", format].concat();
        let (pin, pin_icon, on_pin): (_, _, fn(Threads, &str)) = if thread.pinned {
            ("Unpin", Icon::PinOff, |threads, id| threads.pin(id, false))
        } else {
            ("Pin", Icon::Pin, |threads, id| threads.pin(id, true))
        };
        let (archive, archive_icon, on_archive): (_, _, fn(Threads, &str)) = if thread.archived {
            ("Take out of the archive", Icon::ArchiveRestore, Threads::unarchive)
        } else {
            ("Archive", Icon::Archive, Threads::archive)
        };
        let writable = chat.writable.get();
        view! {
            {writable
                .then(|| {
                    view! {
                        <MenuItem label="Rename" icon=Icon::Pencil on_select=move |()| renaming.set(true) />
                        <MenuItem label=pin icon=pin_icon on_select=act(on_pin) />
                        <Placing row=whole.clone() />
                    }
                })}
            {way
                .map(|(id, name)| {
                    view! {
                        <MenuLink label="Open “".to_owned() + &name + "”" icon=Icon::Folder href=routes::project(&id) />
                    }
                })}
            <MenuLine />
            <MenuLink label="Export as Markdown" icon=Icon::Download href=file("markdown") download=true />
            <MenuLink label="Export as JSON" icon=Icon::Download href=file("json") download=true />
            {writable
                .then(|| {
                    view! {
                        <MenuItem label=archive icon=archive_icon on_select=act(on_archive) />
                    }
                })}
            {(writable && mine)
                .then(|| {
                    view! {
                        <MenuLine />
                        <MenuItem label="Delete" icon=Icon::Trash danger=true on_select=act(Threads::delete) />
                    }
                })}
        }
        .into_any()
    };
    view! { <Menu label="Chat menu">{items}</Menu> }.into_any()
}

#[component]
fn Rename(row: Memo<Option<ThreadRow>>, renaming: RwSignal<bool>) -> impl IntoView {
    let threads = use_threads();
    let title = RwSignal::new(String::new());
    effect(move || {
        if renaming.get() {
            title.set(row.with_untracked(|row| row.as_ref().map(|row| row.thread.title.clone()).unwrap_or_default()));
        }
    });
    let empty = Signal::derive(move || title.with(|title| title.trim().is_empty()));
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if empty.get_untracked() {
            return;
        }
        if let Some(row) = row.get_untracked() {
            threads.rename(&row.thread.id, title.get_untracked().trim());
        }
        renaming.set(false);
    };
    view! {
        <Dialog open=renaming title="Rename chat" size=DialogSize::Small>
            <form on:submit=save>
                <Field label="Title" name="title" bind=title counter=200 autofocus=true />
                <DialogButtons>
                    <Button kind=ButtonKind::Secondary on_click=move |()| renaming.set(false)>
                        "Cancel"
                    </Button>
                    <Button submit=true disabled=empty>
                        "Rename"
                    </Button>
                </DialogButtons>
            </form>
        </Dialog>
    }
    .into_any()
}
