//! Waiting for conditions, never for time.

use std::time::{Duration, Instant};

use anyhow::{bail, Result};

/// Time between two looks.
const POLL: Duration = Duration::from_millis(50);

/// Look until there is something to see; an error names what never came.
pub async fn until<T>(
	what: &str,
	limit: Duration,
	mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
	let start = Instant::now();
	loop {
		// An error is a state like others while processes start.
		let last = look().await;
		if let Ok(Some(seen)) = last {
			return Ok(seen);
		}
		if start.elapsed() > limit {
			match last {
				Err(error) => bail!("waited {limit:?} for {what}: {error:#}"),
				Ok(_) => bail!("waited {limit:?} for {what}"),
			}
		}
		tokio::time::sleep(POLL).await;
	}
}
