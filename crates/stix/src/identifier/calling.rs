//! Calling codes of the world (ITU-T E.164 list of assigned country codes) with what is needed to
//! read a national number: trunk prefix and lengths (national numbering plans, E.129 notices).
//!
//! Lengths are wide on purpose: the shortest to the longest number of any kind in the plan.

/// A calling code and the plan behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Calling code.
    pub(super) code: u16,
    /// Main country (ISO 3166-1 alpha-2), empty for shared services.
    pub(super) country: &'static str,
    /// Prefix dialled before a national number inside the country.
    pub(super) trunk: &'static str,
    /// Fewest digits after the calling code.
    pub(super) shortest: u8,
    /// Most digits after the calling code.
    pub(super) longest: u8,
}

/// Countries that share the code of another one.
#[rustfmt::skip]
const SHARED: &[(&str, u16)] = &[
    ("AG", 1), ("AI", 1), ("AS", 1), ("AX", 358), ("BB", 1), ("BL", 590), ("BM", 1), ("BQ",
    599), ("BS", 1), ("CA", 1), ("CC", 61), ("CX", 61), ("DM", 1), ("DO", 1), ("EH", 212),
    ("GD", 1), ("GG", 44), ("GU", 1), ("IM", 44), ("JE", 44), ("JM", 1), ("KN", 1), ("KY", 1),
    ("KZ", 7), ("LC", 1), ("MF", 590), ("MP", 1), ("MS", 1), ("PR", 1), ("SJ", 47), ("SX", 1),
    ("TA", 290), ("TC", 1), ("TT", 1), ("VA", 39), ("VC", 1), ("VG", 1), ("VI", 1), ("YT", 262),
];

const fn plan(
    code: u16,
    country: &'static str,
    trunk: &'static str,
    shortest: u8,
    longest: u8,
) -> Plan {
    Plan { code, country, trunk, shortest, longest }
}

/// The plan of the calling code that these digits begin with, and the digits after it. No code is
/// the beginning of another.
pub(super) fn plan_of(digits: &str) -> Option<(&'static Plan, &str)> {
    (1..=3).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        Some((by_code(code.parse().ok()?)?, rest)).filter(|_| !code.starts_with('0'))
    })
}

/// The plan of a country (alpha-2).
pub(super) fn plan_in(country: &str) -> Option<&'static Plan> {
    let shared = SHARED.iter().find(|(c, _)| *c == country);
    match shared {
        Some((_, code)) => by_code(*code),
        None => PLANS.iter().find(|p| !country.is_empty() && p.country == country),
    }
}

/// The prefix for calls abroad where it is not `00`.
pub(super) fn exit_code(plan: &Plan) -> &'static str {
    match plan.code {
        1 => "011",
        7 | 375 | 992 | 993 => "810",
        53 => "119",
        61 => "0011",
        81 => "010",
        _ => "00",
    }
}

fn by_code(code: u16) -> Option<&'static Plan> {
    PLANS.binary_search_by_key(&code, |p| p.code).ok().and_then(|place| PLANS.get(place))
}

