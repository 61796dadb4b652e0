//! The network as it is computed: boxes and lines, folded by block; or front and end side by side, with their taps level.

use egui::{Key, Rect, Ui, WidgetInfo, pos2, vec2};
use stitchscope_core::recipe::Pairs;

use super::node;
use crate::command::Act;
use crate::panels::{Cx, cuts, short};
use crate::theme::{Color, Icon, Ink, Surfaces as _, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::chart::{Canvas, ChartView, Fit};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{card, text};
use crate::work::{Chart, ChartBox, ChartQuestion, Stands};
use crate::world::Found;

/// Width of what is said of a box; in a narrow window it lies below the drawing.
const ASIDE: f32 = 310.0;
/// The drawing is at least so high.
const LEAST: f32 = 180.0;

/// What is looked at in a drawing; forgotten when other networks are drawn.
#[derive(Default)]
pub struct Looking {
    models: Vec<String>,
    open: Option<Vec<String>>,
    canvas: Canvas,
    /// Network, name and operator of the box that was pressed.
    chosen: Option<(usize, String, String)>,
    query: String,
    hit: Option<usize>,
    /// Network and name of the box or block that comes into the middle when it is drawn.
    aim: Option<(usize, String)>,
}

impl Looking {
    fn is_chosen(&self, found: &ChartBox) -> bool {
        self.chosen
            .as_ref()
            .is_some_and(|(network, name, op)| *network == found.network && *name == found.name && *op == found.op)
    }

    fn choose(&mut self, found: &ChartBox) {
        self.chosen = Some((found.network, found.name.clone(), found.op.clone()));
    }

    /// A block is folded or unfolded; it stays in the middle.
    fn fold(&mut self, chart: &Chart, network: usize, block: &str, open: bool) {
        let mut all: Vec<String> = chart.open.iter().filter(|other| *other != block).cloned().collect();
        if open {
            all.push(block.to_owned());
        }
        self.open = Some(all);
        self.aim = Some((network, block.to_owned()));
    }
}

/// The drawing of these networks with what belongs to it.
pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, models: &[String]) {
    if cx.moment.looking.models != models {
        cx.moment.looking = Looking { models: models.to_vec(), ..Looking::default() };
    }
    let cut = cut(cx);
    let pairs = match &cx.recipe.taps.pairs {
        Pairs::List(list) if models.len() == 2 => list.clone(),
        _ => cut.clone().filter(|_| models.len() == 2).into_iter().collect(),
    };
    let question = ChartQuestion { models: models.to_vec(), open: cx.moment.looking.open.clone(), pairs };
    let known = cx.world.chart.as_ref().is_some_and(|(known, _)| *known == question);
    if !known && cx.world.chart_asked.as_ref() != Some(&question) {
        cx.send(Act::Chart(Box::new(question.clone())));
    }
    let world = cx.world;
    match &world.chart {
        Some((shown, Ok(chart))) if shown.models == models => {
            tools(ui, cx, chart);
            drawing(ui, cx, chart, cut.as_ref(), shown);
        }
        Some((shown, Err(why))) if *shown == question => line(ui, cx.theme(), Tone::Bad, why),
        _ => {
            ui.spinner()
                .widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Drawing the network"));
        }
    }
}

/// Names of the taps at which front and end are cut, as soon as both networks are known.
pub(super) fn cut(cx: &mut Cx<'_>) -> Option<(String, String)> {
    let mut view = |model: &str| match cx.world.models.get(model) {
        Some(Found::Here(view)) => Some(view),
        Some(_) => None,
        None => {
            cx.acts.push(Act::Inspect(model.to_owned()));
            None
        }
    };
    let (front, end) = (&cx.recipe.front.model, &cx.recipe.end.model);
    let front_view = view(front);
    let (a, b) = (front_view?, if end == front { front_view? } else { view(end)? });
    let (f, e) = cuts(cx.recipe, a, b);
    Some((a.inspection.taps.get(f)?.name.clone(), b.inspection.taps.get(e)?.name.clone()))
}

