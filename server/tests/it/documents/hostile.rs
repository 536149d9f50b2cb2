//! Files that are made to harm whoever reads them: they are refused, and everything else goes on.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Scene, add, list};
use crate::both;
use crate::support::{Kind, TestApp};

/// A page whose contents are three gigabytes of line ends, deflated three times to a few hundred bytes.
const BOMB: &[u8] = include_bytes!("bomb.pdf");

/// A PDF of these objects, the first of which is its root.
fn pdf(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let (start, size) = (file.len(), objects.len() + 1);
    write!(
        file,
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    file.into_bytes()
}

/// A page with these contents, and these objects from the sixth on; `X` is the first of them, `F` a font.
fn page(contents: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{contents}\nendstream", contents.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

fn word(xml: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file("word/document.xml", SimpleFileOptions::default())
        .unwrap();
    writer.write_all(xml.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

both!(what_is_made_to_harm_its_reader_harms_nobody_else, async |kind: Kind| {
    let scene = Scene::on(TestApp::new(kind).await).await;
    let Scene { app, key, project, .. } = &scene;
    let form = "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 5 >>\nstream\n/X Do\nendstream".to_owned();
    let (too_much, damaged) = ("take more time or memory", "may be damaged");
    for (name, file, why) in [
        ("calls itself without end", page("/X Do", &[form]), too_much),
        ("has gigabytes in it", BOMB.to_vec(), too_much),
        (
            "has millions of elements",
            word(&format!("<a>{}</a>", "<a/>".repeat(5_000_000))),
            damaged,
        ),
    ] {
        let answer = add(app, key, project, name, &file).await;
        assert_eq!(answer.status.as_u16(), 400, "{name}: {}", answer.text);
        let said = answer.json()["fields"][0]["message"].to_string();
        assert!(said.contains(why), "{name}: {said}");
    }
    let text = "BT /F 12 Tf 72 720 Td (The refund period is thirty days.) Tj ET";
    add(app, key, project, "good.pdf", &page(text, &["<< >>".to_owned()]))
        .await
        .expect(201);
    let page = format!("<html>{}An honest page.", "<div>".repeat(2_000));
    add(app, key, project, "deep.html", page.as_bytes()).await.expect(201);
    assert_eq!(list(app, key, project).await.len(), 3);
});
