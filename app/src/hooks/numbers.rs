//! Numbers as people read them.

/// "12,345".
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::new();
    if number < 0 {
        grouped.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (7, "7"),
            (999, "999"),
            (12_345, "12,345"),
            (1_000_000, "1,000,000"),
            (-1_000, "-1,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
