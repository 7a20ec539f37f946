//! Enums of names: one list of variants, from which listing, printing and reading follow.

/// Gives a unit-only enum its kebab-case names: `ALL`, `NAMES`, `name`, `Display`, `FromStr`.
macro_rules! named {
    ($type:ident $noun:literal: $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// Every variant, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Every name, in the same order.
            pub const NAMES: &[&'static str] = &[$($name),+];

            /// The name in CLI, URL and JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|variant| variant.name() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|variant| variant.name()).collect();
                    format!("unknown {} \"{text}\"; use one of {}", $noun, known.join(", "))
                })
            }
        }
    };
}

pub(crate) use named;
