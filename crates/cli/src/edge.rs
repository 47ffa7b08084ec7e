//! The one place that reads the clock, the environment and the terminal.

use cordon_app::AppError;
use cordon_model::Timestamp;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The present time.
#[expect(clippy::disallowed_methods, reason = "the edge is where the clock is read")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A clock for progress display.
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the edge is where the clock is read")]
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(std::time::Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Nanoseconds since the first call.
#[expect(clippy::disallowed_methods, reason = "the edge is where the clock is read")]
pub(crate) fn nanoseconds() -> u64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let elapsed = START.get_or_init(std::time::Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// The name of the person at the command line, for entries that keep one.
#[expect(clippy::disallowed_methods, reason = "the edge is where the environment is read")]
pub(crate) fn user() -> String {
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "local user".to_owned())
}

/// The feed folder in the user's cache folder (XDG Base Directory Specification); `None` where there is none.
pub(crate) fn feeds() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
    cache.map(|cache| cache.join("cordon").join("feeds"))
}

/// A client for the network, by the proxies of the environment; `further` are certificates to believe.
#[expect(clippy::disallowed_methods, reason = "the edge is where the environment is read")]
pub(crate) fn client(further: Option<PathBuf>) -> Result<cordon_link::Client, AppError> {
    let named = |names: &[&str]| {
        let values = names.iter().filter_map(|name| std::env::var(name).ok());
        values.map(|value| value.trim().to_owned()).find(|value| !value.is_empty())
    };
    let proxies = cordon_link::Proxies {
        https: named(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
        http: named(&["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
        none: named(&["NO_PROXY", "no_proxy"]).unwrap_or_default(),
    };
    cordon_link::Client::new(proxies, &cordon_link::Trust { further })
        .map_err(|trouble| AppError::WrongUse(trouble.to_string()))
}

/// The key for NVD's interface, if the environment has one.
#[expect(clippy::disallowed_methods, reason = "the edge is where the environment is read")]
pub(crate) fn nvd_key() -> Option<String> {
    std::env::var("NVD_API_KEY").ok().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty())
}

/// Waits, as a server asked.
#[expect(clippy::disallowed_methods, reason = "the edge owns the clock")]
pub(crate) fn wait(time: Duration) {
    std::thread::sleep(time);
}

/// True when a person watches standard error.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Log lines go to standard error, warnings and errors unless `CORDON_LOG` asks for more.
#[expect(clippy::disallowed_methods, reason = "the edge is where the environment is read")]
pub(crate) fn start_log() {
    let level = std::env::var("CORDON_LOG").ok().and_then(|text| text.parse().ok());
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level.unwrap_or(tracing_subscriber::filter::LevelFilter::WARN))
        .with_ansi(is_watched())
        .without_time()
        .init();
}

/// The name of this machine.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this machine".to_owned() } else { name.trim().to_owned() }
}

/// Threads that can run at once.
pub(crate) fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

/// A flag that an interrupt or the order to end sets.
pub(crate) fn stop_flag() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
