//! What every binding needs and no indicator should repeat: arguments in, buffers out, errors across.
//!
//! A binding parses and checks attached, works detached, and hands memory over attached. Nothing in here knows an
//! indicator.

mod arguments;
mod out;
mod raise;
mod series;
mod signals;

pub use arguments::{parse_kernel, parse_threads, real, real_range, unsigned, unsigned_or_none, unsigned_range};
pub use out::Out;
pub use raise::Raise;
pub use series::{Series, Span, Strided, View};
pub use signals::interruptible;
