//! Values, shapes and hostile input of KAMA.

use super::*;
use crate::interrupt::watched;
use crate::testing::{INF, NAN, bits, walk};

fn params(period: usize) -> KamaParams {
    KamaParams { period: Some(period) }
}

fn run(data: &[f64], period: usize) -> Result<Vec<f64>, KamaError> {
    kama(&KamaInput::from_slice(data, params(period))).map(|output| output.values)
}

/// The formula, each sum taken anew.
fn transcription(data: &[f64], period: usize) -> Vec<f64> {
    let mut values = vec![NAN; period];
    let mut value = data[period - 1];
    for t in period..data.len() {
        let sum: f64 = (t - period + 1..=t).map(|k| (data[k] - data[k - 1]).abs()).sum();
        let moved = (data[t] - data[t - period]).abs();
        let ratio = if sum < 1e-14 { 1.0 } else { (moved / sum).min(1.0) };
        value += (ratio * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0).powi(2) * (data[t] - value);
        values.push(value);
    }
    values
}

#[test]
fn values_follow_the_formula() {
    let data = walk(600);
    for period in [1, 2, 10, 30, 250, 599] {
        for (value, expected) in run(&data, period).unwrap().iter().zip(transcription(&data, period)) {
            assert!(value.is_nan() == expected.is_nan(), "{period}");
            assert!(value.is_nan() || (value - expected).abs() <= 1e-11 * expected.abs(), "{value} {expected}");
        }
    }
}

#[test]
fn a_constant_series_is_its_own_average() {
    let values = run(&[3.7; 50], 5).unwrap();
    assert!(values[..5].iter().all(|value| value.is_nan()));
    assert!(values[5..].iter().all(|value| value.to_bits() == 3.7_f64.to_bits()));
}

#[test]
fn a_parameter_that_is_none_has_its_default() {
    let data = walk(100);
    let none = kama(&KamaInput::from_slice(&data, KamaParams { period: None })).unwrap().values;
    assert_eq!(bits(&none), bits(&run(&data, 30).unwrap()));
    let batch = kama_batch_with_kernel(&data, &KamaBatchRange::default(), Kernel::Auto).unwrap();
    assert_eq!(bits(&batch.values), bits(&none));
}

/// Each row of a batch, by every kernel, is the single call and the stream.
fn assert_rows_agree(data: &[f64], period: (usize, usize, usize)) {
    let sweep = KamaBatchRange { period };
    for kernel in KERNELS.iter().filter(|kernel| kernel.is_available()) {
        let batch = kama_batch_with_kernel(data, &sweep, *kernel).unwrap();
        for (row, combo) in batch.values.chunks_exact(batch.cols).zip(&batch.combos) {
            assert_eq!(bits(row), bits(&run(data, combo.get_period()).unwrap()), "{kernel:?} {combo:?}");
            let mut stream = KamaStream::try_new(*combo).unwrap();
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
    let sweep = KamaBatchRange { period: (20, 28, 1) };
    let interrupted = KamaError::Call(CallError::Interrupted);
    for period in [20, 150_000, 299_000] {
        let input = KamaInput::from_slice(&data, params(period));
        assert_eq!(watched(&|| true, || kama(&input)), Err(interrupted.clone()));
        let mut dst = vec![0.0; data.len()];
        let into = watched(&|| true, || kama_into_slice(&mut dst, &input, Kernel::Scalar));
        assert_eq!(into, Err(interrupted.clone()));
    }
    let combos = sweep.expand().unwrap();
    for threads in [1, 2] {
        let batch = || {
            filled(combos.len() * data.len(), |dst| kama_batch_inner_into(&data, &combos, Kernel::Auto, threads, dst))
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
        assert!(values[20].is_nan() == hole.is_nan() && values[20].is_infinite() == hole.is_infinite());
        assert!(values[21..].iter().all(|value| value.is_nan()));
    }
}

#[test]
fn a_hole_in_the_warm_up_leaves_nothing_but_nan() {
    for (hole, first) in [(INF, 0), (-INF, 0), (INF, 1), (-INF, 1), (NAN, 1)] {
        for place in first..=4 {
            let mut data = walk(40);
            data[place] = hole;
            let values = run(&data, 4).unwrap();
            assert!(values.iter().all(|value| value.is_nan()), "{hole} at {place}: {values:?}");
            let mut stream = KamaStream::try_new(params(4)).unwrap();
            let streamed: Vec<f64> = data.iter().map(|value| stream.update(*value).unwrap_or(NAN)).collect();
            assert_eq!(bits(&values), bits(&streamed));
        }
    }
    let steep = [1e308, -1e308, 1.0, 2.0, 3.0, 4.0, 5.0];
    assert!(run(&steep, 4).unwrap().iter().all(|value| value.is_nan()));
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
        let sweep = KamaBatchRange { period: (period, 0, 0) };
        assert!(kama_batch_with_kernel(data, &sweep, Kernel::Auto).is_err(), "{period}");
    }
    assert!(run(&data, 3).is_ok());
    assert!(KamaStream::try_new(params(0)).is_err());
    assert!(KamaStream::try_new(params(usize::MAX)).is_err());
    let vast = KamaStream::try_new(params(MAX_LEN)).unwrap_err();
    assert!(matches!(vast, KamaError::Call(CallError::OutOfMemory { .. })), "{vast}");
    assert_eq!(KamaStream::try_new(params(1 << 20)).unwrap().update(1.0), None);
    assert!(KamaBatchRange { period: (9, 3, 1) }.expand().is_err());
}

#[test]
fn buffers_of_another_length_are_errors() {
    let data = walk(40);
    let input = KamaInput::from_slice(&data, params(5));
    for len in [0, 39, 41] {
        assert!(kama_into_slice(&mut vec![0.0; len], &input, Kernel::Auto).is_err());
        let mut dst = vec![MaybeUninit::uninit(); len];
        assert!(kama_batch_inner_into(&data, &[params(5)], Kernel::Auto, 1, &mut dst).is_err());
    }
    let mut dst = vec![7.0; 40];
    kama_into_slice(&mut dst, &input, Kernel::Auto).unwrap();
    assert_eq!(bits(&dst), bits(&run(&data, 5).unwrap()));
}

#[test]
fn one_value_is_too_few_whatever_the_period() {
    for period in [0, 1, 2, usize::MAX] {
        let told = run(&[3.0], period).unwrap_err().to_string();
        assert_eq!(told, "2 values are needed from the first one that is not NaN, got 1", "{period}");
    }
}