/// Search, folds, magnification.
fn tools(ui: &mut Ui, cx: &mut Cx<'_>, chart: &Chart) {
    let (theme, wide) = (cx.theme(), ui.available_width() > 760.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let looking = &mut cx.moment.looking;
        let field = egui::TextEdit::singleline(&mut looking.query).hint_text("Find a node").desired_width(150.0);
        let field = ui.add(field.margin(egui::Margin::symmetric(8, 7))).accessible_name("Find a node");
        if field.changed() {
            looking.hit = None;
        }
        let hits = hits(chart, &looking.query);
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if entered {
            field.request_focus();
        }
        if !looking.query.is_empty() {
            let words = match looking.hit {
                Some(at) if !hits.is_empty() => format!("{} of {}", at.min(hits.len() - 1) + 1, hits.len()),
                _ => format!("{} found", hits.len()),
            };
            text::small(ui, theme, &words);
            if icon_button(ui, theme, Icon::DOWN, "Next that was found").clicked() || entered {
                next(looking, chart, &hits);
            }
        }
        if !chart.blocks.is_empty() {
            if button(ui, theme, Weight::Quiet, Some(Icon::FOLDED), "Fold all").clicked() {
                (looking.open, looking.canvas.fit) = (Some(Vec::new()), Some(Fit::Top));
            }
            if button(ui, theme, Weight::Quiet, Some(Icon::UNFOLDED), "Unfold all").clicked() {
                looking.open = Some(chart.blocks.clone());
            }
        }
        let room = ui.data(|data| data.get_temp(egui::Id::unique("chart-room"))).unwrap_or(vec2(400.0, 300.0));
        if icon_button(ui, theme, Icon::REMOVE, "Make the drawing smaller").clicked() {
            looking.canvas.magnify(0.8, room);
        }
        if icon_button(ui, theme, Icon::ADD, "Make the drawing larger").clicked() {
            looking.canvas.magnify(1.25, room);
        }
        if button(ui, theme, Weight::Quiet, Some(Icon::FULL_SCREEN), "Fit").on_hover_text("The whole network").clicked()
        {
            looking.canvas.fit = Some(Fit::Whole);
        }
        if wide {
            let (nodes, open, blocks) = (chart.boxes.len(), chart.open.len(), chart.blocks.len());
            text::small(ui, theme, &format!("{nodes} boxes, {open} of {blocks} blocks unfolded"));
        }
    });
}

/// Boxes in which the words are found; of a folded block also the first node inside.
fn hits(chart: &Chart, query: &str) -> Vec<(usize, Option<String>)> {
    let query = query.to_lowercase();
    if query.is_empty() {
        return Vec::new();
    }
    let has = |text: &str| text.to_lowercase().contains(&query);
    let of = |(at, found): (usize, &ChartBox)| {
        let folded = matches!(found.stands, Stands::Block(_));
        let tap = found.tap.as_ref().is_some_and(|(tap, _)| !folded && has(tap));
        let own = has(&found.name) || has(&found.op) || tap;
        let inside = found.holds.iter().find(|(name, op)| has(name) || has(op)).map(|(name, _)| name.clone());
        (own || inside.is_some()).then_some((at, if own { None } else { inside }))
    };
    chart.boxes.iter().enumerate().filter_map(of).collect()
}

/// The next box that was found comes into the middle; a block is unfolded where it is inside.
fn next(looking: &mut Looking, chart: &Chart, hits: &[(usize, Option<String>)]) {
    if hits.is_empty() {
        return;
    }
    let at = looking.hit.map_or(0, |at| (at + 1) % hits.len());
    looking.hit = Some(at);
    let (place, inside) = &hits[at];
    let Some(found) = chart.boxes.get(*place) else { return };
    match inside {
        Some(name) => {
            looking.fold(chart, found.network, &found.block, true);
            looking.aim = Some((found.network, name.clone()));
        }
        None => {
            looking.choose(found);
            looking.aim = Some((found.network, found.name.clone()));
        }
    }
}

/// The drawing, and beside it what is said of the box that was pressed.
fn drawing(ui: &mut Ui, cx: &mut Cx<'_>, chart: &Chart, cut: Option<&(String, String)>, shown: &ChartQuestion) {
    let all = ui.available_rect_before_wrap();
    let all = Rect::from_min_size(all.min, vec2(all.width(), all.height().max(LEAST)));
    ui.allocate_rect(all, egui::Sense::hover());
    let chosen = chart.boxes.iter().position(|found| cx.moment.looking.is_chosen(found));
    let (mut rect, mut aside) = (all, None);
    if chosen.is_some() {
        let beside = all.width() > 2.0 * ASIDE;
        let (a, b) = if !beside && all.height() < 2.0 * LEAST {
            // There is room for one of the two: what is said, until it is closed.
            (all.with_max_y(all.top()), all)
        } else if beside {
            all.split_left_right_at_x(all.right() - ASIDE)
        } else {
            all.split_top_bottom_at_y(all.center().y)
        };
        rect = if beside {
            a.with_max_x(a.right() - size::GAP)
        } else {
            a.with_max_y((a.bottom() - size::GAP).max(a.top()))
        };
        aside = Some(b);
    }
    ui.data_mut(|data| data.insert_temp(egui::Id::unique("chart-room"), rect.size()));
    aim(cx, chart, rect, shown);
    let pressed = if rect.is_positive() { canvas(ui, cx, chart, (chosen, cut), rect) } else { None };
    if let Some(found) = pressed.and_then(|at| chart.boxes.get(at)) {
        cx.moment.looking.choose(found);
        cx.moment.looking.aim = None;
    }
    if let (Some(rect), Some(found)) = (aside, chosen.and_then(|at| chart.boxes.get(at))) {
        let said = card::at(ui, cx.theme(), rect, |ui| node::show(ui, cx, found, chart));
        match said {
            Some(node::Wish::Close) => cx.moment.looking.chosen = None,
            Some(node::Wish::Fold(open)) => {
                cx.moment.looking.fold(chart, found.network, &found.block, open);
                cx.moment.looking.chosen = None;
            }
            None => {}
        }
    }
}

