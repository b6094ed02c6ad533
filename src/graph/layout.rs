//! Where everything stands in the picture: pure geometry, in pixels, without a word about how it is drawn.
//!
//! A root stands at the top, and its waves below it, a band for each; a band holds lines of a few boxes. What a child of
//! the root applies itself hangs below it, in a frame for each project of its own. Who applies what is a rail at the
//! left with a branch above each line of boxes. Needs are drawn as in the map of an underground: whoever is needed has a
//! track of its own at the right, with a branch below each line that has somebody who needs it; no line crosses a box.

use std::collections::BTreeSet;

use super::{Graph, Need, text};

/// The room around the picture.
const MARGIN: f64 = 16.0;
/// The column for the names of the waves.
const LABELS: f64 = 84.0;
/// The room between that column and the boxes, for the rail.
const RAIL: f64 = 26.0;
const BOX_WIDTH: f64 = 214.0;
const BOX_HEIGHT: f64 = 64.0;
/// The room between boxes of a line, for branches of tracks.
const GAP: f64 = 34.0;
/// The most boxes in a line.
const COLUMNS: usize = 3;
/// The room above a line, for the branch of the rail.
const ABOVE: f64 = 22.0;
/// The room below a line, beside that for tracks.
const BELOW: f64 = 12.0;
/// The room between tracks.
const TRACK: f64 = 8.0;
/// How far what hangs below a box is moved to the right.
const INDENT: f64 = 20.0;
/// The title of a frame.
const TITLE: f64 = 22.0;
/// The room between a frame and what is in it.
const PADDING: f64 = 8.0;
/// One line of the key to the tracks.
const KEY: f64 = 22.0;

/// A point, from the upper left corner of the picture.
pub(super) type Point = (f64, f64);

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) const fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) const fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// The stripe of a wave.
#[derive(Debug, PartialEq)]
pub(super) struct Band {
    pub(super) wave: i64,
    pub(super) area: Area,
    /// The middle of the first line of boxes, where the wave's name stands.
    pub(super) middle: f64,
}

/// Several Applications of one project below their parent.
#[derive(Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) project: String,
    pub(super) area: Area,
}

/// The way from one Application to another.
#[derive(Debug, PartialEq)]
pub(super) struct Way {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The corners, from the box of `from` to that of `to`.
    pub(super) points: Vec<Point>,
}

/// A placed graph.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The box of each Application, by its index.
    pub(super) boxes: Vec<Option<Area>>,
    pub(super) bands: Vec<Band>,
    pub(super) frames: Vec<Frame>,
    /// From parents to children.
    pub(super) branches: Vec<Way>,
    /// From whoever needs to whoever is needed, in the order of [`Graph::needs`].
    pub(super) needs: Vec<Way>,
    /// Who is needed, each with the place of its line in the key; the position is the number of its track.
    pub(super) tracks: Vec<(usize, Point)>,
}

/// Places `graph`.
pub(super) fn layout(graph: &Graph) -> Layout {
    let mut plan = Plan::new(graph);
    graph.roots().for_each(|root| plan.root(root));
    plan.finish()
}

/// Where boxes begin.
const LEFT: f64 = MARGIN + LABELS + RAIL;

/// The tracks that have a branch below a line of boxes, and where the first of these branches is.
#[derive(Debug, Default)]
struct Line {
    tracks: Vec<usize>,
    y: f64,
}

struct Plan<'g> {
    graph: &'g Graph,
    /// What each Application applies.
    children: Vec<Vec<usize>>,
    /// Who is needed by anybody: a track each.
    needed: Vec<usize>,
    /// The tracks that begin or end at each Application.
    tracks: Vec<BTreeSet<usize>>,
    lines: Vec<Line>,
    /// The line that each Application stands in.
    line_of: Vec<usize>,
    layout: Layout,
    /// How far down the picture is filled.
    y: f64,
    /// How far to the right boxes reach.
    right: f64,
}

