//! stub
pub struct Server;
