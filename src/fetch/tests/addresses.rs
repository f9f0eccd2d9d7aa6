//! Spellings of addresses that must not be asked, and of some that may.

use url::Url;

use super::super::{Reach, Refusal};

/// Hosts that are not public, as somebody might write them.
const FORBIDDEN_HOSTS: &str = "
    127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.255 2130706433 0x7f000001 0x7F.0.0.1 017700000001
    0177.0.0.1 0177.0.1 0x7f.1 127.0x0.0.1 127.0.0.0x1 0x7f.0x0.0x0.0x1 127.0.0.1. 0x7f000001.
    00000177.0.0.1 127.00.00.01 %31%32%37.0.0.1 %31%32%37%2e%30%2e%30%2e%31 １２７.0.0.1 127。0。0。1
    １２７．０．０．１ ①②⑦.0.0.1 127｡0｡0｡1 2130706434 0x7fffffff 0X7f.1
    0.0.0.0 0 0x0 00 0.0 0.0.0 0.0.0.1 0.1 0.255.255.255 0.1.2.3 1
    10.0.0.0 10.0.0.1 10.1.2.3 10.255.255.255 10.1 167772161 0xa000001 012.0.0.1 0xa.1 10.0x1
    100.64.0.0 100.64.0.1 100.100.100.100 100.127.255.255 0144.0100.0.1 1681915905
    169.254.0.0 169.254.1.1 169.254.169.254 169.254.255.255 2852039166 0xa9fea9fe 0251.0376.0251.0376
    0xa9.0xfe.0xa9.0xfe 169.254.43518 169.16689662 169.254.169.254. 169.254.170.2 169.254.170.23
    172.16.0.0 172.16.0.1 172.20.10.2 172.31.255.255 0254.16.1 0xac.0x10.1 2886729729
    192.0.0.0 192.0.0.1 192.0.0.8 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.1 192.0.2.255
    192.31.196.1 192.52.193.1 192.88.99.0 192.88.99.1 192.88.99.255 192.175.48.1
    192.168.0.0 192.168.0.1 192.168.1.254 192.168.255.255 192.168.1 192.11010049 3232235777 0xc0a80101
    0300.0250.1.1 0xc0.0xa8.1.1
    198.18.0.0 198.18.0.1 198.19.255.255 0xc6.0x12.1 198.51.100.0 198.51.100.1 198.51.100.255
    203.0.113.0 203.0.113.1 203.0.113.255
    224.0.0.0 224.0.0.1 224.0.0.251 232.1.2.3 239.255.255.250 239.255.255.255 0xe0000001
    240.0.0.0 240.0.0.1 250.1.2.3 255.0.0.1 255.255.255.254 255.255.255.255 4294967295 0xffffffff
    037777777777 168.63.129.16 0xa83f8110
    [::] [::0] [0:0:0:0:0:0:0:0] [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001]
    [::0001] [0::1] [::2] [::1:0:0] [::0.0.0.1] [::0.0.0.0]
    [::127.0.0.1] [::7f00:1] [::10.0.0.1] [::192.168.1.1] [::169.254.169.254] [::a9fe:a9fe] [::8.8.8.8]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:7F00:0001] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:10.0.0.1]
    [::ffff:192.168.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:0.0.0.0] [::ffff:8.8.8.8]
    [::ffff:100.64.0.1] [::ffff:172.16.0.1] [0000:0000:0000:0000:0000:FFFF:0a00:0001]
    [::ffff:0:127.0.0.1] [::ffff:0:7f00:1] [::ffff:0:10.0.0.1] [::ffff:0:a9fe:a9fe] [::ffff:0:8.8.8.8]
    [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b::169.254.169.254]
    [64:ff9b::8.8.8.8] [64:ff9b:0:0:0:0:a9fe:a9fe] [0064:ff9b::1]
    [64:ff9b:1::127.0.0.1] [64:ff9b:1::1] [64:ff9b:1:fffe::169.254.169.254] [64:ff9b:1:ffff:ffff::]
    [100::] [100::1] [100::ffff:ffff:ffff:ffff] [100:0:0:1::1]
    [2001::] [2001::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2] [2001:0:a9fe:a9fe::1] [2001:1::1]
    [2001:2::] [2001:2::1] [2001:3::1] [2001:4:112::1] [2001:10::1] [2001:1f::1] [2001:20::1]
    [2001:2f:ffff::1] [2001:30::1] [2001:1ff:ffff::1]
    [2001:db8::] [2001:db8::1] [2001:0db8:85a3::8a2e:370:7334] [2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]
    [2002::] [2002:7f00:1::] [2002:7f00:0001::1] [2002:a00:1::1] [2002:c0a8:101::1] [2002:a9fe:a9fe::]
    [2002:0808:0808::1] [2002:ac10:1::1]
    [3ffe::1] [3ffe:ffff::1] [3fff::] [3fff::1] [3fff:fff:ffff::1]
    [4000::1] [5f00::1] [8000::1] [a000::1] [c000::1] [e000::1] [1000::1] [1fff:ffff::1]
    [fc00::] [fc00::1] [fcff:ffff::1] [fd00::1] [fd12:3456:789a:1::1] [fdff:ffff::1] [fd00:ec2::254]
    [fd00:ec2::23] [fd00:ec2:0:0:0:0:0:254] [fd20:ce::254]
    [fe80::] [fe80::1] [fe80::a9fe:a9fe] [febf::1] [fec0::] [fec0::1] [feff::1] [fe00::1]
    [ff00::1] [ff01::1] [ff02::1] [ff02::fb] [ff05::2] [ff0e::1] [ffff::1]
    [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]
    localhost LOCALHOST LocalHost localhost. localhost.. a.localhost a.b.localhost. local a.local
    printer.local. internal metadata.google.internal metadata.google.internal. api.INTERNAL
    kubernetes.default.svc.cluster.local host.docker.internal intranet router redis db a.lan nas.home
    x.home.arpa x.corp x.private x.intranet x.localdomain a.onion example.com. example. com
    ｌｏｃａｌｈｏｓｔ %6c%6f%63%61%6c%68%6f%73%74 ⓛocalhost lo%63alhost localhost%2e loca\u{ad}lhost
    metadata instance-data localhost.localdomain ip6-localhost
