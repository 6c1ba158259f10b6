//! Notifications: patrons wait for news as server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>) over a signed request. Events hold no
//! content, only what to fetch.
//!
//! What happens is put into a durable queue by whoever does it, in the same transaction; streams look
//! for what is new in the queue, so that it makes no difference which process did it.

mod hub;
mod routes;
mod stream;

pub use hub::{listen, watch, Hub};
pub use routes::subscribe;

use std::time::Duration;

/// Streams of one participant that are open at once, at most.
pub const MAX_STREAMS_PER_PARTICIPANT: usize = 8;

/// Streams that are open at once, at most.
pub const MAX_STREAMS: usize = 1_024;

/// Time between two signs of life on a stream.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// Time between two looks into the queue.
const QUEUE_PERIOD: Duration = Duration::from_millis(250);

/// Time between two looks, for an open stream, for what nobody reports: changed records, proposals on
/// the chain.
const LOOK_PERIOD: Duration = Duration::from_secs(5);
