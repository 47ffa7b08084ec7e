#![no_main]

use cordon_assess::intelligence::{cpe, cve_id, cve_record, epss, kev, lifecycle, nvd, osv, recall};

// The first byte chooses the record. What is read is known by an id, and a share is a share.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    match which % 8 {
        0 => {
            let mut model = epss::Model::default();
            for line in text.lines() {
                match epss::line(line, &model) {
                    Ok(epss::Line::Model(said)) => model = said,
                    Ok(epss::Line::Score(cve, score)) => {
                        assert!(cve_id(&cve).is_some());
                        assert!((0.0..=1.0).contains(&score.score) && (0.0..=1.0).contains(&score.percentile));
                    }
                    Ok(epss::Line::Heading) | Err(_) => {}
                }
            }
        }
        1 => {
            if let Ok(value) = lifecycle::markdown(&text) {
                let _ = lifecycle::product(&value);
            }
        }
        2 => {
            cpe::product_key(&text);
            osv::purl_key(&text);
        }
        which => {
            let Ok(value) = serde_json::from_slice(bytes) else { return };
            match which {
                3 => drop(kev::entry(&value).map(|(cve, _)| assert!(cve_id(&cve).is_some()))),
                4 => drop(cve_record::record(&value).map(|read| assert!(cve_id(&read.cve).is_some()))),
                5 => drop(nvd::record(&value).map(|read| assert!(cve_id(&read.cve).is_some()))),
                6 => drop(osv::record(&value).map(|read| assert!(!read.id.is_empty()))),
                _ => drop((recall::recall(&value), lifecycle::product(&value))),
            }
        }
    }
});
