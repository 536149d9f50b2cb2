//! Integration tests: the whole server behind a real socket, on both databases.

mod support;

mod accounts;
mod keys;
mod threads;
