//! A pair on the page: what all its platforms say of each experiment, side by side.

use super::{Page, put_as_far_as_there_is_room, put_chart, put_doubts, put_findings, put_table};
use crate::analysis::{Analysis, Comparison, PairAnalysis, PairStage, RowAnalysis};
use crate::chart::{self, Chart, ChartKind, Escaped, Form};
use crate::say::{self, Doubt, Texts, View};

/// A pair: what its parts were measured on, what gives cause for doubt, then its experiments.
pub(super) fn put_pair(page: &mut Page, index: usize, doubts: &[Doubt], pair: &PairAnalysis<'_>) {
    let title = say::pair_title(pair);
    page.put(format_args!("<article id=\"report-{index}\" class=\"report\">\n<h2>{}</h2>\n", Escaped(&title)));
    put_table(page, 3, &say::pair_facts(pair), None);
    put_doubts(page, doubts);
    for table in say::pair_summary(pair) {
        put_table(page, 3, &table, None);
    }
    for (at, stage) in pair.stages.iter().enumerate() {
        let scope = format!("report-{index}-{at}");
        page.put(format_args!("<section id=\"{scope}\" class=\"part\">\n"));
        put_stage(page, pair, stage, &scope);
        page.put(format_args!("</section>\n"));
    }
    page.put(format_args!("</article>\n"));
}

/// One experiment: tables, then charts, whose ids begin with `scope`.
fn put_stage(page: &mut Page, pair: &PairAnalysis<'_>, stage: &PairStage<'_>, scope: &str) {
    let Some(known) = stage.known() else { return };
    let title = stage
        .experiment()
        .map_or_else(|| stage.name().to_owned(), |experiment| format!("{}: {}", experiment.name, experiment.title));
    page.put(format_args!("<h3>{}</h3>\n", Escaped(&title)));
    let texts = say::texts(known);
    if let Some(texts) = &texts {
        page.put(format_args!("<p class=\"question\">{}</p>\n", Escaped(&texts.question)));
    }
    if let Some(parameters) = say::parameters(known) {
        page.put(format_args!("<p class=\"hint\">{}</p>\n", Escaped(&parameters)));
    }
    let tables = say::pair_tables(pair, stage, View::Html);
    put_findings(page, &say::pair_statements(pair, stage), &tables, scope);
    for table in &tables {
        put_table(page, 4, table, Some(scope));
    }
    for (name, text) in texts.iter().flat_map(Texts::beside_the_article) {
        page.put(format_args!("<p class=\"hint\">{name}: {}</p>\n", Escaped(text)));
    }
    page.put(format_args!("<h4>Charts</h4>\n<div class=\"charts\">\n"));
    let sides: Vec<(&str, &Analysis<'_>)> = pair.names.iter().map(String::as_str).zip(&stage.parts).collect();
    let comparisons: Vec<&Comparison> = pair.comparisons.iter().collect();
    for chart in chart::comparison_figures(&sides, &comparisons, Form::Wide, scope) {
        put_chart(page, &chart);
    }
    page.put(format_args!("</div>\n"));
    for (part, (name, side)) in sides.iter().enumerate().filter(|(_, (_, side))| !side.rows.is_empty()) {
        put_figures_of(page, name, side, part == 0, &format!("{scope}-{part}"));
    }
    let detail = page.detail;
    let timelines = stage.rows.iter().enumerate().filter_map(|(at, row)| {
        let sides: Vec<(&str, &RowAnalysis<'_>)> = pair
            .names
            .iter()
            .enumerate()
            .filter_map(|(part, name)| Some((name.as_str(), stage.side(row, part)?)))
            .collect();
        let chart = chart::comparison_timelines(&sides, detail, Form::Wide, &format!("{scope}-row-{at}"));
        (!sides.is_empty()).then(|| (row.label.to_string(), chart))
    });
    put_as_far_as_there_is_room(page, "The last run of each row on each platform, on one axis.", timelines);
}

/// The charts of one part that those of all parts do not show; the article's figure is the same for all.
fn put_figures_of(page: &mut Page, name: &str, side: &Analysis<'_>, is_first: bool, scope: &str) {
    let is_own = |chart: &Chart| match chart.kind {
        ChartKind::Article => is_first,
        ChartKind::Sweep | ChartKind::Distribution | ChartKind::Frames => true,
        ChartKind::Scaling
        | ChartKind::Ratios
        | ChartKind::RatioSweep
        | ChartKind::Bars
        | ChartKind::Timeline
        | ChartKind::Trend => false,
    };
    let charts: Vec<Chart> = chart::figures(side, Form::Wide, scope).filter(is_own).collect();
    if charts.is_empty() {
        return;
    }
    page.put(format_args!("<h4>{}</h4>\n<div class=\"charts\">\n", Escaped(name)));
    for chart in &charts {
        put_chart(page, chart);
    }
    page.put(format_args!("</div>\n"));
}
