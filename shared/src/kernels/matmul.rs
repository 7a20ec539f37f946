//! `matmul`: two matrices multiplied, which floats and vector instructions limit.

use parlab_work::{Sizes, Task, Workload};

use super::fraction;

/// Rows of the product between two looks at whether somebody still waits.
const ROWS: usize = 16;

/// Multiplies two square matrices of doubles, row by row: with the instructions that every processor of its kind has, two doubles
/// at a time as in WebAssembly (`portable`), or with wider ones where the processor has them and the platform lets them be used
/// (`processor`: AVX2 on x86-64, four at a time; elsewhere the same as `portable`). No fused multiplications: their result would
/// be another one.
pub struct Matmul;

/// Two matrices and their product, row after row.
pub struct Matrices {
    left: Vec<f64>,
    right: Vec<f64>,
    product: Vec<f64>,
}

impl Workload for Matmul {
    const NAME: &'static str = "matmul";
    const ABOUT: &'static str = "multiply two matrices of doubles";
    const SIZE: &'static str = "rows and columns of each matrix";
    const SIZES: Sizes = Sizes { smoke: 64, lab: 384, most: 2048 };

    const METHODS: &'static [&'static str] = &["portable", "processor"];

    type Input = Matrices;

    fn setup(task: &Task<'_>) -> Matrices {
        let cells = task.size * task.size;
        let matrix = |from: u64| (from..from + cells).map(fraction).collect();
        Matrices { left: matrix(0), right: matrix(cells), product: vec![0.0; cells as usize] }
    }

    fn routine(matrices: &mut Matrices, task: &Task<'_>) -> u64 {
        let side = task.size as usize;
        let Matrices { left, right, product } = matrices;
        // Each task multiplies with another number, so that no two do the same.
        let factor = f64::from(task.id + 1);
        for (rows, into) in left.chunks(ROWS * side).zip(product.chunks_mut(ROWS * side)) {
            if task.is_cancelled() {
                return 0;
            }
            match task.method {
                0 => multiply(rows, right, into, side, factor),
                _ => by_processor(rows, right, into, side, factor),
            }
        }
        product.iter().fold(0, |digest: u64, cell| digest.rotate_left(5) ^ cell.to_bits())
    }

    fn steps(size: u64) -> Option<u64> {
        // No processor does more than 8 multiplications of doubles at once that wait for no other.
        Some(size.pow(3) / 8)
    }
}

/// Some rows of the product, by the widest instructions that are known here and that this processor has.
fn by_processor(rows: &[f64], right: &[f64], into: &mut [f64], side: usize, factor: f64) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has been asked whether it has these instructions.
        #[expect(unsafe_code, reason = "only who knows the processor can call what was compiled for it")]
        unsafe {
            return multiply_by_avx2(rows, right, into, side, factor);
        }
    }
    multiply(rows, right, into, side, factor);
}

/// The same function, compiled for processors with AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn multiply_by_avx2(rows: &[f64], right: &[f64], into: &mut [f64], side: usize, factor: f64) {
    rows_of_product(rows, right, into, side, factor);
}

/// Some rows of the product.
#[inline(never)]
fn multiply(rows: &[f64], right: &[f64], into: &mut [f64], side: usize, factor: f64) {
    rows_of_product(rows, right, into, side, factor);
}

/// Compiled into each of its callers, with the instructions that they may use.
#[inline(always)]
fn rows_of_product(rows: &[f64], right: &[f64], into: &mut [f64], side: usize, factor: f64) {
    for (row, sums) in rows.chunks_exact(side).zip(into.chunks_exact_mut(side)) {
        sums.fill(0.0);
        for (cell, line) in row.iter().zip(right.chunks_exact(side)) {
            let cell = cell * factor;
            for (sum, of_line) in sums.iter_mut().zip(line) {
                *sum += cell * of_line;
            }
        }
    }
}
