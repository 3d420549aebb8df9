//! Countries: ISO 3166-1 alpha-3 and the codes of travel documents folded to alpha-2.

/// ISO 3166-1 (2020 with amendments): alpha-2 followed by alpha-3, sorted; `XK` as SWIFT and EU use it.
#[rustfmt::skip]
const CODES: &[&str] = &[
    "ADAND", "AEARE", "AFAFG", "AGATG", "AIAIA", "ALALB", "AMARM", "AOAGO", "AQATA", "ARARG",
    "ASASM", "ATAUT", "AUAUS", "AWABW", "AXALA", "AZAZE", "BABIH", "BBBRB", "BDBGD", "BEBEL",
    "BFBFA", "BGBGR", "BHBHR", "BIBDI", "BJBEN", "BLBLM", "BMBMU", "BNBRN", "BOBOL", "BQBES",
    "BRBRA", "BSBHS", "BTBTN", "BVBVT", "BWBWA", "BYBLR", "BZBLZ", "CACAN", "CCCCK", "CDCOD",
    "CFCAF", "CGCOG", "CHCHE", "CICIV", "CKCOK", "CLCHL", "CMCMR", "CNCHN", "COCOL", "CRCRI",
    "CUCUB", "CVCPV", "CWCUW", "CXCXR", "CYCYP", "CZCZE", "DEDEU", "DJDJI", "DKDNK", "DMDMA",
    "DODOM", "DZDZA", "ECECU", "EEEST", "EGEGY", "EHESH", "ERERI", "ESESP", "ETETH", "FIFIN",
    "FJFJI", "FKFLK", "FMFSM", "FOFRO", "FRFRA", "GAGAB", "GBGBR", "GDGRD", "GEGEO", "GFGUF",
    "GGGGY", "GHGHA", "GIGIB", "GLGRL", "GMGMB", "GNGIN", "GPGLP", "GQGNQ", "GRGRC", "GSSGS",
    "GTGTM", "GUGUM", "GWGNB", "GYGUY", "HKHKG", "HMHMD", "HNHND", "HRHRV", "HTHTI", "HUHUN",
    "IDIDN", "IEIRL", "ILISR", "IMIMN", "ININD", "IOIOT", "IQIRQ", "IRIRN", "ISISL", "ITITA",
    "JEJEY", "JMJAM", "JOJOR", "JPJPN", "KEKEN", "KGKGZ", "KHKHM", "KIKIR", "KMCOM", "KNKNA",
    "KPPRK", "KRKOR", "KWKWT", "KYCYM", "KZKAZ", "LALAO", "LBLBN", "LCLCA", "LILIE", "LKLKA",
    "LRLBR", "LSLSO", "LTLTU", "LULUX", "LVLVA", "LYLBY", "MAMAR", "MCMCO", "MDMDA", "MEMNE",
    "MFMAF", "MGMDG", "MHMHL", "MKMKD", "MLMLI", "MMMMR", "MNMNG", "MOMAC", "MPMNP", "MQMTQ",
    "MRMRT", "MSMSR", "MTMLT", "MUMUS", "MVMDV", "MWMWI", "MXMEX", "MYMYS", "MZMOZ", "NANAM",
    "NCNCL", "NENER", "NFNFK", "NGNGA", "NINIC", "NLNLD", "NONOR", "NPNPL", "NRNRU", "NUNIU",
    "NZNZL", "OMOMN", "PAPAN", "PEPER", "PFPYF", "PGPNG", "PHPHL", "PKPAK", "PLPOL", "PMSPM",
    "PNPCN", "PRPRI", "PSPSE", "PTPRT", "PWPLW", "PYPRY", "QAQAT", "REREU", "ROROU", "RSSRB",
    "RURUS", "RWRWA", "SASAU", "SBSLB", "SCSYC", "SDSDN", "SESWE", "SGSGP", "SHSHN", "SISVN",
    "SJSJM", "SKSVK", "SLSLE", "SMSMR", "SNSEN", "SOSOM", "SRSUR", "SSSSD", "STSTP", "SVSLV",
    "SXSXM", "SYSYR", "SZSWZ", "TCTCA", "TDTCD", "TFATF", "TGTGO", "THTHA", "TJTJK", "TKTKL",
    "TLTLS", "TMTKM", "TNTUN", "TOTON", "TRTUR", "TTTTO", "TVTUV", "TWTWN", "TZTZA", "UAUKR",
    "UGUGA", "UMUMI", "USUSA", "UYURY", "UZUZB", "VAVAT", "VCVCT", "VEVEN", "VGVGB", "VIVIR",
    "VNVNM", "VUVUT", "WFWLF", "WSWSM", "XKXKX", "YEYEM", "YTMYT", "ZAZAF", "ZMZMB", "ZWZWE",
];

