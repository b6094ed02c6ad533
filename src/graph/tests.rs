//! The picture's geometry over graphs of every shape: nothing overlaps, and every line ends where it should.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::layout::{Area, Layout, Point, layout};
use super::{Application, Graph, Need};
use crate::model::EnvironmentName;
use crate::tree::{OutputPath, RenderedFile, Tree};

/// A graph of applications with these parents, waves and projects; a parent is always before its children.
fn graph(shape: &[(Option<usize>, i64, u8)], needs: &[(usize, usize)]) -> Graph {
    let application = |(index, (parent, wave, project)): (usize, &(Option<usize>, i64, u8))| Application {
        id: format!("argocd/app-{index:03}"),
        name: format!("app-{index:03}"),
        project: format!("project-{project}"),
        wave: *wave,
        parent: parent.filter(|parent| *parent < index),
        paths: vec!["out/dev/somewhere/with-a-long-name/that-has-to-be-cut".to_owned()],
        ..Application::default()
    };
    let applications: Vec<_> = shape.iter().enumerate().map(application).collect();
    let need = |(from, to): &(usize, usize)| Need { from: *from, to: *to, reasons: vec!["something".to_owned()] };
    let is_there = |(from, to): &&(usize, usize)| from != to && *from.max(to) < shape.len();
    let needs = needs.iter().filter(is_there).map(need).collect();
    Graph { environment: "dev".to_owned(), applications, needs, projects: Vec::new() }
}

fn shapes() -> impl Strategy<Value = Graph> {
    let node = (proptest::option::weighted(0.9, 0_usize..12), -3_i64..3, 0_u8..3);
    let nodes = proptest::collection::vec(node, 1..24);
    let needs = proptest::collection::vec((0_usize..24, 0_usize..24), 0..20);
    (nodes, needs).prop_map(|(mut nodes, needs)| {
        // As the reader leaves them: siblings by their waves.
        nodes.sort_by_key(|(parent, wave, _)| (*parent, *wave));
        // Three levels below the root are one more than Argo CD's users nest.
        let mut depths: Vec<usize> = Vec::new();
        for (index, (parent, ..)) in nodes.iter_mut().enumerate() {
            *parent = parent.filter(|parent| *parent < index && depths[*parent] < 4);
            depths.push(parent.map_or(0, |parent| depths[parent] + 1));
        }
        graph(&nodes, &needs)
    })
}

fn overlap(one: &Area, other: &Area) -> bool {
    one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom()
}

/// Whether a straight line along an axis runs through the inside of a box.
fn crosses((from, to): (Point, Point), area: &Area) -> bool {
    let (left, right) = (from.0.min(to.0), from.0.max(to.0));
    let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
    left < area.right() && right > area.x && top < area.bottom() && bottom > area.y
}

fn touches(point: Point, area: &Area) -> bool {
    let beside = (point.0 - area.x).abs() < 0.01 || (point.0 - area.right()).abs() < 0.01;
    let above = (point.1 - area.y).abs() < 0.01 || (point.1 - area.bottom()).abs() < 0.01;
    let inside = point.0 >= area.x - 0.01
        && point.0 <= area.right() + 0.01
        && point.1 >= area.y - 0.01
        && point.1 <= area.bottom() + 0.01;
    inside && (beside || above)
}

fn check(graph: &Graph) -> Layout {
    let placed = layout(graph);
    let boxes: Vec<_> = placed.boxes.iter().map(|area| area.unwrap()).collect();
    for (index, area) in boxes.iter().enumerate() {
        assert!(area.x >= 0.0 && area.y >= 0.0 && area.width > 60.0, "{index}: {area:?}");
        assert!(area.right() <= placed.width && area.bottom() <= placed.height, "{index} is outside: {area:?}");
        for (other, second) in boxes.iter().enumerate().skip(index + 1) {
            assert!(!overlap(area, second), "{index} and {other} overlap: {area:?} {second:?}");
        }
    }
    assert_eq!(placed.needs.len(), graph.needs.len());
    let children = graph.applications.iter().filter(|one| one.parent.is_some()).count();
    assert_eq!(placed.branches.len(), children);
    for way in placed.branches.iter().chain(&placed.needs) {
        let (first, last) = (way.points[0], way.points[way.points.len() - 1]);
        assert!(touches(first, &boxes[way.from]), "{way:?} does not begin at {:?}", boxes[way.from]);
        assert!(touches(last, &boxes[way.to]), "{way:?} does not end at {:?}", boxes[way.to]);
        for pair in way.points.windows(2) {
            let straight = (pair[0].0 - pair[1].0).abs() < 0.01 || (pair[0].1 - pair[1].1).abs() < 0.01;
            assert!(straight, "{way:?} is crooked");
            for (index, area) in boxes.iter().enumerate() {
                assert!(!crosses((pair[0], pair[1]), area), "{way:?} crosses {index}: {area:?}");
            }
        }
    }
    placed
}

