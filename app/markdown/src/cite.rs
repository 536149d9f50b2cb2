//! Numbers in brackets that cite a source, as buttons.

use std::fmt::Write;

/// Elements in which a number in brackets is no citation.
const NOT_IN: [&str; 5] = ["a", "button", "code", "math", "pre"];
/// Digits of a number that are looked at.
const LONGEST: usize = 3;

/// A block of [`crate::render`] in which numbers in brackets that are among these are buttons; `data-source` says which
/// source it is.
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
        } else if let Some(number) = number_at(from).filter(|number| inside == 0 && numbers.contains(number)) {
            let _ = write!(
                cited,
                "<button type=\"button\" class=\"citation\" data-source=\"{number}\" aria-label=\"Source {number}\">[{number}]</button>"
            );
            rest = from.split_once(']').map_or("", |(_, rest)| rest);
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

/// The number of `[12]`.
fn number_at(text: &str) -> Option<u32> {
    let (digits, _) = text.strip_prefix('[')?.split_once(']')?;
    let is_number = (1..=LONGEST).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
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
        let html = crate::render("`code` and then [1]").concat();
        assert!(cite(&html, &[1]).contains(ONE));
        assert_eq!(cite("<p>[1", &[1]), "<p>[1");
        assert_eq!(cite("<p", &[1]), "<p");
    }
}
