//! What the emitter writes, and that readers get back what was given.
