//! The PDF: our templates, our fonts and one JSON file are all the typesetter can see; no disk, no network,
//! no clock.

use crate::branding::Branding;
use crate::{ReportError, words};
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World, WorldExt as _};
use typst_pdf::{PdfOptions, Timestamp};

const MAIN: &str = "main.typ";
const CONTENTS: &str = "assessment.json";

const TEMPLATES: &[(&str, &str)] = &[
    (MAIN, include_str!("../templates/main.typ")),
    ("style.typ", include_str!("../templates/style.typ")),
    ("charts.typ", include_str!("../templates/charts.typ")),
    ("map.typ", include_str!("../templates/map.typ")),
    ("summary.typ", include_str!("../templates/summary.typ")),
    ("estate.typ", include_str!("../templates/estate.typ")),
    ("layout.typ", include_str!("../templates/layout.typ")),
    ("plan.typ", include_str!("../templates/plan.typ")),
    ("devices.typ", include_str!("../templates/devices.typ")),
    ("events.typ", include_str!("../templates/events.typ")),
    ("advisories.typ", include_str!("../templates/advisories.typ")),
    ("exposure.typ", include_str!("../templates/exposure.typ")),
    ("owners.typ", include_str!("../templates/owners.typ")),
    ("closing.typ", include_str!("../templates/closing.typ")),
];

// Noto Sans for Latin, Greek and Cyrillic; DejaVu Sans for the Arabic, Hebrew, Armenian, Georgian and
// symbols a name may hold.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let faces = [
        notosans::REGULAR_TTF,
        notosans::BOLD_TTF,
        notosans::ITALIC_TTF,
        dejavu::sans::regular(),
        dejavu::sans_mono::regular(),
    ];
    faces.into_iter().filter_map(|face| Font::new(Bytes::new(face), 0)).collect()
});
static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

struct Desk {
    main: FileId,
    sources: Vec<Source>,
    files: Vec<(FileId, Bytes)>,
}

fn file_id(name: &str) -> Option<FileId> {
    let path = VirtualPath::new(name).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl Desk {
    fn new(contents: Vec<u8>, branding: &Branding) -> Option<Desk> {
        let sources =
            TEMPLATES.iter().map(|(name, text)| Some(Source::new(file_id(name)?, (*text).to_owned())));
        let mut files = vec![(file_id(CONTENTS)?, Bytes::new(contents))];
        if let Some((name, bytes)) = branding.logo() {
            files.push((file_id(name)?, bytes.clone()));
        }
        Some(Desk { main: file_id(MAIN)?, sources: sources.collect::<Option<_>>()?, files })
    }

    fn words_of(&self, problems: &[SourceDiagnostic]) -> String {
        let lines = problems.iter().take(5).map(|problem| {
            let file = problem.span.id().map(|id| id.get().vpath().get_without_slash().to_owned());
            let line = self.range(problem.span).and_then(|range| {
                let source = self.source(problem.span.id()?).ok()?;
                source.lines().byte_to_line(range.start)
            });
            match (file, line) {
                (Some(file), Some(line)) => format!("{file} line {}: {}", line + 1, problem.message),
                _ => problem.message.to_string(),
            }
        });
        lines.collect::<Vec<_>>().join("; ")
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.iter().find(|source| source.id() == id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files
            .iter()
            .find(|(file, _)| *file == id)
            .map(|(_, bytes)| bytes.clone())
            .ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Lays `contents` (the JSON of a [`crate::view::View`]) out; `now` becomes the date of creation, and from
/// `identity` comes the identifier a PDF carries.
pub(crate) fn render(
    contents: Vec<u8>,
    branding: &Branding,
    now: &str,
    identity: String,
) -> Result<Vec<u8>, ReportError> {
    let desk = Desk::new(contents, branding)
        .ok_or_else(|| ReportError::Layout("a template's name is no path".to_owned()))?;
    let laid_out = typst::compile(&desk).output;
    let written = laid_out.and_then(|document| {
        let options = PdfOptions {
            ident: Smart::Custom(identity),
            creator: Smart::Custom(Some("Cordon".to_owned())),
            timestamp: timestamp(now),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options)
    });
    // The typesetter remembers its work; a server that makes many documents must not grow with each.
    typst::comemo::evict(0);
    written.map_err(|problems| ReportError::Layout(desk.words_of(&problems)))
}

fn timestamp(now: &str) -> Option<Timestamp> {
    let (year, month, day) = words::parts(now)?;
    let (hour, minute, second) = words::time_of_day(now);
    Datetime::from_ymd_hms(i32::from(year), month, day, hour, minute, second).map(Timestamp::new_utc)
}
