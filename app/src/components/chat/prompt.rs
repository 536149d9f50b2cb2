//! What went into the prompt of an answer: in sentences, and as a bar of the window.

use leptos::prelude::*;
use types::prompts::{Piece, PromptReport, Shortened};

use crate::hooks::numbers::grouped;

/// The sentences, and the bar where the report knows the parts.
pub(super) fn prompt(report: &PromptReport) -> AnyView {
    let sentences = in_words(report)
        .into_iter()
        .map(|line| view! { <span class="block">{line}</span> })
        .collect_view();
    view! {
        {sentences}
        {bar(report)}
    }
    .into_any()
}

/// What of the conversation went into the prompt.
fn in_words(report: &PromptReport) -> Vec<String> {
    let count = |number: u32, one: &str, many: &str| match number {
        1 => "1 ".to_owned() + one,
        number => [&grouped(number.into()), " ", many].concat(),
    };
    let earlier = count(report.included, "earlier message", "earlier messages");
    let mut lines = vec![match (report.included, report.omitted, report.summary) {
        (0, false, _) => "The question stood alone.".to_owned(),
        (0, true, None) => "Nothing of the conversation before the question found room.".to_owned(),
        (0, true, Some(_)) => "Of the conversation before the question a summary went along.".to_owned(),
        (_, false, _) => earlier + " went along: the whole conversation.",
        (_, true, None) => earlier + " went along; older ones found no room.",
        (_, true, Some(_)) => earlier + " went along, and a summary of older ones.",
    }];
    let sources = report.sources;
    if sources.given > 0 {
        lines.push(match (sources.included, sources.given) {
            (0, 1) => "The passage that was found in the documents found no room.".to_owned(),
            (0, _) => "None of the passages that were found in the documents found room.".to_owned(),
            (1, 1) => "1 passage from the documents went along.".to_owned(),
            (included, given) if included == given => {
                [&grouped(given.into()), " passages from the documents went along."].concat()
            }
            (included, given) => [
                &grouped(included.into()),
                " of ",
                &grouped(given.into()),
                " passages from the documents went along; the others found no room.",
            ]
            .concat(),
        });
    }
    lines.extend(report.shortened.iter().map(shortened));
    if report.skipped > 0 {
        let skipped = count(report.skipped, "damaged message was", "damaged messages were");
        lines.push(skipped + " passed over.");
    }
    lines.push(
        [
            &grouped(report.used.into()),
            " of ",
            &grouped(report.window.into()),
            " tokens, with ",
            &grouped(report.reserve.into()),
            " kept free for the answer.",
        ]
        .concat(),
    );
    lines
}

fn shortened(part: &Shortened) -> String {
    let what = match (part.piece, part.age.or(part.number)) {
        (Piece::System, _) => "The instructions were".to_owned(),
        (Piece::User, _) => "The question was".to_owned(),
        (Piece::Turn, None) => "An earlier message was".to_owned(),
        (Piece::Turn, Some(1)) => "The message before the question was".to_owned(),
        (Piece::Turn, Some(age)) => ["The message ", &age.to_string(), " before the question was"].concat(),
        (Piece::Source, None) => "A passage was".to_owned(),
        (Piece::Source, Some(number)) => ["Passage ", &number.to_string(), " was"].concat(),
        (Piece::Summary, _) => "The summary was".to_owned(),
    };
    let (from, to) = (grouped(part.from.into()), grouped(part.to.into()));
    [&what, " shortened from ", &from, " to ", &to, " tokens."].concat()
}

/// A part of the window: what it is called, its tokens, how it is drawn in the bar and in the legend.
struct Part {
    name: &'static str,
    tokens: u32,
    fill: &'static str,
    dot: &'static str,
}

/// The parts that are there, in the order in which they stand in the prompt; none when the report is of an older version,
/// which did not know them.
fn parts(report: &PromptReport) -> Vec<Part> {
    let part = |name, tokens, fill, dot| Part {
        name,
        tokens,
        fill,
        dot,
    };
    let summary = report.summary.map_or(0, |summary| summary.tokens);
    let mut parts = vec![
        part("Instructions", report.system, "fill-brass", "bg-brass"),
        part("Summary", summary, "fill-warn", "bg-warn"),
        part("Documents", report.sources.tokens, "fill-ok", "bg-ok"),
        part("Earlier messages", report.history, "fill-accent", "bg-accent"),
        part("Question", report.user, "fill-ink", "bg-ink"),
    ];
    parts.retain(|part| part.tokens > 0);
    if !parts.is_empty() && report.reserve > 0 {
        parts.push(part("Answer", report.reserve, "fill-control", "bg-control"));
    }
    parts
}

