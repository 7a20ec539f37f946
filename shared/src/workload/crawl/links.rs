//! The links of a page, as its text has them.
//!
//! A tokenizer is all that links need, but what is text and what is a tag depends on the element (the
//! [text states](https://html.spec.whatwg.org/multipage/parsing.html#parsing-html-fragments)): whoever reads tags tells
//! the tokenizer. No scripts run here, so that what stands in `noscript` is part of the page; what stands in a `template`
//! is part of none. No tree is built: SVG and MathML are read like HTML. The Python twin reads pages alike, and
//! `tests/data/pages.json` has cases for both.

use std::collections::BTreeMap;

use html5gum::{HtmlString, Spanned, State, Token, Tokenizer};

/// What a page says of links, in its order and as it stands there.
#[derive(Debug, Default, PartialEq)]
pub struct Links {
    /// What links are resolved against, if the page says so.
    pub base: Option<String>,
    /// Where links lead.
    pub hrefs: Vec<String>,
}

impl Links {
    /// The links of a page. One that is broken is read as browsers do, and is no error.
    pub fn of(page: &[u8]) -> Self {
        let mut links = Self::default();
        let mut templates = 0_u32;
        let mut tokens = Tokenizer::new(page);
        // The tokenizer reads from memory, which cannot fail.
        while let Some(Ok(token)) = tokens.next() {
            match token {
                Token::StartTag(tag) => {
                    if let Some(state) = content_of(&tag.name) {
                        tokens.set_state(state);
                    }
                    match tag.name.as_slice() {
                        b"template" => templates += 1,
                        b"a" if templates == 0 => links.hrefs.extend(href(&tag.attributes)),
                        b"base" if templates == 0 => {
                            links.base = links.base.take().or_else(|| href(&tag.attributes));
                        }
                        _ => {}
                    }
                }
                Token::EndTag(tag) if tag.name.as_slice() == b"template" => templates = templates.saturating_sub(1),
                _ => {}
            }
        }
        links
    }
}

/// In what state the content of an element is read, if it is not read as tags.
fn content_of(element: &[u8]) -> Option<State> {
    match element {
        b"title" | b"textarea" => Some(State::RcData),
        b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes" => Some(State::RawText),
        b"script" => Some(State::ScriptData),
        b"plaintext" => Some(State::PlainText),
        _ => None,
    }
}

fn href(attributes: &BTreeMap<HtmlString, Spanned<HtmlString, ()>>) -> Option<String> {
    attributes.get(b"href".as_slice()).map(|href| String::from_utf8_lossy(href).into_owned())
}
