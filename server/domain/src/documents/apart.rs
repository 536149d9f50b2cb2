//! Reading files apart: in a process of its own, whose memory and time the system holds within limits.
//!
//! `latchkey` starts itself as `latchkey read-document KIND`, writes the file to its standard input and reads the text from
//! its standard output. However a file ends that process (a stack without end, all of its memory, no end at all), the
//! server goes on, and what it cost is free again. The process has nothing of the server's environment.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use types::documents::DocumentKind;

use super::extract::{self, Unread};

/// Name of the command.
pub const COMMAND: &str = "read-document";

/// How long reading one file may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes of memory it may take.
const MOST_MEMORY: u64 = 1 << 30;
/// Bytes of addresses, of which the memory is a part: the binary and what allocators set aside are others.
const MOST_ADDRESSES: u64 = 4 << 30;
/// Seconds of a processor it may take; the server's patience ends before, unless the server itself has ended.
const MOST_SECONDS: u64 = 90;
/// Bytes of its stack: pages of the web are nested as deep as their makers' templates.
const STACK: usize = 256 << 20;
/// Bytes of text that are listened to: more than any document may have.
const MOST_TEXT: u64 = 16 << 20;

/// The exit code with which the output is a sentence for whoever sent the file.
const REFUSED: u8 = 3;

/// Why a file could not be read.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is not what it seems to be, or a library gave up on it.
    Damaged,
    /// It would have taken more memory, time or stack than a file may take, or more text came out of it.
    TooMuch,
    /// What to tell whoever sent it.
    Refused(String),
    /// There was no process to read it.
    NotStarted(std::io::Error),
}

/// The text of a file, read by another process of this program.
pub(super) async fn text(program: Option<&Path>, kind: DocumentKind, file: &[u8]) -> Result<String, Failure> {
    within(PATIENCE, program, kind, file).await
}

async fn within(
    patience: Duration,
    program: Option<&Path>,
    kind: DocumentKind,
    file: &[u8],
) -> Result<String, Failure> {
    match tokio::time::timeout(patience, asked(program, kind, file)).await {
        Ok(read) => read,
        // The process ends with what was asked of it.
        Err(_) => Err(Failure::TooMuch),
    }
}

async fn asked(program: Option<&Path>, kind: DocumentKind, file: &[u8]) -> Result<String, Failure> {
    let program = match program {
        Some(program) => program.to_owned(),
        None => this_program().map_err(Failure::NotStarted)?,
    };
    let mut child = Command::new(program)
        .args([COMMAND, kind.as_str()])
        .env_clear()
        // What the allocator sets aside at its start would be all of the memory there is.
        .env("MIMALLOC_ARENA_RESERVE", "32MiB")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(Failure::NotStarted)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let writing = async move {
        if let Some(mut stdin) = stdin {
            // It may have ended before it has read all: then its end says why.
            _ = stdin.write_all(file).await;
            _ = stdin.shutdown().await;
        }
    };
    let reading = async move {
        let mut text = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(MOST_TEXT + 1).read_to_end(&mut text).await?;
        }
        Ok::<_, std::io::Error>(text)
    };
    let ((), text) = tokio::join!(writing, reading);
    let text = text.map_err(Failure::NotStarted)?;
    if text.len() as u64 > MOST_TEXT {
        return Err(Failure::TooMuch);
    }
    let ended = child.wait().await.map_err(Failure::NotStarted)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    match ended.code() {
        Some(0) => Ok(text),
        Some(code) if code == i32::from(REFUSED) => Err(Failure::Refused(text)),
        Some(_) => Err(Failure::Damaged),
        // It did not end by itself.
        None => Err(Failure::TooMuch),
    }
}

/// The program as it runs, also when another version has taken the place of its file.
fn this_program() -> std::io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        Ok(running.to_owned())
    } else {
        std::env::current_exe()
    }
}

/// What the process does: reads a file of this kind from standard input and writes its text to standard output.
pub fn read_document(kind: &str) -> ExitCode {
    let Some(kind) = DocumentKind::named(kind) else {
        return ExitCode::from(2);
    };
    hold();
    let reading = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let mut file = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut file)
            .map_err(|error| Unread::Damaged(error.to_string()))?;
        extract::text(kind, &file)
    });
    let read = reading.map(std::thread::JoinHandle::join);
    let (said, code) = match read {
        Ok(Ok(Ok(text))) => (text, ExitCode::SUCCESS),
        Ok(Ok(Err(Unread::Refused(sentence)))) => (sentence.to_owned(), ExitCode::from(REFUSED)),
        Ok(Ok(Err(Unread::Damaged(_))) | Err(_)) | Err(_) => return ExitCode::FAILURE,
    };
    match std::io::stdout().write_all(said.as_bytes()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Lets the system hold this process within limits; what is narrower already stays so.
fn hold() {
    for (what, most) in [
        (Resource::Data, MOST_MEMORY),
        (Resource::As, MOST_ADDRESSES),
        (Resource::Cpu, MOST_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ] {
        let most = getrlimit(what).maximum.map_or(most, |maximum| maximum.min(most));
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        // Where the system knows no such limit there is none; the server's patience still is.
        _ = setrlimit(what, limit);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program that does this.
    fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// One test for all of it: a program that is written while another is started can't be started itself.
    #[tokio::test]
    async fn what_a_process_says_and_how_it_ends_is_understood() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let read = async |name: &str, script: &str| {
            let program = program(folder, name, script);
            within(Duration::from_mins(1), Some(&program), DocumentKind::Pdf, b"a file").await
        };
        let said = read("says", "echo \"$@\"; cat").await;
        assert_eq!(said.unwrap(), "read-document pdf\na file");
        assert!(matches!(read("refuses", "echo Why; exit 3").await, Err(Failure::Refused(why)) if why == "Why\n"));
        assert!(matches!(
            read("fails", "echo Half; exit 1").await,
            Err(Failure::Damaged)
        ));
        assert!(matches!(read("dies", "kill -SEGV $$").await, Err(Failure::TooMuch)));
        assert!(matches!(read("talks", "yes").await, Err(Failure::TooMuch)));
        let nothing = within(PATIENCE, Some(&folder.join("none")), DocumentKind::Pdf, b"").await;
        assert!(matches!(nothing, Err(Failure::NotStarted(_))));

        // One that does not end is ended, after however long it took to begin.
        let note = folder.join("pid");
        let program = program(
            folder,
            "stays",
            &format!("echo $$ > {}; exec sleep 1000", note.display()),
        );
        let mut patience = Duration::from_millis(500);
        while std::fs::read_to_string(&note).map_or(true, |pid| pid.is_empty()) {
            patience *= 2;
            let read = within(patience, Some(&program), DocumentKind::Pdf, b"a file").await;
            assert!(matches!(read, Err(Failure::TooMuch)), "{read:?}");
        }
        let pid = std::fs::read_to_string(&note).unwrap();
        let process = format!("/proc/{}/cmdline", pid.trim());
        // What has ended has no command line, even before somebody has asked for its end.
        let is_over = || std::fs::read(&process).map_or(true, |line| line.is_empty());
        let over = async {
            while !is_over() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), over).await.unwrap();
    }
}
