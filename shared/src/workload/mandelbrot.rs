//! `mandelbrot`: the set drawn tile by tile; tiles differ in cost, which is what makes it worth spreading.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::task::Work;

/// The largest picture, in pixels along one side.
const SIDE_MAX: u32 = 4096;
/// The largest number of steps per point.
const ITERATIONS_MAX: u32 = 1_000_000;

/// What `mandelbrot` is.
pub(super) static ENTRY: Entry = Entry {
    name: "mandelbrot",
    about: "draw the Mandelbrot set, a tile per task",
    size: Some(Size { name: "side", means: "pixels along one side of the picture" }),
    in_python: false,
    writes_files: false,
    finds_tasks: false,
};

/// Draw the Mandelbrot set, a tile per task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Mandelbrot {
    /// How many tiles: a square number.
    pub tasks: u32,
    /// Pixels along one side of the picture.
    pub side: u32,
    /// Steps after which a point counts as inside.
    pub iterations: u32,
}

impl Definition for Mandelbrot {
    fn cost(&self) -> Cost {
        Cost::Uneven
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        Waves::once(self.tiles().into_iter().map(Work::Tile))
    }

    fn picture_side(&self) -> Option<u32> {
        Some(self.side)
    }
}

impl Parameters for Mandelbrot {
    fn size(&self) -> Option<u64> {
        Some(self.side.into())
    }

    fn set_size(&mut self, size: u64) {
        self.side = u32::try_from(size).unwrap_or(u32::MAX);
    }

    fn check(&self) -> Result<(), OutOfRange> {
        let Self { tasks, side, iterations } = *self;
        let per_side = tasks.isqrt();
        if per_side * per_side != tasks {
            return Err(OutOfRange {
                name: "tasks",
                value: tasks.to_string(),
                reason: "the picture is cut into equal rows and columns of tiles".into(),
                fix: format!("a square number such as {} or {}", per_side.pow(2), (per_side + 1).pow(2)),
            });
        }
        within("side", side.into(), per_side.into(), SIDE_MAX.into(), "the picture would be too large to show")?;
        within("iterations", iterations.into(), 1, ITERATIONS_MAX.into(), "a tile would take minutes")
    }

    fn tiles(&self) -> Vec<Tile> {
        tiles(self.side, self.tasks.isqrt(), self.iterations).collect()
    }
}

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
fn tiles(side: u32, per_side: u32, iterations: u32) -> impl Iterator<Item = Tile> {
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
