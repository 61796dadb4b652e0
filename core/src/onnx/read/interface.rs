//! What a recipe or a command says of a network where its file alone does not decide.

/// How a file's input and output are to be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The output that holds the logits; left out, the first that has one row of classes per image.
    pub output: Option<String>,
    /// Where the channels of an image stand; left out, what the file's first nodes or sizes show.
    pub layout: Option<Layout>,
    /// Rows and columns where the file leaves them open.
    pub size: Option<[usize; 2]>,
    /// The range of the pixels that the file takes; left out, what its element type or first node shows.
    pub pixels: Option<Range>,
    /// Channels, rows and columns of the images at hand: they decide what nothing else does.
    pub images: Option<[usize; 3]>,
}

/// The order of an image's axes in a file's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `[N, channels, rows, columns]`.
    #[default]
    ChannelsFirst,
    /// `[N, rows, columns, channels]`.
    ChannelsLast,
}

/// The range of the pixels that a file takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Range {
    /// 0 to 1.
    #[default]
    Unit,
    /// 0 to 255.
    Bytes,
}
