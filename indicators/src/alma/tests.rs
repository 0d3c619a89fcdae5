//! Values, shapes and hostile input of ALMA.

use super::*;
use crate::interrupt::watched;
use crate::testing::{INF, NAN, bits, walk};

fn params(period: usize, offset: f64, sigma: f64) -> AlmaParams {
    AlmaParams { period: Some(period), offset: Some(offset), sigma: Some(sigma) }
}

/// The formula, written down once more.
fn transcription(data: &[f64], period: usize, offset: f64, sigma: f64) -> Vec<f64> {
    let m = offset * (period as f64 - 1.0);
    let s = period as f64 / sigma;
    let weights: Vec<f64> = (0..period).map(|i| (-(i as f64 - m).powi(2) / (2.0 * s.powi(2))).exp()).collect();
    let norm: f64 = weights.iter().sum();
    let mut values = vec![NAN; period - 1];
    values.extend(data.windows(period).map(|x| x.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>() / norm));
    values
}

fn run(data: &[f64], params: AlmaParams) -> Result<Vec<f64>, AlmaError> {
    alma(&AlmaInput::from_slice(data, params)).map(|output| output.values)
}

#[test]
fn values_follow_the_formula() {
    let data = walk(500);
    for (period, offset, sigma) in [(9, 0.85, 6.0), (1, 0.5, 6.0), (2, 0.0, 1.0), (50, 1.0, 12.0), (500, 0.3, 3.0)] {
        let values = run(&data, params(period, offset, sigma)).unwrap();
        for (value, expected) in values.iter().zip(transcription(&data, period, offset, sigma)) {
            assert!(value.is_nan() == expected.is_nan(), "{period}");
            assert!(value.is_nan() || (value - expected).abs() <= 1e-13 * expected.abs(), "{value} {expected}");
        }
    }
}

#[test]
fn a_parameter_that_is_none_has_its_default() {
    let data = walk(40);
    let none = AlmaParams { period: None, offset: None, sigma: None };
    let default = run(&data, AlmaParams::default()).unwrap();
    assert_eq!(bits(&run(&data, none).unwrap()), bits(&default));
    assert_eq!(bits(&run(&data, params(9, 0.85, 6.0)).unwrap()), bits(&default));
    let batch = alma_batch_with_kernel(&data, &AlmaBatchRange::default(), Kernel::Auto).unwrap();
    assert_eq!(bits(&batch.values), bits(&default));
}

#[test]
fn kernels_agree_bit_for_bit() {
    for len in [9, 40, 41, 72, 1000, 3000] {
        let data = walk(len);
        let input = AlmaInput::from_slice(&data, AlmaParams::default());
        let scalar = alma_with_kernel(&input, Kernel::Scalar).unwrap().values;
        for kernel in KERNELS.iter().filter(|kernel| kernel.is_available()) {
            assert_eq!(bits(&alma_with_kernel(&input, *kernel).unwrap().values), bits(&scalar), "{kernel:?}");
        }
        assert!(matches!(
            alma_with_kernel(&input, Kernel::Neon),
            Err(AlmaError::Call(CallError::KernelUnavailable { .. }))
        ));
    }
}

