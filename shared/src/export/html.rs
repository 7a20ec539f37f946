//! One page that needs nothing else: no network, no script. It follows light and dark, and can be printed.

mod pair;

use std::fmt::{Arguments, Write};

use crate::analysis::{Analysis, Comparison, PairAnalysis, compare_analyses, names, together, twins};
use crate::chart::{self, Chart, ChartKind, Detail, Escaped, Form};
use crate::report::Report;
use crate::say::{self, Column, Doubt, Line, Statement, Table, Texts, View};

/// A page is no larger than this, as far as leaving timelines out can achieve it.
pub(super) const BYTES_MAX: usize = 1_000_000;
/// How much of timelines is drawn: the first of these with which the page is small enough.
const DETAILS: [Detail; 4] =
    [Detail::FULL, Detail { tasks: 50, bars: 500 }, Detail { tasks: 20, bars: 100 }, Detail { tasks: 10, bars: 30 }];
/// The page's own looks; the charts bring theirs.
const STYLE: &str = include_str!("page.css");

/// The page.
pub(super) fn html(reports: &[Report]) -> String {
    // Drawn again with fewer details, it is still about the same.
    let found = Found::of(reports);
    let page = |detail, room| page(&found, detail, room).text;
    let whole = page(DETAILS[0], usize::MAX);
    if whole.len() <= BYTES_MAX {
        return whole;
    }
    let least = DETAILS[DETAILS.len() - 1];
    let bare = page(least, 0);
    let Some(room) = BYTES_MAX.checked_sub(bare.len()) else { return bare };
    let mut pages = DETAILS[1..].iter().map(|detail| page(*detail, usize::MAX));
    // Where even the least is too much, timelines are drawn as long as there is room.
    pages.find(|page| page.len() <= BYTES_MAX).unwrap_or_else(|| page(least, room))
}

/// What reports say, derived once.
struct Found<'a> {
    /// What belongs together: reports by themselves, and pairs.
    files: Vec<File<'a>>,
    /// Every file beside the first one; pairs part by part.
    compared: Vec<Compared<'a>>,
}

/// Reports that belong together.
struct File<'a> {
    reports: &'a [Report],
    /// What they are called.
    names: Vec<String>,
    /// What gives cause for doubt about them.
    doubts: Vec<Doubt>,
    said: Said<'a>,
}

/// What a file says.
enum Said<'a> {
    /// A report by itself: its experiments.
    Alone(Vec<Analysis<'a>>),
    /// A pair.
    Pair(PairAnalysis<'a>),
}

/// Two reports of different files, the baseline first.
struct Compared<'a> {
    /// What they are called.
    names: [String; 2],
    /// Each as a whole.
    wholes: [Analysis<'a>; 2],
    comparison: Comparison,
}

impl<'a> Found<'a> {
    fn of(reports: &'a [Report]) -> Self {
        let mut names = names(reports).into_iter();
        let file = |reports: &'a [Report]| {
            let names: Vec<String> = names.by_ref().take(reports.len()).collect();
            let said = match reports {
                [report] => Said::Alone(Analysis::parts(report)),
                parts => Said::Pair(PairAnalysis::of(parts)),
            };
            File { reports, doubts: say::doubts(reports, &names), names, said }
        };
        let files: Vec<File<'a>> = together(reports).map(file).collect();
        let compared = match &files[..] {
            [first, others @ ..] => others.iter().flat_map(|file| Compared::with(first, file)).collect(),
            [] => Vec::new(),
        };
        Self { files, compared }
    }
}

impl<'a> Compared<'a> {
    /// What of a file is compared with the first one.
    fn with(first: &File<'a>, file: &File<'a>) -> Vec<Self> {
        let of_twins = |[baseline, candidate]: [usize; 2]| {
            let wholes = [&first.reports[baseline], &file.reports[candidate]].map(Analysis::of);
            let names = [first.names[baseline].clone(), file.names[candidate].clone()];
            let comparison = compare_analyses(&wholes[0], &wholes[1]);
            Self { names, wholes, comparison }
        };
        twins(first.reports, file.reports).into_iter().map(of_twins).collect()
    }
}

impl Said<'_> {
    /// What its experiments are called.
    fn experiments(&self) -> Vec<&str> {
        match self {
            Self::Alone(parts) => parts.iter().map(Analysis::name).collect(),
            Self::Pair(pair) => pair.stages.iter().map(|stage| stage.name()).collect(),
        }
    }
}

/// A page as it is being written.
struct Page {
    text: String,
    detail: Detail,
    /// Bytes that timelines may still take.
    room: usize,
}

