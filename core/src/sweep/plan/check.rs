//! Studies of a sweep, opened and checked before anything runs: each network once, each image set once.

use std::collections::HashMap;
use std::rc::Rc;

use super::cost::Size;
use super::job::Identity;
use crate::cut;
use crate::recipe::{DonorRef, Recipe};
use crate::study::{ImageInputs, Network, Sources, StudyError, fitting, image_inputs};
use crate::sweep::{Point, SweepError, shown};

/// What has been opened so far.
pub(super) struct Checker<'a> {
    sources: &'a dyn Sources,
    networks: HashMap<String, Rc<Opened>>,
    images: HashMap<String, Rc<ImageInputs>>,
    last: Option<(usize, usize, Checked)>,
}

/// A network with its cost.
struct Opened {
    network: Network,
    operations: u64,
}

/// What a study comes to, the same for all seeds.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    /// Pairs of taps.
    pub pairs: usize,
    pub size: Size,
    pub identity: Identity,
}

impl<'a> Checker<'a> {
    pub(super) fn new(sources: &'a dyn Sources) -> Self {
        Self { sources, networks: HashMap::new(), images: HashMap::new(), last: None }
    }

    /// The study, checked.
    ///
    /// # Errors
    /// [`SweepError::OfStudy`] with what `study::Plan::load` would say.
    pub(super) fn check(&mut self, point: &Point<'_>) -> Result<&Checked, SweepError> {
        let known = self.last.take();
        let known = match known {
            Some((stage, settings, checked)) if stage == point.stage => (settings, checked),
            other => {
                let of_settings =
                    other.filter(|(_, settings, _)| *settings == point.settings).map(|(.., c)| c.identity);
                let found = self.found(point.recipe, of_settings).map_err(|why| SweepError::OfStudy {
                    number: point.number,
                    set: shown(point.set),
                    why: why.to_string(),
                })?;
                (point.settings, found)
            }
        };
        let (_, _, checked) = self.last.insert((point.stage, known.0, known.1));
        Ok(checked)
    }

    fn found(&mut self, recipe: &Recipe, settings: Option<Identity>) -> Result<Checked, StudyError> {
        let (front, end) = self.pair(recipe)?;
        let (pairs, _) = fitting(recipe, &front.network, &end.network)?;
        let images = self.images(recipe, &end.network)?;
        let identity = settings.unwrap_or_else(|| Identity::default().settings(recipe));
        let identity = identity.donors(recipe, &front.network.files, &end.network.files).images(&images.inputs);
        let (train, test) = (images.train as u64, images.test as u64);
        let size = Size { operations: [front.operations, end.operations], train, test };
        Ok(Checked { pairs: pairs.len(), size, identity })
    }

    fn pair(&mut self, recipe: &Recipe) -> Result<(Rc<Opened>, Rc<Opened>), StudyError> {
        let opened = self.donor(&recipe.front).and_then(|front| Ok((front, self.donor(&recipe.end)?)));
        match opened {
            // What a file leaves open is what the other donor or the images say: such a pair is opened together.
            Err(why) if why.wants_images() => {
                let (front, end) = Network::pair(recipe, self.sources)?;
                Ok((Rc::new(Opened::new(front)), Rc::new(Opened::new(end))))
            }
            opened => opened,
        }
    }

    fn donor(&mut self, donor: &DonorRef) -> Result<Rc<Opened>, StudyError> {
        let key = format!("{donor:?}");
        if let Some(known) = self.networks.get(&key) {
            return Ok(Rc::clone(known));
        }
        let opened = Rc::new(Opened::new(Network::open(self.sources, donor, None)?));
        self.networks.insert(key, Rc::clone(&opened));
        Ok(opened)
    }

    fn images(&mut self, recipe: &Recipe, end: &Network) -> Result<Rc<ImageInputs>, StudyError> {
        let key = format!("{:?} {:?} {}", recipe.data, end.image, end.classes);
        if let Some(known) = self.images.get(&key) {
            return Ok(Rc::clone(known));
        }
        let images = Rc::new(image_inputs(&recipe.data, self.sources, end)?);
        self.images.insert(key, Rc::clone(&images));
        Ok(images)
    }
}

impl Opened {
    fn new(network: Network) -> Self {
        let operations = cut::cost(&network.graph).operations;
        Self { network, operations }
    }
}
