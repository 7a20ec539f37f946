//! Signals that ask a process to end, and what child processes go by instead.

use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A person, with Ctrl-C.
    Interrupt,
    /// Another program.
    Terminate,
    /// A terminal that closes.
    HangUp,
}

/// The signals that a process hears.
#[derive(Debug)]
pub struct Signals(Vec<(Signal, Source)>);

#[cfg(unix)]
use tokio::signal::unix::Signal as Source;
#[cfg(windows)]
use tokio::signal::windows::CtrlC as Source;

impl Signals {
    /// Hears signals from now on; until then they end the process. Needs a runtime. What was ignored when the process
    /// began stays ignored: `nohup` does that, and so does a shell with what it starts in the background.
    ///
    /// # Errors
    /// The system has none.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        let sources = {
            use tokio::signal::unix::{SignalKind, signal};
            let all = [
                (Signal::Interrupt, SignalKind::interrupt()),
                (Signal::Terminate, SignalKind::terminate()),
                // Of processor time, of which a limit leaves some for the end.
                (Signal::Terminate, SignalKind::from_raw(rustix::process::Signal::XCPU.as_raw())),
                (Signal::HangUp, SignalKind::hangup()),
            ];
            let ignored = ignored();
            let heard = all.into_iter().filter(|(_, kind)| ignored & 1 << (kind.as_raw_value() - 1) == 0);
            heard.map(|(who, kind)| Ok((who, signal(kind)?))).collect::<io::Result<_>>()?
        };
        #[cfg(windows)]
        let sources = vec![(Signal::Interrupt, tokio::signal::windows::ctrl_c()?)];
        Ok(Self(sources))
    }

    /// The next signal; waits for ever if there is none to hear.
    pub async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            let mut came = self.0.iter_mut().filter_map(|(who, source)| match source.poll_recv(context) {
                Poll::Ready(_) => Some(*who),
                Poll::Pending => None,
            });
            came.next().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The signals that this process ignores, a bit for each, from 1.
#[cfg(target_os = "linux")]
fn ignored() -> u64 {
    let status = procfs::process::Process::myself().and_then(|process| process.status());
    // A system without /proc does not tell: then all signals are heard.
    status.map_or(0, |status| status.sigign)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn ignored() -> u64 {
    0
}

/// From now on a file that grows beyond a limit is an error of whoever writes it: where nobody hears the signal for that, it
/// ends the process.
///
/// # Errors
/// The system has no signals.
pub fn survive_limits_of_files() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let _inside = runtime.enter();
        // Nobody looks whether it came; the handler stays.
        drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
    }
    Ok(())
}

/// Makes this process hear no signal that asks it to end: those to all processes of a terminal or a service are for its
/// parent, which ends what it started. Needs a runtime.
///
/// # Errors
/// The system has none.
pub fn leave_to_parent() -> io::Result<()> {
    // Nobody looks what came; the handlers stay.
    Signals::listen().map(drop)
}

/// Ends this process when a pipe from its parent does: with the parent, however that ends, and however busy it is itself.
///
/// # Errors
/// There is no thread to spare.
#[cfg_attr(not(unix), expect(unused_variables, reason = "who reads the pipe sees its end"))]
pub fn end_with(pipe: File) -> io::Result<()> {
    #[cfg(unix)]
    std::thread::Builder::new().name("parent".to_owned()).spawn(move || {
        use rustix::event::{PollFd, PollFlags, poll};
        // It asks for nothing but the end, and sleeps until then.
        let mut ends = [PollFd::new(&pipe, PollFlags::empty())];
        loop {
            match poll(&mut ends, None) {
                Ok(_) if ends[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => std::process::exit(0),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                // What cannot be waited for is seen by whoever reads the pipe.
                Err(_) => return,
            }
        }
    })?;
    Ok(())
}
