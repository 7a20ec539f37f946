//! The options of `parlab run`, made from the one table that says what can be asked for.

use std::fs::File;
use std::io::Read;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use parlab_shared::measure::option::{Kind, OPTIONS, RequestOption};
use parlab_shared::measure::{Request, RequestError};

/// The options that are given, each with its text.
#[derive(Clone, Debug)]
pub struct Options(Vec<(&'static str, String)>);

impl Options {
    /// The request for an experiment or workload with these options.
    ///
    /// # Errors
    /// The first option that cannot be read; clap has refused it before.
    pub fn request(&self, name: &str) -> Result<Request, RequestError> {
        let mut request = Request::named(name);
        for (key, text) in &self.0 {
            request.set(key, text)?;
        }
        Ok(request)
    }
}

/// One option as clap knows it.
fn arg(option: &'static RequestOption) -> Arg {
    let arg = Arg::new(option.key).long(option.key).help(option.help());
    let arg = option.short.into_iter().fold(arg, Arg::short);
    let arg = option.alias.into_iter().fold(arg, |arg, alias| arg.alias(alias));
    if option.kind == Kind::Flag {
        return arg.action(ArgAction::SetTrue);
    }
    let parser = ValueParser::from(move |text: &str| {
        let text = if option.kind == Kind::Addresses { lines_of(text)? } else { text.to_owned() };
        option.check(&text).map(|()| text)
    });
    let action = if option.kind.is_list() { ArgAction::Append } else { ArgAction::Set };
    arg.action(action).value_name(option.value).value_parser(parser)
}

/// The longest list of addresses that is read, in bytes.
const LIST_BYTES_MAX: u64 = 4 << 20;

/// The lines of a file, or of standard input.
fn lines_of(path: &str) -> Result<String, String> {
    let unreadable =
        |error: std::io::Error| format!("{error}; give a file with one address per line, or - for standard input");
    let mut text = String::new();
    let read = match path {
        "-" => std::io::stdin().take(LIST_BYTES_MAX).read_to_string(&mut text),
        path => File::open(path).and_then(|file| file.take(LIST_BYTES_MAX).read_to_string(&mut text)),
    };
    read.map(|_| text).map_err(unreadable)
}

/// What was given of an option. A list that is given piece by piece is one list.
fn given(matches: &ArgMatches, option: &RequestOption) -> Option<String> {
    if option.kind == Kind::Flag {
        return matches.get_flag(option.key).then(|| "1".to_owned());
    }
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
        let options = OPTIONS.iter().filter_map(|option| Some((option.key, given(matches, option)?)));
        Ok(Self(options.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
