//! How long frames take, for who wants to know: `STITCHSCOPE_TIMES=FILE` has it written there when the window is closed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::terminal;

/// Frames, counted.
pub struct Times {
    place: Option<PathBuf>,
    start: Instant,
    frames: u64,
    /// When the first frame was on its way to the screen.
    first: Option<Duration>,
    /// In seconds.
    slowest: f32,
}

impl Times {
    /// From `start` on.
    pub fn since(start: Instant) -> Self {
        let place = std::env::var_os("STITCHSCOPE_TIMES").filter(|place| !place.is_empty()).map(PathBuf::from);
        Self { place, start, frames: 0, first: None, slowest: 0.0 }
    }

    /// A frame begins; `last` is what the one before took on this thread, in seconds.
    pub fn frame(&mut self, last: Option<f32>) {
        self.frames += 1;
        if self.frames == 2 {
            self.first = Some(self.start.elapsed());
        }
        // The first two open the window, make textures and compile shaders.
        if self.frames > 3 {
            self.slowest = self.slowest.max(last.unwrap_or(0.0));
        }
    }

    /// Writes them down, where somebody asked for it.
    pub fn write(&self) {
        let Some(place) = &self.place else { return };
        let first = self.first.map_or(f64::NAN, |first| first.as_secs_f64() * 1e3);
        let times = serde_json::json!({
            "frames": self.frames,
            "first_frame_ms": first,
            "slowest_frame_ms": f64::from(self.slowest) * 1e3,
        });
        if let Err(error) = std::fs::write(place, format!("{times}\n")) {
            terminal::remark(&format!("{}: {error}", place.display()));
        }
    }
}
