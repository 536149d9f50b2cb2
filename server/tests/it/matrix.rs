//! Who may do what to whose rows: every route, every kind of caller, every kind of row, from one table.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod cast;
mod cells;
mod complete;
mod functions;
mod rules;
mod table;
