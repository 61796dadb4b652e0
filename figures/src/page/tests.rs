//! The page as a reader, and as somebody who wants to break it, would have it.

use super::*;
use crate::tests::sample::robust_to_standard;
use stitchscope_core::report::{Agreement, ControlCell, Counts};

/// The texts between tags, in their order.
fn fields<'a>(page: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    page.split(open.as_str()).skip(1).filter_map(|rest| rest.split(close.as_str()).next()).collect()
}

#[test]
fn every_cell_flag_and_setting_is_on_the_page() {
    let mut report = robust_to_standard().report();
    report.cells[0].flags = vec!["the attack found nothing".to_owned()];
    report.cells[1].flags = vec!["the attack found nothing".to_owned()];
    report.controls.push(ControlCell {
        kind: "random-front".to_owned(),
        front_tap: "stem".to_owned(),
        end_tap: "pool".to_owned(),
        seed: 0,
        clean: Counts { correct: 100, total: 1000 },
        agreement: Agreement { same: 90, total: 1000 },
        direct: None,
    });
    let page = page(&report).unwrap();
    let rows = fields(&page, "tr");
    assert_eq!(rows.len(), 3 + 2 + report.cells.len() + 1, "three headings, donors, cells, a control");
    let first = fields(rows[4], "td");
    let clean = report.cells[0].clean.correct as f64 / 10.0;
    assert!(first.len() == 9 && first[0] == "stem" && first[3].starts_with(&format!("{clean:.1} ± ")), "{first:?}");
    assert!(page.contains("<li>the attack found nothing (2 cells)</li>"));
    assert!(page.contains("random-front: stem → pool") && page.contains("10.0 ± "));
    assert!(page.contains("Example GPU 9000") && page.contains("train_images = 5000"));
    assert_eq!(page.matches("<svg").count(), 1);
}

#[test]
fn what_was_not_measured_has_no_column() {
    let mut report = robust_to_standard().report();
    report.cells.iter_mut().for_each(|cell| (cell.robust, cell.direct.robust) = (None, None));
    report.donors.iter_mut().for_each(|donor| donor.robust = None);
    let page = page(&report).unwrap();
    assert!(!page.contains(">robust</th>") && page.contains(">clean</th>") && !page.contains("Look twice"));
}

#[test]
fn a_hostile_report_stays_text_and_nothing_is_loaded() {
    let evil = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{0}&amp;</pre></style><!--";
    let mut report = robust_to_standard().report();
    report.recipe.push_str(&format!("# {evil}\n"));
    evil.clone_into(&mut report.environment.device);
    evil.clone_into(&mut report.environment.engine);
    evil.clone_into(&mut report.donors[0].model);
    evil.clone_into(&mut report.cells[0].front_tap);
    report.cells[0].flags = vec![evil.to_owned()];
    let page = page(&report).unwrap();
    for forbidden in
        ["<script", "<img", "<!--", "onerror=alert(1)>", "\u{0}", "http-equiv=\"refresh", "<link", "<iframe"]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert_eq!((page.matches("<pre>").count(), page.matches("</pre>").count()), (1, 1));
    assert_eq!(
        (page.matches("<style>").count(), page.matches("</style>").count()),
        (2, 2),
        "the page's and the figure's"
    );
    let addresses = page.matches("url(").count();
    assert_eq!(addresses, page.matches("url(data:font/woff2").count());
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
}
