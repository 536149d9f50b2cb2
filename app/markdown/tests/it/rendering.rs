//! What Markdown looks like.

use markdown::render;

use crate::html::read_all;

fn html(text: &str) -> String {
    render(text).join("\n")
}

#[test]
fn every_construct_has_its_element() {
    let cases = [
        (
            "a *b* **c** ~~d~~ `e`",
            r#"<p dir="auto">a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>"#,
        ),
        ("# One", r#"<h3 dir="auto">One</h3>"#),
        ("## Two", r#"<h4 dir="auto">Two</h4>"#),
        ("### Three", r#"<h5 dir="auto">Three</h5>"#),
        ("#### Four", r#"<h6 dir="auto">Four</h6>"#),
        ("###### Six", r#"<h6 dir="auto">Six</h6>"#),
        ("#", ""),
        ("---", "<hr>"),
        ("> a", "<blockquote><p dir=\"auto\">a</p></blockquote>"),
        ("- a\n- b", r#"<ul dir="auto"><li>a</li><li>b</li></ul>"#),
        (
            "- a\n\n- b",
            r#"<ul dir="auto"><li><p dir="auto">a</p></li><li><p dir="auto">b</p></li></ul>"#,
        ),
        ("3. a", r#"<ol dir="auto" start="3"><li>a</li></ol>"#),
        ("1. a", r#"<ol dir="auto"><li>a</li></ol>"#),
        (
            "- [ ] a\n- [x] b",
            r#"<ul dir="auto"><li><span class="task" role="img" aria-label="To do"></span> a</li><li><span class="task" role="img" aria-label="Done" data-done></span> b</li></ul>"#,
        ),
        ("a  \nb\nc", "<p dir=\"auto\">a<br>\nb\nc</p>"),
        ("\"a\" -- b...", "<p dir=\"auto\">&quot;a&quot; -- b...</p>"),
        ("~20 and a~b~c", "<p dir=\"auto\">~20 and a~b~c</p>"),
        (
            "&lt;b&gt; &amp;amp; &nope;",
            "<p dir=\"auto\">&lt;b&gt; &amp;amp; &amp;nope;</p>",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(html(text), expected, "{text:?}");
    }
}

#[test]
fn a_table_can_be_scrolled_and_its_short_rows_stay_short() {
    assert_eq!(
        html("| a | b | c |\n|---|:-:|--:|\n| 1 | 2<br>x | 3 |\n| 4 |"),
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table><thead><tr>\
         <th scope=\"col\" dir=\"auto\">a</th><th scope=\"col\" dir=\"auto\" data-align=\"center\">b</th>\
         <th scope=\"col\" dir=\"auto\" data-align=\"right\">c</th></tr></thead><tbody><tr><td dir=\"auto\">1</td>\
         <td dir=\"auto\" data-align=\"center\">2<br>x</td><td dir=\"auto\" data-align=\"right\">3</td></tr><tr>\
         <td dir=\"auto\">4</td></tr></tbody></table></div>"
    );
}

#[test]
fn links_open_safely_and_pictures_are_links() {
    let link = |href: &str, text: &str| {
        format!(
            "<p dir=\"auto\"><a href=\"{href}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{text}</a></p>"
        )
    };
    let cases = [
        ("[a](https://b.c/d?e=f&g=h)", link("https://b.c/d?e=f&amp;g=h", "a")),
        ("[](https://b.c)", link("https://b.c", "https://b.c")),
        ("<https://b.c>", link("https://b.c", "https://b.c")),
        ("<a@b.c>", link("mailto:a@b.c", "a@b.c")),
        ("https://b.c/d_e_f", link("https://b.c/d_e_f", "https://b.c/d_e_f")),
        (
            "![a *cat*](https://b.c/d.png)",
            link("https://b.c/d.png", "a <em>cat</em>"),
        ),
        ("![](https://b.c/d.png)", link("https://b.c/d.png", "https://b.c/d.png")),
        ("[![a](https://b.c/d.png)](https://e.f)", link("https://e.f", "a")),
        ("[a]\n\n[a]: https://b.c", link("https://b.c", "a")),
        ("[a](<https://b.c/d e>)", link("https://b.c/d%20e", "a")),
    ];
    for (text, expected) in cases {
        assert_eq!(html(text), expected, "{text:?}");
    }
    let titled = html("[a](https://b.c 'x \" y')");
    assert!(titled.contains(" title=\"x &quot; y\" "), "{titled}");
}

#[test]
fn addresses_in_running_text_end_where_a_reader_ends_them() {
    let cases = [
        ("see https://a.b/c.", "https://a.b/c"),
        ("(https://a.b/c_(d))", "https://a.b/c_(d)"),
        ("**https://a.b**", "https://a.b"),
        ("https://a.b/?c=d&e=f, and", "https://a.b/?c=d&e=f"),
        ("HTTP://A.B!", "HTTP://A.B"),
        ("https://a.b。", "https://a.b"),
    ];
    for (text, expected) in cases {
        assert_eq!(read_all(&render(text)).links, [expected], "{text:?}");
    }
    for text in ["xhttps://a.b", "https://", "`https://a.b`", "ftp://a.b", "https://*"] {
        assert!(read_all(&render(text)).links.is_empty(), "{text:?}");
    }
}

#[test]
fn raw_html_is_text() {
    assert_eq!(html("a <b>c</b>"), "<p dir=\"auto\">a &lt;b&gt;c&lt;/b&gt;</p>");
    assert_eq!(
        html("<details>\n  **x**\n</details>"),
        "<p class=\"raw\" dir=\"auto\">&lt;details&gt;\n  **x**\n&lt;/details&gt;</p>"
    );
}

#[test]
fn formulas_stay_as_they_were_typed() {
    for text in [
        "$a_1 b_2$ and $x*y*z$",
        r"\(a_1 *b* c\) and \(d\)",
        r"*so \(a*b\) c*",
        "$$\na_1 *b* c_2\n$$",
        "\\[\nx = \\frac{a_1}{b_2} \\\\\n*y*\n\\]",
        "It costs $5 and then $10.",
        r"\(not closed",
    ] {
        let read = read_all(&render(text));
        let expected = text
            .replace("*so ", "so ")
            .replace(" c*", " c")
            .replace("\\(not", "(not");
        assert_eq!(read.text.trim_end(), expected, "{text:?}");
    }
    // In a quotation the marks of the quotation are not of the formula.
    assert_eq!(
        read_all(&render("> \\[\n> a_1 *b*\n> \\]")).text.trim_end(),
        "\\[\na_1 *b*\n\\]"
    );
    // In code a backslash is a backslash.
    assert_eq!(html(r"`\(a\)`"), r#"<p dir="auto"><code>\(a\)</code></p>"#);
    assert!(html("```\n\\(a\\) $$\n```").contains("\\(a\\) $$"));
}

#[test]
fn code_has_its_language_a_button_and_colours() {
    assert_eq!(
        html("```rust\n// hm\nfn f() -> u8 { \"<\" ; 1 }\n```"),
        "<figure class=\"code\"><figcaption><span>rust</span><button type=\"button\" data-copy>Copy</button></figcaption>\
         <pre tabindex=\"0\"><code><span class=\"tok-c\">// hm</span>\n<span class=\"tok-k\">fn</span> \
         <span class=\"tok-f\">f</span>() -&gt; <span class=\"tok-k\">u8</span> { \
         <span class=\"tok-s\">&quot;&lt;&quot;</span> ; <span class=\"tok-n\">1</span> }\n</code></pre></figure>"
    );
}

#[test]
fn languages_are_called_by_their_names() {
    for (info, label) in [
        ("", "text"),
        ("nonsense", "text"),
        ("<b>", "text"),
        ("PY", "python"),
        ("js title=\"x\"", "javascript"),
        ("rust,ignore", "rust"),
        ("{.python}", "python"),
        ("language-ts", "typescript"),
        ("bash", "shell"),
        ("toml", "toml"),
        ("c++", "c++"),
    ] {
        let html = html(&format!("```{info}\nx\n```"));
        assert!(html.contains(&format!("<span>{label}</span>")), "{info:?}: {html}");
    }
    assert!(html("    indented").contains("<span>text</span>"));
}

#[test]
fn each_language_gets_colours() {
    for (language, code, expected) in [
        (
            "python",
            "def f(x):\n    return 'a' # b",
            &["tok-k", "tok-f", "tok-s", "tok-c"][..],
        ),
        ("javascript", "const a = `b ${c} d`; // e", &["tok-k", "tok-s", "tok-c"]),
        ("typescript", "function f() { return 1 }", &["tok-k", "tok-f", "tok-n"]),
        ("shell", "# a\necho \"$HOME\" --drain", &["tok-c", "tok-f", "tok-s"]),
        ("json", "{\"a\": 1, \"b\": true}", &["tok-s", "tok-n"]),
        ("yaml", "a: 1\n# b", &["tok-k", "tok-n", "tok-c"]),
        ("sql", "SELECT 'a' FROM b -- c", &["tok-k", "tok-s", "tok-c"]),
        ("html", "<a href=\"b\">c</a>", &["tok-k", "tok-f", "tok-s"]),
        ("css", "a { color: #fff; }", &["tok-k", "tok-n"]),
        ("go", "func f() string { return \"a\" }", &["tok-k", "tok-f", "tok-s"]),
        ("java", "class A { int b = 1; }", &["tok-k", "tok-t", "tok-n"]),
        ("c", "int main(void) { return 0; }", &["tok-k", "tok-f", "tok-n"]),
        ("diff", "-a\n+b", &["tok-k", "tok-s"]),
        ("php", "$a = 'b'; // c", &["tok-s", "tok-c"]),
        ("ruby", "def f\n  'a' # b\nend", &["tok-k", "tok-f", "tok-s", "tok-c"]),
    ] {
        let html = html(&format!("```{language}\n{code}\n```"));
        for class in expected {
            assert!(html.contains(class), "{language}: no {class} in {html}");
        }
        assert!(read_all(&[html]).text.contains(code), "{language}");
    }
}

#[test]
fn what_is_too_large_or_too_long_has_no_colours() {
    let many = format!("```rust\n{}```", "fn\n".repeat(1_501));
    let large = format!("```rust\nfn\n{}\n```", format!("{}\n", "x".repeat(90)).repeat(460));
    for text in [&many, &large] {
        let html = html(text);
        assert!(!html.contains("tok-"));
        assert!(html.contains("<span>rust</span>"));
    }
    let long = format!("```rust\nfn {}\nfn f() {{}}\n```", "x".repeat(1_001));
    assert_eq!(html(&long).matches("tok-k").count(), 1);
}

#[test]
fn text_that_turns_its_direction_does_so_by_itself_only() {
    assert_eq!(
        html("a \u{202e}b\u{202c} c"),
        "<p dir=\"auto\"><bdi>a \u{202e}b\u{202c} c</bdi></p>"
    );
    let code = read_all(&render("```\nif x \u{202e}{ }\u{2066}\n```\n\n`\u{202e}`"));
    assert!(!code.text.contains(['\u{202e}', '\u{2066}']));
    assert!(code.text.contains("if x [U+202E]{ }[U+2066]"));
    let link = read_all(&render("[a\u{202e}b](https://c.d/\u{202e}e)"));
    assert_eq!(link.links, ["https://c.d/%E2%80%AEe"]);
}
