//! The window's icons: code points of `assets/Icons.ttf`. A picture never stands without words, on screen or for screen readers.

/// An icon: one character of the icon font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon(char);

impl Icon {
    /// The character.
    #[must_use]
    pub const fn glyph(self) -> char {
        self.0
    }
}

macro_rules! icons {
    ($($(#[$about:meta])* $name:ident = $code:literal),+ $(,)?) => {
        impl Icon {
            $($(#[$about])* pub const $name: Self = Self($code);)+

            /// Every icon, for tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

icons! {
    /// Begin.
    PLAY = '\u{e037}',
    /// End it.
    STOP = '\u{e047}',
    /// Where a network is cut.
    CUT = '\u{e14e}',
    /// Look for something.
    SEARCH = '\u{ef7a}',
    /// Settings.
    SETTINGS = '\u{e8b8}',
    /// The start.
    HOME = '\u{e9b2}',
    /// A network.
    NETWORK = '\u{e4fd}',
    /// Images.
    IMAGES = '\u{e413}',
    /// An attack.
    BOLT = '\u{ea0b}',
    /// Curves.
    CHART = '\u{e6e1}',
    /// What was.
    HISTORY = '\u{e8b3}',
    /// For an audience.
    PRESENT = '\u{e41b}',
    /// Keys.
    KEYBOARD = '\u{e312}',
    /// Back one step.
    UNDO = '\u{e166}',
    /// Forth again.
    REDO = '\u{e15a}',
    /// Open a file.
    OPEN = '\u{e2c8}',
    /// Save a file.
    SAVE = '\u{e161}',
    /// Write a result.
    EXPORT = '\u{f090}',
    /// Dark colours.
    DARK = '\u{e51c}',
    /// Light colours.
    LIGHT = '\u{e518}',
    /// Words.
    WORDS = '\u{e8e2}',
    /// Yes.
    CHECK = '\u{f0be}',
    /// No.
    CANCEL = '\u{e888}',
    /// Something failed.
    ERROR = '\u{f8b6}',
    /// Good to know.
    INFO = '\u{e88e}',
    /// Look twice.
    WARNING = '\u{f083}',
    /// Away with it.
    CLOSE = '\u{e5cd}',
    /// A device.
    DEVICE = '\u{e322}',
    /// A table.
    TABLE = '\u{e265}',
    /// Copy.
    COPY = '\u{e14d}',
    /// Folded.
    FOLDED = '\u{e5cc}',
    /// Unfolded.
    UNFOLDED = '\u{e5cf}',
    /// The other way round.
    SWAP = '\u{e8d5}',
    /// Again.
    AGAIN = '\u{e042}',
    /// Drop a file here.
    DROP = '\u{e9fc}',
    /// A stitch.
    STITCH = '\u{efe6}',
    /// Before.
    BACK = '\u{e5c4}',
    /// Next.
    FORWARD = '\u{e5c8}',
    /// The whole screen.
    FULL_SCREEN = '\u{e5d0}',
    /// Robust.
    SHIELD = '\u{e9e0}',
    /// One more.
    ADD = '\u{e145}',
    /// One less.
    REMOVE = '\u{e15b}',
    /// Hold.
    PAUSE = '\u{e034}',
    /// Keep in place.
    PIN = '\u{f10d}',
    /// Slides.
    SLIDES = '\u{eaf0}',
    /// Earlier in a list.
    UP = '\u{e5d8}',
    /// Later in a list.
    DOWN = '\u{e5db}',
    /// Away for good.
    DELETE = '\u{e92e}',
}
