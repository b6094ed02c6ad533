//! The values that a chart gets: ours over its defaults, and those of the charts in it, as Helm puts them together.

use serde_json::{Map, Value};

use crate::charts::contents::{Chart, Dependency};

/// The key whose values every chart below gets too.
pub(super) const GLOBAL: &str = "global";

/// The values of `chart` when `ours` are given to it.
pub(super) fn coalesce(chart: &Chart, ours: &Value) -> Value {
    let all = with_charts(chart, ours, &|_| true);
    // Switches may stand in the defaults of the very charts that they switch, so those take part once.
    with_charts(chart, ours, &|dependency| is_enabled(dependency, &all))
}

fn with_charts(chart: &Chart, ours: &Value, wanted: &dyn Fn(&Dependency) -> bool) -> Value {
    let mut values = chart.default_data();
    lay_over(&mut values, ours);
    let Value::Object(map) = &mut values else { return values };
    let global = map.get(GLOBAL).cloned();
    for dependency in chart.dependencies.iter().filter(|dependency| wanted(dependency)) {
        let Some(below) = chart.charts.get(&dependency.name) else { continue };
        let given = map.remove(&dependency.key).unwrap_or(Value::Null);
        let given = match given {
            Value::Null => Value::Object(Map::new()),
            // The schema says what is wrong with it.
            Value::Object(_) => given,
            other => {
                map.insert(dependency.key.clone(), other);
                continue;
            }
        };
        let mut values = coalesce(below, &given);
        if let Value::Object(values) = &mut values {
            let own = values.entry(GLOBAL).or_insert_with(|| Value::Object(Map::new()));
            if let Some(global @ Value::Object(_)) = &global {
                lay_over(own, global);
            }
        }
        map.insert(dependency.key.clone(), values);
    }
    values
}

/// Whether a chart below is installed. `values` are those of the chart above it.
pub(super) fn is_enabled(dependency: &Dependency, values: &Value) -> bool {
    let at = |path: &[String]| path.iter().try_fold(values, |value, key| value.get(key)).and_then(Value::as_bool);
    if let Some(switch) = dependency.conditions.iter().find_map(|path| at(path)) {
        return switch;
    }
    let tags = values.get("tags");
    let switches: Vec<_> = dependency.tags.iter().filter_map(|tag| tags?.get(tag)?.as_bool()).collect();
    switches.is_empty() || switches.contains(&true)
}

/// Lays `over` on `below`: maps merge, everything else replaces, null takes away.
fn lay_over(below: &mut Value, over: &Value) {
    let Value::Object(over) = over else { return };
    let Value::Object(below) = below else {
        *below = Value::Object(over.clone());
        return;
    };
    for (key, value) in over {
        match (below.get_mut(key), value) {
            (_, Value::Null) => {
                below.shift_remove(key);
            }
            (Some(below @ Value::Object(_)), Value::Object(_)) => lay_over(below, value),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}
