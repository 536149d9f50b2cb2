//! Moments as people say them.
//!
//! The server doesn't know the reader's clock, zone and language. So the first render says everything in UTC and plain
//! English, out of the text alone; in the browser `Intl` then says it the reader's way.

use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::{Array, Date, Function, Object, Reflect, global};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How a moment is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateStyle {
    /// "4 minutes ago", "yesterday", "in 6 days".
    Relative,
    /// "12 Oct 2026".
    Date,
    /// "21 February 2027".
    LongDate,
    /// "12 Oct 2026, 14:03".
    Exact,
}

/// The reader's own choice of how dates are written (a BCP 47 tag), as the settings have it; provided as context by
/// whoever has the settings.
#[derive(Debug, Clone, Copy)]
pub struct DateLocale(pub RwSignal<Option<String>>);

/// Seconds since 1970 of a moment in RFC 3339 with a `Z`, as the server writes all of them.
pub fn parse(at: &str) -> Option<i64> {
    let number = |from: usize, to: usize| at.get(from..to)?.parse::<i64>().ok();
    if !at.ends_with('Z') {
        return None;
    }
    let days = day_number(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    Some(days * DAY + number(11, 13)? * HOUR + number(14, 16)? * MINUTE + number(17, 19)?)
}

/// Days since 1970-01-01 in the Gregorian calendar, after Howard Hinnant's `days_from_civil`.
const fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day number, after Howard Hinnant's `civil_from_days`.
const fn date_of(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = (shifted + 2) % 12 + 1;
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1)
        .ok()
        .and_then(|month| MONTHS.get(month))
        .copied()
        .unwrap_or_default()
}

/// The heading under which a thread stands in the sidebar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayGroup {
    /// Today, or later by a clock that is ahead.
    Today,
    /// The day before.
    Yesterday,
    /// The seven days before that.
    Previous7Days,
    /// A month of this year or an earlier one.
    Month {
        /// The year, where it is not this one.
        year: Option<i64>,
        /// 1 to 12.
        month: i64,
    },
}

impl DayGroup {
    /// The heading for something that happened on `day`, both counted by [`local_day`] or both by [`utc_day`].
    pub fn of(day: i64, today: i64) -> Self {
        match today - day {
            ..=0 => Self::Today,
            1 => Self::Yesterday,
            2..=8 => Self::Previous7Days,
            _ => {
                let (year, month, _) = date_of(day);
                Self::Month {
                    year: (year != date_of(today).0).then_some(year),
                    month,
                }
            }
        }
    }

    /// Its words.
    pub fn label(self) -> String {
        match self {
            Self::Today => "Today".to_owned(),
            Self::Yesterday => "Yesterday".to_owned(),
            Self::Previous7Days => "Previous 7 days".to_owned(),
            Self::Month { year: None, month } => month_name(month).to_owned(),
            Self::Month {
                year: Some(year),
                month,
            } => month_name(month).to_owned() + " " + &year.to_string(),
        }
    }
}

/// The day in UTC, for the first render.
pub fn utc_day(seconds: i64) -> i64 {
    seconds.div_euclid(DAY)
}

/// The day where the reader is. Only in the browser, after the first render.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "seconds of this era and minutes of a zone are small"
)]
pub fn local_day(seconds: i64) -> i64 {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    utc_day(seconds - date.get_timezone_offset() as i64 * MINUTE)
}

/// Seconds since 1970, now. Only in the browser, after the first render.
#[expect(clippy::cast_possible_truncation, reason = "seconds of this era are small")]
pub fn now() -> i64 {
    (Date::now() / 1000.0) as i64
}

/// How far something is away, in the largest unit that fits: negative is the past.
fn distance(seconds: i64) -> (i64, &'static str) {
    let (unit, name) = match seconds.abs() {
        0..60 => return (0, "second"),
        60..3600 => (MINUTE, "minute"),
        3600..86_400 => (HOUR, "hour"),
        86_400..2_592_000 => (DAY, "day"),
        2_592_000..31_536_000 => (30 * DAY, "month"),
        _ => (365 * DAY, "year"),
    };
    (seconds / unit, name)
}

