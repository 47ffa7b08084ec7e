//! What a request's target asks of a medical service, read from its path and the names in its query.
//!
//! A path proves nothing: what is read here is told only when content shows that the path means what it
//! seems to. Values of parameters are looked at only for being there.

use super::fhir::Resource;
use cordon_model::observe::PatientDataKinds;

/// The longest base path that is remembered.
const BASE_BYTES_MAX: usize = 48;

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing that looks medical.
    #[default]
    Nothing,
    Fhir(FhirRequest),
    DicomWeb(DicomRequest),
}

/// A request as FHIR's REST interface knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FhirRequest {
    pub(super) interaction: Interaction,
    pub(super) resource: Resource,
    pub(super) parameters: Parameters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interaction {
    /// `[base]/metadata`.
    Metadata,
    /// `[base]/.well-known/smart-configuration`.
    Smart,
    /// `[base]/Type/id`, its history or what is in its compartment; also writes.
    Instance,
    /// `[base]/Type?…`.
    Search,
    /// `[base]/Type/_search`, with the parameters in the body.
    PostedSearch,
    /// A new resource: `POST [base]/Type`.
    Create,
    /// `$export` or `$everything`.
    Everything,
    /// Another `$operation`, or the whole system's history.
    Other,
}

/// A request as DICOMweb knows it (PS3.18 clauses 9 to 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DicomRequest {
    pub(super) service: Service,
    pub(super) level: Level,
    pub(super) parameters: Parameters,
    /// A search that no key and no path restricts.
    pub(super) broad: bool,
    /// Pixels alone are asked for, as they are or made visible.
    pub(super) pixels: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Qido,
    WadoRs,
    WadoUri,
    Stow,
    Ups,
}

/// What a search lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Studies,
    Series,
    Instances,
}

impl Service {
    /// As the standard abbreviates it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Service::Qido => "QIDO-RS",
            Service::WadoRs => "WADO-RS",
            Service::WadoUri => "WADO-URI",
            Service::Stow => "STOW-RS",
            Service::Ups => "UPS-RS",
        }
    }
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Studies => "studies",
            Level::Series => "series",
            Level::Instances => "instances",
        }
    }
}

/// Parameters of a search that single out patients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters(u16);

/// A parameter's names, what is said of it, and the kind of patient data its value is.
struct Known {
    names: &'static [&'static [u8]],
    told: &'static str,
    kinds: PatientDataKinds,
}

const KNOWN: [Known; 12] = [
    Known {
        names: &[b"name", b"phonetic", b"patientname", b"00100010"],
        told: "name",
        kinds: PatientDataKinds::NAME,
    },
    Known { names: &[b"family"], told: "family name", kinds: PatientDataKinds::NAME },
    Known { names: &[b"given"], told: "given name", kinds: PatientDataKinds::NAME },
    Known {
        names: &[b"birthdate", b"patientbirthdate", b"00100030"],
        told: "birth date",
        kinds: PatientDataKinds::BIRTH_DATE,
    },
    Known {
        names: &[b"identifier", b"patientid", b"00100020"],
        told: "identifier",
        kinds: PatientDataKinds::IDENTIFIER,
    },
    Known { names: &[b"_id"], told: "id", kinds: PatientDataKinds::IDENTIFIER },
    Known {
        names: &[b"address", b"address-city", b"address-postalcode", b"address-state", b"address-country"],
        told: "address",
        kinds: PatientDataKinds::ADDRESS,
    },
    Known { names: &[b"telecom", b"phone", b"email"], told: "telecom", kinds: PatientDataKinds::ADDRESS },
    Known { names: &[b"gender", b"patientsex", b"00100040"], told: "sex", kinds: PatientDataKinds::NONE },
    Known {
        names: &[b"patient", b"subject", b"beneficiary"],
        told: "patient",
        kinds: PatientDataKinds::IDENTIFIER,
    },
    Known {
        names: &[b"accessionnumber", b"00080050", b"00380010", b"admissionid"],
        told: "accession number",
        kinds: PatientDataKinds::IDENTIFIER,
    },
    Known { names: &[], told: "others", kinds: PatientDataKinds::NONE },
];
const OTHERS: u16 = 1 << (KNOWN.len() - 1);
/// Sex and others single nobody out.
const PERSONAL: u16 = !(OTHERS | 1 << 8) & ((1 << KNOWN.len()) - 1);

