//! Code blocks: the frame with the language and the button, and the colours.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use crate::languages;
use crate::text::{escape, escape_code};

/// Bytes of a block above which it is shown without colours.
const MOST_BYTES: usize = 40 * 1024;
/// Lines of a block above which it is shown without colours.
const MOST_LINES: usize = 1_500;
/// Bytes of a line above which it is shown without colours: patterns on minified code take their time.
const LONGEST_LINE: usize = 1_000;

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Which scopes have which colour, the first that fits; the innermost scope that any fits decides.
static CLASSES: LazyLock<Vec<(Scope, Colour)>> = LazyLock::new(|| {
    use Colour::{Comment, Function, Keyword, Nothing, Number, Punctuation, Text, Type};
    [
        ("comment", Comment),
        ("punctuation.definition.comment", Comment),
        ("string", Text),
        ("constant", Number),
        ("keyword.operator.word", Keyword),
        ("keyword.operator.logical.python", Keyword),
        ("keyword.operator", Punctuation),
        ("keyword", Keyword),
        ("storage", Keyword),
        ("variable.language", Keyword),
        ("entity.name.tag", Keyword),
        ("entity.name.function", Function),
        ("entity.other.attribute-name", Function),
        ("support.function", Function),
        ("variable.function", Function),
        ("support.type.property-name", Function),
        ("entity.name.type", Type),
        ("entity.name.class", Type),
        ("entity.name.struct", Type),
        ("entity.name.enum", Type),
        ("entity.name.trait", Type),
        ("entity.name.impl", Type),
        ("entity.name.namespace", Type),
        ("entity.other.inherited-class", Type),
        ("support.type", Type),
        ("support.class", Type),
        ("markup.inserted", Text),
        ("markup.deleted", Keyword),
        ("meta.diff.header", Comment),
        ("meta.diff.range", Function),
        // What is filled into a string is no string.
        ("meta.interpolation", Nothing),
        ("meta.template.expression", Nothing),
        ("source", Nothing),
        ("text", Nothing),
    ]
    .into_iter()
    .filter_map(|(name, colour)| Some((Scope::new(name).ok()?, colour)))
    .collect()
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Nothing,
    Comment,
    Text,
    Number,
    Keyword,
    Function,
    Type,
    Punctuation,
}

impl Colour {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Comment => Some("tok-c"),
            Self::Text => Some("tok-s"),
            Self::Number => Some("tok-n"),
            Self::Keyword => Some("tok-k"),
            Self::Function => Some("tok-f"),
            Self::Type => Some("tok-t"),
            Self::Punctuation => Some("tok-p"),
        }
    }

    fn of(stack: &ScopeStack) -> Self {
        stack
            .as_slice()
            .iter()
            .rev()
            .find_map(|scope| {
                CLASSES
                    .iter()
                    .find(|(prefix, _)| prefix.is_prefix_of(*scope))
                    .map(|(_, colour)| *colour)
            })
            .unwrap_or(Self::Nothing)
    }
}

/// Where a grammar stands at the beginning of a line.
#[derive(Debug, Clone)]
struct Reader {
    state: ParseState,
    stack: ScopeStack,
}

impl Reader {
    fn new(grammar: &str) -> Option<Self> {
        let syntax = GRAMMARS.find_syntax_by_token(grammar)?;
        Some(Self {
            state: ParseState::new(syntax),
            stack: ScopeStack::new(),
        })
    }

    /// Writes a line in colours; false if the grammar can't go on.
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        if line.len() > LONGEST_LINE {
            escape_code(line, out);
            return true;
        }
        let Ok(steps) = self.state.parse_line(line, &GRAMMARS) else {
            escape_code(line, out);
            return false;
        };
        let mut run = Run::default();
        let mut at = 0;
        for (to, step) in &steps {
            if *to > at {
                run.extend(at, *to, Colour::of(&self.stack), line, out);
                at = *to;
            }
            if self.stack.apply(step).is_err() {
                run.end(line, out);
                escape_code(&line[at..], out);
                return false;
            }
        }
        run.extend(at, line.len(), Colour::of(&self.stack), line, out);
        run.end(line, out);
        true
    }
}

/// Neighbours of one colour are one element.
#[derive(Default)]
struct Run {
    from: usize,
    to: usize,
    class: Option<&'static str>,
}

