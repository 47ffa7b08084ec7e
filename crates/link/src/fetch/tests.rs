//! Downloads against a server that is a list of answers.

use super::*;
use std::io::Cursor;

/// An answer, or none.
enum Said {
    Says(u16, Vec<(&'static str, &'static str)>, &'static [u8]),
    /// The body breaks off after these bytes.
    Breaks(Vec<(&'static str, &'static str)>, &'static [u8]),
    Silent,
}

#[derive(Default)]
struct Fake {
    answers: Vec<Said>,
    asked: Vec<Request>,
}

impl Fake {
    fn new(mut answers: Vec<Said>) -> Fake {
        answers.reverse();
        Fake { answers, asked: Vec::new() }
    }

    fn header(&self, at: usize, name: &str) -> Option<&str> {
        self.asked[at].headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "reset"))
    }
}

impl Exchange for Fake {
    fn get(&mut self, request: &Request) -> Result<Answer, Trouble> {
        self.asked.push(request.clone());
        let owned = |headers: Vec<(&str, &str)>| {
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        match self.answers.pop().expect("one request too many") {
            Said::Says(status, headers, body) => {
                Ok(Answer { status, headers: owned(headers), body: Box::new(Cursor::new(body)) })
            }
            Said::Breaks(headers, body) => {
                let status = if headers.iter().any(|(name, _)| *name == "content-range") { 206 } else { 200 };
                Ok(Answer {
                    status,
                    headers: owned(headers),
                    body: Box::new(Cursor::new(body).chain(Broken)),
                })
            }
            Said::Silent => Err(Trouble { reason: "no answer".into(), is_passing: true }),
        }
    }
}

struct Done {
    result: Result<Vec<u8>, String>,
    is_new: bool,
    fake: Fake,
    waits: Vec<u64>,
}

fn run(folder: &Path, url: &str, answers: Vec<Said>) -> Done {
    run_with(folder, url, answers, |_| ())
}

fn run_with(folder: &Path, url: &str, answers: Vec<Said>, set: impl FnOnce(&mut Wanted<'_>)) -> Done {
    let mut fake = Fake::new(answers);
    let mut waits = Vec::new();
    let now = || "2026-11-22T00:00:00Z".parse().unwrap();
    let url: Url = url.parse().unwrap();
    let mut wait = |time: Duration| waits.push(time.as_secs());
    let mut fetcher = Fetcher::new(&mut fake, folder, &now, &mut wait).unwrap();
    fetcher.limits.bytes = 100;
    let mut wanted = Wanted::at(&url);
    set(&mut wanted);
    let fetched = fetcher.fetch(&wanted);
    let is_new = fetched.as_ref().is_ok_and(|fetched| fetched.is_new);
    let result = fetched.map(|fetched| fs::read(fetched.path).unwrap()).map_err(|error| error.to_string());
    Done { result, is_new, fake, waits }
}

const URL: &str = "https://example.com/a";

#[test]
fn what_did_not_change_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = vec![Said::Says(200, vec![("etag", "\"1\""), ("content-length", "3")], b"abc")];
    assert_eq!(run(folder.path(), URL, first).result.unwrap(), b"abc");
    let done = run(folder.path(), URL, vec![Said::Says(304, vec![], b"")]);
    assert_eq!((done.result.unwrap(), done.is_new), (b"abc".to_vec(), false));
    assert_eq!(done.fake.header(0, "if-none-match"), Some("\"1\""));
    // A stamp that was confirmed costs no request, another one does.
    let answers = vec![Said::Says(304, vec![], b"")];
    run_with(folder.path(), URL, answers, |wanted| wanted.stamp = Some("7")).result.unwrap();
    let (url, now) = (URL.parse().unwrap(), || Timestamp::default());
    let (mut fake, mut wait) = (Fake::default(), |_: Duration| ());
    Fetcher::new(&mut fake, folder.path(), &now, &mut wait).unwrap().confirm(&url, "7").unwrap();
    run_with(folder.path(), URL, vec![], |wanted| wanted.stamp = Some("7")).result.unwrap();
}

#[test]
fn a_cache_that_was_changed_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), URL, vec![Said::Says(200, vec![("etag", "\"1\"")], b"abc")]).result.unwrap();
    let body = Place::of(folder.path(), &URL.parse().unwrap()).body();
    fs::write(body, "abd").unwrap();
    let answers = vec![Said::Says(304, vec![], b""), Said::Says(200, vec![], b"abc")];
    assert_eq!(run(folder.path(), URL, answers).result.unwrap(), b"abc");
}

