//! Predefined extensions of cyber-observables (§6.7.2–6.7.6, 6.12.2–6.12.5, 6.13.2–6.13.3, 6.16.2).

use super::common::HASHES_PROPERTY;
use super::kinds::{
    COUNT, HASHES, INTEGER, Kind, Property, Record, TEXTS, described_in, may, must, optional,
    record, record_any, to,
};
use super::{syntax, vocabulary};

/// The predefined extension of this name: the type that carries it and its properties.
pub(super) fn by_name(name: &str) -> Option<(&'static str, &'static Record)> {
    all().find(|(known, ..)| *known == name).map(|(_, on, record)| (on, record))
}

/// Every predefined extension, with the type that carries it and its properties.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static Record)> {
    EXTENSIONS.iter().map(|(name, on, record)| (*name, *on, record))
}

/// A record of which at least one property must be there, all being optional.
macro_rules! any {
    ($properties:ident) => {
        record_any($properties, &optional::<{ $properties.len() }>($properties))
    };
}

const EXTENSIONS: &[(&str, &str, Record)] = &[
    ("archive-ext", "file", described_in("6.7.2", record(ARCHIVE))),
    (
        "ntfs-ext",
        "file",
        described_in("6.7.3", record_any(NTFS, &["sid", "alternate_data_streams"])),
    ),
    ("pdf-ext", "file", described_in("6.7.4", any!(PDF))),
    ("raster-image-ext", "file", described_in("6.7.5", any!(RASTER_IMAGE))),
    (
        "windows-pebinary-ext",
        "file",
        described_in(
            "6.7.6",
            record_any(PE_BINARY, &optional::<{ PE_BINARY.len() - 1 }>(PE_BINARY)),
        ),
    ),
    ("http-request-ext", "network-traffic", described_in("6.12.2", record(HTTP_REQUEST))),
    ("icmp-ext", "network-traffic", described_in("6.12.3", record(ICMP))),
    ("socket-ext", "network-traffic", described_in("6.12.4", record(SOCKET))),
    ("tcp-ext", "network-traffic", described_in("6.12.5", any!(TCP))),
    ("windows-process-ext", "process", described_in("6.13.2", any!(WINDOWS_PROCESS))),
    ("windows-service-ext", "process", described_in("6.13.3", any!(WINDOWS_SERVICE))),
    ("unix-account-ext", "user-account", described_in("6.16.2", any!(UNIX_ACCOUNT))),
];

const ARCHIVE: &[Property] =
    &[must("contains_refs", Kind::List(&to(&["directory", "file"]))), may("comment", Kind::Text)];

const NTFS: &[Property] = &[
    may("sid", Kind::Text),
    may("alternate_data_streams", Kind::List(&Kind::Record(&DATA_STREAM))),
];

const DATA_STREAM: Record =
    record(&[must("name", Kind::Text), HASHES_PROPERTY, may("size", COUNT)]);

const PDF: &[Property] = &[
    may("version", Kind::Text),
    may("is_optimized", Kind::Boolean),
    may("document_info_dict", Kind::Each(&Kind::Text)),
    may("pdfid0", Kind::Text),
    may("pdfid1", Kind::Text),
];

const RASTER_IMAGE: &[Property] = &[
    may("image_height", INTEGER),
    may("image_width", INTEGER),
    may("bits_per_pixel", INTEGER),
    may("exif_tags", Kind::Each(&Kind::Scalar)),
];

const PE_BINARY: &[Property] = &[
    must("pe_type", Kind::Term(&vocabulary::WINDOWS_PEBINARY_TYPE)),
    may("imphash", Kind::Text),
    may("machine_hex", Kind::Hex),
    may("number_of_sections", COUNT),
    may("time_date_stamp", Kind::Time),
    may("pointer_to_symbol_table_hex", Kind::Hex),
    may("number_of_symbols", COUNT),
    may("size_of_optional_header", COUNT),
    may("characteristics_hex", Kind::Hex),
    may("file_header_hashes", HASHES),
    may("optional_header", Kind::Record(&OPTIONAL_HEADER)),
    may("sections", Kind::List(&Kind::Record(&PE_SECTION))),
];

