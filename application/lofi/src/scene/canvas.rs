//! Pixels, and how to draw them. Whole numbers only, so that every machine draws the same picture.

use std::ops::Range;

/// Pixels from left to right.
pub(crate) const WIDTH: u16 = 160;
/// Pixels from top to bottom.
pub(crate) const HEIGHT: u16 = 100;

/// A colour as `0xRRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Color(pub(crate) u32);

impl Color {
    /// Red, green and blue.
    pub(crate) fn rgb(self) -> [u8; 3] {
        let [_, red, green, blue] = self.0.to_be_bytes();
        [red, green, blue]
    }
}

/// Which of 4 × 4 pixels are set first as a pattern becomes denser: evenly spread at every density.
const PATTERN: [[i32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// One picture. What is drawn beyond its edges is cut off.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    pixels: Vec<Color>,
}

impl Canvas {
    /// A picture of one colour.
    pub(crate) fn new(color: Color) -> Self {
        Self { pixels: vec![color; usize::from(WIDTH) * usize::from(HEIGHT)] }
    }

    /// The pixels, row by row from the top.
    pub(crate) fn pixels(&self) -> &[Color] {
        &self.pixels
    }

    /// One pixel.
    pub(crate) fn set(&mut self, x: i32, y: i32, color: Color) {
        if (0..i32::from(WIDTH)).contains(&x) && (0..i32::from(HEIGHT)).contains(&y) {
            let index = usize::try_from(y * i32::from(WIDTH) + x);
            if let Some(pixel) = index.ok().and_then(|index| self.pixels.get_mut(index)) {
                *pixel = color;
            }
        }
    }

    /// A filled rectangle.
    pub(crate) fn rectangle(&mut self, x: Range<i32>, y: Range<i32>, color: Color) {
        self.shade(x, y, color, |_, _| 16);
    }

    /// A filled ellipse around a pixel.
    pub(crate) fn ellipse(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), color: Color) {
        // Twice the radius and half a pixel on either side: without that the outermost pixels are spikes.
        let (wide, high) = (2 * width + 1, 2 * height + 1);
        self.shade(x - width..x + width + 1, y - height..y + height + 1, color, |px, py| {
            let distance = (2 * (px - x) * high).pow(2) + (2 * (py - y) * wide).pow(2);
            if distance <= (wide * high).pow(2) { 16 } else { 0 }
        });
    }

    /// A pattern whose density, from 0 to 16, depends on the place: how few colours become a soft light.
    pub(crate) fn shade(&mut self, x: Range<i32>, y: Range<i32>, color: Color, density: impl Fn(i32, i32) -> i32) {
        for (py, row) in y.zip(PATTERN.iter().cycle()) {
            for (px, threshold) in x.clone().zip(row.iter().cycle()) {
                if density(px, py) > *threshold {
                    self.set(px, py, color);
                }
            }
        }
    }

    /// A small picture from text: one character per pixel, of the colour that `colors` has for it, if any.
    pub(crate) fn sprite(&mut self, (x, y): (i32, i32), rows: &[&str], colors: &[(char, Color)]) {
        for (py, row) in (y..).zip(rows) {
            for (px, character) in (x..).zip(row.chars()) {
                if let Some((_, color)) = colors.iter().find(|(one, _)| *one == character) {
                    self.set(px, py, *color);
                }
            }
        }
    }
}
