//! The command line: serving, and what an operator does on a terminal.

#![expect(clippy::print_stderr, reason = "a command line speaks to its terminal")]

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use domain::accounts::{self, Client, NewUser};
use domain::api_keys::{self, OwnedKey};
use domain::clock::Clock;
use domain::config::Config;
use domain::db::{Db, Look};
use domain::documents;
use domain::models::Catalogue;
use domain::page::PageRequest;
use domain::{Core, StartError};
use tokio::net::TcpListener;
use types::accounts::{ManageUserRequest, ManagedUser, Role};

use crate::AppState;

/// Wrong use or configuration.
const WRONG_USE: u8 = 2;

/// A self-hosted AI chat workspace for people and their programs.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Clone, Default, Args)]
struct Options {
    /// Configuration file; latchkey.toml in the working directory when absent.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves pages and API (the default).
    Serve(Options),
    /// Accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Reads the text of a document; what the server starts for each of them.
    #[command(name = documents::READ_COMMAND, hide = true)]
    ReadDocument {
        /// What it is.
        kind: String,
    },
    /// Checks the configuration, and that database and models can be reached.
    Check(Options),
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Makes an account; the password is read from standard input.
    Add {
        /// E-mail address.
        email: String,
        /// Display name.
        #[arg(long, default_value = "")]
        name: String,
        /// Plan; the first configured one when absent.
        #[arg(long)]
        plan: Option<String>,
        /// Makes it an administrator's.
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        options: Options,
    },
    /// Lists all accounts, newest first.
    List(Options),
    /// Deletes an account with everything that is its own; what it shared stays with its teams.
    Delete {
        /// E-mail address.
        email: String,
        #[command(flatten)]
        options: Options,
    },
    /// Changes an account.
    Set {
        /// E-mail address.
        email: String,
        /// New plan.
        #[arg(long)]
        plan: Option<String>,
        /// Administrator or not.
        #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
        admin: Option<bool>,
        /// Suspended or not.
        #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
        suspend: Option<bool>,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Lists all keys that are not revoked, newest first.
    List(Options),
    /// Revokes a key.
    Revoke {
        /// The key's id, as listed.
        id: String,
        #[command(flatten)]
        options: Options,
    },
}

/// Why a command failed.
enum Failure {
    Use(String),
    Other(String),
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(text) => Self::Use(text),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Invalid(fields) => Self::Use(
                fields
                    .iter()
                    .map(|field| format!("{}: {}", field.field, field.message))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Runs a command to its end. Exit codes: 0 well, 2 wrong use or configuration, 1 anything else.
pub fn run(cli: Cli) -> ExitCode {
    if let Some(Command::ReadDocument { kind }) = &cli.command {
        return documents::read_document(kind);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("latchkey: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run_command(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Use(text)) => {
            eprintln!("latchkey: {text}");
            ExitCode::from(WRONG_USE)
        }
        Err(Failure::Other(text)) => {
            eprintln!("latchkey: {text}");
            ExitCode::FAILURE
        }
    }
}

async fn run_command(cli: Cli) -> Result<(), Failure> {
    match cli.command.unwrap_or(Command::Serve(cli.options)) {
        Command::Serve(options) => serve(load(&options)?).await,
        Command::ReadDocument { .. } => Ok(()),
        Command::Check(options) => check(load(&options)?).await,
        Command::User(command) => user(command).await,
        Command::Key(command) => key(command).await,
    }
}

fn load(options: &Options) -> Result<Config, Failure> {
    Config::load(options.config.as_deref()).map_err(|error| Failure::Use(error.to_string()))
}

/// Lines for a person on a terminal, JSON for whatever collects them otherwise.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LATCHKEY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.init();
    } else {
        log.json().flatten_event(true).init();
    }
}

async fn serve(config: Config) -> Result<(), Failure> {
    start_log();
    let address = config.server.address;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::Other(format!("cannot listen on {address}: {error}")))?;
    let core = Core::start(config, Clock::system()).await?;
    let state = AppState::new(Arc::clone(&core));
    let bound = listener
        .local_addr()
        .map_err(|error| Failure::Other(error.to_string()))?;
    // With port 0 the system chooses one; people must learn which.
    let url = match &core.config.server.public_url {
        Some(_) => state.public_url.to_string(),
        None => format!("http://{bound}"),
    };
    say(&format!("Latchkey is listening on {url}"));
    let router = crate::router(state);
    crate::http::run(listener, router, signal(), &core).await;
    Ok(())
}

async fn signal() {
    let ctrl_c = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            () = ctrl_c => {}
            _ = terminate.recv() => {}
        },
        Err(_) => ctrl_c.await,
    }
    tracing::info!("shutting down");
}