impl<'g> Plan<'g> {
    fn new(graph: &'g Graph) -> Self {
        let count = graph.applications.len();
        let mut children = vec![Vec::new(); count];
        for (index, application) in graph.applications.iter().enumerate() {
            if let Some(parent) = application.parent {
                children[parent].push(index);
            }
        }
        let needed: BTreeSet<usize> = graph.needs.iter().map(|need| need.to).collect();
        let needed: Vec<usize> = needed.into_iter().collect();
        let mut tracks = vec![BTreeSet::new(); count];
        for need in &graph.needs {
            let track = needed.binary_search(&need.to).unwrap_or_default();
            tracks[need.from].insert(track);
            tracks[need.to].insert(track);
        }
        let layout = Layout { boxes: vec![None; count], ..Layout::default() };
        let (lines, line_of) = (Vec::new(), vec![0; count]);
        Self { graph, children, needed, tracks, lines, line_of, layout, y: MARGIN, right: LEFT + BOX_WIDTH }
    }

    fn root(&mut self, root: usize) {
        let area = Area { x: LEFT, y: self.y, width: BOX_WIDTH, height: BOX_HEIGHT };
        self.layout.boxes[root] = Some(area);
        self.y = area.bottom();
        self.end_line(vec![root]);
        for (wave, members) in self.graph.waves(self.children[root].clone().into_iter()) {
            let top = self.y;
            for line in members.chunks(COLUMNS) {
                self.line(root, area, line);
            }
            let stripe = Area { x: 0.0, y: top, width: 0.0, height: self.y - top };
            self.layout.bands.push(Band { wave, area: stripe, middle: top + ABOVE + BOX_HEIGHT / 2.0 });
        }
        self.y += MARGIN;
    }

    /// A line of children of `root`, with all that hangs below each.
    fn line(&mut self, root: usize, from: Area, members: &[usize]) {
        let top = self.y + ABOVE;
        let mut everyone = Vec::new();
        for (column, index) in members.iter().enumerate() {
            let area =
                Area { x: number(column).mul_add(BOX_WIDTH + GAP, LEFT), y: top, width: BOX_WIDTH, height: BOX_HEIGHT };
            self.layout.boxes[*index] = Some(area);
            self.right = self.right.max(area.right());
            everyone.push(*index);
            self.y = self.hang(*index, area, &mut everyone).max(self.y);
            // Out of the root's side, down the rail, along above the line, and down to the box.
            let (rail, middle) = (LEFT - RAIL / 2.0, from.y + from.height / 2.0);
            let (bus, entry) = (top - ABOVE / 2.0, area.x + area.width / 2.0);
            let points = vec![(from.x, middle), (rail, middle), (rail, bus), (entry, bus), (entry, area.y)];
            self.layout.branches.push(Way { from: root, to: *index, points });
        }
        self.end_line(everyone);
    }

    /// Places what `parent` applies below its box, adds it to `everyone`, and returns how far down it reaches.
    fn hang(&mut self, parent: usize, above: Area, everyone: &mut Vec<usize>) -> f64 {
        let graph = self.graph;
        let children = self.children[parent].clone();
        let project = |index: &usize| graph.applications[*index].project.as_str();
        let mut y = above.bottom();
        for siblings in children.chunk_by(|one, other| project(one) == project(other)) {
            // Deeper than anybody nests Applications, what is left of the room belongs to the text.
            let is_deep = above.width < BOX_WIDTH * 0.75;
            let title = siblings.first().map(project).filter(|title| *title != project(&parent) && !is_deep);
            let side = if title.is_some() { PADDING } else { 0.0 };
            let left = above.x + if is_deep { INDENT / 4.0 } else { INDENT };
            let top = y + PADDING;
            y = if title.is_some() { top + TITLE } else { top };
            for (place, child) in siblings.iter().enumerate() {
                y += if place > 0 { PADDING } else { 0.0 };
                let x = left + side;
                let area = Area { x, y, width: above.right() - side - x, height: BOX_HEIGHT };
                self.layout.boxes[*child] = Some(area);
                everyone.push(*child);
                let (stem, middle) = (f64::midpoint(above.x, left), area.y + area.height / 2.0);
                let points = vec![(stem, above.bottom()), (stem, middle), (area.x, middle)];
                self.layout.branches.push(Way { from: parent, to: *child, points });
                y = self.hang(*child, area, everyone);
            }
            if let Some(title) = title {
                y += PADDING;
                let area = Area { x: left, y: top, width: above.right() - left, height: y - top };
                self.layout.frames.push(Frame { project: title.to_owned(), area });
            }
        }
        y
    }

