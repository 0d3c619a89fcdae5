//! Two indicators with planted costs: [`walk`] can be told to work longer, the binding of [`copied`] copies its result.

pub mod copied;
pub mod walk;
pub mod work;

/// The native module.
#[cfg(feature = "python")]
#[pyo3::pymodule(gil_used = false)]
mod bindcheck_calibration {
    #[pymodule_export]
    use crate::copied::copied_py;
    #[pymodule_export]
    use crate::walk::{walk_batch_py, walk_py};
}
