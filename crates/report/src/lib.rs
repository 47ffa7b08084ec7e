//! Written deliverables from a `wire` assessment and nothing else.
//!
//! [`documents`] turns an [`Assessment`] and a [`Branding`] into the files a person is handed: the PDF, the
//! workbook and the sheets. It decides nothing and reads nothing else, so the documents can be made again
//! from `assessment.json` alone; equal inputs give equal bytes. The words and the layout of the PDF are
//! apart: `view` says what is shown, `templates/*.typ` how.
#![forbid(unsafe_code)]

mod branding;
mod comparison;
mod exposed;
mod findings;
mod layout;
mod map;
mod pdf;
mod reconciliation;
mod records;
pub mod seen;
mod sheets;
mod view;
mod words;
mod workbook;

pub use branding::{Branding, BrandingError};
pub use words::device_name;

use cordon_wire::assessment::Assessment;

/// A file to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name within the output folder.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The template did not compile; every message names its place in the template.
    #[error("the PDF could not be laid out: {0}")]
    Layout(String),
    /// The workbook could not be put together.
    #[error("the workbook could not be made")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    /// A sheet could not be put together.
    #[error("{name} could not be made")]
    Sheet {
        /// Which one.
        name: &'static str,
        /// What went wrong.
        source: csv::Error,
    },
    /// What the template is to show could not be encoded.
    #[error("the contents of the PDF could not be encoded")]
    Contents(#[source] serde_json::Error),
}

/// Every document of an assessment: `assessment.pdf`, `inventory.csv`, `inventory.xlsx`,
/// `risk-ranking.csv`, `risk-records.csv`, `exposure.csv`, `without-owner.csv`, `reconciliation.csv` when an asset list
/// was given, and `findings.csv` when advisories were or records say something of a device.
///
/// `rules` are the rendered rule files that stand beside them; the PDF names them, and does not repeat them.
pub fn documents(
    assessment: &Assessment,
    branding: &Branding,
    rules: &[RuleFile],
) -> Result<Vec<Document>, ReportError> {
    let mut documents = Vec::new();
    each_document(assessment, branding, rules, &mut |document| {
        documents.push(document);
        Ok::<(), ReportError>(())
    })?;
    Ok(documents)
}

/// The same, each handed over as soon as it is made: together those of a large estate fill a hundred megabytes. The
/// workbook, which takes as long as all other sheets, is made beside them; not beside the PDF, since both are large.
pub fn each_document<E: From<ReportError>>(
    assessment: &Assessment,
    branding: &Branding,
    rules: &[RuleFile],
    take: &mut dyn FnMut(Document) -> Result<(), E>,
) -> Result<(), E> {
    let mut give = |name, bytes: Result<Vec<u8>, ReportError>| take(Document { name, bytes: bytes? });
    give("assessment.pdf", pdf(assessment, branding, rules))?;
    std::thread::scope(|scope| {
        let workbook = scope.spawn(|| workbook::workbook(assessment));
        give("inventory.csv", sheets::inventory(assessment))?;
        give("risk-ranking.csv", sheets::ranking(assessment))?;
        give("risk-records.csv", records::sheet(assessment))?;
        give("exposure.csv", exposed::sheet(assessment))?;
        give("without-owner.csv", sheets::unowned(assessment))?;
        if assessment.reconciliation.is_some() {
            give("reconciliation.csv", sheets::reconciliation(assessment))?;
        }
        let mut devices = assessment.devices.iter();
        if assessment.advisories.is_some() || devices.any(|device| !device.findings.is_empty()) {
            give("findings.csv", sheets::findings(assessment))?;
        }
        for document in layout::sheets(assessment)? {
            give(document.name, Ok(document.bytes))?;
        }
        // A defect in the thread is a defect here.
        let workbook = workbook.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        give("inventory.xlsx", workbook)
    })
}

/// A file of rules that goes along with the documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleFile {
    /// Where it stands, seen from the documents: `segmentation/cordon.nft`.
    pub name: String,
    /// How many lines it has.
    pub lines: usize,
}

/// The documents of a plan by itself: `segmentation.pdf` and its sheets.
pub fn plan_documents(assessment: &Assessment, branding: &Branding) -> Result<Vec<Document>, ReportError> {
    let view = view::View::of_plan(assessment, branding);
    let contents = serde_json::to_vec(&view).map_err(ReportError::Contents)?;
    let bytes = pdf::render(contents, branding, &assessment.now, identity(assessment) + "\nsegmentation")?;
    let mut documents = vec![Document { name: "segmentation.pdf", bytes }];
    documents.extend(layout::sheets(assessment)?);
    Ok(documents)
}

/// A sheet of these rows; no cell of it is taken for a formula.
pub fn sheet(
    name: &'static str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ReportError> {
    sheets::write(name, std::iter::once(sheets::heading(columns)).chain(rows))
}

/// The sheet of two assessments compared: `comparison.csv`, a row for each difference.
pub fn comparison(comparison: &cordon_wire::comparison::Comparison) -> Result<Vec<Document>, ReportError> {
    Ok(vec![Document { name: "comparison.csv", bytes: comparison::sheet(comparison)? }])
}

fn pdf(assessment: &Assessment, branding: &Branding, rules: &[RuleFile]) -> Result<Vec<u8>, ReportError> {
    let view = view::View::of(assessment, branding, rules);
    let contents = serde_json::to_vec(&view).map_err(ReportError::Contents)?;
    pdf::render(contents, branding, &assessment.now, identity(assessment))
}

/// What makes this document another one than the next: whose, when, from what.
fn identity(assessment: &Assessment) -> String {
    let site = &assessment.site;
    let hashes = assessment.inputs.iter().filter_map(|input| input.sha256.as_ref());
    let parts = [site.organization.as_ref(), site.name.as_ref(), Some(&assessment.now)].into_iter().flatten();
    parts.chain(hashes).map(String::as_str).collect::<Vec<_>>().join("\n")
}
