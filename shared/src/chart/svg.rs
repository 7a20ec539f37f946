//! A small writer of SVG: elements, escaping, numbers. Lengths are user units of the view box.

use std::fmt::{self, Display, Write as _};

use super::form::Form;
use crate::say::{Cell, Column, Line, Note, Table, Value};
use crate::text::shown;

/// Stands in the body for the chart's id until that is known; escaped text cannot contain it.
const ID: char = '\0';
/// The key of all tables behind charts.
const NUMBERS: &str = "numbers";

/// A chart that is being written.
pub(super) struct Svg {
    /// For how much room.
    pub(super) form: Form,
    body: String,
    hatched: bool,
}

/// Which point of a text its position means.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A rectangle.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

impl Svg {
    /// A chart without anything in it.
    pub(super) fn new(form: Form) -> Self {
        Self { form, body: String::new(), hatched: false }
    }

    /// How wide it is.
    pub(super) fn width(&self) -> f64 {
        self.form.width().into()
    }

    /// A rectangle, with what it says when pointed at.
    pub(super) fn rect(&mut self, class: &str, area: Area, tip: Option<&str>) {
        let Area { x, y, width, height } = area;
        let (x, y, width, height) = (Number(x), Number(y), Number(width), Number(height));
        self.put(format_args!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}""#));
        self.end("rect", tip);
    }

    /// Hatches a rectangle, without getting between it and the pointer.
    pub(super) fn hatch(&mut self, area: Area) {
        let Area { x, y, width, height } = area;
        let (x, y, width, height) = (Number(x), Number(y), Number(width), Number(height));
        self.hatched = true;
        self.put(format_args!(
            r#"<rect class="chart-hatched" fill="url(#{ID}-hatch)" pointer-events="none" x="{x}" y="{y}" width="{width}" height="{height}"/>"#
        ));
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (Number(from.0), Number(from.1), Number(to.0), Number(to.1));
        self.put(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    /// Straight lines from point to point.
    pub(super) fn polyline(&mut self, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{},{}", Number(x), Number(y))).collect();
        self.put(format_args!(r#"<polyline class="{class}" fill="none" points="{}"/>"#, points.join(" ")));
    }

    /// A closed shape around a point, given by its corners, with what it says when pointed at.
    pub(super) fn polygon(&mut self, class: &str, corners: &[(f64, f64)], tip: Option<&str>) {
        let corners: Vec<String> = corners.iter().map(|(x, y)| format!("{},{}", Number(*x), Number(*y))).collect();
        self.put(format_args!(r#"<polygon class="{class}" points="{}""#, corners.join(" ")));
        self.end("polygon", tip);
    }

    /// A circle, with what it says when pointed at.
    pub(super) fn circle(&mut self, class: &str, centre: (f64, f64), radius: f64, tip: Option<&str>) {
        let (x, y, radius) = (Number(centre.0), Number(centre.1), Number(radius));
        self.put(format_args!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}""#));
        self.end("circle", tip);
    }

    /// A line of text; its position is on the line that letters stand on.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let (x, y, text) = (Number(at.0), Number(at.1), Escaped(text));
        self.put(format_args!(r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#));
    }

    /// A line of text from bottom to top, centred on its position.
    pub(super) fn text_upwards(&mut self, class: &str, at: (f64, f64), text: &str) {
        let (x, y, text) = (Number(at.0), Number(at.1), Escaped(text));
        self.put(format_args!(
            r#"<text class="{class}" transform="translate({x} {y}) rotate(-90)" text-anchor="middle">{text}</text>"#
        ));
    }

    /// The whole chart: `title` names it and `description` says in words what it shows.
    pub(super) fn finish(self, title: &str, description: &str, height: f64) -> Picture {
        let (title, description) = (title.to_owned(), description.to_owned());
        let Self { form, body, hatched } = self;
        Picture { form, title, description, height, hatched, body, caption: None, table: None }
    }

    /// Ends an opening tag: with its tip inside, or as an empty element.
    fn end(&mut self, name: &str, tip: Option<&str>) {
        match tip {
            Some(tip) => self.put(format_args!("><title>{}</title></{name}>", Escaped(tip))),
            None => self.put(format_args!("/>")),
        }
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        self.body.write_fmt(text).expect("a String takes all that is written to it");
    }
}

/// A chart that is drawn and has no place yet: ids are given where it is placed, or two equal charts in a page would
/// have the same.
pub(super) struct Picture {
    form: Form,
    pub(super) title: String,
    description: String,
    height: f64,
    hatched: bool,
    body: String,
    /// What has to be known to read it, and stands under it.
    pub(super) caption: Option<String>,
    /// The numbers that it draws; none, if it draws none.
    pub(super) table: Option<Table>,
}

impl Picture {
    /// The same with the numbers that it draws.
    #[must_use]
    pub(super) fn with_numbers(self, numbers: Numbers) -> Self {
        let Numbers { columns, lines, notes } = numbers;
        let title = format!("As a table: {}", self.title);
        let about = "The numbers that the chart draws";
        Self { table: Some(Table { key: NUMBERS, title, about, columns, lines, notes }), ..self }
    }

    /// The `<svg>` element. All ids in it begin with `id`, which is there once in a page.
    pub(super) fn svg(&self, id: &str) -> String {
        // Whoever names the place knows what may be part of an id; that it stays one is not left to them.
        let id = Escaped(id).to_string();
        let (title, description, height) = (Escaped(&self.title), Escaped(&self.description), Number(self.height));
        let (class, width) = (self.form.class(), self.form.width());
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="{class}" role="img" viewBox="0 0 {width} {height}" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{title}</title><desc id="{id}-desc">{description}</desc>"#
        );
        if self.hatched {
            svg += &format!(
                r#"<defs><pattern id="{id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="chart-hatch" d="M0 0V6"/></pattern></defs>"#
            );
            svg += &self.body.replace(ID, &id);
        } else {
            svg += &self.body;
        }
        svg + "</svg>"
    }
}

/// The numbers that a chart draws, as a table has them.
pub(super) struct Numbers {
    columns: Vec<Column>,
    lines: Vec<Line>,
    notes: Vec<Note>,
}

impl Numbers {
    /// Columns, and lines with as many cells. Columns in which nothing stands, but for the first, are left out.
    pub(super) fn new(columns: Vec<Column>, lines: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        let (mut columns, mut lines): (Vec<Column>, Vec<Vec<Cell>>) = (columns, lines.into_iter().collect());
        for place in (1..columns.len()).rev() {
            if lines.iter().all(|cells| cells[place].value == Value::Nothing) {
                columns.remove(place);
                lines.iter_mut().for_each(|cells| drop(cells.remove(place)));
            }
        }
        let lines = lines.into_iter().map(|cells| Line::Cells { row: None, cells }).collect();
        Self { columns, lines, notes: Vec::new() }
    }

    /// The same with something that has to be known to read it.
    #[must_use]
    pub(super) fn with_note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note.map(|note| Note::on(&[], note)));
        self
    }
}

impl Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        })
    }
}

