//! The default templates are compiled in: a template that is added, changed or removed builds the program anew.

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
