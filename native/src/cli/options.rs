//! The options of `parlab run`, made from the one table that says what can be asked for.

use std::path::Path;

use anyhow::anyhow;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use parlab_shared::measure::Request;
use parlab_shared::measure::option::{Kind, OPTIONS, RequestOption};

use super::input;

/// The longest list of addresses that is read, in bytes.
const LIST_BYTES_MAX: u64 = 4_000_000;

/// The options that are given, each with its text.
#[derive(Clone, Debug)]
pub struct Options(Vec<(&'static RequestOption, String)>);

impl Options {
    /// The request for an experiment or workload with these options. Files that they name are read.
    ///
    /// # Errors
    /// The first option that cannot be used.
    pub fn request(&self, name: &str) -> anyhow::Result<Request> {
        let mut request = Request::named(name);
        for (option, text) in &self.0 {
            if option.kind == Kind::Addresses {
                let lines = lines_of(text);
                let set = lines.and_then(|lines| {
                    option.set(&mut request, &lines).map_err(|reason| format!("cannot be used: {reason}"))
                });
                set.map_err(|reason| anyhow!("--{} {text} {reason}", option.key))?;
            } else {
                request.set(option.key, text).map_err(|error| anyhow!(error.of_options()))?;
            }
        }
        Ok(request)
    }
}

/// The lines of a file, or of standard input.
fn lines_of(path: &str) -> Result<String, String> {
    let file = input::read(Path::new(path), LIST_BYTES_MAX)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned()));
    file.map_err(|reason| format!("{reason}; give a file with one address per line, or - for standard input"))
}

/// One option as clap knows it.
fn arg(option: &'static RequestOption) -> Arg {
    let arg = Arg::new(option.key).long(option.key).help(option.help());
    let arg = option.short.into_iter().fold(arg, Arg::short);
    let arg = option.alias.into_iter().fold(arg, |arg, alias| arg.alias(alias));
    if option.kind == Kind::Flag {
        // What follows without a = is the name of an experiment.
        let arg = arg.num_args(0..=1).require_equals(true).default_missing_value("on");
        return arg.action(ArgAction::Append).value_name("on,off");
    }
    let action = if option.kind.is_list() { ArgAction::Append } else { ArgAction::Set };
    arg.action(action).value_name(option.value)
}

/// What was given of an option. A list that is given piece by piece is one list.
fn given(matches: &ArgMatches, option: &RequestOption) -> Option<String> {
    let texts: Vec<&str> = matches.get_many::<String>(option.key)?.map(String::as_str).collect();
    Some(texts.join(option.kind.separator()))
}

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        OPTIONS.iter().fold(command, |command, option| command.arg(arg(option)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let options = OPTIONS.iter().filter_map(|option| Some((option, given(matches, option)?)));
        Ok(Self(options.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
