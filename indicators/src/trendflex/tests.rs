//! Values, shapes and hostile input of `TrendFlex`.

use super::*;
use crate::interrupt::watched;
use crate::testing::{INF, NAN, bits, walk};

fn params(period: usize) -> TrendFlexParams {
    TrendFlexParams { period: Some(period) }
}

fn run(data: &[f64], period: usize) -> Result<Vec<f64>, TrendFlexError> {
    trendflex(&TrendFlexInput::from_slice(data, params(period))).map(|output| output.values)
}

/// The formula, each sum taken anew and nothing shifted.
fn transcription(x: &[f64], period: usize) -> Vec<f64> {
    let angle = 1.414 * std::f64::consts::PI / (0.5 * period as f64);
    let a = (-angle).exp();
    let (c2, c3) = (2.0 * a * angle.cos(), -a * a);
    let c1 = 1.0 - c2 - c3;
    let mut f = x[..2].to_vec();
    for t in 2..x.len() {
        f.push(c1 * (x[t] + x[t - 1]) / 2.0 + c2 * f[t - 1] + c3 * f[t - 2]);
    }
    let mut values = vec![NAN; period];
    let mut ms = 0.0;
    for t in period..x.len() {
        let s = (1..=period).map(|k| f[t] - f[t - k]).sum::<f64>() / period as f64;
        ms = 0.04 * s * s + 0.96 * ms;
        values.push(if ms == 0.0 { 0.0 } else { s / ms.sqrt() });
    }
    values
}

#[test]
fn values_follow_the_formula() {
    let data = walk(600);
    for period in [1, 2, 3, 20, 251, 599] {
        for (value, expected) in run(&data, period).unwrap().iter().zip(transcription(&data, period)) {
            assert!(value.is_nan() == expected.is_nan(), "{period}");
            assert!(value.is_nan() || (value - expected).abs() <= 1e-9, "{period}: {value} {expected}");
        }
    }
}

#[test]
fn a_constant_series_has_no_trend() {
    for level in [3.7, 1e-300, 1e300, -5.0, 0.0] {
        let values = run(&[level; 50], 7).unwrap();
        assert!(values[..7].iter().all(|value| value.is_nan()));
        assert!(values[7..].iter().all(|value| *value == 0.0), "{level}");
    }
}

#[test]
fn a_series_that_comes_to_rest_has_no_trend_left() {
    for period in [1, 2, 3, 20, 61, 150] {
        let mut data = walk(300);
        data.resize(4000, 100.3);
        let values = run(&data, period).unwrap();
        assert!(values[299] != 0.0);
        assert!(values[3000..].iter().all(|value| *value == 0.0), "{period}");
    }
    let mut data = vec![0.1, 0.2];
    data.resize(5000, 0.3);
    assert_eq!(run(&data, 3).unwrap()[4999].to_bits(), 0);
}

#[test]
fn an_outlier_leaves_no_rounding_error_behind() {
    for (place, outlier) in [(0, 1e12), (1, -1e12), (100, 1e15), (250, -1e15)] {
        let mut data = walk(600);
        data[place] = outlier;
        for period in [1, 3, 20, 90] {
            for (value, expected) in run(&data, period).unwrap().iter().zip(transcription(&data, period)).skip(period) {
                assert!((value - expected).abs() <= 1e-9, "{period} {place}: {value} {expected}");
            }
        }
    }
}

#[test]
fn a_parameter_that_is_none_has_its_default() {
    let data = walk(100);
    let none = trendflex(&TrendFlexInput::from_slice(&data, TrendFlexParams { period: None })).unwrap().values;
    assert_eq!(bits(&none), bits(&run(&data, 20).unwrap()));
    let batch = trendflex_batch_with_kernel(&data, &TrendFlexBatchRange::default(), Kernel::Auto).unwrap();
    assert_eq!(bits(&batch.values), bits(&none));
}

/// Each row of a batch, by every kernel, is the single call and the stream.
fn assert_rows_agree(data: &[f64], period: (usize, usize, usize)) {
    let sweep = TrendFlexBatchRange { period };
    for kernel in KERNELS.iter().filter(|kernel| kernel.is_available()) {
        let batch = trendflex_batch_with_kernel(data, &sweep, *kernel).unwrap();
        for (row, combo) in batch.values.chunks_exact(batch.cols).zip(&batch.combos) {
            assert_eq!(bits(row), bits(&run(data, combo.get_period()).unwrap()), "{kernel:?} {combo:?}");
            let mut stream = TrendFlexStream::try_new(*combo).unwrap();
            let streamed: Vec<f64> = data.iter().map(|value| stream.update(*value).unwrap_or(NAN)).collect();
            assert_eq!(bits(row), bits(&streamed), "{combo:?}");
        }
    }
}

