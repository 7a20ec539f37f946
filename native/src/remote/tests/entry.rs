//! Who is let in, and how the end is told.

use super::*;

/// What a server answers to somebody who would connect so.
async fn refused(url: &str, token: &str, origin: &str) -> (u16, String) {
    match Page::connect(url, token, origin).await {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), String::from_utf8_lossy(&body).into_owned())
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is let in"),
    }
}

#[tokio::test]
async fn only_own_pages_with_a_token_come_in_and_each_once() {
    let (hub, url) = serve();
    let origin = url.trim_end_matches('/');
    let mut place = hub.place().expect("a token");
    let token = place.token.to_string();
    let (status, reason) = refused(&url, "00", origin).await;
    assert!(status == 403 && reason.contains("open the address that parlab made"), "{status} {reason}");
    let (status, _) = refused(&url, "", origin).await;
    assert_eq!(status, 403);
    for foreign in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let (status, reason) = refused(&url, &token, foreign).await;
        assert!(status == 403 && reason.contains("only pages of this server"), "{foreign}: {status} {reason}");
    }
    let mut page = Page::connect(&url, &token, origin).await.expect("it is let in");
    let (status, reason) = refused(&url, &token, origin).await;
    assert!(status == 409 && reason.contains("there already"), "{status} {reason}");
    page.ready(crate::program::tool()).await;
    place.wait(PATIENCE.start).await.expect("it is there");
}

#[tokio::test]
async fn a_page_of_another_build_and_one_that_begins_with_something_else_are_told_to_go() {
    let (hub, url) = serve();
    let origin = url.trim_end_matches('/').to_owned();
    let mut place = hub.place().expect("a token");
    let token = place.token.to_string();
    let old = Tool { version: "0.0.9".to_owned(), ..Tool::this(None) };
    let ready = FromExecutor::Ready { environment: Box::new(environment::look()), tool: old };
    for (first, expected) in [(ready, "the page is parlab 0.0.9"), (FromExecutor::Probed(1.0), "the page began with")] {
        // The server may need a moment to see that the last one is gone.
        let mut page = loop {
            match Page::connect(&url, &token, &origin).await {
                Ok(page) => break page,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        page.say(&first).await;
        let reason = place.wait(PATIENCE.start).await.expect_err("it cannot stay").to_string();
        assert!(reason.starts_with(expected), "{reason}");
        match page.0.next().await {
            Some(Ok(Message::Close(Some(frame)))) => {
                assert!(reason.starts_with(frame.reason.as_str()), "{frame}");
                assert_eq!(u16::from(frame.code), 1008);
            }
            message => panic!("{message:?}"),
        }
    }
}

#[tokio::test]
async fn the_end_is_told_in_good_order() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let play = script(move |mut page: Page| async move {
        let end = page.0.next().await;
        tell.send(end).expect("the test waits");
    });
    let (executor, _) = executor([play]).await;
    drop(executor);
    match told.await.expect("it ends") {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1000),
        message => panic!("{message:?}"),
    }
}
