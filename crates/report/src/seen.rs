//! When a need was seen, in the columns that every sheet of needs shares.

use cordon_wire::assessment::NeedSeen;

/// The names of the columns.
pub const COLUMNS: [&str; 8] =
    ["days", "flows", "hours_of_week", "weekday", "night", "weekend", "first", "last"];

/// The cells of a need; empty where it was never seen.
pub fn cells(seen: Option<&NeedSeen>) -> [String; 8] {
    let Some(seen) = seen else { return Default::default() };
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    [
        format!("{:.1}", seen.days),
        seen.flows.to_string(),
        seen.hours.to_string(),
        yes(seen.weekday),
        yes(seen.night),
        yes(seen.weekend),
        seen.first.clone(),
        seen.last.clone(),
    ]
}
