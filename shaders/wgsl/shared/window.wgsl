//! A window that slides over planes of ROWS x COLUMNS pixels to OUT_ROWS x OUT_COLUMNS positions. Its facts do not depend on the
//! batch and are fixed when the pipeline is made, so that loops over its cells can be unrolled.

override ROWS: u32;
override COLUMNS: u32;
override OUT_ROWS: u32;
override OUT_COLUMNS: u32;
override KERNEL_ROWS: u32;
override KERNEL_COLUMNS: u32;
override STRIDE_ROWS: u32;
override STRIDE_COLUMNS: u32;
override PAD_TOP: u32;
override PAD_LEFT: u32;
