//! The server carries the built front end inside; a new build of it is a reason to build the server anew.

fn main() {
    println!("cargo::rerun-if-changed=../target/site");
}
