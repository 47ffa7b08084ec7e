//! What happens once in months, and is needed all the same: what a watch of weeks does not show.

use super::Scene;
use crate::roles::Role;
use crate::site::Device;

/// Ports as makers choose them, of no known protocol.
const SERVICE_PORT: u16 = 10_022;
const CALIBRATION_PORT: u16 = 10_443;
const LIBRARY_PORT: u16 = 10_080;
const STANDBY_PORT: u16 = 10_104;

impl Scene<'_> {
    /// The maker's laptop, here a workstation, reaches into a device.
    pub(super) fn serviced(&mut self, device: &Device) -> Option<()> {
        let laptop = self.server(Role::Workstation, device)?;
        self.talk(&laptop, device, SERVICE_PORT)
    }

    pub(super) fn calibrate(&mut self, device: &Device) -> Option<()> {
        let server = self.server(Role::CoreServer, device)?;
        self.talk(device, &server, CALIBRATION_PORT)
    }

    pub(super) fn drug_library(&mut self, device: &Device) -> Option<()> {
        let server = self.server(Role::PumpServer, device)?;
        self.talk(device, &server, LIBRARY_PORT)
    }

    /// While the usual partner is down, another system takes what a device has to say.
    pub(super) fn standby(&mut self, device: &Device) -> Option<()> {
        let server = self.server(Role::Engine, device)?;
        self.talk(device, &server, STANDBY_PORT)
    }

    fn talk(&mut self, from: &Device, to: &Device, port: u16) -> Option<()> {
        let (client, server) = (self.peer(from), self.peer(to));
        let mut connection = self.connect(&client, &server, port);
        let (question, answer) = (self.opaque(180), self.opaque(900));
        connection.client(&question);
        connection.server(&answer);
        self.done(&client, &server, connection.close());
        Some(())
    }
}
