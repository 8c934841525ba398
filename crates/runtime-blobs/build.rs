//! Builds the runtimes one after another in one target folder, so that what they share is compiled once.
//!
//! `substrate-wasm-builder` gives every runtime a target folder of its own, `wbuild/<runtime>/target`; here each of them is a
//! link to one folder. That needs the builds not to run at the same time, which is why one build script makes
//! them all.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use substrate_wasm_builder::WasmBuilder;

/// Crate and folder of each runtime. The name of the crate with underscores is that of the generated file.
const RUNTIMES: &[(&str, &str)] = &[("autonomys-runtime", "runtime")];

fn main() {
    let workspace = workspace();
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR; qed"));
    for variable in [
        "SKIP_WASM_BUILD",
        "RUNTIME_BLOBS_DIR",
        "WASM_BUILD_CARGO_ARGS",
    ] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rerun-if-changed=build.rs");

    if env::var_os("SKIP_WASM_BUILD").is_some() {
        for (name, _) in RUNTIMES {
            write_constant(&out_dir, name, "None");
        }
        return;
    }
    if let Some(directory) = env::var_os("RUNTIME_BLOBS_DIR") {
        for (name, _) in RUNTIMES {
            embed_prebuilt(&out_dir, name, Path::new(&directory));
        }
        return;
    }

    prepare_environment(&workspace);
    for (name, folder) in RUNTIMES {
        share_target(&out_dir, name);
        // Declares what the result depends on, sources and Cargo.lock, by itself
        WasmBuilder::new()
            .with_project(workspace.join(folder).join("Cargo.toml"))
            .expect("the folder of every runtime has a manifest")
            .import_memory()
            .export_heap_base()
            .set_file_name(file_stem(name))
            .build();
    }
}

fn workspace() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR; qed");
    let workspace = Path::new(&manifest).join("../..");
    workspace
        .canonicalize()
        .unwrap_or_else(|error| panic!("no workspace at {}: {error}", workspace.display()))
}

/// An overflow in a runtime is a failed transaction and never a wrong balance. The builder takes none of the workspace's
/// profiles.
const CARGO_ARGS: &str = "--config profile.release.overflow-checks=true";

/// What the nested cargo must and must not see.
#[expect(
    unsafe_code,
    reason = "the builder reads its settings from the environment only"
)]
fn prepare_environment(workspace: &Path) {
    let cargo_args = match env::var("WASM_BUILD_CARGO_ARGS") {
        Ok(more) => format!("{CARGO_ARGS} {more}"),
        Err(_) => CARGO_ARGS.to_owned(),
    };
    // SAFETY: the build script has one thread so far.
    unsafe {
        env::set_var("WASM_BUILD_CARGO_ARGS", cargo_args);
        // The target folder may be outside of the workspace, and the builder looks for Cargo.lock above it
        env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
        // Set where the build is clippy's; would lint the runtimes instead of building them
        env::remove_var("RUSTC_WORKSPACE_WRAPPER");
    }
}

/// Makes `wbuild/<runtime>/target` a link to `wbuild/.shared`.
#[cfg(unix)]
fn share_target(out_dir: &Path, name: &str) {
    let link = || -> io::Result<()> {
        // <target>/<profile>/build/<package>/out
        let profile = out_dir.ancestors().nth(3).ok_or(io::ErrorKind::NotFound)?;
        let shared = profile.join("wbuild/.shared");
        let project = profile.join("wbuild").join(name);
        let target = project.join("target");
        fs::create_dir_all(&shared)?;
        fs::create_dir_all(&project)?;
        if fs::read_link(&target).is_ok_and(|to| to == shared) {
            return Ok(());
        }
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&target)?,
            Ok(_) => fs::remove_file(&target)?,
            Err(_) => {}
        }
        std::os::unix::fs::symlink(&shared, &target)
    };
    if let Err(error) = link() {
        println!("cargo::warning=runtimes are compiled apart, which takes longer: {error}");
    }
}

#[cfg(not(unix))]
fn share_target(_: &Path, _: &str) {}

fn embed_prebuilt(out_dir: &Path, name: &str, directory: &Path) {
    let blob = directory.join(format!("{}.compact.compressed.wasm", file_stem(name)));
    println!("cargo::rerun-if-changed={}", blob.display());
    let blob = blob.canonicalize().unwrap_or_else(|error| {
        panic!(
            "RUNTIME_BLOBS_DIR has no {}: {error}; put the runtime there or unset the variable",
            blob.display()
        )
    });
    write_constant(out_dir, name, &format!("Some(include_bytes!({blob:?}))"));
}

fn write_constant(out_dir: &Path, name: &str, value: &str) {
    let file = out_dir.join(file_stem(name));
    let text = format!("pub const WASM_BINARY: Option<&[u8]> = {value};\n");
    if fs::read_to_string(&file).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(&file, text)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
}

fn file_stem(name: &str) -> String {
    name.replace('-', "_")
}
