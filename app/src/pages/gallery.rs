//! The design system: every primitive in every state, side by side. For who works on it; a server shows it only when it
//! is told to.

use leptos::prelude::*;

use crate::components::icons::{Glyph, Icon};
use crate::components::layout::title::Title;
use crate::components::ui::alert::{Alert, AlertKind};
use crate::components::ui::avatar::Avatar;
use crate::components::ui::badge::{Badge, BadgeKind};
use crate::components::ui::button::{Button, ButtonKind, ButtonSize, IconButton, SubmitButton, button_class};
use crate::components::ui::card::{CARD, TABLE, TD, TH, THEAD, TR};
use crate::components::ui::code_block::CodeBlock;
use crate::components::ui::copy_button::CopyButton;
use crate::components::ui::dialog::{Dialog, DialogButtons, DialogSize};
use crate::components::ui::field::{Field, TextArea};
use crate::components::ui::kbd::Kbd;
use crate::components::ui::menu::{Menu, MenuChoice, MenuHeading, MenuItem, MenuLine, MenuLink};
use crate::components::ui::place::Align;
use crate::components::ui::segmented::SegmentedControl;
use crate::components::ui::select::{Choice, Select};
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::spinner::Spinner;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::components::ui::switch::Switch;
use crate::components::ui::tabs::Tabs;
use crate::components::ui::time::Time;
use crate::components::ui::tooltip::Tooltip;
use crate::contexts::toasts::use_toasts;
use crate::hooks::dates::DateStyle;
use crate::hooks::hotkeys::{Chord, use_hotkey};

const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

/// The page.
#[component]
pub fn GalleryPage() -> impl IntoView {
    view! {
        <Title text="Design system" />
        <div class="h-full overflow-y-auto">
            <div class="mx-auto flex max-w-250 flex-col gap-10 px-4 py-8 md:px-8">
                <h1 class="text-xl font-semibold tracking-tight">"Design system"</h1>
                <Buttons />
                <Fields />
                <Choices />
                <Dialogs />
                <Menus />
                <Toasts />
                <Words />
                <States />
                <Code />
                <Table />
                <Icons />
            </div>
        </div>
    }
    .into_any()
}

/// A group of specimens.
#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="flex flex-col gap-4">
            <h2 class="border-b border-line pb-1.5 text-base font-semibold">{title}</h2>
            {children()}
        </section>
    }
    .into_any()
}

/// Specimens in a row, with what they have in common.
#[component]
fn Row(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-center gap-x-4 gap-y-3">
            <h3 class="w-32 shrink-0 text-xs text-muted">{label}</h3>
            {children()}
        </div>
    }
    .into_any()
}

const KINDS: [(ButtonKind, &str); 5] = [
    (ButtonKind::Primary, "Primary"),
    (ButtonKind::Secondary, "Secondary"),
    (ButtonKind::Quiet, "Quiet"),
    (ButtonKind::Danger, "Danger"),
    (ButtonKind::QuietDanger, "Quiet danger"),
];

