//! Lasting names from content, so that an unchanged flow keeps its name from plan to plan.

use cordon_model::observe::Transport;
use cordon_model::segment::Party;

/// 64-bit FNV-1a (draft-eastlake-fnv) over the parts of a flow; it names, it protects nothing.
pub(crate) fn of_flow(
    prefix: &str,
    from: &Party,
    to: &Party,
    transport: Transport,
    application: Option<&str>,
    ports: &[u16],
) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    take(&from.to_string());
    take(&to.to_string());
    take(&transport.to_string());
    take(application.unwrap_or(""));
    for port in ports {
        take(&port.to_string());
    }
    format!("{prefix}-{hash:016x}")
}
