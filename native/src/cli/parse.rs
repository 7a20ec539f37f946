//! The command line as clap reads it, with help and errors as wide as the terminal.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, Command, Parser};
use parlab_shared::measure::option;

use super::UNABLE;
use crate::terminal::{self, Style};

/// Reads the arguments of this process. Where they ask for help, or cannot be understood, that is said, and there is an exit
/// code instead.
pub fn parse<C: Parser>() -> Result<C, ExitCode> {
    let mut command = C::command().term_width(Style::of_stdout(false).room());
    let arguments: Vec<_> = std::env::args_os().collect();
    // What each of its parts has is known then.
    command.build();
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let chosen = arguments.iter().skip(1).find_map(|word| command.find_subcommand(word)).unwrap_or(&command);
    if let Some(advice) = value_apart(chosen, &words) {
        return Err(say(&chosen.clone().error(ErrorKind::NoEquals, advice)));
    }
    let read = command.try_get_matches_from_mut(arguments);
    let read = read.and_then(|matches| C::from_arg_matches(&matches).map_err(|error| error.format(&mut command)));
    read.map_err(|error| say(&error))
}

/// What to type instead, where the value of an option that may have none stands apart from it in the words of a command, and so
/// would be taken for something else.
fn value_apart(command: &Command, words: &[impl AsRef<str>]) -> Option<String> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).take_while(|word| *word != "--").collect();
    words.windows(2).find_map(|pair| {
        let (typed, value) = (pair[0], pair[1]);
        let name = typed.strip_prefix("--")?;
        let is_meant = |arg: &Arg| {
            let aliases = arg.get_all_aliases().unwrap_or_default();
            arg.is_require_equals_set() && (arg.get_long() == Some(name) || aliases.contains(&name))
        };
        let id = command.get_arguments().find(|arg| is_meant(arg))?.get_id();
        let is_value = option::find(id.as_str()).is_some_and(|option| option.check(value).is_ok());
        is_value.then(|| format!("{typed} {value} cannot be used: write {typed}={value}"))
    })
}

/// Says what clap has to say.
fn say(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        terminal::complain_in_lines(&text.to_string());
        return ExitCode::from(UNABLE);
    }
    let is_coloured = Style::of_stdout(false).colour;
    match terminal::print(&if is_coloured { text.ansi().to_string() } else { text.to_string() }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::from(UNABLE)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_value_that_has_to_follow_an_equals_sign_is_shown_with_one() {
        let mut command = Cli::command();
        command.build();
        let mut found = 0;
        for subcommand in command.get_subcommands() {
            for option in subcommand.get_arguments().filter(|option| option.is_require_equals_set()) {
                let typed = format!("--{}", option.get_long().expect("a long name"));
                for value in ["on", "off", "on,off", "true"] {
                    let expected = format!("{typed} {value} cannot be used: write {typed}={value}");
                    for words in [
                        ["parlab", subcommand.get_name(), "io-heavy", typed.as_str(), value],
                        ["parlab", subcommand.get_name(), typed.as_str(), value, "io-heavy"],
                    ] {
                        assert_eq!(value_apart(subcommand, &words), Some(expected.clone()), "{words:?}");
                        found += 1;
                    }
                }
                for words in [
                    ["parlab", subcommand.get_name(), typed.as_str(), "io-heavy", "on"],
                    ["parlab", subcommand.get_name(), "--", typed.as_str(), "on"],
                ] {
                    assert_eq!(value_apart(subcommand, &words), None, "{words:?}");
                }
            }
        }
        assert!(found > 0, "there is no such option any more");
    }
}