#[rustfmt::skip]
const PLANS: &[Plan] = &[
    plan(1, "US", "1", 7, 10), plan(7, "RU", "8", 10, 14), plan(20, "EG", "0", 8, 10),
    plan(27, "ZA", "0", 5, 10), plan(30, "GR", "", 10, 12), plan(31, "NL", "0", 5, 11),
    plan(32, "BE", "0", 8, 9), plan(33, "FR", "0", 9, 9), plan(34, "ES", "", 9, 9),
    plan(36, "HU", "06", 8, 9), plan(39, "IT", "", 6, 12), plan(40, "RO", "0", 6, 9),
    plan(41, "CH", "0", 9, 12), plan(43, "AT", "0", 4, 13), plan(44, "GB", "0", 7, 10),
    plan(45, "DK", "", 8, 8), plan(46, "SE", "0", 6, 12), plan(47, "NO", "", 5, 8),
    plan(48, "PL", "", 6, 10), plan(49, "DE", "0", 4, 13), plan(51, "PE", "0", 8, 9),
    plan(52, "MX", "", 10, 10), plan(53, "CU", "0", 6, 10), plan(54, "AR", "0", 10, 11),
    plan(55, "BR", "0", 8, 11), plan(56, "CL", "", 9, 11), plan(57, "CO", "0", 8, 11),
    plan(58, "VE", "0", 10, 10), plan(60, "MY", "0", 8, 10), plan(61, "AU", "0", 5, 12),
    plan(62, "ID", "0", 7, 13), plan(63, "PH", "0", 6, 13), plan(64, "NZ", "0", 5, 10),
    plan(65, "SG", "", 8, 11), plan(66, "TH", "0", 8, 13), plan(81, "JP", "0", 8, 13),
    plan(82, "KR", "0", 5, 13), plan(84, "VN", "0", 7, 10), plan(86, "CN", "0", 7, 12),
    plan(90, "TR", "0", 7, 13), plan(91, "IN", "0", 8, 13), plan(92, "PK", "0", 8, 12),
    plan(93, "AF", "0", 9, 9), plan(94, "LK", "0", 9, 9), plan(95, "MM", "0", 6, 10),
    plan(98, "IR", "0", 4, 10), plan(211, "SS", "0", 9, 9), plan(212, "MA", "0", 9, 9),
    plan(213, "DZ", "0", 8, 9), plan(216, "TN", "", 8, 8), plan(218, "LY", "0", 9, 9),
    plan(220, "GM", "", 7, 9), plan(221, "SN", "", 9, 9), plan(222, "MR", "", 8, 8),
    plan(223, "ML", "", 8, 8), plan(224, "GN", "", 8, 9), plan(225, "CI", "", 10, 10),
    plan(226, "BF", "", 8, 8), plan(227, "NE", "", 8, 8), plan(228, "TG", "", 8, 8),
    plan(229, "BJ", "", 10, 10), plan(230, "MU", "", 7, 10), plan(231, "LR", "0", 7, 9),
    plan(232, "SL", "0", 8, 8), plan(233, "GH", "0", 8, 9), plan(234, "NG", "0", 10, 12),
    plan(235, "TD", "", 8, 8), plan(236, "CF", "", 8, 8), plan(237, "CM", "", 8, 9),
    plan(238, "CV", "", 7, 7), plan(239, "ST", "", 7, 7), plan(240, "GQ", "", 9, 9),
    plan(241, "GA", "", 7, 8), plan(242, "CG", "", 9, 9), plan(243, "CD", "0", 7, 10),
    plan(244, "AO", "", 9, 9), plan(245, "GW", "", 7, 9), plan(246, "IO", "", 7, 7),
    plan(247, "AC", "", 5, 6), plan(248, "SC", "", 7, 7), plan(249, "SD", "0", 9, 9),
    plan(250, "RW", "0", 8, 9), plan(251, "ET", "0", 9, 9), plan(252, "SO", "0", 6, 9),
    plan(253, "DJ", "", 8, 8), plan(254, "KE", "0", 7, 10), plan(255, "TZ", "0", 9, 9),
    plan(256, "UG", "0", 9, 9), plan(257, "BI", "", 8, 8), plan(258, "MZ", "", 8, 9),
    plan(260, "ZM", "0", 9, 9), plan(261, "MG", "0", 9, 9), plan(262, "RE", "0", 9, 9),
    plan(263, "ZW", "0", 7, 10), plan(264, "NA", "0", 8, 9), plan(265, "MW", "0", 7, 9),
    plan(266, "LS", "", 8, 8), plan(267, "BW", "", 7, 10), plan(268, "SZ", "", 8, 9),
    plan(269, "KM", "", 7, 7), plan(290, "SH", "", 4, 5), plan(291, "ER", "0", 7, 7),
    plan(297, "AW", "", 7, 7), plan(298, "FO", "", 6, 6), plan(299, "GL", "", 6, 6),
    plan(350, "GI", "", 8, 8), plan(351, "PT", "", 9, 9), plan(352, "LU", "", 4, 11),
    plan(353, "IE", "0", 7, 10), plan(354, "IS", "", 7, 9), plan(355, "AL", "0", 6, 9),
    plan(356, "MT", "", 8, 8), plan(357, "CY", "", 8, 8), plan(358, "FI", "0", 5, 12),
    plan(359, "BG", "0", 6, 12), plan(370, "LT", "0", 8, 8), plan(371, "LV", "", 8, 8),
    plan(372, "EE", "", 7, 10), plan(373, "MD", "0", 8, 8), plan(374, "AM", "0", 8, 8),
    plan(375, "BY", "80", 6, 11), plan(376, "AD", "", 6, 9), plan(377, "MC", "0", 8, 9),
    plan(378, "SM", "", 8, 10), plan(380, "UA", "0", 9, 10), plan(381, "RS", "0", 6, 12),
    plan(382, "ME", "0", 8, 9), plan(383, "XK", "0", 8, 12), plan(385, "HR", "0", 7, 9),
    plan(386, "SI", "0", 5, 8), plan(387, "BA", "0", 8, 9), plan(389, "MK", "0", 8, 8),
    plan(420, "CZ", "", 9, 12), plan(421, "SK", "0", 6, 9), plan(423, "LI", "0", 7, 9),
    plan(500, "FK", "", 5, 5), plan(501, "BZ", "", 7, 11), plan(502, "GT", "", 8, 11),
    plan(503, "SV", "", 7, 11), plan(504, "HN", "", 8, 11), plan(505, "NI", "", 8, 8),
    plan(506, "CR", "", 8, 10), plan(507, "PA", "", 7, 11), plan(508, "PM", "0", 6, 9),
    plan(509, "HT", "", 8, 8), plan(590, "GP", "0", 9, 9), plan(591, "BO", "0", 8, 9),
    plan(592, "GY", "", 7, 7), plan(593, "EC", "0", 8, 11), plan(594, "GF", "0", 9, 9),
    plan(595, "PY", "0", 6, 11), plan(596, "MQ", "0", 9, 9), plan(597, "SR", "", 6, 7),
    plan(598, "UY", "0", 4, 12), plan(599, "CW", "", 7, 8), plan(670, "TL", "", 7, 8),
    plan(672, "NF", "", 6, 6), plan(673, "BN", "", 7, 7), plan(674, "NR", "", 7, 7),
    plan(675, "PG", "", 7, 8), plan(676, "TO", "", 5, 7), plan(677, "SB", "", 5, 7),
    plan(678, "VU", "", 5, 7), plan(679, "FJ", "", 7, 11), plan(680, "PW", "", 7, 7),
    plan(681, "WF", "", 6, 9), plan(682, "CK", "", 5, 5), plan(683, "NU", "", 4, 7),
    plan(685, "WS", "", 5, 10), plan(686, "KI", "0", 5, 8), plan(687, "NC", "", 6, 6),
    plan(688, "TV", "", 5, 7), plan(689, "PF", "", 6, 9), plan(690, "TK", "", 4, 7),
    plan(691, "FM", "", 7, 7), plan(692, "MH", "1", 7, 7), plan(800, "", "", 8, 8),
    plan(808, "", "", 8, 8), plan(850, "KP", "0", 8, 10), plan(852, "HK", "", 5, 11),
    plan(853, "MO", "", 7, 8), plan(855, "KH", "0", 8, 10), plan(856, "LA", "0", 8, 10),
    plan(870, "", "", 9, 12), plan(878, "", "", 12, 12), plan(880, "BD", "0", 6, 10),
    plan(881, "", "", 9, 10), plan(882, "", "", 7, 12), plan(883, "", "", 8, 12),
    plan(886, "TW", "0", 7, 11), plan(888, "", "", 11, 11), plan(960, "MV", "", 7, 10),
    plan(961, "LB", "0", 7, 8), plan(962, "JO", "0", 8, 9), plan(963, "SY", "0", 8, 9),
    plan(964, "IQ", "0", 8, 10), plan(965, "KW", "", 7, 8), plan(966, "SA", "0", 9, 10),
    plan(967, "YE", "0", 7, 9), plan(968, "OM", "", 7, 9), plan(970, "PS", "0", 8, 10),
    plan(971, "AE", "0", 5, 12), plan(972, "IL", "0", 7, 12), plan(973, "BH", "", 8, 8),
    plan(974, "QA", "", 7, 11), plan(975, "BT", "", 7, 8), plan(976, "MN", "0", 8, 10),
    plan(977, "NP", "0", 8, 11), plan(979, "", "", 9, 9), plan(992, "TJ", "", 9, 9),
    plan(993, "TM", "8", 8, 8), plan(994, "AZ", "0", 9, 9), plan(995, "GE", "0", 9, 9),
    plan(996, "KG", "0", 9, 10), plan(998, "UZ", "", 9, 9),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_sorted_and_none_begins_another() {
        assert!(PLANS.is_sorted_by(|a, b| a.code < b.code));
        let codes: Vec<_> = PLANS.iter().map(|p| p.code.to_string()).collect();
        for a in &codes {
            assert!(!codes.iter().any(|b| a != b && b.starts_with(a.as_str())), "{a}");
        }
    }

    #[test]
    fn lengths_fit_e_164() {
        for plan in PLANS {
            let code = plan.code.to_string().len();
            assert!(plan.shortest <= plan.longest, "{plan:?}");
            assert!(code + usize::from(plan.longest) <= 15, "{plan:?}");
        }
    }

    #[test]
    fn countries_find_their_plan() {
        for (country, code) in
            [("EC", 593), ("US", 1), ("CA", 1), ("NL", 31), ("KZ", 7), ("VA", 39)]
        {
            assert_eq!(plan_in(country).unwrap().code, code, "{country}");
        }
        assert!(plan_in("").is_none());
        assert_eq!(plan_of("59345550101").map(|(p, rest)| (p.code, rest)), Some((593, "45550101")));
        assert!(plan_of("0123").is_none());
        assert!(plan_of("999123").is_none());
    }
}
