//! Plain text, tables of text, HTML.

use enlace_flatten::{Code, Limits, NoteCode, flatten};

use crate::canary::{CANARY, says};

fn run(bytes: &[u8], mime: &str) -> Result<String, Code> {
    let flat = flatten(bytes, mime, &Limits::default()).map_err(|refusal| refusal.code)?;
    Ok(String::from_utf8(flat.bytes).unwrap())
}

#[test]
fn plain_text_keeps_its_words_and_nothing_else() {
    let marked = "\u{FEFF}Informe\u{200B} 12\u{E0041}\u{E0042}\u{202E}\r\ncon\u{2003}espacios \t \r\n\r\n\r\n\r\nfin";
    assert_eq!(
        run(marked.as_bytes(), "text/plain; charset=utf-8").unwrap(),
        "Informe 12\ncon espacios\n\nfin\n"
    );
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("año".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(run(&wide, "text/plain").unwrap(), "año\n");
    assert_eq!(run(b"a\xF1o \x80", "text/csv").unwrap(), "año €\n");
    assert_eq!(run(b"a\0b", "text/plain"), Err(Code::Malformed));
    assert_eq!(run(b"a\x81b", "text/plain"), Err(Code::Malformed));
    assert_eq!(run(b"%PDF-1.7", "text/plain"), Err(Code::TypeMismatch));
    assert_eq!(run(b"a", ""), Err(Code::TypeUnknown));
    assert_eq!(run(b"From: a@example.org", "message/rfc822"), Err(Code::TypeUnknown));
    assert_eq!(run(b"{\\rtf1 a}", "application/rtf"), Err(Code::TypeUnknown));
}

#[test]
fn html_says_what_is_seen() {
    let page = "<!doctype html><html><head><title>t</title><style>p { margin-top: 2px; font-family: serif }</style></head>\
                <body><h1>Informe</h1><p style='text-align: left'>Uno &amp; <b>dos</b></p><ul><li>a<li>b</ul>\
                <table><tr><td>x</td><td>y</td></tr></table><img src=a.png><pre>  p\n q</pre></body></html>";
    let text = run(page.as_bytes(), "text/html").unwrap();
    assert_eq!(
        text,
        "Informe\nUno & dos\n\u{2022} a\n\u{2022} b\nx | y\n[image withheld]\n  p\n q\n"
    );
}

#[test]
fn what_html_hides_does_not_survive() {
    for hidden in [
        "<!-- CANARY -->",
        "<script>CANARY</script>",
        "<p hidden>CANARY</p>",
        "<noscript>CANARY</noscript>",
        "<p style='display:none'>CANARY</p>",
        "<p style='VISIBILITY : hidden'>CANARY</p>",
        "<div style='display:none'><p>a</p></div></p></span><p style=display:none>CANARY</p>",
        "<p title=CANARY data-x=CANARY class=CANARY id=CANARY>",
        "<a href='http://CANARY.example'></a>",
        "<template>CANARY</template>",
        "<input type=hidden value=CANARY>",
        "<img alt='' src=CANARY.png>",
        "<details><summary>s</summary><p>CANARY</p></details>",
        "<select><option>CANARY</select>",
        "<meta name=author content=CANARY>",
        "<object>CANARY</object>",
        "<svg><text>CANARY</text></svg>",
        "<div hidden></p></b><p>CANARY</p></div>",
        "<textarea hidden>CANARY</textarea>",
        "<dialog>CANARY</dialog>",
        "<details>CANARY</details>",
    ] {
        let page = format!("<p>Informe</p>{}", hidden.replace("CANARY", CANARY));
        let text = run(page.as_bytes(), "text/html").unwrap();
        assert!(!says(text.as_bytes(), CANARY), "{hidden}: {text}");
        assert!(text.starts_with("Informe\n"));
    }
}

#[test]
fn html_whose_styles_may_hide_is_refused() {
    for page in [
        "<link rel=stylesheet href=a.css><p>x",
        "<style>.a { display: none }</style>x",
        "<style>@import 'a'</style>x",
        "<style>p { color: white }</style>x",
        "<style>p{margin-top:-900px}</style>x",
        "<p style='font-size:0'>x",
        "<p style='position:absolute;left:-999px'>x",
        "<font color=white>x</font>",
        "<body bgcolor=black>x",
        "<p style='o\\70 acity:0'>x",
        "<style>p{text-align:expression(x)}</style>x",
        "<style>/* p{",
        "<frameset><frame src=a>",
        "<p style='display:contents'>x",
    ] {
        assert_eq!(run(page.as_bytes(), "text/html"), Err(Code::Unfaithful), "{page}");
    }
    let deep = "<div>".repeat(5000);
    assert_eq!(run(deep.as_bytes(), "text/html"), Err(Code::Depth));
}

#[test]
fn what_was_dropped_is_said() {
    let flat = flatten("a\u{200B}".as_bytes(), "text/plain", &Limits::default()).unwrap();
    assert_eq!(flat.notes[0].code, NoteCode::UnseenCharacters);
}
