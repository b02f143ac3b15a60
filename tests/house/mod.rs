//! The walls: who may import whom, who may do what, and what is called nowhere.

mod access;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Package name -> names of everything it reaches through normal dependencies.
fn reach() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |id: &Value| {
        let package = metadata["packages"].as_array().unwrap().iter().find(|package| package["id"] == *id).unwrap();
        package["name"].as_str().unwrap().to_owned()
    };
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        names.insert(package["id"].as_str().unwrap().to_owned(), package["name"].as_str().unwrap().to_owned());
    }
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let normal = node["deps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dep| dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null()));
        let to = normal.map(|dep| names[dep["pkg"].as_str().unwrap()].clone()).collect();
        direct.insert(name(&node["id"]), to);
    }
    direct
        .keys()
        .map(|package| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![package.clone()]);
            while let Some(next) = open.pop() {
                for to in direct.get(&next).into_iter().flatten() {
                    if seen.insert(to.clone()) {
                        open.push(to.clone());
                    }
                }
            }
            (package.clone(), seen)
        })
        .collect()
}

const SYSTEMS: &[&str] = &["directory", "training"];
const PURE: &[&str] = &["kernel", "directory", "training", "insights", "mail"];

#[test]
fn pure_rooms_reach_no_edge() {
    let reach = reach();
    for room in PURE {
        for to in &reach[*room] {
            let edge =
                to.starts_with("aws-") || to.starts_with("lambda_") || to == "axum" || to == "tokio" || to == "hyper";
            assert!(!edge, "{room} reaches {to}");
        }
    }
}

#[test]
fn systems_never_import_each_other() {
    let reach = reach();
    for one in SYSTEMS {
        for other in SYSTEMS {
            assert!(one == other || !reach[*one].contains(*other), "{one} reaches {other}");
        }
        for room in ["store", "gateways", "web", "runtime", "mail"] {
            assert!(!reach[*one].contains(room), "{one} reaches {room}");
        }
    }
}

#[test]
fn web_and_runtime_know_no_system() {
    let reach = reach();
    for room in ["web", "runtime", "mail", "insights"] {
        for system in SYSTEMS {
            assert!(!reach[room].contains(*system), "{room} reaches {system}");
        }
    }
}

#[test]
fn nothing_in_production_reaches_the_testkit() {
    for (package, to) in reach() {
        assert!(package == "tests" || !to.contains("testkit"), "{package} reaches testkit");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_table_is_never_scanned() {
    let mut files = Vec::new();
    for folder in ["functions", "shared"] {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20, "the sources were not found");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(".scan()"), "{}", file.display());
    }
}

#[test]
fn keys_are_spelt_in_one_module() {
    let mut files = Vec::new();
    for folder in ["functions", "shared"] {
        sources(&root().join(folder), &mut files);
    }
    for file in files {
        let path = file.display().to_string();
        if path.contains("store/src/keys") || path.ends_with("tests.rs") || path.contains("/tests/") {
            continue;
        }
        let code = fs::read_to_string(&file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for prefix in ["\"DIR#", "\"TRAIN#", "\"MAIL#"] {
                assert!(!line.contains(prefix), "{path} spells a key: {line}");
            }
        }
    }
}
