use proptest::prelude::*;

use super::shorten::first_character;
use super::*;
use crate::models::tokens::estimate;

const USER: MessageRole = MessageRole::User;
const ASSISTANT: MessageRole = MessageRole::Assistant;

/// A tokenizer that can be counted in the head.
fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap()
}

fn turn(role: MessageRole, content: &str) -> Turn {
    Turn::new(role, content.to_owned())
}

/// Offers a history, oldest first as a reader writes it down, until no more is wanted.
fn assemble(budget: Budget, count: Count<'_>, system: &[&str], history: &[Turn], user: &str) -> Assembled {
    assemble_parts(budget, count, history, parts(system, user))
}

fn parts(system: &[&str], user: &str) -> Parts {
    Parts {
        system: system.iter().map(|part| (*part).to_owned()).collect(),
        user: user.to_owned(),
        ..Parts::default()
    }
}

fn assemble_parts(budget: Budget, count: Count<'_>, history: &[Turn], parts: Parts) -> Assembled {
    let mut assembler = Assembler::new(budget, count, parts);
    for turn in history.iter().rev() {
        if !assembler.offer(turn.clone()) {
            break;
        }
    }
    assembler.finish()
}

fn budget(window: u32, reply_reserve: u32) -> Budget {
    Budget {
        window: Some(window),
        reply_reserve,
    }
}

fn texts(assembled: &Assembled) -> Vec<&str> {
    assembled
        .messages
        .iter()
        .map(|message| message.content.as_str())
        .collect()
}

fn exchanges(number: usize) -> Vec<Turn> {
    (0..number)
        .flat_map(|at| {
            [
                turn(USER, &format!("question {at:02}")),
                turn(ASSISTANT, &format!("answer {at:04}")),
            ]
        })
        .collect()
}

#[test]
fn what_fits_is_left_alone() {
    let assembled = assemble(
        budget(1000, 100),
        &characters,
        &["Be kind.", " \n", "Be brief."],
        &exchanges(1),
        "And now?",
    );
    assert_eq!(
        texts(&assembled),
        ["Be kind.\n\nBe brief.", "question 00", "answer 0000", "And now?"]
    );
    let Report {
        window,
        reserve,
        used,
        included,
        omitted,
        shortened,
        skipped,
        system,
        user,
        history,
        sources,
        summary,
    } = assembled.report;
    assert_eq!((system, user, history), (24, 13, 32));
    assert_eq!((sources, summary), (SourcesReport::default(), None));
    assert_eq!(
        (window, reserve, used, included),
        (1000, 100, 19 + 11 + 11 + 8 + 4 * MESSAGE_OVERHEAD, 2)
    );
    assert!(!omitted && shortened.is_empty() && skipped == 0);
}

#[test]
fn the_newest_turns_fill_the_room_without_holes() {
    // Room for the user's message and four turns of 16 with 8 over.
    let assembled = assemble(budget(10 + 4 * 16 + 8, 0), &characters, &[], &exchanges(10), "now?!");
    assert_eq!(
        texts(&assembled),
        ["question 08", "answer 0008", "question 09", "answer 0009", "now?!"]
    );
    assert!(assembled.report.omitted);
    assert_eq!(assembled.report.included, 4);
}

#[test]
fn a_full_budget_wants_no_more_and_a_small_turn_does_not_slip_past_a_large_one() {
    let mut assembler = Assembler::new(budget(30, 0), &characters, parts(&[], "now?!"));
    assert!(assembler.offer(turn(USER, "b")));
    assert!(!assembler.offer(turn(USER, &"x".repeat(50))));
    assert!(!assembler.offer(turn(USER, "a")));
    let prompt = assembler.finish();
    assert_eq!(texts(&prompt), ["b", "now?!"]);
    assert!(prompt.report.omitted);
}

#[test]
fn a_long_answer_is_shortened_so_that_its_question_stays() {
    let history = [turn(USER, "why?"), turn(ASSISTANT, &"y".repeat(5000))];
    let assembled = assemble(budget(1000, 0), &characters, &["s"], &history, "go on");
    let texts = texts(&assembled);
    assert_eq!((texts[1], texts[3]), ("why?", "go on"));
    assert!(texts[2].contains(MARK) && texts[2].starts_with("yyy") && texts[2].ends_with("yyy"));
    let left = 1000 - 6 - 10;
    assert_eq!(characters(texts[2]) + MESSAGE_OVERHEAD, left / 2);
    let to = left / 2 - MESSAGE_OVERHEAD;
    assert_eq!(
        assembled.report.shortened,
        [Shortened {
            piece: Piece::Turn,
            age: Some(1),
            number: None,
            from: 5000,
            to
        }]
    );
}

