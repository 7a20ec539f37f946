//! `mandelbrot`: the set drawn tile by tile; tiles differ in cost, which is what makes it worth spreading.

use serde::{Deserialize, Serialize};

/// The part of the plane that is drawn: its left and top edge and its width and height.
const LEFT: f64 = -2.2;
const TOP: f64 = -1.5;
const WIDTH: f64 = 3.0;

/// One square of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// Pixels along one side of the whole picture.
    pub side: u32,
    /// Column of the tile's first pixel.
    pub x: u32,
    /// Row of the tile's first pixel.
    pub y: u32,
    /// Columns in the tile.
    pub width: u32,
    /// Rows in the tile.
    pub height: u32,
    /// Steps after which a point counts as inside.
    pub iterations: u32,
}

impl Tile {
    /// Pixels in the tile.
    pub fn pixels(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// The tiles of a picture, `per_side` × `per_side` of them, row by row.
pub fn tiles(side: u32, per_side: u32, iterations: u32) -> impl Iterator<Item = Tile> {
    let edge = move |i: u32| (u64::from(side) * u64::from(i) / u64::from(per_side)) as u32;
    (0..per_side * per_side).map(move |i| {
        let (row, column) = (i / per_side, i % per_side);
        let (x, y) = (edge(column), edge(row));
        Tile { side, x, y, width: edge(column + 1) - x, height: edge(row + 1) - y, iterations }
    })
}

/// Draws the tile: one byte per pixel, row by row, appended to `picture`: 0 inside the set, else
/// 1 to 255 by the steps that the point took to escape. Returns a digest of all step counts (FNV-1a
/// over 64-bit words), or nothing if `go_on` said no between two rows.
pub fn draw(tile: &Tile, picture: &mut Vec<u8>, mut go_on: impl FnMut() -> bool) -> Option<u64> {
    let scale = WIDTH / f64::from(tile.side);
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for row in tile.y..tile.y + tile.height {
        if !go_on() {
            return None;
        }
        let im = TOP + f64::from(row) * scale;
        for column in tile.x..tile.x + tile.width {
            let steps = escape(LEFT + f64::from(column) * scale, im, tile.iterations);
            digest = (digest ^ u64::from(steps)).wrapping_mul(0x0000_0100_0000_01b3);
            picture.push(if steps == tile.iterations { 0 } else { 1 + (steps % 255) as u8 });
        }
    }
    Some(digest)
}

/// Steps until `z = z² + c` leaves the circle of radius 2, at most `limit`. The operations and their
/// order are fixed by IEEE 754, so that every platform counts the same.
#[inline(never)]
fn escape(re: f64, im: f64, limit: u32) -> u32 {
    let (mut x, mut y) = (0.0, 0.0);
    let (mut xx, mut yy) = (0.0, 0.0);
    let mut steps = 0;
    while steps < limit && xx + yy <= 4.0 {
        y = 2.0 * x * y + im;
        x = xx - yy + re;
        xx = x * x;
        yy = y * y;
        steps += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_picture_once() {
        for (side, per_side) in [(64, 4), (100, 3), (7, 7)] {
            let area: usize = tiles(side, per_side, 10).map(|tile| tile.pixels()).sum();
            assert_eq!(area, (side * side) as usize);
        }
    }

    #[test]
    fn golden() {
        let tile = Tile { side: 64, x: 0, y: 0, width: 64, height: 64, iterations: 200 };
        let mut picture = Vec::new();
        let digest = draw(&tile, &mut picture, || true);
        assert_eq!(picture.len(), 4096);
        // Computed by CPython, which follows IEEE 754 too.
        assert_eq!(digest, Some(0x6925a3817b0a1106));
    }

    #[test]
    fn inside_and_outside() {
        assert_eq!(escape(0.0, 0.0, 500), 500);
        assert_eq!(escape(2.0, 2.0, 500), 1);
    }
}
