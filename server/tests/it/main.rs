//! Integration tests: the whole server behind a real socket, on both databases.

mod support;

mod accounts;
mod chat;
mod cli;
mod export;
mod http;
mod idempotency;
mod keys;
mod live;
mod plans;
mod restart;
mod settings;
mod threads;
mod upgrade;