";

/// Whole addresses that are refused to everybody, however far they may go.
const NEVER: [&str; 36] = [
    "ftp://a.example/",
    "file:///etc/passwd",
    "gopher://a.example/",
    "data:text/html,x",
    "javascript:alert(1)",
    "mailto:a@a.example",
    "ws://a.example/",
    "wss://a.example/",
    "unix:/run/x.sock",
    "feed://a.example/",
    "feed:https://a.example/",
    "view-source:http://a.example/",
    "http://user@a.example/",
    "http://user:pass@a.example/",
    "http://:pass@a.example/",
    "https://a.example%40b.example@c.example/",
    "http://a.example:0/",
    "http://a.example:1/",
    "http://a.example:22/",
    "http://a.example:25/",
    "http://a.example:53/",
    "https://a.example:110/",
    "https://a.example:143/",
    "http://a.example:465/",
    "http://a.example:587/",
    "http://a.example:2049/",
    "http://a.example:6000/",
    "http://a.example:6667/",
    "http://a.example:10080/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
];

/// What may be asked by anybody.
const PUBLIC: [&str; 26] = [
    "http://a.example/",
    "https://a.example:8443/feed?x=y",
    "http://a.example:80/",
    "http://a.example:8080/",
    "https://münchen.example/",
    "http://localhost.example/",
    "http://notlocal.example/",
    "http://mylocalhost.com/",
    "http://internal.example/",
    "http://8.8.8.8/",
    "http://1.1.1.1/",
    "http://9.255.255.255/",
    "http://11.0.0.0/",
    "http://100.63.255.255/",
    "http://100.128.0.0/",
    "http://172.15.255.255/",
    "http://172.32.0.0/",
    "http://192.167.255.255/",
    "http://192.169.0.0/",
    "http://198.17.255.255/",
    "http://198.20.0.0/",
    "http://223.255.255.255/",
    "http://[2606:4700::1111]/",
    "http://[2001:4860:4860::8888]/",
    "http://[2001:200::1]/",
    "http://[2a00:1450::1]/",
];

