//! Writes `docs/kpis.md` from the registry: `cargo run -p insights --example kpis`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::create_dir_all(&docs)?;
    fs::write(docs.join("kpis.md"), insights::markdown())?;
    Ok(())
}
