//! The default templates are compiled in: a template that is added, changed or removed builds the program anew.

#![expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
