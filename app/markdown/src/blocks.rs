//! Markdown events on their way into HTML.
//!
//! Every tag and attribute name that leaves here is a literal of this crate, every text goes through
//! [`escape`](crate::text::escape), every address through [`address`]. A start that was written gets its end: events are
//! well nested, and a stack remembers how each was written. That is the whole allow-list; nothing has to be cleaned
//! afterwards, and nothing could be forgotten there.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;

use pulldown_cmark::{
    Alignment, BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
};

use crate::code::Coded;
use crate::formulas::readable;
use crate::text::{address, escape_code, open_link, prose};

/// What nests deeper than this is written without its frame. Browsers give up a little later.
const DEEPEST: usize = 48;

/// What is read of Markdown beyond its common core.
pub(crate) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_MATH);

/// Link reference definitions of what came earlier, by label in lower case.
pub(crate) type References = HashMap<String, (String, String)>;

/// Whether a tag is of the running text.
pub(crate) fn is_inline(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// The code blocks of what is being written, in their order, so that none is read from its beginning each time.
#[derive(Debug, Default)]
pub(crate) struct CodeBlocks {
    blocks: Vec<Coded>,
    next: usize,
}

impl CodeBlocks {
    /// The next text begins with the first of them.
    pub(crate) fn rewind(&mut self) {
        self.next = 0;
    }

    /// Forgets those that were written.
    pub(crate) fn forget_written(&mut self) {
        self.blocks.drain(..self.next.min(self.blocks.len()));
        self.next = 0;
    }

    fn write(&mut self, info: &str, code: &str, out: &mut String) {
        if self.next >= self.blocks.len() {
            self.blocks.push(Coded::default());
        }
        if let Some(block) = self.blocks.get_mut(self.next) {
            block.figure(info, code, out);
        }
        self.next += 1;
    }
}

/// One HTML string for each top-level block.
pub(crate) fn blocks(source: &str, known: &References, codes: &mut CodeBlocks) -> Vec<String> {
    let readable = readable(source);
    let resolve = |link: BrokenLink<'_>| {
        let (url, title) = known.get(&link.reference.to_lowercase())?;
        Some((CowStr::from(url.clone()), CowStr::from(title.clone())))
    };
    let parser = Parser::new_with_broken_link_callback(&readable, OPTIONS, Some(resolve));
    let mut writer = Writer::new(source, codes);
    let mut blocks = Vec::new();
    for (event, range) in parser.into_offset_iter() {
        writer.event(event, &range);
        if writer.open.is_empty() {
            writer.flush();
            let block = mem::take(&mut writer.out);
            if !block.is_empty() {
                blocks.push(block);
            }
        }
    }
    blocks
}

