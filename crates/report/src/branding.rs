//! How the documents look and who issues them; checked when it is made, so that rendering cannot fail on it.

use typst::foundations::Bytes;
use typst::visualize::{ExchangeFormat, RasterImage, SvgImage};

/// A larger logo would only make every document larger.
const LOGO_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A picture of more points than this fills memory when it is decoded.
const LOGO_POINTS_MAX: u64 = 25_000_000;
const ACCENT_DEFAULT: Colour = Colour { red: 0x0f, green: 0x4c, blue: 0x5c };
/// WCAG 2.1 success criterion 1.4.3: contrast of text.
const CONTRAST_MIN: f64 = 4.5;

/// Who issues the documents, and their colours and logo.
#[derive(Clone, Debug)]
pub struct Branding {
    organization: Option<String>,
    author: Option<String>,
    accent: Colour,
    logo: Option<Logo>,
}

impl Default for Branding {
    fn default() -> Branding {
        Branding { organization: None, author: None, accent: ACCENT_DEFAULT, logo: None }
    }
}

/// What cannot be used in a branding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrandingError {
    /// The colour is not one.
    #[error("\"{0}\" is no colour; write it as #rrggbb, such as #0f4c5c")]
    Colour(String),
    /// The logo is too large a file.
    #[error("the logo has {0} bytes; at most 4 MiB are taken, make it smaller")]
    LogoBytes(usize),
    /// The logo is too large a picture.
    #[error("the logo has {0} points; at most 25 million are taken, make it smaller")]
    LogoPoints(u64),
    /// The logo is no picture we can read.
    #[error("the logo cannot be read; use a PNG, JPEG or SVG file")]
    LogoFormat,
}

impl Branding {
    /// `organization` and `author` issue the documents (the author stands before the one the assessment
    /// names); `accent` is `#rrggbb`; `logo` the bytes of a PNG, JPEG or SVG file.
    pub fn new(
        organization: Option<String>,
        author: Option<String>,
        accent: Option<&str>,
        logo: Option<Vec<u8>>,
    ) -> Result<Branding, BrandingError> {
        Ok(Branding {
            organization,
            author,
            accent: accent.map_or(Ok(ACCENT_DEFAULT), Colour::parse)?,
            logo: logo.map(Logo::new).transpose()?,
        })
    }

    /// Who issues the documents.
    pub(crate) fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The person who signs them.
    pub(crate) fn author(&self) -> Option<&str> {
        self.author.as_deref()
    }

    /// The accent as it was chosen, for areas.
    pub(crate) fn accent(&self) -> String {
        self.accent.to_hex()
    }

    /// The accent darkened until it can be read as text on white.
    pub(crate) fn accent_for_text(&self) -> String {
        let mut colour = self.accent;
        while colour.contrast(Colour::WHITE) < CONTRAST_MIN {
            colour = colour.darker();
        }
        colour.to_hex()
    }

    /// White or near-black, whichever reads better on the accent.
    pub(crate) fn on_accent(&self) -> String {
        let better =
            if self.accent.contrast(Colour::WHITE) >= CONTRAST_MIN { Colour::WHITE } else { Colour::INK };
        better.to_hex()
    }

    /// The logo's virtual file name and bytes.
    pub(crate) fn logo(&self) -> Option<(&'static str, &Bytes)> {
        self.logo.as_ref().map(|logo| (logo.name, &logo.bytes))
    }
}

#[derive(Clone, Debug)]
struct Logo {
    name: &'static str,
    bytes: Bytes,
}

impl Logo {
    fn new(bytes: Vec<u8>) -> Result<Logo, BrandingError> {
        if bytes.len() > LOGO_BYTES_MAX {
            return Err(BrandingError::LogoBytes(bytes.len()));
        }
        let bytes = Bytes::new(bytes);
        let Some(format) = ExchangeFormat::detect(&bytes) else {
            SvgImage::new(bytes.clone()).map_err(|_| BrandingError::LogoFormat)?;
            return Ok(Logo { name: "logo.svg", bytes });
        };
        let name = match format {
            ExchangeFormat::Png => "logo.png",
            ExchangeFormat::Jpg => "logo.jpg",
            _ => return Err(BrandingError::LogoFormat),
        };
        // Read the size from the header before anything is unpacked.
        let points = header_points(&bytes, format).ok_or(BrandingError::LogoFormat)?;
        if points > LOGO_POINTS_MAX {
            return Err(BrandingError::LogoPoints(points));
        }
        RasterImage::plain(bytes.clone(), format).map_err(|_| BrandingError::LogoFormat)?;
        Ok(Logo { name, bytes })
    }
}

