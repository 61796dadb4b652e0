//! Donors, measured and attacked, and images that fool each of them: made here, or found where another share has kept them.

use crate::data::Images;
use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::report::{Donor, Role};
use crate::rewrite;
use crate::study::attacked::{Attacked, Crafted, Target, recalled};
use crate::study::books::Ledger;
use crate::study::cell::{attacked_if, verdicts};
use crate::study::events::{Event, Observer, Progress, Stage, tell};
use crate::study::measure::of_donor;
use crate::study::pool::{Kind, Measured, What, found, kept};
use crate::study::timing::{Watch, stage};
use crate::study::verdicts::verdicts_csv;
use crate::study::{Network, Plan, Pool, Share, StudyError};

/// What there is of the donors.
pub(super) struct Donors {
    /// Those that are to be measured here.
    pub measured: Vec<Donor>,
    /// Images that fool each of them, where cells want them.
    pub crafted: Option<Crafted>,
}

/// Plan, clock, and what shares have in common.
type Of<'a> = (&'a Plan, &'a Watch, Option<&'a dyn Pool>);

/// Donors that are to be measured here, and images that fool each of them, where cells want them.
pub(super) async fn donors(
    of: Of<'_>,
    engine: &dyn Engine,
    answers: &[Predictions; 2],
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Donors, StudyError> {
    let (mut measured, mut crafted, mut made) = (Vec::new(), Vec::new(), None);
    for (place, network) in [(Role::Front, &of.0.front), (Role::End, &of.0.end)].into_iter().zip(answers) {
        let (donor, images) = donor(of, engine, place, network, &mut made, ledger, observer).await?;
        crafted.extend(images);
        if let Some(donor) = donor {
            tell(observer, &Event::Donor { donor: donor.clone() })?;
            measured.push(donor);
        }
    }
    let mut crafted = crafted.into_iter();
    let crafted = crafted.next().zip(crafted.next()).map(|(front, end)| Crafted { front, end });
    Ok(Donors { measured, crafted })
}

/// A donor measured whole from its answers, where that is to be done here, and where cells that are still to do want them its attacked
/// images.
async fn donor(
    of: Of<'_>,
    engine: &dyn Engine,
    (role, network): (Role, &Network),
    predictions: &Predictions,
    made: &mut Option<Attacked>,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<(Option<Donor>, Option<Images>), StudyError> {
    let (plan, _, pool) = of;
    let known = ledger.donor(role);
    let ours = known.is_none() && plan.share.has_rest();
    let transfers = plan.recipe.attack.as_ref().is_some_and(|a| a.transfer);
    let keep = transfers && ledger.count(plan) < plan.share.cells(plan);
    if !ours && !keep && plan.share != Share::Shared {
        return Ok((known, None));
    }
    let whole = pool.is_some();
    let asked = Asked { ours: ours || whole, keep: if whole { transfers } else { keep } };
    let key = (What::Donor(role), engine);
    let before = pool.map(|pool| found(pool, key, observer)).transpose()?.flatten();
    let measured = match (before, pool) {
        (Some(Kind::Donor(measured)), _) => *measured,
        (_, pool) => {
            let fresh = measure(of, engine, ((role, network), predictions), (asked, made), observer).await?;
            let fresh = Kind::Donor(Box::new(fresh));
            let fresh = match pool {
                Some(pool) => kept(pool, key, fresh, observer)?,
                None => fresh,
            };
            match fresh {
                Kind::Donor(measured) => *measured,
                _ => return Err(StudyError::Fault("a piece that is of another kind")),
            }
        }
    };
    let Measured { donor, table, crafted } = measured;
    let images = crafted.filter(|_| keep).map(|pixels| recalled(&plan.test, pixels)).transpose()?;
    if !ours {
        return Ok((known, images));
    }
    let label = label(role, network);
    for doubt in &donor.badges {
        tell(observer, &Event::Note { text: format!("{label}: {doubt}") })?;
    }
    ledger.keep_donor(&donor, &table)?;
    Ok((Some(donor), images))
}

/// What is asked of a donor beside its attack.
#[derive(Clone, Copy)]
struct Asked {
    /// All that the report holds.
    ours: bool,
    /// Its attacked images.
    keep: bool,
}

fn label(role: Role, network: &Network) -> String {
    format!("{} donor {}", if role == Role::Front { "front" } else { "end" }, network.reference)
}

async fn measure(
    (plan, watch, _): Of<'_>,
    engine: &dyn Engine,
    ((role, network), predictions): ((Role, &Network), &Predictions),
    (Asked { ours, keep }, made): (Asked, &mut Option<Attacked>),
    observer: &mut Observer<'_>,
) -> Result<Measured, StudyError> {
    let graph = rewrite::simplify(&network.graph)?;
    let about = Progress { network: Some(label(role, network)), ..Progress::of(Stage::Images) };
    let target = Target { network: &graph, about: &about, keep };
    let attack = (plan.recipe.attack.as_ref(), predictions);
    let mut attacked = match made.take() {
        Some(made) => Some(made),
        None => watch.time(stage::ATTACKS, attacked_if(engine, plan, target, attack, observer)).await?,
    };
    // A network joined with itself is attacked once.
    *made = attacked.clone().filter(|_| plan.front.is(&plan.end, (&plan.recipe.front, &plan.recipe.end)));
    let crafted = attacked.as_mut().and_then(|a| a.crafted.take());
    let program = match plan.also {
        Some(_) if ours => Some(engine.compile(&graph).await?),
        _ => None,
    };
    let donor = Donor {
        role,
        model: network.reference.clone(),
        clean: predictions.counts(&plan.test.labels),
        also: of_donor((engine, plan), (program.as_ref(), &about), observer).await?,
        robust: attacked.as_ref().map(|a| a.robust),
        attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
        change: attacked.as_ref().and_then(|a| a.change.clone()),
        badges: attacked.as_ref().map(|a| a.doubts.clone()).unwrap_or_default(),
    };
    let table = verdicts_csv(&verdicts(predictions, attacked.as_ref()), &plan.test)?;
    Ok(Measured { donor, table, crafted })
}
