//! The real binary, with a configuration file of its own.
#![expect(clippy::unwrap_used, reason = "a test that can't start the program has failed")]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::database::Database;

/// A folder with a configuration file; gone with the value.
pub(crate) struct Program {
    folder: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A server under way; killed with the value.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Program {
    /// On a database, with keys switched on and `more` at the end of the file.
    pub(crate) fn on(database: &Database, more: &str) -> Self {
        Self::configured(&format!(
            "server.address = '127.0.0.1:0'\ndatabase.url = '{}'\napi.enabled = true\n{more}\n",
            database.url
        ))
    }

    /// With this text as configuration.
    pub(crate) fn configured(text: &str) -> Self {
        let program = Self::without_file();
        std::fs::write(program.folder.join("latchkey.toml"), text).unwrap();
        program
    }

    /// In a folder without a configuration file.
    pub(crate) fn without_file() -> Self {
        let folder = std::env::temp_dir().join(format!("latchkey_{}", domain::clock::new_id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("NO_COLOR", "1");
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], "").await
    }

    /// Runs a command to its end with environment variables and something on its standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ended {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        let input = input.to_owned();
        let ended = tokio::task::spawn_blocking(move || {
            let mut child = command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // A command that doesn't read its input may have closed it already.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        });
        let ended = ended.await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended {
            code: ended.status.code(),
            out: text(ended.stdout),
            err: text(ended.stderr),
        }
    }

    /// Starts serving and waits until it listens.
    pub(crate) async fn serve(&self) -> Serving {
        let mut command = self.command(&["serve"]);
        let serving = tokio::task::spawn_blocking(move || {
            let mut child = command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap())
                .read_line(&mut line)
                .unwrap();
            let url = line.trim().rsplit(' ').next().unwrap().to_owned();
            Serving { child, url }
        });
        serving.await.unwrap()
    }
}

impl Serving {
    /// Sends a signal, by its name, and waits for the end; the exit code.
    pub(crate) async fn signal(mut self, name: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
        tokio::task::spawn_blocking(move || self.child.wait().unwrap().code())
            .await
            .unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
