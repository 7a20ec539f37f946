//! The command line as clap reads it, with help and errors as wide as the terminal.

use std::process::ExitCode;

use clap::Parser;

use super::UNABLE;
use crate::terminal::{self, Style};

/// Reads the arguments of this process. Where they ask for help, or cannot be understood, that is said, and there is an exit
/// code instead.
pub fn parse<C: Parser>() -> Result<C, ExitCode> {
    let mut command = C::command().term_width(Style::of_stdout(false).room());
    let read = command.try_get_matches_from_mut(std::env::args_os());
    let read = read.and_then(|matches| C::from_arg_matches(&matches).map_err(|error| error.format(&mut command)));
    read.map_err(|error| say(&error))
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
