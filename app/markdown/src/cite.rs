//! Numbers in brackets that cite a source, as buttons, and the row of the sources themselves.

use std::fmt::Write;

use crate::text::escape;

/// Elements in which a number in brackets is no citation.
const NOT_IN: [&str; 5] = ["a", "button", "code", "math", "pre"];
/// Digits of a number that are looked at.
const LONGEST: usize = 3;
/// Numbers in one pair of brackets that are looked at.
const MOST: usize = 10;

/// A block of [`crate::render`] in which numbers in brackets that are among these are buttons; `data-source` says which
/// source it is. Several in one pair of brackets become one button each.
pub fn cite(html: &str, numbers: &[u32]) -> String {
    let mut cited = String::with_capacity(html.len());
    let mut inside = 0_usize;
    let mut rest = html;
    while let Some(at) = rest.find(['<', '[']) {
        let (before, from) = rest.split_at(at);
        cited.push_str(before);
        let length = if from.starts_with('<') {
            let length = from.find('>').map_or(from.len(), |end| end + 1);
            let tag = &from[1..length];
            let name = |tag: &str| {
                let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
                NOT_IN.contains(&&tag[..end])
            };
            match tag.strip_prefix('/') {
                Some(tag) if name(tag) => inside = inside.saturating_sub(1),
                None if name(tag) => inside += 1,
                _ => {}
            }
            length
        } else if inside == 0
            && let Some((cites, length)) = numbers_at(from)
            && cites.iter().any(|number| numbers.contains(number))
        {
            for number in cites {
                if numbers.contains(&number) {
                    let _ = write!(
                        cited,
                        "<button type=\"button\" class=\"citation\" data-source=\"{number}\" aria-label=\"Source {number}\">[{number}]</button>"
                    );
                } else {
                    let _ = write!(cited, "[{number}]");
                }
            }
            rest = &from[length..];
            continue;
        } else {
            1
        };
        cited.push_str(&from[..length]);
        rest = &from[length..];
    }
    cited.push_str(rest);
    cited
}

/// The numbers of `[12]` or `[1, 12]`, and how many bytes that is.
fn numbers_at(text: &str) -> Option<(Vec<u32>, usize)> {
    let end = text
        .bytes()
        .take(MOST * (LONGEST + 2) + 2)
        .position(|byte| byte == b']')?;
    let inner = text.get(1..end)?;
    let number = |digits: &str| {
        let digits = digits.trim_matches(' ');
        let is_number = (1..=LONGEST).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| is_number)
    };
    let numbers: Option<Vec<u32>> = inner.split([',', ';']).map(number).collect();
    numbers.map(|numbers| (numbers, inner.len() + 2))
}

/// A block that names the sources of an answer by number and title, each a button as [`cite`] makes them; none without
/// sources.
pub fn sources<'a>(sources: impl Iterator<Item = (u32, &'a str)>) -> Option<String> {
    let mut html = String::new();
    for (number, title) in sources {
        let _ = write!(
            html,
            "<li><button type=\"button\" class=\"citation\" data-source=\"{number}\">[{number}] "
        );
        escape(title, &mut html);
        html.push_str("</button></li>");
    }
    (!html.is_empty()).then(|| format!("<ul class=\"sources\" aria-label=\"Sources\">{html}</ul>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "<button type=\"button\" class=\"citation\" data-source=\"1\" aria-label=\"Source 1\">[1]</button>";

    #[test]
    fn only_sources_in_the_text_are_cited() {
        for (text, cited) in [
            ("So it is [1].", format!("<p dir=\"auto\">So it is {ONE}.</p>")),
            ("[1][1]", format!("<p dir=\"auto\">{ONE}{ONE}</p>")),
            (
                "[7] [x] [] [0001] [",
                "<p dir=\"auto\">[7] [x] [] [0001] [</p>".to_owned(),
            ),
        ] {
            let html = crate::render(text).concat();
            let html = cite(&html, &[1, 2]);
            assert_eq!(html.contains("data-source"), cited.contains("data-source"), "{html}");
            assert_eq!(html.matches(ONE).count(), cited.matches(ONE).count(), "{html}");
        }
        for text in ["`[1]`", "```\n[1]\n```", "[see [1]](https://example.org)", "no source"] {
            let html = crate::render(text).concat();
            assert_eq!(cite(&html, &[1]), html, "{text}");
        }
        for (text, buttons) in [
            ("[1, 2]", 2),
            ("[1,2;7]", 2),
            ("[7, 8]", 0),
            ("[1, x]", 0),
            ("[1,]", 0),
            ("[,]", 0),
        ] {
            let html = cite(&crate::render(text).concat(), &[1, 2]);
            assert_eq!(html.matches("<button").count(), buttons, "{html}");
        }
        assert_eq!(cite("[2, 7] x", &[2]).split_once("</button>").unwrap().1, "[7] x");
        let html = crate::render("`code` and then [1]").concat();
        assert!(cite(&html, &[1]).contains(ONE));
        assert_eq!(cite("<p>[1", &[1]), "<p>[1");
        assert_eq!(cite("<p", &[1]), "<p");
    }

    #[test]
    fn titles_of_sources_are_text() {
        assert_eq!(sources(std::iter::empty()), None);
        let html = sources([(1, "<img src=x>"), (2, "B")].into_iter()).unwrap();
        assert!(html.contains("[1] &lt;img src=x&gt;</button>"), "{html}");
        assert_eq!(html.matches("<li>").count(), 2);
    }
}