/// A length with at most two decimals. What is no number is 0: no chart is worth an invalid document.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (if self.0.is_finite() { self.0 } else { 0.0 } * 100.0).round() / 100.0;
        // Adding 0 turns -0 into 0.
        write!(f, "{}", rounded + 0.0)
    }
}

/// Text that is safe between tags and in attributes, whatever it was.
pub(crate) struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // XML has no way to write these.
                '\u{FFFE}' | '\u{FFFF}' => f.write_char(char::REPLACEMENT_CHARACTER)?,
                character => f.write_char(shown(character))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        fn check(number: f64, expected: &str) {
            assert_eq!(Number(number).to_string(), expected);
        }
        check(1.0, "1");
        check(1.005_1, "1.01");
        check(-0.001, "0");
        check(f64::NAN, "0");
        check(f64::NEG_INFINITY, "0");
    }

    #[test]
    fn escaping() {
        fn check(text: &str, expected: &str) {
            assert_eq!(Escaped(text).to_string(), expected);
        }
        check("a < b && \"c\" > 'd'", "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
        check("one\ntwo\u{0}\u{1b}\u{FFFE}", "one two  \u{FFFD}");
    }

    #[test]
    fn an_id_of_its_own_for_each_place() {
        let mut svg = Svg::new(Form::Wide);
        let area = Area { x: 0.0, y: 0.0, width: 10.0, height: 10.0 };
        svg.hatch(area);
        let picture = svg.finish("<title>", "description", 10.0);
        for id in ["here", "there"] {
            let expected = [
                r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 520 10" "#,
                &format!(r#"aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">&lt;title&gt;</title>"#),
                &format!(
                    r#"<desc id="{id}-desc">description</desc><defs><pattern id="{id}-hatch" width="6" height="6" "#
                ),
                r#"patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="chart-hatch" d="M0 0V6"/>"#,
                &format!(
                    r#"</pattern></defs><rect class="chart-hatched" fill="url(#{id}-hatch)" pointer-events="none" "#
                ),
                r#"x="0" y="0" width="10" height="10"/></svg>"#,
            ];
            assert_eq!(picture.svg(id), expected.concat());
        }
    }
}
