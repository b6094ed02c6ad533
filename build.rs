//! Builds again when a file is added below `templates/`: the compiler itself only sees changes of those it knows.

fn main() {
    println!("cargo:rerun-if-changed=templates");
}