/// The same in plain English.
fn relative_words(seconds: i64) -> String {
    let (count, unit) = distance(seconds);
    let fixed = match (count, unit) {
        (0, _) => "now",
        (-1, "day") => "yesterday",
        (1, "day") => "tomorrow",
        (-1, "month") => "last month",
        (1, "month") => "next month",
        (-1, "year") => "last year",
        (1, "year") => "next year",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    let plural = if count.abs() == 1 { "" } else { "s" };
    let amount = count.abs().to_string() + " " + unit + plural;
    if count < 0 {
        amount + " ago"
    } else {
        "in ".to_owned() + &amount
    }
}

/// A moment for the first render: in UTC and English, a pure function of texts. `now` makes relative words possible.
pub fn first_text(at: &str, style: DateStyle, now: Option<&str>) -> String {
    let Some(seconds) = parse(at) else {
        return at.to_owned();
    };
    if let (DateStyle::Relative, Some(now)) = (style, now.and_then(parse)) {
        return relative_words(seconds - now);
    }
    let (year, month, day) = date_of(utc_day(seconds));
    let month = match style {
        DateStyle::LongDate => month_name(month),
        // All of the names are ASCII, and "September" is not written shorter than "Sept".
        _ => &month_name(month)[..3],
    };
    let date = day.to_string() + " " + month + " " + &year.to_string();
    if style == DateStyle::Exact {
        date + ", " + &at[11..16]
    } else {
        date
    }
}

/// A moment the reader's way. Only in the browser, after the first render.
pub fn local_text(at: &str, style: DateStyle, locale: Option<&str>) -> String {
    let Some(seconds) = parse(at) else {
        return at.to_owned();
    };
    let said = if style == DateStyle::Relative {
        let (count, unit) = distance(seconds - now());
        intl(
            "RelativeTimeFormat",
            locale,
            &[("numeric", "auto")],
            &Array::of2(&number(count), &unit.into()),
        )
    } else {
        let options: &[_] = match style {
            DateStyle::Relative | DateStyle::Date => &[("dateStyle", "medium")],
            DateStyle::LongDate => &[("dateStyle", "long")],
            DateStyle::Exact => &[("dateStyle", "medium"), ("timeStyle", "short")],
        };
        intl("DateTimeFormat", locale, options, &Array::of1(&number(seconds * 1000)))
    };
    said.unwrap_or_else(|| first_text(at, style, None))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit")]
fn number(number: i64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// One of the browser's formatters at work. `None` when it doesn't know the locale's form or the options.
fn intl(formatter: &str, locale: Option<&str>, options: &[(&str, &str)], arguments: &Array) -> Option<String> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let all = Object::new();
    for (name, value) in options {
        _ = Reflect::set(&all, &(*name).into(), &(*value).into());
    }
    let constructor = get(&get(&global(), "Intl")?, formatter)?.dyn_into::<Function>().ok()?;
    let locale = locale.map_or_else(own_locale, ToOwned::to_owned);
    let formatter = Reflect::construct(&constructor, &Array::of2(&locale.into(), &all)).ok()?;
    let format = get(&formatter, "format")?.dyn_into::<Function>().ok()?;
    format.apply(&formatter, arguments).ok()?.as_string()
}

/// The browser's first language if it is English, which the words around the date are; else British English.
fn own_locale() -> String {
    window()
        .navigator()
        .language()
        .filter(|language| language.starts_with("en"))
        .unwrap_or_else(|| "en-GB".to_owned())
}

thread_local! {
    static MINUTES: ArcRwSignal<u32> = {
        let minutes = ArcRwSignal::new(0);
        let passing = minutes.clone();
        set_interval(move || passing.update(|minute| *minute += 1), Duration::from_mins(1));
        minutes
    };
}

/// Runs the surrounding effect again each minute, so that "4 minutes ago" stays true. Only in the browser.
pub fn track_minutes() {
    MINUTES.with(ArcRwSignal::track);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_to_the_second() {
        assert_eq!(parse("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(parse("2026-10-12T14:03:05.123456Z"), Some(1_791_813_785));
        assert_eq!(parse("2024-02-29T23:59:59Z"), Some(1_709_251_199));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Some(-1));
        for wrong in [
            "",
            "yesterday",
            "2026-10-12",
            "2026-10-12T14:03:05+02:00",
            "2026-10-12Tçéü",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_day_number_is_the_day_it_was_made_of() {
        for day in (-800_000..800_000).step_by(17) {
            let (year, month, of_month) = date_of(day);
            assert_eq!(day_number(year, month, of_month), day);
        }
        assert_eq!(date_of(day_number(2000, 2, 29)), (2000, 2, 29));
        assert_eq!(date_of(day_number(2100, 2, 29)), (2100, 3, 1));
    }

    #[test]
    fn threads_stand_under_the_day_they_were_last_used() {
        let day = |year, month, day| day_number(year, month, day);
        let today = day(2026, 11, 23);
        let group = |day| DayGroup::of(day, today).label();
        assert_eq!(group(day(2026, 11, 24)), "Today", "a clock that is ahead");
        assert_eq!(group(today), "Today");
        assert_eq!(group(day(2026, 11, 22)), "Yesterday");
        assert_eq!(group(day(2026, 11, 21)), "Previous 7 days");
        assert_eq!(group(day(2026, 11, 15)), "Previous 7 days");
        assert_eq!(group(day(2026, 11, 14)), "November");
        assert_eq!(group(day(2026, 1, 1)), "January");
        assert_eq!(group(day(2025, 12, 31)), "December 2025");
        assert_eq!(DayGroup::of(day(2025, 12, 31), day(2026, 1, 1)).label(), "Yesterday");
    }

    #[test]
    fn a_distance_is_said_in_its_largest_unit() {
        let cases = [
            (-3, "now"),
            (-60, "1 minute ago"),
            (-4 * MINUTE - 30, "4 minutes ago"),
            (-7 * HOUR, "7 hours ago"),
            (-DAY, "yesterday"),
            (DAY, "tomorrow"),
            (6 * DAY + HOUR, "in 6 days"),
            (-29 * DAY, "29 days ago"),
            (-45 * DAY, "last month"),
            (-90 * DAY, "3 months ago"),
            (800 * DAY, "in 2 years"),
        ];
        for (seconds, said) in cases {
            assert_eq!(relative_words(seconds), said);
        }
    }

    #[test]
    fn the_first_render_depends_on_nothing_but_the_texts() {
        let at = "2026-09-02T14:03:05.000Z";
        assert_eq!(first_text(at, DateStyle::Date, None), "2 Sep 2026");
        assert_eq!(first_text(at, DateStyle::LongDate, None), "2 September 2026");
        assert_eq!(first_text(at, DateStyle::Exact, None), "2 Sep 2026, 14:03");
        assert_eq!(first_text(at, DateStyle::Relative, None), "2 Sep 2026");
        assert_eq!(
            first_text(at, DateStyle::Relative, Some("2026-09-02T15:10:00Z")),
            "1 hour ago"
        );
        assert_eq!(first_text("not a date", DateStyle::Date, None), "not a date");
    }
}
