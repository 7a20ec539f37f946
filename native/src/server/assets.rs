//! The page's files: embedded in the binary when the binary is built, compressed beforehand, chosen by name and content coding.
//!
//! All but the index lie in a folder that is named by what is in it: a browser keeps them without asking again, so that
//! an open page has its scripts whatever becomes of the server, and never those of another build.

use std::fmt::Write;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::EmbeddedFile;

use crate::program;

/// What `/` stands for.
pub const INDEX: &str = "index.html";
/// The index for hosts that serve files and nothing else; no server sends it.
pub const STATIC_INDEX: &str = "static.html";
/// Where folders named by their content lie.
pub const BUILDS: &str = "b/";
/// How long what lies there may be kept.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Allows to keep a file and demands to ask, each time, whether it is still the same.
pub const NO_CACHE: &str = "no-cache";
/// What is said of a binary that has no page in it.
pub const NO_PAGE: &str =
    "This binary was built without the page. `cargo lab` builds the page and a binary that serves it.";

/// Answers a GET or HEAD request for one of the files.
pub async fn serve(uri: Uri, request: HeaderMap) -> Response {
    let path = uri.path();
    let name = if path == "/" { INDEX } else { path.strip_prefix('/').unwrap_or(path) };
    if is_compressed_copy(name) || name == STATIC_INDEX || (program::site().get)(name).is_none() {
        return missing(name);
    }

    let accepted = elements(&request, ACCEPT_ENCODING);
    let acceptable = Coding::BEST_FIRST.into_iter().filter(|coding| coding.is_accepted(&accepted));
    let representation = acceptable.filter_map(|coding| Some((coding, coding.copy_of(name)?))).next();
    let Some((coding, file)) = representation else {
        return (StatusCode::NOT_ACCEPTABLE, "Accept-Encoding excludes every coding of this file.\n").into_response();
    };

    let tag = entity_tag(&file);
    let keep = if name.starts_with(BUILDS) { IMMUTABLE } else { NO_CACHE };
    let validation = [(ETAG, tag.as_str()), (CACHE_CONTROL, keep), (VARY, "accept-encoding")];
    if is_tag_among(&elements(&request, IF_NONE_MATCH), &tag) {
        return (StatusCode::NOT_MODIFIED, validation).into_response();
    }
    let content_encoding = coding.name().map(|name| [(CONTENT_ENCODING, name)]);
    (validation, [(CONTENT_TYPE, content_type(name))], content_encoding, Body::from(file.data)).into_response()
}

/// Whether the page is of the build with this id, which its index names; `None` if there is no page.
pub fn is_of(build: &str) -> Option<bool> {
    let index = (program::site().get)(INDEX)?;
    let named = format!("content=\"{build}\"");
    Some(index.data.windows(named.len()).any(|part| part == named.as_bytes()))
}

/// A content coding that a file may lie here in (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// From the smallest representation to the largest.
    const BEST_FIRST: [Coding; 3] = [Coding::Brotli, Coding::Gzip, Coding::Identity];

    /// Its name in HTTP; a response in the identity coding names none.
    fn name(self) -> Option<&'static str> {
        match self {
            Coding::Brotli => Some("br"),
            Coding::Gzip => Some("gzip"),
            Coding::Identity => None,
        }
    }

    /// What the name of a copy in this coding ends with.
    fn suffix(self) -> &'static str {
        match self {
            Coding::Brotli => ".br",
            Coding::Gzip => ".gz",
            Coding::Identity => "",
        }
    }

    /// The file in this coding, if there is such a copy.
    fn copy_of(self, name: &str) -> Option<EmbeddedFile> {
        (program::site().get)(&format!("{name}{}", self.suffix()))
    }

    /// Whether the elements of an `Accept-Encoding` allow it (RFC 9110, section 12.5.3).
    fn is_accepted(self, accepted: &[&str]) -> bool {
        let quality = |name: &str| accepted.iter().find_map(|element| quality_of(name, element));
        match quality(self.name().unwrap_or("identity")).or_else(|| quality("*")) {
            Some(quality) => quality > 0.0,
            None => self == Coding::Identity,
        }
    }
}

/// The quality that an element such as `gzip;q=0.5` gives to a coding; `None` if it is about another one.
fn quality_of(name: &str, element: &str) -> Option<f64> {
    let (coding, weight) = element.split_once(';').unwrap_or((element, "q=1"));
    if !coding.trim().eq_ignore_ascii_case(name) {
        return None;
    }
    let quality = weight.trim().strip_prefix(['q', 'Q']).and_then(|weight| weight.strip_prefix('='));
    // What cannot be read is not accepted: every client understands the identity coding.
    Some(quality.and_then(|quality| quality.parse().ok()).unwrap_or(0.0))
}

