//! Which part of the list is in the document. Ten thousand rows would be slow; the few around what is in sight are not,
//! and empty room above and below stands for the rest.

use types::threads::ThreadRow;

use crate::hooks::dates::{DayGroup, parse};

/// Rows that stand under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The heading.
    pub label: String,
    /// The first of its rows.
    pub start: usize,
    /// One past its last row.
    pub end: usize,
}

/// Heights in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sizes {
    pub row: f64,
    pub heading: f64,
}

/// What is in sight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sight {
    pub sizes: Sizes,
    /// How far the list is scrolled, and how much of it can be seen.
    pub top: f64,
    pub height: f64,
}

/// What is in the document: lines `first..end`, a heading being a line like a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub first: usize,
    pub end: usize,
    /// Empty room above and below; none before anything has been measured.
    pub room: Option<(f64, f64)>,
}

/// Lines of the first render, which knows no sizes.
const FIRST: usize = 32;
/// Rows out of sight at either end, so that nothing is bare while the reader scrolls.
const SPARE: f64 = 9.0;
/// The window moves by whole steps of rows, not with every pixel.
pub(super) const STEP: f64 = 4.0;

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'g> {
    Heading(&'g Group),
    Row(usize),
}

impl Group {
    const fn lines(&self) -> usize {
        1 + self.end - self.start
    }
}

/// The groups of rows in the order of the list. `day` counts the days of a moment, and `today` is the present one.
pub(super) fn groups(rows: &[ThreadRow], today: i64, day: &dyn Fn(i64) -> i64) -> Vec<Group> {
    let group_of = |row: &ThreadRow| DayGroup::of(day(parse(&row.thread.updated_at).unwrap_or_default()), today);
    let mut groups = Vec::new();
    let mut start = rows.partition_point(|row| row.thread.pinned);
    if start > 0 {
        groups.push(Group {
            label: "Pinned".to_owned(),
            start: 0,
            end: start,
        });
    }
    while let Some(first) = rows.get(start) {
        let group = group_of(first);
        let end = start + rows[start..].partition_point(|row| group_of(row) == group).max(1);
        groups.push(Group {
            label: group.label(),
            start,
            end,
        });
        start = end;
    }
    groups
}

/// The lines to have in the document.
pub(super) fn shown(groups: &[Group], sight: Option<Sight>) -> Window {
    let lines = groups.iter().map(Group::lines).sum();
    let Some(Sight { sizes, top, height }) = sight else {
        return Window {
            first: 0,
            end: FIRST.min(lines),
            room: None,
        };
    };
    let spare = SPARE * sizes.row;
    let (first, above) = line_at(groups, sizes, top - spare);
    let (last, until) = line_at(groups, sizes, top + height + spare);
    let (_, all) = line_at(groups, sizes, f64::INFINITY);
    let (end, until) = if last < lines {
        (last + 1, until + height_of(groups, sizes, last))
    } else {
        (lines, all)
    };
    Window {
        first,
        end,
        room: Some((above, all - until)),
    }
}

/// The line at a height of the list, and the height at which it begins. Below the end it is the line after the last.
fn line_at(groups: &[Group], sizes: Sizes, height: f64) -> (usize, f64) {
    let (mut line, mut at) = (0, 0.0);
    for group in groups {
        let rows = count(group.end - group.start);
        let below = at + sizes.heading + rows * sizes.row;
        if height >= below {
            line += group.lines();
            at = below;
        } else if height < at + sizes.heading {
            break;
        } else {
            let row = ((height - at - sizes.heading) / sizes.row).floor().min(rows - 1.0);
            return (line + 1 + whole(row), at + sizes.heading + row * sizes.row);
        }
    }
    (line, at)
}

fn height_of(groups: &[Group], sizes: Sizes, line: usize) -> f64 {
    match lines(groups, line, line + 1).first() {
        Some(Line::Heading(_)) => sizes.heading,
        _ => sizes.row,
    }
}

/// The lines `first..end`.
pub(super) fn lines(groups: &[Group], first: usize, end: usize) -> Vec<Line<'_>> {
    let mut found = Vec::with_capacity(end.saturating_sub(first));
    let mut line = 0;
    for group in groups {
        let next = line + group.lines();
        if first < next && line < end {
            if first <= line {
                found.push(Line::Heading(group));
            }
            let from = group.start + first.saturating_sub(line + 1);
            let to = group.end.min(group.start + end - line - 1);
            found.extend((from..to).map(Line::Row));
        }
        line = next;
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "nobody has that many threads")]
const fn count(rows: usize) -> f64 {
    rows as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number that is not negative"
)]
const fn whole(row: f64) -> usize {
    row as usize
}