/// Brings what was aimed at into the middle, once it is drawn.
fn aim(cx: &mut Cx<'_>, chart: &Chart, rect: Rect, shown: &ChartQuestion) {
    let looking = &mut cx.moment.looking;
    // A block may have been unfolded in this very frame: then its drawing is still to come.
    let Some((network, name)) = looking.aim.as_ref().filter(|_| shown.open == looking.open) else { return };
    let of = |found: &&ChartBox| found.network == *network;
    let named = chart.boxes.iter().filter(of).find(|found| found.name == *name);
    if let Some(found) = named.or_else(|| chart.boxes.iter().filter(of).find(|found| found.block == *name)) {
        let (found, at) = (found.clone(), found.at);
        looking.canvas.center(chart, at, rect.size());
        if found.stands == Stands::Node && found.name == *name {
            looking.choose(&found);
        }
    }
    looking.aim = None;
}

type Marks<'a> = (Option<usize>, Option<&'a (String, String)>);

fn canvas(ui: &mut Ui, cx: &mut Cx<'_>, chart: &Chart, (chosen, cut): Marks<'_>, rect: Rect) -> Option<usize> {
    let theme = cx.theme();
    let models = cx.moment.looking.models.clone();
    let both = models.len() == 2;
    let (front, end) = (&cx.recipe.front.model, &cx.recipe.end.model);
    let ink = |network: usize, model: &String| -> Color {
        match () {
            () if both => theme.tokens().mark(if network == 0 { Ink::Front } else { Ink::End }),
            () if model == front => theme.tokens().mark(Ink::Front),
            () if model == end => theme.tokens().mark(Ink::End),
            () => theme.surface().accent,
        }
    };
    let inks: Vec<Color> = models.iter().enumerate().map(|(at, model)| ink(at, model)).collect();
    let is_cut = |found: &ChartBox| {
        let (Some((tap, _)), Some((a, b))) = (&found.tap, cut) else { return false };
        let as_front = if both { found.network == 0 } else { models.first() == Some(front) };
        let as_end = if both { found.network == 1 } else { models.first() == Some(end) };
        (as_front && tap == a) || (as_end && tap == b)
    };
    let places = |wanted: &dyn Fn(&ChartBox) -> bool| -> Vec<usize> {
        chart.boxes.iter().enumerate().filter(|(_, found)| wanted(found)).map(|(at, _)| at).collect()
    };
    let found: Vec<usize> = hits(chart, &cx.moment.looking.query).into_iter().map(|(at, _)| at).collect();
    let names: Vec<&str> = models.iter().map(|model| short(model)).collect();
    let name = format!("The network as a graph: {}", names.join(" and "));
    let view = ChartView { theme, chart, name: &name, inks: &inks, cuts: &places(&is_cut), chosen, found: &found };
    let pressed = view.show(ui, rect, &mut cx.moment.looking.canvas);
    if both {
        let label = |ui: &Ui, at: egui::Pos2, align: egui::Align2, model: usize, ink: Ink| {
            let font = crate::theme::style::strong(size::BODY);
            let words = names.get(model).copied().unwrap_or_default();
            ui.painter_at(rect).text(at, align, words, font, theme.tokens().words(ink).into());
        };
        label(ui, rect.left_top() + vec2(12.0, 8.0), egui::Align2::LEFT_TOP, 0, Ink::Front);
        label(ui, pos2(rect.right() - 12.0, rect.top() + 8.0), egui::Align2::RIGHT_TOP, 1, Ink::End);
    }
    pressed
}
