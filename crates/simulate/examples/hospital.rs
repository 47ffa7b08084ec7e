//! Writes a simulated hospital: `hospital DEVICES HOURS SEED FOLDER [vlans]`.

#![expect(clippy::print_stdout, reason = "an example speaks to the terminal")]

use cordon_model::Timestamp;
use cordon_simulate::{Settings, hospital_in};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [devices, hours, seed, folder, rest @ ..] = arguments.as_slice() else {
        return Err("usage: hospital DEVICES HOURS SEED FOLDER [vlans]".into());
    };
    let settings = Settings {
        devices: devices.parse()?,
        hours: hours.parse()?,
        seed: seed.parse()?,
        start: "2026-11-16T07:00:00Z".parse::<Timestamp>()?,
        vlans: !rest.is_empty(),
        ..Settings::default()
    };
    println!("{:?}", hospital_in(&settings, Path::new(folder))?);
    Ok(())
}
