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
mod projects;
mod restart;
mod search;
mod settings;
mod teams;
mod templates;
mod threads;
mod upgrade;
mod usage;
