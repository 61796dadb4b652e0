//! Every command: label, tooltip, icon, key. Buttons, the palette and the key sheet read this list and no other.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::state::View;
use crate::theme::Icon;

/// Something one can do without saying more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Open a view.
    Open(View),
    /// The palette.
    Palette,
    /// The key sheet.
    Keys,
    /// Open files.
    OpenFiles,
    /// Open a folder of images.
    OpenFolder,
    /// Save the recipe.
    SaveRecipe,
    /// Undo a change of the recipe.
    Undo,
    /// Redo it.
    Redo,
    /// Run the recipe.
    Run,
    /// Stop the study at work.
    Stop,
    /// Exchange front and end.
    Swap,
    /// The export sheet.
    ExportFigure,
    /// Cells as CSV.
    ExportTable,
    /// Dark or light.
    Theme,
    /// Plain words or the papers'.
    Words,
    /// Full screen for an audience.
    Present,
    /// Notes, next slide and clock in a window of their own while presenting.
    Speaker,
    /// Keep what is shown as a slide.
    AddSlide,
    /// A picture as a slide.
    AddPicture,
    /// Hold the study at work, or go on with it.
    Pause,
    /// Pin the study that is shown, or let go of it.
    Pin,
    /// The figure to the clipboard.
    CopyFigure,
    /// The talk as a page.
    ExportTalk,
    /// The whole study as a zip.
    ExportStudy,
    /// Larger.
    Larger,
    /// Smaller.
    Smaller,
    /// Front cut one tap earlier.
    FrontBack,
    /// Front cut one tap later.
    FrontOn,
    /// End cut one tap earlier.
    EndBack,
    /// End cut one tap later.
    EndOn,
}

/// One line of the list: command, label, tooltip, icon, key.
type Line = (Command, &'static str, &'static str, Icon, Option<KeyboardShortcut>);

const fn plain(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

const fn control(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn control_shift(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key))
}

