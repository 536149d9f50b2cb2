//! Documents in projects, as they are sent and answered.

use serde::{Deserialize, Serialize};

/// Characters of a title, at most.
pub const LONGEST_TITLE: usize = 200;

/// What a document was sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DocumentKind {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// A web page.
    Html,
    /// PDF.
    Pdf,
    /// A document of Word and the programs that write its format.
    Docx,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Text, Self::Markdown, Self::Html, Self::Pdf, Self::Docx];

    /// Its name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A document. Its file is not kept: what was read in it is, as passages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// UUID.
    pub id: String,
    /// The project it lies in.
    pub project_id: String,
    /// Its title.
    pub title: String,
    /// What it was sent as.
    pub kind: DocumentKind,
    /// Bytes of the file that was sent.
    pub size_bytes: i64,
    /// Characters that were read in it.
    pub characters: i64,
    /// Passages its text was split into.
    pub passage_count: i64,
    /// Who sent it; null when their account is gone.
    pub user_id: Option<String>,
    /// When it was sent, RFC 3339.
    pub created_at: String,
}

/// A document by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DocumentAnswer {
    /// The document.
    pub document: Document,
}

/// A page of documents, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DocumentList {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// A passage of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DocumentPassage {
    /// Its place in the document, from 1.
    pub number: i32,
    /// Its text.
    pub text: String,
}

/// A page of the passages of a document, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PassageList {
    /// The document.
    pub document: Document,
    /// Its passages.
    pub passages: Vec<DocumentPassage>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}
