//! What can be done with a thing, behind a button.

use leptos::context::Provider;
use leptos::ev::{Event, KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

use super::button::ICON_BUTTON;
use super::classes;
use super::place::{Align, place};
use crate::components::icons::{Glyph, Icon};
use crate::hooks::listen::listen;
use crate::hooks::reactive::effect;

/// Where the focus goes when a menu opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// To the menu: the pointer opened it and will choose.
    Itself,
    /// To what is chosen already, else to the first item.
    First,
    /// To the last item.
    Last,
}

/// The menu that an item is in.
#[derive(Clone, Copy)]
struct InMenu {
    close: Callback<()>,
}

/// A button that opens a menu: with the pointer, Enter, Space or an arrow key. In the menu the arrow keys, Home, End and
/// the first letters of an item lead to it; Esc, Tab and a press elsewhere close it, and the focus goes back.
///
/// The browser lifts the menu above everything, so that no box it stands in cuts it off. Its items exist only while it is
/// open. Its children are [`MenuItem`], [`MenuChoice`], [`MenuLink`], [`MenuHeading`] and [`MenuLine`].
#[component]
pub fn Menu(
    /// Name of the button and of the menu: "Thread menu". For a `trigger` with words of its own it begins with them.
    #[prop(into)]
    label: Signal<String>,
    /// What the button shows, when it is only an icon.
    #[prop(default = Icon::Ellipsis)]
    icon: Icon,
    /// What the button shows instead of an icon.
    #[prop(optional, into)]
    trigger: Option<ViewFn>,
    /// The button's looks, when they are not those of an icon button.
    #[prop(default = ICON_BUTTON)]
    class: &'static str,
    /// Which edge of the button it keeps to.
    #[prop(default = Align::End)]
    align: Align,
    /// Whether the button can't be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Told when it opens and closes.
    #[prop(optional, into)]
    on_open: Option<Callback<bool>>,
    /// The items.
    children: ChildrenFn,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let popup = NodeRef::<html::Div>::new();
    // How often it has been opened, while it is open; 0 while it is closed. So that opening it once more draws it anew
    // even when nobody has said yet that the browser had closed it.
    let opening = RwSignal::new(0_u32);
    let times = StoredValue::new(0);
    let is_open = move || opening.get() > 0;
    let shown = move || {
        popup
            .get_untracked()
            .is_some_and(|popup| popup.matches(":popover-open").unwrap_or_default())
    };
    let entry = StoredValue::new(Entry::Itself);
    let set_open = move |now: bool| {
        let before = opening.get_untracked() > 0;
        if now {
            times.update_value(|times| *times += 1);
            opening.set(times.get_value());
        } else if before {
            opening.set(0);
        }
        if let (true, Some(on_open)) = (before != now, on_open) {
            _ = on_open.try_run(now);
        }
    };
    let close = Callback::new(move |()| {
        if let Some(popup) = popup.get_untracked() {
            // Gives the focus back, if it is in the menu.
            _ = popup.hide_popover();
        }
        set_open(false);
    });

    // A press on the button while the menu is open closes it before the click arrives, which must not open it again.
    let was_open = StoredValue::new(false);
    let on_press = move |_: PointerEvent| was_open.set_value(shown());
    let on_click = move |event: MouseEvent| {
        let was_open = was_open.try_update_value(std::mem::take).unwrap_or_default();
        if shown() {
            close.run(());
        } else if !was_open {
            entry.set_value(if event.detail() == 0 {
                Entry::First
            } else {
                Entry::Itself
            });
            set_open(true);
        }
    };
    let on_button_key = move |event: KeyboardEvent| {
        entry.set_value(match event.key().as_str() {
            "ArrowDown" => Entry::First,
            "ArrowUp" => Entry::Last,
            _ => return,
        });
        event.prevent_default();
        set_open(true);
    };
    // Esc and a press elsewhere: the browser has closed it.
    let on_toggle = move |_: Event| {
        if !shown() {
            set_open(false);
        }
    };
    let typed = StoredValue::new((String::new(), 0.0));
    let on_menu_key = move |event: KeyboardEvent| {
        let Some(popup) = popup.get_untracked() else { return };
        let items = items_of(&popup);
        let now = focused(&items);
        let count = items.len();
        let key = event.key();
        let next = match key.as_str() {
            _ if count == 0 => None,
            "ArrowDown" => Some(now.map_or(0, |now| (now + 1) % count)),
            "ArrowUp" => Some(now.map_or(count - 1, |now| (now + count - 1) % count)),
            "Home" | "PageUp" => Some(0),
            "End" | "PageDown" => Some(count - 1),
            "Tab" => return close.run(()),
            // Space presses an item, unless it is part of what is being typed.
            letter if letter.chars().count() == 1 && letter != " " && !event.ctrl_key() && !event.meta_key() => {
                let search = typed
                    .try_update_value(|(text, at)| {
                        if event.time_stamp() - *at > 700.0 {
                            text.clear();
                        }
                        *at = event.time_stamp();
                        text.push_str(letter);
                        text.clone()
                    })
                    .unwrap_or_default();
                let names: Vec<_> = items
                    .iter()
                    .map(|item| item.text_content().unwrap_or_default())
                    .collect();
                match typed_item(&names, now, &search) {
                    Some(item) => Some(item),
                    None => return,
                }
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(item) = next.and_then(|next| items.get(next)) {
            _ = item.focus();
        }
    };

    let icon_only = trigger.is_none();
    view! {
        <button
            node_ref=button
            type="button"
            class=class
            aria-label=label
            data-tip=move || (icon_only && !is_open()).then(|| label.get())
            aria-haspopup="menu"
            aria-expanded=move || is_open().to_string()
            disabled=disabled
            on:pointerdown=on_press
            on:click=on_click
            on:keydown=on_button_key
        >
            {match trigger {
                Some(trigger) => trigger.run(),
                None => view! { <Glyph icon /> }.into_any(),
            }}
        </button>
        <div
            node_ref=popup
            popover="auto"
            role="menu"
            tabindex="-1"
            aria-label=label
            class="fixed inset-auto m-0 max-h-[min(24rem,calc(100dvh-1rem))] max-w-[min(20rem,calc(100vw-1rem))] min-w-44 overflow-y-auto overscroll-contain rounded-xl border border-line bg-raised p-1 text-left text-sm font-normal text-ink shadow-pop outline-none transition-opacity starting:opacity-0"
            on:toggle=on_toggle
            on:keydown=on_menu_key
        >
            {move || {
                if !is_open() {
                    return ().into_any();
                }
                let children = children.clone();
                view! {
                    <Opened button popup align entry />
                    <Provider value=InMenu { close }>{children()}</Provider>
                }
                    .into_any()
            }}
        </div>
    }
    .into_any()
}

/// Exists as long as the items do: shows the menu when they are there, hides it when they go, for whatever reason.
#[component]
fn Opened(
    button: NodeRef<html::Button>,
    popup: NodeRef<html::Div>,
    align: Align,
    entry: StoredValue<Entry>,
) -> impl IntoView {
    effect(move || {
        let (Some(button), Some(popup)) = (button.get_untracked(), popup.get_untracked()) else {
            return;
        };
        // Not every browser does so when the pointer presses it, and it is what the focus returns to.
        _ = button.focus();
        if popup.show_popover().is_err() {
            return;
        }
        let menu: HtmlElement = popup.unchecked_into();
        let put = {
            let menu = menu.clone();
            move || place(&button, &menu, align)
        };
        put();
        let (on_scroll, on_resize) = (put.clone(), put);
        StoredValue::new_local([
            listen(&document(), "scroll", true, Box::new(move |_| on_scroll())),
            listen(&window(), "resize", false, Box::new(move |_| on_resize())),
        ]);

        let items = items_of(&menu);
        let first = match entry.get_value() {
            Entry::Itself => None,
            Entry::Last => items.last(),
            Entry::First => items
                .iter()
                .find(|item| item.get_attribute("aria-checked").as_deref() == Some("true"))
                .or(items.first()),
        };
        _ = first.unwrap_or(&menu).focus();

        let menu = StoredValue::new_local(menu);
        on_cleanup(move || {
            _ = menu.try_with_value(HtmlElement::hide_popover);
        });
    });
}

/// The items that can be chosen, in their order.
fn items_of(menu: &Element) -> Vec<HtmlElement> {
    let Ok(items) = menu.query_selector_all("[role^=menuitem]:not([aria-disabled=true])") else {
        return Vec::new();
    };
    (0..items.length())
        .filter_map(|item| items.item(item)?.dyn_into().ok())
        .collect()
}

fn focused(items: &[HtmlElement]) -> Option<usize> {
    let active = document().active_element()?;
    items.iter().position(|item| item.is_same_node(Some(&active)))
}

/// The item that begins with what was typed. The same letter again and again goes through all that begin with it.
fn typed_item(names: &[String], now: Option<usize>, typed: &str) -> Option<usize> {
    let count = names.len();
    let first = typed.chars().next()?;
    let again = typed.chars().all(|letter| letter.eq_ignore_ascii_case(&first));
    let search = if again { &typed[..first.len_utf8()] } else { typed };
    // One more letter may still mean the same item.
    let from = match now {
        Some(now) if again => now + 1,
        Some(now) => now,
        None => 0,
    };
    (from..from + count).map(|item| item % count).find(|item| {
        let beginning = names[*item].get(..search.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(search))
    })
}

const ITEM: &str = "flex w-full cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left hover:bg-sunken focus-visible:bg-sunken focus-visible:-outline-offset-2 aria-disabled:pointer-events-none aria-disabled:opacity-50 pointer-coarse:min-h-11";

/// Something to do.
#[component]
pub fn MenuItem(
    /// What it is called.
    #[prop(into)]
    label: String,
    /// Before it.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Whether it destroys something.
    #[prop(optional)]
    danger: bool,
    /// Whether it can't be done just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Does it. The menu is closed by then, and the focus back on its button.
    #[prop(into)]
    on_select: Callback<()>,
) -> impl IntoView {
    let menu = expect_context::<InMenu>();
    let select = move |_| {
        if !disabled.get_untracked() {
            menu.close.run(());
            on_select.run(());
        }
    };
    view! {
        <button
            type="button"
            role="menuitem"
            tabindex="-1"
            class=classes(&[ITEM, if danger { "text-danger" } else { "" }])
            aria-disabled=move || disabled.get().then_some("true")
            on:click=select
        >
            {icon.map(|icon| view! { <Glyph icon /> })}
            <span class="min-w-0 wrap-anywhere">{label}</span>
        </button>
    }
    .into_any()
}

/// One of several things of which one is chosen.
#[component]
pub fn MenuChoice(
    /// What it is called.
    #[prop(into)]
    label: String,
    /// One more line about it.
    #[prop(optional, into)]
    text: Option<String>,
    /// Whether it is the chosen one.
    #[prop(into)]
    checked: Signal<bool>,
    /// Chooses it. The menu is closed by then, and the focus back on its button.
    #[prop(into)]
    on_select: Callback<()>,
) -> impl IntoView {
    let menu = expect_context::<InMenu>();
    let select = move |_| {
        menu.close.run(());
        on_select.run(());
    };
    view! {
        <button
            type="button"
            role="menuitemradio"
            tabindex="-1"
            class=classes(&[ITEM, "group"])
            aria-checked=move || checked.get().to_string()
            on:click=select
        >
            <span class="min-w-0 flex-1">
                <span class="block wrap-anywhere">{label}</span>
                {text.map(|text| view! { <span class="block text-xs wrap-anywhere text-muted">{text}</span> })}
            </span>
            <span class="invisible text-accent group-aria-checked:visible">
                <Glyph icon=Icon::Check />
            </span>
        </button>
    }
    .into_any()
}

/// Somewhere to go.
#[component]
pub fn MenuLink(
    /// What is there.
    #[prop(into)]
    label: String,
    /// Before it.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// The address.
    #[prop(into)]
    href: String,
    /// Whether it is a file to keep instead of a page to see.
    #[prop(optional)]
    download: bool,
) -> impl IntoView {
    let menu = expect_context::<InMenu>();
    view! {
        <a
            href=href
            role="menuitem"
            tabindex="-1"
            class=ITEM
            download=download.then_some("")
            on:click=move |_| menu.close.run(())
        >
            {icon.map(|icon| view! { <Glyph icon /> })}
            <span class="min-w-0 wrap-anywhere">{label}</span>
        </a>
    }
    .into_any()
}

/// Words above some of the items.
#[component]
pub fn MenuHeading(
    /// The words.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <p role="presentation" class="px-2.5 pt-1.5 pb-1 text-xs font-medium text-muted">
            {label}
        </p>
    }
    .into_any()
}

/// A line between items that belong together.
#[component]
pub fn MenuLine() -> impl IntoView {
    view! { <div role="separator" class="mx-1 my-1 border-t border-line"></div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::typed_item;

    #[test]
    fn letters_lead_to_the_item_they_begin() {
        let names = ["Rename", "Pin", "Archive", "Refresh", "Répéter"].map(ToOwned::to_owned);
        assert_eq!(typed_item(&names, None, "p"), Some(1));
        assert_eq!(typed_item(&names, None, "RE"), Some(0));
        assert_eq!(typed_item(&names, None, "ref"), Some(3));
        assert_eq!(
            typed_item(&names, Some(0), "re"),
            Some(0),
            "one letter more may mean the same item"
        );
        assert_eq!(typed_item(&names, Some(0), "r"), Some(3), "the next one");
        assert_eq!(typed_item(&names, Some(3), "rr"), Some(4));
        assert_eq!(typed_item(&names, Some(4), "rrr"), Some(0), "and round again");
        assert_eq!(typed_item(&names, None, "ré"), Some(4));
        assert_eq!(typed_item(&names, Some(2), "x"), None);
        assert_eq!(typed_item(&[], None, "x"), None);
    }
}
