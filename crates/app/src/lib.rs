//! The use cases: authorise, prepare, run the pure stages, write.
//!
//! Command line, pages and interfaces call these functions with an [`Actor`], so that no door is weaker
//! than another. What a stage decides is in its crate; what is here only passes values from one to the
//! next. No argument parsing, no pages, no query text.
#![forbid(unsafe_code)]

mod actor;
pub mod advise;
pub mod advisories;
pub mod affected;
pub mod assess;
mod barriers;
pub mod compare;
mod controls;
mod conventions;
mod corrections;
mod deliver;
mod encode;
mod equipment;
mod error;
pub mod explain;
pub mod feeds;
mod hash;
mod inputs;
pub mod intake;
pub mod knowledge;
mod lasting;
mod lifecycle;
pub mod live;
mod makers;
mod mappings;
mod mds2;
mod needs_file;
pub mod observe;
pub mod outlook;
mod privacy;
mod progress;
mod records;
mod remediation;
pub mod report;
mod sbom;
pub mod score;
pub mod segment;
pub mod simulate;
mod site;
pub mod watch;

pub use actor::{Actor, Permission};
pub use assess::Context;
pub use cordon_assess::matching::Settings;
pub use cordon_sensor::Statistics;
pub use cordon_sensor::flows::Exporter;
pub use cordon_sensor::live::{Clocks, InterfaceStatus};
pub use error::AppError;
pub use lasting::{Destination, Folder};
pub use progress::Progress;
pub use site::SiteFolder;
