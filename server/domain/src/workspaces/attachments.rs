//! Files that come with a message. Models here read text, so files with text in them become part of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use types::workspaces::Attachment;

/// Files with one message.
const MOST: usize = 20;

/// A message with the text of what is attached to it; a sentence when there is something that can't be read as text.
pub fn with_attachments(message: &str, attachments: &[Attachment]) -> Result<String, String> {
    if attachments.len() > MOST {
        return Err(format!("At most {MOST} attachments can be sent with a message."));
    }
    let mut joined = message.to_owned();
    for attachment in attachments {
        let text = text_of(attachment).ok_or_else(|| {
            format!(
                "The attachment \"{}\" is not a text. Only texts can be sent with a message.",
                attachment.name
            )
        })?;
        for piece in ["\n\n", &attachment.name, ":\n", &text] {
            joined.push_str(piece);
        }
    }
    Ok(joined)
}

fn text_of(attachment: &Attachment) -> Option<String> {
    let mime = attachment.mime.to_ascii_lowercase();
    let is_text = mime.starts_with("text/") || mime == "application/json" || mime.ends_with("+json");
    let (head, data) = attachment.content_string.strip_prefix("data:")?.split_once(',')?;
    if !is_text || !head.ends_with(";base64") {
        return None;
    }
    let bytes = STANDARD.decode(data).ok()?;
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(mime: &str, content: &str) -> Attachment {
        Attachment {
            name: "trams.txt".to_owned(),
            mime: mime.to_owned(),
            content_string: content.to_owned(),
        }
    }

    #[test]
    fn texts_become_part_of_the_message_and_nothing_is_dropped() {
        let text = attachment("text/plain", "data:text/plain;base64,TGluZSAyOA==");
        assert_eq!(
            with_attachments("Read this", &[text]).unwrap(),
            "Read this\n\ntrams.txt:\nLine 28"
        );
        assert_eq!(with_attachments("Hello", &[]).unwrap(), "Hello");
        for (mime, content) in [
            ("image/png", "data:image/png;base64,TGluZSAyOA=="),
            ("text/plain", "TGluZSAyOA=="),
            ("text/plain", "data:text/plain;base64,?"),
            ("text/plain", "data:text/plain;base64,/w=="),
        ] {
            let refused = with_attachments("Read this", &[attachment(mime, content)]);
            assert!(refused.unwrap_err().contains("trams.txt"), "{mime} {content}");
        }
    }
}
