//! Plans: ordered steps from what is there to what is wanted, as plain data.
