//! One page that needs nothing else: no network, no script. It follows light and dark, and can be printed.

use std::collections::BTreeMap;
use std::fmt::{Arguments, Write};

use super::tables::{self, Table};
use crate::chart::{
    self, Bar, Detail, Escaped, Series, article_hint, bars, figure_title, label, last_runs, many_workloads, scaling,
    scaling_series, timeline_in,
};
use crate::experiment;
use crate::measure::Row;
use crate::report::{Report, Run, compare, names, summarize, traffic};

/// A page is no larger than this, as far as leaving timelines out can achieve it.
pub(super) const BYTES_MAX: usize = 1_000_000;
/// How much of timelines is drawn: the first of these with which the page is small enough.
const DETAILS: [Detail; 4] =
    [Detail::FULL, Detail { tasks: 50, bars: 500 }, Detail { tasks: 20, bars: 100 }, Detail { tasks: 10, bars: 30 }];
/// The page's own looks; the charts bring theirs.
const STYLE: &str = include_str!("page.css");

/// The page.
pub(super) fn html(reports: &[Report]) -> String {
    let whole = page(reports, DETAILS[0], usize::MAX).text;
    if whole.len() <= BYTES_MAX {
        return whole;
    }
    let least = DETAILS[DETAILS.len() - 1];
    let bare = page(reports, least, 0).text;
    let Some(room) = BYTES_MAX.checked_sub(bare.len()) else { return bare };
    let mut pages = DETAILS[1..].iter().map(|detail| page(reports, *detail, usize::MAX).text);
    // Where even the least is too much, timelines are drawn as long as there is room.
    pages.find(|page| page.len() <= BYTES_MAX).unwrap_or_else(|| page(reports, least, room).text)
}

/// A page as it is being written.
struct Page {
    text: String,
    detail: Detail,
    /// Bytes that timelines may still take.
    room: usize,
    /// How often each chart is there, by its id: equal charts have equal ids.
    charts: BTreeMap<String, usize>,
}

fn page(reports: &[Report], detail: Detail, room: usize) -> Page {
    let mut page = Page { text: String::new(), detail, room, charts: BTreeMap::new() };
    let titles: Vec<String> = reports.iter().map(tables::title).collect();
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
    let names = names(reports);
    contents(&mut page, reports, &names);
    if let [first, others @ ..] = reports {
        for (index, (other, name)) in others.iter().zip(&names[1..]).enumerate() {
            comparison(&mut page, index, [first, other], [&names[0], name]);
        }
    }
    for (index, (report, name)) in reports.iter().zip(&names).enumerate() {
        of_report(&mut page, index, report, name);
    }
    page.put(format_args!("</main>\n</body>\n</html>\n"));
    page
}

/// Links to all parts, where there are several.
fn contents(page: &mut Page, reports: &[Report], names: &[String]) {
    let parts: Vec<Vec<Report>> = reports.iter().map(Report::by_experiment).collect();
    if parts.iter().map(Vec::len).sum::<usize>() < 2 {
        return;
    }
    page.put(format_args!("<nav aria-label=\"Contents\">\n<ul>\n"));
    for (index, name) in names.iter().enumerate().skip(1) {
        let against = format!("{name} against {}", names[0]);
        page.put(format_args!("<li><a href=\"#compare-{index}\">{}</a></li>\n", Escaped(&against)));
    }
    for (index, (parts, name)) in parts.iter().zip(names).enumerate() {
        page.put(format_args!("<li><a href=\"#report-{index}\">{}</a>", Escaped(name)));
        for (part, report) in parts.iter().enumerate() {
            let title = tables::title(report);
            page.put(format_args!(" · <a href=\"#report-{index}-{part}\">{}</a>", Escaped(&title)));
        }
        page.put(format_args!("</li>\n"));
    }
    page.put(format_args!("</ul>\n</nav>\n"));
}