#[test]
fn no_spelling_of_a_host_that_is_not_public_passes() {
    let mut spellings = 0;
    for host in FORBIDDEN_HOSTS.split_ascii_whitespace() {
        let host = host.replace("\\u{ad}", "\u{ad}");
        for address in [format!("http://{host}/"), format!("https://{host}:8443/x?y#z")] {
            // What isn't an address at all reaches nobody either.
            let Ok(url) = Url::parse(&address) else { continue };
            let refusal = Reach::Public.check(&url);
            assert!(refusal.is_err(), "{address} is asked as {url}");
            spellings += 1;
        }
    }
    assert!(spellings >= 2 * 230, "{spellings}");
}

#[test]
fn numbers_in_every_base_are_addresses() {
    let host = |text: &str| Url::parse(text).map(|url| url.host_str().map(str::to_owned));
    let own = Ok(Some("127.0.0.1".to_owned()));
    for spelling in [
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.1",
        "0x7f.0.0.1",
        "１２７.0.0.1",
        "127.0.0.1.",
    ] {
        assert_eq!(host(&format!("http://{spelling}/")), own, "{spelling}");
    }
    for broken in [
        "256.0.0.1",
        "1.2.3.4.5",
        "0x100000000",
        "4294967296",
        "[fe80::1%25eth0]",
        "[::1",
        "[fe80::1%eth0]",
        "08.1",
    ] {
        let Ok(url) = Url::parse(&format!("http://{broken}/")) else { continue };
        assert!(Reach::Public.check(&url).is_err(), "{broken} is asked as {url}");
    }
}

#[test]
fn some_addresses_are_refused_however_far_a_request_may_go() {
    for address in NEVER {
        let url = Url::parse(address).expect(address);
        for reach in [Reach::Public, Reach::PrivateToo] {
            assert!(reach.check(&url).is_err(), "{address} {reach:?}");
        }
    }
}

#[test]
fn public_addresses_pass() {
    for address in PUBLIC {
        let url = Url::parse(address).expect(address);
        assert_eq!(Reach::Public.check(&url), Ok(()), "{address}");
    }
}

#[test]
fn private_addresses_pass_where_they_are_allowed() {
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "localhost",
        "intranet",
        "wiki.corp",
        "printer.local",
        "[::1]",
        "[fd12:3456::1]",
        "[fe80::1]",
        "0.0.0.0",
        "nas.lan.",
    ] {
        let url = Url::parse(&format!("http://{host}:8080/")).expect(host);
        assert_eq!(Reach::PrivateToo.check(&url), Ok(()), "{host}");
        let refusal = Reach::Public.check(&url).expect_err(host);
        assert!(refusal.is_private(), "{host}");
    }
}

#[test]
fn a_refusal_names_what_is_wrong() {
    let told = |text: &str| {
        let url = Url::parse(text).expect("a URL");
        Reach::Public.check(&url).map_err(|refusal| refusal.to_string())
    };
    assert_eq!(told("http://10.1/"), Err("`10.0.0.1` is not a public address".to_owned()));
    assert_eq!(told("http://a.local/"), Err("the name `a.local` is not a public one".to_owned()));
    assert_eq!(told("http://a.example:25/"), Err("port 25 is not one for HTTP".to_owned()));
    assert_eq!(
        told("http://u:secret@a.example/"),
        Err("the address holds a user name or password".to_owned())
    );
    assert_eq!(
        told("ftp://a.example/"),
        Err("the scheme `ftp` is neither http nor https".to_owned())
    );
}

#[test]
fn edges_of_blocks_are_where_they_should_be() {
    let check =
        |address: &str| Reach::Public.check_socket(address.parse().expect("an address")).is_ok();
    for (inside, outside) in [
        ("[2001:1ff:ffff:ffff::]:1", "[2001:200::]:1"),
        ("[2001:db8:ffff::]:1", "[2001:db9::]:1"),
        ("[2002:ffff::]:1", "[2003::]:1"),
        ("[3fff:fff::]:1", "[3fff:1000::]:1"),
        ("[1fff:ffff::]:1", "[2000::]:1"),
        ("[3ffe::]:1", "[3ffd:ffff::]:1"),
        ("10.255.255.255:1", "11.0.0.0:1"),
        ("169.253.0.0:1".replace("253", "254").as_str(), "169.253.255.255:1"),
    ] {
        assert!(!check(inside), "{inside}");
        assert!(check(outside), "{outside}");
    }
    assert!(matches!(
        Reach::PrivateToo.check_socket("169.254.169.254:80".parse().expect("an address")),
        Err(Refusal::Metadata(_))
    ));
}
