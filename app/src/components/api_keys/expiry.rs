//! When a key ends.

use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::Date;

use crate::hooks::dates;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// From when on it is worth a warning.
const SOON: i64 = 7 * DAY;

/// How it stands with a key's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It has none.
    Never,
    /// It is far away.
    Later,
    /// It is so many seconds away.
    Soon(i64),
    /// It is past: the key is refused.
    Over,
}

impl Expiry {
    /// How it stands at `now`, in seconds since 1970. What can't be read counts as far away: the server is the judge.
    pub fn of(expires_at: Option<&str>, now: i64) -> Self {
        let Some(expires_at) = expires_at else {
            return Self::Never;
        };
        match dates::parse(expires_at).map(|end| end - now) {
            Some(..=0) => Self::Over,
            Some(left @ 1..=SOON) => Self::Soon(left),
            _ => Self::Later,
        }
    }

    /// What a badge says about it, if there is anything to say.
    pub fn words(self) -> Option<String> {
        match self {
            Self::Never | Self::Later => None,
            Self::Over => Some("Expired".to_owned()),
            Self::Soon(left) => {
                let (count, unit) = match left {
                    DAY.. => (left / DAY, "day"),
                    HOUR.. => (left / HOUR, "hour"),
                    _ => return Some("Expires within the hour".to_owned()),
                };
                let plural = if count == 1 { "" } else { "s" };
                Some("Expires in ".to_owned() + &count.to_string() + " " + unit + plural)
            }
        }
    }
}

/// How long a new key may live: the value of the choice, and its words.
pub const LIFETIMES: [(&str, &str); 4] = [("", "Never"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year")];
/// The one that is chosen at first.
pub const USUAL_LIFETIME: &str = "90";

/// The end of a key that is made `now` (seconds since 1970) and lives for one of [`LIFETIMES`], as RFC 3339. Only in the
/// browser.
#[expect(clippy::cast_precision_loss, reason = "seconds of this era fit")]
pub fn end_of(lifetime: &str, now: i64) -> Option<String> {
    let days: i64 = lifetime.parse().ok()?;
    let end = Date::new(&JsValue::from_f64((now + days * DAY) as f64 * 1_000.0));
    end.to_iso_string().as_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(expires_at: &str) -> Expiry {
        let now = dates::parse("2026-11-23T10:00:00Z").unwrap();
        Expiry::of(Some(expires_at), now)
    }

    #[test]
    fn the_last_week_is_soon_and_the_end_is_over() {
        assert_eq!(Expiry::of(None, 0), Expiry::Never);
        assert_eq!(at("2027-11-23T10:00:00.000Z"), Expiry::Later);
        assert_eq!(at("2026-11-30T10:00:01.000Z"), Expiry::Later);
        assert_eq!(at("2026-11-30T10:00:00.000Z"), Expiry::Soon(7 * DAY));
        assert_eq!(at("2026-11-23T10:00:01.000Z"), Expiry::Soon(1));
        assert_eq!(at("2026-11-23T10:00:00.000Z"), Expiry::Over);
        assert_eq!(at("2020-01-01T00:00:00.000Z"), Expiry::Over);
        assert_eq!(at("whenever"), Expiry::Later);
    }

    #[test]
    fn a_badge_says_what_is_left() {
        for (expiry, words) in [
            (Expiry::Never, None),
            (Expiry::Later, None),
            (Expiry::Over, Some("Expired")),
            (Expiry::Soon(6 * DAY + 23 * HOUR), Some("Expires in 6 days")),
            (Expiry::Soon(DAY), Some("Expires in 1 day")),
            (Expiry::Soon(DAY - 1), Some("Expires in 23 hours")),
            (Expiry::Soon(HOUR), Some("Expires in 1 hour")),
            (Expiry::Soon(HOUR - 1), Some("Expires within the hour")),
        ] {
            assert_eq!(expiry.words().as_deref(), words);
        }
    }

    #[test]
    fn the_usual_lifetime_can_be_chosen() {
        assert!(LIFETIMES.iter().any(|(value, _)| *value == USUAL_LIFETIME));
    }
}
