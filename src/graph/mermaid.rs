//! A graph as a Mermaid flowchart, which GitHub draws in Markdown.
//!
//! A wave is a box of its own; an arrow leads from a parent to its first wave and from each wave to the next, which keeps
//! the picture readable where an arrow to each Application would not. A dotted arrow leads from whoever is needed to
//! whoever needs it: all arrows run the way that time does.

use std::fmt::Write as _;

use super::{Graph, text};

impl Graph {
    /// The graph as Mermaid text, with a line break at its end.
    pub fn to_mermaid(&self) -> String {
        let title = escaped(&format!("App of Apps of {}", self.environment));
        let mut chart = Chart { graph: self, text: format!("flowchart TB\n  accTitle: {title}\n"), boxes: 0 };
        self.roots().for_each(|root| chart.application(root, 1));
        self.roots().for_each(|root| chart.below(root));
        for need in self.direct_needs() {
            let _ = writeln!(chart.text, "  n{} -.-> n{}", need.to, need.from);
        }
        chart.text
    }
}

struct Chart<'g> {
    graph: &'g Graph,
    text: String,
    /// How many boxes of waves and projects there are so far: their ids are numbers.
    boxes: usize,
}

impl Chart<'_> {
    fn application(&mut self, index: usize, depth: usize) {
        let lines = text::lines(self.graph, &self.graph.applications[index]);
        let lines: Vec<_> = lines.iter().filter(|line| !line.is_empty()).map(|line| escaped(line)).collect();
        let _ = writeln!(self.text, "{:1$}n{index}[\"{2}\"]", "", depth * 2, lines.join("<br>"));
    }

    /// The waves that `parent` applies, and those below them.
    fn below(&mut self, parent: usize) {
        let graph = self.graph;
        let mut before = format!("n{parent}");
        for (wave, members) in graph.waves(graph.children(parent)) {
            let own = graph.applications[parent].parent.map(|_| format!("{}, ", graph.applications[parent].name));
            let id = self.open(&format!("{}wave {wave}", own.unwrap_or_default()), 1);
            self.members(parent, &members);
            self.text.push_str("  end\n");
            let _ = writeln!(self.text, "  {before} --> {id}");
            before = id;
            for member in members {
                self.below(member);
            }
        }
    }

    /// The Applications of a wave. Those of another project than their parent's stand in a box of their own, unless it
    /// is called as they are.
    fn members(&mut self, parent: usize, members: &[usize]) {
        let project = |index: &usize| self.graph.applications[*index].project.as_str();
        let mut projects: Vec<(&str, Vec<usize>)> = Vec::new();
        for index in members {
            match projects.iter_mut().find(|(name, _)| *name == project(index)) {
                Some((_, known)) => known.push(*index),
                None => projects.push((project(index), vec![*index])),
            }
        }
        for (name, members) in projects {
            let graph = self.graph;
            let is_plain = name == graph.applications[parent].project
                || members.iter().all(|index| graph.applications[*index].name == name);
            if is_plain {
                for index in members {
                    self.application(index, 2);
                }
                continue;
            }
            self.open(&format!("project {name}"), 2);
            for index in members {
                self.application(index, 3);
            }
            self.text.push_str("    end\n");
        }
    }

    /// Opens a box and returns its id.
    fn open(&mut self, title: &str, depth: usize) -> String {
        let id = format!("b{}", self.boxes);
        self.boxes += 1;
        let _ = writeln!(self.text, "{:1$}subgraph {id}[\"{2}\"]", "", depth * 2, escaped(title));
        id
    }
}

/// Text that ends no quotes, starts no markup and stays on its line: Mermaid reads `#…;` as a character.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | ';' | '%' => {
                let _ = write!(safe, "#{};", u32::from(character));
            }
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}
