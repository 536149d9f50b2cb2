//! Every way in which a model can fail to answer.

use std::time::Duration;

/// A failure of a model or of its server.
///
/// `Display` and `Debug` are for the log: they hold what the server said, clipped, on one line and without the API key.
/// A person gets [`ModelError::sentence`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// 401: the server does not accept the API key, or wants one.
    #[error("the model's server refused the API key: {detail}")]
    Unauthorized {
        /// What the server said.
        detail: String,
    },
    /// 402 or 403: the key is known and may not do this, or its account is empty.
    #[error("the model's server forbids the request: {detail}")]
    Forbidden {
        /// What the server said.
        detail: String,
    },
    /// 404: the server does not know the model or the path.
    #[error("the model's server does not know the model or the path: {detail}")]
    NotFound {
        /// What the server said.
        detail: String,
    },
    /// 429: too many requests.
    #[error("the model's server is asked too often (retry after {retry_after:?}): {detail}")]
    RateLimited {
        /// How long the server asks to wait, when it says so in seconds.
        retry_after: Option<Duration>,
        /// What the server said.
        detail: String,
    },
    /// The prompt and the reserved reply are longer than the model's window.
    #[error("the prompt is longer than the model's window ({window:?} tokens): {detail}")]
    Overflow {
        /// The window in tokens, when the server names it.
        window: Option<u32>,
        /// Tokens of the prompt as the server counts, when it says so.
        counted: Option<u32>,
        /// What the server said.
        detail: String,
    },
    /// Another 4xx: the server understood and said no.
    #[error("the model's server rejected the request with status {status}: {detail}")]
    Rejected {
        /// The status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// The server withholds the answer because of its rules on content.
    #[error("the model's server withheld the answer: {detail}")]
    Withheld {
        /// What the server said.
        detail: String,
    },
    /// 5xx, or an error in the middle of the answer.
    #[error("the model's server failed (status {status:?}): {detail}")]
    Failed {
        /// The status; none when the error came inside a stream that had begun well.
        status: Option<u16>,
        /// What the server said.
        detail: String,
    },
    /// 3xx: redirects are not followed, so that a prompt and a key only ever go to the configured address.
    #[error("the model's server redirects (status {status}), which is not followed")]
    Redirected {
        /// The status.
        status: u16,
    },
    /// No connection.
    #[error("the model's server cannot be reached: {detail}")]
    Unreachable {
        /// What the network said.
        detail: String,
    },
    /// Nothing arrived for the configured time.
    #[error("the model's server sent nothing for {waited:?}")]
    Timeout {
        /// How long nothing arrived.
        waited: Duration,
    },
    /// The connection closed before the answer's end mark.
    #[error("the answer ended early: {detail}")]
    EndedEarly {
        /// What the network said.
        detail: String,
    },
    /// What arrived is not what the protocol says.
    #[error("the model's server sent something that is not an answer: {detail}")]
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// A line or the whole answer is longer than is accepted.
    #[error("the model's server sent too much: {detail}")]
    TooLarge {
        /// What is too long, with the limit.
        detail: String,
    },
}

impl ModelError {
    /// One sentence a person can act on. Nothing the server said is in it, nor where the server is.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unauthorized { .. } => {
                "The model's server does not accept this instance's API key. An administrator can set a new one."
            }
            Self::Forbidden { .. } => {
                "The model's server does not let this instance use the model. Choose another model, or ask an \
                 administrator to check the API key's rights."
            }
            Self::NotFound { .. } => {
                "The model's server does not know this model. Choose another model, or ask an administrator to check \
                 its settings."
            }
            Self::RateLimited {
                retry_after: Some(wait),
                ..
            } => return rate_limited(*wait),
            Self::RateLimited { .. } => "The model's server has too many requests. Try again in a minute.",
            Self::Overflow { .. } => {
                "This is longer than the model can read. Shorten the message, or choose a model with a larger window."
            }
            Self::Rejected { .. } => {
                "The model's server did not accept the request. Choose another model, or ask an administrator to look \
                 into the log."
            }
            Self::Withheld { .. } => {
                "The model's server withheld the answer because of its rules on content. Ask differently, or choose another \
                 model."
            }
            Self::Failed {
                status: Some(503 | 529),
                ..
            } => {
                "The model's server is busy or still starting. Try again in a moment."
            }
            Self::Failed { .. } => "The model's server failed. Try again, or choose another model.",
            Self::Redirected { .. } => {
                "The model's server sends requests elsewhere, which is not allowed. An administrator can correct its \
                 address."
            }
            Self::Unreachable { .. } => {
                "The model's server cannot be reached. Try again later, or choose another model."
            }
            Self::Timeout { .. } => "The model's server did not answer in time. Try again, or choose another model.",
            Self::EndedEarly { .. } => "The model's server broke off before the answer was complete. Try again.",
            Self::Malformed { .. } => {
                "The model's server sent something that is not an answer. Try again, or ask an administrator to check \
                 its settings."
            }
            Self::TooLarge { .. } => "The answer is longer than this instance accepts. Ask for a shorter one.",
        }
        .to_owned()
    }

    /// Whether another server might not have failed so. What lies in the question, or in the answer, goes wrong anywhere.
    pub(crate) fn may_be_its_servers(&self) -> bool {
        !matches!(
            self,
            Self::Overflow { .. } | Self::Rejected { .. } | Self::Withheld { .. } | Self::TooLarge { .. }
        )
    }

    /// Whether the server was too slow, rather than wrong: a gateway answers 504 for this and 502 for the rest.
    pub fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. } | Self::Failed { status: Some(504), .. } | Self::Rejected { status: 408, .. }
        )
    }
}

fn rate_limited(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    if seconds < 120 {
        format!("The model's server has too many requests. Try again in {seconds} s.")
    } else {
        format!(
            "The model's server has too many requests. Try again in {} minutes.",
            seconds.div_ceil(60)
        )
    }
}
