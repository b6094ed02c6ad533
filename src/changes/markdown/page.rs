//! A text that never grows past its limit.

/// What is kept free for the note about what was cut.
const RESERVE: usize = 400;

/// A page under way. A part goes in as a whole, or not at all.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    left: usize,
    reserve: usize,
}

impl Page {
    /// An empty page of at most `limit` units.
    pub(super) fn new(limit: usize) -> Self {
        let reserve = RESERVE.min(limit);
        Self { text: String::new(), left: limit - reserve, reserve }
    }

    /// Adds `part` if it fits, and says whether it did.
    pub(super) fn push(&mut self, part: &str) -> bool {
        let Some(left) = self.left.checked_sub(length(part)) else { return false };
        self.left = left;
        self.text.push_str(part);
        true
    }

    /// How much still fits.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Adds the last part, for which room was kept.
    pub(super) fn close(&mut self, note: &str) {
        self.left += std::mem::take(&mut self.reserve);
        self.push(note);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// How long `text` is, in UTF-16 code units.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
