//! Tables of text.

/// Columns as wide as their widest cell, as kubectl prints them.
pub(super) fn table<const N: usize>(headers: [&str; N], rows: &[[impl AsRef<str>; N]]) -> String {
    let cells = rows.iter().map(|row| row.each_ref().map(AsRef::as_ref));
    let lines: Vec<[&str; N]> = std::iter::once(headers).chain(cells).collect();
    let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |cells: &[&str; N]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("   ").trim_end())
    };
    lines.iter().map(line).collect()
}
