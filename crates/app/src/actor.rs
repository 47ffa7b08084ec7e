//! Who acts, and what they may do. Every use case asks first, so no door is weaker than another.

use crate::error::AppError;

/// Something an actor may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Read captures and lists, and see Batches.
    Observe,
    /// Make assessments and their documents.
    Assess,
    /// Make synthetic hospitals and scores.
    Simulate,
    /// Write a site folder.
    EditSite,
    /// Import what others publish into the feed folder.
    EditFeeds,
}

impl Permission {
    fn words(self) -> &'static str {
        match self {
            Permission::Observe => "observe a network",
            Permission::Assess => "make an assessment",
            Permission::Simulate => "simulate a hospital",
            Permission::EditSite => "change the site folder",
            Permission::EditFeeds => "change the feed folder",
        }
    }
}

/// Who calls a use case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    permissions: Vec<Permission>,
}

impl Actor {
    /// The person at the command line of this machine: what the operating system lets them read and write
    /// is theirs to use.
    pub fn local(name: impl Into<String>) -> Actor {
        use Permission::{Assess, EditFeeds, EditSite, Observe, Simulate};
        Actor { name: name.into(), permissions: vec![Observe, Assess, Simulate, EditSite, EditFeeds] }
    }

    /// An actor with just these permissions.
    pub fn with(name: impl Into<String>, permissions: Vec<Permission>) -> Actor {
        Actor { name: name.into(), permissions }
    }

    /// The name under which the actor's entries are kept.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Refuses with [`AppError::NotAllowed`] unless the actor has the permission.
    pub fn require(&self, permission: Permission) -> Result<(), AppError> {
        if self.permissions.contains(&permission) {
            Ok(())
        } else {
            Err(AppError::NotAllowed { who: self.name.clone(), what: permission.words() })
        }
    }
}