#[test]
fn batch_rows_and_streams_are_single_calls() {
    let mut data = walk(2500);
    data[..3].fill(NAN);
    data[1200] = NAN;
    data[1800] = INF;
    let sweep = AlmaBatchRange { period: (1, 26, 5), offset: (0.0, 1.0, 0.5), sigma: (2.0, 8.0, 3.0) };
    let batch = alma_batch_with_kernel(&data, &sweep, Kernel::Auto).unwrap();
    assert_eq!((batch.rows, batch.cols, batch.values.len()), (54, 2500, 54 * 2500));
    for (row, combo) in batch.values.chunks_exact(batch.cols).zip(&batch.combos) {
        let single = run(&data, *combo).unwrap();
        assert_eq!(bits(row), bits(&single), "{combo:?}");
        let mut stream = AlmaStream::try_new(*combo).unwrap();
        let streamed: Vec<f64> = data.iter().map(|value| stream.update(*value).unwrap_or(NAN)).collect();
        assert_eq!(bits(&streamed), bits(&single), "{combo:?}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes there")]
fn a_window_of_any_length_has_the_weights_of_the_stream() {
    let data = walk(300_003);
    let params = params(300_000, 0.85, 6.0);
    let mut stream = AlmaStream::try_new(params).unwrap();
    let streamed: Vec<f64> = data.iter().map(|value| stream.update(*value).unwrap_or(NAN)).collect();
    assert_eq!(bits(&run(&data, params).unwrap()), bits(&streamed));
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes there")]
fn a_long_call_can_be_ended_and_leaves_nothing_behind() {
    let data = walk(100_000);
    let interrupted = AlmaError::Call(CallError::Interrupted);
    for period in [100, 20_000, 99_000] {
        let input = AlmaInput::from_slice(&data, params(period, 0.85, 6.0));
        assert_eq!(watched(&|| true, || alma(&input)), Err(interrupted.clone()));
        let mut dst = vec![0.0; data.len()];
        let into = watched(&|| true, || alma_into_slice(&mut dst, &input, Kernel::Scalar));
        assert_eq!(into, Err(interrupted.clone()));
    }
    let combos = AlmaBatchRange { period: (20, 28, 1), ..AlmaBatchRange::default() }.expand().unwrap();
    for threads in [1, 2] {
        let batch = || {
            filled(combos.len() * data.len(), |dst| alma_batch_inner_into(&data, &combos, Kernel::Auto, threads, dst))
        };
        assert_eq!(watched(&|| true, batch), Err(interrupted.clone()));
        assert!(watched(&|| false, batch).is_ok());
    }
}

#[test]
fn threads_do_not_change_the_result() {
    let data = walk(20_000);
    let combos = AlmaBatchRange { period: (5, 60, 1), ..AlmaBatchRange::default() }.expand().unwrap();
    let batch = |threads| {
        filled(combos.len() * data.len(), |dst| alma_batch_inner_into(&data, &combos, Kernel::Auto, threads, dst))
    };
    let serial = batch(1).unwrap();
    for threads in [0, 2, 3, 1_000_000] {
        assert_eq!(bits(&batch(threads).unwrap()), bits(&serial));
    }
}

#[test]
fn leading_nan_shift_the_warm_up_and_later_ones_pass() {
    let mut data = walk(30);
    let clean = run(&data, params(4, 0.85, 6.0)).unwrap();
    data[..5].fill(NAN);
    data[20] = NAN;
    let values = run(&data, params(4, 0.85, 6.0)).unwrap();
    for (i, (value, clean)) in values.iter().zip(&clean).enumerate() {
        let hidden = i < 8 || (20..24).contains(&i);
        assert_eq!(value.is_nan(), hidden, "{i}");
        assert!(hidden || value.to_bits() == clean.to_bits(), "{i}");
    }
}

#[test]
fn combinations_vary_the_first_parameter_slowest() {
    let sweep = AlmaBatchRange { period: (3, 4, 1), offset: (0.5, 0.5, 0.0), sigma: (2.0, 4.0, 2.0) };
    let expected = [params(3, 0.5, 2.0), params(3, 0.5, 4.0), params(4, 0.5, 2.0), params(4, 0.5, 4.0)];
    assert_eq!(sweep.expand().unwrap(), expected);
    let huge = AlmaBatchRange { period: (1, usize::MAX, 1), ..sweep };
    assert!(matches!(huge.expand(), Err(AlmaError::Call(CallError::GridTooLarge { .. }))));
}

#[test]
fn hostile_input_is_an_error_that_carries_the_value() {
    let data = [1.0, 2.0, 3.0, 4.0];
    let tail = [NAN, NAN, 3.0, 4.0];
    let cases: [(&[f64], AlmaParams, &str); 16] = [
        (&[], params(1, 0.5, 6.0), "empty"),
        (&[NAN, NAN], params(1, 0.5, 6.0), "all 2"),
        (&data, params(0, 0.5, 6.0), "period 0"),
        (&data, params(5, 0.5, 6.0), "period 5"),
        (&data, params(usize::MAX, 0.5, 6.0), "period 18446744073709551615"),
        (&tail, params(3, 0.5, 6.0), "3 values are needed"),
        (&data, params(2, -0.1, 6.0), "offset -0.1"),
        (&data, params(2, 1.1, 6.0), "offset 1.1"),
        (&data, params(2, NAN, 6.0), "offset NaN"),
        (&data, params(2, INF, 6.0), "offset inf"),
        (&data, params(2, 0.5, 0.0), "sigma 0"),
        (&data, params(2, 0.5, -1.0), "sigma -1"),
        (&data, params(2, 0.5, NAN), "sigma NaN"),
        (&data, params(2, 0.5, INF), "sigma inf"),
        (&data, params(2, 0.5, 1e9), "every weight vanishes"),
        (&data, params(2, 0.5, 1e300), "every weight vanishes"),
    ];
    for (data, params, message) in cases {
        let error = run(data, params).unwrap_err().to_string();
        assert!(error.contains(message), "{params:?}: {error}");
        let sweep = AlmaBatchRange {
            period: (params.get_period(), 0, 0),
            offset: (params.get_offset(), 0.0, 0.0),
            sigma: (params.get_sigma(), 0.0, 0.0),
        };
        assert!(alma_batch_with_kernel(data, &sweep, Kernel::Auto).is_err(), "{params:?}");
    }
    assert!(run(&data, params(4, 0.5, 6.0)).is_ok(), "the whole input is the longest period");
    assert!(run(&data, params(2, 0.5, f64::MIN_POSITIVE)).is_ok(), "a flat window is an average");
}

#[test]
fn streams_check_parameters_and_have_their_memory_before_the_first_value() {
    assert!(AlmaStream::try_new(params(0, 0.5, 6.0)).is_err());
    assert!(AlmaStream::try_new(params(9, NAN, 6.0)).is_err());
    assert!(AlmaStream::try_new(params(usize::MAX, 0.5, 6.0)).is_err());
    let vast = AlmaStream::try_new(params(MAX_LEN, 0.5, 6.0)).unwrap_err();
    assert!(matches!(vast, AlmaError::Call(CallError::OutOfMemory { .. })), "{vast}");
    assert_eq!(AlmaStream::try_new(params(1 << 20, 0.5, 6.0)).unwrap().update(1.0), None);
}

#[test]
fn buffers_of_another_length_are_errors() {
    let data = walk(20);
    let input = AlmaInput::from_slice(&data, AlmaParams::default());
    for len in [0, 19, 21] {
        assert!(alma_into_slice(&mut vec![0.0; len], &input, Kernel::Auto).is_err());
        let combos = [AlmaParams::default()];
        let mut dst = vec![MaybeUninit::uninit(); len];
        assert!(alma_batch_inner_into(&data, &combos, Kernel::Auto, 1, &mut dst).is_err());
        assert!(alma_batch_inner_into(&data, &[], Kernel::Auto, 1, &mut []).is_err());
    }
    let mut dst = vec![7.0; 20];
    alma_into_slice(&mut dst, &input, Kernel::Auto).unwrap();
    assert_eq!(bits(&dst), bits(&run(&data, AlmaParams::default()).unwrap()));
}
