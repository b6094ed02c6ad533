//! Where each stretch of printed text was written, through macros and blocks that are printed elsewhere.
//!
//! The engine tells which expression printed something, but of a macro's output only the call. So a copy of the templates
//! gets a mark before each stretch of text and each expression: a hole without a value, which goes wherever the text
//! goes. Without its marks the text must be the very one that the templates print; where it is not, because a template
//! looks at what a macro printed, nothing is said of the inside of macros.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};
use minijinja::{Error, Output, OutputSpan, OutputSpanKind, State};

use super::engine::{self, Engine, Holes};
use super::{Binding, Printed, Template, TemplateSet};
use crate::manifest::{Token, tokens};
use crate::model::Values;
use crate::source::{Location, Source};

/// The function that prints a mark. No template of a person calls anything so.
const MARK: &str = "__mark";

/// What a mark prints.
#[derive(Debug)]
struct Mark(usize);

impl Object for Mark {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// Which holes are marks, kept in the state of a template that runs: numbers of holes and of marks.
#[derive(Default)]
struct Marked(Vec<(usize, usize)>);

/// What a mark stands before: a stretch of text, or an expression.
#[derive(Debug, Clone)]
struct Marking {
    place: Location,
    expression: bool,
}

/// Templates with marks.
#[derive(Debug)]
pub struct MarkedTemplates {
    templates: TemplateSet,
    /// What each mark stands before, by its number.
    places: Vec<Marking>,
    by_name: BTreeMap<String, Arc<Source>>,
}

/// What a template printed, and where each part of it was written.
#[derive(Debug)]
pub struct Trace {
    /// What the template printed.
    pub printed: Printed,
    spans: Vec<OutputSpan>,
    /// Where in the printed text marks stood, and for what; none where they would have changed it.
    marks: Vec<(usize, Marking)>,
    by_name: BTreeMap<String, Arc<Source>>,
    static_source: Option<Arc<Source>>,
}

/// Where a byte of printed text was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text or the expression itself.
    pub place: Location,
    /// Whether it is an expression.
    pub expression: bool,
    /// The expression of the template itself that printed it by way of a macro or a block.
    pub call: Option<Location>,
}

impl MarkedTemplates {
    /// A marked copy of `templates`.
    pub fn new(templates: &TemplateSet) -> Self {
        let mut environment = engine::base_environment();
        environment.add_function(MARK, |number: usize| Value::from_object(Mark(number)));
        environment.set_formatter(print_mark_or_hole);
        let mut places = Vec::new();
        let mut by_name = BTreeMap::new();
        for source in &templates.sources {
            let name = source.path().strip_prefix("templates/").unwrap_or(source.path()).to_owned();
            if name.ends_with(super::TEMPLATE_SUFFIX) {
                let text = marked(source, &mut places).unwrap_or_else(|| source.text().to_owned());
                // A copy that does not compile is missed when it is asked for, and then there are no marks.
                let _ = environment.add_template_owned(name.clone(), text);
            }
            by_name.insert(name, Arc::clone(source));
        }
        let templates = TemplateSet { templates: Vec::new(), sources: Vec::new(), environment };
        Self { templates, places, by_name }
    }

    /// An engine over the marked templates, which prints what `Engine::new` prints and marks.
    pub fn engine(&self, name: &str, values: &Values) -> Engine {
        Engine::new(&self.templates, name, values)
    }
}

impl Engine {
    /// What `template` prints for the turn named `turn`, and where it was written. `marking` is an engine of `marked`
    /// with the same values.
    pub fn trace(
        &self,
        template: &Template,
        turn: Option<&Binding>,
        marked: &MarkedTemplates,
        marking: &Self,
    ) -> Option<Trace> {
        let printed = self.print(template, turn).ok()?;
        let by_name = marked.by_name.clone();
        if !template.dynamic {
            let static_source = Some(Arc::clone(&template.source));
            return Some(Trace { printed, spans: Vec::new(), marks: Vec::new(), by_name, static_source });
        }
        let spans = self.spans(template, turn)?;
        let twin =
            marking.turns(template).into_iter().flatten().find(|one| Some(&one.name) == turn.map(|turn| &turn.name));
        let marks = marking.marks(template, twin, &printed.text).unwrap_or_default();
        let marks = marks.into_iter().filter_map(|(at, mark)| Some((at, marked.places.get(mark)?.clone()))).collect();
        Some(Trace { printed, spans, marks, by_name, static_source: None })
    }