proptest! {
    #[test]
    fn no_box_overlaps_and_no_line_crosses_one(graph in shapes()) {
        check(&graph);
    }

    #[test]
    fn every_picture_is_the_same_twice_and_well_formed(graph in shapes()) {
        let svg = graph.to_svg();
        prop_assert_eq!(&svg, &graph.to_svg());
        prop_assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        prop_assert_eq!(graph.to_mermaid().matches("subgraph ").count(), graph.to_mermaid().matches(" end\n").count());
    }
}

#[test]
fn waves_stand_below_each_other_and_long_ones_are_broken() {
    let shape: Vec<_> = std::iter::once((None, 0, 0)).chain((0..7).map(|n| (Some(0), i64::from(n > 4), 0))).collect();
    let placed = check(&graph(&shape, &[(7, 1), (2, 1)]));
    let waves: Vec<_> = placed.bands.iter().map(|band| band.wave).collect();
    assert_eq!(waves, [0, 1]);
    let tops: Vec<_> = placed.boxes.iter().map(|area| area.unwrap().y).collect();
    assert!((tops[1] - tops[3]).abs() < 0.01 && tops[3] < tops[4] && tops[5] < tops[6], "{tops:?}");
}

#[test]
fn a_thousand_applications_are_placed_at_once() {
    let parents = (0..1000).map(|_| (Some(0), 10, 0));
    let parts = (0..1000).flat_map(|n| [(Some(n + 1), 0, 1), (Some(n + 1), 0, 1)]);
    let shape: Vec<_> = std::iter::once((None, 0, 0)).chain(parents).chain(parts).collect();
    let needs: Vec<_> = (1001..3001).map(|from| (from, 1)).collect();
    let placed = layout(&graph(&shape, &needs));
    assert_eq!((placed.needs.len(), placed.frames.len()), (2000, 1000));
}

#[test]
fn needs_that_follow_from_others_are_left_out_where_others_lay_out() {
    let shape = [(None, 0, 0), (Some(0), 0, 0), (Some(0), 1, 0), (Some(0), 2, 0)];
    let graph = graph(&shape, &[(2, 1), (3, 1), (3, 2)]);
    let direct: Vec<_> = graph.direct_needs().into_iter().map(|need| (need.from, need.to)).collect();
    assert_eq!(direct, [(2, 1), (3, 2)]);
    // In a circle nothing follows from itself.
    let circle =
        super::Graph { needs: vec![graph.needs[0].clone(), Need { from: 1, to: 2, reasons: vec![] }], ..graph };
    assert_eq!(circle.direct_needs().len(), 2);
}

/// The graph of these files, each of which may hold several documents.
fn of(files: &[(&str, &str)]) -> Graph {
    let file = |(path, text): &(&str, &str)| {
        let file = RenderedFile { text: (*text).to_owned(), template: String::new() };
        (OutputPath::parse(path).unwrap(), file)
    };
    let environment = EnvironmentName::parse("dev").unwrap();
    Graph::of(&Tree {
        environment,
        inputs: String::new(),
        sources: BTreeMap::new(),
        files: files.iter().map(file).collect::<BTreeMap<_, _>>(),
    })
}

fn applying(name: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\n\
         spec: {{project: p, source: {{{source}}}}}\n"
    )
}

#[test]
fn needs_are_told_by_definitions_classes_and_issuers() {
    let root = applying("root", "path: out/dev/apps");
    let apps = [
        applying("gadgets", "path: out/dev/gadgets"),
        applying("way-in", "chart: traefik, targetRevision: 1.0.0"),
        applying("issuers", "path: out/dev/issuers/"),
        applying("web", "path: out/dev/web"),
    ]
    .join("---\n");
    let graph = of(&[
        ("root.yaml", &root),
        ("apps/all.yaml", &apps),
        (
            "gadgets/crd.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: example.com}\n",
        ),
        ("issuers/one.yaml", "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: staging}\n"),
        ("web/gadget.yaml", "apiVersion: example.com/v1\nkind: Gadget\n"),
        (
            "web/route.yaml",
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {annotations: {cert-manager.io/cluster-issuer: staging}}\n\
             spec: {ingressClassName: traefik}\n",
        ),
        ("web/deeper/not-applied.yaml", "apiVersion: cert-manager.io/v1\nkind: Certificate\n"),
    ]);
    let name = |index: usize| graph.applications[index].name.as_str();
    let needs: Vec<_> =
        graph.needs.iter().map(|need| (name(need.from), name(need.to), need.reasons.join(", "))).collect();
    let expected = [
        ("web", "gadgets", "kinds of example.com"),
        ("web", "issuers", "issuer staging"),
        ("web", "way-in", "ingress class traefik"),
    ];
    assert_eq!(needs, expected.map(|(from, to, reason)| (from, to, reason.to_owned())));
}

#[test]
fn applications_that_apply_each_other_have_one_at_the_top() {
    let (one, other) = (applying("one", "path: out/dev/b"), applying("other", "path: out/dev/a"));
    let itself = applying("itself", "path: out/dev/c");
    let graph = of(&[("a/one.yaml", &one), ("b/other.yaml", &other), ("c/itself.yaml", &itself)]);
    let parents: Vec<_> = graph.applications.iter().map(|one| (one.name.as_str(), one.parent)).collect();
    assert_eq!(parents, [("itself", None), ("one", None), ("other", Some(1))]);
    check(&graph);
}