impl Parameters {
    fn add(&mut self, name: &[u8]) {
        let found =
            KNOWN.iter().position(|known| known.names.iter().any(|known| name.eq_ignore_ascii_case(known)));
        self.0 |= found.map_or(OTHERS, |at| 1 << at);
    }

    /// Each once, in a fixed order.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        KNOWN.iter().enumerate().filter(move |(at, _)| self.0 >> at & 1 == 1).map(|(_, known)| known.told)
    }

    /// Kinds of patient data in their values.
    pub(super) fn kinds(self) -> PatientDataKinds {
        let chosen = KNOWN.iter().enumerate().filter(|(at, _)| self.0 >> at & 1 == 1);
        chosen.fold(PatientDataKinds::NONE, |sum, (_, known)| sum.union(known.kinds))
    }

    /// True when some single out a person.
    pub(super) fn are_personal(self) -> bool {
        self.0 & PERSONAL != 0
    }
}

/// The path a service lies under.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    text: [u8; BASE_BYTES_MAX],
    length: u8,
}

impl Default for Base {
    fn default() -> Self {
        Base { text: [0; BASE_BYTES_MAX], length: 0 }
    }
}

impl Base {
    /// What stands before the service's own part of a path, if it is fit to be told.
    fn of(front: &[u8]) -> Option<Base> {
        let front = front.strip_suffix(b"/").unwrap_or(front);
        let front = if front.is_empty() { b"/" } else { front };
        let plain = front.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-~".contains(byte));
        // A tenant's or a person's number or name may stand in a path.
        let mut base = Base::default();
        let room =
            base.text.get_mut(..front.len()).filter(|_| plain && !super::head::may_name_someone(front))?;
        room.copy_from_slice(front);
        base.length = front.len() as u8;
        Some(base)
    }

