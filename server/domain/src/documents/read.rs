//! Reading a file: what it is, by what is in it, and what text it holds.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use encoding_rs::{Encoding, WINDOWS_1252};
use sea_orm::DbBackend;
use tokio::sync::Semaphore;
use types::documents::{DocumentKind, LONGEST_TITLE};
use zip::ZipArchive;

use super::File;
use super::split::{self, Passage};
use crate::{Error, text};

/// Characters of a document, at most.
const MOST_CHARACTERS: usize = 2_000_000;
/// Bytes of the text part of a Word document once it is unpacked, at most.
const MOST_UNPACKED: u64 = 64 << 20;
/// How long reading one file may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// In how many of its first bytes a PDF says that it is one.
const PDF_HEAD: usize = 1_024;
/// Columns of a page of text that is made of a web page.
const COLUMNS: usize = 120;
const DOCX_TEXT: &str = "word/document.xml";
const FIELD: &str = "file";

/// What was read in a file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) kind: DocumentKind,
    pub(super) characters: i64,
    pub(super) passages: Vec<Passage>,
}

fn refused(sentence: impl Into<String>) -> Error {
    Error::invalid(FIELD, sentence)
}

/// Does this work where it holds up nobody, when one of a few places is free. Libraries that read what strangers send may
/// panic or never end: the one is an error, the other is not waited for, and keeps its place until it does end.
pub(super) async fn in_background<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let busy = |_| Error::Busy;
    let place = tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned());
    let place = place.await.map_err(busy)?.map_err(|_| Error::Busy)?;
    let working = tokio::task::spawn_blocking(move || {
        let done = catch_unwind(AssertUnwindSafe(work));
        drop(place);
        done
    });
    match tokio::time::timeout(PATIENCE, working).await {
        Ok(Ok(Ok(done))) => done,
        Ok(Ok(Err(_)) | Err(_)) => Err(damaged()),
        Err(_) => Err(refused(
            "This file takes too long to read. Send it as text, or in parts.",
        )),
    }
}

fn damaged() -> Error {
    refused("This file can't be read: it may be damaged, or locked with a password. Save it anew, or send it as text.")
}

/// Reads a file. Its title is the one that was given, or its first heading, or its name.
pub(super) fn document(file: &File, title: Option<String>, backend: DbBackend) -> Result<Document, Error> {
    let (kind, text) = extract(file)?;
    let text = clean(&text);
    let characters = text.chars().count();
    if characters > MOST_CHARACTERS {
        return Err(refused(format!(
            "This file has {characters} characters of text; at most {MOST_CHARACTERS} can be read. Send it in parts."
        )));
    }
    let passages = split::passages(&text, kind, backend);
    if passages.is_empty() {
        return Err(refused(
            "There is no text in this file. Pages that are only pictures must go through text recognition first.",
        ));
    }
    Ok(Document {
        title: title.unwrap_or_else(|| title_of(&file.name, kind, &text)),
        kind,
        characters: i64::try_from(characters).unwrap_or(i64::MAX),
        passages,
    })
}

/// What a file is, and its text as it is written there.
fn extract(file: &File) -> Result<(DocumentKind, String), Error> {
    let bytes = file.bytes.as_slice();
    if bytes.is_empty() {
        return Err(refused("The file is empty"));
    }
    let head = bytes.get(..PDF_HEAD).unwrap_or(bytes);
    if head.windows(5).any(|window| window == b"%PDF-") {
        let text = pdf_extract::extract_text_from_mem(bytes).map_err(|error| {
            tracing::info!(%error, "a PDF could not be read");
            damaged()
        })?;
        return Ok((DocumentKind::Pdf, text));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok((DocumentKind::Docx, docx(bytes)?));
    }
    let text = decoded(bytes).ok_or_else(|| {
        refused("This kind of file can't be read here. Send text, Markdown, HTML, PDF or a Word document (.docx).")
    })?;
    let kind = kind_of_text(file, &text);
    if kind == DocumentKind::Html {
        let config = html2text::config::plain_no_decorate()
            .max_wrap_width(COLUMNS)
            .no_table_borders()
            .allow_width_overflow();
        let read = config.string_from_read(text.as_bytes(), COLUMNS);
        return Ok((kind, read.map_err(|_| damaged())?));
    }
    Ok((kind, text))
}

