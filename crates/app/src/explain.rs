//! One device out of an assessment, by whatever name a person has for it.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::report::read_assessment;
use cordon_wire::assessment::Device;
use std::path::Path;

// Every surface calls a device as the documents do.
pub use cordon_report::device_name;

/// Finds the device that `name` (id, asset tag, host name, MAC or IP address) means in an assessment file.
/// A name that several devices bear is refused with their ids.
pub fn device(actor: &Actor, assessment: &Path, name: &str) -> Result<Device, AppError> {
    actor.require(Permission::Assess)?;
    let assessment_value = read_assessment(assessment)?;
    let wanted = name.trim().to_lowercase();
    let mut found: Vec<Device> =
        assessment_value.devices.into_iter().filter(|device| is_named(device, &wanted)).collect();
    match (found.len(), found.pop()) {
        (1, Some(device)) => Ok(device),
        (_, None) => Err(AppError::WrongUse(format!(
            "no device \"{name}\" in {}; give an id, asset tag, host name, MAC or IP address from inventory.csv",
            assessment.display()
        ))),
        (count, Some(last)) => {
            let ids: Vec<String> = found.into_iter().chain([last]).map(|device| device.id).collect();
            Err(AppError::WrongUse(format!(
                "{count} devices bear \"{name}\"; name one by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

/// True when a device goes by a name, which is in small letters.
pub(crate) fn is_named(device: &Device, wanted: &str) -> bool {
    let single = [Some(&device.id), device.asset_tag.as_ref()];
    let lists = [&device.hostnames, &device.macs, &device.ips];
    single.into_iter().flatten().chain(lists.into_iter().flatten()).any(|name| name.to_lowercase() == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_finds_the_device() {
        let device = Device {
            id: "dev-1".into(),
            asset_tag: Some("BME-7".into()),
            hostnames: vec!["CT01".into()],
            ips: vec!["10.0.0.5".into()],
            ..Device::default()
        };
        for name in ["dev-1", "bme-7", "ct01", "10.0.0.5"] {
            assert!(is_named(&device, name), "{name}");
        }
        assert!(!is_named(&device, "10.0.0.50"));
    }
}
