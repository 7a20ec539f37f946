//! One page that needs nothing else: no network, no script. It follows light and dark, and can be printed.

use std::fmt::{Arguments, Write};

use crate::analysis::{Analysis, Comparison, compare_analyses, names, warnings};
use crate::chart::{self, Chart, Detail, Escaped};
use crate::report::{Report, Warning};
use crate::say::{self, Line, Table, Texts, View};

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
    /// Each report with what it is called.
    reports: Vec<(&'a Report, String)>,
    /// What gives cause for doubt about each.
    warnings: Vec<Vec<Warning>>,
    /// Each as a whole, if there are several.
    wholes: Vec<Analysis<'a>>,
    /// Each experiment by experiment.
    parts: Vec<Vec<Analysis<'a>>>,
    /// How each but the first compares with the first.
    comparisons: Vec<Comparison>,
}

impl<'a> Found<'a> {
    fn of(reports: &'a [Report]) -> Self {
        let compared = if reports.len() > 1 { reports } else { &[] };
        let wholes: Vec<Analysis<'_>> = compared.iter().map(Analysis::of).collect();
        let comparisons = wholes.iter().skip(1).map(|candidate| compare_analyses(&wholes[0], candidate)).collect();
        let parts = reports.iter().map(Analysis::parts).collect();
        let warnings = reports.iter().map(warnings).collect();
        Self { reports: reports.iter().zip(names(reports)).collect(), warnings, comparisons, parts, wholes }
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
    let titles: Vec<String> = found.reports.iter().map(|(report, _)| say::title(report)).collect();
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
    for at in 1..found.wholes.len() {
        put_comparison(&mut page, found, at);
    }
    for index in 0..found.reports.len() {
        put_report(&mut page, found, index);
    }
    page.put(format_args!("</main>\n</body>\n</html>\n"));
    page
}

/// Links to all parts, where there are several.
fn put_contents(page: &mut Page, Found { reports, parts, .. }: &Found<'_>) {
    if parts.iter().map(Vec::len).sum::<usize>() < 2 {
        return;
    }
    page.put(format_args!("<nav aria-label=\"Contents\">\n<ul>\n"));
    for (index, (_, name)) in reports.iter().enumerate().skip(1) {
        let against = format!("{name} against {}", reports[0].1);
        page.put(format_args!("<li><a href=\"#compare-{index}\">{}</a></li>\n", Escaped(&against)));
    }
    for (index, (parts, (_, name))) in parts.iter().zip(reports).enumerate() {
        page.put(format_args!("<li><a href=\"#report-{index}\">{}</a>", Escaped(name)));
        for (at, part) in parts.iter().enumerate() {
            page.put(format_args!(" · <a href=\"#report-{index}-{at}\">{}</a>", Escaped(part.name())));
        }
        page.put(format_args!("</li>\n"));
    }
    page.put(format_args!("</ul>\n</nav>\n"));
}

/// The report at a place beside the first: a table of ratios, and charts of both.
fn put_comparison(page: &mut Page, found: &Found<'_>, at: usize) {
    let scope = format!("compare-{at}");
    let (comparison, names) = (&found.comparisons[at - 1], [0, at].map(|at| found.reports[at].1.as_str()));
    page.put(format_args!("<section id=\"{scope}\">\n"));
    put_table(page, 2, &say::comparison(comparison, names));
    page.put(format_args!("<div class=\"charts\">\n"));
    for chart in chart::comparison_figures(comparison, &found.wholes[0], &found.wholes[at], names, &scope) {
        put_chart(page, &chart);
    }
    page.put(format_args!("</div>\n</section>\n"));
}

/// A report: its environment, its warnings, then its experiments.
fn put_report(page: &mut Page, found: &Found<'_>, index: usize) {
    let (report, name) = &found.reports[index];
    let title = format!("{}: {name}", say::title(report));
    page.put(format_args!("<article id=\"report-{index}\" class=\"report\">\n<h2>{}</h2>\n<dl>\n", Escaped(&title)));
    for (name, value) in say::facts(report) {
        page.put(format_args!("<div><dt>{name}</dt><dd>{}</dd></div>\n", Escaped(&value)));
    }
    page.put(format_args!("</dl>\n"));
    let warnings = &found.warnings[index];
    if !warnings.is_empty() {
        page.put(format_args!("<ul class=\"warnings\" aria-label=\"Warnings\">\n"));
        for warning in warnings {
            page.put(format_args!("<li>{}</li>\n", Escaped(&warning.to_string())));
        }
        page.put(format_args!("</ul>\n"));
    }
    for (at, part) in found.parts[index].iter().enumerate() {
        let scope = format!("report-{index}-{at}");
        page.put(format_args!("<section id=\"{scope}\" class=\"part\">\n"));
        put_part(page, part, &scope);
        page.put(format_args!("</section>\n"));
    }
    page.put(format_args!("</article>\n"));
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
    if let Some(finding) = say::finding(analysis) {
        page.put(format_args!("<p class=\"finding\">{}</p>\n", Escaped(&finding)));
    }
    for table in say::tables(analysis, View::Html) {
        put_table(page, 4, &table);
    }
    for (name, text) in texts.iter().flat_map(Texts::beside_the_article) {
        page.put(format_args!("<p class=\"hint\">{name}: {}</p>\n", Escaped(text)));
    }
    page.put(format_args!("<h4>Charts</h4>\n<div class=\"charts\">\n"));
    for chart in chart::figures(analysis, scope) {
        put_chart(page, &chart);
    }
    page.put(format_args!("</div>\n"));
    put_timelines(page, analysis, scope);
}

/// The last run of each row, all of a workload on one axis.
fn put_timelines(page: &mut Page, analysis: &Analysis<'_>, scope: &str) {
    let mut left_out = Vec::new();
    page.put(format_args!(
        "<h4>Timelines</h4>\n<p class=\"hint\">The last run of each row.</p>\n<div class=\"charts\">\n"
    ));
    for (row, chart) in chart::timelines(analysis, page.detail, scope) {
        match page.room.checked_sub(chart.svg.len()) {
            Some(room) => {
                page.room = room;
                put_chart(page, &chart);
            }
            None => left_out.push(row.label.to_string()),
        }
    }
    page.put(format_args!("</div>\n"));
    if !left_out.is_empty() {
        let rows = left_out.join("; ");
        page.put(format_args!("<p class=\"hint\">To keep this page small, left out: {}.</p>\n", Escaped(&rows)));
    }
}

fn put_chart(page: &mut Page, chart: &Chart) {
    page.put(format_args!("<figure data-chart=\"{}\">{}", chart.kind, chart.svg));
    if let Some(caption) = &chart.caption {
        page.put(format_args!("<figcaption>{}</figcaption>", Escaped(caption)));
    }
    page.put(format_args!("</figure>\n"));
}

fn put_table(page: &mut Page, level: usize, table: &Table) {
    let title = Escaped(&table.title);
    page.put(format_args!("<h{level}>{title}</h{level}>\n"));
    if !table.lines.is_empty() {
        page.put(format_args!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table>\n<thead><tr>"
        ));
        for column in &table.columns {
            let heading = column.heading();
            page.put(format_args!("<th scope=\"col\"{}>{}</th>", class(column.unit.is_number()), Escaped(&heading)));
        }
        page.put(format_args!("</tr></thead>\n<tbody>\n"));
        for line in &table.lines {
            page.put(format_args!("<tr>"));
            put_line(page, line, table);
            page.put(format_args!("</tr>\n"));
        }
        page.put(format_args!("</tbody>\n</table></div>\n"));
    }
    for note in &table.notes {
        page.put(format_args!("<p class=\"hint\">{}</p>\n", Escaped(&note.text)));
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
    use crate::export::fixture::reports;

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
            let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
            for scheme in ["src=", "url(h", "@import", "href=\"h"] {
                prop_assert!(!page.contains(scheme), "{}", scheme);
            }
        }
    }
}
