//! Technical indicators over `f64` series, in Rust and, with the feature `python`, for `NumPy`.
//!
//! Each indicator is one module of one shape: parameters, input, output, batch range, batch output, stream and error,
//! then `name`, `name_with_kernel`, `name_into_slice`, `name_into_uninit`, `name_batch_with_kernel` and
//! `name_batch_inner_into`. [`alma`] is the one to read first.

pub mod alma;
pub mod buffer;
pub mod error;
pub mod fir;
pub mod grid;
pub mod interrupt;
pub mod kama;
pub mod kernel;
pub mod lanes;
pub mod ring;
pub mod rows;
#[cfg(test)]
mod testing;
pub mod trendflex;

#[cfg(feature = "python")]
pub mod python;

pub use error::CallError;
pub use kernel::Kernel;

/// The native module behind the Python package.
#[cfg(feature = "python")]
#[pyo3::pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use crate::alma::{AlmaStreamPy, alma_batch_py, alma_py};
    #[pymodule_export]
    use crate::kama::{KamaStreamPy, kama_batch_py, kama_py};
    #[pymodule_export]
    use crate::trendflex::{TrendFlexStreamPy, trendflex_batch_py, trendflex_py};
}