/// Codes of ICAO Doc 9303 part 3 §5 that name no country of ISO 3166-1: organisations, persons
/// without a nationality.
const OF_NO_COUNTRY: &[&str] = &[
    "EUE", "UNA", "UNK", "UNO", "XAA", "XBA", "XCC", "XCE", "XCO", "XCT", "XDC", "XEC", "XES",
    "XIM", "XMP", "XOM", "XPO", "XXA", "XXB", "XXC", "XXX",
];

/// Whether this is an alpha-2 code (upper case), `XK` among them.
pub(super) fn is_alpha2(code: &str) -> bool {
    code.len() == 2 && find(code).is_some()
}

/// Whether this is an alpha-2 code of ISO 3166-1 (upper case): the table without `XK`, which is
/// left to whoever wants it.
pub(crate) fn is_iso_3166(code: &str) -> bool {
    code != "XK" && is_alpha2(code)
}

/// The country as a key, and whether it is known: alpha-2 where the text is alpha-2, alpha-3, a code
/// of travel documents (`D`, `GBD`, `RKS`) or one in common use (`UK`, `EL`); else upper case as is.
pub(super) fn fold(packed: String) -> (String, bool) {
    let of = |code: &'static str| (code.to_owned(), true);
    match packed.as_str() {
        "D" => of("DE"),
        "UK" | "GBD" | "GBN" | "GBO" | "GBP" | "GBS" => of("GB"),
        "EL" => of("GR"),
        "RKS" | "KOS" | "XKS" => of("XK"),
        "ROM" => of("RO"),
        "ZAR" => of("CD"),
        "TMP" => of("TL"),
        text if is_alpha2(text) || OF_NO_COUNTRY.contains(&text) => (packed, true),
        text if text.len() == 3 => match of_alpha3(text) {
            Some(code) => of(code),
            None => (packed, false),
        },
        _ => (packed, false),
    }
}

fn find(alpha2: &str) -> Option<&'static str> {
    let place = CODES.binary_search_by(|c| c.get(..2).unwrap_or("").cmp(alpha2)).ok()?;
    CODES.get(place).copied()
}

/// ISO 3166-1 alpha-2 of an alpha-3 code (upper case).
pub(super) fn of_alpha3(alpha3: &str) -> Option<&'static str> {
    CODES.iter().find(|c| c.get(2..) == Some(alpha3)).and_then(|c| c.get(..2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_folds_from_either_code() {
        assert_eq!(CODES.len(), 250);
        assert_eq!(CODES.iter().filter(|c| is_iso_3166(c.split_at(2).0)).count(), 249);
        assert!(CODES.is_sorted());
        for code in CODES {
            let (alpha2, alpha3) = code.split_at(2);
            assert_eq!(fold(alpha3.to_owned()), (alpha2.to_owned(), true));
            assert_eq!(fold(alpha2.to_owned()), (alpha2.to_owned(), true));
        }
        assert_eq!(fold("D".into()), ("DE".to_owned(), true));
        assert_eq!(fold("XXA".into()), ("XXA".to_owned(), true));
        for unknown in ["", "QQ", "QQQ", "ECUADOR", "Ñ"] {
            assert_eq!(fold(unknown.into()), (unknown.to_owned(), false));
        }
    }
}