fn page(found: &Found<'_>, detail: Detail, room: usize) -> Page {
    let mut page = Page { text: String::new(), detail, room };
    // The parts of a pair are about the same.
    let titles: Vec<String> = found.files.iter().map(|file| say::title(&file.reports[0])).collect();
    let title = format!("parlab: {}", titles.join(", "));
    page.put(format_args!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n<main>\n",
        Escaped(&title),
        chart::STYLE
    ));
    page.put(format_args!("<h1>What parlab measured</h1>\n"));
    if detail != Detail::FULL {
        page.put(format_args!(
            "<p class=\"hint\">To keep this page small, timelines of more than {} tasks are drawn by worker, in up to {} \
             bars each: tasks that follow each other closely are one bar.</p>\n",
            detail.tasks, detail.bars
        ));
    }
    put_contents(&mut page, found);
    for (index, compared) in found.compared.iter().enumerate() {
        put_comparison(&mut page, index, compared);
    }
    for (index, file) in found.files.iter().enumerate() {
        match &file.said {
            Said::Alone(parts) => put_report(&mut page, index, file, parts),
            Said::Pair(pair) => pair::put_pair(&mut page, index, &file.doubts, pair),
        }
    }
    page.put(format_args!("</main>\n</body>\n</html>\n"));
    page
}

/// Links to all parts, where there are several.
fn put_contents(page: &mut Page, Found { files, compared }: &Found<'_>) {
    if files.iter().map(|file| file.said.experiments().len()).sum::<usize>() < 2 {
        return;
    }
    page.put(format_args!("<nav aria-label=\"Contents\">\n<ul>\n"));
    for (index, Compared { names: [baseline, candidate], .. }) in compared.iter().enumerate() {
        let against = format!("{candidate} against {baseline}");
        page.put(format_args!("<li><a href=\"#compare-{}\">{}</a></li>\n", index + 1, Escaped(&against)));
    }
    for (index, File { names, said, .. }) in files.iter().enumerate() {
        let names = names.join(", ");
        page.put(format_args!("<li><a href=\"#report-{index}\">{}</a>", Escaped(&names)));
        for (at, experiment) in said.experiments().iter().enumerate() {
            page.put(format_args!(" · <a href=\"#report-{index}-{at}\">{}</a>", Escaped(experiment)));
        }
        page.put(format_args!("</li>\n"));
    }
    page.put(format_args!("</ul>\n</nav>\n"));
}

/// Two reports side by side: a table of ratios, and charts of both.
fn put_comparison(page: &mut Page, index: usize, Compared { names, wholes, comparison }: &Compared<'_>) {
    let scope = format!("compare-{}", index + 1);
    let names = [names[0].as_str(), names[1].as_str()];
    page.put(format_args!("<section id=\"{scope}\">\n"));
    put_table(page, 2, &say::comparison(comparison, names), None);
    page.put(format_args!("<div class=\"charts\">\n"));
    let sides = [(names[0], &wholes[0]), (names[1], &wholes[1])];
    for chart in chart::comparison_figures(&sides, &[comparison], Form::Wide, &scope) {
        put_chart(page, &chart);
    }
    page.put(format_args!("</div>\n</section>\n"));
}

/// A report: its environment, its warnings, then its experiments.
fn put_report(page: &mut Page, index: usize, file: &File<'_>, parts: &[Analysis<'_>]) {
    let (report, name) = (&file.reports[0], &file.names[0]);
    let title = format!("{}: {name}", say::title(report));
    page.put(format_args!("<article id=\"report-{index}\" class=\"report\">\n<h2>{}</h2>\n<dl>\n", Escaped(&title)));
    for (name, value) in say::facts(report) {
        page.put(format_args!("<div><dt>{name}</dt><dd>{}</dd></div>\n", Escaped(&value)));
    }
    page.put(format_args!("</dl>\n"));
    put_doubts(page, &file.doubts);
    for (at, part) in parts.iter().enumerate() {
        let scope = format!("report-{index}-{at}");
        page.put(format_args!("<section id=\"{scope}\" class=\"part\">\n"));
        put_part(page, part, &scope);
        page.put(format_args!("</section>\n"));
    }
    page.put(format_args!("</article>\n"));
}

/// What gives cause for doubt.
fn put_doubts(page: &mut Page, doubts: &[Doubt]) {
    if doubts.is_empty() {
        return;
    }
    page.put(format_args!("<ul class=\"warnings\" aria-label=\"Warnings\">\n"));
    for doubt in doubts {
        page.put(format_args!("<li>{}", Escaped(&doubt.text)));
        if !doubt.rows.is_empty() {
            page.put(format_args!("<details><summary>Which rows</summary><ul>"));
            doubt.rows.iter().for_each(|row| page.put(format_args!("<li>{}</li>", Escaped(row))));
            page.put(format_args!("</ul></details>"));
        }
        page.put(format_args!("</li>\n"));
    }
    page.put(format_args!("</ul>\n"));
}

