//! API keys: made, shown once, judged on every request.

mod lifecycle;
mod limits;
mod listing;
mod other_processes;
mod page;
mod paths;
mod patterns;
mod presenting;
mod races;
mod rules;
mod secrecy;
mod teams;
mod usage;
mod verification;
