//! The edge: what every request and every answer goes through.

mod bodies;
mod browsers;
mod connections;
mod functions;
mod headers;
mod routes;
mod sockets;
