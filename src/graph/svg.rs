//! A placed graph as SVG: shapes and text without a script, readable by light and in the dark.
//!
//! Colours are custom properties that [`THEME`] sets, and [`STYLE`] uses. A picture of its own carries both; one that
//! stands in a page leaves them to it, since a page may allow no style but the one that it names.

use std::fmt::Write as _;

use super::layout::{Area, Layout, Point, layout};
use super::{Graph, text};

/// How many colours there are for those who are needed; behind the last one they begin anew.
const COLORS: usize = 8;

/// What the picture looks like, in terms of the custom properties of [`THEME`].
pub const STYLE: &str = include_str!("svg/style.css");

/// The colours of a picture that stands alone, by light and in the dark.
pub const THEME: &str = include_str!("svg/theme.css");

impl Graph {
    /// The graph as an SVG document, with a line break at its end.
    pub fn to_svg(&self) -> String {
        Self::stacked_svg(&[self])
    }

    /// Several graphs as one SVG document, one below the other.
    pub fn stacked_svg(graphs: &[&Self]) -> String {
        let layouts: Vec<_> = graphs.iter().map(|graph| layout(graph)).collect();
        let width = layouts.iter().map(|layout| layout.width).fold(0.0, f64::max);
        let height: f64 = layouts.iter().map(|layout| layout.height + HEADING).sum();
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"img\" width=\"{0}\" height=\"{1}\" \
             viewBox=\"0 0 {0} {1}\" aria-labelledby=\"graph-title graph-description\">\n",
            Number(width),
            Number(height)
        );
        let names: Vec<_> = graphs.iter().map(|graph| graph.environment.as_str()).collect();
        let title = escaped(&format!("App of Apps of {}", names.join(", ")));
        let description: Vec<_> = graphs.iter().map(|graph| text::summary(graph)).collect();
        let _ = writeln!(out, "<title id=\"graph-title\">{title}</title>");
        let _ = writeln!(out, "<desc id=\"graph-description\">{}</desc>", escaped(&description.join(" ")));
        let _ = writeln!(out, "<style>\n{THEME}{STYLE}</style>");
        let _ = writeln!(out, "<rect class=\"paper\" width=\"{}\" height=\"{}\"/>", Number(width), Number(height));
        let mut top = 0.0;
        for (graph, layout) in graphs.iter().zip(&layouts) {
            let _ = writeln!(out, "<g transform=\"translate(0 {})\">", Number(top));
            let heading = escaped(&format!("App of Apps of {}", graph.environment));
            let _ = writeln!(out, "<text class=\"heading\" x=\"16\" y=\"30\">{heading}</text>");
            let _ = writeln!(out, "<g transform=\"translate(0 {})\">", Number(HEADING));
            draw(graph, layout, &mut out);
            out.push_str("</g>\n</g>\n");
            top += layout.height + HEADING;
        }
        out.push_str("</svg>\n");
        out
    }

    /// The graph as an SVG element of a page whose style holds [`STYLE`] and sets the properties of [`THEME`].
    pub fn to_svg_element(&self) -> String {
        let layout = layout(self);
        let id = escaped(&format!("graph-{}", self.environment));
        let mut out = format!(
            "<svg class=\"graph\" role=\"img\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" \
             aria-labelledby=\"{id}-title\" aria-describedby=\"{id}-description\">\n",
            Number(layout.width),
            Number(layout.height)
        );
        let title = escaped(&format!("App of Apps of {}", self.environment));
        let _ = writeln!(out, "<title id=\"{id}-title\">{title}</title>");
        let _ = writeln!(out, "<desc id=\"{id}-description\">{}</desc>", escaped(&text::summary(self)));
        draw(self, &layout, &mut out);
        out.push_str("</svg>");
        out
    }
}

/// The room for the title of a picture that stands alone.
const HEADING: f64 = 36.0;

