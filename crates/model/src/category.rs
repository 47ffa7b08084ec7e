//! What kind of machine a device is.

use std::fmt;
use std::str::FromStr;

macro_rules! categories {
    ($($variant:ident = $name:literal, $label:literal;)*) => {
        /// What kind of machine a device is; the names are those of files and interfaces (snake case).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Category {
            $(#[doc = $label] $variant,)*
        }

        impl Category {
            /// Every category, in the order of the vocabulary.
            pub const ALL: &'static [Category] = &[$(Category::$variant),*];

            /// The name in files and interfaces, such as `infusion_pump`.
            pub fn name(self) -> &'static str {
                match self { $(Category::$variant => $name),* }
            }

            /// The name a person reads, such as `infusion pump`.
            pub fn label(self) -> &'static str {
                match self { $(Category::$variant => $label),* }
            }
        }

        impl FromStr for Category {
            type Err = UnknownCategory;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($name => Ok(Category::$variant),)* _ => Err(UnknownCategory(text.chars().take(64).collect())) }
            }
        }
    };
}

categories! {
    InfusionPump = "infusion_pump", "infusion pump";
    PatientMonitor = "patient_monitor", "patient monitor";
    CentralStation = "central_station", "central station";
    Ventilator = "ventilator", "ventilator";
    Anaesthesia = "anaesthesia", "anaesthesia machine";
    ImagingModality = "imaging_modality", "imaging modality";
    ImageArchive = "image_archive", "image archive";
    ImagingWorkstation = "imaging_workstation", "imaging workstation";
    Radiotherapy = "radiotherapy", "radiotherapy system";
    Endoscopy = "endoscopy", "endoscopy system";
    LaboratoryAnalyser = "laboratory_analyser", "laboratory analyser";
    PointOfCareAnalyser = "point_of_care_analyser", "point-of-care analyser";
    Ecg = "ecg", "electrocardiograph";
    Defibrillator = "defibrillator", "defibrillator";
    Dialysis = "dialysis", "dialysis machine";
    MedicationCabinet = "medication_cabinet", "medication cabinet";
    Bed = "bed", "hospital bed";
    NurseCall = "nurse_call", "nurse call system";
    TelemetryGateway = "telemetry_gateway", "telemetry gateway";
    InfusionGateway = "infusion_gateway", "infusion gateway";
    IntegrationEngine = "integration_engine", "integration engine";
    ImplantProgrammer = "implant_programmer", "implant programmer";
    HomeMonitor = "home_monitor", "home monitor";
    ClinicalServer = "clinical_server", "clinical server";
    Workstation = "workstation", "workstation";
    Server = "server", "server";
    Tablet = "tablet", "tablet";
    Printer = "printer", "printer";
    Phone = "phone", "phone";
    Camera = "camera", "camera";
    Ups = "ups", "uninterruptible power supply";
    BuildingSystem = "building_system", "building system";
    NetworkEquipment = "network_equipment", "network equipment";
    Other = "other", "other";
    Unknown = "unknown", "not known";
}

impl Category {
    /// True for devices that diagnose, treat or monitor patients, and the clinical systems they cannot do
    /// without.
    pub fn is_clinical(self) -> bool {
        self < Category::Workstation
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCategory(pub String);

impl fmt::Display for UnknownCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no device category; infusion_pump, patient_monitor and server are", self.0)
    }
}

impl std::error::Error for UnknownCategory {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_clinical_ends_at_the_office() {
        for category in Category::ALL {
            assert_eq!(category.name().parse(), Ok(*category));
        }
        assert!(Category::ClinicalServer.is_clinical());
        assert!(!Category::Workstation.is_clinical());
        assert!("pump".parse::<Category>().is_err());
    }
}
