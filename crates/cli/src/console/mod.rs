//! What `console` is made of: what a line means, what names there are, and an editor for lines on a terminal.

pub mod editor;
pub mod entry;
pub mod names;