#[test]
fn rows_kernels_and_streams_agree_bit_for_bit() {
    let mut data = walk(700);
    data[..4].fill(NAN);
    for range in [(1, 20, 1), (30, 30, 0), (2, 600, 37), (5, 7, 1)] {
        assert_rows_agree(&data, range);
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes there")]
fn rows_of_a_long_series_agree_wherever_they_begin() {
    let mut data = walk(140_000);
    data[..4].fill(NAN);
    assert_rows_agree(&data, (3, 135_003, 45_000));
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes there")]
fn a_long_call_can_be_ended_and_leaves_nothing_behind() {
    let data = walk(300_000);
    let sweep = TrendFlexBatchRange { period: (20, 28, 1) };
    let interrupted = TrendFlexError::Call(CallError::Interrupted);
    for period in [20, 150_000, 299_000] {
        let input = TrendFlexInput::from_slice(&data, params(period));
        assert_eq!(watched(&|| true, || trendflex(&input)), Err(interrupted.clone()));
        let mut dst = vec![0.0; data.len()];
        let into = watched(&|| true, || trendflex_into_slice(&mut dst, &input, Kernel::Scalar));
        assert_eq!(into, Err(interrupted.clone()));
    }
    let combos = sweep.expand().unwrap();
    for threads in [1, 2] {
        let batch = || {
            filled(combos.len() * data.len(), |dst| {
                trendflex_batch_inner_into(&data, &combos, Kernel::Auto, threads, dst)
            })
        };
        assert_eq!(watched(&|| true, batch), Err(interrupted.clone()));
        assert!(watched(&|| false, batch).is_ok());
    }
}

#[test]
fn leading_nan_shift_the_warm_up_and_later_ones_stay() {
    let mut data = walk(60);
    let clean = run(&data, 4).unwrap();
    let mut shifted = vec![NAN; 7];
    shifted.extend(&data);
    assert_eq!(bits(&run(&shifted, 4).unwrap()[7..]), bits(&clean));
    for hole in [NAN, INF] {
        data[20] = hole;
        let values = run(&data, 4).unwrap();
        assert_eq!(bits(&values[..20]), bits(&clean[..20]));
        assert!(values[20..].iter().all(|value| value.is_nan()));
    }
}

#[test]
fn hostile_input_is_an_error_that_carries_the_value() {
    let data = [1.0, 2.0, 3.0, 4.0];
    let cases: [(&[f64], usize, &str); 7] = [
        (&[], 1, "empty"),
        (&[NAN, NAN], 1, "all 2"),
        (&[1.0], 1, "2 values are needed"),
        (&data, 0, "period 0"),
        (&data, 4, "period 4"),
        (&data, usize::MAX, "period 18446744073709551615"),
        (&[NAN, NAN, 3.0, 4.0], 2, "3 values are needed"),
    ];
    for (data, period, message) in cases {
        let error = run(data, period).unwrap_err().to_string();
        assert!(error.contains(message), "{period}: {error}");
        let sweep = TrendFlexBatchRange { period: (period, 0, 0) };
        assert!(trendflex_batch_with_kernel(data, &sweep, Kernel::Auto).is_err(), "{period}");
    }
    assert!(run(&data, 3).is_ok());
    assert!(TrendFlexStream::try_new(params(0)).is_err());
    assert!(TrendFlexStream::try_new(params(usize::MAX)).is_err());
    let vast = TrendFlexStream::try_new(params(MAX_LEN)).unwrap_err();
    assert!(matches!(vast, TrendFlexError::Call(CallError::OutOfMemory { .. })), "{vast}");
    assert_eq!(TrendFlexStream::try_new(params(1 << 20)).unwrap().update(1.0), None);
    assert!(TrendFlexBatchRange { period: (9, 3, 1) }.expand().is_err());
}

#[test]
fn buffers_of_another_length_are_errors() {
    let data = walk(40);
    let input = TrendFlexInput::from_slice(&data, params(5));
    for len in [0, 39, 41] {
        assert!(trendflex_into_slice(&mut vec![0.0; len], &input, Kernel::Auto).is_err());
        let mut dst = vec![MaybeUninit::uninit(); len];
        assert!(trendflex_batch_inner_into(&data, &[params(5)], Kernel::Auto, 1, &mut dst).is_err());
    }
    let mut dst = vec![7.0; 40];
    trendflex_into_slice(&mut dst, &input, Kernel::Auto).unwrap();
    assert_eq!(bits(&dst), bits(&run(&data, 5).unwrap()));
}

#[test]
fn one_value_is_too_few_whatever_the_period() {
    for period in [0, 1, 2, usize::MAX] {
        let told = run(&[3.0], period).unwrap_err().to_string();
        assert_eq!(told, "2 values are needed from the first one that is not NaN, got 1", "{period}");
    }
}
