use proptest::prelude::*;

use super::*;
use crate::models::tokens::estimate;

const USER: MessageRole = MessageRole::User;
const ASSISTANT: MessageRole = MessageRole::Assistant;

/// A tokenizer that can be counted in the head.
fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap()
}

fn turn(role: MessageRole, content: &str) -> Turn {
    Turn {
        role,
        content: content.to_owned(),
    }
}

/// Offers a history, oldest first as a reader writes it down, until no more is wanted.
fn assemble(budget: Budget, count: Count<'_>, system: &[&str], history: &[Turn], user: &str) -> Assembled {
    let system = system.iter().map(|part| (*part).to_owned()).collect();
    let mut assembler = Assembler::new(budget, count, system, user.to_owned());
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
    } = assembled.report;
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
    let mut assembler = Assembler::new(budget(30, 0), &characters, Vec::new(), "now?!".to_owned());
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
            piece: Piece::Turn { age: 1 },
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

    let mut assembler = Assembler::new(budget(1000, 0), &characters, Vec::new(), "now".to_owned());
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
    assert_eq!(applied(Some(601), 600), (601, 600));
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
            "shortened": [{ "piece": "system", "from": 200, "to": 77 }],
        })
    );
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), assembled.report);
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
    prop::collection::vec((role, text()).prop_map(|(role, content)| Turn { role, content }), 0..25)
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
    fn its_own_output_comes_back_unchanged(
        budget in any_budget(), system in text(), history in history(), user in text(), number in 0usize..4,
    ) {
        let count = tokenizer(number);
        let first = assemble(budget, &count, &[&system], &history, &user);
        let mut messages = first.messages.clone();
        let user = messages.pop().unwrap().content;
        let (system, older): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| message.role == MessageRole::System);
        let system: Vec<_> = system.iter().map(|message| message.content.as_str()).collect();
        let older: Vec<_> = older.into_iter().map(|PromptMessage { role, content }| Turn { role, content }).collect();
        let second = assemble(budget, &count, &system, &older, &user);
        prop_assert_eq!(second.messages, first.messages);
        prop_assert_eq!(second.report.used, first.report.used);
    }
}

/// Whether a text is another one, or its two ends around the mark, or its beginning.
fn resembles(shorter: &str, whole: &str) -> bool {
    whole.starts_with(shorter)
        || shorter
            .match_indices(MARK)
            .any(|(at, mark)| whole.starts_with(&shorter[..at]) && whole.ends_with(&shorter[at + mark.len()..]))
}