#[test]
fn an_answer_that_fits_alone_gives_way_to_its_question() {
    let history = [turn(USER, &"q".repeat(400)), turn(ASSISTANT, &"y".repeat(800))];
    let assembled = assemble(budget(1010, 0), &characters, &[], &history, "go on");
    let lengths: Vec<_> = texts(&assembled).into_iter().map(characters).collect();
    assert_eq!(lengths, [400, 495, 5]);
}

#[test]
fn a_shortened_text_keeps_its_first_character() {
    // Room for six characters: the mark with one end, or the beginning.
    let assembled = assemble(budget(17, 0), &characters, &["語 and much more text"], &[], "a");
    assert_eq!(texts(&assembled), ["語 and ", "a"]);
}

#[test]
fn a_long_user_message_leaves_the_system_prompt_intact_and_the_other_way_round() {
    let long = "u".repeat(3000);
    let assembled = assemble(budget(1000, 100), &characters, &["Be kind."], &exchanges(3), &long);
    assert_eq!(texts(&assembled).len(), 2);
    assert_eq!(texts(&assembled)[0], "Be kind.");
    assert_eq!(assembled.report.used, 900);
    let assembled = assemble(budget(1000, 100), &characters, &[&long], &exchanges(3), "And now?");
    assert_eq!(texts(&assembled)[1], "And now?");
    assert!(texts(&assembled)[0].contains(MARK));
    let assembled = assemble(budget(1000, 100), &characters, &[&long], &exchanges(3), &long);
    assert!(
        texts(&assembled)
            .iter()
            .all(|text| text.contains(MARK) && characters(text) == 445)
    );
}

#[test]
fn damaged_turns_are_skipped_and_do_not_have_the_history_read_to_its_beginning() {
    let history = [
        turn(USER, "a"),
        turn(ASSISTANT, " \n"),
        turn(ASSISTANT, "b\0c"),
        turn(MessageRole::System, "obey"),
    ];
    let prompt = assemble(budget(1000, 0), &characters, &[], &history, "now");
    assert_eq!(texts(&prompt), ["a", "now"]);
    assert_eq!((prompt.report.skipped, prompt.report.omitted), (3, false));

    let mut assembler = Assembler::new(budget(1000, 0), &characters, parts(&[], "now"));
    let offered = (1..=10_000).find(|_| !assembler.offer(turn(USER, ""))).unwrap();
    assert_eq!(offered, MOST_SKIPPED);
    assert!(assembler.finish().report.omitted);
}

#[test]
fn an_answer_without_its_question_does_not_begin_a_prompt() {
    let assembled = assemble(budget(10 + 3 * 16, 0), &characters, &[], &exchanges(5), "now?!");
    assert_eq!(texts(&assembled), ["question 04", "answer 0004", "now?!"]);
    assert_eq!(assembled.report.used, 10 + 2 * 16);
    assert!(assembled.report.omitted);
}

#[test]
fn windows_unknown_zero_or_smaller_than_the_reserve() {
    let applied = |window, reply_reserve| Budget { window, reply_reserve }.applied();
    assert_eq!(applied(None, 600), (DEFAULT_WINDOW, 600));
    assert_eq!(applied(Some(0), 600), (DEFAULT_WINDOW, 600));
    assert_eq!(applied(Some(512), 600), (512, 256));
    assert_eq!(applied(Some(600), 600), (600, 300));
    assert_eq!(applied(Some(1200), 600), (1200, 600));
    assert_eq!(applied(Some(601), 600), (601, 300));
    assert_eq!(applied(None, DEFAULT_WINDOW - 1), (DEFAULT_WINDOW, DEFAULT_WINDOW / 2));
    assert_eq!(applied(Some(1), u32::MAX), (1, 0));
    // One token of the user's text is worth more than all of the system prompt.
    let tiny = assemble(budget(6, 0), &characters, &["Be kind."], &exchanges(1), "now");
    assert_eq!((texts(&tiny), tiny.report.used), (vec!["n"], 6));
    let nothing = assemble(budget(1, 0), &characters, &["Be kind."], &exchanges(1), "");
    assert_eq!(texts(&nothing), [""]);
}

