//! A graph in Graphviz' language, for whoever wants to lay it out in a way of their own.
//!
//! Solid arrows lead from parents to children, dashed ones from whoever is needed to whoever needs it.

use std::fmt::Write as _;

use super::{Graph, text};

impl Graph {
    /// The graph as a DOT digraph, with a line break at its end.
    pub fn to_dot(&self) -> String {
        let mut out = format!("digraph {} {{\n", quoted(&format!("App of Apps of {}", self.environment)));
        out.push_str("  graph [rankdir=TB, fontname=\"sans-serif\", style=rounded, color=gray60];\n");
        out.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n");
        out.push_str("  edge [color=gray40];\n");
        self.roots().for_each(|root| self.dot_application(root, "  ", &mut out));
        let mut clusters = 0;
        for parent in 0..self.applications.len() {
            self.dot_waves(parent, &mut clusters, &mut out);
        }
        for (child, application) in self.applications.iter().enumerate() {
            if let Some(parent) = application.parent {
                let _ = writeln!(out, "  n{parent} -> n{child};");
            }
        }
        for need in self.direct_needs() {
            let reasons = quoted(&need.reasons.join("\n"));
            let _ =
                writeln!(out, "  n{} -> n{} [style=dashed, constraint=false, tooltip={reasons}];", need.to, need.from);
        }
        out.push_str("}\n");
        out
    }

    fn dot_application(&self, index: usize, indent: &str, out: &mut String) {
        let lines = text::lines(self, &self.applications[index]);
        let lines: Vec<_> = lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect();
        let _ = writeln!(out, "{indent}n{index} [label={}];", quoted(&lines.join("\n")));
    }

    /// What `parent` applies, one cluster for each wave; arrows that nobody sees keep them in their order.
    fn dot_waves(&self, parent: usize, clusters: &mut usize, out: &mut String) {
        let mut before: Option<usize> = None;
        for (wave, members) in self.waves(self.children(parent)) {
            let title = match self.applications[parent].parent {
                None => format!("wave {wave}"),
                Some(_) => format!("{}, wave {wave}", self.applications[parent].name),
            };
            let _ = writeln!(out, "  subgraph cluster_{clusters} {{\n    label={};", quoted(&title));
            *clusters += 1;
            for index in &members {
                self.dot_application(*index, "    ", out);
            }
            out.push_str("  }\n");
            if let Some(before) = before {
                let _ = writeln!(out, "  n{before} -> n{} [style=invis];", members[0]);
            }
            before = members.first().copied();
        }
    }
}

/// A quoted string of DOT: a quote and a backslash are escaped, a line break stands for itself.
fn quoted(text: &str) -> String {
    let mut safe = String::from('"');
    for character in text.chars() {
        match character {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            '\n' => safe.push_str("\\n"),
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe.push('"');
    safe
}
