//! Templates: prompts that are kept to be used again, with `{{variables}}` to fill in.
//!
//! Server and browser find and fill the variables with the same functions, so that what is offered as a field is what is
//! replaced.

use serde::{Deserialize, Serialize};

/// Variables a template can have; what comes after them is not offered to be filled in.
pub const MOST_VARIABLES: usize = 32;
/// Characters of a variable's name; braces around more are text.
pub const LONGEST_VARIABLE: usize = 60;

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// The template's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its text, with `{{variables}}`.
    pub prompt: String,
    /// The names of its variables, in the order of the text, each once.
    pub variables: Vec<String>,
    /// Whether it comes from the server's configuration, and can't be changed.
    pub is_built_in: bool,
    /// The team it belongs to; null for a personal and a built-in template.
    pub team_id: Option<String>,
}

/// `{template}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TemplateAnswer {
    /// The template.
    pub template: Template,
}

/// `{templates,nextCursor}`: the built-in ones, then the others, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateList {
    /// The templates.
    pub templates: Vec<Template>,
    /// Cursor for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// `POST /api/templates`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateTemplateRequest {
    /// At most 100 characters on one line.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: String,
    /// At most 20,000 characters and 32 variables.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20_000), regex(pattern = crate::schema::BODY)))]
    pub prompt: String,
    /// A team the caller may write in; a team key's own team takes its place.
    #[serde(default)]
    pub team_id: Option<String>,
}

/// `PATCH /api/templates/{id}`; an absent field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeTemplateRequest {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: Option<String>,
    /// The new text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20_000), regex(pattern = crate::schema::BODY)))]
    pub prompt: Option<String>,
}

/// Whether a name has every word of what is looked for in it, written large or small. Nothing is in every name.
pub fn is_named(name: &str, looked_for: &str) -> bool {
    let name = name.to_lowercase();
    let looked_for = looked_for.to_lowercase();
    looked_for.split_whitespace().all(|word| name.contains(word))
}

/// A part of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// A variable.
    Variable {
        /// Its name, without the spaces around it.
        name: &'a str,
        /// As it stands, with its braces.
        written: &'a str,
    },
}

/// The parts of a prompt in their order; put together as they stand they are the prompt again.
///
/// A variable is `{{name}}`: 1 to 60 characters on one line without braces, spaces around them not counted. Every other
/// brace is text, so of nested ones the innermost pair counts.
pub fn pieces(prompt: &str) -> impl Iterator<Item = Piece<'_>> {
    Pieces { rest: prompt }
}

#[derive(Debug)]
struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let prompt = self.rest;
        if prompt.is_empty() {
            return None;
        }
        for (at, _) in prompt.match_indices('{') {
            let (before, from) = prompt.split_at(at);
            let Some((name, length)) = variable(from) else { continue };
            if !before.is_empty() {
                self.rest = from;
                return Some(Piece::Text(before));
            }
            let (written, rest) = from.split_at(length);
            self.rest = rest;
            return Some(Piece::Variable { name, written });
        }
        self.rest = "";
        Some(Piece::Text(prompt))
    }
}

/// The variable a text begins with: its name, and the length of all of it.
fn variable(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("{{")?;
    // Spaces are few beside a name; without a bound, many openings would each read to the end.
    let end = inner
        .char_indices()
        .take(2 * LONGEST_VARIABLE)
        .find(|(_, character)| matches!(character, '{' | '}') || character.is_control())
        .map(|(at, _)| at)?;
    let (name, close) = inner.split_at(end);
    let name = name.trim();
    let fits = close.starts_with("}}") && (1..=LONGEST_VARIABLE).contains(&name.chars().count());
    fits.then_some((name, end + 4))
}

/// The names of a prompt's variables, in the order of the text, each once; the first [`MOST_VARIABLES`] of them.
pub fn variables(prompt: &str) -> Vec<String> {
    distinct(prompt, MOST_VARIABLES)
}

/// Whether a prompt has more variables than are offered to be filled in.
pub fn has_too_many_variables(prompt: &str) -> bool {
    distinct(prompt, MOST_VARIABLES + 1).len() > MOST_VARIABLES
}

