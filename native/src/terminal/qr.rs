//! A QR code in a terminal, two rows of it in a line of text.

use qrcode::{Color, EcLevel, QrCode};

use super::Style;

/// How many modules around a code stay light (ISO/IEC 18004).
const QUIET: usize = 4;

/// Why a code is not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undrawn {
    /// It would have to be made of characters that are not there.
    #[error(
        "a QR code is drawn with characters that the locale (LC_ALL, LC_CTYPE, LANG) does not have: set a UTF-8 one"
    )]
    Ascii,
    /// It would not be whole: it takes so many columns.
    #[error("a QR code needs a terminal of {0} columns: make this one wider and start again")]
    Narrow(usize),
    /// No code holds so much.
    #[error("no QR code holds so long an address")]
    Long,
}

/// A text as a QR code, line by line.
///
/// # Errors
/// Why it cannot be drawn.
pub fn qr(text: &str, style: Style) -> Result<String, Undrawn> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| Undrawn::Long)?;
    let (modules, needed) = (code.width(), code.width() + 2 * QUIET);
    if style.ascii {
        return Err(Undrawn::Ascii);
    }
    if style.width.is_some_and(|columns| columns < needed) {
        return Err(Undrawn::Narrow(needed));
    }
    let within = QUIET..QUIET + modules;
    let is_dark =
        |x: usize, y: usize| within.contains(&x) && within.contains(&y) && code[(x - QUIET, y - QUIET)] == Color::Dark;
    // Without colours of one's own, what is drawn is light, as most terminals are dark.
    let is_drawn = |x, y| is_dark(x, y) == style.colour;
    let line = |y: usize| {
        let half = |x| match (is_drawn(x, y), is_drawn(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        let line: String = (0..needed).map(half).collect();
        style.black_on_white(&line) + "\n"
    };
    Ok((0..needed).step_by(2).map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://192.168.0.7:8017/?token=0123456789abcdef0123456789abcdef";
    const STYLE: Style = Style { width: Some(80), colour: false, ascii: false };

    /// What is dark in a drawing.
    fn dark(drawn: &str, when_drawn: bool) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in console::strip_ansi_codes(drawn).lines() {
            let half = |upper: bool| {
                line.chars()
                    .map(move |half| matches!((half, upper), ('█', _) | ('▀', true) | ('▄', false)) == when_drawn)
            };
            rows.extend([half(true).collect(), half(false).collect()]);
        }
        rows
    }

    #[test]
    fn it_is_the_code_of_the_address_with_light_around() {
        let code = QrCode::with_error_correction_level(ADDRESS, EcLevel::L).expect("it holds that");
        let size = code.width() + 2 * QUIET;
        for colour in [false, true] {
            let drawn = qr(ADDRESS, Style { colour, ..STYLE }).expect("there is room");
            assert_eq!(drawn.contains("\x1b["), colour);
            let dark = dark(&drawn, colour);
            for (y, row) in dark.iter().take(size).enumerate() {
                assert_eq!(row.len(), size);
                for (x, is_dark) in row.iter().enumerate() {
                    let place = x.checked_sub(QUIET).zip(y.checked_sub(QUIET));
                    let place = place.filter(|(x, y)| *x < code.width() && *y < code.width());
                    assert_eq!(*is_dark, place.is_some_and(|place| code[place] == Color::Dark), "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn where_it_cannot_be_drawn_what_is_missing_is_said() {
        let refused = |style| qr(ADDRESS, style).expect_err("it is not drawn");
        assert_eq!(refused(Style { width: Some(40), ..STYLE }), Undrawn::Narrow(41));
        assert_eq!(refused(Style { ascii: true, ..STYLE }), Undrawn::Ascii);
        assert_eq!(qr(&"a".repeat(5000), STYLE), Err(Undrawn::Long));
        assert!(qr(ADDRESS, Style { width: Some(41), ..STYLE }).is_ok());
    }
}
