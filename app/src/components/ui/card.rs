//! Boxes and tables. They are looks only, so they are classes and no components.

/// A box with an edge.
pub const CARD: &str = "overflow-hidden rounded-xl border border-line bg-surface";
/// A `<table>`; put it in a [`CARD`], which can scroll sideways with `overflow-x-auto`.
pub const TABLE: &str = "w-full text-left text-sm";
/// Its `<thead>`.
pub const THEAD: &str = "bg-sunken text-xs text-muted";
/// A `<th>`.
pub const TH: &str = "px-4 py-2 font-medium whitespace-nowrap";
/// A `<tr>` of its `<tbody>`.
pub const TR: &str = "border-t border-line";
/// A `<td>`.
pub const TD: &str = "px-4 py-3 text-ink-soft";
