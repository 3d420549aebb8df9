//! Instants as microseconds since 1970 and back, by counting days.

pub const DAY: i64 = 86_400_000_000;

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2026-01-02T03:04:05.678Z`; `None` for anything that is no instant in UTC.
pub fn micros(text: &str) -> Option<i64> {
    let body = text.strip_suffix('Z')?;
    let (date, clock) = body.split_once('T')?;
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<i64>().unwrap())
    };
    let date: Vec<&str> = date.split('-').collect();
    let [year, month, day] = date[..] else { return None };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if year == 0 || !(1..=12).contains(&month) || !(1..=month_days(year, month)).contains(&day) {
        return None;
    }
    let (clock, fraction) = clock.split_once('.').map_or((clock, "0"), |(c, f)| (c, f));
    let clock: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = clock[..] else { return None };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    if hour > 23 || minute > 59 || second > 59 || fraction.is_empty() {
        return None;
    }
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<6}")[..6].parse().unwrap();
    let mut days = 0;
    for y in 1970..year {
        days += 365 + i64::from(is_leap(y));
    }
    for y in year..1970 {
        days -= 365 + i64::from(is_leap(y));
    }
    for m in 1..month {
        days += month_days(year, m);
    }
    days += day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// An instant, or the first moment of a day, month or year.
pub fn first_moment(text: &str) -> Option<i64> {
    let rest = match text.len() {
        4 => "-01-01T00:00:00Z",
        7 => "-01T00:00:00Z",
        10 => "T00:00:00Z",
        _ => "",
    };
    micros(&format!("{text}{rest}"))
}

/// The day on which an instant lies: `2026-01-02`.
pub fn day(micros: i64) -> String {
    let (mut left, mut year) = (micros.div_euclid(DAY), 1970);
    while left >= 365 + i64::from(is_leap(year)) {
        left -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    while left < 0 {
        year -= 1;
        left += 365 + i64::from(is_leap(year));
    }
    let mut month = 1;
    while left >= month_days(year, month) {
        left -= month_days(year, month);
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", left + 1)
}

/// A STIX timestamp with three digits: what lies below a millisecond is cut off.
pub fn millis(micros: i64) -> String {
    let of_day = micros.rem_euclid(DAY) / 1000;
    let (second, milli) = (of_day / 1000, of_day % 1000);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{}T{hour:02}:{minute:02}:{:02}.{milli:03}Z", day(micros), second % 60)
}
