//! A scrolling column that stays at its end while it grows, until the reader scrolls up.
//!
//! The scroller is laid out backwards: `flex-direction: column-reverse` around one child. Its place is then counted from
//! the end, 0 there and negative above. So a page opens at the end without any script, and what is put in at the
//! beginning moves nothing.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::js_sys::Array;
use leptos::web_sys::{Element, ResizeObserver};

use super::listen::listen;

use crate::hooks::reactive::effect;

/// Pixels from the end that still count as the end.
const SLACK: i32 = 24;
/// Pixels from the end above which a way back is offered.
const FAR: i32 = 160;
/// Pixels from the beginning below which more is fetched.
const NEAR_START: i32 = 900;
/// Where below the top edge to look for what the reader has in view, in pixels.
const SIGHTS: [f32; 4] = [12.0, 60.0, 120.0, 240.0];

/// Whether a column stays at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sticking {
    stuck: bool,
    top: i32,
}

impl Sticking {
    const fn new() -> Self {
        Self { stuck: true, top: 0 }
    }

    /// The reader scrolled, or the page did. Going up lets go at once, however little it is; the end itself holds again,
    /// and so does coming down close to it.
    fn scrolled(&mut self, top: i32) {
        let down = top > self.top;
        if top >= 0 || (down && top >= -SLACK) {
            self.stuck = true;
        } else if top < self.top {
            self.stuck = false;
        }
        self.top = top;
    }
}

fn is_far_from_end(top: i32) -> bool {
    top < -FAR
}

fn is_near_start(top: i32, whole: i32, view: i32) -> bool {
    whole - view + top < NEAR_START
}

/// A column that stays at its end.
#[derive(Clone, Copy)]
pub struct StickToBottom {
    scroller: NodeRef<Div>,
    away: RwSignal<bool>,
    /// Only in the browser: it belongs to one thread, and the server's pages go from thread to thread.
    state: Option<StoredValue<State, LocalStorage>>,
    on_start: Callback<()>,
}

struct State {
    sticking: Sticking,
    /// What the reader has at the top, and where it is in the window.
    anchor: Option<(Element, f64)>,
}

/// Keeps `column` in `scroller` at its end; calls `on_start` whenever the reader comes near the beginning. The pieces of
/// the column that may serve as a hold for the eye have a `data-hold` attribute.
pub fn use_stick_to_bottom(scroller: NodeRef<Div>, column: NodeRef<Div>, on_start: Callback<()>) -> StickToBottom {
    let state = || {
        StoredValue::new_local(State {
            sticking: Sticking::new(),
            anchor: None,
        })
    };
    let stick = StickToBottom {
        scroller,
        away: RwSignal::new(false),
        state: (!cfg!(feature = "ssr")).then(state),
        on_start,
    };
    effect(move || {
        let (Some(scroller), Some(column)) = (scroller.get(), column.get()) else {
            return;
        };
        let grown = Closure::<dyn FnMut(Array)>::new(move |_| stick.grown());
        let observer = ResizeObserver::new(grown.as_ref().unchecked_ref());
        if let Ok(observer) = &observer {
            observer.observe(&column);
        }
        let listener = listen(&scroller, "scroll", false, Box::new(move |_| stick.scrolled()));
        // The page may have been scrolled before it came alive.
        stick.scrolled();
        let held = StoredValue::new_local((observer, grown, listener));
        on_cleanup(move || {
            _ = held.try_with_value(|(observer, ..)| observer.as_ref().map(ResizeObserver::disconnect).ok());
        });
    });
    stick
}

impl StickToBottom {
    /// Whether the reader is so far from the end that a way back helps.
    pub fn is_away(self) -> bool {
        self.away.get()
    }

    /// Goes to the end and stays there.
    pub fn to_end(self) {
        self.with(|state| {
            state.sticking = Sticking::new();
            state.anchor = None;
        });
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
        self.set_away(false);
    }