/// What the runs of one experiment say: tables, then charts, whose ids begin with `scope`.
fn put_part(page: &mut Page, analysis: &Analysis<'_>, scope: &str) {
    let experiment = analysis.experiment();
    let title =
        experiment.map_or_else(|| analysis.name().to_owned(), |known| format!("{}: {}", known.name, known.title));
    page.put(format_args!("<h3>{}</h3>\n", Escaped(&title)));
    let texts = say::texts(analysis);
    if let Some(texts) = &texts {
        page.put(format_args!("<p class=\"question\">{}</p>\n", Escaped(&texts.question)));
    }
    if let Some(parameters) = say::parameters(analysis) {
        page.put(format_args!("<p class=\"hint\">{}</p>\n", Escaped(&parameters)));
    }
    let tables = say::tables(analysis, View::Html);
    put_findings(page, &say::statements(analysis), &tables, scope);
    for table in &tables {
        put_table(page, 4, table, Some(scope));
    }
    for (name, text) in texts.iter().flat_map(Texts::beside_the_article) {
        page.put(format_args!("<p class=\"hint\">{name}: {}</p>\n", Escaped(text)));
    }
    page.put(format_args!("<h4>Charts</h4>\n<div class=\"charts\">\n"));
    for chart in chart::figures(analysis, Form::Wide, scope) {
        put_chart(page, &chart);
    }
    page.put(format_args!("</div>\n"));
    put_timelines(page, analysis, scope);
}

/// What was found, with ways to the chart that shows it and to the row that it is about.
fn put_findings(page: &mut Page, found: &[Statement], tables: &[Table], scope: &str) {
    for said in found {
        let chart = ChartKind::showing(said.evidence);
        page.put(format_args!(
            "<p class=\"finding\">{} <a href=\"#{scope}-{chart}-0\">See the chart</a>",
            Escaped(&said.text)
        ));
        if let Some(line) = said.line(tables) {
            page.put(format_args!(" <a href=\"#{scope}-{line}\">See the row</a>"));
        }
        page.put(format_args!("</p>\n"));
    }
}

/// The last run of each row, all of a workload on one axis.
fn put_timelines(page: &mut Page, analysis: &Analysis<'_>, scope: &str) {
    let detail = page.detail;
    let timelines =
        chart::timelines(analysis, detail, Form::Wide, scope).map(|(row, chart)| (row.label.to_string(), chart));
    put_as_far_as_there_is_room(page, "The last run of each row.", timelines);
}

/// Timelines of rows that have these names, under a heading: those that there is room for, and the names of the others.
fn put_as_far_as_there_is_room(page: &mut Page, about: &str, timelines: impl Iterator<Item = (String, Chart)>) {
    let mut left_out = Vec::new();
    page.put(format_args!("<h4>Timelines</h4>\n<p class=\"hint\">{}</p>\n<div class=\"charts\">\n", Escaped(about)));
    for (row, chart) in timelines {
        let before = page.text.len();
        put_chart(page, &chart);
        match page.room.checked_sub(page.text.len() - before) {
            Some(room) => page.room = room,
            None => {
                page.text.truncate(before);
                left_out.push(row);
            }
        }
    }
    page.put(format_args!("</div>\n"));
    if !left_out.is_empty() {
        let rows = left_out.join("; ");
        page.put(format_args!("<p class=\"hint\">To keep this page small, left out: {}.</p>\n", Escaped(&rows)));
    }
}

/// A chart, with the numbers that it draws to unfold.
fn put_chart(page: &mut Page, chart: &Chart) {
    let Chart { kind, id, svg, caption, table, .. } = chart;
    page.put(format_args!("<figure id=\"{id}\" data-chart=\"{kind}\" aria-labelledby=\"{id}-title\">{svg}"));
    if let Some(caption) = caption {
        page.put(format_args!("<figcaption>{}</figcaption>", Escaped(caption)));
    }
    if let Some(table) = table {
        page.put(format_args!("\n<details><summary>{}</summary>\n", Escaped(&table.title)));
        put_grid(page, table, None);
        page.put(format_args!("</details>"));
    }
    page.put(format_args!("</figure>\n"));
}

/// A table under its title. If links lead to its lines, their ids begin with this scope.
fn put_table(page: &mut Page, level: usize, table: &Table, scope: Option<&str>) {
    page.put(format_args!("<h{level}>{}</h{level}>\n", Escaped(&table.title)));
    put_grid(page, table, scope);
}

