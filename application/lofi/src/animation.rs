//! Pictures to the bytes of an animated GIF.

use std::collections::{BTreeMap, BTreeSet};

use gif::{DisposalMethod, Encoder, EncodingError, EncodingFormatError, Frame, Repeat};

use crate::scene::{Canvas, Color, HEIGHT, WIDTH};

/// How long each picture stays, in hundredths of a second.
const DELAY: u16 = 10;

/// An endless GIF of `frames`. Only what differs from the picture before is stored: that is a quarter of the size.
pub(crate) fn encode(frames: &[Canvas]) -> Result<Vec<u8>, EncodingError> {
    let colors: BTreeSet<Color> = frames.iter().flat_map(Canvas::pixels).copied().collect();
    let palette: Vec<u8> = colors.iter().flat_map(|color| color.rgb()).collect();
    // The number behind the last colour: a pixel that stays as it is.
    let same = u8::try_from(colors.len()).map_err(|_| EncodingFormatError::TooManyColors)?;
    let indices: BTreeMap<Color, u8> = colors.into_iter().zip(0..=u8::MAX).collect();

    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, WIDTH, HEIGHT, &[&palette[..], &[0; 3]].concat())?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut before: Option<&Canvas> = None;
    for frame in frames {
        let old = before.map(Canvas::pixels);
        let index = |(at, color): (usize, &Color)| match old {
            Some(old) if old.get(at) == Some(color) => same,
            _ => indices.get(color).copied().unwrap_or(same),
        };
        encoder.write_frame(&Frame {
            width: WIDTH,
            height: HEIGHT,
            delay: DELAY,
            dispose: DisposalMethod::Keep,
            transparent: Some(same),
            buffer: frame.pixels().iter().enumerate().map(index).collect(),
            ..Frame::default()
        })?;
        before = Some(frame);
    }
    drop(encoder);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::scene;

    /// What a viewer shows, picture by picture.
    fn shown(bytes: &[u8]) -> Vec<Vec<[u8; 3]>> {
        let mut decoder = gif::DecodeOptions::new().read_info(bytes).unwrap();
        let palette = decoder.global_palette().unwrap().to_vec();
        let mut screen = vec![[0; 3]; usize::from(WIDTH) * usize::from(HEIGHT)];
        let mut pictures = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!((frame.left, frame.top, frame.width, frame.height), (0, 0, WIDTH, HEIGHT));
            for (pixel, index) in screen.iter_mut().zip(frame.buffer.iter()) {
                if frame.transparent != Some(*index) {
                    pixel.copy_from_slice(&palette[usize::from(*index) * 3..][..3]);
                }
            }
            pictures.push(screen.clone());
        }
        pictures
    }

    #[test]
    fn a_viewer_shows_what_was_drawn() {
        let frames = scene::frames();
        let bytes = encode(&frames).unwrap();
        let drawn: Vec<Vec<_>> =
            frames.iter().map(|one| one.pixels().iter().map(|color| color.rgb()).collect()).collect();
        assert!(shown(&bytes) == drawn);
        assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
        assert_eq!(bytes, encode(&scene::frames()).unwrap(), "not the same bytes again");
    }

    #[test]
    fn more_colours_than_a_gif_has_are_refused() {
        for (count, fits) in [(255_u16, true), (256, false)] {
            let mut canvas = Canvas::new(Color(0));
            for (index, color) in (0..i32::from(count)).zip(0..) {
                canvas.set(index % 100, index / 100, Color(color));
            }
            assert_eq!(encode(&[canvas]).is_ok(), fits, "{count} colours");
        }
    }
}
