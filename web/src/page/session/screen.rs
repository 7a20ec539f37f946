//! The page's main thread, as runs ask it to draw: a mark moves with each frame that the browser asks the page for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use parlab_shared::screen::{FromScreen, Screen, ToScreen};
use parlab_shared::workload::frames;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::page::browser::{self, time};

/// How many frames the mark takes from one side to the other.
const FRAMES_ACROSS: u32 = 60;

/// The frames that one task asked for.
struct Asked {
    /// It was told to end.
    is_over: Cell<bool>,
    /// Frames so far.
    frames: Cell<u32>,
    say: Box<dyn Fn(FromScreen)>,
}

impl Screen for Asked {
    async fn frame(&self) -> f64 {
        time::next_frame().await;
        let at_ms = time::now_ms();
        let frames = self.frames.replace(self.frames.get() + 1) % (2 * FRAMES_ACROSS);
        let across = f64::from(frames.min(2 * FRAMES_ACROSS - frames)) / f64::from(FRAMES_ACROSS);
        // The last frame may come when the plan is over.
        if !self.is_over.get() {
            mark(Some(across));
        }
        at_ms
    }

    fn now_ms(&self) -> f64 {
        time::now_ms()
    }

    fn draws(&self) {
        (self.say)(FromScreen::Draws);
    }

    fn is_told_to_end(&self) -> bool {
        self.is_over.get()
    }
}

/// Shows the mark of a frame, so far across the window, as a share of 1; or no more.
fn mark(across: Option<f64>) {
    let Some(mark) = browser::element("frame-mark").and_then(|mark| mark.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    mark.set_hidden(across.is_none());
    // Nothing depends on where it is.
    _ = mark.style().set_property("--across", &format!("{:.4}", across.unwrap_or_default()));
}

/// Draws what tasks ask for, one at a time.
#[derive(Default)]
pub(super) struct MainThread(Rc<RefCell<Option<Rc<Asked>>>>);

impl MainThread {
    /// The plan is over, or the lab is gone: nobody is answered any more.
    pub fn end(&self) {
        if let Some(asked) = self.0.take() {
            asked.is_over.set(true);
        }
        mark(None);
    }

    /// A task asks for something; it is answered by `say`, unless another one asks meanwhile.
    pub fn hear(&self, asked: ToScreen, say: impl Fn(FromScreen) + 'static) {
        match asked {
            ToScreen::Draw(drawing) => {
                let asked = Rc::new(Asked { is_over: Cell::new(false), frames: Cell::new(0), say: Box::new(say) });
                if let Some(before) = self.0.replace(Some(Rc::clone(&asked))) {
                    before.is_over.set(true);
                }
                let current = Rc::clone(&self.0);
                wasm_bindgen_futures::spawn_local(async move {
                    let drawn = frames::draw(&*asked, drawing).await;
                    if current.borrow().as_ref().is_some_and(|current| Rc::ptr_eq(current, &asked)) {
                        current.take();
                        (asked.say)(FromScreen::Drawn(drawn));
                    }
                });
            }
            ToScreen::End => {
                if let Some(asked) = &*self.0.borrow() {
                    asked.is_over.set(true);
                }
            }
        }
    }
}