/// As Unicode: by its byte order mark, as UTF-8, or as Windows writes it. None of what is no text.
fn decoded(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..)?);
        return Some(text.into_owned());
    }
    if bytes.contains(&0) {
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => {
            let odd = bytes
                .iter()
                .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
            let (text, ..) = WINDOWS_1252.decode(bytes);
            (odd.count() * 100 < bytes.len()).then(|| text.into_owned())
        }
    }
}

/// What cannot be seen in a text itself is taken from its name and from what the sender says.
fn kind_of_text(file: &File, text: &str) -> DocumentKind {
    let beginning: String = text
        .trim_start()
        .chars()
        .take(64)
        .collect::<String>()
        .to_ascii_lowercase();
    let name = file.name.to_ascii_lowercase();
    let ends_with = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let said = file
        .media_type
        .as_deref()
        .map(|said| said.split(';').next().unwrap_or(said).trim());
    if beginning.starts_with("<!doctype html")
        || beginning.starts_with("<html")
        || ends_with(&[".html", ".htm", ".xhtml"])
        || matches!(said, Some("text/html" | "application/xhtml+xml"))
    {
        DocumentKind::Html
    } else if ends_with(&[".md", ".markdown", ".mdx"]) || matches!(said, Some("text/markdown" | "text/x-markdown")) {
        DocumentKind::Markdown
    } else {
        DocumentKind::Text
    }
}

/// The text of a Word document: its paragraphs, with what stands in tables and links.
fn docx(bytes: &[u8]) -> Result<String, Error> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let part = archive
        .by_name(DOCX_TEXT)
        .map_err(|_| refused("This archive is not a Word document. Send the files in it one by one."))?;
    let mut xml = String::new();
    part.take(MOST_UNPACKED + 1)
        .read_to_string(&mut xml)
        .map_err(|_| damaged())?;
    if xml.len() as u64 > MOST_UNPACKED {
        return Err(refused("This Word document is too long. Send it in parts."));
    }
    // Document type definitions, which could make much of little, are refused by the reader.
    let document = roxmltree::Document::parse(&xml).map_err(|_| damaged())?;
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

/// Without characters that are not for reading, without blanks at the ends of lines, and with one empty line at most.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.replace("\r\n", "\n").split(['\n', '\r', '\u{c}']) {
        let line: String = line
            .chars()
            .filter(|character| *character == '\t' || !character.is_control())
            .filter(|character| !matches!(character, '\u{feff}' | '\u{ad}'))
            .collect();
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !cleaned.is_empty() {
            cleaned.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        cleaned.push_str(line);
    }
    cleaned
}

