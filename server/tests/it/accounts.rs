//! Accounts: register, sign in, sign out, who am I, and what administrators change.

mod administration;
mod attempts;
mod cookies;
mod credentials;
mod directory;
mod functions;
mod registration;
mod sessions;
mod sign_in;
mod tokens;
mod way;