/// Width × height as the file's header says: PNG IHDR (ISO/IEC 15948 clause 11.2.2), JPEG SOFn (ITU-T T.81
/// clause B.2.2).
fn header_points(bytes: &[u8], format: ExchangeFormat) -> Option<u64> {
    if matches!(format, ExchangeFormat::Png) {
        let width = u32::from_be_bytes(bytes.get(16..20)?.try_into().ok()?);
        let height = u32::from_be_bytes(bytes.get(20..24)?.try_into().ok()?);
        return Some(u64::from(width) * u64::from(height));
    }
    let mut rest = bytes.get(2..)?;
    loop {
        let (marker, body) = match rest {
            [0xff, 0xff, ..] => {
                rest = rest.get(1..)?;
                continue;
            }
            [0xff, marker, body @ ..] => (*marker, body),
            _ => return None,
        };
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let height = u16::from_be_bytes(body.get(3..5)?.try_into().ok()?);
            let width = u16::from_be_bytes(body.get(5..7)?.try_into().ok()?);
            return Some(u64::from(width) * u64::from(height));
        }
        let length = u16::from_be_bytes(body.get(..2)?.try_into().ok()?);
        rest = body.get(usize::from(length.max(2))..)?;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

impl Colour {
    const WHITE: Colour = Colour { red: 0xff, green: 0xff, blue: 0xff };
    const INK: Colour = Colour { red: 0x11, green: 0x18, blue: 0x27 };

    fn parse(text: &str) -> Result<Colour, BrandingError> {
        let fail = || BrandingError::Colour(text.chars().take(32).collect());
        let digits = text.trim().strip_prefix('#').ok_or_else(fail)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(fail());
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| fail())?;
        let [_, red, green, blue] = value.to_be_bytes();
        Ok(Colour { red, green, blue })
    }

    fn to_hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    fn darker(self) -> Colour {
        let less = |part: u8| (f64::from(part) * 0.9) as u8;
        Colour { red: less(self.red), green: less(self.green), blue: less(self.blue) }
    }

    /// Relative luminance, WCAG 2.1.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast ratio, WCAG 2.1: 1 to 21.
    fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accented(accent: &str) -> Branding {
        Branding::new(None, None, Some(accent), None).unwrap()
    }

    #[test]
    fn colours_are_checked_and_made_readable() {
        for bad in ["", "red", "#12345", "#12345g", "#1234567", "0f4c5c", "#+12345", "#é1234"] {
            assert!(Branding::new(None, None, Some(bad), None).is_err(), "{bad}");
        }
        let yellow = accented("#ffee00");
        assert_eq!(yellow.accent(), "#ffee00");
        assert_eq!(yellow.on_accent(), "#111827");
        let text = Colour::parse(&yellow.accent_for_text()).unwrap();
        assert!(text.contrast(Colour::WHITE) >= CONTRAST_MIN);
        assert_eq!(accented("#FFFFFF").on_accent(), "#111827");
        assert_eq!(accented("#0b5f6f").accent_for_text(), "#0b5f6f");
    }

    #[test]
    fn logos_are_pictures_or_refused() {
        let logo = |bytes: &[u8]| Branding::new(None, None, None, Some(bytes.to_vec())).map(|_| ());
        assert_eq!(logo(b"no picture"), Err(BrandingError::LogoFormat));
        assert_eq!(logo(b"\x89PNG\r\n\x1a\n"), Err(BrandingError::LogoFormat));
        assert_eq!(logo(b"\xff\xd8\xff\xe0\x00\x01"), Err(BrandingError::LogoFormat));
        assert_eq!(logo(&vec![0; LOGO_BYTES_MAX + 1]), Err(BrandingError::LogoBytes(LOGO_BYTES_MAX + 1)));
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'><rect width='9' height='9'/></svg>";
        assert_eq!(logo(svg), Ok(()));
        let mut bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        bomb.extend([0, 1, 0, 0, 0, 1, 0, 0]);
        assert_eq!(logo(&bomb), Err(BrandingError::LogoPoints(1 << 32)));
    }
}
