//! The list of threads.

use leptos::html::{Div, Nav};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::Number;
use leptos::web_sys::{Element, HtmlElement};
use types::threads::ThreadRow;

use super::row::ThreadItem;
use super::window::{Group, Line, STEP, Sight, Sizes, groups, lines, shown};
use crate::components::icons::Icon;
use crate::components::ui::button::{Button, ButtonKind, ButtonSize};
use crate::components::ui::skeleton::Skeleton;
use crate::contexts::session::use_session;
use crate::contexts::threads::{Fetching, use_threads};
use crate::hooks::dates::{local_day, now as now_here, track_minutes, utc_day};
use crate::hooks::each::each;
use crate::hooks::listen::listen;
use crate::hooks::reactive::{effect, memo};

/// A line that is in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The heading of those that follow.
    Heading(String),
    /// A thread.
    Row(Box<ThreadRow>),
}

impl Item {
    /// What makes it the same line when others have come or gone. Ids are never words.
    fn key(&self) -> String {
        match self {
            Self::Heading(label) => label.clone(),
            Self::Row(row) => row.thread.id.clone(),
        }
    }
}

/// Rows from the end at which the next page is fetched.
const AHEAD: usize = 60;

/// The person's threads under the days they were last used.
#[component]
pub fn ThreadList(
    /// When the document was rendered, in seconds since 1970.
    now: i64,
) -> impl IntoView {
    let threads = use_threads();
    let session = use_session();
    let scroller = NodeRef::<Nav>::new();
    let list = NodeRef::<Div>::new();

    // The server knows neither the reader's zone nor how long the page lay in a tab.
    let clock = RwSignal::new((utc_day(now), false));
    effect(move || {
        track_minutes();
        let here = (local_day(now_here()), true);
        if clock.get_untracked() != here {
            clock.set(here);
        }
    });
    let grouped = memo(move || {
        let (today, local) = clock.get();
        let day: fn(i64) -> i64 = if local { local_day } else { utc_day };
        threads.with(|rows| groups(rows, today, &day))
    });

    let sight = RwSignal::new(None::<Sight>);
    let look = move || {
        let before = sight.get_untracked();
        if let Some(now) = scroller.get_untracked().and_then(|scroller| see(&scroller, before))
            && before != Some(now)
        {
            sight.set(Some(now));
        }
    };
    let window = memo(move || grouped.with(|groups| shown(groups, sight.get())));
    let items = memo(move || {
        let shown = window.get();
        grouped.with(|groups| {
            threads.with(|rows| {
                lines(groups, shown.first, shown.end)
                    .into_iter()
                    .filter_map(|line| match line {
                        Line::Heading(Group { label, .. }) => Some(Item::Heading(label.clone())),
                        Line::Row(row) => rows.get(row).cloned().map(Box::new).map(Item::Row),
                    })
                    .collect::<Vec<_>>()
            })
        })
    });
    let empty = memo(move || threads.with(<[_]>::is_empty));

    // Sizes depend on the device, the settings and the window.
    effect(move || {
        session.read(|person| person.settings.compact_sidebar);
        empty.track();
        request_animation_frame(look);
    });
    effect(move || {
        StoredValue::new_local(listen(
            &leptos::prelude::window(),
            "resize",
            false,
            Box::new(move |_| look()),
        ));
    });
    effect(move || {
        let room = window.get().room;
        if let (Some(list), Some((above, below))) = (list.get(), room) {
            let style = HtmlElement::style(&list);
            _ = style.set_property("padding-top", &px(above));
            _ = style.set_property("padding-bottom", &px(below));
        }
    });
    effect(move || {
        let shown = window.get();
        let near = shown.room.is_some() && threads.with(|rows| shown.end + AHEAD >= rows.len());
        if near && threads.has_more() && threads.fetching() == Fetching::Idle {
            threads.load_more();
        }
    });

    view! {
        <nav
            node_ref=scroller
            aria-label="Chats"
            class="min-h-0 flex-1 overflow-y-auto overscroll-contain px-3 pb-3 [overflow-anchor:none] md:group-data-collapsed/frame:invisible"
            on:scroll=move |_| look()
        >
            <div node_ref=list>
                {each(
                    move || items.get(),
                    Item::key,
                    move |item| match item {
                        Item::Heading(label) => {
                            view! {
                                <h2
                                    data-heading=""
                                    class="flex h-9 items-end px-2.5 pb-1 text-xs font-medium text-muted"
                                >
                                    {label}
                                </h2>
                            }
                                .into_any()
                        }
                        Item::Row(row) => view! { <ThreadItem row=*row items /> }.into_any(),
                    },
                )}
            </div>
            <End empty />
        </nav>
    }
    .into_any()
}

/// What stands where the list ends: that there is nothing, that more is coming, or why not.
#[component]
fn End(empty: Memo<bool>) -> impl IntoView {
    let threads = use_threads();
    let busy = Signal::derive(move || threads.fetching() == Fetching::Busy);
    let state = memo(move || match threads.fetching() {
        Fetching::Failed(why) => Err(why),
        Fetching::Busy => Ok(true),
        Fetching::Idle => Ok(threads.has_more()),
    });
    let again = move |()| {
        if empty.get_untracked() {
            threads.reload();
        } else {
            threads.load_more();
        }
    };
    move || match state.get() {
        Err(why) => view! {
            <div class="px-2.5 py-4 text-sm">
                <p role="alert" class="mb-2 break-words text-muted">
                    {why}
                </p>
                <Button
                    kind=ButtonKind::Secondary
                    size=ButtonSize::Small
                    icon=Icon::Refresh
                    busy
                    on_click=again
                >
                    "Try again"
                </Button>
            </div>
        }
        .into_any(),
        Ok(true) => view! {
            <div class="noscript:hidden" aria-busy="true">
                <span class="sr-only">"Loading more chats"</span>
                {["h-3 w-40", "h-3 w-28", "h-3 w-48", "h-3 w-32"]
                    .into_iter()
                    .map(|class| {
                        view! {
                            <div class="flex h-8 items-center px-2.5 pointer-coarse:h-11">
                                <Skeleton class />
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        }
        .into_any(),
        Ok(false) if empty.get() => view! {
            <p class="px-2.5 pt-5 text-sm text-muted">"Your chats will be listed here."</p>
        }
        .into_any(),
        Ok(false) => ().into_any(),
    }
}

/// What the reader sees of the list, to the step; none as long as there are no lines to measure. Far down a long month
/// there is no heading: it is as high as it was `before`.
fn see(scroller: &HtmlElement, before: Option<Sight>) -> Option<Sight> {
    let height_of = |selector| {
        let element: Element = scroller.query_selector(selector).ok()??;
        let height = element.get_bounding_client_rect().height();
        (height > 0.0).then_some(height)
    };
    let sizes = Sizes {
        row: height_of("[data-row]")?,
        heading: height_of("[data-heading]").or(before.map(|before| before.sizes.heading))?,
    };
    let step = STEP * sizes.row;
    Some(Sight {
        sizes,
        top: (f64::from(scroller.scroll_top()) / step).floor() * step,
        height: f64::from(scroller.client_height()) + step,
    })
}

fn px(pixels: f64) -> String {
    // Rust's own way of writing such a number is several kilobytes long.
    let number = JsValue::from_f64(pixels)
        .unchecked_into::<Number>()
        .to_string_with_radix(10);
    number.map(String::from).unwrap_or_default() + "px"
}
