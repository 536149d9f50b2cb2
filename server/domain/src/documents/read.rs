//! Reading a file: what it is, by what is in it, and what text it holds.

use encoding_rs::{Encoding, WINDOWS_1252};
use sea_orm::DbBackend;
use types::documents::{DocumentKind, LONGEST_TITLE};

use super::File;
use super::apart::{self, Failure};
use super::split::{self, Passage};
use crate::{Core, Error, text};

/// Characters of a document, at most.
const MOST_CHARACTERS: usize = 2_000_000;
/// In how many of its first bytes a PDF says that it is one.
const PDF_HEAD: usize = 1_024;
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

fn damaged() -> Error {
    refused("This file can't be read: it may be damaged, or locked with a password. Save it anew, or send it as text.")
}

/// Reads a file. Its title is the one that was given, or its first heading, or its name.
pub(super) async fn document(core: &Core, file: File, title: Option<String>) -> Result<Document, Error> {
    let reader = core.reading.reader().await?;
    let seeing = reader.does(move || {
        let seen = recognised(&file);
        (file, seen)
    });
    let (file, seen) = seeing.await.ok_or_else(damaged)?;
    let (kind, text) = match seen? {
        Seen::Text(kind, text) => (kind, text),
        Seen::Web(text) => (
            DocumentKind::Html,
            text_apart(core, DocumentKind::Html, text.as_bytes()).await?,
        ),
        Seen::Packed(kind) => (kind, text_apart(core, kind, &file.bytes).await?),
    };
    let backend = core.db.backend();
    let making = reader.does(move || made(&file.name, title, kind, &text, backend));
    making.await.ok_or_else(damaged)?
}

async fn text_apart(core: &Core, kind: DocumentKind, file: &[u8]) -> Result<String, Error> {
    let program = core.config.program.as_deref();
    apart::text(program, kind, file).await.map_err(|failure| match failure {
        Failure::Refused(sentence) => refused(sentence),
        Failure::Damaged => damaged(),
        Failure::TooMuch => refused(
            "This file can't be read: that would take more time or memory than there is for one. Send it as text, or in parts.",
        ),
        Failure::NotStarted(error) => Error::Internal(format!("there is no process to read a document: {error}")),
    })
}

/// A text, as a document of this kind.
fn made(
    name: &str,
    title: Option<String>,
    kind: DocumentKind,
    text: &str,
    backend: DbBackend,
) -> Result<Document, Error> {
    let text = clean(text);
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
        title: title.unwrap_or_else(|| title_of(name, kind, &text)),
        kind,
        characters: i64::try_from(characters).unwrap_or(i64::MAX),
        passages,
    })
}

/// What a file is at its first glance.
enum Seen {
    /// Text, as it is to be read.
    Text(DocumentKind, String),
    /// A web page.
    Web(String),
    /// Something that has to be unpacked.
    Packed(DocumentKind),
}

fn recognised(file: &File) -> Result<Seen, Error> {
    let bytes = file.bytes.as_slice();
    if bytes.is_empty() {
        return Err(refused("The file is empty"));
    }
    let head = bytes.get(..PDF_HEAD).unwrap_or(bytes);
    if head.windows(5).any(|window| window == b"%PDF-") {
        return Ok(Seen::Packed(DocumentKind::Pdf));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Seen::Packed(DocumentKind::Docx));
    }
    let text = decoded(bytes).ok_or_else(|| {
        refused("This kind of file can't be read here. Send text, Markdown, HTML, PDF or a Word document (.docx).")
    })?;
    Ok(match kind_of_text(file, &text) {
        DocumentKind::Html => Seen::Web(text),
        kind => Seen::Text(kind, text),
    })
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
    use std::io::{Cursor, Write};
    use std::panic::catch_unwind;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::super::extract::{self, DOCX_TEXT, Unread};
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

    /// What a file comes to, all of it in this process.
    fn document(file: &File) -> Result<Document, Error> {
        let apart = |kind, bytes: &[u8]| {
            extract::text(kind, bytes).map_err(|unread| match unread {
                Unread::Damaged(_) => damaged(),
                Unread::Refused(sentence) => refused(sentence),
            })
        };
        let (kind, text) = match recognised(file)? {
            Seen::Text(kind, text) => (kind, text),
            Seen::Web(text) => (DocumentKind::Html, apart(DocumentKind::Html, text.as_bytes())?),
            Seen::Packed(kind) => (kind, apart(kind, &file.bytes)?),
        };
        made(&file.name, None, kind, &text, DbBackend::Sqlite)
    }

    fn read(name: &str, bytes: &[u8]) -> Result<(DocumentKind, String, String), String> {
        match document(&file(name, bytes)) {
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

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(head in prop::sample::select(vec!["", "%PDF-1.4\n", "PK\x03\x04", "<html>", "\u{feff}"]), tail: Vec<u8>) {
            let bytes = [head.as_bytes(), &tail].concat();
            let read = catch_unwind(|| document(&file("x", &bytes)));
            if let Ok(Ok(read)) = read {
                for passage in &read.passages {
                    prop_assert!(!passage.text.contains('\0'));
                }
            }
        }
    }
}
