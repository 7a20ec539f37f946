//! The options of `parlab run`, made from the one table that says what can be asked for.

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
    let parser = ValueParser::from(move |text: &str| option.check(text).map(|()| text.to_owned()));
    let action = if option.kind.is_list() { ArgAction::Append } else { ArgAction::Set };
    arg.action(action).value_name(option.value).value_parser(parser)
}

/// What was given of an option. A list that is given piece by piece is one list.
fn given(matches: &ArgMatches, option: &RequestOption) -> Option<String> {
    if option.kind == Kind::Flag {
        return matches.get_flag(option.key).then(|| "1".to_owned());
    }
    let texts: Vec<&str> = matches.get_many::<String>(option.key)?.map(String::as_str).collect();
    Some(texts.join(","))
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