#[rustfmt::skip]
const LIST: &[Line] = &[
    (Command::Open(View::Start), "Start", "Examples, recent studies, what was found", Icon::HOME, plain(Key::Num1)),
    (Command::Open(View::Models), "Models", "Networks and where they can be cut", Icon::NETWORK, plain(Key::Num2)),
    (Command::Open(View::Data), "Data", "The images", Icon::IMAGES, plain(Key::Num3)),
    (Command::Open(View::Stitch), "Stitch", "Choose two networks, cut them, join them", Icon::CUT, plain(Key::Num4)),
    (Command::Open(View::Attack), "Attack", "One image under attack", Icon::BOLT, plain(Key::Num5)),
    (Command::Open(View::Compare), "Compare", "What survives, cut by cut", Icon::CHART, plain(Key::Num6)),
    (Command::Open(View::Runs), "Runs", "Queue and history", Icon::HISTORY, plain(Key::Num7)),
    (Command::Open(View::Slides), "Slides", "What you are going to tell, slide by slide", Icon::SLIDES, plain(Key::Num8)),
    (Command::Open(View::Settings), "Settings", "Colours, words, engine", Icon::SETTINGS, plain(Key::Num9)),
    (Command::Palette, "Find a command", "Every command by name", Icon::SEARCH, control(Key::K)),
    (Command::Keys, "Keys", "Every key", Icon::KEYBOARD, plain(Key::F1)),
    (Command::OpenFiles, "Open files…", "Networks, recipes, reports, images", Icon::OPEN, control(Key::O)),
    (Command::OpenFolder, "Open an image folder…", "A folder with one folder of images per class, or a CIFAR-10 folder", Icon::IMAGES, control_shift(Key::O)),
    (Command::SaveRecipe, "Save the recipe…", "The recipe at hand as a TOML file", Icon::SAVE, control(Key::S)),
    (Command::Undo, "Undo", "Take the last change of recipe or slides back", Icon::UNDO, control(Key::Z)),
    (Command::Redo, "Redo", "Make it again", Icon::REDO, control_shift(Key::Z)),
    (Command::Run, "Run the study", "Run the recipe at hand", Icon::PLAY, control(Key::Enter)),
    (Command::Stop, "Stop", "Stop the study at work; what is finished is kept", Icon::STOP, control(Key::Period)),
    (Command::Swap, "Swap the networks", "Front becomes end and end becomes front", Icon::SWAP, plain(Key::X)),
    (Command::ExportFigure, "Export the figure…", "As SVG or PNG, with the recipe inside", Icon::EXPORT, control(Key::E)),
    (Command::CopyFigure, "Copy the figure", "The figure of Compare as a picture, for slides and letters", Icon::COPY, plain(Key::C)),
    (Command::ExportTable, "Export the table…", "The cells as CSV or LaTeX", Icon::TABLE, control_shift(Key::E)),
    (Command::Theme, "Dark or light", "Change the colours", Icon::DARK, plain(Key::L)),
    (Command::Words, "Plain or paper words", "Change the words", Icon::WORDS, plain(Key::T)),
    (Command::Present, "Present", "Full screen, large: your slides, or the figure alone", Icon::PRESENT, plain(Key::F11)),
    (Command::Speaker, "Notes on a second screen", "While presenting: your notes, the next slide and a clock in a window of their own", Icon::SLIDES, plain(Key::M)),
    (Command::AddSlide, "Keep as a slide", "Keep what is on the screen as a slide of your talk", Icon::ADD, plain(Key::P)),
    (Command::AddPicture, "Add a picture slide…", "A picture file (PNG or JPEG) becomes a slide of your talk; dropped on Slides it does so, too", Icon::IMAGES, None),
    (Command::Pause, "Pause or go on", "Hold the study at work in the middle of what it does, or go on with it", Icon::PAUSE, plain(Key::H)),
    (Command::Pin, "Pin the study", "Compare other studies with the one that is shown", Icon::PIN, plain(Key::N)),
    (Command::ExportStudy, "Export the whole study…", "Report, table, figure, recipe and connectors as one zip that opens again", Icon::SAVE, None),
    (Command::ExportTalk, "Export the talk…", "Every slide on one HTML page that needs nothing beside it, or as PDF", Icon::EXPORT, None),
    (Command::Larger, "Larger", "Everything larger", Icon::ADD, control(Key::Plus)),
    (Command::Smaller, "Smaller", "Everything smaller", Icon::REMOVE, control(Key::Minus)),
    (Command::FrontBack, "Front cut earlier", "Cut the front network one place earlier", Icon::BACK, plain(Key::Q)),
    (Command::FrontOn, "Front cut later", "Cut the front network one place later", Icon::FORWARD, plain(Key::W)),
    (Command::EndBack, "End cut earlier", "Cut the end network one place earlier", Icon::BACK, plain(Key::A)),
    (Command::EndOn, "End cut later", "Cut the end network one place later", Icon::FORWARD, plain(Key::S)),
];

impl Command {
    /// Every command, in the palette's order.
    pub fn all() -> impl Iterator<Item = Self> {
        LIST.iter().map(|line| line.0)
    }

    fn line(self) -> &'static Line {
        // Every command is in the list, as a test holds.
        LIST.iter().find(|line| line.0 == self).unwrap_or(&LIST[0])
    }

    /// Its name.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.line().1
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn tooltip(self) -> &'static str {
        self.line().2
    }

    /// Its icon.
    #[must_use]
    pub fn icon(self) -> Icon {
        self.line().3
    }

    /// Whether its plain letter acts in this view: a letter acts only where its effect is on the screen.
    #[must_use]
    pub const fn is_keyed_in(self, view: View) -> bool {
        match self {
            Self::FrontBack | Self::FrontOn | Self::EndBack | Self::EndOn | Self::Swap => matches!(view, View::Stitch),
            Self::CopyFigure => matches!(view, View::Compare),
            Self::Pin => matches!(view, View::Compare | View::Runs),
            _ => true,
        }
    }

    /// Its key.
    #[must_use]
    pub fn key(self) -> Option<KeyboardShortcut> {
        self.line().4
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_commands_share_a_key_or_a_name() {
        let keys: Vec<_> = Command::all().filter_map(Command::key).map(|key| format!("{key:?}")).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "{keys:?}");
        let names: Vec<_> = Command::all().map(Command::label).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
    }

    #[test]
    fn every_command_says_what_it_does() {
        for command in Command::all() {
            assert_eq!(command.line().0, command);
            assert!(!command.label().is_empty() && !command.tooltip().is_empty(), "{command:?}");
        }
        for view in View::ALL {
            assert_eq!(Command::Open(view).line().0, Command::Open(view), "{view:?} is not in the list");
        }
    }
}
