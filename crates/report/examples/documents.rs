//! Writes the documents of an assessment, or of a made-up hospital, for whoever changes the templates:
//! `cargo run -p cordon-report --example documents -- assessment.json|NUMBER-OF-DEVICES FOLDER`

#[path = "../tests/sample/mod.rs"]
#[expect(dead_code, reason = "the example needs only some of the samples")]
mod sample;

use cordon_report::Branding;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let from = arguments.next().ok_or("name an assessment.json or a number of devices")?;
    let folder = std::path::PathBuf::from(arguments.next().ok_or("name a folder")?);
    let assessment = match from.parse::<usize>() {
        Ok(0) => sample::empty(),
        Ok(count) => sample::hospital(count),
        Err(_) if from == "hostile" => sample::with_every_text(
            &sample::hospital(12),
            "=1+1 #eval(\"x\") $x$ *b* _i_ \u{202e}gnp.exe\u{0} אבג 漢字 https://a.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        Err(_) => serde_json::from_slice(&std::fs::read(&from)?)?,
    };
    let branding = Branding::new(None, None, arguments.next().as_deref(), None)?;
    let files = [cordon_report::RuleFile { name: "segmentation/nftables.nft".to_owned(), lines: 2 }];
    std::fs::create_dir_all(&folder)?;
    for document in cordon_report::documents(&assessment, &branding, &files)? {
        std::fs::write(folder.join(document.name), document.bytes)?;
    }
    Ok(())
}
