//! Builds the server anew when GraphiQL's assets were built or changed: they are embedded.

use std::path::Path;

fn main() {
    // A path that is missing would count as changed at every build.
    let built = Path::new("graphiql/dist").exists();
    let watched = if built { "graphiql/dist" } else { "graphiql" };
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={watched}");
}
