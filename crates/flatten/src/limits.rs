/// Sizes beyond which a document is refused. They bound memory and time: a document of hostile
/// shape is refused before it is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest document in bytes.
    pub input_bytes: usize,
    /// Longest copy in bytes.
    pub output_bytes: usize,
    /// Most pixels of one picture, or of one page as it is drawn.
    pub pixels: u64,
    /// Most pages, sheets or slides.
    pub pages: u32,
    /// Most bytes that all compressed parts of a document expand to.
    pub expanded_bytes: u64,
    /// Most bytes out for one byte in, for parts that expand to more than 1 MiB.
    pub ratio: u64,
    /// Most parts: objects of a PDF, files in an office document, nodes of a text.
    pub parts: usize,
    /// Deepest nesting of objects or elements.
    pub depth: usize,
    /// Most work of drawing all pages, in pixels touched (counted before anything is drawn).
    pub work: u64,
    /// Sharpness of drawn pages, in pixels per inch.
    pub dpi: u32,
}

impl Default for Limits {
    /// 64 MiB in, 256 MiB out and expanded, 50 megapixels, 500 pages, 150 dpi.
    fn default() -> Self {
        Self {
            input_bytes: 64 << 20,
            output_bytes: 256 << 20,
            pixels: 50_000_000,
            pages: 500,
            expanded_bytes: 256 << 20,
            ratio: 300,
            parts: 500_000,
            depth: 64,
            work: 12_000_000_000,
            dpi: 150,
        }
    }
}
