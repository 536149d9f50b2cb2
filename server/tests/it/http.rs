//! The edge: what every request and every answer goes through.

mod bodies;
mod browsers;
mod headers;
mod routes;
mod sockets;
