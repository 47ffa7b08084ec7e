//! How NVD's API 2.0 is asked: windows of at most 120 days, pages of at most 2,000, few requests at a time.

use cordon_model::Timestamp;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Records of a page, the most that the API gives.
pub const PAGE: u64 = 2_000;
/// Days of a window of modification times, the most that the API takes.
const WINDOW_DAYS: i64 = 120;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// How long to wait between requests: 5 in 30 seconds are allowed, 50 with a key.
pub fn pause(has_key: bool) -> Duration {
    if has_key { Duration::from_millis(700) } else { Duration::from_millis(6_200) }
}

/// Windows of modification times from `from` to `to`, each no longer than the API takes.
pub fn windows(from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut windows = Vec::new();
    let mut at = from;
    while at < to {
        let end = at.plus_micros(WINDOW_DAYS * MICROS_PER_DAY).min(to);
        windows.push((at, end));
        at = end;
    }
    windows
}

/// The address of a page; without a window, of everything.
pub fn page(base: &Url, window: Option<(Timestamp, Timestamp)>, start: u64) -> Url {
    let mut url = base.clone();
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("resultsPerPage", &PAGE.to_string()).append_pair("startIndex", &start.to_string());
        if let Some((from, to)) = window {
            query
                .append_pair("lastModStartDate", &from.to_string())
                .append_pair("lastModEndDate", &to.to_string());
        }
    }
    url
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageHead {
    /// The number of its first record.
    pub start: u64,
    /// How many records it holds.
    pub held: u64,
    /// How many records there are altogether.
    pub total: u64,
}

/// Reads what a page says of itself, and checks that it holds as many records as it says.
pub fn head(bytes: &[u8]) -> Result<PageHead, String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("it is no whole JSON: {error}"))?;
    let number = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_u64)
            .ok_or_else(|| format!("it is no page of NVD: {name} is missing"))
    };
    let (start, total) = (number("startIndex")?, number("totalResults")?);
    let held = value.get("vulnerabilities").and_then(Value::as_array).map_or(0, |list| list.len() as u64);
    if held == 0 && start < total {
        return Err(format!("the page from {start} on is empty although there are {total} records"));
    }
    Ok(PageHead { start, held, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_no_longer_than_allowed_and_leave_nothing_out() {
        let day = |text: &str| text.parse::<Timestamp>().unwrap();
        let windows = windows(day("2026-01-01"), day("2026-11-22"));
        assert_eq!(windows.len(), 3);
        assert_eq!((windows[0].0, windows[2].1), (day("2026-01-01"), day("2026-11-22")));
        assert!(windows.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert!(windows.iter().all(|(from, to)| to.micros_since(*from) <= WINDOW_DAYS * MICROS_PER_DAY));
        assert!(super::windows(day("2026-01-02"), day("2026-01-01")).is_empty());
    }

    #[test]
    fn a_page_is_asked_for_by_number_and_time() {
        let base: Url = "https://nvd.example/rest/json/cves/2.0".parse().unwrap();
        let window = Some(("2026-01-01".parse().unwrap(), "2026-02-01".parse().unwrap()));
        assert_eq!(
            page(&base, window, 2_000).as_str(),
            "https://nvd.example/rest/json/cves/2.0?resultsPerPage=2000&startIndex=2000\
             &lastModStartDate=2026-01-01T00%3A00%3A00Z&lastModEndDate=2026-02-01T00%3A00%3A00Z"
        );
    }

    #[test]
    fn an_empty_page_in_the_middle_is_an_error() {
        let text = br#"{"startIndex":2000,"totalResults":5000,"vulnerabilities":[]}"#;
        assert!(head(text).unwrap_err().contains("empty"));
        let text = br#"{"startIndex":0,"totalResults":1,"vulnerabilities":[{}]}"#;
        assert_eq!(head(text), Ok(PageHead { start: 0, held: 1, total: 1 }));
        assert!(head(b"{}").is_err() && head(b"{\"startIndex\":0").is_err());
    }
}
