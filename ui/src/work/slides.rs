//! Records of slides, kept beside the studies: what each showed when it was made.

mod photo;

use super::serve::Clerk;
use super::views::Twin;
use super::{Answer, Ground};

/// Where they are kept, among the studies.
const PLACE: &str = "slides";
/// A record that is larger, in bytes, was not written by us.
const LARGEST: usize = 256 << 20;

fn file(slide: u64) -> String {
    format!("slide-{slide}.json")
}

/// Keeps a record.
pub(super) fn record(ground: &dyn Ground, slide: u64, twin: &Twin) -> Result<(), String> {
    let explain = |why: &dyn std::fmt::Display| {
        format!("The slide is made, but what it shows cannot be kept for the next start: {why}")
    };
    let bytes = serde_json::to_vec(twin).map_err(|error| explain(&error))?;
    let store = ground.store(PLACE).map_err(|error| explain(&error))?;
    store.put(&file(slide), &bytes).map_err(|error| explain(&error))
}

/// Keeps a picture that somebody chose as a slide's record, and says what it looks like.
pub(super) fn picture(clerk: &Clerk<'_>, slide: u64, place: String) {
    let name = place.rsplit(['/', '\\']).next().unwrap_or(&place).to_owned();
    let taken = || {
        let file = clerk.ground.read(&place, photo::LARGEST).map_err(|error| error.to_string())?;
        let (kept, photo) = photo::take(&name, &file)?;
        let twin = Twin { picture: Some(kept), ..Twin::default() };
        record(clerk.ground, slide, &twin)?;
        Ok((twin, photo))
    };
    let found: Result<(Twin, _), String> = taken();
    let found = found.map(|(twin, photo)| {
        clerk.port.tell(Answer::Recalled { slide, twin: Box::new(twin) });
        Box::new(photo)
    });
    clerk.port.tell(Answer::Picture { slide, place: Some(place), found });
}

/// Tells what a slide showed, where there is a record.
pub(super) fn tell(clerk: &Clerk<'_>, slide: u64) {
    let Some(twin) = recall(clerk.ground, slide) else { return };
    let photo = twin.picture.as_deref().map(photo::again);
    clerk.port.tell(Answer::Recalled { slide, twin: Box::new(twin) });
    if let Some(found) = photo {
        clerk.port.tell(Answer::Picture { slide, place: None, found: found.map(Box::new) });
    }
}

/// A record, where there is one that can be read.
pub(super) fn recall(ground: &dyn Ground, slide: u64) -> Option<Twin> {
    let bytes = ground.store(PLACE).ok()?.get(&file(slide)).ok()??;
    if bytes.len() > LARGEST { None } else { serde_json::from_slice(&bytes).ok() }
}
