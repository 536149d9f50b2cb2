//! Sending a file with how much of it is sent, which `fetch` does not tell. The browser itself reads it piece by piece.

use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Event, ProgressEvent, XmlHttpRequest};

use super::listen::{Listener, listen};

/// Something on its way. Dropping it stops it.
pub struct Sending {
    request: XmlHttpRequest,
    _listeners: [Listener; 4],
}

impl Drop for Sending {
    fn drop(&mut self) {
        _ = self.request.abort();
    }
}

impl Sending {
    /// Posts what `send` gives the request. `sent` hears how many hundredths are sent; `heard` hears how much of the answer
    /// there is, and in the end that this is all.
    pub fn post(
        url: &str,
        send: &dyn Fn(&XmlHttpRequest) -> Result<(), JsValue>,
        sent: Box<dyn Fn(u32)>,
        heard: impl Fn(&Answer, bool) + Clone + 'static,
    ) -> Option<Self> {
        let request = XmlHttpRequest::new().ok()?;
        request.open("POST", url).ok()?;
        let upload = request.upload().ok()?;
        let progress = move |event: Event| {
            let event: ProgressEvent = event.unchecked_into();
            sent(hundredths(event.loaded(), event.total()));
        };
        let hears = |event: &'static str, last: bool| {
            let (answer, heard) = (Answer(request.clone()), heard.clone());
            listen(&request, event, false, Box::new(move |_| heard(&answer, last)))
        };
        let listeners = [
            listen(&upload, "progress", false, Box::new(progress)),
            hears("progress", false),
            hears("load", true),
            hears("error", true),
        ];
        send(&request).ok()?;
        Some(Self {
            request,
            _listeners: listeners,
        })
    }
}

/// What has come of an answer.
#[derive(Clone)]
pub struct Answer(XmlHttpRequest);

impl Answer {
    /// Its status; 0 when the connection was lost.
    pub fn status(&self) -> u16 {
        self.0.status().unwrap_or(0)
    }

    /// Its text so far.
    pub fn text(&self) -> String {
        self.0.response_text().ok().flatten().unwrap_or_default()
    }
}

/// How much of a whole a part is, in hundredths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100"
)]
fn hundredths(part: f64, whole: f64) -> u32 {
    if whole > 0.0 { (part / whole * 100.0) as u32 } else { 0 }
}

/// "340 MB".
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        1_000_000_000.. => (1_000_000_000, " GB"),
        1_000_000.. => (1_000_000, " MB"),
        _ => (1_000, " KB"),
    };
    let tenths = bytes.saturating_mul(10).div_ceil(unit);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 || whole >= 100 {
        [&whole.to_string(), name].concat()
    } else {
        [&whole.to_string(), ".", &tenth.to_string(), name].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, said) in [
            (1, "0.1 KB"),
            (1_500, "1.5 KB"),
            (340_000_000, "340 MB"),
            (1_073_741_824, "1.1 GB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }
}
