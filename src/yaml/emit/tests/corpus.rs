//! Writes what the referees in `tests/conformance/yaml/` judge.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::emit;
use super::strings::{Random, difficult, everywhere};

/// Writes `records.jsonl`, with pairs of data and our YAML for it, and one Kubernetes object with its expected data.
#[test]
#[ignore = "only for the referees: writes to the folder that SUPERCARGO_YAML_CORPUS names"]
fn write() {
    let folder = PathBuf::from(std::env::var_os("SUPERCARGO_YAML_CORPUS").expect("SUPERCARGO_YAML_CORPUS is not set"));
    let mut random = Random(20_260_101);
    let mut strings = difficult();
    strings.extend((0..5_000).map(|_| random.string()));

    let mut records = String::new();
    let mut record = |expected: &Value| {
        let line = json!({"yaml": emit(expected), "expected": expected});
        writeln!(records, "{line}").unwrap();
    };
    for text in &strings {
        record(&everywhere(text));
        record(&Value::String(text.clone()));
    }
    for _ in 0..2_000 {
        record(&random.value(4));
    }
    let data: Map<_, _> =
        strings.iter().enumerate().map(|(at, text)| (format!("s{at}"), text.as_str().into())).collect();
    let data = Value::Object(data);
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "strings"}, "data": data});

    std::fs::write(folder.join("records.jsonl"), records).unwrap();
    std::fs::write(folder.join("configmap.yaml"), emit(&object)).unwrap();
    std::fs::write(folder.join("configmap-data.json"), data.to_string()).unwrap();
}
