//! SSVC, the deployer's decision: how soon to act on a vulnerability (CERT/CC, Stakeholder-Specific Vulnerability
//! Categorization).
//!
//! The tables are CERT/CC's: "Deployer Patch Application Priority" 1.0.0 over Exploitation 1.1.0, System Exposure
//! 1.0.1, Automatable 2.0.0 and Human Impact 2.0.2; "Human Impact" over Safety Impact 2.0.1 and Mission Impact
//! 2.0.0; "Utility" 1.0.1. What a decision point is for one device and vulnerability is judged elsewhere.

use std::fmt;

macro_rules! point {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$doc])* $variant,)*
        }

        impl $type {
            /// Every value, least to most urgent.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The name in files and interfaces, as CERT/CC spells it, in lower case.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }

            /// The value with this name; `None` for any other text.
            pub fn from_name(text: &str) -> Option<$type> {
                let text = text.trim().to_ascii_lowercase().replace('_', " ");
                Self::ALL.iter().copied().find(|value| value.name() == text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

point! {
    /// What is known of its use by attackers.
    Exploitation {
        /// No evidence of use, and no way published.
        None = "none";
        /// A working way is published, or the way is well known.
        PublicPoc = "public poc";
        /// Reliable evidence that attackers use it.
        Active = "active";
    }
}

point! {
    /// How accessible the attack surface of the system is.
    Exposure {
        /// Local or highly controlled.
        Small = "small";
        /// On a network, with restrictions.
        Controlled = "controlled";
        /// From the internet or a network as wide.
        Open = "open";
    }
}

point! {
    /// Whether an attacker can automate the steps up to exploitation.
    Automatable {
        /// A step needs a person.
        No = "no";
        /// All of them can be.
        Yes = "yes";
    }
}

point! {
    /// How much an attacker gains with one system.
    ValueDensity {
        /// Little, spread over many.
        Diffuse = "diffuse";
        /// Much, in one place.
        Concentrated = "concentrated";
    }
}

point! {
    /// How useful it is to an attacker.
    Utility {
        /// Much work for little.
        Laborious = "laborious";
        /// Little work, or much gain.
        Efficient = "efficient";
        /// Both.
        SuperEffective = "super effective";
    }
}

point! {
    /// Harm to people (the severities of IEC 61508).
    SafetyImpact {
        /// Minor injuries at worst.
        Negligible = "negligible";
        /// Major injuries of one or more persons.
        Marginal = "marginal";
        /// Loss of a single life.
        Critical = "critical";
        /// Loss of several lives.
        Catastrophic = "catastrophic";
    }
}

point! {
    /// Harm to what the organization is for (its mission essential functions).
    MissionImpact {
        /// Little, or of functions that are not essential.
        Degraded = "degraded";
        /// What supports essential functions is crippled.
        SupportCrippled = "mef support crippled";
        /// An essential function fails for longer than can be borne.
        EssentialFailure = "mef failure";
        /// Several or all fail: the mission fails.
        MissionFailure = "mission failure";
    }
}

point! {
    /// Safety and mission impact together.
    HumanImpact {
        /// Low.
        Low = "low";
        /// Medium.
        Medium = "medium";
        /// High.
        High = "high";
        /// Very high.
        VeryHigh = "very high";
    }
}

point! {
    /// What to do.
    Decision {
        /// Nothing for now.
        Defer = "defer";
        /// At the next regular maintenance.
        Scheduled = "scheduled";
        /// Sooner than regular maintenance.
        OutOfCycle = "out-of-cycle";
        /// At once, with all it takes.
        Immediate = "immediate";
    }
}

/// CERT/CC's table of human impact.
pub fn human_impact(safety: SafetyImpact, mission: MissionImpact) -> HumanImpact {
    use MissionImpact::{Degraded, EssentialFailure, MissionFailure, SupportCrippled};
    use SafetyImpact::{Catastrophic, Critical, Marginal, Negligible};
    match (safety, mission) {
        (Catastrophic, _) | (_, MissionFailure) => HumanImpact::VeryHigh,
        (Critical, SupportCrippled | EssentialFailure) => HumanImpact::High,
        (Critical, Degraded) | (Negligible | Marginal, EssentialFailure) => HumanImpact::Medium,
        (Negligible | Marginal, Degraded | SupportCrippled) => HumanImpact::Low,
    }
}

/// CERT/CC's table of utility; the deployer's table of today asks for [`Automatable`] alone, earlier ones and the
/// supplier's for this.
pub fn utility(automatable: Automatable, density: ValueDensity) -> Utility {
    match (automatable, density) {
        (Automatable::Yes, ValueDensity::Concentrated) => Utility::SuperEffective,
        (Automatable::No, ValueDensity::Diffuse) => Utility::Laborious,
        _ => Utility::Efficient,
    }
}

/// CERT/CC's table of the deployer.
pub fn decide(
    exploitation: Exploitation,
    exposure: Exposure,
    automatable: Automatable,
    impact: HumanImpact,
) -> Decision {
    use Automatable::{No, Yes};
    use Decision::{Defer as D, Immediate as I, OutOfCycle as O, Scheduled as S};
    use Exploitation::{Active, None, PublicPoc};
    use Exposure::{Controlled, Open, Small};
    // By human impact: low, medium, high, very high.
    let [low, medium, high, very_high] = match (exploitation, exposure, automatable) {
        (None, Small, No) => [D, D, S, S],
        (None, Small, Yes) => [D, S, S, S],
        (None, Controlled, No) => [D, S, S, S],
        (None, Controlled, Yes) => [S, S, S, S],
        (None, Open, No) => [D, S, S, S],
        (None, Open, Yes) => [S, S, S, O],
        (PublicPoc, Small, No) => [D, S, S, S],
        (PublicPoc, Small, Yes) => [S, S, S, S],
        (PublicPoc, Controlled, No) => [D, S, S, S],
        (PublicPoc, Controlled, Yes) => [S, S, S, O],
        (PublicPoc, Open, No) => [S, S, S, O],
        (PublicPoc, Open, Yes) => [S, S, O, O],
        (Active, Small, No) => [S, S, O, O],
        (Active, Small, Yes) => [S, O, O, O],
        (Active, Controlled, No) => [S, S, O, O],
        (Active, Controlled, Yes) => [O, O, O, O],
        (Active, Open, No) => [S, O, O, I],
        (Active, Open, Yes) => [O, O, I, I],
    };
    match impact {
        HumanImpact::Low => low,
        HumanImpact::Medium => medium,
        HumanImpact::High => high,
        HumanImpact::VeryHigh => very_high,
    }
}