    /// The marks that `template` prints, each with the byte of `expected`, its text without them, before which it stood.
    fn marks(&self, template: &Template, turn: Option<&Binding>, expected: &str) -> Option<Vec<(usize, usize)>> {
        let found = self.environment().get_template(template.name()).ok()?;
        let mut captured = found.render_captured(engine::scope(turn)).ok()?;
        let marked = captured.with_state_mut(|state| state.get_extension::<Marked>().map(|marked| marked.0.clone()))?;
        let text = captured.into_output();
        let of_hole: BTreeMap<usize, usize> = marked.into_iter().collect();
        let numbers: Vec<usize> = of_hole.keys().copied().collect();
        let mut plain = String::with_capacity(text.len());
        let mut marks = Vec::new();
        let mut at = 0;
        for (range, number) in tokens(&text)? {
            plain.push_str(&text[at..range.start]);
            at = range.end;
            if let Some(mark) = of_hole.get(&number) {
                marks.push((plain.len(), *mark));
                continue;
            }
            // Without the marks before it the hole has a smaller number.
            let before = numbers.partition_point(|mark| *mark < number);
            plain.push_str(&Token(number.checked_sub(before)?).text());
        }
        plain.push_str(&text[at..]);
        (plain == expected).then_some(marks)
    }
}

impl Trace {
    /// Whether the inside of macros can be told.
    pub fn sees_macros(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Where the byte at `offset` of the printed text was written.
    pub fn written(&self, offset: usize) -> Option<Written> {
        if let Some(source) = &self.static_source {
            let place = Location::new(source, offset..offset);
            return Some(Written { place, expression: false, call: None });
        }
        let span = self.spans.iter().find(|span| span.output_range().contains(&offset))?;
        let source = self.by_name.get(span.name())?;
        let range = span.source_range();
        if span.kind() == OutputSpanKind::Raw {
            let start = range.start + offset - span.output_range().start;
            return Some(Written { place: Location::new(source, start..start), expression: false, call: None });
        }
        let call = Location::new(source, range);
        let printed = span.output_range().start..=offset;
        let inner = self.marks.iter().rev().find(|(at, _)| printed.contains(at)).map(|(_, marking)| marking.clone());
        let own = |inner: &Marking| inner.place.source.path() == call.source.path() && overlap(&inner.place, &call);
        Some(match inner.filter(|inner| !own(inner)) {
            None => Written { place: call, expression: true, call: None },
            Some(Marking { place, expression }) => Written { place, expression, call: Some(call) },
        })
    }
}

fn overlap(one: &Location, other: &Location) -> bool {
    one.span.start < other.span.end && other.span.start < one.span.end
}

fn print_mark_or_hole(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let Some(Mark(mark)) = value.downcast_object_ref::<Mark>() else {
        return engine::print_hole(output, state, value);
    };
    let hole = state.get_or_insert_extension_with(Holes::default).0.len();
    state.get_or_insert_extension_with(Marked::default).0.push((hole, *mark));
    // Where a filter asks what a text says, a mark says nothing.
    engine::print_hole(output, state, &Value::from(""))
}

/// The text of `source` with marks, whose places are added to `places`; `None` where the text has what is not marked.
fn marked(source: &Arc<Source>, places: &mut Vec<Marking>) -> Option<String> {
    let text = source.text();
    let mut out = String::with_capacity(text.len() * 2);
    let mut found = Vec::new();
    let mut at = 0;
    let first = places.len();
    let mark = |range: Range<usize>, expression, found: &mut Vec<Marking>| {
        found.push(Marking { place: Location::new(source, range), expression });
        format!("{{{{ {MARK}({}) }}}}", first + found.len() - 1)
    };
    while at < text.len() {
        let next = text[at..].match_indices('{').map(|(next, _)| at + next);
        let mut tags = next.filter(|next| text[next + 1..].starts_with(['{', '%', '#']));
        let tag = tags.next().unwrap_or(text.len());
        for line in text[at..tag].split_inclusive('\n') {
            let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
            let indent = content.len() - content.trim_start().len();
            out.push_str(&content[..indent]);
            if indent < content.len() {
                out.push_str(&mark(at + indent..at + content.len(), false, &mut found));
                out.push_str(&content[indent..]);
            }
            out.push_str(end);
            at += line.len();
        }
        if tag == text.len() {
            break;
        }
        let close = match &text[tag..tag + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = tag_end(text, tag + 2, close)?;
        let inside = &text[tag + 2..end - 2];
        let trim = inside.starts_with(['-', '+']);
        match close {
            "}}" => {
                // White space before it is trimmed as before: by the mark, if the tag asks for it.
                let sign = if trim { &inside[..1] } else { "" };
                let expression = inside[sign.len()..].trim_end_matches(['-', '+']);
                let start = tag + 2 + sign.len() + expression.len() - expression.trim_start().len();
                let mark = mark(start..start + expression.trim().len(), true, &mut found);
                out.push_str(&mark.replacen("{{", &format!("{{{{{sign}"), 1));
                out.push_str("{{");
                out.push_str(&inside[sign.len()..]);
                out.push_str(close);
            }
            "%}" if inside.trim_matches(['-', '+', ' ']) == "raw" => return None,
            _ => out.push_str(&text[tag..end]),
        }
        at = end;
    }
    places.extend(found);
    Some(out)
}

/// The end of the tag whose inside begins at `start`: behind the first `close` that is not inside a text.
fn tag_end(text: &str, start: usize, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (start, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, _) if bytes[at..].starts_with(close.as_bytes()) => return Some(at + close.len()),
            (None, byte @ (b'"' | b'\'')) if close != "#}" => quote = Some(byte),
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}
