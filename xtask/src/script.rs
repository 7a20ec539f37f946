//! Scripts as they are transferred: without comments that have lines of their own, indentation and empty lines. What is left has
//! the lines that it had.

/// The script without what only its readers need; as it is, where that would take more than to look at lines: a text that goes on
/// in the next line.
pub fn slim(script: &str) -> String {
    let (mut left, mut in_comment) = (String::with_capacity(script.len()), false);
    for line in script.lines().map(str::trim) {
        let is_comment = in_comment || line.starts_with("/*");
        if is_comment {
            in_comment = !line.ends_with("*/");
            if in_comment && line.contains("*/") {
                return script.to_owned();
            }
        } else if !line.is_empty() && !line.starts_with("//") {
            if line.ends_with('\\') || line.matches('`').count() % 2 == 1 {
                return script.to_owned();
            }
            left.push_str(line);
            left.push('\n');
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &str) {
        assert_eq!(slim(script), expected);
    }

    #[test]
    fn comments_indentation_and_empty_lines_go() {
        check("// a\n\nif (x) {\n    y(\"// z\"); // w\n}\n", "if (x) {\ny(\"// z\"); // w\n}\n");
        check("/**\n * @param {number} a\n */\n  export f; /* b */\n/* c */\ng", "export f; /* b */\ng\n");
        check("a(`b ${c} d`, `e`)", "a(`b ${c} d`, `e`)\n");
    }

    #[test]
    fn texts_of_several_lines_stay_as_they_are() {
        for script in ["a = `b\n  // c\n`;", "a = 'b\\\n  c';", "/* a\n b */ c;\n  d"] {
            check(script, script);
        }
    }

    #[test]
    fn no_script_of_the_sites_own_stays_as_it_is() {
        let web = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");
        let names = crate::files::walk(std::path::Path::new(web), &["src", "static"]).expect("the sources");
        let scripts: Vec<_> = names.iter().filter(|name| name.ends_with(".js")).collect();
        assert!(scripts.len() > 10, "{scripts:?}");
        for name in scripts {
            let script = std::fs::read_to_string(std::path::Path::new(web).join(name)).expect("a text");
            assert!(slim(&script).len() < script.len() * 9 / 10, "{name}");
        }
    }
}