#[component]
fn Buttons() -> impl IntoView {
    let busy = RwSignal::new(false);
    let pressed = RwSignal::new(false);
    let each = |show: fn(ButtonKind, &'static str) -> AnyView| {
        KINDS.map(|(kind, words)| show(kind, words)).into_iter().collect_view()
    };
    view! {
        <Section title="Buttons">
            <Row label="Kinds">{each(|kind, words| view! { <Button kind>{words}</Button> }.into_any())}</Row>
            <Row label="Small">
                {each(|kind, words| view! { <Button kind size=ButtonSize::Small>{words}</Button> }.into_any())}
            </Row>
            <Row label="With an icon">
                {each(|kind, words| view! { <Button kind icon=Icon::Plus>{words}</Button> }.into_any())}
            </Row>
            <Row label="Busy">
                {each(|kind, words| view! { <Button kind icon=Icon::Plus busy=true>{words}</Button> }.into_any())}
            </Row>
            <Row label="Disabled">
                {each(|kind, words| view! { <Button kind disabled=true>{words}</Button> }.into_any())}
            </Row>
            <Row label="Wide">
                <div class="w-80">
                    <SubmitButton busy>"Sign in"</SubmitButton>
                </div>
                <Button kind=ButtonKind::Secondary on_click=move |()| busy.update(|busy| *busy = !*busy)>
                    "Busy or not"
                </Button>
            </Row>
            <Row label="Link">
                <a href="#icons" class=button_class(ButtonKind::Secondary, ButtonSize::Standard)>
                    "To the icons"
                </a>
            </Row>
            <Row label="Icon buttons">
                <IconButton icon=Icon::Copy label="Copy" />
                <IconButton icon=Icon::Refresh label="Regenerate" busy=true />
                <IconButton icon=Icon::Trash label="Delete" disabled=true />
                <IconButton
                    icon=Icon::ThumbUp
                    label="Good answer"
                    pressed=Signal::from(pressed)
                    on_click=move |()| pressed.update(|pressed| *pressed = !*pressed)
                />
            </Row>
        </Section>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let name = RwSignal::new("Release script".to_owned());
    let short = RwSignal::new("Too long".to_owned());
    let text = RwSignal::new("Two lines\nof <text> & more".to_owned());
    let error = move || short.with(|short| (short.len() > 5).then(|| "At most 5 characters.".to_owned()));
    view! {
        <Section title="Fields">
            <div class="grid grid-cols-1 gap-x-8 gap-y-5 md:grid-cols-2">
                <Field label="Name" name="g-name" bind=name counter=100 />
                <Field label="With an error" name="g-short" bind=short counter=5 error=Signal::derive(error) />
                <Field label="With a hint" name="g-hint" hint="At least 8 characters" kind="password" autocomplete="new-password" />
                <Field label="Disabled" name="g-disabled" value="Nothing to change" disabled=true />
                <Field label="Empty" name="g-empty" placeholder="My CLI Tool" />
                <Field label="Long words" name="g-long" value=LONG error=Signal::stored(Some(LONG.to_owned())) />
                <TextArea label="Context" name="g-context" bind=text counter=2000 hint="Goes into every conversation." />
                <TextArea
                    label="With an error"
                    name="g-wrong"
                    bind=RwSignal::new(String::new())
                    placeholder="What the team should know"
                    error=Signal::stored(Some("Say something.".to_owned()))
                />
            </div>
        </Section>
    }
}

fn expirations() -> Vec<Choice> {
    ["Never", "30 days", "90 days", "1 year"]
        .map(|words| Choice::new(words, words))
        .to_vec()
}

#[component]
fn Choices() -> impl IntoView {
    let scope = RwSignal::new("team".to_owned());
    let scopes = vec![
        Choice::new("personal", "Personal"),
        Choice::new("team", "Platform team"),
    ];
    let scope_hint = move || {
        let hint = if scope.with(|scope| scope == "team") {
            "Sees and writes the team's threads and projects only."
        } else {
            "Sees and writes your own threads and projects only."
        };
        Some(hint.to_owned())
    };
    let expiration = RwSignal::new("90 days".to_owned());
    let on = RwSignal::new(true);
    let tab = RwSignal::new(0);
    view! {
        <Section title="Choices">
            <div class="grid grid-cols-1 gap-x-8 gap-y-5 md:grid-cols-2">
                <Select
                    label="Scope"
                    id="g-scope"
                    choices=scopes
                    value=scope
                    on_change=move |value| scope.set(value)
                    hint=MaybeProp::derive(scope_hint)
                />
                <Select
                    label="With an error"
                    id="g-scope-wrong"
                    choices=vec![Choice::new("gone", "A team that is gone")]
                    value="gone"
                    on_change=move |_| ()
                    error=Signal::stored(Some("You are not in this team any more.".to_owned()))
                />
                <SegmentedControl
                    label="Expiration"
                    id="g-expiration"
                    choices=expirations()
                    value=expiration
                    on_change=move |value| expiration.set(value)
                    hint=MaybeProp::derive(move || Some("Chosen: ".to_owned() + &expiration.get()))
                />
                <SegmentedControl
                    label="Disabled"
                    id="g-expiration-disabled"
                    choices=expirations()
                    value="Never"
                    on_change=move |_| ()
                    disabled=true
                />
            </div>
            <Row label="Switches">
                <Switch label="Code wraps" checked=on on_change=move |now| on.set(now) />
                <Switch label="Off" checked=false on_change=move |_| () />
                <Switch label="Busy" checked=true on_change=move |_| () busy=true />
                <Switch label="Off and disabled" checked=false on_change=move |_| () disabled=true />
                <Switch label="On and disabled" checked=true on_change=move |_| () disabled=true />
            </Row>
            <Tabs label="Languages" id="g-tabs" tabs=vec!["curl", "Python", "JavaScript"] selected=tab>
                <p class="text-sm">{move || ["A call with curl", "A call with Python", "A call with JavaScript"][tab.get()]}</p>
            </Tabs>
        </Section>
    }
}

#[component]
fn Dialogs() -> impl IntoView {
    let toasts = use_toasts();
    let question = RwSignal::new(false);
    let form = RwSignal::new(false);
    let guarded = RwSignal::new(false);
    let really = RwSignal::new(false);
    let long = RwSignal::new(false);
    let bare = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if name.with(|name| name.trim().is_empty()) {
            error.set(Some("Give the key a name.".to_owned()));
        } else {
            form.set(false);
            toasts.show("Saved");
        }
    };
    let guard = move |()| {
        really.set(true);
        false
    };
    view! {
        <Section title="Dialogs">
            <Row label="Sizes and kinds">
                <Button kind=ButtonKind::Secondary on_click=move |()| question.set(true)>"Question"</Button>
                <Button kind=ButtonKind::Secondary on_click=move |()| form.set(true)>"Form"</Button>
                <Button kind=ButtonKind::Secondary on_click=move |()| guarded.set(true)>"Guarded"</Button>
                <Button kind=ButtonKind::Secondary on_click=move |()| long.set(true)>"Long"</Button>
                <Button kind=ButtonKind::Secondary on_click=move |()| bare.set(true)>"Bare"</Button>
            </Row>
            <Dialog open=question title="Revoke key?" size=DialogSize::Small>
                <p class="text-sm wrap-anywhere">
                    "My CLI Tool (" <code class="font-mono">"sk-a1b2c3…"</code>
                    ") stops working at once. It was last used 4 minutes ago."
                </p>
                <DialogButtons>
                    <Button kind=ButtonKind::Secondary on_click=move |()| question.set(false)>"Cancel"</Button>
                    <Button
                        kind=ButtonKind::Danger
                        on_click=move |()| {
                            question.set(false);
                            toasts.undo("Key revoked", || ());
                        }
                    >
                        "Revoke key"
                    </Button>
                </DialogButtons>
            </Dialog>
            <Dialog open=form title="Create API key">
                <form class="flex flex-col gap-4" novalidate=true on:submit=submit>
                    <Field label="Name" name="g-key" bind=name counter=100 autofocus=true error=error />
                    <DialogButtons>
                        <Button kind=ButtonKind::Secondary on_click=move |()| toasts.fail("It did not work out.")>
                            "Fail"
                        </Button>
                        <Menu label="More">
                            <MenuItem label="Rename" icon=Icon::Pencil on_select=move |()| toasts.show("Renamed") />
                            <MenuItem label="Pin" icon=Icon::Pin on_select=move |()| toasts.show("Pinned") />
                        </Menu>
                        <Button submit=true>"Create key"</Button>
                    </DialogButtons>
                </form>
            </Dialog>
            <Dialog open=guarded title="Your new key" guard=guard>
                <Alert kind=AlertKind::Warning message="Copy it now and keep it somewhere safe. It will not be shown again." />
                <Dialog open=really title="Close without copying?" size=DialogSize::Small>
                    <p class="text-sm">"The key can't be shown again."</p>
                    <DialogButtons>
                        <Button kind=ButtonKind::Secondary on_click=move |()| really.set(false)>"Go back"</Button>
                        <Button
                            kind=ButtonKind::Danger
                            on_click=move |()| {
                                really.set(false);
                                guarded.set(false);
                            }
                        >
                            "Close"
                        </Button>
                    </DialogButtons>
                </Dialog>
            </Dialog>
            <Dialog open=long title=LONG>
                {(1..60).map(|line| view! { <p class="text-sm">"Line " {line}</p> }).collect_view()}
            </Dialog>
            <Dialog open=bare title="A room of its own" size=DialogSize::Large bare=true>
                <div class="flex h-80 min-h-0">
                    <div class="w-40 shrink-0 border-r border-line p-4 text-sm font-semibold">"Settings"</div>
                    <div class="flex-1 p-4 text-sm">"Esc closes it."</div>
                </div>
            </Dialog>
        </Section>
    }
}