fn draw(graph: &Graph, layout: &Layout, out: &mut String) {
    for band in &layout.bands {
        rectangle(out, "band", band.area, 0.0);
        let (x, y) = (16.0, band.middle);
        let _ = writeln!(out, "<text class=\"small\" x=\"{}\" y=\"{}\">wave</text>", Number(x), Number(y - 10.0));
        let wave = band.wave.to_string().replace('-', "−");
        let _ = writeln!(out, "<text class=\"wave\" x=\"{}\" y=\"{}\">{wave}</text>", Number(x), Number(y + 14.0));
    }
    for frame in &layout.frames {
        rectangle(out, "frame", frame.area, 8.0);
        let (x, y) = (frame.area.x + 9.0, frame.area.y + 15.0);
        let title = text::fitted(&format!("project {}", frame.project), 11.0, frame.area.width - 18.0);
        let _ =
            writeln!(out, "<text class=\"small\" x=\"{}\" y=\"{}\">{}</text>", Number(x), Number(y), escaped(&title));
    }
    for way in &layout.branches {
        let _ = writeln!(out, "<path class=\"branch\" d=\"{}\"/>", path(&way.points));
    }
    for (way, need) in layout.needs.iter().zip(&graph.needs) {
        let color = color(layout, way.to);
        let [from, to] = [way.from, way.to].map(|index| escaped(&graph.applications[index].name));
        let reasons = escaped(&need.reasons.join(", "));
        let _ = writeln!(
            out,
            "<g class=\"need color-{color}\"><title>{from} needs {to}: {reasons}</title><path d=\"{}\"/>{}</g>",
            path(&way.points),
            arrow(&way.points)
        );
    }
    for (index, area) in layout.boxes.iter().enumerate() {
        if let Some(area) = area {
            application(graph, layout, index, *area, out);
        }
    }
    for (index, (x, y)) in &layout.tracks {
        let _ = writeln!(
            out,
            "<g class=\"key color-{}\"><path d=\"M{} {}h18\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            color(layout, *index),
            Number(*x),
            Number(y + 10.0),
            Number(x + 24.0),
            Number(y + 14.0),
            escaped(&graph.applications[*index].name)
        );
    }
}

fn application(graph: &Graph, layout: &Layout, index: usize, area: Area, out: &mut String) {
    let application = &graph.applications[index];
    let needed = layout.tracks.iter().any(|(track, _)| *track == index);
    let class =
        if needed { format!("application needed color-{}", color(layout, index)) } else { "application".into() };
    let lines = text::lines(graph, application);
    let said: Vec<_> = lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect();
    let _ = writeln!(out, "<g class=\"{class}\"><title>{}</title>", escaped(&said.join("\n")));
    rectangle(out, "box", area, 7.0);
    if needed {
        // The colour of its track, as a mark at the edge.
        let mark = Area { x: area.x, y: area.y + 12.0, width: 4.0, height: area.height - 24.0 };
        rectangle(out, "mark", mark, 2.0);
    }
    for (line, class, size, y) in [(0, "name", 13.0, 21.0), (1, "content", 11.5, 38.0), (2, "content", 11.5, 54.0)] {
        let short = text::fitted(&lines[line], size, area.width - 26.0);
        if !short.is_empty() {
            let (x, y) = (Number(area.x + 13.0), Number(area.y + y));
            let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(&short));
        }
    }
    out.push_str("</g>\n");
}

fn color(layout: &Layout, needed: usize) -> usize {
    layout.tracks.iter().position(|(index, _)| *index == needed).unwrap_or_default() % COLORS
}

fn rectangle(out: &mut String, class: &str, area: Area, radius: f64) {
    let [x, y, width, height, radius] = [area.x, area.y, area.width, area.height, radius].map(Number);
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
    );
}

/// A line through `points` whose corners are round where there is room.
fn path(points: &[Point]) -> String {
    let mut data = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| points.get(before));
        match (before, points.get(index + 1)) {
            (None, _) => drop(write!(data, "M{} {}", Number(x), Number(y))),
            (Some(_), None) => drop(write!(data, "L{} {}", Number(x), Number(y))),
            (Some(&before), Some(&after)) => {
                let (enter, leave) = (near((x, y), before), near((x, y), after));
                let _ = write!(
                    data,
                    "L{} {}Q{} {} {} {}",
                    Number(enter.0),
                    Number(enter.1),
                    Number(x),
                    Number(y),
                    Number(leave.0),
                    Number(leave.1)
                );
            }
        }
    }
    data
}

/// The point on the way from `corner` to `other` where the round part of the corner ends.
fn near(corner: Point, other: Point) -> Point {
    let (x, y) = (other.0 - corner.0, other.1 - corner.1);
    let length = x.hypot(y);
    let share = if length > 0.0 { (length / 2.0).min(5.0) / length } else { 0.0 };
    (x.mul_add(share, corner.0), y.mul_add(share, corner.1))
}

/// The head of an arrow that comes from the right.
fn arrow(points: &[Point]) -> String {
    let (x, y) = points.last().copied().unwrap_or_default();
    format!("<path class=\"head\" d=\"M{} {}l7 -4v8z\"/>", Number(x), Number(y))
}

/// A coordinate with at most one digit behind the point, the same on every machine.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:.1}", self.0);
        let short = text.strip_suffix(".0").unwrap_or(&text);
        f.write_str(if short == "-0" { "0" } else { short })
    }
}

/// Text for an element or an attribute; what XML can't hold becomes a replacement character.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push('\n'),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            character if character.is_control() => safe.push('\u{fffd}'),
            character => safe.push(character),
        }
    }
    safe
}
