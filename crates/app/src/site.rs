//! The site folder: what a person tells Cordon about the organization, kept as versioned TOML.
//!
//! This cut reads `site.toml` (names, inside networks, branding), `corrections.toml` (merged and split devices),
//! `mappings.toml` (columns of lists), `conventions.toml` (what names and networks say of owners) and `weights.toml`
//! (risk), `lifecycle.toml` (makers' notices of the end of support), `controls.toml` (verified controls),
//! `needs.toml` (flows that people confirmed and rejected), `equipment.toml` (what firewalls and switches can do).

use crate::actor::{Actor, Permission};
use crate::deliver::replace;
use crate::error::AppError;
use crate::privacy::Wish;
use cordon_assess::Weights;
use cordon_model::Cidr;
use cordon_report::Branding;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The version of `site.toml` this program writes and reads.
const VERSION: u32 = 1;

/// A logo larger than this is refused: it would be copied into every document.
const LOGO_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What a site folder says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteFolder {
    /// The organization's name.
    pub organization: Option<String>,
    /// The site's name.
    pub name: Option<String>,
    /// Who makes the assessments.
    pub author: Option<String>,
    /// Networks that belong to the site besides private ranges.
    pub inside: Vec<Cidr>,
    /// Who issues the documents, when it is not the organization itself.
    pub issuer: Option<String>,
    /// Accent colour of documents, `#rrggbb`.
    pub accent: Option<String>,
    /// The logo's bytes (PNG, JPEG or SVG).
    pub logo: Option<Vec<u8>>,
    /// What becomes of the names of people's accounts.
    pub(crate) user_names: Wish,
    /// What is one device and what is not, from `corrections.toml`.
    pub corrections: cordon_identify::Corrections,
    /// What columns of lists say, as confirmed in `mappings.toml`.
    pub mappings: Vec<cordon_intake::Mapping>,
    /// What names, titles, ports and networks say of owners and places, of `conventions.toml`.
    pub conventions: Vec<cordon_identify::conventions::Convention>,
    /// Makers' notices of the end of support, of `lifecycle.toml`.
    pub notices: cordon_assess::Notices,
    /// Makers' disclosure statements, of the folder `mds2`.
    pub forms: Vec<cordon_assess::mds2::Form>,
    /// How far people are with vulnerabilities, of `remediation.toml`.
    pub remediations: Vec<crate::remediation::Marked>,
    /// Bills of material, of the folder `sbom`.
    pub bills: Vec<crate::sbom::Attached>,
    /// Verified controls, of `controls.toml`.
    pub controls: crate::controls::Controls,
    /// Which flows people confirmed and rejected, of `needs.toml`.
    pub needs: crate::needs_file::NeedsFile,
    /// What makers published of their devices' connections, of the folder `needs`.
    pub makers: crate::makers::Makers,
    /// What firewalls and switches can do, of `equipment.toml`.
    pub equipment: Vec<crate::equipment::Equipment>,
    /// The text of `weights.toml`, if there is one.
    pub weights: Option<(PathBuf, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteToml {
    version: u32,
    organization: Option<String>,
    site: Option<String>,
    author: Option<String>,
    #[serde(default)]
    inside: Vec<String>,
    #[serde(default)]
    branding: BrandingToml,
    #[serde(default)]
    privacy: PrivacyToml,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivacyToml {
    account_names: Option<String>,
    key: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandingToml {
    issuer: Option<String>,
    accent: Option<String>,
    logo: Option<PathBuf>,
}

impl SiteFolder {
    /// Reads and checks a site folder.
    pub fn read(folder: &Path) -> Result<SiteFolder, AppError> {
        let path = folder.join("site.toml");
        let text = fs::read_to_string(&path).map_err(|error| {
            AppError::unreadable(&path, format!("{error}; `cordon site init {}` makes one", folder.display()))
        })?;
        let toml: SiteToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
        if toml.version != VERSION {
            let reason =
                format!("version {} is not known; this program reads version {VERSION}", toml.version);
            return Err(AppError::unreadable(&path, reason));
        }
        let inside = toml.inside.iter().map(|text| text.parse()).collect::<Result<Vec<Cidr>, _>>();
        let weights = folder.join("weights.toml");
        let weights = match fs::read_to_string(&weights) {
            Ok(text) => Some((weights, text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(AppError::unreadable(&weights, error)),
        };
        Ok(SiteFolder {
            organization: toml.organization,
            name: toml.site,
            author: toml.author,
            inside: inside.map_err(|error| AppError::unreadable(&path, format!("inside: {error}")))?,
            issuer: toml.branding.issuer,
            accent: toml.branding.accent,
            logo: toml.branding.logo.map(|logo| read_logo(&folder.join(logo))).transpose()?,
            user_names: wish(&toml.privacy)
                .map_err(|reason| AppError::unreadable(&path, format!("privacy: {reason}")))?,
            corrections: crate::corrections::read(folder)?,
            mappings: crate::mappings::read(folder)?,
            conventions: crate::conventions::read(folder)?,
            notices: crate::lifecycle::read(folder)?,
            forms: crate::mds2::read(folder)?,
            bills: crate::sbom::read(folder)?,
            remediations: crate::remediation::read(folder)?,
            controls: crate::controls::read(folder)?,
            needs: crate::needs_file::read(folder)?,
            makers: crate::makers::read(folder)?,
            equipment: crate::equipment::read(folder)?,
            weights,
        })
    }

    /// How documents look; what cannot be used is refused with the reason.
    pub(crate) fn branding(&self) -> Result<Branding, AppError> {
        Branding::new(self.issuer.clone(), self.author.clone(), self.accent.as_deref(), self.logo.clone())
            .map_err(|error| AppError::WrongUse(format!("site.toml, branding: {error}")))
    }

    /// Reads everything in a site folder and says the first thing that is wrong with it.
    pub fn check(actor: &Actor, folder: &Path) -> Result<(), AppError> {
        actor.require(Permission::Assess)?;
        let site = SiteFolder::read(folder)?;
        site.branding()?;
        site.risk_weights().map(drop)
    }

    /// The risk weights of `weights.toml`, or the defaults.
    pub(crate) fn risk_weights(&self) -> Result<Weights, AppError> {
        match &self.weights {
            Some((path, text)) => Weights::from_toml(text).map_err(|error| AppError::unreadable(path, error)),
            None => Ok(Weights::default()),
        }
    }

    /// Makes a folder with a commented `site.toml` and `conventions.toml`, and examples of network disclosures;
    /// refuses to replace one.
    pub fn init(actor: &Actor, folder: &Path) -> Result<PathBuf, AppError> {
        actor.require(Permission::EditSite)?;
        let path = folder.join("site.toml");
        if path.exists() {
            return Err(AppError::unwritable(&path, "it exists already; edit it, or name another folder"));
        }
        fs::create_dir_all(folder).map_err(|error| AppError::unwritable(folder, error))?;
        replace(&path, TEMPLATE.as_bytes())?;
        let conventions = folder.join("conventions.toml");
        if !conventions.exists() {
            replace(&conventions, crate::conventions::TEMPLATE.as_bytes())?;
        }
        let examples = folder.join(crate::makers::EXAMPLES_FOLDER);
        fs::create_dir_all(&examples).map_err(|error| AppError::unwritable(&examples, error))?;
        for (name, text) in crate::makers::EXAMPLES {
            replace(&examples.join(name), text.as_bytes())?;
        }
        Ok(path)
    }
}

/// A key shorter than this could be guessed, and the names with it.
const KEY_CHARACTERS_MIN: usize = 16;

fn wish(toml: &PrivacyToml) -> Result<Wish, String> {
    match (toml.account_names.as_deref(), &toml.key) {
        (None | Some("hashed"), None) => Ok(Wish::PerInput),
        (None | Some("hashed"), Some(key)) if key.chars().count() >= KEY_CHARACTERS_MIN => {
            Ok(Wish::Keyed(key.clone()))
        }
        (None | Some("hashed"), Some(_)) => {
            Err(format!("key has fewer than {KEY_CHARACTERS_MIN} characters; take a longer one"))
        }
        (Some("plain"), None) => Ok(Wish::Plain),
        (Some("plain"), Some(_)) => Err("plain names need no key; take one of the two away".to_owned()),
        (Some(other), _) => Err(format!("account_names is \"hashed\" or \"plain\", not \"{other}\"")),
    }
}

fn read_logo(path: &Path) -> Result<Vec<u8>, AppError> {
    let size = fs::metadata(path).map_err(|error| AppError::unreadable(path, error))?.len();
    if size > LOGO_BYTES_MAX {
        let reason =
            format!("the logo has {size} bytes; at most {LOGO_BYTES_MAX} are taken, make it smaller");
        return Err(AppError::unreadable(path, reason));
    }
    fs::read(path).map_err(|error| AppError::unreadable(path, error))
}

const TEMPLATE: &str = r##"# What Cordon should know about this site. Good to keep in version control.
version = 1

# Names on the cover of every document; take away the # before a line to use it.
# organization = "Northside Practice Group"
# site = "Main street"
# author = "Your name, your company"

# Networks that belong to the site besides the private ranges, such as public addresses used inside.
inside = []

[branding]
# issuer = "Your company"  # who issues the documents, when it is not the organization itself
# accent = "#0b5f6f"
# logo = "logo.svg"        # PNG, JPEG or SVG, beside this file

# Names of people's accounts (log-ins) are never kept, only hashes that differ from input to input. With a key of
# your own, a sentence nobody can guess, the hashes can be compared over time; keep this file from strangers then.
# Where your rules allow it, account_names = "plain" keeps the names themselves.
[privacy]
# account_names = "hashed"
# key = "..."
"##;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_reads_back_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let actor = Actor::local("test");
        SiteFolder::init(&actor, folder.path()).unwrap();
        assert_eq!(SiteFolder::read(folder.path()).unwrap(), SiteFolder::default());
        let error = SiteFolder::init(&actor, folder.path()).unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
    }

    #[test]
    fn mistakes_name_the_file_and_the_line() {
        let folder = tempfile::tempdir().unwrap();
        for (text, wanted) in [
            ("version = 2", "version 2 is not known"),
            ("version = 1\ninside = [\"10.0.0.0/99\"]", "10.0.0.0/99"),
            ("version = 1\norganisation = \"x\"", "line 2"),
            ("version = 1\n[privacy]\naccount_names = \"open\"", "\"hashed\" or \"plain\""),
            ("version = 1\n[privacy]\nkey = \"short\"", "fewer than 16"),
            ("version = 1\n[branding]\nlogo = \"none.svg\"", "none.svg"),
        ] {
            fs::write(folder.path().join("site.toml"), text).unwrap();
            let error = SiteFolder::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