#[component]
fn Menus() -> impl IntoView {
    let toasts = use_toasts();
    let said = move |text: &'static str| move |()| toasts.show(text);
    let model = RwSignal::new("Llama 3.2");
    let models = move || {
        ["Llama 3.2", "Mistral Small", "Builtin"]
            .map(|name| {
                let checked = Signal::derive(move || model.get() == name);
                view! { <MenuChoice label=name text="A model" checked on_select=move |()| model.set(name) /> }
            })
            .into_iter()
            .collect_view()
    };
    let renaming = RwSignal::new(false);
    view! {
        <Section title="Menus">
            <Row label="Behind an icon">
                <Menu label="Thread menu" align=Align::Start>
                    <MenuItem label="Rename" icon=Icon::Pencil on_select=move |()| renaming.set(true) />
                    <MenuItem label="Pin" icon=Icon::Pin on_select=said("Pinned") />
                    <MenuItem label="Move to project" icon=Icon::Folder disabled=true on_select=said("Moved") />
                    <MenuLink label="Export as Markdown" icon=Icon::Download href="#icons" download=true />
                    <MenuItem label="Archive" icon=Icon::Archive on_select=said("Archived") />
                    <MenuLine />
                    <MenuItem label="Delete" icon=Icon::Trash danger=true on_select=said("Deleted") />
                </Menu>
                <Menu label="Not now" disabled=true>
                    <MenuItem label="Nothing" on_select=said("Nothing") />
                </Menu>
                <Dialog open=renaming title="Rename" size=DialogSize::Small>
                    <p class="text-sm">"The focus returns to the menu's button."</p>
                </Dialog>
            </Row>
            <Row label="Behind words">
                <Menu
                    label=Signal::derive(move || model.get().to_owned() + ", choose a model")
                    align=Align::Start
                    class="inline-flex h-8 cursor-pointer items-center gap-1.5 rounded-md px-2 text-xs font-medium text-ink-soft hover:bg-sunken pointer-coarse:min-h-11"
                    trigger=move || view! { <span>{model}</span> <Glyph icon=Icon::ChevronDown size="size-3.5" /> }
                >
                    <MenuHeading label="Models" />
                    {models()}
                </Menu>
            </Row>
            <Row label="In a box that scrolls">
                <div class="h-24 w-full overflow-auto rounded-xl border border-line p-3 sm:w-80">
                    <div class="flex h-48 w-120 items-start justify-between">
                        <Menu label="At the left">
                            <MenuItem label="Rename" icon=Icon::Pencil on_select=said("Renamed") />
                            <MenuItem label=LONG icon=Icon::Pin on_select=said("Pinned") />
                        </Menu>
                        <Menu label="At the right">
                            <MenuItem label="Rename" icon=Icon::Pencil on_select=said("Renamed") />
                        </Menu>
                    </div>
                </div>
            </Row>
        </Section>
    }
}

