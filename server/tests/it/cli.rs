//! The command line, as the real binary.

mod operating;
mod serving;
mod wrong_use;
