//! The engine without a library beside ONNX Runtime, on the same work in one run.

use anyhow::Result;

use crate::material::{self, Files};
use crate::plan::{BATCH, Bench, EPOCH, ours};
use crate::step;
use crate::table::{Row, median};

impl Bench<'_> {
    /// The engine without a library beside ONNX Runtime, and how near it comes to what a plain product reaches.
    pub fn engines(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let [front, end] = files.pair.each_ref().map(|f| f.to_string_lossy().into_owned());
        let network = material::network(&front)?;
        let taps: Vec<_> = network.taps.iter().filter(|t| t.block_output).collect();
        let (batch, count) = (BATCH.to_string(), EPOCH.to_string());
        let mut compare = |name: &str, kind: &str, arguments: &[&str]| -> Result<Option<f64>> {
            let (mine, theirs) =
                (ours(&format!("{kind}@processor"), arguments)?, ours(&format!("{kind}@ort"), arguments)?);
            let row = self.compare(&format!("{name}, `processor` against `ort`"), &mine, Some(&theirs), None);
            let seconds = row.as_ref().and_then(|row| median(row.pairs.iter().map(|pair| pair.0.seconds).collect()));
            rows.extend(row);
            Ok(seconds)
        };
        let step = compare("attack step, 128 images", "step", &[&front, &batch, &batch])?;
        compare("forward, 128 images", "forward", &[&front, &batch])?;
        if let Some(tap) = taps.get(taps.len() / 2) {
            compare("task matching epoch, middle tap", "train", &[&front, &end, &tap.name, &count])?;
        }
        let product = compare("product of size 1024, four times", "product", &["1024", "4"])?;
        if let (Some(step), Some(product)) = (step, product) {
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            let (images, size) = (BATCH as f64, 1024_f64);
            let (step, product) = (images * step::products(&front)? / step, 4.0 * size.powi(3) / product);
            println!(
                "attack step on `processor`: {:.1} thousand million products a second, {:.0} % of the {:.1} of a product of size 1024",
                step / 1e9,
                100.0 * step / product,
                product / 1e9
            );
        }
        Ok(())
    }
}
