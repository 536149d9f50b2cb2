//! Ready-made calls in the languages people use most. Pure text, the same on the server and in the browser.

/// The environment variable that stands for the key.
pub const VARIABLE: &str = "LATCHKEY_KEY";

/// A language there are examples in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A shell.
    Curl,
    /// Python with Requests.
    Python,
    /// JavaScript outside a browser.
    JavaScript,
}

impl Language {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Curl, Self::Python, Self::JavaScript];

    /// Its name on a tab.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
        }
    }
}

/// A call to write down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The whole address.
    pub url: String,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The JSON to send.
    pub body: Option<String>,
    /// Whether the answer arrives bit by bit.
    pub stream: bool,
}

/// The call in a language. With a key, the text works as it stands; without one it takes the key from [`VARIABLE`].
pub fn snippet(language: Language, call: &Call, key: Option<&str>) -> String {
    match language {
        Language::Curl => curl(call, key),
        Language::Python => python(call, key),
        Language::JavaScript => javascript(call, key),
    }
}

fn curl(call: &Call, key: Option<&str>) -> String {
    let mut code = String::new();
    if let Some(key) = key {
        add(&mut code, &["export ", VARIABLE, "=", &shell(key), "\n"]);
    }
    code.push_str("curl ");
    if call.stream {
        code.push_str("-N ");
    }
    let implied = if call.body.is_some() { "POST" } else { "GET" };
    if call.method != implied {
        add(&mut code, &["-X ", &shell(&call.method), " "]);
    }
    add(
        &mut code,
        &[&shell(&call.url), " \\\n  -H \"Authorization: Bearer $", VARIABLE, "\""],
    );
    if let Some(body) = &call.body {
        add(
            &mut code,
            &[
                " \\\n  -H \"Content-Type: application/json\" \\\n  -d ",
                &shell(&spaced(body)),
            ],
        );
    }
    code
}

fn python(call: &Call, key: Option<&str>) -> String {
    let mut code = String::new();
    match key {
        Some(key) => add(&mut code, &["import requests\n\nkey = ", &quoted(key)]),
        None => add(
            &mut code,
            &["import os\nimport requests\n\nkey = os.environ[\"", VARIABLE, "\"]"],
        ),
    }
    add(
        &mut code,
        &[
            "\nanswer = requests.request(\n    ",
            &quoted(&call.method),
            ",\n    ",
            &quoted(&call.url),
            ",\n    headers={\"Authorization\": \"Bearer \" + key},\n",
        ],
    );
    if let Some(body) = &call.body {
        add(&mut code, &["    json=", &python_literal(&spaced(body)), ",\n"]);
    }
    if call.stream {
        code.push_str("    stream=True,\n");
    }
    code.push_str(")\nanswer.raise_for_status()\n");
    code.push_str(if call.stream {
        // A stream names no character set, and Requests would guess a wrong one.
        "for line in answer.iter_lines():\n    print(line.decode())"
    } else {
        "print(answer.json())"
    });
    code
}

fn javascript(call: &Call, key: Option<&str>) -> String {
    let mut code = String::from("const key = ");
    match key {
        Some(key) => code.push_str(&quoted(key)),
        None => add(&mut code, &["process.env.", VARIABLE]),
    }
    add(
        &mut code,
        &[";\nconst answer = await fetch(", &quoted(&call.url), ", {\n"],
    );
    if call.method != "GET" {
        add(&mut code, &["  method: ", &quoted(&call.method), ",\n"]);
    }
    code.push_str("  headers: {\n    Authorization: \"Bearer \" + key,\n");
    if call.body.is_some() {
        code.push_str("    \"Content-Type\": \"application/json\",\n");
    }
    code.push_str("  },\n");
    if let Some(body) = &call.body {
        add(&mut code, &["  body: JSON.stringify(", &spaced(body), "),\n"]);
    }
    code.push_str("});\nif (!answer.ok) throw new Error(await answer.text());\n");
    code.push_str(if call.stream {
        "const text = answer.body.pipeThrough(new TextDecoderStream());\nfor await (const piece of text) console.log(piece);"
    } else {
        "console.log(await answer.json());"
    });
    code
}

fn add(code: &mut String, parts: &[&str]) {
    for part in parts {
        code.push_str(part);
    }
}

/// A word of a POSIX shell; bare where nothing in it means anything to one.
fn shell(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        "'".to_owned() + &word.replace('\'', r"'\''") + "'"
    }
}

