//! Where a signed-in person starts: how to chat from a terminal with this server.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::layout::frame::Frame;
use crate::components::ui::code_block::CodeBlock;
use crate::contexts::session::SignedInOnly;
use crate::routes::api;
use crate::server_fns::accounts::{Person, Visitor};

/// The page.
#[component]
pub fn StartPage() -> impl IntoView {
    let page = |person: Person, visitor: Visitor| {
        // The server doesn't know what time it is where the reader is, so there is no "Good morning" here.
        let greeting = match person.user.name.trim() {
            "" => "Welcome".to_owned(),
            name => format!("Welcome, {name}"),
        };
        let steps = steps(&visitor.public_url, &person);
        view! {
            <Frame person>
                <div class="mx-auto flex w-full max-w-184 flex-col px-4 py-8 md:px-6 md:py-14">
                    <h1 class="text-2xl font-semibold tracking-tight break-words">{greeting}</h1>
                    <p class="mt-1 text-sm text-muted">
                        "Chat with this server from a terminal, or from any program that can send a request."
                    </p>
                    <ol class="mt-8 flex flex-col gap-7">
                        {steps.into_iter().zip(1..).map(|(step, number)| view! { <StepItem number step /> }).collect_view()}
                    </ol>
                </div>
            </Frame>
        }
    };
    view! {
        <Title text="" />
        <SignedInOnly page />
    }
}

/// One thing to do in the terminal.
struct Step {
    title: &'static str,
    text: &'static str,
    code: String,
}

#[component]
fn StepItem(number: i32, step: Step) -> impl IntoView {
    view! {
        <li class="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3">
            <span
                aria-hidden="true"
                class="flex size-6 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
            >
                {number}
            </span>
            <div>
                <h2 class="text-base/6 font-semibold">{step.title}</h2>
                <p class="mt-0.5 text-sm text-muted">{step.text}</p>
            </div>
            <div class="col-span-2 mt-3 min-w-0 sm:col-span-1 sm:col-start-2">
                <CodeBlock language="shell" label=step.title code=step.code />
            </div>
        </li>
    }
}

/// The way from a password to an answer, for bash and zsh with nothing but curl and sed.
fn steps(url: &str, person: &Person) -> Vec<Step> {
    let (login, keys, chat) = (api::LOGIN, api::API_KEYS, api::CHAT);
    let email = if is_plain(&person.user.email) {
        &person.user.email
    } else {
        "you@example.org"
    };
    let token = Step {
        title: "Get a token",
        text: "Asks for your password and keeps a token in the shell. The token ends by itself.",
        // One command, so that pasting it doesn't feed its second line to the password.
        code: format!(
            r#"TOKEN=$(
  printf 'Password: ' >&2; read -rs PASSWORD; echo >&2
  curl -s {url}{login} \
    -H "Content-Type: application/json" \
    -d "{{\"email\":\"{email}\",\"password\":\"$PASSWORD\"}}" |
    sed 's/.*"token":"\([^"]*\)".*/\1/'
)"#
        ),
    };
    let key = Step {
        title: "Make an API key",
        text: "A key lets a program chat as you. It is shown this once, so put it somewhere safe.",
        code: format!(
            r#"KEY=$(
  curl -s {url}{keys} \
    -H "Authorization: Bearer $TOKEN" \
    -H "Content-Type: application/json" \
    -d '{{"name":"My terminal"}}' |
    sed 's/.*"secret":"\([^"]*\)".*/\1/'
)
echo "$KEY""#
        ),
    };
    let chat = |credential: &str, text: &'static str| Step {
        title: "Chat",
        text,
        code: format!(
            r#"curl -N {url}{chat} \
  -H "Authorization: Bearer ${credential}" \
  -H "Content-Type: application/json" \
  -d '{{"content":"Hello!"}}'"#
        ),
    };
    if person.keys_can_chat {
        vec![
            token,
            key,
            chat(
                "KEY",
                "The answer arrives while it is written, and is kept under your account.",
            ),
        ]
    } else {
        vec![
            token,
            chat(
                "TOKEN",
                "The answer arrives while it is written, and is kept under your account. Your plan has no API keys \
                 that may chat, so this takes the token.",
            ),
        ]
    }
}

/// Whether a text means only itself between double quotes, to a shell and in JSON.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"@._+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use types::accounts::{Role, User};

    use super::*;

    fn person(email: &str, keys_can_chat: bool) -> Person {
        let (id, name, plan) = (String::new(), "Mara".to_owned(), "free".to_owned());
        let user = User {
            id,
            email: email.to_owned(),
            name,
            plan,
            role: Role::User,
        };
        Person {
            user,
            plan_name: "Free".to_owned(),
            keys_can_chat,
        }
    }

    #[test]
    fn the_steps_name_this_server_and_this_person() {
        let steps = steps("https://chat.example.org", &person("mara+k@example.org", true));
        assert!(
            steps
                .iter()
                .all(|step| step.code.contains("https://chat.example.org/api/"))
        );
        assert!(steps[0].code.contains(r#"{\"email\":\"mara+k@example.org\","#));
        assert!(steps[2].code.contains("Bearer $KEY"));
    }

    #[test]
    fn nobody_is_told_to_make_a_key_that_could_not_chat() {
        let steps = steps("http://localhost:3000", &person("mara@example.org", false));
        assert!(steps.iter().all(|step| !step.code.contains("KEY")));
    }

    #[test]
    fn an_address_that_a_shell_would_read_stays_out() {
        let steps = steps("http://localhost:3000", &person("$(reboot)@example.org", true));
        assert!(!steps[0].code.contains("reboot"));
    }
}
