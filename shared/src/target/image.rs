//! Images as cameras leave them: smooth, with noise, and so compressed to a part of their size only.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use png::EncodingError;

use super::fnv1a64;
use crate::draw;

/// How many images there are for each seed.
pub const IMAGES: u32 = 1000;

/// Pixels in a row.
const WIDTH: u32 = 640;

/// Pixels from top to bottom.
const HEIGHT: u32 = 480;

/// How many images are kept; some 400 kB each.
const KEPT: usize = 128;

/// The images that were asked for last, made once each.
#[derive(Debug, Default)]
pub struct Images(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    images: HashMap<Name, Arc<OnceLock<File>>>,
    oldest_first: VecDeque<Name>,
}

/// The bytes of a PNG file. Clones are the same ones.
pub type File = Arc<[u8]>;

/// Seed and number.
type Name = (u64, u32);

impl Images {
    /// The PNG file of an image. Making one takes milliseconds, in which the thread is busy.
    ///
    /// # Errors
    ///
    /// None that is known: the encoder writes to memory.
    pub fn get(&self, seed: u64, id: u32) -> Result<File, EncodingError> {
        let place = self.place((seed, id));
        if let Some(image) = place.get() {
            return Ok(image.clone());
        }
        let image = encode(seed, id)?;
        Ok(place.get_or_init(|| image).clone())
    }

    fn place(&self, name: Name) -> Arc<OnceLock<File>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.images.get(&name) {
            return Arc::clone(place);
        }
        if kept.images.len() >= KEPT
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            kept.images.remove(&oldest);
        }
        kept.oldest_first.push_back(name);
        Arc::clone(kept.images.entry(name).or_default())
    }
}

/// The pixels, row by row, three bytes each: two gradients and a sum of both, their directions and strengths drawn
/// by chance, and on each of the three a noise of 0 to 7.
fn pixels(seed: u64, id: u32) -> Vec<u8> {
    let draws = fnv1a64(format!("{seed}\n{id}").as_bytes());
    let strength = |index| 64.0 + 184.0 * draw::uniform(draws, index);
    let (across, down) = (strength(0), strength(1));
    let mut pixels = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let red = across * f64::from(x) / f64::from(WIDTH);
            let green = down * f64::from(y) / f64::from(HEIGHT);
            let noise = draw::bits(draws, u64::from(2 + y * WIDTH + x));
            for (at, smooth) in [red, green, (red + green) / 2.0].into_iter().enumerate() {
                // Below 248, so that the noise fits.
                pixels.push(smooth as u8 + (noise >> (8 * at) & 7) as u8);
            }
        }
    }
    pixels
}

fn encode(seed: u64, id: u32) -> Result<File, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels(seed, id))?;
    writer.finish()?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_of_an_ordinary_size() {
        for id in [0, 1, 999] {
            let bytes = encode(1, id).expect("it is encoded").len();
            assert!((200_000..500_000).contains(&bytes), "{id}: {bytes}");
        }
    }

    #[test]
    fn images_are_made_once_and_their_number_is_bounded() {
        let images = Images::default();
        let first = images.get(1, 0).expect("it is encoded");
        assert_eq!(images.get(1, 0).expect("it is there").as_ptr(), first.as_ptr());
        for id in 0..1000 {
            images.place((2, id));
        }
        let kept = images.0.lock().expect("nobody panicked");
        assert_eq!((kept.images.len(), kept.oldest_first.len()), (KEPT, KEPT));
    }
}