/// A table without its title, with what has to be known to read it.
fn put_grid(page: &mut Page, table: &Table, scope: Option<&str>) {
    let title = Escaped(&table.title);
    if !table.lines.is_empty() {
        page.put(format_args!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table>\n<thead><tr>"
        ));
        put_headings(page, table);
        page.put(format_args!("</tr></thead>\n<tbody>\n"));
        for (place, line) in table.lines.iter().enumerate() {
            match scope {
                Some(scope) => page.put(format_args!("<tr id=\"{scope}-{}\">", say::line_id(table.key, place))),
                None => page.put(format_args!("<tr>")),
            }
            put_line(page, line, table);
            page.put(format_args!("</tr>\n"));
        }
        page.put(format_args!("</tbody>\n</table></div>\n"));
    }
    for note in &table.notes {
        page.put(format_args!("<p class=\"hint\">{}</p>\n", Escaped(&note.text)));
    }
}

/// The headings of columns; those of a group below its name.
fn put_headings(page: &mut Page, table: &Table) {
    let has_groups = !table.groups().is_empty();
    let put = |page: &mut Page, column: &Column, rows: &str| {
        let (class, heading) = (class(column.unit.is_number()), column.heading());
        page.put(format_args!("<th scope=\"col\"{class}{rows}>{}</th>", Escaped(&heading)));
    };
    if has_groups {
        let mut at = 0;
        for (group, columns) in table.spans() {
            match group {
                Some(name) => {
                    page.put(format_args!("<th scope=\"colgroup\" colspan=\"{columns}\">{}</th>", Escaped(name)))
                }
                None => put(page, &table.columns[at], " rowspan=\"2\""),
            }
            at += columns;
        }
        page.put(format_args!("</tr>\n<tr>"));
    }
    for column in table.columns.iter().filter(|column| !has_groups || column.group.is_some()) {
        put(page, column, "");
    }
}

fn put_line(page: &mut Page, line: &Line, table: &Table) {
    match line {
        Line::Cells { cells, .. } => {
            for (index, (cell, column)) in cells.iter().zip(&table.columns).enumerate() {
                let cell = cell.shown(column.unit);
                let cell = Escaped(&cell);
                match index {
                    0 => page.put(format_args!("<th scope=\"row\">{cell}</th>")),
                    _ => page.put(format_args!("<td{}>{cell}</td>", class(column.unit.is_number()))),
                }
            }
        }
        Line::LeftOut { label, reason } => {
            let (label, rest) = (Escaped(label), table.columns.len() - 1);
            page.put(format_args!("<th scope=\"row\">{label}</th>"));
            page.put(format_args!("<td colspan=\"{rest}\">left out: {}</td>", Escaped(reason)));
        }
    }
}

fn class(number: bool) -> &'static str {
    if number { " class=\"number\"" } else { "" }
}

impl Page {
    fn put(&mut self, text: Arguments<'_>) {
        self.text.write_fmt(text).expect("a String takes all that is written to it");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::experiment::experiments;
    use crate::export::fixture::reports;
    use crate::report::PartOf;
    use crate::report::fixture::ReportBuilder;
    use crate::row::Row;

    /// Every id is there once, and every link leads to one.
    fn assert_links(page: &str) {
        let values = |before| page.split(before).skip(1).filter_map(|rest| rest.split('"').next());
        let mut ids = BTreeSet::new();
        for id in values(" id=\"") {
            assert!(ids.insert(id), "{id} is there twice");
        }
        for to in values("href=\"#") {
            assert!(ids.contains(to), "{to} leads nowhere");
        }
    }

    #[test]
    fn links_lead_to_what_they_name() {
        for experiment in experiments() {
            let scaled = |row: &Row, run: u32| f64::from(100 + run) / f64::from(row.workers.min(2));
            let report = ReportBuilder::of(&experiment.name).runs(6).wall_ms(scaled).build();
            let part = |(place, name): (u32, &str)| {
                let part = PartOf { pair: "pair".to_owned(), name: name.to_owned(), place, sizes_of: None };
                Report { part: Some(part), id: format!("pair-{name}"), ..report.clone() }
            };
            let page = html(&[report.clone(), part((0, "native")), part((1, "chromium"))]);
            assert_links(&page);
            for (to, rest) in page.split("href=\"#").skip(1).filter_map(|rest| rest.split_once('"')) {
                let is_a_row = page.contains(&format!("<tr id=\"{to}\">"));
                assert_eq!(is_a_row, rest.starts_with(">See the row"), "{to}");
            }
        }
    }

    proptest! {
        #[test]
        fn hostile_text_stays_text(mut reports in reports()) {
            // Two reports may be the same, and still be told apart.
            reports.extend(reports.first().cloned());
            let page = html(&reports);
            prop_assert!(!page.contains("<script") && !page.contains("alert(1)</script>"));
            // The only style ends where it should.
            prop_assert_eq!(page.matches("</style>").count(), 1);
            prop_assert_eq!(page.matches("<td").count(), page.matches("</td>").count());
            assert_links(&page);
            for scheme in ["src=", "url(h", "@import", "href=\"h"] {
                prop_assert!(!page.contains(scheme), "{}", scheme);
            }
        }
    }
}
