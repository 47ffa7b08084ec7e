//! From an advisory to devices: those it hits, those that need one more fact and which, and those it does not.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::explain::device_name;
use crate::report::read_assessment;
use crate::{advisories, encode, knowledge, remediation};
use cordon_assess::advisory::Advisory;
use cordon_assess::matching::{Catalogue, Matcher, Settings};
use cordon_model::Timestamp;
use cordon_model::identify::{self, Attribute, Confidence, DeviceId};
use cordon_wire::affected::{Affected, Asked, Hit, SCHEMA};
use cordon_wire::assessment::{self as wire, Assessment, Device, Finding};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is asked of an assessment.
#[derive(Clone, Debug)]
pub struct Request {
    /// An advisory's id, a CVE id, or the file of an advisory that the assessment does not know.
    pub advisory: String,
    /// The assessment.json.
    pub assessment: PathBuf,
    /// Advisories to match its devices with, instead of what it found.
    pub advisories: Option<PathBuf>,
    /// A hospital's own knowledge, for matching.
    pub knowledge: Option<PathBuf>,
    /// How sure a match must be.
    pub matching: Settings,
    /// The time documents are read at.
    pub now: Timestamp,
}

/// The devices of the assessment that the advisory concerns.
pub fn affected(actor: &Actor, request: &Request) -> Result<Affected, AppError> {
    actor.require(Permission::Assess)?;
    let assessment = read_assessment(&request.assessment)?;
    let mut answer = Affected {
        schema: SCHEMA.to_owned(),
        cordon: env!("CARGO_PKG_VERSION").to_owned(),
        asked: request.advisory.clone(),
        assessed: assessment.now.clone(),
        devices: assessment.devices.len() as u64,
        ..Affected::default()
    };
    match documents(request)? {
        Some(documents) => matched(request, &assessment, documents, &mut answer)?,
        None => found(request, &assessment, &mut answer)?,
    }
    remediation::count(&mut answer);
    Ok(answer)
}

/// The advisories to match anew: the file that was named, or those of the folder that bear the name.
fn documents(request: &Request) -> Result<Option<Vec<Advisory>>, AppError> {
    let named = Path::new(&request.advisory);
    if named.is_file() {
        return Ok(Some(advisories::read(named, request.now)?.advisories));
    }
    let Some(folder) = &request.advisories else { return Ok(None) };
    let mut all = advisories::read(folder, request.now)?.advisories;
    all.retain(|one| {
        is_asked(request, &one.id, one.vulnerabilities.iter().filter_map(|one| one.cve.as_deref()))
    });
    if all.is_empty() {
        return Err(AppError::WrongUse(format!(
            "no advisory \"{}\" in {}; give its id as it stands in the document, a CVE id, or its file",
            request.advisory,
            folder.display()
        )));
    }
    Ok(Some(all))
}

/// True when the id, or one of the CVEs, is what was asked for, in capitals or not.
fn is_asked<'a>(request: &Request, id: &str, mut cves: impl Iterator<Item = &'a str>) -> bool {
    let asked = request.advisory.trim();
    id.eq_ignore_ascii_case(asked) || cves.any(|cve| cve.eq_ignore_ascii_case(asked))
}

/// What the assessment itself found.
fn found(request: &Request, assessment: &Assessment, answer: &mut Affected) -> Result<(), AppError> {
    let mut seen = BTreeSet::new();
    for device in &assessment.devices {
        for finding in &device.findings {
            if is_asked(request, &finding.advisory, finding.cves.iter().map(String::as_str)) {
                if seen.insert(finding.advisory.clone()) {
                    answer.advisories.push(Asked {
                        id: finding.advisory.clone(),
                        title: finding.title.clone(),
                        revision: finding.matched.as_ref().map(|matched| matched.revision.clone()),
                        products: Vec::new(),
                    });
                }
                add(answer, device, finding);
            }
        }
    }
    answer.advisories.sort_by(|a, b| a.id.cmp(&b.id));
    if answer.advisories.is_empty() {
        let known = assessment.advisories.as_ref();
        let id = known
            .and_then(|known| known.ids.iter().find(|id| id.eq_ignore_ascii_case(request.advisory.trim())));
        match id {
            Some(id) => answer.advisories.push(Asked { id: id.clone(), ..Asked::default() }),
            None => return Err(not_known(request, assessment)),
        }
    }
    Ok(())
}

