//! Hostile Markdown is text, or a harmless link.

use markdown::{Stream, render};
use proptest::prelude::*;

use crate::html::read_all;

/// Each of these has run code somewhere, once.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=//e.x/a.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<style>@import 'https://e.x'</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<a href=javascript:alert(1)>x</a>",
    "<base href=https://e.x>",
    "<meta http-equiv=refresh content='0;url=https://e.x'>",
    "<form action=https://e.x><input name=password></form>",
    "<!-- --><img src=x onerror=alert(1)>-->",
    "<!--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>' ?>",
    "</code></pre><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    "```\n</code></pre></figure><script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "```<img/src=x/onerror=alert(1)>\nx\n```",
    "    <script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\nscript:alert(1)>)",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](\u{1}javascript:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](\u{a0}javascript:alert(1))",
    "[x](\u{200b}javascript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](javascript://%0aalert(1))",
    "[x](https:javascript:alert(1))",
    "[x](//e.x)",
    "[x](\\\\e.x)",
    "[x](/api/user)",
    "[x](?a=b)",
    "[x](#a)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](DATA:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](blob:https://e.x/1)",
    "[x](view-source:https://e.x)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<vbscript:x>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![<script>alert(1)</script>](https://e.x/a.png)",
    "![\"onerror=alert(1) x=\"](https://e.x/a.png)",
    "[x](https://e.x \"onmouseover=alert(1) \")",
    "[x](https://e.x '\"onmouseover=\"alert(1)')",
    "[x](https://e.x (\"><script>alert(1)</script>))",
    "[x](https://e.x/\"onmouseover=alert(1))",
    "[x](<https://e.x/\" onmouseover=\"alert(1)>)",
    "[x](<https://e.x/'><script>>)",
    "[x](https://e.x/`onmouseover=alert`)",
    "[x](https://e.x/&quot;onclick=&quot;alert(1))",
    "[<img src=x onerror=alert(1)>](https://e.x)",
    "[<a href=\"javascript:alert(1)\">x</a>](https://e.x)",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x]\n\n[x]: https://e.x \"'><script>\"",
    "[a[b](https://e.x)](javascript:alert(1))",
    "https://e.x/\"onmouseover=\"alert(1)",
    "https://e.x/<script>alert(1)</script>",
    "https://e.x/'onmouseover='alert(1)",
    "# <script>alert(1)</script>",
    "# x {onclick=alert(1)}",
    "| <script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "- [x](javascript:alert(1))\n- <script>",
    "\\<script>alert(1)\\</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\u{ff1c}script\u{ff1e}alert(1)",
    "<scr\u{0}ipt>alert(1)</script>",
    "<\u{0}script>",
    "$<script>alert(1)</script>$",
    "$$<img src=x onerror=alert(1)>$$",
    "\\(<script>alert(1)</script>\\)",
    "<br onload=alert(1)>",
    "<br/onload=alert(1)>",
    "<bré>",
    "<details open ontoggle=alert(1)>",
    "<https://e.x/\"><script>alert(1)</script>>",
    "<a@b.c\"onclick=alert(1)>",
    "\u{202e}<script>\u{202c}",
];

#[test]
fn nothing_that_is_written_does_anything() {
    for attack in ATTACKS {
        let whole = read_all(&render(attack));
        assert!(
            whole
                .links
                .iter()
                .all(|link| !link.to_ascii_lowercase().contains("script:") || link.starts_with("https://e.x")),
            "{attack:?}: {:?}",
            whole.links
        );
        // In a list, in a quotation, in emphasis; and at each moment of being written.
        for around in [
            format!("- {attack}"),
            format!("> {attack}"),
            format!("**{attack}**"),
            format!("a {attack} b"),
        ] {
            read_all(&render(&around));
        }
        let mut stream = Stream::new();
        for (at, _) in attack.char_indices() {
            if let Some(update) = stream.set(&attack[..at]) {
                read_all(&update.blocks);
            }
        }
    }
}

#[test]
fn an_address_that_is_not_allowed_leaves_its_text() {
    for text in [
        "[x](javascript:alert(1))",
        "![x](data:image/png;base64,AA)",
        "[x](/settings)",
        "<javascript:x>",
    ] {
        let read = read_all(&render(text));
        assert!(read.links.is_empty(), "{text}");
        assert!(read.text.contains('x'), "{text}");
    }
}

/// Texts made of what Markdown and HTML are made of.
pub(crate) fn marked_up() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zé]{1,4}",
        2 => Just(" ".to_owned()),
        3 => Just("\n".to_owned()),
        1 => Just("\n\n".to_owned()),
        8 => proptest::sample::select(vec![
            "*", "**", "_", "__", "~~", "~", "`", "``", "```", "```rust\n", "~~~", "[", "]", "](", ")", "(", "![", "<", ">", "> ",
            "- ", "+ ", "* ", "1. ", "2. ", "1", "2)", "#", "## ", "---", "===", "-", "=", "|", "| ", "|---|---|\n", "|-", ":-:", "    ",
            "\t", "  ", "\\", "\\(", "\\)", "\\[", "\\]", "$", "$$", "&", "&amp;", "&#", ";", "\"", "'", "<br>", "<script>", "</", "<!--",
            "-->", "<div>\n", "https://a.b", "javascript:", "<https://", "- [ ] ", "- [x] ", "\r\n", "\r", "\u{202e}", "\u{0}", "日本", "🦀",
            "{", "}", "!", "fn f() {}\n", "\"a", "/*", "*/", "//", "@", ".", ",",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_becomes_html_that_is_allowed(text in marked_up()) {
        read_all(&render(&text));
    }

    #[test]
    fn so_does_any_noise(text in any::<String>()) {
        read_all(&render(&text));
    }
}