/// Two reports side by side: a table of ratios, a chart of times, a chart of speed-ups, experiment by experiment.
fn comparison(page: &mut Page, index: usize, reports: [&Report; 2], names: [&str; 2]) {
    let [first, other] = reports;
    page.put(format_args!("<section id=\"compare-{}\">\n", index + 1));
    table(page, 2, &tables::comparison(first, other, names));
    let sides = reports.map(summarize);
    let mut rows: Vec<Row> = compare(first, other).ratios.into_iter().map(|ratio| ratio.row).collect();
    rows.sort_by_key(|row| first.runs.iter().position(|run| run.row.experiment == row.experiment));
    page.put(format_args!("<div class=\"charts\">\n"));
    for rows in rows.chunk_by(|one, other| one.experiment == other.experiment) {
        let many = rows.windows(2).any(|two| two[0].workload.name() != two[1].workload.name());
        let bar = |row: &Row, side: usize| {
            let one = sides[side].iter().find(|one| one.row.is_same_work(row))?;
            Bar::of_row(label(row, many), names[side].to_owned(), one)
        };
        let pairs: Vec<Bar> = rows.iter().flat_map(|row| [bar(row, 0), bar(row, 1)]).flatten().collect();
        let about = rows[0].experiment.as_deref().unwrap_or(rows[0].workload.name());
        figure(page, "bars", &bars(&format!("Wall time: {about}"), &pairs), None);
    }
    page.put(format_args!("</div>\n"));
    let both: [Vec<Report>; 2] = reports.map(Report::by_experiment);
    page.put(format_args!("<div class=\"charts\">\n"));
    for part in &both[0] {
        let Some(twin) = both[1].iter().find(|twin| tables::title(twin) == tables::title(part)) else { continue };
        let series = [part, twin].into_iter().zip(names).flat_map(|(report, name)| {
            let own = scaling_series(report, &summarize(report), false).into_iter();
            own.map(move |series| Series { name: format!("{name} {}", series.name), ..series })
        });
        let series: Vec<Series> = series.collect();
        if !series.is_empty() {
            // Two machines may differ; then no line says how many cores there are.
            let cores = Some(first.environment.cores).filter(|cores| *cores == other.environment.cores);
            let title = format!("Speed-up by workers: {}", tables::title(part));
            figure(page, "scaling", &scaling(&title, &series, cores), None);
        }
    }
    page.put(format_args!("</div>\n</section>\n"));
}

/// A report: its environment, its warnings, then its experiments.
fn of_report(page: &mut Page, index: usize, report: &Report, name: &str) {
    let title = format!("{}: {name}", tables::title(report));
    page.put(format_args!("<article id=\"report-{index}\" class=\"report\">\n<h2>{}</h2>\n<dl>\n", Escaped(&title)));
    for (name, value) in tables::facts(report) {
        page.put(format_args!("<div><dt>{name}</dt><dd>{}</dd></div>\n", Escaped(&value)));
    }
    page.put(format_args!("</dl>\n"));
    if !report.warnings.is_empty() {
        page.put(format_args!("<ul class=\"warnings\" aria-label=\"Warnings\">\n"));
        for warning in &report.warnings {
            page.put(format_args!("<li>{}</li>\n", Escaped(&warning.to_string())));
        }
        page.put(format_args!("</ul>\n"));
    }
    for (part, report) in report.by_experiment().iter().enumerate() {
        page.put(format_args!("<section id=\"report-{index}-{part}\" class=\"part\">\n"));
        of_experiment(page, report);
        page.put(format_args!("</section>\n"));
    }
    page.put(format_args!("</article>\n"));
}

/// What a report of one experiment says: tables, then charts.
fn of_experiment(page: &mut Page, report: &Report) {
    let experiment = report.experiment.as_deref().and_then(experiment::find).map(|(one, _)| one);
    let title = experiment.map_or_else(|| tables::title(report), |one| format!("{}: {}", one.name, one.title));
    page.put(format_args!("<h3>{}</h3>\n", Escaped(&title)));
    if let Some(one) = experiment {
        page.put(format_args!("<p class=\"question\">{}</p>\n", Escaped(&one.question)));
    }
    if let Some(parameters) = tables::parameters(report) {
        page.put(format_args!("<p class=\"hint\">{}</p>\n", Escaped(&parameters)));
    }
    for of_report in tables::of_report(report) {
        table(page, 4, &of_report);
    }
    if let Some(hides) = experiment.and_then(|one| one.hides.as_ref()) {
        page.put(format_args!("<p class=\"hint\">What the source hides: {}</p>\n", Escaped(hides)));
    }
    let rows = summarize(report);
    if let Some(hint) = article_hint(report, &rows) {
        page.put(format_args!("<p class=\"hint\">{hint}</p>\n"));
    }
    page.put(format_args!("<h4>Charts</h4>\n<div class=\"charts\">\n"));
    for (kind, chart) in chart::figures(report, &rows, &traffic(report)) {
        figure(page, kind, &chart, None);
    }
    page.put(format_args!("</div>\n"));
    timelines(page, report);
}