/// §6.7.6.
const OPTIONAL_HEADER: Record = any!(HEADER);

const HEADER: &[Property] = &[
    may("magic_hex", Kind::Hex),
    may("major_linker_version", INTEGER),
    may("minor_linker_version", INTEGER),
    may("size_of_code", COUNT),
    may("size_of_initialized_data", COUNT),
    may("size_of_uninitialized_data", COUNT),
    may("address_of_entry_point", INTEGER),
    may("base_of_code", INTEGER),
    may("base_of_data", INTEGER),
    may("image_base", INTEGER),
    may("section_alignment", INTEGER),
    may("file_alignment", INTEGER),
    may("major_os_version", INTEGER),
    may("minor_os_version", INTEGER),
    may("major_image_version", INTEGER),
    may("minor_image_version", INTEGER),
    may("major_subsystem_version", INTEGER),
    may("minor_subsystem_version", INTEGER),
    may("win32_version_value_hex", Kind::Hex),
    may("size_of_image", COUNT),
    may("size_of_headers", COUNT),
    may("checksum_hex", Kind::Hex),
    may("subsystem_hex", Kind::Hex),
    may("dll_characteristics_hex", Kind::Hex),
    may("size_of_stack_reserve", COUNT),
    may("size_of_stack_commit", COUNT),
    may("size_of_heap_reserve", COUNT),
    may("size_of_heap_commit", COUNT),
    may("loader_flags_hex", Kind::Hex),
    may("number_of_rva_and_sizes", INTEGER),
    HASHES_PROPERTY,
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
    may("request_header", Kind::Each(&TEXTS)),
    may("message_body_length", INTEGER),
    may("message_body_data_ref", to(&["artifact"])),
];

const ICMP: &[Property] = &[must("icmp_type_hex", Kind::Hex), must("icmp_code_hex", Kind::Hex)];

const TCP: &[Property] = &[may("src_flags_hex", Kind::Hex), may("dst_flags_hex", Kind::Hex)];

const SOCKET: &[Property] = &[
    must("address_family", Kind::Enum(vocabulary::NETWORK_SOCKET_ADDRESS_FAMILY)),
    may("is_blocking", Kind::Boolean),
    may("is_listening", Kind::Boolean),
    may("options", Kind::Each(&INTEGER)),
    may("socket_type", Kind::Enum(vocabulary::NETWORK_SOCKET_TYPE)),
    may("socket_descriptor", COUNT),
    may("socket_handle", INTEGER),
];

const WINDOWS_PROCESS: &[Property] = &[
    may("aslr_enabled", Kind::Boolean),
    may("dep_enabled", Kind::Boolean),
    may("priority", Kind::Form(&syntax::PRIORITY)),
    may("owner_sid", Kind::Text),
    // The text with errata 01 prints `windows_title`; the standard and its schema `window_title`.
    may("window_title", Kind::Text),
    may("windows_title", Kind::Text),
    may("startup_info", Kind::Dictionary),
    may("integrity_level", Kind::Enum(vocabulary::WINDOWS_INTEGRITY_LEVEL)),
];

const WINDOWS_SERVICE: &[Property] = &[
    may("service_name", Kind::Text),
    may("descriptions", TEXTS),
    may("display_name", Kind::Text),
    may("group_name", Kind::Text),
    may("start_type", Kind::Enum(vocabulary::WINDOWS_SERVICE_START_TYPE)),
    may("service_dll_refs", Kind::List(&to(&["file"]))),
    may("service_type", Kind::Enum(vocabulary::WINDOWS_SERVICE_TYPE)),
    may("service_status", Kind::Enum(vocabulary::WINDOWS_SERVICE_STATUS)),
];

const UNIX_ACCOUNT: &[Property] = &[
    may("gid", INTEGER),
    may("groups", TEXTS),
    may("home_dir", Kind::Text),
    may("shell", Kind::Text),
];
