//! Attacks against what verifiers have proved: no image that holds falls, those that are violated do.
//!
//! The instances lie in the shared folder; without it these tests say so and pass.

use std::path::{Path, PathBuf};

use stitchscope_core::attack::ground_truth::{Comparison, Instances, Proved, compare};
use stitchscope_core::attack::{Ball, Norm, Preset};
use stitchscope_core::engine::{Choice, open};
use stitchscope_core::onnx;
use stitchscope_core::platform::block_on;
use stitchscope_tests::{Fallible, shared_file};

/// Networks, small ones first, and how many of their violated images the short preset may miss.
const NETWORKS: [(&str, usize); 9] = [
    ("mnist-net_256x2", 5),
    ("Convnet_avgpool", 0),
    ("marabou_cifar10_small", 0),
    ("cifar_base_kw", 1),
    ("cifar_wide_kw", 0),
    ("resnet_2b", 0),
    ("resnet_4b", 0),
    ("sri_resnet_a", 1),
    ("sri_resnet_b", 1),
];

/// Of these few seconds are enough.
const SHORT: usize = 3;

fn instances(archive: &Path) -> Fallible<Instances> {
    Ok(Instances::read(&archive.display().to_string(), &std::fs::read(archive)?)?)
}

/// The comparison of one network, or `None` after saying what is missing.
fn compared(name: &str, preset: Preset) -> Fallible<Option<Comparison>> {
    of_archive(name, "instances", preset)
}

/// As [`compared`], of the archive of that kind.
fn of_archive(name: &str, kind: &str, preset: Preset) -> Fallible<Option<Comparison>> {
    let Some(archive) = shared_file(&format!("groundtruth/{name}.{kind}.npz")) else { return Ok(None) };
    let engine = block_on(open(Choice::Auto))?;
    let beside = |ending: &str| archive.with_file_name(format!("{name}{ending}"));
    let path: PathBuf = Some(beside(".pixels.onnx")).filter(|p| p.is_file()).unwrap_or_else(|| beside(".onnx"));
    let beside = onnx::external::beside(path.parent().unwrap_or(Path::new(".")));
    let model = onnx::read(std::fs::read(&path)?.into(), name, &beside)?;
    let instances = instances(&archive)?;
    let eps = instances.eps.iter().copied().fold(0.0, f32::max);
    let suite = preset.stages(Ball { norm: Norm::Linf, eps }, None, 0);
    let work = (&suite, 64);
    Ok(Some(block_on(compare(engine.as_ref(), &model.graph, &instances, work, &mut |_, _, _| true))?))
}

fn check(networks: &[(&str, usize)], preset: Preset, missed: impl Fn(usize) -> usize) -> Fallible<usize> {
    let mut all_missed = 0;
    for (name, quick_misses) in networks {
        let Some(found) = compared(name, preset)? else { return Ok(0) };
        assert_eq!(found.contradictions, [], "{name}: proved images fell");
        assert_eq!(found.not_judged, [0; 0], "{name}: every image is right to begin with");
        assert_eq!(found.stages[0].attacked as usize, found.hold + found.violated + found.open, "{name}");
        assert!(found.missed.len() <= missed(*quick_misses), "{name}: {:?} of {}", found.missed, found.violated);
        all_missed += found.missed.len();
    }
    Ok(all_missed)
}

#[test]
#[cfg_attr(not(published), ignore = "needs the networks with proofs (STITCHSCOPE_SHARED)")]
fn proofs_hold_under_short_attacks() -> Fallible {
    check(&NETWORKS[..SHORT], Preset::Quick, |quick| quick)?;
    Ok(())
}

#[test]
#[ignore = "all networks and the whole of AutoAttack: about half an hour; `cargo xtask test --long`"]
fn proofs_hold_under_autoattack() -> Fallible {
    let missed = check(&NETWORKS, Preset::Standard, |_| 1)?;
    assert!(missed <= 1, "at most one violated image is missed in all, {missed} were");
    Ok(())
}

/// Networks with images that exact search breaks and gradient attacks of long searches had not, and how many must fall.
const HARD: [(&str, usize); 5] = [
    ("mnist_madry_tiny", 10),
    ("cifar_cnn_a_adv", 0),
    ("cifar_cnn_a_adv_alt", 0),
    ("cifar_cnn_a_mix", 0),
    ("marabou_cifar10_small", 0),
];

#[test]
#[ignore = "a long search on the hardest images there are: some minutes; `cargo xtask test --long`"]
fn images_that_only_exact_search_broke_fall() -> Fallible {
    for (name, least) in HARD {
        let begun = std::time::Instant::now();
        let Some(found) = of_archive(name, "hard", Preset::Exhaustive)? else { return Ok(()) };
        assert_eq!(found.contradictions, [], "{name}");
        let fell = found.violated - found.missed.len();
        println!(
            "{name}: {fell} of {} fell in {:.0} s; {:?}",
            found.violated,
            begun.elapsed().as_secs_f64(),
            found.stages
        );
        assert!(fell >= least, "{name}: {fell} of {} fell, {least} did before", found.violated);
    }
    Ok(())
}

#[test]
#[ignore = "short searches on all networks: some minutes; `cargo xtask test --long`"]
fn proofs_hold_under_fast_and_what_is_broken_falls() -> Fallible {
    let mut missed = 0;
    for (name, _) in NETWORKS {
        let begun = std::time::Instant::now();
        let Some(found) = compared(name, Preset::Fast)? else { return Ok(()) };
        assert_eq!(found.contradictions, [], "{name}: proved images fell");
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{name}: missed {:?} of {}, open {} of {}, {seconds:.0} s; {:?}",
            found.missed, found.violated, found.open_fallen, found.open, found.stages
        );
        missed += found.missed.len();
    }
    assert!(missed <= 3, "{missed} violated images are missed");
    Ok(())
}

#[test]
#[cfg_attr(not(published), ignore = "needs the networks with proofs (STITCHSCOPE_SHARED)")]
fn instances_are_read_with_their_boxes() -> Fallible {
    let Some(archive) = shared_file("groundtruth/marabou_cifar10_small.instances.npz") else { return Ok(()) };
    let read = instances(&archive)?;
    assert_eq!((read.images.len(), read.images.shape()), (14, [3, 32, 32]));
    let of = |proved| read.proved.iter().filter(|p| **p == proved).count();
    assert_eq!([of(Proved::Holds), of(Proved::Violated), of(Proved::Open)], [0, 8, 6]);
    for index in 0..read.images.len() {
        let clean = read.images.pixels_f32(&[index]);
        let eps = f64::from(read.eps[index]);
        // The centre is inside, and what is far outside comes to the wall of the ball, channel by channel.
        let inside = read.into_box(index, &clean);
        assert!(inside.iter().zip(&clean).all(|(a, b)| (a - f64::from(*b)).abs() < 1e-6), "image {index}");
        let above = read.into_box(index, &vec![2.0; clean.len()]);
        let expected = clean.iter().map(|v| (f64::from(*v) + eps).min(1.0));
        assert!(above.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "image {index}");
    }
    Ok(())
}

#[test]
fn a_damaged_archive_is_named() {
    let said = Instances::read("x.npz", b"PK\x03\x04 and nothing more").unwrap_err().to_string();
    assert!(said.contains("x.npz"), "{said}");
}
