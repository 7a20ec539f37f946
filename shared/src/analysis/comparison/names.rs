//! What reports are called beside each other.

use crate::analysis::pair::take_turns;
use crate::report::Report;
use crate::strategy::Platform;

/// Names that tell reports apart, as short as that allows: of a part of a pair its own; else the platform, with the browser
/// where the platform does not say which. Where several have the same, each with the place of its file among all files; the
/// parts of a pair, which follow each other, are of one.
pub fn names<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<String> {
    let name = |report: &Report| match (&report.part, &report.environment.browser) {
        (Some(part), _) => part.name.clone(),
        (None, Some(browser)) if report.platform == Platform::Browser => {
            format!("{} ({})", report.platform, browser.name)
        }
        (None, _) => report.platform.to_string(),
    };
    let reports: Vec<&Report> = reports.into_iter().collect();
    let names: Vec<String> = reports.iter().map(|report| name(report)).collect();
    let unique = |name: &String| names.iter().filter(|known| *known == name).count() == 1;
    let mut place = 0;
    let placed = reports.iter().enumerate().map(|(at, report)| {
        place += usize::from(at == 0 || !take_turns(reports[at - 1], report));
        if unique(&names[at]) { names[at].clone() } else { format!("#{place} {}", names[at]) }
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;

    #[test]
    fn names_tell_reports_apart() {
        let native = ReportBuilder::of("sum").runs(1).build();
        let browser = Report { platform: Platform::Browser, ..native.clone() };
        assert_eq!(names([&native, &browser]), ["native", "browser"]);
        assert_eq!(names([&native, &browser, &native]), ["#1 native", "browser", "#3 native"]);
    }
}
