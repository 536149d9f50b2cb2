//! Texts that are made to take long or to nest deep.

use markdown::{Stream, render};

use crate::html::read_all;

/// Repeats of marks, each of which has been somebody's quadratic parser or overflowed stack.
fn texts(count: usize) -> Vec<String> {
    let mut texts: Vec<String> = [
        ">",
        "> ",
        "[",
        "![",
        "*",
        "**a",
        "_",
        "`",
        "``a",
        "- ",
        "* ",
        "1. ",
        "<",
        "<a",
        "<!--",
        "<?",
        "<![CDATA[",
        "(",
        "[a](",
        "[a](<",
        "[[a]",
        "![[](",
        "\\",
        "\\(",
        "\\[",
        "$",
        "$a",
        "$${",
        "~~",
        "~~a",
        "&",
        "|",
        "|a",
        "#",
        "# ",
        "a\n",
        "> a\n",
        "- a\n",
        "*a_ ",
        "*a **b ",
        "**x* ",
        "[a]: b\n",
        "[a]",
        "<https://a",
        "https://a.b/(",
        "\u{202e}",
        "***",
        "a*b_",
        "]",
        "](",
        "\t",
        "    ",
        "\n",
        "\r",
    ]
    .iter()
    .map(|mark| mark.repeat(count))
    .collect();
    texts.push(format!("{}{}", "[".repeat(count), "](b)".repeat(count)));
    texts.push(format!("{}a{}", "*".repeat(count), "*".repeat(count)));
    texts.push(format!(
        "{}a{}",
        "**a *b ".repeat(count / 2),
        "* b** ".repeat(count / 2)
    ));
    let stairs: Vec<String> = (0..100).map(|depth| "  ".repeat(depth) + "- a").collect();
    texts.push(stairs.join("\n"));
    texts.push(format!(
        "{}\n{}\n{}",
        "|a".repeat(count / 10),
        "|-".repeat(count / 10),
        "|\n".repeat(count / 10)
    ));
    texts.push(format!("```\n{}", "x\n".repeat(count)));
    texts.push(format!("```rust\n{}", "/* \" ' ".repeat(count)));
    texts
}

#[test]
fn deep_nesting_neither_overflows_the_stack_nor_reaches_the_page() {
    // A quarter of what a worker of the server has.
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let handle = thread
        .spawn(|| {
            for text in texts(10_000) {
                let read = read_all(&render(&text));
                assert!(
                    read.depth < 60,
                    "{:?}… nests {} deep",
                    text.chars().take(9).collect::<String>(),
                    read.depth
                );
            }
        })
        .expect("a thread");
    assert!(handle.join().is_ok());
}

#[test]
fn what_is_written_grows_with_what_is_read() {
    for text in texts(10_000) {
        let written: usize = render(&text).iter().map(String::len).sum();
        assert!(
            written <= 64 * text.len() + 1_000,
            "{:?}…: {written} of {}",
            text.chars().take(9).collect::<String>(),
            text.len()
        );
    }
}

#[test]
fn a_growing_text_is_written_again_only_from_where_it_is_open() {
    // Many blocks: what each update carries does not grow with what has settled.
    let block = "A paragraph with **some** `code` in it.\n\n```rust\nfn main() {}\n```\n\n- one\n- two\n\n";
    let text = block.repeat(200);
    let mut stream = Stream::new();
    let mut count = 0;
    for at in (0..=text.len()).step_by(40) {
        if let Some(update) = stream.set(&text[..at]) {
            assert!(
                update.from + 4 >= count,
                "{} blocks were written again",
                count - update.from
            );
            assert!(update.blocks.len() <= 6);
            count = update.from + update.blocks.len();
        }
    }
    assert_eq!(count, 600);
}
