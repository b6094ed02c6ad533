//! What may go wrong with a call, and whether the service has acted by then.

/// A fault of the network, of the service or of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The service acts; the connection ends before the first byte of its answer.
    LostAnswer,
    /// The connection ends and nothing happens.
    CutBefore,
    /// The service acts; the answer ends in the middle of its body.
    CutBody,
    /// 429, with or without the seconds to wait; S3 says 503 `SlowDown`. Nothing happens.
    TooMany { retry_after: Option<u64> },
    /// 500, and nothing happens.
    FailedBefore,
    /// The service acts, and answers 500.
    FailedAfter,
    /// 409: somebody else is at it, try again. S3 says so of buckets. Nothing happens.
    Aborted,
    /// 502 with a page of the proxy; nothing happens.
    BadGateway,
    /// The service acts, and its answer is neither JSON nor XML.
    Malformed,
    /// Nothing happens, and nothing comes.
    HangBefore,
    /// The service acts, and nothing comes.
    HangAfter,
    /// The client is killed (SIGKILL), and nothing happens.
    KillBefore,
    /// The service acts, and the client is killed before it hears of it.
    KillAfter,
}

impl Kind {
    /// All that a client can go through and live; those that hang take as long as it waits.
    pub(crate) const SURVIVABLE: [Self; 9] = [
        Self::LostAnswer,
        Self::CutBefore,
        Self::CutBody,
        Self::TooMany { retry_after: Some(1) },
        Self::TooMany { retry_after: None },
        Self::FailedBefore,
        Self::FailedAfter,
        Self::BadGateway,
        Self::Malformed,
    ];

    /// Whether the service does what it was asked for.
    pub(crate) fn acts(self) -> bool {
        matches!(
            self,
            Self::LostAnswer | Self::CutBody | Self::FailedAfter | Self::Malformed | Self::HangAfter | Self::KillAfter
        )
    }
}

/// Which call a fault waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    /// The n-th of all calls since the start, from 1.
    Call(usize),
    /// The next one whose method and target begin like this.
    Next(String),
}

/// A fault that happens once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: At,
    pub(crate) kind: Kind,
}

impl Fault {
    pub(crate) fn at(call: usize, kind: Kind) -> Self {
        Self { at: At::Call(call), kind }
    }

    /// Such as `POST /v2/kubernetes/clusters`.
    pub(crate) fn on(beginning: &str, kind: Kind) -> Self {
        Self { at: At::Next(beginning.to_owned()), kind }
    }

    pub(crate) fn is_due(&self, number: usize, line: &str) -> bool {
        match &self.at {
            At::Call(call) => *call == number,
            At::Next(beginning) => line.starts_with(beginning.as_str()),
        }
    }
}