/// Writes a line for whoever reads the output; when nobody does any more (`| head`), that is the end of it.
fn say(line: &str) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}

async fn open(options: &Options) -> Result<Core, Failure> {
    let config = Config::load_for_operator(options.config.as_deref());
    let config = config.map_err(|error| Failure::Use(error.to_string()))?;
    Ok(Core::open(config, Clock::system()).await?)
}

/// Looks, and changes nothing: a running server of another version may be on the same database.
async fn check(config: Config) -> Result<(), Failure> {
    say("configuration: ok");
    let look = Db::look(&config.database.url)
        .await
        .map_err(|error| Failure::Other(format!("database: {error}")))?;
    say(&match look {
        Look::Current => "database: ok".to_owned(),
        Look::Absent => "database: not there yet; the first start makes it".to_owned(),
        Look::Pending(count) if count > 0 => format!("database: ok; the next start migrates it ({count} to come)"),
        Look::Pending(_) => {
            return Err(Failure::Other(
                "database: it was migrated by a newer version of Latchkey".to_owned(),
            ));
        }
    });
    let models = Catalogue::from_config(&config.models, &config.chat).map_err(Failure::Use)?;
    let mut unreachable = Vec::new();
    for model in models.list() {
        let Some(found) = models.get(&model.id) else {
            continue;
        };
        match found.check().await {
            Ok(()) => say(&format!("model {}: ok", model.id)),
            Err(error) => {
                say(&format!("model {}: {}", model.id, error.sentence()));
                unreachable.push(model.id.clone());
            }
        }
    }
    if unreachable.is_empty() {
        return Ok(());
    }
    Err(Failure::Other(format!("cannot be reached: {}", unreachable.join(", "))))
}

async fn user(command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add {
            email,
            name,
            plan,
            admin,
            options,
        } => {
            let core = open(&options).await?;
            let password = read_password()?;
            let new = NewUser {
                email,
                password: password.into(),
                name,
                plan,
                admin,
            };
            let user = accounts::add(&core, new, &Client::local(core.clock.now())).await?;
            print_user(&user);
        }
        UserCommand::List(options) => {
            let core = open(&options).await?;
            let mut page = PageRequest {
                limit: Some(domain::page::MOST),
                cursor: None,
            };
            loop {
                let (users, next) = accounts::list(&core, &page).await?;
                users.iter().for_each(print_user);
                if next.is_none() {
                    break;
                }
                page.cursor = next;
            }
        }
        UserCommand::Delete { email, options } => {
            let core = open(&options).await?;
            accounts::delete_by_email(&core, &email, &Client::local(core.clock.now())).await?;
            say(&format!("deleted {}", email.trim().to_lowercase()));
        }
        UserCommand::Set {
            email,
            plan,
            admin,
            suspend,
            options,
        } => {
            let core = open(&options).await?;
            let role = admin.map(|admin| if admin { Role::Admin } else { Role::User });
            let change = ManageUserRequest {
                plan,
                role,
                suspended: suspend,
            };
            let user = accounts::set_by_email(&core, &email, change, &Client::local(core.clock.now())).await?;
            print_user(&user);
        }
    }
    Ok(())
}

fn read_password() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        eprintln!("Password (is shown while you type; end with Enter and Ctrl-D):");
    }
    let mut password = String::new();
    std::io::stdin()
        .take(1_000)
        .read_to_string(&mut password)
        .map_err(|error| Failure::Use(format!("the password cannot be read from standard input: {error}")))?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

fn print_user(user: &ManagedUser) {
    let role = match user.role {
        Role::Admin => "admin",
        Role::User => "user",
    };
    let state = if user.suspended_at.is_some() {
        "suspended"
    } else {
        "active"
    };
    say(&format!(
        "{}  {}  {role}  {}  {state}  {}",
        user.id, user.email, user.plan, user.created_at
    ));
}

async fn key(command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::List(options) => {
            let core = open(&options).await?;
            let mut page = PageRequest {
                limit: Some(domain::page::MOST),
                cursor: None,
            };
            loop {
                let (keys, next) = api_keys::list_of_everyone(&core, &page).await?;
                for OwnedKey { owner, key } in &keys {
                    let last_used = key.last_used_at.as_deref().unwrap_or("never");
                    let expires = key.expires_at.as_deref().unwrap_or("never");
                    say(&format!(
                        "{}  {}…  {owner}  used {last_used}  expires {expires}  {}",
                        key.id, key.key_prefix, key.name
                    ));
                }
                if next.is_none() {
                    break;
                }
                page.cursor = next;
            }
        }
        KeyCommand::Revoke { id, options } => {
            let core = open(&options).await?;
            api_keys::revoke_by_id(&core, &id, &Client::local(core.clock.now())).await?;
            say(&format!("revoked {id}"));
        }
    }
    Ok(())
}
