//! An answer while it grows.

use markdown::{Stream, Update, render};
use proptest::prelude::*;

use crate::html::{read, read_all};
use crate::safety::marked_up;

/// What a page does with updates.
#[derive(Default)]
struct Page(Vec<String>);

impl Page {
    fn take(&mut self, update: Option<Update>) {
        if let Some(Update { from, blocks }) = update {
            assert!(from <= self.0.len(), "a gap");
            assert!(
                self.0.get(from..) != Some(&blocks[..]),
                "an update that changes nothing"
            );
            self.0.truncate(from);
            self.0.extend(blocks);
        }
    }
}

/// What is shown of a text that has come so far.
fn shown(text: &str) -> String {
    let mut page = Page::default();
    page.take(Stream::new().set(text));
    page.0.join("")
}

#[test]
fn marks_that_are_not_closed_yet_do_not_show() {
    let p = |inner: &str| format!("<p dir=\"auto\">{inner}</p>");
    let cases = [
        // Emphasis.
        ("a **b", p("a <strong>b</strong>")),
        ("a **b ", p("a <strong>b</strong>")),
        ("a **b\n", p("a <strong>b</strong>")),
        ("a **b*", p("a <strong>b</strong>")),
        ("a **b**", p("a <strong>b</strong>")),
        ("a **", p("a")),
        ("a *", p("a")),
        ("a *b", p("a <em>b</em>")),
        ("a _b", p("a <em>b</em>")),
        ("a __b", p("a <strong>b</strong>")),
        ("a ***b", p("a <em><strong>b</strong></em>")),
        ("**a *b", p("<strong>a <em>b</em></strong>")),
        ("*a **b**", p("<em>a <strong>b</strong></em>")),
        ("a ~~b", p("a <del>b</del>")),
        ("a ~~b~", p("a <del>b</del>")),
        ("**日本", p("<strong>日本</strong>")),
        ("**", String::new()),
        ("a\n**", p("a")),
        ("**a\nb", p("<strong>a\nb</strong>")),
        (
            "> **a",
            "<blockquote><p dir=\"auto\"><strong>a</strong></p></blockquote>".to_owned(),
        ),
        ("- **a", "<ul dir=\"auto\"><li><strong>a</strong></li></ul>".to_owned()),
        ("## **a", "<h4 dir=\"auto\"><strong>a</strong></h4>".to_owned()),
        // What looks like it and is none.
        ("2 * 3", p("2 * 3")),
        ("a_b", p("a_b")),
        ("2*3", p("2*3")),
        ("~5", p("~5")),
        ("a \\*b", p("a *b")),
        ("**a\n\nb", format!("{}{}", p("**a"), p("b"))),
        // Code.
        ("a `b", p("a <code>b</code>")),
        ("a `b*c", p("a <code>b*c</code>")),
        ("a ``b`", p("a <code>b</code>")),
        ("a `", p("a")),
        ("**a `b", p("<strong>a <code>b</code></strong>")),
        ("`**a", p("<code>**a</code>")),
        ("`[a", p("<code>[a</code>")),
        // Links and pictures.
        ("a [b", p("a b")),
        ("a [b]", p("a b")),
        ("a [b](", p("a b")),
        ("a [b](https://c", p("a b")),
        ("a [b](https://c \"d", p("a b")),
        ("a [b](https://c_d_e", p("a b")),
        ("a [**b", p("a <strong>b</strong>")),
        ("a [`b", p("a <code>b</code>")),
        ("a ![b", p("a b")),
        ("a ![b](https://c", p("a b")),
        (
            "a <https://c",
            p("a <a href=\"https://c\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://c</a>"),
        ),
        ("a [b] c", p("a [b] c")),
        ("a [b](c d e", p("a [b](c d e")),
        // Blocks.
        ("#", String::new()),
        ("##", String::new()),
        ("## ", String::new()),
        ("a\n-", p("a")),
        ("a\n--", p("a")),
        ("a\n=", p("a")),
        ("-", String::new()),
        ("- ", String::new()),
        ("- a\n-", "<ul dir=\"auto\"><li>a</li></ul>".to_owned()),
        ("- [", String::new()),
        ("- a\n- [", "<ul dir=\"auto\"><li>a</li></ul>".to_owned()),
        ("1", String::new()),
        ("1.", String::new()),
        ("1. a\n2", "<ol dir=\"auto\"><li>a</li></ol>".to_owned()),
        ("a\n>", p("a")),
        ("a\n\n`", p("a")),
        ("a\n\n``", p("a")),
        ("a\n\n```", p("a")),
        ("a\n\n```ru", p("a")),
        ("- a\n  ```ru", "<ul dir=\"auto\"><li>a</li></ul>".to_owned()),
        ("a\n\n~~~", p("a")),
        ("a\n\n***", p("a")),
        // Tables.
        ("|", String::new()),
        ("| a", String::new()),
        ("| a | b |", String::new()),
        ("| a | b |\n", String::new()),
        ("| a | b |\n|", String::new()),
        ("| a | b |\n|--", String::new()),
        ("| a | b |\n|---|", String::new()),
        ("x\n| a | b |\n|-", p("x")),
        ("a | b\n--", p("a | b")),
        ("| a |\nb", p("| a |\nb")),
        // The rest.
        ("a \\", p("a")),
        ("$$a_1 *b", p("$$a_1 *b$$")),
        ("\\(a_1 *b", p("\\(a_1 *b\\)")),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn a_table_and_a_code_block_show_as_soon_as_they_are_one() {
    assert!(shown("| a | b |\n|---|---|").contains("<th"));
    let row = shown("| a | b |\n|---|---|\n| **c");
    assert!(row.contains("<td dir=\"auto\"><strong>c</strong></td></tr>"), "{row}");
    let code = shown("```rust\nfn f");
    assert!(
        code.contains("<span class=\"tok-k\">fn</span> <span class=\"tok-f\">f</span>"),
        "{code}"
    );
    // Half the fence that closes it is no code.
    assert!(!shown("```rust\nfn\n``").contains('`'));
}

const ANSWER: &str = "# Deploying on **Friday**\n\nFrom the *runbook*, see [the `guide`](https://a.b/c_d_e \"t\") and \
    ![a picture](https://a.b/c.png):\n\n1. **Migration order.** Run `migrate --to 2026_11` first; ~~never~~ later.\n2. **Webhooks.**\n   \
    - pause\n   - [x] resume\n\n   ```shell\n   # before\n   billing queue pause --drain\n   ```\n3. Rounding\n\n| Place | Who |\n|:------|----:|\n\
    | API | **Mara** |\n| Ledger | `nobody` |\n\n> A *quotation*\n> of two lines\n\n```python\ndef f(a):\n    return \"b\"  # c\n```\n\n\
    ***Both*** and __done__.\n\n---\n\nThe *end* of `it`.\n";

#[test]
fn at_no_moment_of_an_answer_does_a_raw_mark_show() {
    let mut stream = Stream::new();
    let mut page = Page::default();
    for (at, character) in ANSWER.char_indices() {
        page.take(stream.set(&ANSWER[..at + character.len_utf8()]));
        for block in &page.0 {
            let text = read(block).expect("good HTML").text;
            let prose = if block.contains("<figure") { "" } else { &text };
            for mark in ["**", "__", "~~", "](", "![", "[", "`", "|", "<", ">", "*", "---", "#"] {
                assert!(!prose.contains(mark), "{mark} in {text:?} after {:?}", &ANSWER[..=at]);
            }
            assert!(!text.contains("```"), "{text:?}");
            assert!(!block.contains("\"></p>") && !block.contains("<li></li>"), "{block}");
        }
    }
    page.take(stream.finish(ANSWER));
    assert_eq!(page.0, render(ANSWER));
}

#[test]
fn what_was_shown_stays_where_it_is() {
    // Blocks come and grow; none goes again, and none changes what it is.
    let mut stream = Stream::new();
    let mut page = Page::default();
    let mut kinds: Vec<String> = Vec::new();
    for (at, character) in ANSWER.char_indices() {
        page.take(stream.set(&ANSWER[..at + character.len_utf8()]));
        let now: Vec<String> = page
            .0
            .iter()
            .map(|block| block.split([' ', '>']).next().unwrap_or_default().to_owned())
            .collect();
        assert!(
            now.starts_with(&kinds),
            "{kinds:?} became {now:?} after {:?}",
            &ANSWER[..=at]
        );
        kinds = now;
    }
}

#[test]
fn a_definition_holds_for_what_comes_after_it() {
    let text = "[a]: https://b.c\n\nOne.\n\nTwo.\n\nSee [A].\n\nThree.\n";
    let mut stream = Stream::new();
    let mut page = Page::default();
    for at in 0..=text.len() {
        page.take(stream.set(&text[..at]));
    }
    assert_eq!(page.0, render(text));
    assert_eq!(read_all(&page.0).links, ["https://b.c"]);
}

#[test]
fn another_text_begins_anew() {
    let mut stream = Stream::new();
    let mut page = Page::default();
    page.take(stream.set("one\n\ntwo\n\nthree\n\nfour"));
    page.take(stream.set("x"));
    assert_eq!(page.0, render("x"));
}

#[test]
fn a_growing_code_block_is_coloured_as_the_whole() {
    let code = "fn f() {\n    /* a\n    b */ let x = r#\"c\n\"d\"#;\n}\n// e\n".repeat(20);
    let text = format!(
        "Look:\n\n- a\n\n  ```rust\n{}  ```\n\n```rust\n{code}```\n",
        code.replace('\n', "\n  ")
    );
    let mut stream = Stream::new();
    let mut page = Page::default();
    for (at, character) in text.char_indices() {
        page.take(stream.set(&text[..at + character.len_utf8()]));
    }
    assert_eq!(page.0, render(&text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_it_comes_it_ends_as_the_whole(
        text in prop_oneof![4 => marked_up(), 1 => any::<String>()],
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| text.floor_char_boundary(cut.index(text.len() + 1))).collect();
        cuts.sort_unstable();
        let mut stream = Stream::new();
        let mut page = Page::default();
        for cut in cuts {
            page.take(stream.set(&text[..cut]));
            read_all(&page.0);
        }
        page.take(stream.finish(&text));
        // A link reference definition may come after its use.
        if !text.contains("]:") {
            prop_assert_eq!(page.0, render(&text));
        }
    }

    #[test]
    fn character_by_character_too(text in marked_up()) {
        let mut stream = Stream::new();
        let mut page = Page::default();
        for (at, _) in text.char_indices() {
            page.take(stream.set(&text[..at]));
        }
        page.take(stream.finish(&text));
        if !text.contains("]:") {
            prop_assert_eq!(page.0, render(&text));
        }
    }
}