fn title_of(name: &str, kind: DocumentKind, text: &str) -> String {
    let heading = (kind == DocumentKind::Markdown)
        .then(|| text.lines().find_map(|line| line.strip_prefix("# ")))
        .flatten();
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let title = [heading.unwrap_or_default(), stem, file]
        .into_iter()
        .map(|title| clean(title).replace('\n', " ").trim().to_owned())
        .find(|title| !title.is_empty());
    text::beginning(&title.unwrap_or_else(|| "Untitled".to_owned()), LONGEST_TITLE)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn file(name: &str, bytes: &[u8]) -> File {
        File {
            name: name.to_owned(),
            media_type: None,
            bytes: bytes.to_owned(),
        }
    }

    fn zipped(name: &str, content: &str) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn read(name: &str, bytes: &[u8]) -> Result<(DocumentKind, String, String), String> {
        match document(&file(name, bytes), None, DbBackend::Sqlite) {
            Ok(document) => {
                let text: Vec<&str> = document.passages.iter().map(|passage| passage.text.as_str()).collect();
                Ok((document.kind, document.title, text.join("|")))
            }
            Err(Error::Invalid(problems)) => Err(problems[0].message.clone()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn texts_are_read_as_they_were_written() {
        let ok = |name: &str, bytes: &[u8]| read(name, bytes).unwrap();
        let owned = |kind, title: &str, text: &str| (kind, title.to_owned(), text.to_owned());
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Grüße".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for (name, bytes, expected) in [
            (
                "notes.txt",
                "Rex\r\n\r\n\r\nlikes tea  ".as_bytes(),
                owned(DocumentKind::Text, "notes", "Rex\n\nlikes tea"),
            ),
            (
                "n.txt",
                b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe",
                owned(DocumentKind::Text, "n", "Grüße"),
            ),
            ("n.txt", utf16.as_slice(), owned(DocumentKind::Text, "n", "Grüße")),
            ("n.txt", b"Gr\xfc\xdfe", owned(DocumentKind::Text, "n", "Grüße")),
            (
                "x.md",
                b"# All of it\n\nTea.",
                owned(DocumentKind::Markdown, "All of it", "# All of it\n\nTea."),
            ),
            (
                "page",
                b"<!DOCTYPE html><title>No</title><script>alert(1)</script><p>One &amp; two<p>Three",
                owned(DocumentKind::Html, "page", "One & two\n\nThree"),
            ),
            (
                "letter.docx",
                &zipped(
                    DOCX_TEXT,
                    "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>Dear</w:t><w:t xml:space=\"preserve\"> Ada &lt;3</w:t></w:r></w:p><w:p><w:r><w:t>Bye</w:t></w:r></w:p></w:body></w:document>",
                ),
                owned(DocumentKind::Docx, "letter", "Dear Ada <3\n\nBye"),
            ),
        ] {
            assert_eq!(ok(name, bytes), expected, "{name}");
        }
    }

    /// A PDF of one page with this text, as small as one can be.
    fn pdf(text: &str) -> Vec<u8> {
        let content = format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET");
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
                .to_owned(),
            format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        ];
        let mut file = "%PDF-1.4\n".to_owned();
        let mut table = "0000000000 65535 f \n".to_owned();
        for (number, object) in (1..).zip(&objects) {
            table.extend([format!("{:010} 00000 n \n", file.len())]);
            file.extend([format!("{number} 0 obj\n{object}\nendobj\n")]);
        }
        let start = file.len();
        file.extend([format!(
            "xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        )]);
        file.into_bytes()
    }

    #[test]
    fn the_text_of_a_pdf_is_read() {
        let (kind, title, text) = read("paper.pdf", &pdf("The refund period is thirty days.")).unwrap();
        assert_eq!((kind, title.as_str()), (DocumentKind::Pdf, "paper"));
        assert_eq!(text, "The refund period is thirty days.");
    }

    #[test]
    fn what_can_not_be_read_says_why() {
        let lies = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><w:document xmlns:w=\"w\"><w:t>&a;</w:t></w:document>";
        for (name, bytes, part) in [
            ("x.txt", b"".as_slice(), "empty"),
            ("x.txt", b" \n ", "no text"),
            ("x.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This kind of file"),
            ("x.pdf", b"%PDF-1.7 and nothing more", "damaged"),
            ("x.zip", &zipped("notes.txt", "tea"), "not a Word document"),
            ("x.docx", b"PK\x03\x04 and nothing more", "damaged"),
            ("x.docx", &zipped(DOCX_TEXT, lies), "damaged"),
        ] {
            let why = read(name, bytes).unwrap_err();
            assert!(why.contains(part), "{name}: {why}");
        }
        let long = "word ".repeat(MOST_CHARACTERS / 5 + 1);
        assert!(read("x.txt", long.as_bytes()).unwrap_err().contains("in parts"));
    }

    #[tokio::test]
    async fn a_reader_that_panics_is_an_error() {
        let places = Arc::new(Semaphore::new(1));
        let died = in_background::<()>(&places, || panic!("a library gave up")).await;
        assert!(matches!(died, Err(Error::Invalid(_))));
        assert_eq!(
            in_background(&places, || Ok(7)).await.unwrap(),
            7,
            "its place is free again"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(head in prop::sample::select(vec!["", "%PDF-1.4\n", "PK\x03\x04", "<html>", "\u{feff}"]), tail: Vec<u8>) {
            let bytes = [head.as_bytes(), &tail].concat();
            let read = catch_unwind(|| document(&file("x", &bytes), None, DbBackend::Sqlite));
            if let Ok(Ok(read)) = read {
                for passage in &read.passages {
                    prop_assert!(!passage.text.contains('\0'));
                }
            }
        }
    }
}
