//! A reader of HTML that knows nothing of how it was made, and takes only what is allowed.

/// Elements, with the attributes each may have.
const ALLOWED: &[(&str, &[&str])] = &[
    ("a", &["href", "title", "rel", "target"]),
    ("bdi", &[]),
    ("blockquote", &[]),
    ("br", &[]),
    ("button", &["type", "data-copy"]),
    ("code", &[]),
    ("del", &[]),
    ("div", &["class", "tabindex", "role", "aria-label"]),
    ("em", &[]),
    ("figcaption", &[]),
    ("figure", &["class"]),
    ("h3", &["dir"]),
    ("h4", &["dir"]),
    ("h5", &["dir"]),
    ("h6", &["dir"]),
    ("hr", &[]),
    ("li", &[]),
    ("ol", &["dir", "start"]),
    ("p", &["class", "dir"]),
    ("pre", &["tabindex"]),
    ("span", &["class", "role", "aria-label", "data-done"]),
    ("strong", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["dir", "data-align"]),
    ("th", &["scope", "dir", "data-align"]),
    ("thead", &[]),
    ("tr", &[]),
    ("ul", &["dir"]),
];
const EMPTY: &[&str] = &["br", "hr"];
const CLASSES: &[&str] = &[
    "code",
    "raw",
    "table-scroll",
    "task",
    "tok-c",
    "tok-f",
    "tok-k",
    "tok-n",
    "tok-p",
    "tok-s",
    "tok-t",
];

/// What a piece of HTML holds.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The text a person sees.
    pub(crate) text: String,
    /// Where its links lead.
    pub(crate) links: Vec<String>,
    /// How deep it nests.
    pub(crate) depth: usize,
}

/// Reads a block; says what is wrong with it.
pub(crate) fn read(html: &str) -> Result<Read, String> {
    let mut read = Read::default();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        if text.contains('>') {
            return Err(format!("a loose > in {text:?}"));
        }
        read.text.push_str(&unescape(text)?);
        rest = after;
        if rest.is_empty() {
            break;
        }
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(opened) if opened == name => {}
                opened => return Err(format!("</{name}> closes {opened:?}")),
            }
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        let (_, attributes) = ALLOWED
            .iter()
            .find(|(allowed, _)| *allowed == name)
            .ok_or(format!("<{name}>"))?;
        attributes_of(&tag[name.len()..], attributes, &mut read)?;
        nesting(name, &open)?;
        if !EMPTY.contains(&name) {
            open.push(name);
            read.depth = read.depth.max(open.len());
        }
    }
    if open.is_empty() {
        Ok(read)
    } else {
        Err(format!("{open:?} are not closed"))
    }
}

fn attributes_of(mut rest: &str, allowed: &[&str], read: &mut Read) -> Result<(), String> {
    while !rest.is_empty() {
        rest = rest.strip_prefix(' ').ok_or(format!("{rest:?} after a tag's name"))?;
        let length = rest
            .find(|c: char| !c.is_ascii_lowercase() && c != '-')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        if !allowed.contains(&name) {
            return Err(format!("the attribute {name:?}"));
        }
        if name.starts_with("data-") && !after.starts_with('=') {
            rest = after;
            continue;
        }
        let after = after.strip_prefix("=\"").ok_or(format!("{name} without a value"))?;
        let end = after.find('"').ok_or(format!("{name} without an end"))?;
        let value = unescape(&after[..end])?;
        value_of(name, &value)?;
        if name == "href" {
            read.links.push(value);
        }
        rest = &after[end + 1..];
    }
    Ok(())
}

fn value_of(name: &str, value: &str) -> Result<(), String> {
    let good = match name {
        "href" => {
            let lower = value.to_ascii_lowercase();
            ["http://", "https://", "mailto:"]
                .iter()
                .any(|scheme| lower.starts_with(scheme))
                && !value.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>`\\".contains(c) && c != '\'')
        }
        "rel" => value == "noopener noreferrer nofollow",
        "target" => value == "_blank",
        "class" => CLASSES.contains(&value),
        "dir" => value == "auto",
        "type" => value == "button",
        "tabindex" => value == "0",
        "scope" => value == "col",
        "role" => matches!(value, "region" | "img"),
        "aria-label" => matches!(value, "Table" | "Done" | "To do"),
        "data-align" => matches!(value, "center" | "right"),
        "start" => value.bytes().all(|byte| byte.is_ascii_digit()),
        "title" => true,
        _ => false,
    };
    if good { Ok(()) } else { Err(format!("{name}={value:?}")) }
}

fn nesting(name: &str, open: &[&str]) -> Result<(), String> {
    let parent = open.last().copied().unwrap_or_default();
    let phrasing = matches!(name, "a" | "bdi" | "br" | "code" | "del" | "em" | "span" | "strong");
    let good = match name {
        "li" => matches!(parent, "ul" | "ol"),
        "tr" => matches!(parent, "thead" | "tbody"),
        "td" | "th" => parent == "tr",
        "thead" | "tbody" => parent == "table",
        "a" => !open.contains(&"a"),
        "button" => parent == "figcaption",
        _ if phrasing => !matches!(parent, "ul" | "ol" | "table" | "thead" | "tbody" | "tr"),
        _ => matches!(parent, "" | "blockquote" | "li" | "div" | "figure"),
    };
    if good {
        Ok(())
    } else {
        Err(format!("<{name}> in {open:?}"))
    }
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find(';').ok_or(format!("a loose & in {text:?}"))?;
        plain.push(match &rest[at..=at + end] {
            "&amp;" => '&',
            "&lt;" => '<',
            "&gt;" => '>',
            "&quot;" => '"',
            "&#39;" => '\'',
            other => return Err(format!("the entity {other:?}")),
        });
        rest = &rest[at + end + 1..];
    }
    plain.push_str(rest);
    if plain.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(format!("a control character in {plain:?}"));
    }
    Ok(plain)
}

/// Reads all blocks of an answer, each of which must stand by itself.
pub(crate) fn read_all(blocks: &[String]) -> Read {
    let mut all = Read::default();
    for block in blocks {
        let read = read(block).unwrap_or_else(|error| panic!("{error} in {block}"));
        all.text.push_str(&read.text);
        all.text.push('\n');
        all.links.extend(read.links);
        all.depth = all.depth.max(read.depth);
    }
    all
}