#[test]
fn the_report_reads_as_the_api_says() {
    let assembled = assemble(budget(100, 10), &characters, &[&"s".repeat(200)], &[], "now");
    let json = serde_json::to_value(&assembled.report).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "window": 100, "reserve": 10, "used": 90, "included": 0, "omitted": false, "skipped": 0,
            "system": 82, "user": 8, "history": 0, "summary": null,
            "sources": { "given": 0, "included": 0, "tokens": 0 },
            "shortened": [{ "piece": "system", "from": 200, "to": 77 }],
        })
    );
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), assembled.report);
    // As it was written before there were sources and summaries.
    let old = serde_json::json!({
        "window": 100, "reserve": 10, "used": 90, "included": 2, "omitted": true, "skipped": 0,
        "shortened": [{ "piece": "turn", "age": 2, "from": 200, "to": 77 }],
    });
    let old: Report = serde_json::from_value(old).unwrap();
    assert_eq!((old.shortened[0].age, old.system, old.summary), (Some(2), 0, None));
}

fn source(title: &str, text: &str) -> Source {
    Source {
        title: title.to_owned(),
        text: text.to_owned(),
    }
}

fn summary(text: &str) -> Summary {
    Summary {
        text: text.to_owned(),
        up_to: 7,
    }
}

#[test]
fn sources_are_numbered_and_bounded_and_leave_the_newest_exchange() {
    let sources = vec![
        source("A", "Context: the box is red."),
        source("Damaged", " \0"),
        source("B", &"b".repeat(600)),
        source("C", "There is no room for this."),
    ];
    let given = Parts {
        sources,
        ..parts(&["Be kind."], "Which box?")
    };
    let assembled = assemble_parts(budget(2000, 0), &characters, &exchanges(100), given.clone());
    let Report {
        sources,
        shortened,
        system,
        omitted,
        ..
    } = assembled.report;
    assert_eq!(assembled.sources, [1, 3]);
    assert_eq!((sources.given, sources.included, system, omitted), (4, 2, 13, true));
    let room = 2000 - 13 - 15;
    assert!(
        sources.tokens <= room * 2 / 5 && sources.tokens > room * 2 / 5 - 10,
        "{sources:?}"
    );
    assert_eq!(shortened.len(), 1);
    assert_eq!((shortened[0].piece, shortened[0].number), (Piece::Source, Some(3)));
    let message = &assembled.messages[0].content;
    assert!(message.starts_with("Be kind.\n\nPassages from documents"));
    assert!(
        message.contains("\n\n[1] A\n<passage-1>\nContext: the box is red.\n</passage-1>\n\n[3] B\n<passage-1>\nbbb")
    );
    assert!(message.ends_with(&["b\n</passage-1>"].concat()) && message.contains(MARK));
    assert!(!message.contains("no room for this"));

    // In a small window the exchange before the question is worth more.
    let assembled = assemble_parts(budget(120, 0), &characters, &exchanges(3), given.clone());
    assert_eq!(
        assembled.report.sources,
        SourcesReport {
            given: 4,
            included: 0,
            tokens: 0
        }
    );
    assert_eq!(assembled.report.included, 4);
    // Without instructions the passages are the system message.
    let alone = Parts {
        system: Vec::new(),
        ..given
    };
    let assembled = assemble_parts(budget(4000, 0), &characters, &[], alone);
    assert_eq!((assembled.messages.len(), assembled.report.system), (2, 0));
    assert_eq!(assembled.sources, [1, 3, 4]);
}

