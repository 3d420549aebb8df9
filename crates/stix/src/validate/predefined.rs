//! Predefined extensions of cyber-observables (§6.7.2–6.7.8, 6.12.3–6.12.6, 6.13.2–6.13.3, 6.16.2).

use super::common::HASHES_PROPERTY;
use super::kinds::{
    COUNT, HASHES, INTEGER, Kind, Property, Record, TEXTS, may, must, record, record_any, to,
};

/// The predefined extension of this name: the type that carries it and its properties.
pub(super) fn by_name(name: &str) -> Option<(&'static str, &'static Record)> {
    EXTENSIONS.iter().find(|(known, ..)| *known == name).map(|(_, on, record)| (*on, record))
}

const EXTENSIONS: &[(&str, &str, Record)] = &[
    ("archive-ext", "file", record(ARCHIVE)),
    ("ntfs-ext", "file", record_any(NTFS, &["sid", "alternate_data_streams"])),
    ("pdf-ext", "file", record(PDF)),
    ("raster-image-ext", "file", record(RASTER_IMAGE)),
    ("windows-pebinary-ext", "file", record(PE_BINARY)),
    ("http-request-ext", "network-traffic", record(HTTP_REQUEST)),
    (
        "icmp-ext",
        "network-traffic",
        record(&[must("icmp_type_hex", Kind::Hex), must("icmp_code_hex", Kind::Hex)]),
    ),
    ("socket-ext", "network-traffic", record(SOCKET)),
    (
        "tcp-ext",
        "network-traffic",
        record_any(
            &[may("src_flags_hex", Kind::Hex), may("dst_flags_hex", Kind::Hex)],
            &["src_flags_hex", "dst_flags_hex"],
        ),
    ),
    ("windows-process-ext", "process", record(WINDOWS_PROCESS)),
    ("windows-service-ext", "process", record(WINDOWS_SERVICE)),
    ("unix-account-ext", "user-account", record(UNIX_ACCOUNT)),
];

const ARCHIVE: &[Property] =
    &[must("contains_refs", Kind::List(&to(&["directory", "file"]))), may("comment", Kind::Text)];

const NTFS: &[Property] = &[
    may("sid", Kind::Text),
    may("alternate_data_streams", Kind::List(&Kind::Record(&DATA_STREAM))),
];

const DATA_STREAM: Record =
    record(&[must("name", Kind::Text), HASHES_PROPERTY, may("size", INTEGER)]);

const PDF: &[Property] = &[
    may("version", Kind::Text),
    may("is_optimized", Kind::Boolean),
    may("document_info_dict", Kind::Dictionary),
    may("pdfid0", Kind::Text),
    may("pdfid1", Kind::Text),
];

const RASTER_IMAGE: &[Property] = &[
    may("image_height", INTEGER),
    may("image_width", INTEGER),
    may("bits_per_pixel", INTEGER),
    may("exif_tags", Kind::Dictionary),
];

const PE_BINARY: &[Property] = &[
    must("pe_type", Kind::Text),
    may("imphash", Kind::Text),
    may("machine_hex", Kind::Hex),
    may("number_of_sections", COUNT),
    may("time_date_stamp", Kind::Time),
    may("pointer_to_symbol_table_hex", Kind::Hex),
    may("number_of_symbols", COUNT),
    may("size_of_optional_header", COUNT),
    may("characteristics_hex", Kind::Hex),
    may("file_header_hashes", HASHES),
    may("optional_header", Kind::Dictionary),
    may("sections", Kind::List(&Kind::Record(&PE_SECTION))),
];

const PE_SECTION: Record = record(&[
    must("name", Kind::Text),
    may("size", COUNT),
    may("entropy", Kind::Number(f64::MIN, f64::MAX)),
    HASHES_PROPERTY,
]);

const HTTP_REQUEST: &[Property] = &[
    must("request_method", Kind::Text),
    must("request_value", Kind::Text),
    may("request_version", Kind::Text),
    may("request_header", Kind::Dictionary),
    may("message_body_length", INTEGER),
    may("message_body_data_ref", to(&["artifact"])),
];

const SOCKET: &[Property] = &[
    must(
        "address_family",
        Kind::Enum(&[
            "AF_UNSPEC",
            "AF_INET",
            "AF_IPX",
            "AF_APPLETALK",
            "AF_NETBIOS",
            "AF_INET6",
            "AF_IRDA",
            "AF_BTH",
        ]),
    ),
    may("is_blocking", Kind::Boolean),
    may("is_listening", Kind::Boolean),
    may("options", Kind::Dictionary),
    may(
        "socket_type",
        Kind::Enum(&["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"]),
    ),
    may("socket_descriptor", COUNT),
    may("socket_handle", INTEGER),
];

const WINDOWS_PROCESS: &[Property] = &[
    may("aslr_enabled", Kind::Boolean),
    may("dep_enabled", Kind::Boolean),
    may("priority", Kind::Text),
    may("owner_sid", Kind::Text),
    may("window_title", Kind::Text),
    may("startup_info", Kind::Dictionary),
    may("integrity_level", Kind::Enum(&["low", "medium", "high", "system"])),
];

const WINDOWS_SERVICE: &[Property] = &[
    may("service_name", Kind::Text),
    may("descriptions", TEXTS),
    may("display_name", Kind::Text),
    may("group_name", Kind::Text),
    may(
        "start_type",
        Kind::Enum(&[
            "SERVICE_AUTO_START",
            "SERVICE_BOOT_START",
            "SERVICE_DEMAND_START",
            "SERVICE_DISABLED",
            "SERVICE_SYSTEM_ALERT",
        ]),
    ),
    may("service_dll_refs", Kind::List(&to(&["file"]))),
    may(
        "service_type",
        Kind::Enum(&[
            "SERVICE_KERNEL_DRIVER",
            "SERVICE_FILE_SYSTEM_DRIVER",
            "SERVICE_WIN32_OWN_PROCESS",
            "SERVICE_WIN32_SHARE_PROCESS",
        ]),
    ),
    may(
        "service_status",
        Kind::Enum(&[
            "SERVICE_CONTINUE_PENDING",
            "SERVICE_PAUSE_PENDING",
            "SERVICE_PAUSED",
            "SERVICE_RUNNING",
            "SERVICE_START_PENDING",
            "SERVICE_STOP_PENDING",
            "SERVICE_STOPPED",
        ]),
    ),
];

const UNIX_ACCOUNT: &[Property] = &[
    may("gid", INTEGER),
    may("groups", TEXTS),
    may("home_dir", Kind::Text),
    may("shell", Kind::Text),
];
