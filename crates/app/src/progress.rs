//! What a use case tells while it works, for whoever watches.

/// Is told how the work goes. Words may come at any time; nothing depends on them.
pub trait Progress {
    /// `bytes` of `total` of an input are read, and `packets` (or rows) of it.
    fn reading(&mut self, input: &str, bytes: u64, total: Option<u64>, packets: u64);
    /// A stage of the work begins.
    fn stage(&mut self, words: &str);
    /// Something did not go as hoped; the work goes on.
    fn warn(&mut self, words: &str);
    /// Work that lasts until it is stopped has begun.
    fn begun(&mut self, _: &str) {}
}

/// For who does not want to be told.
impl Progress for () {
    fn reading(&mut self, _: &str, _: u64, _: Option<u64>, _: u64) {}
    fn stage(&mut self, _: &str) {}
    fn warn(&mut self, _: &str) {}
}

/// Passes the sensor's progress on under the input's name.
pub(crate) struct Reading<'a> {
    pub(crate) input: &'a str,
    pub(crate) progress: &'a mut dyn Progress,
}

impl cordon_sensor::Progress for Reading<'_> {
    fn read(&mut self, read: u64, total: Option<u64>, packets: u64) {
        self.progress.reading(self.input, read, total, packets);
    }
}
