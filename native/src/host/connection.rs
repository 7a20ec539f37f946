//! Whether a request went over a connection that was opened for it, or over one that was kept from an earlier request.

use std::cell::Cell;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    /// Whether a connection was opened while a request waited for one.
    static OPENED: Cell<bool>;
}

/// Sends a request, and tells whether a connection was opened for it.
pub async fn watched<F: Future>(request: F) -> (F::Output, bool) {
    let watched = async {
        let answer = request.await;
        (answer, OPENED.with(Cell::get))
    };
    OPENED.scope(Cell::new(false), watched).await
}

/// Whether an error means that the connection ended before anything of an answer came.
pub fn is_unanswered(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(error) = cause.downcast_ref::<hyper::Error>()
            && (error.is_incomplete_message() || error.is_canceled() || error.is_closed())
        {
            return true;
        }
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            let ends = [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe];
            return ends.contains(&error.kind());
        }
        next = cause.source();
    }
    false
}

/// Makes a client's connector note that it opened a connection.
#[derive(Clone, Copy, Debug)]
pub struct NoteOpened;

impl<S> Layer<S> for NoteOpened {
    type Service = Noting<S>;

    fn layer(&self, inner: S) -> Noting<S> {
        Noting(inner)
    }
}

/// A connector that notes that it opened a connection.
#[derive(Clone, Debug)]
pub struct Noting<S>(S);

impl<S, R> Service<R> for Noting<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let opening = self.0.call(to);
        Box::pin(async move {
            let opened = opening.await;
            // One that is opened in the background, because another one became free meanwhile, was opened for nobody.
            _ = OPENED.try_with(|note| note.set(true));
            opened
        })
    }
}
