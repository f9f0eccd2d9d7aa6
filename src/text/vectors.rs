//! Attacks on the cleaner that were seen in the wild, and what must hold after each.

use url::Url;

use super::clean_html;

const VECTORS: [&str; 68] = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<script/x>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x ONERROR=alert(1)//",
    "<img/src=x/onerror=alert(1)>",
    "<img src=\"x\"onerror=\"alert(1)\">",
    "<img src='x' alt='\" onerror=\"alert(1)'>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\"java&#x0A;script:alert(1)\">x</a>",
    "<a href=\"java&Tab;script:alert(1)\">x</a>",
    "<a href=\"&#1;javascript:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"javascript&colon;alert(1)\">x</a>",
    "<a href=\"&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<a href=\"view-source:javascript:alert(1)\">x</a>",
    "<a href=\"feed:javascript:alert(1)\">x</a>",
    "<a href=x ping=//x.example onclick=alert(1) target=_blank>x</a>",
    "<img src=\"javascript:alert(1)\">",
    "<img srcset=\"javascript:alert(1) 1x, data:x 2x\">",
    "<img src=x srcset=\"x 1x\" onload=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><desc><img src=x onerror=alert(1)></desc></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img title=\"</title><img src onerror=alert(1)>\"></title>",
    "<xmp><p title=\"</xmp><img src onerror=alert(1)>\">",
    "<noembed><p title=\"</noembed><img src onerror=alert(1)>\">",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\"></iframe>",
    "<iframe title=\"&lt;script>alert(1)</script>\" src=\"//x.example/\"></iframe>",
    "<iframe src=\"//x.example/&quot; onload=&quot;alert(1)\"></iframe>",
    "<object data=\"javascript:alert(1)\"></object>",
    "<embed src=\"data:text/html,<script>alert(1)</script>\">",
    "<applet code=x><param name=x value=javascript:alert(1)></applet>",
    "<form action=\"javascript:alert(1)\"><button formaction=\"javascript:alert(1)\">x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=\"alert(1)\"></video>",
    "<video poster=javascript:alert(1) src=x></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>x",
    "<meta http-equiv=\"refresh\" content=\"0;url=javascript:alert(1)\">",
    "<base href=\"javascript:/a/\"><a href=\"x\">x</a>",
    "<link rel=stylesheet href=\"javascript:alert(1)\">",
    "<p style=\"width:expression(alert(1));background:url(javascript:alert(1))\">x</p>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<x-custom onclick=alert(1) is=y>x</x-custom>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><script>alert(1)</script> -->",
];

/// Reads `html` by itself, knowing nothing of the cleaner; what is wrong with it.
fn faults(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut end = 0;
        let mut quoted = false;
        for byte in rest.bytes() {
            match byte {
                b'"' => quoted = !quoted,
                b'>' if !quoted => break,
                _ => {}
            }
            end += 1;
        }
        let tag = &rest[..end];
        rest = &rest[end..];
        let name = tag.split([' ', '\n']).next().unwrap_or_default().trim_start_matches('/');
        let known =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !known
            || [
                "script", "style", "svg", "math", "iframe", "object", "embed", "form", "base",
                "meta", "link", "input", "button", "template", "noscript", "textarea", "title",
            ]
            .contains(&name)
        {
            faults.push(format!("element `{tag}`"));
        }
        let mut attributes = &tag[name.len().min(tag.len())..];
        while let Some(equals) = attributes.find("=\"") {
            let key = attributes[..equals].trim();
            let Some((value, after)) = attributes[equals + 2..].split_once('"') else {
                faults.push(format!("open quote in `{tag}`"));
                break;
            };
            let value = value.to_lowercase();
            let address = ["href", "src", "srcset", "poster", "cite"].contains(&key);
            if key.starts_with("on")
                || key.contains(':')
                || ["style", "class", "ping", "target"].contains(&key)
            {
                faults.push(format!("attribute `{key}`"));
            }
            if address
                && !(value.starts_with("http")
                    || value.starts_with("mailto:")
                    || value.starts_with("tel:"))
            {
                faults.push(format!("address `{value}`"));
            }
            attributes = after;
        }
    }
    faults
}

#[test]
fn no_known_attack_gets_out() {
    let base = Url::parse("https://news.example/a/").expect("a base");
    for vector in VECTORS {
        for html in [
            vector.to_owned(),
            format!("<p>a {vector} b</p>"),
            format!("<table><tr><td>{vector}"),
            format!("<iframe src=/x></iframe><pre>{vector}{vector}"),
        ] {
            let clean = clean_html(&html, &base).expect("clean").html;
            assert_eq!(faults(&clean), Vec::<String>::new(), "{html}\n{clean}");
            let again = clean_html(&clean, &base).expect("clean").html;
            assert_eq!(again, clean, "{html}");
        }
    }
}

#[test]
fn the_check_itself_notices_what_is_wrong() {
    for html in [
        "<script>",
        "<img src=\"https://x\" onerror=\"x\">",
        "<a href=\"javascript:x\">",
        "<svg>",
        "<p style=\"x\">",
    ] {
        assert!(!faults(html).is_empty(), "{html}");
    }
}

proptest::proptest! {
    /// Pieces that confuse parsers, in any order.
    #[test]
    fn cleaning_any_mixture_is_safe_and_changes_nothing_the_second_time(
        picks in proptest::collection::vec(0..PIECES.len(), 0..24),
    ) {
        let base = Url::parse("https://news.example/a/").expect("a base");
        let html: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
        if let Ok(clean) = clean_html(&html, &base) {
            proptest::prop_assert_eq!(faults(&clean.html), Vec::<String>::new(), "{}", &html);
            let again = clean_html(&clean.html, &base).expect("clean").html;
            proptest::prop_assert_eq!(again, clean.html, "{}", html);
        }
    }
}

const PIECES: [&str; 44] = [
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<a href=/x>",
    "</a>",
    "<b>",
    "</b>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "<svg>",
    "</svg>",
    "<math>",
    "</math>",
    "<mtext>",
    "<style>",
    "</style>",
    "<!--",
    "-->",
    "<img src=x onerror=x>",
    "<img title='",
    "'>",
    "\">",
    "text &lt;",
    "<ul>",
    "<li>",
    "</ul>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "</template>",
    "<select>",
    "<option>",
    "<object>",
    "</object>",
    "<iframe src=/y>",
    "</iframe>",
    "<foreignObject>",
    "<h2>",
    "<dl><dt>",
    "<caption>",
];
