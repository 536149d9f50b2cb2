//! Following an answer, from any byte of it on, while it is written and afterwards.

use serde_json::json;

use super::{Talk, get_stream};
use crate::both;
use crate::support::sse::Following;
use crate::support::{Kind, send};

const TEXT: &str = "Grüße, 東京 👩‍🚀!\nEnde.";

/// What a follower must get that has seen so many bytes: all that comes after them, and nothing twice. A place inside a
/// character is taken for that character's beginning.
fn rest(text: &str, after: usize) -> &str {
    &text[text.floor_char_boundary(after)..]
}

/// Where its ids count from.
fn place(text: &str, after: usize) -> usize {
    text.floor_char_boundary(after)
}

both!(a_finished_answer_is_replayed_from_every_byte, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (_, id) = talk.exchange(None, "Greet me", TEXT).await;
    for after in 0..=TEXT.len() + 3 {
        let request = get_stream(&talk.app, &talk.mara.token, &id);
        let request = match after % 3 {
            0 => request.query(&[("after", after)]),
            1 => request.header("last-event-id", after.to_string()),
            // The header is what the browser really got; the query is what the page began with.
            _ => request
                .header("last-event-id", after.to_string())
                .query(&[("after", 0)]),
        };
        let mut following = Following::open(request, place(TEXT, after)).await;
        let end = following.end().await;
        assert_eq!(following.text, rest(TEXT, after), "after {after}");
        assert_eq!((&end["type"], &end["status"]), (&json!("done"), &json!("complete")));
        assert_eq!(end["usage"]["totalTokens"], 18);
    }
    let whole = Following::open(get_stream(&talk.app, &talk.mara.token, &id), 0)
        .await
        .end()
        .await;
    assert_eq!(whole["messageId"], *id);
    let far = get_stream(&talk.app, &talk.mara.token, &id).query(&[("after", u64::MAX)]);
    let mut far = Following::open(far, usize::MAX).await;
    far.end().await;
    assert_eq!(far.text, "");
});

both!(
    a_reader_who_comes_back_in_the_middle_misses_nothing_and_hears_nothing_twice,
    async |kind: Kind| {
        let talk = Talk::begin(kind).await;
        let (mut first, exchange) = talk.say("Greet me").await;
        let half = TEXT.floor_char_boundary(TEXT.len() / 2);
        exchange.say(&TEXT[..half]);
        first.hear(&TEXT[..half]).await;
        let mut followings = Vec::new();
        for after in 0..=half {
            let request = get_stream(&talk.app, &talk.mara.token, &first.message_id);
            let mut following = Following::open(request.query(&[("after", after)]), place(TEXT, after)).await;
            assert_eq!(
                (&following.thread_id, &following.user_message_id),
                (&first.thread_id, &first.user_message_id)
            );
            following.hear(rest(&TEXT[..half], after)).await;
            followings.push((after, following));
        }
        // Further than there is text as yet: what they have is not sent again.
        for after in [half + 1, TEXT.len() - 1, TEXT.len(), TEXT.len() + 9] {
            let request = get_stream(&talk.app, &talk.mara.token, &first.message_id);
            let from = place(TEXT, after);
            followings.push((after, Following::open(request.query(&[("after", after)]), from).await));
        }
        for character in TEXT[half..].chars() {
            exchange.say(&character.to_string());
        }
        exchange.finish();
        for (after, mut following) in followings {
            assert_eq!(following.end().await["status"], "complete");
            assert_eq!(following.text, rest(TEXT, after), "after {after}");
        }
        first.end().await;
        assert_eq!(first.text, TEXT);
    }
);

both!(a_slow_reader_gets_bigger_pieces_and_never_a_gap, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut quick, exchange) = talk.say("Write a book").await;
    // Opened, and not read until all is over: far more than sockets hold.
    let mut slow = talk.follow(&quick.message_id, 0).await;
    let mut book = String::new();
    for at in 0..600_usize {
        let page = format!("Page {at} of it. {}\n", "Zeile für Zeile. ".repeat(1_000));
        exchange.say(&page);
        book.push_str(&page);
        if at.is_multiple_of(50) {
            quick.hear(&book).await;
        }
    }
    quick.hear(&book).await;
    exchange.finish();
    assert_eq!(quick.end().await["status"], "complete");
    assert_eq!(slow.end().await["status"], "complete");
    assert!(
        slow.text == book,
        "the slow reader has {} bytes of {}",
        slow.text.len(),
        book.len()
    );
    assert!(talk.row(&quick.message_id).await.content == book);
});

both!(a_place_that_is_no_number_is_refused, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (_, id) = talk.exchange(None, "Greet me", TEXT).await;
    for bad in ["x", "-1", "1.5", "99999999999999999999999999", " 1", "1,2"] {
        let request = get_stream(&talk.app, &talk.mara.token, &id);
        let answer = send(request.query(&[("after", bad)])).await.expect(400);
        assert_eq!(answer.json()["fields"][0]["field"], "after");
    }
    // What a browser sends that has seen no id yet.
    let request = get_stream(&talk.app, &talk.mara.token, &id).query(&[("after", "")]);
    let mut following = Following::open(request, 0).await;
    following.end().await;
    assert_eq!(following.text, TEXT);
});

both!(only_answers_can_be_followed, async |kind: Kind| {
    let talk = Talk::begin(kind).await;
    let (mut following, exchange) = talk.say("Hello").await;
    exchange.say("Hi");
    exchange.finish();
    following.end().await;
    let path = |id: &str| format!("/api/chat/{id}/stream");
    let token = &talk.mara.token;
    talk.app.get(&path(&following.user_message_id), token).await.expect(404);
    talk.app.get(&path(&domain::clock::new_id()), token).await.expect(404);
    talk.app.get(&path("%00"), token).await.expect(404);
    talk.app.get(&path(&following.message_id), "").await.expect(401);
});
