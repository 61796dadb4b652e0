//! How recipes spell choices that other rooms declare: the very types that attacks, stitches, engines and readers of images take.

use super::Word;
use crate::attack::{AttackMethod, Norm, Preset, Start};
use crate::data::{ClassOrder, Fit, Labels, Order, Orientation, PixelRange};
use crate::engine::Choice;
use crate::loss::Loss;
use crate::onnx::{Layout, Range};
use crate::stitch::{Distance, Schedule};

/// Gives a type its words, then the ones that recipes do not take, and the words of later versions.
macro_rules! spelled {
    ($($name:ty { $($variant:ident = $word:literal),+ } $(beside { $($other:ident = $own:literal),+ })? later [$($later:literal),*])+) => {
        $(impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const LATER: &'static [&'static str] = &[$($later),*];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ $($(Self::$other => $own),+)? }
            }
        })+
    };
}

spelled! {
    Preset {
        Standard = "standard", Plus = "plus", Rand = "rand", Paper = "paper", Quick = "quick", Exhaustive = "exhaustive",
        Fast = "fast"
    } later []
    // APGD begins on the surface by itself; no recipe chooses it.
    Start { Clean = "clean", Uniform = "uniform", Gaussian = "gaussian" } beside { Surface = "surface" } later []
    Loss { CrossEntropy = "cross-entropy", Margin = "margin", Dlr = "dlr" } later ["targeted-dlr", "kl"]
    Distance { MeanSquare = "mse", Relative = "relative", Cka = "cka" } later []
    Schedule { Constant = "constant", Steps = "steps", Cosine = "cosine" } later ["one-cycle", "warmup"]
    Choice { Auto = "auto", Processor = "processor", Reference = "reference", Ort = "ort", Wgpu = "wgpu" } later []
    Order { Auto = "auto", First = "first", Random = "random" } later []
    Fit { Exact = "exact", Resize = "resize", CenterCrop = "center-crop" } later []
    PixelRange { Unit = "0-1", Bytes = "0-255" } later []
    Labels { Fine = "fine", Coarse = "coarse" } later []
    ClassOrder { Auto = "auto", Text = "text", Number = "number" } later []
    Orientation { Stored = "stored", Exif = "exif" } later []
    Layout { ChannelsFirst = "channels-first", ChannelsLast = "channels-last" } later []
    Range { Unit = "unit", Bytes = "bytes" } later []
}

impl Word for AttackMethod {
    const ALL: &'static [Self] = Self::ALL;
    const LATER: &'static [&'static str] = &["cw", "deepfool", "transfer"];

    fn as_str(self) -> &'static str {
        self.known().word
    }
}

impl Word for Norm {
    const ALL: &'static [Self] = &[Self::Linf, Self::L2, Self::L1, Self::L0];
    const LATER: &'static [&'static str] = &[];

    fn as_str(self) -> &'static str {
        self.word()
    }
}