/// How a start was written, so that its end is written alike.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Opened {
    /// Not at all.
    Nothing,
    /// An element with this end tag.
    Element(&'static str),
    /// An element with this end tag that is taken back if nothing is in it: where it begins, and its inside.
    Text(&'static str, usize, usize),
    /// A list's item without a frame: it ends a line at least.
    Line,
    /// A link or a picture, and where its inside begins.
    Link(usize),
    /// One tilde at each side: no mark to us.
    Tilde,
    /// A code block.
    Code,
    /// Raw HTML, shown as it was typed.
    Raw,
    /// A table.
    Table,
}

struct Writer<'s, 'c> {
    source: &'s str,
    codes: &'c mut CodeBlocks,
    out: String,
    open: Vec<Opened>,
    /// Text that may go on with the next event: an address in it is one in the whole.
    pending: String,
    /// The address of the link that is open.
    link: Option<String>,
    in_head: bool,
    has_body: bool,
    alignments: Vec<Alignment>,
    column: usize,
    /// The language and the text of the code block, or the raw HTML, that is open.
    code: Option<(String, String)>,
}

impl<'s, 'c> Writer<'s, 'c> {
    fn new(source: &'s str, codes: &'c mut CodeBlocks) -> Self {
        Self {
            source,
            codes,
            out: String::new(),
            open: Vec::new(),
            pending: String::new(),
            link: None,
            in_head: false,
            has_body: false,
            alignments: Vec::new(),
            column: 0,
            code: None,
        }
    }

    fn event(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => {
                self.flush();
                let opened = self.start(tag, range);
                self.open.push(opened);
            }
            Event::End(_) => {
                self.flush();
                if let Some(opened) = self.open.pop() {
                    self.end(opened);
                }
            }
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.text(&text, range),
            },
            Event::Html(html) => match &mut self.code {
                Some((_, code)) => code.push_str(&html),
                None => self.pending.push_str(&html),
            },
            Event::Code(code) => {
                self.flush();
                self.out.push_str("<code>");
                escape_code(&code, &mut self.out);
                self.out.push_str("</code>");
            }
            Event::InlineMath(formula) => self.formula(&formula, range, 1),
            Event::DisplayMath(formula) => self.formula(&formula, range, 2),
            // The one tag models write where Markdown has nothing: a new line in the cell of a table.
            Event::InlineHtml(html) if is_break(&html) => {
                self.flush();
                self.out.push_str("<br>");
            }
            Event::InlineHtml(html) => self.pending.push_str(&html),
            Event::SoftBreak => self.pending.push('\n'),
            Event::HardBreak => {
                self.flush();
                self.out.push_str("<br>\n");
            }
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => self.out.push_str(if done {
                "<span class=\"task\" role=\"img\" aria-label=\"Done\" data-done></span> "
            } else {
                "<span class=\"task\" role=\"img\" aria-label=\"To do\"></span> "
            }),
            // Not read with these options.
            Event::FootnoteReference(name) => self.pending.push_str(&name),
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            prose(&self.pending, self.link.is_none(), &mut self.out);
            self.pending.clear();
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        // A formula's mark that has turned out to be none is shown as it was typed.
        match self.source.get(range.clone()) {
            Some(typed) if text.contains("$$") && typed.len() == text.len() => self.pending.push_str(typed),
            _ => self.pending.push_str(text),
        }
    }

    /// A formula stays as it was typed: a reader knows its marks, and so does what draws formulas.
    fn formula(&mut self, formula: &str, range: &Range<usize>, mark: usize) {
        self.flush();
        let typed = self.source.get(range.clone()).unwrap_or_default();
        let opening = typed.get(..mark).unwrap_or_default();
        let closing = typed.get(typed.len().saturating_sub(mark)..).unwrap_or_default();
        prose(&format!("{opening}{formula}{closing}"), false, &mut self.out);
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) -> Opened {
        let deep = self.open.len() >= DEEPEST;
        match tag {
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((info, String::new()));
                Opened::Code
            }
            Tag::HtmlBlock => {
                self.code = Some(Default::default());
                Opened::Raw
            }
            Tag::Item if deep => Opened::Line,
            // A cell that the row of the source does not have.
            Tag::TableCell if range.is_empty() => Opened::Nothing,
            Tag::TableCell => self.cell(),
            Tag::TableRow => {
                self.column = 0;
                if !mem::replace(&mut self.has_body, true) {
                    self.out.push_str("<tbody>");
                }
                self.element("<tr>", "</tr>")
            }
            Tag::TableHead => {
                self.column = 0;
                self.in_head = true;
                self.element("<thead><tr>", "</tr></thead>")
            }
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.has_body = false;
                self.out.push_str(
                    "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>",
                );
                Opened::Table
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                if link_type == LinkType::Email {
                    self.link_to(&format!("mailto:{dest_url}"), &title)
                } else {
                    self.link_to(&dest_url, &title)
                }
            }
            // Nothing is loaded from elsewhere: a picture is a link to it.
            Tag::Image { dest_url, title, .. } => self.link_to(&dest_url, &title),
            Tag::Strikethrough if !self.source[range.start..].starts_with("~~") => {
                self.pending.push('~');
                Opened::Tilde
            }
            _ if deep => Opened::Nothing,
            Tag::Paragraph => self.text_element("<p dir=\"auto\">", "</p>"),
            Tag::Heading { level, .. } => match level {
                HeadingLevel::H1 => self.text_element("<h3 dir=\"auto\">", "</h3>"),
                HeadingLevel::H2 => self.text_element("<h4 dir=\"auto\">", "</h4>"),
                HeadingLevel::H3 => self.text_element("<h5 dir=\"auto\">", "</h5>"),
                _ => self.text_element("<h6 dir=\"auto\">", "</h6>"),
            },
            Tag::BlockQuote(_) => self.element("<blockquote>", "</blockquote>"),
            Tag::List(None) => self.element("<ul dir=\"auto\">", "</ul>"),
            Tag::List(Some(1)) => self.element("<ol dir=\"auto\">", "</ol>"),
            Tag::List(Some(start)) => {
                self.out.push_str("<ol dir=\"auto\" start=\"");
                self.out.push_str(&start.to_string());
                self.element("\">", "</ol>")
            }
            Tag::Item => self.element("<li>", "</li>"),
            Tag::Emphasis => self.element("<em>", "</em>"),
            Tag::Strong => self.element("<strong>", "</strong>"),
            Tag::Strikethrough => self.element("<del>", "</del>"),
            // Not read with these options.
            Tag::FootnoteDefinition(_)
            | Tag::MetadataBlock(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript => Opened::Nothing,
        }
    }

    fn element(&mut self, start: &str, end: &'static str) -> Opened {
        self.out.push_str(start);
        Opened::Element(end)
    }

    fn text_element(&mut self, start: &str, end: &'static str) -> Opened {
        let at = self.out.len();
        self.out.push_str(start);
        Opened::Text(end, at, self.out.len())
    }

    fn cell(&mut self) -> Opened {
        let side = match self.alignments.get(self.column) {
            Some(Alignment::Center) => " data-align=\"center\"",
            Some(Alignment::Right) => " data-align=\"right\"",
            _ => "",
        };
        self.column += 1;
        let (start, end) = if self.in_head {
            ("<th scope=\"col\" dir=\"auto\"", "</th>")
        } else {
            ("<td dir=\"auto\"", "</td>")
        };
        self.out.push_str(start);
        self.out.push_str(side);
        self.element(">", end)
    }

    fn link_to(&mut self, url: &str, title: &str) -> Opened {
        // A link in a link is none; one to where none may go is its text.
        match address(url) {
            Some(href) if self.link.is_none() => {
                open_link(&href, Some(title), &mut self.out);
                self.link = Some(href);
                Opened::Link(self.out.len())
            }
            _ => Opened::Nothing,
        }
    }

    fn end(&mut self, opened: Opened) {
        match opened {
            Opened::Nothing => {}
            Opened::Element(end) => {
                self.out.push_str(end);
                if end == "</tr></thead>" {
                    self.in_head = false;
                }
            }
            Opened::Text(_, at, inner) if self.out.len() == inner => self.out.truncate(at),
            Opened::Text(end, ..) => self.out.push_str(end),
            Opened::Line => self.out.push_str("<br>"),
            Opened::Link(inner) => {
                let href = self.link.take().unwrap_or_default();
                if self.out.len() == inner {
                    // Escaped when it was made an address.
                    self.out.push_str(&href);
                }
                self.out.push_str("</a>");
            }
            Opened::Tilde => self.pending.push('~'),
            Opened::Code => {
                let (info, code) = self.code.take().unwrap_or_default();
                self.codes.write(&info, &code, &mut self.out);
            }
            Opened::Raw => {
                let (_, raw) = self.code.take().unwrap_or_default();
                self.out.push_str("<p class=\"raw\" dir=\"auto\">");
                prose(raw.trim_end(), false, &mut self.out);
                self.out.push_str("</p>");
            }
            Opened::Table => self.out.push_str(if self.has_body {
                "</tbody></table></div>"
            } else {
                "</table></div>"
            }),
        }
    }
}

fn is_break(html: &str) -> bool {
    html.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("<br"))
        && html[3..]
            .strip_suffix('>')
            .is_some_and(|rest| matches!(rest.trim(), "" | "/"))
}