impl Run {
    fn extend(&mut self, from: usize, to: usize, colour: Colour, line: &str, out: &mut String) {
        let class = colour.class();
        if class != self.class {
            // Blanks have no colour to lose.
            if !line[from..to].trim().is_empty() {
                self.end(line, out);
                self.from = from;
                self.class = class;
            }
        }
        self.to = to;
    }

    fn end(&mut self, line: &str, out: &mut String) {
        let text = &line[self.from..self.to];
        self.from = self.to;
        let Some(class) = self.class else {
            escape_code(text, out);
            return;
        };
        // The end of a line, and blanks before another colour, are outside of the element.
        let inner = text.trim_end();
        out.push_str("<span class=\"");
        out.push_str(class);
        out.push_str("\">");
        escape_code(inner, out);
        out.push_str("</span>");
        escape_code(&text[inner.len()..], out);
    }
}

/// A code block as far as it has been read: while one grows, only what is new is read.
#[derive(Debug, Default)]
pub(crate) struct Coded {
    info: String,
    /// The complete lines that have been read.
    read: String,
    html: String,
    /// None: the language has no grammar, or its grammar gave up.
    reader: Option<Reader>,
}

impl Coded {
    fn new(info: &str, grammar: Option<&str>) -> Self {
        Self {
            info: info.to_owned(),
            reader: grammar.and_then(Reader::new),
            ..Self::default()
        }
    }

    /// Writes a code block.
    pub(crate) fn figure(&mut self, info: &str, code: &str, out: &mut String) {
        let (label, grammar) = languages::of(info);
        if self.info != info || !code.starts_with(&self.read) {
            *self = Self::new(info, grammar);
        } else if self.read.is_empty() && self.reader.is_none() {
            self.reader = grammar.and_then(Reader::new);
        }
        out.push_str("<figure class=\"code\"><figcaption><span>");
        escape(label, out);
        out.push_str("</span><button type=\"button\" data-copy>Copy</button></figcaption><pre tabindex=\"0\"><code>");
        self.body(code, grammar.is_some(), out);
        out.push_str("</code></pre></figure>");
    }

    fn body(&mut self, code: &str, coloured: bool, out: &mut String) {
        if !coloured || code.len() > MOST_BYTES || code.lines().count() > MOST_LINES {
            escape_code(code, out);
            return;
        }
        let start = self.read.len();
        let complete = code.rfind('\n').map_or(0, |at| at + 1).max(start);
        for line in code[start..complete].split_inclusive('\n') {
            match &mut self.reader {
                Some(reader) => {
                    if !reader.line(line, &mut self.html) {
                        self.reader = None;
                    }
                }
                None => escape_code(line, &mut self.html),
            }
        }
        self.read.push_str(&code[start..complete]);
        out.push_str(&self.html);
        // The line that is being written is read again when it has grown, from where the grammar stood before it.
        let last = &code[complete..];
        match &self.reader {
            Some(reader) if !last.is_empty() => {
                reader.clone().line(last, out);
            }
            _ => escape_code(last, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use syntect::parsing::Regex;
    use syntect::parsing::syntax_definition::{MatchPattern, Pattern};

    use super::*;

    /// A pattern is compiled when it is first needed, and one that can't be is a panic then.
    #[test]
    fn every_pattern_of_every_grammar_compiles() {
        let grammars = GRAMMARS.clone().into_builder();
        let patterns = grammars
            .syntaxes()
            .iter()
            .flat_map(|syntax| syntax.contexts.values())
            .flat_map(|context| &context.patterns);
        let mut count = 0;
        for pattern in patterns {
            // With captures of another it is made anew each time, of what was escaped.
            if let Pattern::Match(MatchPattern {
                has_captures: false,
                regex,
                ..
            }) = pattern
            {
                count += 1;
                if let Some(error) = Regex::try_compile(regex.regex_str()) {
                    panic!("{error}: {}", regex.regex_str());
                }
            }
        }
        assert!(count > 1_000, "{count}");
    }

    #[test]
    fn every_language_has_its_grammar() {
        for grammar in languages::grammars() {
            assert!(GRAMMARS.find_syntax_by_token(grammar).is_some(), "{grammar}");
        }
        assert_eq!(CLASSES.len(), 34, "a scope that can't be read has no colour");
    }
}
