//! The page's end of the socket, with timers, which carry out what the machine decides.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use parlab_shared::conduct::{FromConductor, ToConductor, Wanted};
use parlab_shared::strategy::Platform;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};
use yew::Callback;

use super::machine::{Effect, Input, Machine};
use crate::page::browser::{self, time::Timeout};
use crate::page::route;
use crate::page::session::effects::Effects;
use crate::page::session::{Progress, Session, service};
use crate::questions::{Answer, Beginning, Question};
use crate::views::Parameters;

/// Has plans carried out by the page's server. Clones are the same.
#[derive(Clone)]
pub struct Conduct(Rc<Inner>);

struct Inner {
    session: Session,
    machine: RefCell<Machine>,
    /// The server's token for the plan that is wanted, and whom to tell that nothing is carried out.
    wanted: RefCell<Option<(String, Callback<String>)>>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<(f64, Timeout)>>,
    effects: Effects<Effect>,
}

/// A socket. Dropping it closes it.
struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // One that is closed already is as good.
        _ = self.socket.close();
    }
}

impl Conduct {
    /// Has plans carried out in which the lab of this session takes part.
    pub fn new(session: Session) -> Self {
        let (machine, wanted, socket) = (RefCell::default(), RefCell::default(), RefCell::default());
        let (timer, effects) = (RefCell::default(), Effects::default());
        Self(Rc::new(Inner { session, machine, wanted, socket, timer, effects }))
    }

    /// Whether a plan is carried out, or will be.
    pub fn is_busy(&self) -> bool {
        self.0.machine.borrow().is_busy()
    }

    /// Has what these parameters ask for carried out on these platforms in turn, by the server with this token. `on_refused`
    /// hears why not, if it is not.
    ///
    /// # Errors
    /// Why it cannot be asked now.
    pub fn begin(
        &self,
        parameters: Parameters,
        platforms: Vec<Platform>,
        token: String,
        on_refused: Callback<String>,
    ) -> Result<(), String> {
        let environment = self.0.session.idle_environment()?;
        self.0.wanted.replace(Some((token, on_refused)));
        let tool = browser::tool();
        let name = parameters.iter().find(|(key, _)| key == route::RUN).map_or("a plan", |(_, name)| name).to_owned();
        let (this, wanted) = (self.clone(), Box::new(Wanted { tool, parameters, platforms, environment }));
        // Another tab's lab would disturb all parts.
        self.0.session.turn().want(&name, move || this.on(Input::Begin(wanted)));
        Ok(())
    }

    /// Asks the server to stop.
    pub fn cancel(&self) {
        self.on(Input::Cancel);
    }

    /// Closes the socket, which ends the plan there.
    pub fn end(&self) {
        drop(self.0.socket.take());
    }

    /// Whether nobody looks at boards.
    pub fn pause(&self, is_paused: bool) {
        self.on(Input::Paused(is_paused));
    }

    /// Somebody wants to hear of progress.
    pub fn want_progress(&self) {
        self.on(Input::ProgressWanted);
    }

    /// The lab serves no more.
    pub fn served(&self) {
        self.on(Input::Served);
    }

    /// Something happens: does what the machine decides about it. What happens while something is done about something
    /// else is decided at once, and done after that.
    fn on(&self, input: Input) {
        let effects = self.0.machine.borrow_mut().on(input, browser::time::now_ms());
        if self.0.effects.put(effects, |effect| self.apply(effect)) {
            self.set_timer();
        }
    }

