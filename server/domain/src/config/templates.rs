//! The templates everybody has.

use serde::Deserialize;

/// `[[templates]]`: four of general use when the section is absent, none with `templates = []`.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct TemplatesConfig(pub Vec<TemplateConfig>);

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateConfig {
    /// Display name; no two have the same.
    pub name: String,
    /// The text, with `{{variables}}`.
    pub prompt: String,
}

impl Default for TemplatesConfig {
    fn default() -> Self {
        let templates = [
            (
                "Explain something",
                "Explain {{topic}} to somebody who has never heard of it. Begin with one plain sentence, then give an \
                 everyday comparison and one concrete example.",
            ),
            (
                "Summarise a text",
                "Summarise the following text in at most five short points. Keep names, numbers and dates, and say what \
                 is decided and what is still open.\n\n{{text}}",
            ),
            (
                "Draft a message",
                "Write a {{tone}} message to {{recipient}} about {{subject}}. Keep it short, say what I want from them, \
                 and end with the next step.",
            ),
            (
                "Review code",
                "Review this {{language}} code. Name mistakes first, the worst one at the top, each with the line and a \
                 fix; then say what could be simpler.\n\n{{code}}",
            ),
        ];
        let template = |(name, prompt): (&str, &str)| TemplateConfig {
            name: name.to_owned(),
            prompt: prompt.to_owned(),
        };
        Self(templates.map(template).to_vec())
    }
}
