//! bcrypt, off the threads that serve requests. Used for passwords and, one layer down, for API keys.

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OwnedSemaphorePermit;
use types::FieldError;

use crate::Error;

/// bcrypt reads no further than this; a longer password is refused rather than cut.
const LONGEST: usize = 71;
const SHORTEST: usize = 8;
/// A stored hash that would cost more than this is not computed: it did not come from here.
const HIGHEST_COST: u32 = 14;

/// What a new password must be like.
pub fn check(password: &str) -> Result<(), FieldError> {
    let problem = |message: &str| Err(FieldError::new("password", message));
    if password.chars().count() < SHORTEST {
        return problem("Use at least 8 characters");
    }
    if password.len() > LONGEST {
        return problem("Use at most 71 bytes; letters beyond English take two or more each");
    }
    if password.contains('\0') {
        return problem("NUL characters are not allowed");
    }
    Ok(())
}

/// Hashes. `cost` is the binary logarithm of the number of rounds. The permit is given back when the computation is
/// over, even when nobody waits for it any more.
pub async fn hash(permit: OwnedSemaphorePermit, plain: SecretString, cost: u32) -> Result<String, Error> {
    blocking(permit, move || bcrypt::non_truncating_hash(plain.expose_secret(), cost))
        .await
        .map_err(|error| Error::Internal(format!("bcrypt: {error}")))
}

/// Whether a plain text is the pre-image of a hash. Anything odd about the hash is a no.
pub async fn matches(permit: OwnedSemaphorePermit, plain: String, hash: String) -> bool {
    if cost_of(&hash).is_none_or(|cost| cost > HIGHEST_COST) {
        tracing::warn!("a stored hash has no cost or one that is too high; it is refused");
        return false;
    }
    let plain = SecretString::from(plain);
    blocking(permit, move || {
        bcrypt::non_truncating_verify(plain.expose_secret(), &hash)
    })
    .await
    .unwrap_or(false)
}

/// Takes as long as [`matches()`] does for an account that exists.
pub(crate) async fn pretend(permit: OwnedSemaphorePermit, plain: String, cost: u32) {
    let hash = format!("$2b${cost:02}$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232");
    matches(permit, plain, hash).await;
}

fn cost_of(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

async fn blocking<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static,
) -> Result<T, String> {
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || {
        let done = span.in_scope(work);
        drop(permit);
        done
    })
    .await
    {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit() -> OwnedSemaphorePermit {
        std::sync::Arc::new(tokio::sync::Semaphore::new(1))
            .try_acquire_owned()
            .unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hash = hash(permit(), "correct horse".into(), 4).await.unwrap();
        assert!(matches(permit(), "correct horse".to_owned(), hash.clone()).await);
        assert!(!matches(permit(), "correct horsf".to_owned(), hash.clone()).await);
        assert!(
            !matches(permit(), "x".repeat(100), hash).await,
            "too long for bcrypt is not cut to fit"
        );
    }

    #[tokio::test]
    async fn a_hash_that_would_take_hours_is_refused_at_once() {
        let hash = hash(permit(), "correct horse".into(), 4)
            .await
            .unwrap()
            .replace("$04$", "$31$");
        assert!(!matches(permit(), "correct horse".to_owned(), hash).await);
        assert!(!matches(permit(), "x".to_owned(), "not a hash".to_owned()).await);
    }

    #[tokio::test]
    async fn the_pretended_check_really_computes() {
        let started = std::time::Instant::now();
        pretend(permit(), "whatever".to_owned(), 10).await;
        assert!(started.elapsed().as_millis() >= 10, "{:?}", started.elapsed());
    }

    #[test]
    fn rules() {
        assert!(check("12345678").is_ok());
        assert!(check(&"ä".repeat(8)).is_ok());
        for bad in ["1234567", &"a".repeat(72), &"ä".repeat(36), "1234567\0"] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
