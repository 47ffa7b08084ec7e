//! Names of FHIR (R4, R5) that mean something here: resource types with what they say of a patient, and
//! elements.

use cordon_model::observe::PatientDataKinds;

macro_rules! resources {
    ($($name:ident = $kinds:ident,)*) => {
        /// A resource type.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(in super::super) enum Resource {
            /// None that is known.
            #[default]
            Unknown,
            $($name,)*
        }

        impl Resource {
            /// The type of this name.
            pub(in super::super) fn of(name: &[u8]) -> Resource {
                const NAMES: &[(&str, Resource)] = &[$((stringify!($name), Resource::$name)),*];
                let found = NAMES.iter().find(|(known, _)| known.as_bytes() == name);
                found.map_or(Resource::Unknown, |(_, resource)| *resource)
            }

            /// The name in the standard's spelling; empty for none.
            pub(in super::super) fn name(self) -> &'static str {
                match self {
                    Resource::Unknown => "",
                    $(Resource::$name => stringify!($name),)*
                }
            }

            /// What such a resource as a whole says of a patient. What is found out about someone (a
            /// diagnosis as much as a measurement) is a result; what is to be done or given is an order.
            pub(in super::super) fn kinds(self) -> PatientDataKinds {
                match self {
                    Resource::Unknown => PatientDataKinds::NONE,
                    $(Resource::$name => PatientDataKinds::$kinds,)*
                }
            }
        }
    };
}

resources! {
    // Persons: their elements tell.
    Patient = NONE,
    Person = NONE,
    RelatedPerson = NONE,
    // What was found.
    Observation = RESULT,
    DiagnosticReport = RESULT,
    Condition = RESULT,
    AllergyIntolerance = RESULT,
    Procedure = RESULT,
    Immunization = RESULT,
    FamilyMemberHistory = RESULT,
    ClinicalImpression = RESULT,
    DetectedIssue = RESULT,
    RiskAssessment = RESULT,
    QuestionnaireResponse = RESULT,
    AdverseEvent = RESULT,
    Composition = RESULT,
    DocumentReference = RESULT,
    Binary = RESULT,
    Media = IMAGE,
    MolecularSequence = RESULT,
    Specimen = IDENTIFIER,
    BodyStructure = RESULT,
    GenomicStudy = RESULT,
    // What is to be done.
    MedicationRequest = ORDER,
    MedicationAdministration = ORDER,
    MedicationDispense = ORDER,
    MedicationStatement = ORDER,
    MedicationUsage = ORDER,
    ServiceRequest = ORDER,
    DeviceRequest = ORDER,
    NutritionOrder = ORDER,
    VisionPrescription = ORDER,
    CarePlan = ORDER,
    CareTeam = NONE,
    Goal = ORDER,
    Task = NONE,
    RequestGroup = ORDER,
    RequestOrchestration = ORDER,
    Appointment = NONE,
    AppointmentResponse = NONE,
    Communication = NONE,
    CommunicationRequest = NONE,
    // Visits, cover and studies: identifiers of their own.
    Encounter = NONE,
    EpisodeOfCare = NONE,
    Account = NONE,
    Coverage = NONE,
    CoverageEligibilityRequest = NONE,
    CoverageEligibilityResponse = NONE,
    Claim = NONE,
    ClaimResponse = NONE,
    ExplanationOfBenefit = NONE,
    Invoice = NONE,
    ImagingStudy = NONE,
    ImagingSelection = NONE,
    Flag = NONE,
    List = NONE,
    Consent = NONE,
    DeviceUseStatement = NONE,
    DeviceUsage = NONE,
    DeviceAssociation = NONE,
    // Nobody's.
    Device = NONE,
    DeviceDefinition = NONE,
    DeviceMetric = NONE,
    DeviceDispense = NONE,
    DeviceAlert = NONE,
    Practitioner = NONE,
    PractitionerRole = NONE,
    Organization = NONE,
    Location = NONE,
    HealthcareService = NONE,
    Endpoint = NONE,
    Schedule = NONE,
    Slot = NONE,
    Group = NONE,
    Medication = NONE,
    MedicationKnowledge = NONE,
    Substance = NONE,
    Questionnaire = NONE,
    PlanDefinition = NONE,
    ActivityDefinition = NONE,
    ResearchStudy = NONE,
    ResearchSubject = NONE,
    Measure = NONE,
    MeasureReport = NONE,
    Library = NONE,
    ValueSet = NONE,
    CodeSystem = NONE,
    ConceptMap = NONE,
    NamingSystem = NONE,
    StructureDefinition = NONE,
    SearchParameter = NONE,
    OperationDefinition = NONE,
    CapabilityStatement = NONE,
    Conformance = NONE,
    ImplementationGuide = NONE,
    Subscription = NONE,
    SubscriptionStatus = NONE,
    SubscriptionTopic = NONE,
    AuditEvent = NONE,
    Provenance = NONE,
    MessageHeader = NONE,
    Bundle = NONE,
    Parameters = NONE,
    OperationOutcome = NONE,
    Basic = NONE,
}

