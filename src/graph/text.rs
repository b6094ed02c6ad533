//! What the pictures say about an Application, and how much room that takes.

use super::{Application, Graph};

/// What stands in the box of `application`: its name, what it installs, and where.
pub(super) fn lines(graph: &Graph, application: &Application) -> [String; 3] {
    let parent = application.parent.map(|parent| &graph.applications[parent]);
    let mut place = Vec::new();
    if !application.namespace.is_empty() {
        place.push(format!("→ {}", application.namespace));
    }
    // Where the project is another one than the parent's, a frame says so.
    let shared = parent.is_none_or(|parent| parent.project == application.project);
    if shared && application.project != application.name {
        place.push(format!("project {}", application.project));
    }
    [application.name.clone(), content(graph, application, parent), place.join(" · ")]
}

/// What `application` installs, without what its name and its parent say already.
fn content(graph: &Graph, application: &Application, parent: Option<&Application>) -> String {
    if let [chart] = &application.charts[..]
        && chart.name == application.name
    {
        return format!("chart {}", chart.version);
    }
    let above = parent.and_then(|parent| parent.paths.first()).map(|path| format!("{path}/"));
    let own = format!("out/{}/", graph.environment);
    let short = |path: &String| {
        let inner = above.as_ref().and_then(|above| path.strip_prefix(above.as_str())).map(|rest| format!("…/{rest}"));
        inner.unwrap_or_else(|| path.strip_prefix(&own).unwrap_or(path).to_owned())
    };
    if application.charts.is_empty() {
        return application.paths.iter().map(short).collect::<Vec<_>>().join(", ");
    }
    application.content()
}

/// What a picture shows, for those who do not see it.
pub(super) fn summary(graph: &Graph) -> String {
    let name = |index: usize| graph.applications[index].name.as_str();
    let mut sentences = Vec::new();
    for parent in 0..graph.applications.len() {
        let waves = graph.waves(graph.children(parent));
        let waves: Vec<_> = waves
            .iter()
            .map(|(wave, members)| {
                format!("wave {wave}: {}", members.iter().map(|index| name(*index)).collect::<Vec<_>>().join(", "))
            })
            .collect();
        if !waves.is_empty() {
            sentences.push(format!("{} applies, in this order, {}.", name(parent), waves.join("; ")));
        }
    }
    sentences.join(" ")
}

/// The width of `text` in a sans-serif font of `size`, rather too large than too small: nobody knows the reader's fonts.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let share = |character: char| match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' => 0.76,
        ' ' | '-' | '/' | '(' | ')' | 'f' | 'r' | 't' => 0.44,
        character if character.is_ascii() => 0.62,
        _ => 1.1,
    };
    text.chars().map(share).sum::<f64>() * size
}

/// `text`, shortened so that it is at most `room` wide.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut short: Vec<char> = text.chars().collect();
    while !short.is_empty() {
        short.pop();
        let candidate: String = short.iter().chain(&['…']).collect();
        if width(&candidate, size) <= room {
            return candidate;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_cut_to_the_room() {
        assert_eq!(fitted("short", 12.0, 200.0), "short");
        let long = "a-name-that-goes-on-and-on-until-nobody-reads-it-any-more";
        let cut = fitted(long, 12.0, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0) <= 100.0, "{cut}");
        assert!(cut.chars().count() > 8, "{cut}");
        assert_eq!(fitted("wide", 12.0, 1.0), "");
    }
}
