//! Files of several reports: a JSON array of report files, as a page exports its history.

use serde_json::value::RawValue;

use super::LoadError;

/// The report files in a text: those of an array, or the text itself.
///
/// # Errors
/// It is no array.
pub fn each(text: &str) -> Result<Vec<&str>, LoadError> {
    if !text.trim_start().starts_with('[') {
        return Ok(vec![text]);
    }
    let values: Result<Vec<&RawValue>, _> = serde_json::from_str(text);
    let values =
        values.map_err(|error| if error.is_eof() { LoadError::Truncated } else { LoadError::NotJson(error) })?;
    Ok(values.into_iter().map(RawValue::get).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_taken_apart_and_anything_else_left_as_it_is() {
        let check = |text: &str, expected: &[&str]| assert_eq!(each(text).expect("files"), expected, "{text}");
        check("{\"a\": [1]}", &["{\"a\": [1]}"]);
        check(" [\n{\"a\": 0.10},\n{}]\n", &["{\"a\": 0.10}", "{}"]);
        check("[]", &[]);
        check("", &[""]);
        assert!(matches!(each("[{\"a\": 1}"), Err(LoadError::Truncated)));
        assert!(matches!(each("[1,,2]"), Err(LoadError::NotJson(_))));
    }
}