#[component]
fn Toasts() -> impl IntoView {
    let toasts = use_toasts();
    let count = RwSignal::new(0);
    use_hotkey(
        Chord::command("o").shift(),
        Callback::new(move |()| toasts.show("The shortcut was pressed")),
    );
    view! {
        <Section title="Toasts">
            <Row label="Kinds">
                <Button
                    kind=ButtonKind::Secondary
                    on_click=move |()| {
                        count.update(|count| *count += 1);
                        toasts.show("Message ".to_owned() + &count.get_untracked().to_string());
                    }
                >
                    "Message"
                </Button>
                <Button
                    kind=ButtonKind::Secondary
                    on_click=move |()| toasts.undo("Thread deleted", move || toasts.show("It is back"))
                >
                    "With Undo"
                </Button>
                <Button
                    kind=ButtonKind::Secondary
                    on_click=move |()| toasts.fail("The thread could not be renamed. Try again.")
                >
                    "Failure"
                </Button>
                <Button kind=ButtonKind::Secondary on_click=move |()| toasts.show(LONG.repeat(3))>"Long words"</Button>
            </Row>
        </Section>
    }
}

#[component]
fn Words() -> impl IntoView {
    const THEN: &str = "2026-10-12T14:03:05.000Z";
    const NOW: &str = "2026-10-12T14:07:35.000Z";
    view! {
        <Section title="Words">
            <Row label="Badges">
                <Badge>"Personal"</Badge>
                <Badge kind=BadgeKind::Accent icon=Icon::Users>"Platform team"</Badge>
                <Badge kind=BadgeKind::Ok>"Active"</Badge>
                <Badge kind=BadgeKind::Warning>"Expires in 6 days"</Badge>
                <Badge kind=BadgeKind::Danger>"Expired"</Badge>
                <div class="w-40">
                    <Badge kind=BadgeKind::Accent icon=Icon::Key>{LONG}</Badge>
                </div>
            </Row>
            <Row label="Keys">
                <Kbd chord=Chord::command("k") />
                <Kbd chord=Chord::command("o").shift() />
                <Kbd chord=Chord::command(",") />
                <Kbd chord=Chord::key("Escape") />
            </Row>
            <Row label="Moments">
                <Time at=THEN style=DateStyle::Relative now=NOW />
                <Time at=THEN style=DateStyle::Date />
                <Time at=THEN style=DateStyle::LongDate />
                <Time at=THEN style=DateStyle::Exact />
            </Row>
            <Row label="Tooltip">
                <Tooltip text="In full: 12 October 2026">"Rest on this"</Tooltip>
            </Row>
            <Row label="Person">
                <Avatar name="Mara Keller" />
            </Row>
            <div class="grid grid-cols-1 gap-3 md:grid-cols-2">
                <Alert message="Something went wrong. Try again in a minute." />
                <Alert kind=AlertKind::Warning message="It will not be shown again." />
                <Alert kind=AlertKind::Info message="The answer continues on the server if you leave." />
                <Alert kind=AlertKind::Ok message="The key works." />
            </div>
        </Section>
    }
}

