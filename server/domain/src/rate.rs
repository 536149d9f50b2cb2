//! How often somebody may do something.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Whom the limits remember at most; who has been quiet longest is forgotten first.
const REMEMBERED: u64 = 100_000;

/// A limit per minute for each of many subjects, by the generic cell rate algorithm (ITU-T I.371).
#[derive(Debug)]
pub struct Rates {
    limiters: Option<(Quota, Cache<String, Arc<Limiter>>)>,
    per_minute: u32,
}

/// Too many came from a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// Requests a minute.
    pub limit: u32,
    /// How long to wait.
    pub wait: Duration,
}

/// What a caller has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub limit: u32,
    /// Requests that may follow at once.
    pub remaining: u32,
}

impl Rates {
    /// So many a minute for each subject; 0 is no limit.
    pub fn per_minute(count: u32) -> Self {
        let limiters = NonZeroU32::new(count).map(|count| {
            let cache = Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_idle(Duration::from_mins(2))
                .build();
            (Quota::per_minute(count), cache)
        });
        Self {
            limiters,
            per_minute: count,
        }
    }

    /// Counts one for a subject; or says how long to wait. `None` when there is no limit.
    pub fn take(&self, subject: &str) -> Result<Option<Allowance>, Exceeded> {
        let Some((quota, cache)) = &self.limiters else {
            return Ok(None);
        };
        let limiter = match cache.get(subject) {
            Some(limiter) => limiter,
            None => cache.get_with(subject.to_owned(), || {
                Arc::new(RateLimiter::direct(*quota).with_middleware::<StateInformationMiddleware>())
            }),
        };
        match limiter.check() {
            Ok(snapshot) => Ok(Some(Allowance {
                limit: self.per_minute,
                remaining: snapshot.remaining_burst_capacity(),
            })),
            Err(refused) => Err(Exceeded {
                limit: self.per_minute,
                wait: refused.wait_time_from(DefaultClock::default().now()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subject_has_its_own_count_and_zero_is_no_limit() {
        let rates = Rates::per_minute(2);
        assert_eq!(rates.take("a"), Ok(Some(Allowance { limit: 2, remaining: 1 })));
        assert_eq!(rates.take("a"), Ok(Some(Allowance { limit: 2, remaining: 0 })));
        let Exceeded { limit: 2, wait } = rates.take("a").unwrap_err() else {
            panic!("another limit")
        };
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(30), "{wait:?}");
        assert!(rates.take("b").is_ok());
        assert_eq!(Rates::per_minute(0).take("a"), Ok(None));
    }
}
