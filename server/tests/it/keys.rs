//! API keys: made, shown once, judged on every request.

mod verification;
