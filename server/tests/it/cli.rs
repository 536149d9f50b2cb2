//! The command line, as the real binary.

mod operating;
mod serving;
mod without;
mod wrong_use;