#[test]
fn a_summary_stands_for_what_is_left_out_and_only_then() {
    let given = Parts {
        summary: Some(summary("They spoke of boxes.")),
        ..parts(&["Be kind."], "now?!")
    };
    let all = assemble_parts(budget(1000, 0), &characters, &exchanges(10), given.clone());
    assert_eq!((all.report.summary, all.report.included), (None, 20));
    let some = assemble_parts(budget(1000, 0), &characters, &exchanges(100), given.clone());
    let told = some.report.summary.unwrap();
    assert_eq!(told.up_to, 7);
    assert!(
        some.messages[0]
            .content
            .ends_with("<summary-1>\nThey spoke of boxes.\n</summary-1>")
    );
    assert_eq!((some.report.system, some.report.omitted), (13, true));
    assert!(some.report.used <= 1000 && some.report.used > 1000 - 32 - MESSAGE_OVERHEAD);
    assert_eq!(texts(&some)[some.messages.len() - 2], "answer 0099");
    // A long one is shortened to its share.
    let long = Parts {
        summary: Some(summary(&"s".repeat(5000))),
        ..given.clone()
    };
    let long = assemble_parts(budget(1000, 0), &characters, &exchanges(100), long);
    assert!(long.report.summary.unwrap().tokens <= (1000 - 13 - 10) * 2 / 5);
    assert_eq!(long.report.shortened[0].piece, Piece::Summary);
    // A limit on turns leaves some out as a full window does.
    let few = Parts {
        most_turns: Some(4),
        ..given
    };
    let few = assemble_parts(budget(10_000, 0), &characters, &exchanges(10), few);
    assert_eq!((few.report.included, few.report.omitted), (4, true));
    assert!(few.report.summary.is_some());
    let none = Parts {
        most_turns: Some(0),
        ..parts(&[], "now?!")
    };
    let none = assemble_parts(budget(10_000, 0), &characters, &exchanges(10), none);
    assert_eq!((texts(&none), none.report.omitted), (vec!["now?!"], true));
}

#[test]
fn what_comes_along_with_a_message_is_counted() {
    let pictured = Turn {
        extra_tokens: 500,
        ..turn(USER, "look at this")
    };
    let given = |user_extra_tokens| Parts {
        user_extra_tokens,
        ..parts(&["Be kind."], "And this?")
    };
    let history = [pictured, turn(ASSISTANT, "A cat.")];
    let assembled = assemble_parts(budget(1000, 0), &characters, &history, given(300));
    assert_eq!((assembled.report.user, assembled.report.history), (314, 517 + 11));
    assert_eq!(assembled.report.included, 2);
    let assembled = assemble_parts(budget(1000, 0), &characters, &history, given(600));
    assert_eq!((assembled.report.included, assembled.report.omitted), (0, true));
    // What can't be shortened leaves the text a character.
    let assembled = assemble_parts(budget(1000, 0), &characters, &history, given(5000));
    assert_eq!(texts(&assembled), ["A"]);
}

#[test]
fn a_megabyte_is_shortened_by_looking_at_it_a_few_times() {
    let looked_at = std::sync::atomic::AtomicUsize::new(0);
    let count = |text: &str| {
        looked_at.fetch_add(text.len(), std::sync::atomic::Ordering::Relaxed);
        estimate(text)
    };
    let long = "word 語🎉 ".repeat(80_000);
    let assembled = assemble(budget(4096, 600), &count, &["Be kind."], &[], &long);
    assert!(assembled.report.used <= 3496 && assembled.report.used > 3400);
    assert!(looked_at.into_inner() < 5 * long.len());
}

/// Texts of every kind, damaged ones among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,8}( [a-z]{1,8}){0,20}",
        2 => "\\PC{0,60}",
        1 => "[語🎉é👩\u{200d}]{1,300}",
        1 => "[ \n\t]{0,4}",
        1 => "[a-c\0]{1,4}",
        1 => "[a-z .]{200,2000}",
    ]
}

fn history() -> impl Strategy<Value = Vec<Turn>> {
    let role = prop_oneof![5 => Just(USER), 5 => Just(ASSISTANT), 1 => Just(MessageRole::System)];
    prop::collection::vec(
        (role, text()).prop_map(|(role, content)| Turn::new(role, content)),
        0..25,
    )
}

fn any_budget() -> impl Strategy<Value = Budget> {
    let window = prop_oneof![
        Just(None),
        Just(Some(0)),
        (1u32..40).prop_map(Some),
        (40u32..3000).prop_map(Some)
    ];
    let reserve = prop_oneof![Just(0), 0u32..700, Just(u32::MAX)];
    (window, reserve).prop_map(|(window, reply_reserve)| Budget { window, reply_reserve })
}

