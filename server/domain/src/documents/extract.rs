//! The text of files that are more than text: PDF, Word documents, web pages.
//!
//! What strangers send may lead the libraries that read it into recursion without end, or have them make much of little. So
//! this is done in a process of its own ([`apart`](super::apart)), never in the server.

use std::io::{Cursor, Read};

use roxmltree::ParsingOptions;
use types::documents::DocumentKind;
use zip::ZipArchive;

/// Bytes of the text part of a Word document once it is unpacked, at most.
const MOST_UNPACKED: u64 = 64 << 20;
/// Elements and texts in it, at most.
const MOST_NODES: u32 = 4_000_000;
/// Columns of a page of text that is made of a web page.
const COLUMNS: usize = 120;
/// Where a Word document has its text.
pub(super) const DOCX_TEXT: &str = "word/document.xml";

/// Why there is no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// The file is not what it seems to be.
    Damaged(String),
    /// What to tell whoever sent it.
    Refused(&'static str),
}

fn damaged(error: impl std::fmt::Display) -> Unread {
    Unread::Damaged(error.to_string())
}

/// The text of a file of this kind.
pub(super) fn text(kind: DocumentKind, bytes: &[u8]) -> Result<String, Unread> {
    match kind {
        DocumentKind::Pdf => pdf_extract::extract_text_from_mem(bytes).map_err(damaged),
        DocumentKind::Docx => docx(bytes),
        DocumentKind::Html => html(bytes),
        DocumentKind::Text | DocumentKind::Markdown => String::from_utf8(bytes.to_vec()).map_err(damaged),
    }
}

fn html(bytes: &[u8]) -> Result<String, Unread> {
    let config = html2text::config::plain_no_decorate()
        .max_wrap_width(COLUMNS)
        .no_table_borders()
        .allow_width_overflow();
    config.string_from_read(bytes, COLUMNS).map_err(damaged)
}

/// The text of a Word document: its paragraphs, with what stands in tables and links.
fn docx(bytes: &[u8]) -> Result<String, Unread> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let part = archive
        .by_name(DOCX_TEXT)
        .map_err(|_| Unread::Refused("This archive is not a Word document. Send the files in it one by one."))?;
    let mut xml = String::new();
    part.take(MOST_UNPACKED + 1).read_to_string(&mut xml).map_err(damaged)?;
    if xml.len() as u64 > MOST_UNPACKED {
        return Err(Unread::Refused("This Word document is too long. Send it in parts."));
    }
    // Document type definitions, which could make much of little, are refused by the reader.
    let options = ParsingOptions {
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(&xml, options).map_err(damaged)?;
    let mut text = String::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        match node.tag_name().name() {
            "p" => text.push_str("\n\n"),
            "t" => text.push_str(node.text().unwrap_or_default()),
            "tab" => text.push('\t'),
            "br" | "cr" => text.push('\n'),
            _ => {}
        }
    }
    Ok(text)
}