/// The last run of each row, all of a workload on one axis.
fn timelines(page: &mut Page, report: &Report) {
    let runs = last_runs(report);
    let many = many_workloads(report);
    let mut left_out = Vec::new();
    page.put(format_args!(
        "<h4>Timelines</h4>\n<p class=\"hint\">The last run of each row.</p>\n<div class=\"charts\">\n"
    ));
    for run in &runs {
        let alike = runs.iter().filter(|other| other.row.workload == run.row.workload);
        let until_ms = alike.map(|other| other.wall_ms).max_by(f64::total_cmp);
        let chart = timeline_in(&figure_title(report, run), run, until_ms, page.detail);
        match page.room.checked_sub(chart.len()) {
            Some(room) => {
                page.room = room;
                figure(page, "timeline", &chart, Some(&caption(run, many)));
            }
            None => left_out.push(label(&run.row, many)),
        }
    }
    page.put(format_args!("</div>\n"));
    if !left_out.is_empty() {
        let rows = left_out.join("; ");
        page.put(format_args!("<p class=\"hint\">To keep this page small, left out: {}.</p>\n", Escaped(&rows)));
    }
}

fn caption(run: &Run, many: bool) -> String {
    let kind = match (run.warmup, run.cancelled) {
        (_, true) => ", stopped",
        (true, false) => ", warm-up",
        (false, false) => "",
    };
    let (wall, setup) = (tables::ms(run.wall_ms), tables::ms(run.setup_ms));
    let row = label(&run.row, many);
    format!("{row} ({}){kind}: {wall} ms; making the workers took {setup} ms before that.", run.mechanism)
}

fn figure(page: &mut Page, kind: &str, svg: &str, caption: Option<&str>) {
    let id = svg.split_once("<title id=\"").and_then(|(_, rest)| rest.split_once("-title\"")).map(|(id, _)| id);
    let id = id.unwrap_or_default().to_owned();
    let before = page.charts.entry(id.clone()).or_default();
    *before += 1;
    let svg = match *before {
        1 => svg.to_owned(),
        nth => svg.replace(&format!("{id}-"), &format!("{id}-{nth}-")),
    };
    page.put(format_args!("<figure data-chart=\"{kind}\">{svg}"));
    if let Some(caption) = caption {
        page.put(format_args!("<figcaption>{}</figcaption>", Escaped(caption)));
    }
    page.put(format_args!("</figure>\n"));
}

fn table(page: &mut Page, level: usize, table: &Table) {
    let title = Escaped(&table.title);
    page.put(format_args!("<h{level}>{title}</h{level}>\n"));
    if !table.lines.is_empty() {
        page.put(format_args!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table>\n<thead><tr>"
        ));
        for column in &table.columns {
            let name = Escaped(&column.name);
            page.put(format_args!("<th scope=\"col\"{}>{name}</th>", class(column.number)));
        }
        page.put(format_args!("</tr></thead>\n<tbody>\n"));
        for cells in &table.lines {
            page.put(format_args!("<tr>"));
            for (index, (cell, column)) in cells.iter().zip(&table.columns).enumerate() {
                let cell = Escaped(cell);
                match index {
                    0 => page.put(format_args!("<th scope=\"row\">{cell}</th>")),
                    _ => page.put(format_args!("<td{}>{cell}</td>", class(column.number))),
                }
            }
            page.put(format_args!("</tr>\n"));
        }
        page.put(format_args!("</tbody>\n</table></div>\n"));
    }
    if let Some(note) = &table.note {
        page.put(format_args!("<p class=\"hint\">{}</p>\n", Escaped(note)));
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
        fn hostile_text_stays_text(reports in reports()) {
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