#[component]
fn States() -> impl IntoView {
    let busy = RwSignal::new(false);
    view! {
        <Section title="States">
            <Row label="Going on">
                <Spinner label="Answering" />
                <div class="flex w-64 flex-col gap-2" aria-busy="true">
                    <Skeleton class="h-4 w-40" />
                    <Skeleton class="h-4 w-64" />
                    <Skeleton class="h-4 w-52" />
                </div>
            </Row>
            <div class="grid grid-cols-1 gap-4 md:grid-cols-2">
                <div class=CARD>
                    <EmptyState icon=Icon::Key title="No keys yet" text="A key lets a program chat as you.">
                        <Button icon=Icon::Plus>"Create key"</Button>
                    </EmptyState>
                </div>
                <div class=CARD>
                    <ErrorState
                        message="Your keys could not be loaded."
                        busy
                        on_retry=move |()| busy.update(|busy| *busy = !*busy)
                    />
                </div>
            </div>
        </Section>
    }
}

#[component]
fn Code() -> impl IntoView {
    let secret = "sk-4be1c09f27d14a4c8f0e";
    view! {
        <Section title="Code">
            <CodeBlock
                language="shell"
                label="A call"
                code="curl -N https://chat.example.org/api/chat \\\n  -H \"Authorization: Bearer $LATCHKEY_KEY\" \\\n  -d '{\"content\":\"Hello!\"}'"
            />
            <div class="flex items-center gap-1 rounded-lg border border-line-strong bg-surface py-1 pr-1 pl-3 md:max-w-md">
                <code class="min-w-0 flex-1 truncate font-mono text-sm">{secret}</code>
                <IconButton icon=Icon::Eye label="Show key" />
                <CopyButton text=secret label="key" large=true />
            </div>
        </Section>
    }
}

#[component]
fn Table() -> impl IntoView {
    let rows = [("My CLI Tool", "sk-a1b2c3…"), ("Nightly report", "sk-9f04de…")]
        .map(|(name, prefix)| {
            view! {
                <tr class=TR>
                    <td class=TD>
                        <div class="font-medium text-ink">{name}</div>
                        <code class="font-mono text-xs text-muted">{prefix}</code>
                    </td>
                    <td class=TD>
                        <Badge>"Personal"</Badge>
                    </td>
                    <td class="px-3 text-right">
                        <Button kind=ButtonKind::QuietDanger size=ButtonSize::Small label="Revoke key ".to_owned() + name>
                            "Revoke"
                        </Button>
                    </td>
                </tr>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <Section title="Table">
            <div class=CARD>
                <table class=TABLE>
                    <thead class=THEAD>
                        <tr>
                            <th class=TH>"Name"</th>
                            <th class=TH>"Scope"</th>
                            <th class=TH>
                                <span class="sr-only">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Section>
    }
}

#[component]
fn Icons() -> impl IntoView {
    let icons = Icon::ALL
        .map(|icon| view! { <li data-tip=format!("{icon:?}")><Glyph icon size="size-5" /></li> })
        .into_iter()
        .collect_view();
    view! {
        <Section title="Icons">
            <ul id="icons" class="flex flex-wrap gap-4">
                {icons}
            </ul>
        </Section>
    }
}
