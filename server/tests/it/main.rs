//! Integration tests: the whole server behind a real socket, on both databases.

mod support;

mod accounts;
mod archive;
mod chat;
mod cli;
mod deletion;
mod documents;
mod export;
mod http;
mod idempotency;
mod isolation;
mod keys;
mod live;
mod matrix;
mod openai;
mod pages;
mod plans;
mod projects;
mod reference;
mod restart;
mod search;
mod settings;
mod teams;
mod templates;
mod threads;
mod upgrade;
mod usage;
mod workspaces;
