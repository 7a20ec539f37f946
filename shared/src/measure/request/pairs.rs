//! Parameters as an address has them: names with values, each once.

use super::{Request, RequestError};
use crate::measure::option;

/// Parameters that can be read, by the names that options have today, and what is wrong with the others. Of a
/// parameter that comes twice the first value is taken.
pub fn read_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> (Vec<(String, String)>, Vec<RequestError>) {
    let (mut read, mut errors): (Vec<(String, String)>, _) = (Vec::new(), Vec::new());
    for (name, value) in pairs {
        let option = option::find(&name);
        let key = option.map_or(name.as_str(), |option| option.key);
        if let Some((_, first)) = read.iter().find(|(earlier, _)| earlier == key) {
            let together = option.is_some_and(|option| option.kind.is_list());
            errors.push(RequestError::Twice { key: name, first: first.clone(), second: value, together });
            continue;
        }
        match Request::default().set(&name, &value) {
            Ok(()) => read.push((key.to_owned(), value)),
            Err(error) => errors.push(error),
        }
    }
    (read, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (read, errors) = read_pairs(owned);
        (read, errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_parameter_comes_once_whatever_it_is_called() {
        let (read, errors) =
            pairs(&[("run", "sum"), ("runs", "3"), ("workers", "1"), ("runs", "3"), ("workers", "2,4")]);
        assert_eq!(read.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["run", "runs", "workers"]);
        let expected = [
            "runs is given twice, as \"3\" and as \"3\": give it once",
            "workers is given twice, as \"1\" and as \"2,4\": give it once, with commas between its values",
        ];
        assert_eq!(errors, expected);
        let (read, errors) = pairs(&[("keep", "lock"), ("sharing", "merge"), ("run", "sum"), ("run", "count")]);
        assert_eq!(read, [("sharing".to_owned(), "lock".to_owned()), ("run".to_owned(), "sum".to_owned())]);
        let expected = [
            "sharing is given twice, as \"lock\" and as \"merge\": give it once, with commas between its values",
            "run is given twice, as \"sum\" and as \"count\": give it once",
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn what_cannot_be_read_leaves_the_rest() {
        let (read, errors) = pairs(&[("run", "sum"), ("wokers", "1"), ("tasks", "two"), ("seed", "7")]);
        assert_eq!(read.len(), 2);
        assert!(errors[0].starts_with("there is no parameter \"wokers\"; use one of run, strategy, "), "{errors:?}");
        assert_eq!(
            errors[1],
            "tasks = \"two\" cannot be used: use whole numbers from 1 to 1000000, with commas: 1,2,4"
        );
    }
}