    /// Closes a line of `members` and leaves room for the branches of tracks below it.
    fn end_line(&mut self, members: Vec<usize>) {
        let tracks: BTreeSet<usize> = members.iter().flat_map(|index| &self.tracks[*index]).copied().collect();
        let tracks: Vec<usize> = tracks.into_iter().collect();
        for index in members {
            self.line_of[index] = self.lines.len();
        }
        let y = self.y + BELOW;
        self.y = number(tracks.len()).mul_add(TRACK, y);
        self.lines.push(Line { tracks, y });
    }

    fn finish(mut self) -> Layout {
        self.layout.needs = self.graph.needs.iter().filter_map(|need| self.way(need)).collect();
        let lanes = number(self.needed.len()) * TRACK;
        let tracks = if self.needed.is_empty() { 0.0 } else { GAP + lanes };
        let width = self.right + tracks + MARGIN;
        self.key(width);
        for band in &mut self.layout.bands {
            band.area.width = width;
        }
        self.layout.width = width;
        self.layout.height = self.y;
        self.layout
    }

    /// Out of the side of whoever needs something, down the gap, along below the line to the track at the right, up to
    /// the line of whoever is needed, and back in the same way.
    fn way(&self, need: &Need) -> Option<Way> {
        let (from, to) = (self.layout.boxes[need.from]?, self.layout.boxes[need.to]?);
        let track = self.needed.binary_search(&need.to).ok()?;
        let branch = |index: usize| {
            let line = &self.lines[self.line_of[index]];
            let place = line.tracks.binary_search(&track).unwrap_or_default();
            number(place).mul_add(TRACK, line.y)
        };
        // Tracks share places in the gap between two boxes where there are very many.
        let aside = |area: Area| number(track % 6).mul_add(4.0, column_right(area) + 7.0);
        let leave = number(track % 6).mul_add(7.0, from.y + 10.0);
        let arrive = to.bottom() - 8.0;
        let lane = number(track).mul_add(TRACK, self.right + GAP);
        let points = vec![
            (from.right(), leave),
            (aside(from), leave),
            (aside(from), branch(need.from)),
            (lane, branch(need.from)),
            (lane, branch(need.to)),
            (aside(to), branch(need.to)),
            (aside(to), arrive),
            (to.right(), arrive),
        ];
        Some(Way { from: need.from, to: need.to, points })
    }

    /// The key to the tracks, at the bottom.
    fn key(&mut self, width: f64) {
        let names = self.needed.iter().map(|index| text::width(&self.graph.applications[*index].name, 12.0));
        let cell = names.fold(0.0, f64::max) + 40.0;
        let mut x = MARGIN;
        for index in &self.needed {
            if x > MARGIN && x + cell > width - MARGIN {
                x = MARGIN;
                self.y += KEY;
            }
            self.layout.tracks.push((*index, (x, self.y)));
            x += cell;
        }
        self.y += if self.needed.is_empty() { 0.0 } else { KEY };
    }
}

/// The right edge of the column that `area` stands in: boxes that hang below others are narrower than it.
fn column_right(area: Area) -> f64 {
    let column = ((area.x - LEFT) / (BOX_WIDTH + GAP)).floor();
    column.mul_add(BOX_WIDTH + GAP, LEFT + BOX_WIDTH)
}

/// A small number as a coordinate.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