/// A string literal that Python and JavaScript read alike.
fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                literal.push('\\');
                literal.push(character);
            }
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            // No other control character can be in an address, a method or a key.
            character if character.is_control() => {}
            character => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

/// JSON with a space after each comma and colon between its values.
fn spaced(json: &str) -> String {
    let mut text = String::new();
    let mut follow = Follow::default();
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        let outside = !follow.inside(character);
        text.push(character);
        if outside && matches!(character, ',' | ':') && characters.peek() != Some(&' ') {
            text.push(' ');
        }
    }
    text
}

/// JSON as a Python literal: three words are others there, and a slash needs no escape.
fn python_literal(json: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    let mut follow = Follow::default();
    let end = |word: &mut String, text: &mut String| {
        text.push_str(match word.as_str() {
            "true" => "True",
            "false" => "False",
            "null" => "None",
            other => other,
        });
        word.clear();
    };
    for character in json.chars() {
        if !follow.inside(character) && character.is_ascii_alphabetic() {
            word.push(character);
        } else {
            end(&mut word, &mut text);
            text.push(character);
        }
    }
    end(&mut word, &mut text);
    text.replace("\\/", "/")
}

/// Follows a text to tell what of it is in quotation marks.
#[derive(Default)]
struct Follow {
    mark: Option<char>,
    escaped: bool,
}

impl Follow {
    /// Takes the next character; whether it is in quotation marks or one of them.
    fn inside(&mut self, character: char) -> bool {
        match self.mark {
            Some(_) if self.escaped => self.escaped = false,
            Some(_) if character == '\\' => self.escaped = true,
            Some(mark) if character == mark => self.mark = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => self.mark = Some(character),
            None => return false,
        }
        true
    }
}