    pub(super) fn text(&self) -> &[u8] {
        self.text.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// Reads a request's target.
pub(super) fn asked(method: &[u8], target: &[u8]) -> (Asked, Option<Base>) {
    // The absolute form is a proxy's (RFC 9112 3.2.2).
    let target = match target.windows(3).take(8).position(|part| part == b"://") {
        Some(at) => {
            let rest = target.get(at + 3..).unwrap_or_default();
            rest.iter().position(|byte| *byte == b'/').and_then(|at| rest.get(at..)).unwrap_or_default()
        }
        None => target,
    };
    let query_at = memchr::memchr(b'?', target).unwrap_or(target.len());
    let (path, query) = target.split_at(query_at);
    let query = query.strip_prefix(b"?").unwrap_or_default();
    if wado_uri(query) {
        let request = DicomRequest {
            service: Service::WadoUri,
            level: Level::Instances,
            parameters: Parameters::default(),
            broad: false,
            pixels: false,
        };
        return (Asked::DicomWeb(request), Base::of(path));
    }
    let mut start = 0;
    for segment in path.split(|byte| *byte == b'/') {
        let after = path.get(start + segment.len()..).unwrap_or_default();
        let after = after.strip_prefix(b"/").unwrap_or(after);
        let found = match fhir(method, segment, after, query) {
            Some(request) => Some(Asked::Fhir(request)),
            None => dicom_web(method, segment, after, query).map(Asked::DicomWeb),
        };
        if let Some(found) = found {
            return (found, path.get(..start).and_then(Base::of));
        }
        start += segment.len() + 1;
    }
    (Asked::Nothing, None)
}

/// The name and value of each parameter, not decoded.
fn parameters(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.split(|byte| *byte == b'&').filter(|part| !part.is_empty()).map(|part| {
        let at = memchr::memchr(b'=', part).unwrap_or(part.len());
        let (name, value) = part.split_at(at);
        (name, value.strip_prefix(b"=").unwrap_or_default())
    })
}

/// FHIR: `segment` of the path and what comes after it.
fn fhir(method: &[u8], segment: &[u8], after: &[u8], query: &[u8]) -> Option<FhirRequest> {
    let is_last = after.is_empty();
    let everything = |name: &[u8]| matches!(name, b"$export" | b"$everything");
    let request = |interaction, resource| {
        let mut request = FhirRequest { interaction, resource, parameters: Parameters::default() };
        for (name, _) in parameters(query) {
            // Results' form is no criterion.
            if !name.starts_with(b"_") || matches!(name, b"_id" | b"_lastUpdated") {
                request.parameters.add(criterion(name));
            }
        }
        Some(request)
    };
    match segment {
        b"metadata" if is_last => return request(Interaction::Metadata, Resource::Unknown),
        b".well-known" if after == b"smart-configuration" => {
            return request(Interaction::Smart, Resource::Unknown);
        }
        [b'$', ..] if everything(segment) => return request(Interaction::Everything, Resource::Unknown),
        _ => {}
    }
    let resource = Resource::of(segment);
    if resource == Resource::Unknown {
        return None;
    }
    let last = after.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let interaction = match last {
        b"" if method == b"GET" || method == b"HEAD" => Interaction::Search,
        b"" => Interaction::Create,
        b"_search" => Interaction::PostedSearch,
        last if everything(last) => Interaction::Everything,
        [b'$', ..] => Interaction::Other,
        _ => Interaction::Instance,
    };
    request(interaction, resource)
}

/// The parameter itself, without modifier (`name:exact`) and chain (`patient.name`).
fn criterion(name: &[u8]) -> &[u8] {
    let name = name.split(|byte| *byte == b':').next().unwrap_or_default();
    name.rsplit(|byte| *byte == b'.').next().unwrap_or_default()
}

/// PS3.18 9.1.2.1: all parameters of a retrieval by URI that must be there.
fn wado_uri(query: &[u8]) -> bool {
    let has = |wanted: &[u8], value: Option<&[u8]>| {
        parameters(query).any(|(name, have)| {
            name.eq_ignore_ascii_case(wanted) && value.is_none_or(|value| have.eq_ignore_ascii_case(value))
        })
    };
    has(b"requestType", Some(b"WADO")) && has(b"studyUID", None) && has(b"objectUID", None)
}

/// DICOMweb: `segment` of the path and what comes after it.
fn dicom_web(method: &[u8], segment: &[u8], after: &[u8], query: &[u8]) -> Option<DicomRequest> {
    let level = |name: &[u8]| match name {
        b"studies" => Some(Level::Studies),
        b"series" => Some(Level::Series),
        b"instances" => Some(Level::Instances),
        _ => None,
    };
    let is_search = method == b"GET" || method == b"HEAD";
    let mut request = DicomRequest {
        service: Service::Ups,
        level: Level::Studies,
        parameters: Parameters::default(),
        broad: false,
        pixels: false,
    };
    let mut restricted = false;
    for (name, value) in parameters(query) {
        let is_key = !matches!(
            name,
            b"limit"
                | b"offset"
                | b"includefield"
                | b"fuzzymatching"
                | b"emptyvaluematching"
                | b"multiplevaluematching"
                | b"accept"
                | b"charset"
                | b"orderby"
                | b"_"
        );
        let is_open = value.iter().all(|byte| *byte == b'*') || value.eq_ignore_ascii_case(b"%2A");
        if is_key && !is_open {
            restricted = true;
            request.parameters.add(name);
        }
    }
    if segment == b"workitems" {
        request.broad = is_search && after.is_empty() && !restricted;
        return Some(request);
    }
    request.level = level(segment)?;
    let mut last = segment;
    for part in after.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
        // A unique identifier or one of the words that may follow it (PS3.18 table 9.1.1-1 and 10.4.1).
        let is_uid = part.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let is_word = matches!(
            part,
            b"metadata" | b"rendered" | b"thumbnail" | b"frames" | b"bulkdata" | b"pixeldata" | b"bulk"
        );
        request.pixels |= matches!(part, b"frames" | b"rendered" | b"thumbnail" | b"pixeldata");
        if let Some(found) = level(part) {
            request.level = found;
        } else if !is_uid && !is_word && !matches!(last, b"frames" | b"bulkdata" | b"bulk") {
            return None;
        }
        last = part;
    }
    request.service = match (level(last).is_some(), method) {
        (_, b"POST") => Service::Stow,
        (true, _) if is_search => Service::Qido,
        (false, _) if is_search => Service::WadoRs,
        _ => return None,
    };
    request.broad = request.service == Service::Qido && after.is_empty() && !restricted;
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn told(method: &str, target: &str) -> String {
        let (asked, base) = asked(method.as_bytes(), target.as_bytes());
        let base = base.map(|base| String::from_utf8(base.text().to_vec()).unwrap());
        let rest = match asked {
            Asked::Nothing => "nothing".to_owned(),
            Asked::Fhir(FhirRequest { interaction, resource, parameters }) => {
                let names: Vec<_> = parameters.names().collect();
                format!("{interaction:?} {} [{}]", resource.name(), names.join(", "))
            }
            Asked::DicomWeb(DicomRequest { service, level, parameters, broad, .. }) => {
                let names: Vec<_> = parameters.names().collect();
                let broad = if broad { " broad" } else { "" };
                format!("{} {} [{}]{broad}", service.name(), level.name(), names.join(", "))
            }
        };
        format!("{rest} under {}", base.as_deref().unwrap_or("?"))
    }

    #[test]
    fn fhir_targets_are_understood() {
        let targets = [
            ("GET", "/fhir/metadata?_format=json"),
            ("GET", "/metadata"),
            ("GET", "/fhir/r4/.well-known/smart-configuration"),
            ("GET", "/baseR4/Patient/4711"),
            ("GET", "/baseR4/Patient?family=Doe&given:exact=Jane&_count=20"),
            ("GET", "/Patient?_count=100"),
            ("GET", "/fhir/Observation?patient.identifier=4711&code=8867-4"),
            ("POST", "/fhir/Patient/_search"),
            ("POST", "http://server:8080/fhir/Observation"),
            ("PUT", "/fhir/Device/7"),
            ("GET", "/fhir/$export"),
            ("GET", "/fhir/Patient/4711/$everything"),
            ("POST", "/fhir/Observation/$lastn"),
            ("GET", "/tenant/1234567/fhir/Patient"),
            ("GET", "/index.html"),
            ("GET", "*"),
        ];
        let lines: Vec<String> = targets.iter().map(|(method, target)| told(method, target)).collect();
        assert_snapshot!(lines.join("\n"), @r"
        Metadata  [] under /fhir
        Metadata  [] under /
        Smart  [] under /fhir/r4
        Instance Patient [] under /baseR4
        Search Patient [family name, given name] under /baseR4
        Search Patient [] under /
        Search Observation [identifier, others] under /fhir
        PostedSearch Patient [] under /fhir
        Create Observation [] under /fhir
        Instance Device [] under /fhir
        Everything  [] under /fhir
        Everything Patient [] under /fhir
        Other Observation [] under /fhir
        Search Patient [] under ?
        nothing under ?
        nothing under ?
        ");
    }

    #[test]
    fn dicom_web_targets_are_understood() {
        let targets = [
            ("GET", "/dicom-web/studies?limit=101&offset=0&includefield=00081030"),
            ("GET", "/dicom-web/studies?PatientName=*"),
            ("GET", "/dicom-web/studies?PatientName=DOE*&StudyDate=20260101-"),
            ("GET", "/dicom-web/studies?00100020=4711"),
            ("GET", "/dicom-web/series"),
            ("GET", "/dicom-web/studies/1.2.3/series"),
            ("GET", "/rs/studies/1.2.3/series/1.2.4/instances/1.2.5/frames/1,2"),
            ("GET", "/rs/studies/1.2.3/metadata"),
            ("POST", "/dicom-web/studies"),
            ("POST", "/dicom-web/studies/1.2.3"),
            ("GET", "/wado?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4"),
            ("GET", "/dicom-web/workitems?ScheduledStationNameCodeSequence.CodeValue=CT1"),
            ("GET", "/dicom-web/workitems"),
            ("GET", "/ui/series/7/episodes/pilot"),
            ("DELETE", "/studies/1.2.3"),
        ];
        let lines: Vec<String> = targets.iter().map(|(method, target)| told(method, target)).collect();
        assert_snapshot!(lines.join("\n"), @r"
        QIDO-RS studies [] broad under /dicom-web
        QIDO-RS studies [] broad under /dicom-web
        QIDO-RS studies [name, others] under /dicom-web
        QIDO-RS studies [identifier] under /dicom-web
        QIDO-RS series [] broad under /dicom-web
        QIDO-RS series [] under /dicom-web
        WADO-RS instances [] under /rs
        WADO-RS studies [] under /rs
        STOW-RS studies [] under /dicom-web
        STOW-RS studies [] under /dicom-web
        WADO-URI instances [] under /wado
        UPS-RS studies [others] under /dicom-web
        UPS-RS studies [] broad under /dicom-web
        nothing under ?
        nothing under ?
        ");
    }
}