fn not_known(request: &Request, assessment: &Assessment) -> AppError {
    let read = match &assessment.advisories {
        Some(read) => {
            format!("is not among the {} advisories it was made with, and no device is concerned", read.read)
        }
        None => "cannot be answered: it was made without advisories".to_owned(),
    };
    AppError::WrongUse(format!(
        "\"{}\" {read} ({}); name the advisory's file, or a folder with --advisories, to match its devices now",
        request.advisory,
        request.assessment.display()
    ))
}

/// Matches the assessment's devices with the documents.
fn matched(
    request: &Request,
    assessment: &Assessment,
    documents: Vec<Advisory>,
    answer: &mut Affected,
) -> Result<(), AppError> {
    let knowledge = knowledge::read(request.knowledge.as_deref())?;
    answer.advisories = documents.iter().map(asked).collect();
    let catalogue = Catalogue::new(documents, &knowledge, request.matching);
    let mut matcher = Matcher::new(&catalogue);
    for device in &assessment.devices {
        for finding in matcher.device(&as_identified(device)).iter() {
            let by_cve = !request.advisory.trim().eq_ignore_ascii_case(&finding.advisory)
                && request.advisory.to_ascii_uppercase().starts_with("CVE-");
            if !by_cve || is_asked(request, &finding.advisory, finding.cves.iter().map(String::as_str)) {
                // What was marked of the same advisory stays marked.
                let marked = device.findings.iter().filter(|known| known.advisory == finding.advisory);
                let remediation = marked.flat_map(|known| known.remediation.iter().cloned()).collect();
                add(answer, device, &wire::Finding { remediation, ..encode::finding(finding) });
            }
        }
    }
    Ok(())
}

fn asked(advisory: &Advisory) -> Asked {
    Asked {
        id: advisory.id.clone(),
        title: Some(advisory.title.clone()).filter(|title| !title.is_empty()),
        revision: Some(advisory.revision.to_string()),
        products: advisory.products.iter().map(|product| product.full_name.clone()).collect(),
    }
}

/// The device as it was identified, as far as matching asks: its claims.
fn as_identified(device: &Device) -> identify::Device {
    let claims = device.claims.iter().filter_map(|claim| {
        Some(identify::Claim {
            attribute: Attribute::from_name(&claim.attribute)?,
            value: claim.value.clone(),
            confidence: Confidence::new(claim.confidence),
            conflict: claim.conflict,
            evidence: Vec::new(),
        })
    });
    identify::Device {
        id: DeviceId::new(device.id.clone()),
        macs: Vec::new(),
        ips: Vec::new(),
        vlans: Vec::new(),
        hostnames: device.hostnames.clone(),
        claims: claims.collect(),
        services: Vec::new(),
        roles: Vec::new(),
        patient_data: Default::default(),
        parent: None,
        links: Vec::new(),
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}

fn add(answer: &mut Affected, device: &Device, finding: &Finding) {
    let hit = Hit {
        device: device.id.clone(),
        asset_tag: device.asset_tag.clone(),
        name: device_name(device),
        department: device.department.clone(),
        location: device.location.clone(),
        firmware: device.firmware.clone(),
        advisory: finding.advisory.clone(),
        cves: finding.cves.clone(),
        why: finding.why.clone(),
        question: finding.question.clone(),
        probability: finding.matched.as_ref().map(|matched| matched.probability),
        risk: device.risk.score,
        remediation: finding.remediation.clone(),
    };
    let open = matches!(finding.status.as_str(), "affected" | "undetermined");
    match finding.status.as_str() {
        "affected" => answer.affected.push(hit),
        "fixed" => answer.fixed.push(hit),
        "not_affected" => answer.not_affected.push(hit),
        _ => answer.undetermined.push(hit),
    }
    for remedy in finding.remedies.iter().filter(|_| open) {
        if !answer.remedies.contains(remedy) {
            answer.remedies.push(remedy.clone());
        }
    }
}