impl Resource {
    /// A human being whose particulars the elements are.
    pub(in super::super) fn is_person(self) -> bool {
        matches!(self, Resource::Patient | Resource::Person | Resource::RelatedPerson)
    }

    /// Its identifiers lead to one patient, as a visit's or a sample's does.
    pub(super) fn identifies_patient(self) -> bool {
        matches!(
            self,
            Resource::Encounter
                | Resource::EpisodeOfCare
                | Resource::Account
                | Resource::Coverage
                | Resource::ImagingStudy
                | Resource::ResearchSubject
        )
    }

    /// Its name alone tells FHIR from other JSON with a member `resourceType`.
    pub(super) fn is_distinct(self) -> bool {
        use Resource as R;
        let common =
            matches!(self, R::Binary | R::Media | R::Specimen | R::Procedure | R::Goal | R::Composition);
        (!self.kinds().is_empty() && !common)
            || self.is_capability()
            || matches!(self, R::Patient | R::RelatedPerson | R::Encounter | R::Coverage | R::ImagingStudy)
            || matches!(self, R::Bundle | R::OperationOutcome | R::Practitioner | R::PractitionerRole)
            || matches!(self, R::Device | R::DeviceMetric | R::DeviceDefinition | R::DeviceUseStatement)
    }

    /// A statement of what a server can do (`Conformance` before R3).
    pub(super) fn is_capability(self) -> bool {
        matches!(self, Resource::CapabilityStatement | Resource::Conformance)
    }
}

macro_rules! elements {
    ($($variant:ident = $name:literal,)*) => {
        /// The name of an element.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(super) enum Element {
            /// None that matters.
            #[default]
            Other,
            $($variant,)*
        }

        impl Element {
            pub(super) fn of(name: &[u8]) -> Element {
                const NAMES: &[(&[u8], Element)] = &[$(($name, Element::$variant)),*];
                let found = NAMES.iter().find(|(known, _)| *known == name);
                found.map_or(Element::Other, |(_, element)| *element)
            }
        }
    };
}

elements! {
    ResourceType = b"resourceType",
    Entry = b"entry",
    Resource = b"resource",
    Contained = b"contained",
    Outcome = b"outcome",
    Id = b"id",
    Identifier = b"identifier",
    Value = b"value",
    Code = b"code",
    Coding = b"coding",
    Display = b"display",
    Text = b"text",
    Name = b"name",
    Type = b"type",
    Reference = b"reference",
    Subject = b"subject",
    Patient = b"patient",
    Beneficiary = b"beneficiary",
    Individual = b"individual",
    For = b"for",
    BirthDate = b"birthDate",
    Address = b"address",
    Telecom = b"telecom",
    Photo = b"photo",
    SubscriberId = b"subscriberId",
    ValueSampledData = b"valueSampledData",
    SampledData = b"sampledData",
    Software = b"software",
    Version = b"version",
    FhirVersion = b"fhirVersion",
    Implementation = b"implementation",
    Description = b"description",
    Url = b"url",
    Rest = b"rest",
    Security = b"security",
    Service = b"service",
    Issue = b"issue",
    AuthorizationEndpoint = b"authorization_endpoint",
    Manufacturer = b"manufacturer",
    ManufactureDate = b"manufactureDate",
    ModelNumber = b"modelNumber",
    Model = b"model",
    SerialNumber = b"serialNumber",
    UdiCarrier = b"udiCarrier",
    Udi = b"udi",
    CarrierHrf = b"carrierHRF",
    DeviceIdentifier = b"deviceIdentifier",
    DeviceName = b"deviceName",
}