#[cfg(test)]
mod tests {
    use types::threads::{Thread, Visibility};

    use super::*;
    use crate::hooks::dates::utc_day;

    const SIZES: Sizes = Sizes {
        row: 30.0,
        heading: 34.0,
    };

    fn row(pinned: bool, updated_at: &str) -> ThreadRow {
        ThreadRow {
            thread: Thread {
                id: String::new(),
                title: String::new(),
                project_id: None,
                team_id: None,
                visibility: Visibility::Private,
                model: None,
                pinned,
                archived: false,
                message_count: 0,
                last_message_preview: None,
                created_at: String::new(),
                updated_at: updated_at.to_owned() + "T10:00:00.000Z",
            },
            answering: false,
            unread: false,
            by_program: false,
            author: None,
            project: None,
        }
    }

    fn group(start: usize, end: usize) -> Group {
        Group {
            label: start.to_string(),
            start,
            end,
        }
    }

    /// 10,000 rows under three headings.
    fn many() -> Vec<Group> {
        vec![group(0, 3), group(3, 500), group(500, 10_000)]
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "as the list has it, before and after it is measured"
    )]
    fn sight(top: f64) -> Option<Sight> {
        Some(Sight {
            sizes: SIZES,
            top,
            height: 800.0,
        })
    }

    #[test]
    fn rows_stand_under_their_days() {
        let rows = [
            row(true, "2026-01-02"),
            row(false, "2026-11-23"),
            row(false, "2026-11-23"),
            row(false, "2026-11-22"),
            row(false, "2026-11-20"),
            row(false, "2026-11-18"),
            row(false, "2026-10-31"),
            row(false, "2025-10-31"),
        ];
        let today = utc_day(parse("2026-11-23T20:00:00.000Z").unwrap());
        let found: Vec<_> = groups(&rows, today, &utc_day)
            .into_iter()
            .map(|group| (group.label, group.end - group.start))
            .collect();
        let expected = [
            ("Pinned", 1),
            ("Today", 2),
            ("Yesterday", 1),
            ("Previous 7 days", 2),
            ("October", 1),
            ("October 2025", 1),
        ];
        assert_eq!(found, expected.map(|(label, rows)| (label.to_owned(), rows)));
        assert_eq!(groups(&[], today, &utc_day), []);
    }

    #[test]
    fn lines_are_headings_and_rows_in_their_order() {
        let groups = [group(0, 2), group(2, 5)];
        let all = [
            Line::Heading(&groups[0]),
            Line::Row(0),
            Line::Row(1),
            Line::Heading(&groups[1]),
            Line::Row(2),
            Line::Row(3),
            Line::Row(4),
        ];
        for first in 0..all.len() {
            for end in first..=all.len() {
                assert_eq!(lines(&groups, first, end), all[first..end], "{first}..{end}");
            }
        }
        assert_eq!(lines(&groups, 0, 99), all);
    }

    #[test]
    fn the_first_render_has_the_first_lines_and_no_room() {
        let window = shown(&many(), None);
        assert_eq!((window.first, window.end, window.room), (0, FIRST, None));
    }

    #[test]
    fn what_is_in_sight_is_in_the_document_and_little_else() {
        let groups = many();
        let all = 3.0 * SIZES.heading + 10_000.0 * SIZES.row;
        let mut top = 0.0;
        while top <= all - 800.0 {
            let window = shown(&groups, sight(top));
            let (above, below) = window.room.unwrap();
            let inside: f64 = lines(&groups, window.first, window.end)
                .iter()
                .map(|line| match line {
                    Line::Heading(_) => SIZES.heading,
                    Line::Row(_) => SIZES.row,
                })
                .sum();
            assert!(above <= top && above + inside >= top + 800.0, "bare at {top}");
            assert!((above + inside + below - all).abs() < 0.001, "another height at {top}");
            assert!(window.end - window.first <= 50, "too much at {top}");
            top += 997.0;
        }
    }

    #[test]
    fn a_list_that_became_shorter_ends_where_it_ends() {
        let groups = [group(0, 2)];
        let far = shown(&groups, sight(90_000.0));
        assert_eq!((far.first, far.end), (3, 3));
        assert_eq!(shown(&groups, sight(0.0)).room, Some((0.0, 0.0)));
        assert_eq!(shown(&[], sight(0.0)).end, 0);
    }
}
