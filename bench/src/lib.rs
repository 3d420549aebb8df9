//! Measuring: CPU seconds of this process, medians, never one absolute time.
//!
//! ```
//! use enlace_bench::{Runs, cpu_median};
//! let (seconds, sum) = cpu_median(Runs::of_size(10), || Ok::<_, ()>((0..10).sum::<i32>()))?;
//! assert!(seconds >= 0.0 && sum == 45);
//! # Ok::<(), ()>(())
//! ```
#![forbid(unsafe_code)]

use rustix::time::{ClockId, clock_gettime};

/// How often something is run: small inputs more often.
#[derive(Debug, Clone, Copy)]
pub struct Runs(usize);

impl Runs {
    /// As many runs as read about 100 MB, at least 11, at most 1,001.
    pub fn of_size(bytes: usize) -> Self {
        Self((100_000_000 / bytes.max(1)).clamp(11, 1001))
    }

    /// The count.
    pub fn count(self) -> usize {
        self.0
    }
}

/// CPU seconds that this process has used.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The median of CPU seconds of so many runs, and what the last one gave.
///
/// # Errors
/// The first error of `run`.
pub fn cpu_median<T, E>(runs: Runs, mut run: impl FnMut() -> Result<T, E>) -> Result<(f64, T), E> {
    let mut last = run()?;
    let mut seconds = Vec::with_capacity(runs.0);
    for _ in 0..runs.0 {
        let before = cpu_seconds();
        last = run()?;
        seconds.push(cpu_seconds() - before);
    }
    seconds.sort_by(f64::total_cmp);
    Ok((seconds.get(runs.0 / 2).copied().unwrap_or(f64::NAN), last))
}
