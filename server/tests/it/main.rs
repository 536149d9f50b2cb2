//! Integration tests: the whole server behind a real socket, on both databases.

mod support;

mod accounts;
mod chat;
mod cli;
mod http;
mod idempotency;
mod keys;
mod plans;
mod restart;
mod threads;