/// Cuts code into what is in quotation marks and what is not, for colouring. Put together again it is the same text.
pub fn strings(code: &str) -> Vec<(bool, &str)> {
    let mut pieces = Vec::new();
    let mut follow = Follow::default();
    let mut start = 0;
    let mut before = false;
    for (at, character) in code.char_indices() {
        let inside = follow.inside(character);
        if inside != before {
            if at > start {
                pieces.push((before, &code[start..at]));
            }
            start = at;
            before = inside;
        }
    }
    pieces.push((before, &code[start..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat() -> Call {
        Call {
            url: "https://chat.example.org/api/chat".to_owned(),
            method: "POST".to_owned(),
            body: Some(r#"{"content":"Hello!"}"#.to_owned()),
            stream: true,
        }
    }

    fn list() -> Call {
        Call {
            url: "https://chat.example.org/api/threads".to_owned(),
            method: "GET".to_owned(),
            body: None,
            stream: false,
        }
    }

    #[test]
    fn curl_streams_a_chat_with_the_key_from_the_environment() {
        assert_eq!(
            snippet(Language::Curl, &chat(), None),
            "curl -N https://chat.example.org/api/chat \\\n  \
             -H \"Authorization: Bearer $LATCHKEY_KEY\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  \
             -d '{\"content\": \"Hello!\"}'"
        );
    }

    #[test]
    fn curl_with_a_key_sets_the_variable_first() {
        assert_eq!(
            snippet(Language::Curl, &list(), Some("sk-a1b2c3")),
            "export LATCHKEY_KEY=sk-a1b2c3\n\
             curl https://chat.example.org/api/threads \\\n  \
             -H \"Authorization: Bearer $LATCHKEY_KEY\""
        );
    }

    #[test]
    fn curl_names_a_method_only_when_it_would_take_another() {
        let call = |method: &str, body: Option<&str>| Call {
            method: method.to_owned(),
            body: body.map(ToOwned::to_owned),
            ..list()
        };
        let first_line = |call: &Call| {
            snippet(Language::Curl, call, None)
                .lines()
                .next()
                .map(ToOwned::to_owned)
        };
        let line = |text: &str| Some(format!("curl {text}https://chat.example.org/api/threads \\"));
        assert_eq!(first_line(&call("GET", None)), line(""));
        assert_eq!(first_line(&call("POST", Some("{}"))), line(""));
        assert_eq!(first_line(&call("POST", None)), line("-X POST "));
        assert_eq!(first_line(&call("PATCH", Some("{}"))), line("-X PATCH "));
        assert_eq!(first_line(&call("DELETE", None)), line("-X DELETE "));
    }

    #[test]
    fn nothing_in_a_word_means_anything_to_the_shell() {
        for (word, written) in [
            ("https://a.example/b", "https://a.example/b"),
            ("http://a:8080/b?c=1&d=$HOME", "'http://a:8080/b?c=1&d=$HOME'"),
            ("it's", r"'it'\''s'"),
            ("`id`", "'`id`'"),
            ("a b", "'a b'"),
            ("*", "'*'"),
            ("", "''"),
        ] {
            assert_eq!(shell(word), written);
        }
        let call = Call {
            body: Some(r#"{"content":"It's $HOME"}"#.to_owned()),
            ..chat()
        };
        assert!(snippet(Language::Curl, &call, None).ends_with(r#"-d '{"content": "It'\''s $HOME"}'"#));
    }

    #[test]
    fn python_asks_as_curl_does() {
        assert_eq!(
            snippet(Language::Python, &chat(), None),
            r#"import os
import requests

key = os.environ["LATCHKEY_KEY"]
answer = requests.request(
    "POST",
    "https://chat.example.org/api/chat",
    headers={"Authorization": "Bearer " + key},
    json={"content": "Hello!"},
    stream=True,
)
answer.raise_for_status()
for line in answer.iter_lines():
    print(line.decode())"#
        );
        let with_key = snippet(Language::Python, &list(), Some("sk-a1b2c3"));
        assert!(with_key.starts_with("import requests\n\nkey = \"sk-a1b2c3\"\n"));
        assert!(with_key.ends_with("print(answer.json())"));
        assert!(!with_key.contains("json="));
        assert!(!with_key.contains("stream"));
        assert!(!with_key.contains("import os"));
    }

    #[test]
    fn json_becomes_python() {
        for (json, python) in [
            (
                r#"{"a": true, "b": [false, null]}"#,
                r#"{"a": True, "b": [False, None]}"#,
            ),
            (r#"{"true": "null"}"#, r#"{"true": "null"}"#),
            (r#"{"a": "say \"true\""}"#, r#"{"a": "say \"true\""}"#),
            (r#"{"a": "\/x", "n": -1.5e3}"#, r#"{"a": "/x", "n": -1.5e3}"#),
        ] {
            assert_eq!(python_literal(json), python);
        }
    }

    #[test]
    fn javascript_asks_as_curl_does() {
        assert_eq!(
            snippet(Language::JavaScript, &chat(), None),
            r#"const key = process.env.LATCHKEY_KEY;
const answer = await fetch("https://chat.example.org/api/chat", {
  method: "POST",
  headers: {
    Authorization: "Bearer " + key,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({"content": "Hello!"}),
});
if (!answer.ok) throw new Error(await answer.text());
const text = answer.body.pipeThrough(new TextDecoderStream());
for await (const piece of text) console.log(piece);"#
        );
        let with_key = snippet(Language::JavaScript, &list(), Some("sk-a1b2c3"));
        assert!(with_key.starts_with("const key = \"sk-a1b2c3\";\n"));
        assert!(with_key.ends_with("console.log(await answer.json());"));
        assert!(!with_key.contains("method"));
        assert!(!with_key.contains("Content-Type"));
    }

    #[test]
    fn literals_hold_whatever_is_in_them() {
        assert_eq!(quoted("a\"b\\c\nd\u{0}"), r#""a\"b\\c\nd""#);
    }

    #[test]
    fn a_body_gets_room_between_its_values_only() {
        assert_eq!(spaced(r#"{"a":"b:c,d","e":[1,2]}"#), r#"{"a": "b:c,d", "e": [1, 2]}"#);
        assert_eq!(spaced(r#"{"a": 1, "b": 2}"#), r#"{"a": 1, "b": 2}"#);
        assert_eq!(spaced(r#"{"a":"\",:"}"#), r#"{"a": "\",:"}"#);
    }

    #[test]
    fn without_a_key_no_language_shows_one_and_with_one_all_do() {
        for language in Language::ALL {
            assert!(snippet(language, &chat(), None).contains(VARIABLE));
            assert!(snippet(language, &chat(), Some("sk-0123")).contains("sk-0123"));
        }
    }

    #[test]
    fn colouring_loses_nothing() {
        let code = snippet(Language::Curl, &chat(), None);
        let pieces = strings(&code);
        assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), code);
        let marked: Vec<_> = pieces
            .iter()
            .filter(|(marked, _)| *marked)
            .map(|(_, piece)| *piece)
            .collect();
        assert_eq!(
            marked,
            [
                "\"Authorization: Bearer $LATCHKEY_KEY\"",
                "\"Content-Type: application/json\"",
                "'{\"content\": \"Hello!\"}'"
            ]
        );
        assert_eq!(strings(""), [(false, "")]);
    }
}
