//! Walks of one datum through the whole program.