#[test]
fn a_broken_download_goes_on_where_it_ended_also_at_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let head = vec![("etag", "\"1\""), ("content-length", "6")];
    let answers = vec![
        Said::Breaks(head.clone(), b"abc"),
        Said::Silent,
        Said::Silent,
        Said::Silent,
        Said::Silent,
        Said::Silent,
    ];
    let done = run(folder.path(), URL, answers);
    assert!(done.result.unwrap_err().contains("5 tries"));
    assert_eq!(done.waits, [1, 1, 2, 4, 8]);
    let range = vec![("etag", "\"1\""), ("content-length", "3"), ("content-range", "bytes 3-5/6")];
    let done = run(folder.path(), URL, vec![Said::Says(206, range, b"def")]);
    assert_eq!(done.result.unwrap(), b"abcdef");
    assert_eq!(
        (done.fake.header(0, "range"), done.fake.header(0, "if-range")),
        (Some("bytes=3-"), Some("\"1\""))
    );
}

#[test]
fn a_half_of_another_version_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let head = vec![("etag", "\"1\""), ("content-length", "6")];
    for second in [
        Said::Says(200, vec![("etag", "\"2\""), ("content-length", "3")], b"xyz"),
        Said::Says(206, vec![("content-range", "bytes 2-5/6")], b"cdef"),
        Said::Says(206, vec![("content-range", "bytes 3-8/9")], b"defghi"),
        Said::Says(416, vec![], b""),
    ] {
        let is_whole = matches!(second, Said::Says(200, ..));
        let mut answers = vec![Said::Breaks(head.clone(), b"abc"), second];
        if !is_whole {
            answers.push(Said::Says(200, vec![], b"xyz"));
        }
        assert_eq!(run(folder.path(), URL, answers).result.unwrap(), b"xyz");
        fs::remove_dir_all(folder.path()).unwrap();
    }
}

#[test]
fn a_length_that_is_a_lie_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let lie = || Said::Says(200, vec![("content-length", "9")], b"abc");
    let done = run(folder.path(), URL, (0..5).map(|_| lie()).collect());
    assert!(done.result.unwrap_err().contains("3 of 9 bytes"));
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 0, "nothing is kept that nobody can vouch for");
}

#[test]
fn a_busy_server_is_given_the_time_it_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let answers = vec![
        Said::Says(429, vec![("retry-after", "7")], b""),
        Said::Says(503, vec![("retry-after", "Sun, 22 Nov 2026 00:00:09 GMT")], b""),
        Said::Says(502, vec![], b""),
        Said::Says(200, vec![], b"abc"),
    ];
    let done = run(folder.path(), URL, answers);
    assert_eq!((done.result.unwrap(), done.waits), (b"abc".to_vec(), vec![7, 9, 4]));
    let done = run(folder.path(), URL, vec![Said::Says(429, vec![("retry-after", "86400")], b"")]);
    assert!(done.result.unwrap_err().contains("86400 seconds"));
    assert!(done.waits.is_empty());
    let done = run(folder.path(), URL, vec![Said::Says(404, vec![], b"")]);
    assert!(done.result.unwrap_err().contains("no such file"));
}

#[test]
fn redirects_are_followed_only_to_where_one_may_go() {
    let folder = tempfile::tempdir().unwrap();
    let to = |location: &'static str| Said::Says(302, vec![("location", location)], b"");
    let key = Vec::leak(vec![("apikey", "secret".to_owned())]);
    let answers = vec![to("/b"), to("https://other.example/c"), Said::Says(200, vec![], b"abc")];
    let done = run_with(folder.path(), URL, answers, |wanted| wanted.headers = key);
    assert_eq!(done.result.unwrap(), b"abc");
    assert_eq!(done.fake.asked[2].url.as_str(), "https://other.example/c");
    assert_eq!((done.fake.header(1, "apikey"), done.fake.header(2, "apikey")), (Some("secret"), None));
    for location in
        ["http://example.com/b", "file:///etc/passwd", "ftp://example.com/b", "gopher:x", "https://"]
    {
        let done = run(folder.path(), "https://example.com/z", vec![to(location)]);
        assert!(done.result.unwrap_err().contains("leads to"), "{location}");
    }
    let done = run(folder.path(), "https://example.com/z", (0..6).map(|_| to("/z")).collect());
    assert!(done.result.unwrap_err().contains("without end"));
}

#[test]
fn what_is_too_large_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    static LARGE: [u8; 101] = [7; 101];
    for head in [vec![("content-length", "101")], vec![]] {
        let done = run(folder.path(), URL, vec![Said::Says(200, head, &LARGE)]);
        assert!(done.result.unwrap_err().contains("larger than 100 bytes"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_coding_nobody_asked_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(folder.path(), URL, vec![Said::Says(200, vec![("content-encoding", "gzip")], b"abc")]);
    assert!(done.result.is_err());
}
