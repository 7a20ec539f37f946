//! For how much room a chart is drawn.

use super::frame::TEXT;

/// For how much room a chart is drawn: text keeps its size, and what stands around it goes by the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A column of a page on a desk, and paper.
    Wide,
    /// A telephone, or a page that is magnified.
    Narrow,
}

/// A wide chart needs so many CSS pixels: with less room its text would be smaller than 11 of them.
const WIDE_MIN: u32 = 410;

impl Form {
    /// The form for so many CSS pixels.
    pub fn fitting(css_pixels: u32) -> Self {
        if css_pixels < WIDE_MIN { Form::Narrow } else { Form::Wide }
    }

    /// How wide charts of this form are, in user units. Such a number of CSS pixels has room for this form.
    pub const fn width(self) -> u32 {
        match self {
            Form::Wide => 520,
            Form::Narrow => 320,
        }
    }

    /// How many lines a text may have that is a sentence in the wide form: as many more as there is less room.
    pub(super) fn lines(self, of_wide: usize) -> usize {
        match self {
            Form::Wide => of_wide,
            Form::Narrow => 2 * of_wide + 1,
        }
    }

    /// The widest that names may be that stand beside bars and marks.
    pub(super) fn names(self) -> f64 {
        match self {
            Form::Wide => 176.0,
            Form::Narrow => 7.0 * TEXT,
        }
    }

    /// The class that tells the style about the form.
    pub(super) fn class(self) -> &'static str {
        match self {
            Form::Wide => "chart",
            Form::Narrow => "chart chart-narrow",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest text, as in the style.
    const TICK: f64 = 14.0;
    /// What is left of a page of 320 CSS pixels beside its edges.
    const LEAST: u32 = 256;

    #[test]
    fn text_is_never_smaller_than_eleven_pixels() {
        for css_pixels in LEAST..1000 {
            let scale = f64::from(css_pixels) / f64::from(Form::fitting(css_pixels).width());
            assert!(TICK * scale >= 11.0, "{css_pixels}");
        }
        for form in [Form::Wide, Form::Narrow] {
            assert_eq!(Form::fitting(form.width()), form);
        }
    }
}
