//! Winograd's form beside the direct sum, both against f64.

use super::super::conv::Plan;
use super::*;
use crate::platform::simd::tried;
use crate::random::{Purpose, Stream};
use crate::tensor::Tensor;

/// Root of the mean square of a convolution's errors against f64, over that of its results.
fn error(plan: &Plan, x: &[f32], exact: &[f64], scratch: &mut Scratch) -> f64 {
    let mut y = vec![0.0; exact.len()];
    plan.run(x, &mut y, &Finish::default(), scratch);
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>();
    let apart = square(&mut y.iter().zip(exact).map(|(y, exact)| f64::from(*y) - exact));
    (apart / square(&mut exact.iter().copied())).sqrt()
}

#[test]
fn the_error_against_f64_stays_near_that_of_the_direct_sum() {
    for (channels, outputs, size) in [(32, 32, 16), (64, 64, 8), (512, 32, 4)] {
        let mut stream = Stream::new(4, Purpose::Test, channels as u64, 0);
        // Activations behind a rectifier have a mean, which is what Winograd's sums cancel.
        let x: Vec<f32> = (0..channels * size * size).map(|_| stream.gaussian_f32().max(0.0)).collect();
        let w: Vec<f32> = (0..outputs * channels * 9).map(|_| stream.gaussian_f32()).collect();
        let op = Conv { pads: [1; 4], ..Conv::default() };
        let mut exact = vec![0.0; outputs * size * size];
        for (place, exact) in exact.iter_mut().enumerate() {
            let (output, row, column) = (place / (size * size), place / size % size, place % size);
            for (channel, cell) in (0..channels).flat_map(|c| (0..9).map(move |cell| (c, cell))) {
                let seen = (row + cell / 3, column + cell % 3);
                if (1..=size).contains(&seen.0) && (1..=size).contains(&seen.1) {
                    let pixel = x[(channel * size + seen.0 - 1) * size + seen.1 - 1];
                    *exact += f64::from(pixel) * f64::from(w[(output * channels + channel) * 9 + cell]);
                }
            }
        }
        let (shape, w) = ([1, outputs, size, size], Tensor::f32(&[outputs, channels, 3, 3], w).unwrap());
        let of = |form| Plan::of(&op, &[1, channels, size, size], &w, &shape, form).unwrap();
        assert!(matches!(of(true), Plan::Winograd(_)) && matches!(of(false), Plan::Direct(_)));
        tried::all(|| {
            let [form, direct] = [true, false].map(|form| error(&of(form), &x, &exact, &mut Scratch::default()));
            assert!(form < 1e-6 && form < 4.0 * direct, "{channels} channels: {form:e}, directly {direct:e}");
        });
    }
}