fn distinct(prompt: &str, most: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(prompt) {
        let Piece::Variable { name, .. } = piece else { continue };
        if names.len() == most {
            break;
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The prompt with values for its variables. A variable without one stays as it is written; what stands in a value is text.
pub fn fill<'v>(prompt: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    pieces(prompt)
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Variable { name, written } => value(name).unwrap_or(written),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_are_what_two_braces_enclose() {
        let longest = "ü".repeat(LONGEST_VARIABLE);
        let long = "ü".repeat(LONGEST_VARIABLE + 1);
        for (prompt, names) in [
            ("", &[][..]),
            ("No variables", &[]),
            ("{{topic}}", &["topic"]),
            ("{{ topic }} and {{\u{a0}topic}}", &["topic"]),
            ("{{b}}{{a}} {{b}}", &["b", "a"]),
            ("{{Topic}} {{topic}}", &["Topic", "topic"]),
            ("{{target language}}", &["target language"]),
            ("{{x:y|z}} {{🦀}}", &["x:y|z", "🦀"]),
            ("{topic}", &[]),
            ("{{topic}", &[]),
            ("{topic}}", &[]),
            ("{{topic", &[]),
            ("topic}}", &[]),
            ("{{}} {{  }}", &[]),
            ("{{a\nb}} {{a\tb}} {{a\u{0}b}}", &[]),
            ("{{a}b}}", &[]),
            ("{{a{b}}", &[]),
            ("{{{a}}}", &["a"]),
            ("{{{{a}}}}", &["a"]),
            ("{{a {{b}} c}}", &["b"]),
            ("{{a {{b}}", &["b"]),
            ("{{a}}}}", &["a"]),
            (&format!("{{{{{longest}}}}}"), &[&longest]),
            (&format!("{{{{{long}}}}}"), &[]),
            (&format!("{{{{{}a}}}}", " ".repeat(1_000)), &[]),
        ] {
            assert_eq!(variables(prompt), names, "{prompt:?}");
        }
    }

    #[test]
    fn only_so_many_are_offered() {
        let of = |count: usize| {
            let each = (0..count).map(|number| format!("{{{{v{number}}}}} "));
            each.collect::<String>()
        };
        let most = of(MOST_VARIABLES).repeat(2);
        assert_eq!(variables(&most).len(), MOST_VARIABLES);
        assert!(!has_too_many_variables(&most));
        let more = of(MOST_VARIABLES + 1);
        assert_eq!(variables(&more), variables(&most));
        assert!(has_too_many_variables(&more));
    }

    #[test]
    fn a_name_is_found_by_its_words() {
        for (name, looked_for, found) in [
            ("Draft a message", "", true),
            ("Draft a message", " \n", true),
            ("Draft a message", "DRA", true),
            ("Draft a message", "mess draft", true),
            ("Draft a message", "draft letter", false),
            ("Überblick", "über", true),
            ("100 %", "%", true),
            ("100", "%", false),
        ] {
            assert_eq!(is_named(name, looked_for), found, "{name:?} {looked_for:?}");
        }
    }

    #[test]
    fn values_take_the_place_of_variables() {
        let value = |name: &str| match name {
            "a" => Some("A"),
            "empty" => Some(""),
            "nested" => Some("{{a}}"),
            _ => None,
        };
        for (prompt, filled) in [
            ("{{a}} and {{ a }}", "A and A"),
            ("<{{empty}}>", "<>"),
            ("{{unknown}} {{  b}}", "{{unknown}} {{  b}}"),
            ("{{nested}}", "{{a}}"),
            ("{{{a}}}", "{A}"),
            ("{{a} {{a}}", "{{a} A"),
            ("", ""),
        ] {
            assert_eq!(fill(prompt, value), filled, "{prompt:?}");
        }
    }

    #[test]
    fn many_braces_take_no_longer_than_their_length() {
        for prompt in ["{".repeat(300_000), "{{a".repeat(100_000), "{{".repeat(150_000) + "}}"] {
            assert_eq!(pieces(&prompt).count(), 1);
        }
    }

    /// Texts in which braces, spaces and names meet often.
    fn prompt() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("{".to_owned()),
            Just("}".to_owned()),
            Just("{{".to_owned()),
            Just("}}".to_owned()),
            Just(" ".to_owned()),
            Just("\n".to_owned()),
            "[a-c]{1,2}",
            "\\PC{0,3}",
        ];
        proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn pieces_are_the_prompt_in_its_order(prompt in prompt()) {
            let whole: String = pieces(&prompt)
                .map(|piece| match piece {
                    Piece::Text(text) => text,
                    Piece::Variable { written, .. } => written,
                })
                .collect();
            prop_assert_eq!(&whole, &prompt);
            prop_assert_eq!(fill(&prompt, |_| None), prompt);
        }

        #[test]
        fn names_are_names(prompt in prompt()) {
            let names = variables(&prompt);
            prop_assert!(names.len() <= MOST_VARIABLES);
            for (at, name) in names.iter().enumerate() {
                let quoted = format!("{{{{{name}}}}}");
                prop_assert_eq!(variables(&quoted), vec![name.clone()]);
                prop_assert_eq!(name.trim(), name);
                prop_assert!(!names[..at].contains(name));
            }
        }

        #[test]
        fn a_prompt_that_is_filled_has_nothing_left_to_fill(prompt in prompt()) {
            prop_assert_eq!(variables(&fill(&prompt, |_| Some("\n"))), Vec::<String>::new());
        }

        #[test]
        fn any_text_at_all_has_pieces(prompt in any::<String>()) {
            prop_assert!(pieces(&prompt).count() <= prompt.len());
        }
    }
}