/// Tokenizers: a sound one, a simple one, and two that make no sense (one of them says less for more text).
fn tokenizer(number: usize) -> fn(&str) -> u32 {
    [
        estimate,
        characters,
        |_: &str| u32::MAX,
        |text: &str| {
            text.bytes()
                .fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
                % 50
                + 1
        },
    ][number]
}

fn limit_of(assembled: &Assembled) -> u32 {
    assembled.report.window - assembled.report.reserve
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_prompt_is_within_the_window(
        budget in any_budget(), system in prop::collection::vec(text(), 0..3), history in history(), user in text(),
        number in 0usize..4,
    ) {
        let count = tokenizer(number);
        let system: Vec<_> = system.iter().map(String::as_str).collect();
        let assembled = assemble(budget, &count, &system, &history, &user);
        let used = assembled.messages.iter().fold(0u32, |sum, message| {
            sum.saturating_add(count(&message.content)).saturating_add(MESSAGE_OVERHEAD)
        });
        prop_assert_eq!(assembled.report.used, used);
        let least = count(first_character(&user)).saturating_add(MESSAGE_OVERHEAD);
        if least <= limit_of(&assembled) {
            prop_assert!(used <= limit_of(&assembled), "{} > {}", used, limit_of(&assembled));
        }
    }

    #[test]
    fn the_newest_message_and_the_system_prompt_are_kept(
        budget in any_budget(), system in text(), history in history(), user in text(), number in 0usize..2,
    ) {
        let count = tokenizer(number);
        let assembled = assemble(budget, &count, &[&system], &history, &user);
        let last = assembled.messages.last().unwrap();
        prop_assert_eq!(last.role, USER);
        prop_assert_eq!(last.content.is_empty(), user.is_empty());
        prop_assert!(resembles(&last.content, &user), "{:?} of {:?}", last.content, user);
        let room = limit_of(&assembled).saturating_sub(2 * MESSAGE_OVERHEAD);
        if !system.trim().is_empty() && room >= 10 {
            prop_assert_eq!(assembled.messages[0].role, MessageRole::System);
            prop_assert!(resembles(&assembled.messages[0].content, system.trim_start()));
        }
        if count(&system).saturating_add(count(&user)) <= room {
            prop_assert_eq!(&last.content, &user);
        } else if room >= 10 && count(&system) <= room / 2 && !system.trim().is_empty() {
            prop_assert_eq!(&assembled.messages[0].content, system.trim_start());
        }
    }

    #[test]
    fn older_turns_are_the_newest_ones_in_order(
        budget in any_budget(), history in history(), user in text(), number in 0usize..4,
    ) {
        let count = tokenizer(number);
        let assembled = assemble(budget, &count, &["Be kind."], &history, &user);
        let healthy: Vec<_> = history.iter().filter(|turn| !is_damaged(turn)).collect();
        let older: Vec<_> = assembled.messages.iter().filter(|message| message.role != MessageRole::System).collect();
        let older = &older[..older.len() - 1];
        prop_assert_eq!(assembled.report.included as usize, older.len());
        prop_assert!(older.len() <= healthy.len());
        prop_assert!(older.first().is_none_or(|first| first.role == USER));
        let newest = &healthy[healthy.len() - older.len()..];
        for (message, turn) in older.iter().zip(newest) {
            prop_assert_eq!(message.role, turn.role);
            prop_assert!(resembles(&message.content, &turn.content));
        }
        if older.len() < healthy.len() {
            prop_assert!(assembled.report.omitted);
        }
    }

    #[test]
    fn the_room_is_used(lengths in prop::collection::vec(1usize..27, 0..40), window in 20u32..400) {
        let history: Vec<_> = lengths.iter().map(|length| turn(USER, &"x".repeat(*length))).collect();
        let assembled = assemble(budget(window, 0), &characters, &[], &history, "now");
        let mut left = window - 3 - MESSAGE_OVERHEAD;
        let fitting = lengths.iter().rev().take_while(|length| {
            let cost = u32::try_from(**length).unwrap() + MESSAGE_OVERHEAD;
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        });
        prop_assert_eq!(assembled.report.included as usize, fitting.count());
    }

    #[test]
    fn with_all_parts_it_is_within_the_window(
        budget in any_budget(), given in all_parts(), history in history(), number in 0usize..4,
    ) {
        let count = tokenizer(number);
        let assembled = assemble_parts(budget, &count, &history, given.clone());
        let used = assembled.messages.iter().fold(0u32, |sum, message| {
            sum.saturating_add(count(&message.content)).saturating_add(MESSAGE_OVERHEAD)
        });
        let Report { system, user, history: older, sources, summary, .. } = assembled.report;
        prop_assert_eq!(assembled.report.used, used);
        let parts = [sources.tokens, summary.map_or(0, |summary| summary.tokens), older, user];
        prop_assert_eq!(parts.into_iter().fold(system, u32::saturating_add), used);
        let limit = limit_of(&assembled);
        if count(first_character(&given.user)).saturating_add(MESSAGE_OVERHEAD) <= limit {
            prop_assert!(used <= limit, "{} > {}", used, limit);
        }
        prop_assert!(given.most_turns.is_none_or(|most| assembled.report.included <= most));
        prop_assert!(u64::from(sources.tokens) * 5 <= u64::from(limit) * 2);
        prop_assert!(summary.is_none() || assembled.report.omitted);
    }

    #[test]
    fn passages_keep_their_numbers_and_their_order(
        budget in any_budget(), given in all_parts(), history in history(), number in 0usize..2,
    ) {
        let count = tokenizer(number);
        let assembled = assemble_parts(budget, &count, &history, given.clone());
        prop_assert_eq!(assembled.report.sources.given as usize, given.sources.len());
        prop_assert_eq!(assembled.report.sources.included as usize, assembled.sources.len());
        prop_assert!(assembled.sources.is_sorted());
        let sound = (1..).zip(&given.sources).filter(|(_, source)| is_sound(&source.text));
        let mut message = assembled.messages[0].content.as_str();
        for ((number, source), included) in sound.zip(&assembled.sources) {
            prop_assert_eq!(number, *included);
            let head = format!("\n\n[{number}] ");
            let at = message.find(&head);
            prop_assert!(at.is_some(), "{:?} in {:?}", head, message);
            message = &message[at.unwrap() + head.len()..];
            let (text, after) = message.split_once("\n</passage-").unwrap();
            let text = text.split_once("\n<passage-").unwrap().1.split_once(">\n").unwrap().1;
            prop_assert!(resembles(text, &source.text), "{:?} of {:?}", text, source.text);
            message = after;
        }
    }

    #[test]
    fn its_own_output_comes_back_unchanged(
        budget in any_budget(), given in all_parts(), history in history(), number in 0usize..4,
    ) {
        let count = tokenizer(number);
        let most_turns = given.most_turns;
        let first = assemble_parts(budget, &count, &history, given);
        let mut messages = first.messages.clone();
        let user = messages.pop().unwrap().content;
        let (system, older): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| message.role == MessageRole::System);
        let system: Vec<_> = system.iter().map(|message| message.content.as_str()).collect();
        let older: Vec<_> = older.into_iter().map(|message| Turn::new(message.role, message.content)).collect();
        let again = Parts { most_turns, ..parts(&system, &user) };
        let second = assemble_parts(budget, &count, &older, again);
        prop_assert_eq!(second.messages, first.messages);
        prop_assert_eq!(second.report.used, first.report.used);
    }
}

/// Everything a prompt can be made of.
fn all_parts() -> impl Strategy<Value = Parts> {
    let title = prop_oneof!["[A-Z][a-z]{0,10}", Just("</passage-1>\n\0".to_owned())];
    let sources = prop::collection::vec((title, text()).prop_map(|(title, text)| Source { title, text }), 0..6);
    let summary = prop::option::of((text(), any::<i64>()).prop_map(|(text, up_to)| Summary { text, up_to }));
    let most_turns = prop::option::weighted(0.2, 0u32..10);
    (
        prop::collection::vec(text(), 0..3),
        text(),
        sources,
        summary,
        most_turns,
    )
        .prop_map(|(system, user, sources, summary, most_turns)| Parts {
            system,
            user,
            user_extra_tokens: 0,
            summary,
            sources,
            most_turns,
        })
}

/// Whether a text is another one, or its two ends around the mark, or its beginning.
fn resembles(shorter: &str, whole: &str) -> bool {
    whole.starts_with(shorter)
        || shorter
            .match_indices(MARK)
            .any(|(at, mark)| whole.starts_with(&shorter[..at]) && whole.ends_with(&shorter[at + mark.len()..]))
}
