//! A chart as a file of its own: with its looks inside it, on a ground, and light, since it goes into a document.

use std::fmt::Write;

/// A file name has at most so many characters before its dot.
const NAME_MAX: usize = 60;

/// A chart as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its text.
    pub svg: String,
    /// Its width and height in CSS pixels.
    pub size: [u32; 2],
}

/// The file of a chart, given its `<svg>` element and the style of all charts; nothing, if the element has no view box.
pub fn file(svg: &str, style: &str) -> Option<File> {
    let (opening, rest) = svg.split_at(svg.find('>')? + 1);
    let attributes = opening.strip_suffix('>')?;
    let mut numbers = attributes.split("viewBox=\"").nth(1)?.split('"').next()?.split(' ').skip(2);
    let mut length =
        || numbers.next()?.parse::<f64>().ok().filter(|length| *length >= 1.0).map(|length| length.ceil() as u32);
    let size @ [width, height] = [length()?, length()?];
    let mut file = format!(r#"{attributes} width="{width}" height="{height}" data-theme="light">"#);
    // The rule at the end: by the style a chart is as wide as its page.
    let own = format!("svg.chart{{width:{width}px;height:{height}px;max-width:none}}");
    let ground = r#"<rect width="100%" height="100%" style="fill:var(--chart-ground,#fff)"/>"#;
    _ = write!(file, "<style>{style}{own}</style>{ground}{rest}");
    Some(File { svg: file, size })
}

/// Whether a chart has marks that say something.
pub fn has_marks(svg: &str) -> bool {
    // The first title is the chart's own.
    svg.matches("<title").nth(1).is_some()
}

/// What a file of a chart is called, without its ending: letters and digits of its title.
pub fn stem(kind: &str, title: &str) -> String {
    let words = format!("{kind} {title}");
    let words = words.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let stem = words.collect::<Vec<_>>().join("-").to_lowercase();
    stem.chars().take(NAME_MAX).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use parlab_shared::chart::{self, STYLE};
    use parlab_shared::experiment::experiments;

    use super::*;

    #[test]
    fn a_file_has_its_looks_a_size_and_a_ground() {
        let svg =
            r#"<svg xmlns="x" class="chart" viewBox="0 0 520 301.5"><title>t</title><rect class="chart-bar"/></svg>"#;
        let made = file(svg, ".chart-bar{fill:red}").expect("it has a view box");
        assert_eq!(made.size, [520, 302]);
        let expected = concat!(
            r#"<svg xmlns="x" class="chart" viewBox="0 0 520 301.5" width="520" height="302" data-theme="light">"#,
            "<style>.chart-bar{fill:red}svg.chart{width:520px;height:302px;max-width:none}</style>",
            r#"<rect width="100%" height="100%" style="fill:var(--chart-ground,#fff)"/><title>t</title>"#,
            r#"<rect class="chart-bar"/></svg>"#
        );
        assert_eq!(made.svg, expected);
    }

    #[test]
    fn what_is_no_chart_is_no_file() {
        for svg in ["", "<svg>", r#"<svg viewBox="0 0 0 10">"#, r#"<svg viewBox="0 0 a b">"#, r#"<svg viewBox="0 0 9""#]
        {
            assert_eq!(file(svg, ""), None, "{svg}");
        }
    }

    #[test]
    fn the_style_of_charts_can_stand_in_a_file() {
        assert!(!STYLE.contains(['<', '&']), "XML would take it for more than text");
        assert!(STYLE.contains(r#"[data-theme="light"]"#) && STYLE.contains("--chart-ground"));
        for experiment in experiments() {
            assert!(file(&chart::idea(experiment, 4), STYLE).is_some(), "{}", experiment.name);
        }
    }

    #[test]
    fn names_of_files() {
        #[track_caller]
        fn check(title: &str, expected: &str) {
            assert_eq!(stem("timeline", title), expected);
        }
        check("threads × 2, pool", "timeline-threads-2-pool");
        check("", "timeline");
        check("../..", "timeline");
        check(&"long ".repeat(30), &format!("timeline-{}l", "long-".repeat(10)));
    }

    #[test]
    fn marks_have_titles() {
        assert!(!has_marks(r#"<svg><title id="t">a</title><rect/></svg>"#));
        assert!(has_marks(r#"<svg><title id="t">a</title><rect><title>b</title></rect></svg>"#));
    }
}
