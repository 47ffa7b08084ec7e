//! Prints the devices that captures describe, for comparing two states of the program: `devices CAPTURE...`

#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use cordon_identify::Resolver;
use cordon_knowledge::Knowledge;
use cordon_model::Inside;
use cordon_sensor::{Observation, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let knowledge = Knowledge::builtin()?;
    for path in std::env::args().skip(1) {
        let mut resolver = Resolver::new(&knowledge, Inside::default());
        let mut observation = Observation::new(Settings::named("devices"));
        observation.path(&path, false, &mut (), &mut |batch| resolver.add(&batch));
        observation.finish(&mut |batch| resolver.add(&batch));
        let estate = resolver.resolve();
        println!("== {path}: {} devices, {} conversations", estate.devices.len(), estate.conversations.len());
        for device in &estate.devices {
            println!(
                "{} {:?} {:?} {:?} {:?}",
                device.id, device.macs, device.ips, device.vlans, device.hostnames
            );
            println!("  parent {:?} {:?} {:?}", device.parent, device.roles, device.patient_data);
            println!("  {:?}", device.services);
            for claim in &device.claims {
                println!("  {claim:?}");
            }
            for link in &device.links {
                println!("  {link:?}");
            }
        }
        for talk in &estate.conversations {
            println!(
                "  {:?} {:?} {} {:?}",
                talk.client_device, talk.server_device, talk.outside, talk.conversation
            );
        }
    }
    Ok(())
}
