//! What any call can get wrong, whatever the indicator computes.

/// Errors shared by all indicators. Each indicator's own error enum wraps this one and adds its parameters.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// An input series has no elements.
    #[error("the input is empty")]
    EmptyInput,
    /// An input series holds nothing but NaN.
    #[error("all {len} input values are NaN")]
    AllNan {
        /// Length of the input.
        len: usize,
    },
    /// Input series differ in length.
    #[error("input lengths differ: {expected} and {got}")]
    InputLength {
        /// Length of the first series.
        expected: usize,
        /// Length of the series that differs.
        got: usize,
    },
    /// Fewer values than the parameters need, counted from the first one that is not NaN.
    #[error("{needed} values are needed from the first one that is not NaN, got {valid}")]
    TooFewValues {
        /// How many the parameters need.
        needed: usize,
        /// How many there are.
        valid: usize,
    },
    /// An output buffer has the wrong length.
    #[error("the output has length {got}, expected {expected}")]
    OutputLength {
        /// Length that the call writes.
        expected: usize,
        /// Length of the buffer.
        got: usize,
    },
    /// No kernel has this name.
    #[error("unknown kernel {name:?}: one of auto, scalar, avx2, avx512, neon")]
    UnknownKernel {
        /// The name as given.
        name: String,
    },
    /// The indicator has no such kernel, or this CPU cannot run it.
    #[error("kernel {name:?} is not available here: use one of auto, {}", .offered.join(", "))]
    KernelUnavailable {
        /// The kernel asked for.
        name: &'static str,
        /// The kernels that this call could use.
        offered: Vec<&'static str>,
    },
    /// A range runs against its step.
    #[error("range ({start}, {end}, {step}) is reversed: the step does not lead from start to end")]
    ReversedRange {
        /// First value.
        start: String,
        /// Last value, inclusive.
        end: String,
        /// Distance between values.
        step: String,
    },
    /// A range has a bound or step that is NaN or infinite.
    #[error("range ({start:?}, {end:?}, {step:?}) must be finite")]
    NonFiniteRange {
        /// First value.
        start: f64,
        /// Last value, inclusive.
        end: f64,
        /// Distance between values.
        step: f64,
    },
    /// More parameter combinations than a batch may have.
    #[error("the ranges make more than {limit} combinations")]
    GridTooLarge {
        /// The largest number of combinations.
        limit: usize,
    },
    /// A batch without parameter combinations.
    #[error("the batch has no parameter combinations")]
    EmptyGrid,
    /// The result of a batch would not fit into the address space.
    #[error("a result of {rows} rows of {cols} values is too large")]
    ResultTooLarge {
        /// Number of parameter combinations.
        rows: usize,
        /// Length of the input.
        cols: usize,
    },
    /// The allocator refused.
    #[error("out of memory: {bytes} bytes could not be allocated")]
    OutOfMemory {
        /// Size of the refused allocation, saturated at the largest integer.
        bytes: usize,
    },
    /// Whoever watched the call ended it, see [`watched`](crate::interrupt::watched).
    #[error("the call was interrupted")]
    Interrupted,
}
