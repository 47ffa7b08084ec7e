//! Controls that a person says are in force at devices, and has verified.

/// What lowers the risk besides the network's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Control {
    /// Somebody is told of what the device does on the network, and acts.
    Monitoring,
    /// Nobody unknown comes near the device.
    Physical,
}

impl Control {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Control::Monitoring => "monitoring",
            Control::Physical => "physical",
        }
    }

    /// The control with this name.
    pub fn from_name(text: &str) -> Option<Control> {
        [Control::Monitoring, Control::Physical].into_iter().find(|control| control.name() == text)
    }
}
