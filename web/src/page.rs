//! The page: the front end, in Yew. It loads everywhere and only draws: the lab, in a worker, does the work, and the
//! analyst, in another one, makes of it what is shown.
//!
//! [`route`] is where the user is, [`session`] talks to the lab, `ask` to the analyst, [`state`] is what the page shows,
//! `app` is the whole page. Everything else is a part of the page and named after it.

// What decides.
mod axis;
mod earlier;
mod feed;
mod figure;
mod history_view;
mod look;
mod prediction;
mod route;
mod session;
mod spoken;
mod state;
mod table;
mod tabs;
mod timeline;
mod unshared;

// What touches the browser.
#[cfg(target_arch = "wasm32")]
mod acts;
#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod ask;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod charts;
#[cfg(target_arch = "wasm32")]
mod compare;
#[cfg(target_arch = "wasm32")]
mod dispatcher;
#[cfg(target_arch = "wasm32")]
mod errors;
#[cfg(target_arch = "wasm32")]
mod experiment;
#[cfg(target_arch = "wasm32")]
mod export;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod found;
#[cfg(target_arch = "wasm32")]
mod gallery;
#[cfg(target_arch = "wasm32")]
mod go;
#[cfg(target_arch = "wasm32")]
mod header;
#[cfg(target_arch = "wasm32")]
mod later;
#[cfg(target_arch = "wasm32")]
mod learn;
#[cfg(target_arch = "wasm32")]
mod led;
#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
mod machine;
#[cfg(target_arch = "wasm32")]
mod new_version;
#[cfg(target_arch = "wasm32")]
mod palette;
#[cfg(target_arch = "wasm32")]
mod passing;
#[cfg(target_arch = "wasm32")]
mod picture;
#[cfg(target_arch = "wasm32")]
mod results;
#[cfg(target_arch = "wasm32")]
mod setup;
#[cfg(target_arch = "wasm32")]
mod still;
#[cfg(target_arch = "wasm32")]
mod terms;
#[cfg(target_arch = "wasm32")]
mod timelines;
#[cfg(target_arch = "wasm32")]
mod tip;
#[cfg(target_arch = "wasm32")]
mod told;
#[cfg(target_arch = "wasm32")]
mod unshared_note;
#[cfg(target_arch = "wasm32")]
mod use_answer;
#[cfg(target_arch = "wasm32")]
mod use_page;
#[cfg(target_arch = "wasm32")]
mod watch;