/// The elements of a header whose value is a list, from all of its lines.
fn elements(headers: &HeaderMap, name: HeaderName) -> Vec<&str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|element| !element.is_empty()).collect()
}

/// Whether a name is that of a compressed copy: a representation of a file, and no resource of its own.
pub fn is_compressed_copy(name: &str) -> bool {
    [Coding::Brotli, Coding::Gzip].iter().any(|coding| name.ends_with(coding.suffix()))
}

/// The strong entity tag of one representation: each coding has its own bytes, and so its own tag.
fn entity_tag(file: &EmbeddedFile) -> String {
    // Half of the digest is more than enough to tell two builds apart.
    let digest = file.metadata.sha256_hash();
    let mut tag = String::from("\"");
    for byte in &digest[..16] {
        write!(tag, "{byte:02x}").expect("a string takes whatever is written to it");
    }
    tag + "\""
}

/// Whether the elements of an `If-None-Match` include a tag. The comparison is the weak one (RFC 9110, section 13.1.2).
fn is_tag_among(elements: &[&str], tag: &str) -> bool {
    elements.iter().any(|element| *element == "*" || element.strip_prefix("W/").unwrap_or(element) == tag)
}

/// The media type of a file. The page has no others than these.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/vnd.microsoft.icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// The answer where no file is. Without its index, the binary has no page at all, and the answer says how to get one.
fn missing(name: &str) -> Response {
    if name == INDEX {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{NO_PAGE}\n")).into_response();
    }
    // Who asks for a file of a build has an index that names it: that of another one.
    let is_of_another = name.strip_prefix(BUILDS).and_then(|name| name.split('/').next()).is_some_and(|build| {
        let folder = format!("{BUILDS}{build}/");
        !(program::site().names)().iter().any(|name| name.starts_with(&folder))
    });
    let reason = if is_of_another {
        "The page was replaced by that of another build of parlab: reload it.\n"
    } else {
        "There is nothing at this address.\n"
    };
    (StatusCode::NOT_FOUND, reason).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// Asserts which codings an `Accept-Encoding` allows, best first.
    fn check(accept_encoding: Option<&'static str>, expected: &[Coding]) {
        let mut headers = HeaderMap::new();
        headers.extend(accept_encoding.map(|value| (ACCEPT_ENCODING, HeaderValue::from_static(value))));
        let accepted = elements(&headers, ACCEPT_ENCODING);
        let codings: Vec<_> = Coding::BEST_FIRST.into_iter().filter(|coding| coding.is_accepted(&accepted)).collect();
        assert_eq!(codings, expected, "{accept_encoding:?}");
    }

    #[test]
    fn codings_are_those_that_the_client_accepts() {
        use Coding::{Brotli, Gzip, Identity};
        check(None, &[Identity]);
        check(Some(""), &[Identity]);
        check(Some("br"), &[Brotli, Identity]);
        check(Some("gzip, deflate, br, zstd"), &[Brotli, Gzip, Identity]);
        check(Some("gzip,deflate"), &[Gzip, Identity]);
        check(Some("GZip"), &[Gzip, Identity]);
        check(Some("*"), &[Brotli, Gzip, Identity]);
        check(Some("zstd"), &[Identity]);
    }

    #[test]
    fn quality_zero_excludes_a_coding() {
        use Coding::{Brotli, Gzip, Identity};
        check(Some("br;q=0, gzip"), &[Gzip, Identity]);
        check(Some("br ; q=0.0,gzip;q=0.001"), &[Gzip, Identity]);
        check(Some("*;q=0"), &[]);
        check(Some("*;q=0, gzip"), &[Gzip]);
        check(Some("identity;q=0, br"), &[Brotli]);
        check(Some("br;q=0, *"), &[Gzip, Identity]);
        check(Some("br;q=nonsense"), &[Identity]);
    }

    #[test]
    fn tags_are_compared_weakly() {
        let tag = "\"abc\"";
        assert!(is_tag_among(&["\"abc\""], tag));
        assert!(is_tag_among(&["\"x\"", "W/\"abc\""], tag));
        assert!(is_tag_among(&["*"], tag));
        assert!(!is_tag_among(&["\"abcd\"", "abc"], tag));
        assert!(!is_tag_among(&[], tag));
    }
}