/// Where the window went.
fn bar(report: &PromptReport) -> Option<AnyView> {
    let parts = parts(report);
    if parts.is_empty() {
        return None;
    }
    let mut at = 0_u64;
    let drawn: Vec<String> = parts
        .iter()
        .map(|part| {
            let (x, width) = (at, u64::from(part.tokens));
            at += width;
            // Drawn, because no style may stand in the document.
            [
                "<rect class='",
                part.fill,
                "' x='",
                &x.to_string(),
                "' width='",
                &width.to_string(),
                "' height='1'></rect>",
            ]
            .concat()
        })
        .collect();
    let whole = at.max(report.window.into()).to_string();
    let legend = parts
        .into_iter()
        .map(|part| {
            view! {
                <li class="flex items-center gap-1.5">
                    <span aria-hidden="true" class=["size-2 shrink-0 rounded-full ", part.dot].concat()></span>
                    {part.name}
                    " "
                    {grouped(part.tokens.into())}
                </li>
            }
        })
        .collect_view();
    let bar = view! {
        <svg
            aria-hidden="true"
            viewBox=["0 0 ", &whole, " 1"].concat()
            preserveAspectRatio="none"
            class="mt-2 block h-2 w-full overflow-hidden rounded-full bg-sunken"
            inner_html=drawn.concat()
        ></svg>
        <ul aria-label="Where the window went, in tokens" class="mt-2 flex flex-wrap gap-x-3 gap-y-1 text-xs text-muted">
            {legend}
        </ul>
    };
    Some(bar.into_any())
}

#[cfg(test)]
mod tests {
    use types::prompts::{SourcesReport, SummaryReport};

    use super::*;

    #[test]
    fn the_prompt_is_told_in_words() {
        let report = PromptReport {
            used: 7_100,
            included: 1,
            omitted: true,
            shortened: vec![Shortened {
                piece: Piece::Turn,
                age: Some(2),
                number: None,
                from: 4_000,
                to: 900,
            }],
            skipped: 2,
            ..PromptReport::new(8_192, 1_024)
        };
        assert_eq!(
            in_words(&report),
            [
                "1 earlier message went along; older ones found no room.",
                "The message 2 before the question was shortened from 4,000 to 900 tokens.",
                "2 damaged messages were passed over.",
                "7,100 of 8,192 tokens, with 1,024 kept free for the answer.",
            ]
        );
        let alone = PromptReport {
            included: 0,
            omitted: false,
            shortened: Vec::new(),
            skipped: 0,
            ..report
        };
        assert_eq!(in_words(&alone)[0], "The question stood alone.");
    }

    #[test]
    fn a_summary_and_passages_are_told() {
        let report = PromptReport {
            used: 900,
            included: 4,
            omitted: true,
            sources: SourcesReport {
                given: 6,
                included: 2,
                tokens: 300,
            },
            summary: Some(SummaryReport { tokens: 80, up_to: 12 }),
            shortened: vec![Shortened {
                piece: Piece::Source,
                age: None,
                number: Some(2),
                from: 400,
                to: 120,
            }],
            ..PromptReport::new(4_096, 600)
        };
        assert_eq!(
            in_words(&report)[..3],
            [
                "4 earlier messages went along, and a summary of older ones.",
                "2 of 6 passages from the documents went along; the others found no room.",
                "Passage 2 was shortened from 400 to 120 tokens.",
            ]
        );
        let none = PromptReport {
            sources: SourcesReport {
                given: 1,
                ..SourcesReport::default()
            },
            included: 0,
            ..report
        };
        assert_eq!(
            in_words(&none)[..2],
            [
                "Of the conversation before the question a summary went along.",
                "The passage that was found in the documents found no room.",
            ]
        );
    }

    #[test]
    fn the_bar_has_what_is_there_and_none_is_drawn_of_an_old_report() {
        let old = PromptReport {
            used: 100,
            ..PromptReport::new(4_096, 600)
        };
        assert!(parts(&old).is_empty());
        let new = PromptReport {
            system: 20,
            user: 10,
            ..old
        };
        let named: Vec<_> = parts(&new).iter().map(|part| (part.name, part.tokens)).collect();
        assert_eq!(named, [("Instructions", 20), ("Question", 10), ("Answer", 600)]);
    }
}
