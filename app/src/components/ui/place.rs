//! Where something that floats goes: beside what it belongs to, and never out of sight.

use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlElement};

/// Room between the two, and to the window's edge, in pixels.
const GAP: i32 = 5;
const EDGE: i32 = 8;

/// What a floating thing keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Below, at the left edge.
    Start,
    /// Below, at the right edge.
    End,
    /// Below, at both edges: it is at least as wide.
    Both,
    /// Above, in the middle.
    Above,
}

/// A box in the window, in pixels.
#[derive(Debug, Clone, Copy)]
struct Rect {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

/// Left and top for something of `size` beside `anchor`. On the other side of it when there is more room.
fn position(anchor: Rect, size: (i32, i32), window: (i32, i32), align: Align) -> (i32, i32) {
    let ((width, height), (window_width, window_height)) = (size, window);
    let left = match align {
        Align::Start | Align::Both => anchor.left,
        Align::End => anchor.right - width,
        Align::Above => i32::midpoint(anchor.left, anchor.right) - width / 2,
    };
    let (above, below) = (anchor.top - GAP - height, anchor.bottom + GAP);
    let fits_above = above >= EDGE;
    let fits_below = below + height <= window_height - EDGE;
    let more_below = window_height - anchor.bottom >= anchor.top;
    let top = match align {
        Align::Above if fits_above || (!fits_below && !more_below) => above,
        Align::Above => below,
        _ if fits_below || (!fits_above && more_below) => below,
        _ => above,
    };
    (
        left.min(window_width - EDGE - width).max(EDGE),
        top.min(window_height - EDGE - height).max(EDGE),
    )
}

/// Puts a fixed element beside another. Styles are set one by one: a `style` attribute would be against the page's policy.
pub(super) fn place(anchor: &Element, floating: &HtmlElement, align: Align) {
    let Some(root) = document().document_element() else {
        return;
    };
    let rect = anchor.get_bounding_client_rect();
    let anchor = Rect {
        left: pixels(rect.left()),
        top: pixels(rect.top()),
        right: pixels(rect.right()),
        bottom: pixels(rect.bottom()),
    };
    let style = floating.style();
    if align == Align::Both {
        _ = style.set_property("min-width", &px(anchor.right - anchor.left));
    }
    let size = (floating.offset_width(), floating.offset_height());
    let (left, top) = position(anchor, size, (root.client_width(), root.client_height()), align);
    _ = style.set_property("left", &px(left));
    _ = style.set_property("top", &px(top));
}

fn px(pixels: i32) -> String {
    pixels.to_string() + "px"
}

#[expect(clippy::cast_possible_truncation, reason = "a window has fewer pixels")]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: (i32, i32) = (1000, 600);
    const MENU: (i32, i32) = (200, 300);

    fn anchor(left: i32, top: i32) -> Rect {
        Rect {
            left,
            top,
            right: left + 30,
            bottom: top + 30,
        }
    }

    #[test]
    fn a_menu_hangs_below_its_button() {
        assert_eq!(position(anchor(500, 100), MENU, WINDOW, Align::Start), (500, 135));
        assert_eq!(position(anchor(500, 100), MENU, WINDOW, Align::End), (330, 135));
    }

    #[test]
    fn at_the_bottom_it_goes_up() {
        assert_eq!(position(anchor(500, 550), MENU, WINDOW, Align::Start), (500, 245));
    }

    #[test]
    fn at_an_edge_it_stays_in_sight() {
        assert_eq!(position(anchor(960, 100), MENU, WINDOW, Align::Start).0, 792);
        assert_eq!(position(anchor(0, 100), MENU, WINDOW, Align::End).0, 8);
        let low = (1000, 320);
        for top in [20, 150, 280] {
            let (_, top) = position(anchor(500, top), MENU, low, Align::Start);
            assert!((8..=12).contains(&top), "{top}");
        }
    }

    #[test]
    fn a_tip_stands_above_or_where_there_is_room() {
        let tip = (60, 24);
        assert_eq!(position(anchor(500, 100), tip, WINDOW, Align::Above), (485, 71));
        assert_eq!(position(anchor(500, 4), tip, WINDOW, Align::Above), (485, 39));
    }
}