    /// Brings a piece of the column to the top and keeps it there while the column grows.
    pub fn to(self, element: Element) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        element.scroll_into_view_with_bool(true);
        let top = scroller.scroll_top();
        self.with(|state| {
            state.sticking = Sticking { stuck: false, top };
            let place = element.get_bounding_client_rect().top();
            state.anchor = Some((element, place));
        });
        self.set_away(is_far_from_end(top));
    }

    fn with(self, act: impl FnOnce(&mut State)) {
        if let Some(state) = self.state {
            _ = state.try_update_value(act);
        }
    }

    fn set_away(self, away: bool) {
        if self.away.try_get_untracked() == Some(!away) {
            self.away.set(away);
        }
    }

    fn scrolled(self) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        let top = scroller.scroll_top();
        self.with(|state| {
            state.sticking.scrolled(top);
            state.anchor = if state.sticking.stuck { None } else { in_view(&scroller) };
        });
        self.set_away(is_far_from_end(top));
        if is_near_start(top, scroller.scroll_height(), scroller.client_height()) {
            _ = self.on_start.try_run(());
        }
    }

    /// The column has another height, and nothing of it is painted yet.
    fn grown(self) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        self.with(|state| {
            if state.sticking.stuck {
                if scroller.scroll_top() != 0 {
                    scroller.set_scroll_top(0);
                }
            } else if let Some((element, place)) = &mut state.anchor
                && element.is_connected()
            {
                let moved = element.get_bounding_client_rect().top() - *place;
                if moved.abs() >= 1.0 {
                    #[expect(clippy::cast_possible_truncation, reason = "no page has that many pixels")]
                    let moved = moved.round() as i32;
                    scroller.set_scroll_top(scroller.scroll_top() + moved);
                    state.sticking.top = scroller.scroll_top();
                    *place = element.get_bounding_client_rect().top();
                }
            }
        });
    }
}

/// What the reader has at the top of the scroller, and where it is in the window.
fn in_view(scroller: &Element) -> Option<(Element, f64)> {
    let view = scroller.get_bounding_client_rect();
    #[expect(clippy::cast_possible_truncation, reason = "a window has fewer pixels")]
    let (x, y) = (view.left() as f32 + view.width() as f32 / 2.0, view.top() as f32);
    let hold = SIGHTS.into_iter().find_map(|below| {
        document()
            .element_from_point(x, y + below)?
            .closest("[data-hold]")
            .ok()?
    })?;
    let place = hold.get_bounding_client_rect().top();
    Some((hold, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(places: &[i32]) -> bool {
        let mut sticking = Sticking::new();
        for place in places {
            sticking.scrolled(*place);
        }
        sticking.stuck
    }

    #[test]
    fn a_column_stays_at_its_end_until_the_reader_scrolls_up() {
        assert!(after(&[]));
        assert!(!after(&[-1]), "however little it is");
        assert!(!after(&[-3, -9, -400]));
        assert!(!after(&[-400, -300, -60]), "coming back, not there yet");
    }

    #[test]
    fn the_end_holds_again() {
        assert!(after(&[-400, 0]));
        assert!(after(&[-400, -20]), "almost there");
        assert!(!after(&[-400, -20, -21]), "and up again");
        assert!(after(&[-400, 7]), "over the edge, as some browsers let one pull");
    }

    #[test]
    fn a_scroll_that_moves_nothing_decides_nothing() {
        assert!(!after(&[-10, -10]));
        assert!(after(&[0, 0]));
    }

    #[test]
    fn the_way_back_is_offered_only_where_it_is_long() {
        assert!(!is_far_from_end(0));
        assert!(!is_far_from_end(-FAR));
        assert!(is_far_from_end(-FAR - 1));
    }

    #[test]
    fn more_is_fetched_before_the_beginning_is_reached() {
        assert!(is_near_start(-9_300, 10_000, 600));
        assert!(!is_near_start(0, 10_000, 600));
        assert!(is_near_start(0, 500, 500), "everything is in sight");
    }
}
