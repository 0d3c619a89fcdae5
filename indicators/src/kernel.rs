//! Which instruction set computes: the names, what this CPU can run, and the choice between the two.
//!
//! A kernel is one `#[inline(always)]` body in a copy per instruction set. [`Kernel::choose`] is the only place that
//! looks at the CPU, and the [`Chosen`] it returns is the proof that a `#[target_feature]` copy may be called.

use crate::error::CallError;

/// An instruction set, or the choice of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernel {
    /// The fastest one that the indicator offers and this CPU can run.
    #[default]
    Auto,
    /// What the compiler makes of the body for the baseline of the target.
    Scalar,
    /// AVX2 with FMA on x86-64.
    Avx2,
    /// AVX-512 (F, DQ and VL) with FMA on x86-64.
    Avx512,
    /// NEON on `AArch64`.
    Neon,
}

impl Kernel {
    /// Looks a kernel up by its lower-case name.
    pub fn from_name(name: &str) -> Result<Self, CallError> {
        match name {
            "auto" => Ok(Self::Auto),
            "scalar" => Ok(Self::Scalar),
            "avx2" => Ok(Self::Avx2),
            "avx512" => Ok(Self::Avx512),
            "neon" => Ok(Self::Neon),
            _ => Err(CallError::UnknownKernel { name: name.to_owned() }),
        }
    }

    /// The lower-case name, as [`Kernel::from_name`] takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// Whether this CPU can run the kernel.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Auto | Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("fma")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
            Self::Neon => cfg!(target_arch = "aarch64"),
        }
    }

    /// Settles on one kernel of `offered`, which is sorted from the fastest to the slowest.
    ///
    /// `Auto` takes the first that this CPU can run; a kernel that is not offered or cannot run is an error.
    pub fn choose(self, offered: &[Self]) -> Result<Chosen, CallError> {
        let runnable = |kernel: &Self| kernel.is_available();
        let found = match self {
            Self::Auto => offered.iter().copied().find(runnable),
            _ => offered.iter().copied().filter(runnable).find(|kernel| *kernel == self),
        };
        found.map(Chosen).ok_or_else(|| CallError::KernelUnavailable {
            name: self.name(),
            offered: offered.iter().copied().filter(runnable).map(Self::name).collect(),
        })
    }
}

/// A kernel that this CPU can run; only [`Kernel::choose`] makes one. It is never [`Kernel::Auto`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen(Kernel);

impl Chosen {
    /// The kernel, for a `match`.
    #[must_use]
    pub const fn get(self) -> Kernel {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kernel; 5] = [Kernel::Auto, Kernel::Scalar, Kernel::Avx2, Kernel::Avx512, Kernel::Neon];

    #[test]
    fn names_round_trip() {
        for kernel in ALL {
            assert_eq!(Kernel::from_name(kernel.name()), Ok(kernel));
        }
    }

    #[test]
    fn unknown_names_are_errors_that_quote_the_name() {
        for name in ["", "AVX2", "sse", "avx512 ", "auto\0"] {
            let message = Kernel::from_name(name).unwrap_err().to_string();
            assert!(message.contains(&format!("{name:?}")), "{message}");
        }
    }

    #[test]
    fn auto_takes_the_first_kernel_that_runs() {
        assert_eq!(Kernel::Auto.choose(&[Kernel::Scalar]).unwrap().get(), Kernel::Scalar);
        let chosen = Kernel::Auto.choose(&[Kernel::Avx512, Kernel::Avx2, Kernel::Scalar]).unwrap().get();
        assert!(chosen != Kernel::Auto && chosen.is_available());
    }

    #[test]
    fn a_kernel_that_is_not_offered_is_an_error_that_names_the_others() {
        let message = Kernel::Neon.choose(&[Kernel::Scalar]).unwrap_err().to_string();
        assert_eq!(message, "kernel \"neon\" is not available here: use one of auto, scalar");
    }
}