    fn apply(&self, effect: Effect) {
        let session = &self.0.session;
        match effect {
            Effect::Connect => match self.connect() {
                Ok(socket) => _ = self.0.socket.replace(Some(socket)),
                Err(error) => self.on(Input::Closed(browser::describe(&error))),
            },
            Effect::Say(said) => self.say(&said),
            Effect::Close => {
                // This may be called by the socket itself, whose closures must outlive the call.
                let gone = self.0.socket.take();
                wasm_bindgen_futures::spawn_local(async move { drop(gone) });
            }
            Effect::Plan(plan) => {
                let this = self.clone();
                session.analyst().ask(Question::Conducted(plan), move |outcome| {
                    this.on(Input::Planned(match outcome {
                        Ok((Answer::Plan(plan), _)) => Ok(Rc::from(plan)),
                        Ok(_) => Err("the plan cannot be shown".to_owned()),
                        Err(reason) => Err(reason),
                    }));
                });
            }
            Effect::Record(reports) => {
                let this = self.clone();
                session.analyst().ask(Question::Begin(Beginning::Conducted(vec![reports])), move |outcome| {
                    this.on(Input::Recording(outcome.map(drop)));
                });
            }
            Effect::Serve { token, anew } => match service(&token, true) {
                Ok(service) => {
                    if anew {
                        session.start();
                    }
                    session.serve(service);
                }
                Err(reason) => self.on(Input::Closed(reason)),
            },
            Effect::Emit(event) => session.emit(*event),
            Effect::Progress(progress) => session.progress(progress),
            Effect::Look(progress) => session.progress(Progress { finished: session.finished(), ..progress }),
            Effect::Refuse(reason) => {
                let wanted = self.0.wanted.take();
                if reason.is_some() {
                    session.turn().over();
                }
                if let (Some((_, on_refused)), Some(reason)) = (wanted, reason) {
                    on_refused.emit(reason);
                }
            }
        }
    }

    fn say(&self, said: &ToConductor) {
        let text = serde_json::to_string(said).expect("messages have only text keys");
        if let Some(socket) = &*self.0.socket.borrow() {
            // A socket that is gone says so itself.
            _ = socket.socket.send_with_str(&text);
        }
    }

    fn connect(&self) -> Result<Socket, JsValue> {
        let folder = browser::folder().ok_or_else(|| JsValue::from("the page has no address"))?;
        let token = self.0.wanted.borrow().as_ref().map(|(token, _)| token.clone()).unwrap_or_default();
        let socket = WebSocket::new(&route::socket(folder.as_str(), "conduct", &token))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let this = self.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || this.on(Input::Opened));
        let this = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| this.hear(event.data()));
        let this = self.clone();
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            this.on(Input::Closed(event.reason()));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Socket { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// The server says something. What a run left goes to the analyst as it came.
    fn hear(&self, data: JsValue) {
        let Some((said, beside)) = read(&data) else {
            return self.on(Input::Closed("it said what this page does not understand".to_owned()));
        };
        match &said {
            FromConductor::Board { .. } => {
                let bytes = beside.to_vec();
                return self.0.session.feed().board(move || bytes.clone());
            }
            FromConductor::RunFinished(run) => {
                let question = Question::Run { part: run.part, pass_is_over: run.pass_is_over };
                self.0.session.record(question, &beside);
            }
            _ => {}
        }
        self.on(Input::Heard(said));
    }

    /// Comes back when the machine wants it.
    fn set_timer(&self) {
        let due_ms = self.0.machine.borrow().due_ms();
        let mut timer = self.0.timer.borrow_mut();
        if timer.as_ref().map(|(known_ms, _)| *known_ms) == due_ms {
            return;
        }
        *timer = due_ms.map(|due_ms| {
            let this = self.clone();
            // A timer that goes off may go off a little early: then another is set.
            let go_off = move || {
                this.0.timer.replace(None);
                this.on(Input::Time);
            };
            (due_ms, Timeout::new((due_ms - browser::time::now_ms()).ceil().max(0.0) as i32, go_off))
        });
    }
}

/// A message, and the bytes beside it, which stay where they are: see [`parlab_shared::conduct::unpack`].
fn read(data: &JsValue) -> Option<(FromConductor, Uint8Array)> {
    if let Some(text) = data.as_string() {
        return Some((serde_json::from_str(&text).ok()?, Uint8Array::new_with_length(0)));
    }
    let all = Uint8Array::new(data.dyn_ref::<ArrayBuffer>()?);
    let length = u32::from_le_bytes(all.subarray(0, 4).to_vec().try_into().ok()?);
    let text = all.subarray(4, length.checked_add(4)?);
    let said = serde_json::from_slice(&text.to_vec()).ok()?;
    Some((said, all.subarray(length + 4, all.length())))
}
