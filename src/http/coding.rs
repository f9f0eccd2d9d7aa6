//! Content codings: which a reader takes, which it likes best, and the bytes in each.
//!
//! # Promises
//! - Equal bytes give equal coded bytes, on any machine: no time, no name, one thread.

use std::io::Write;

use bytes::Bytes;
use http::{HeaderMap, header::ACCEPT_ENCODING};

/// A content coding (RFC 9110 §8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

/// Each coding, in the order of the arrays that are kept by coding.
pub(super) const CODINGS: [Coding; 4] =
    [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd];

/// The quality of a coding that a reader takes unasked, but likes less than any it names.
const UNNAMED: u16 = 1;
/// Level of gzip: what nginx and others write beside a file.
const GZIP_LEVEL: u32 = 6;
/// A third of the time of level 6, for a few bytes more.
const BROTLI_QUALITY: i32 = 5;
/// Two to the power of it are the bytes that are looked back over: no more than there are.
const BROTLI_WINDOWS: std::ops::RangeInclusive<u32> = 16..=22;
/// With a window of 4 MiB: a reader need not take more than 8 (RFC 9659).
const ZSTD_LEVEL: i32 = 9;

impl Coding {
    /// The name in `Content-Encoding`, in entity tags, logs and metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The bytes in this coding; none where it makes them no smaller.
    pub(super) fn encode(self, bytes: &Bytes) -> Option<Bytes> {
        let coded = match self {
            Self::Identity => return Some(bytes.clone()),
            Self::Gzip => gzip(bytes),
            Self::Brotli => brotli(bytes),
            Self::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL).ok()?,
        };
        (coded.len() < bytes.len()).then(|| Bytes::from(coded))
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let coded = Vec::with_capacity(bytes.len() / 3);
    let level = flate2::Compression::new(GZIP_LEVEL);
    let mut coder = flate2::GzBuilder::new().mtime(0).write(coded, level);
    let written = coder.write_all(bytes).and_then(|()| coder.finish());
    written.expect("writing into memory cannot fail")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut coded = Vec::with_capacity(bytes.len() / 3);
    let needed = bytes.len().max(1).ilog2() + 1;
    let window = needed.clamp(*BROTLI_WINDOWS.start(), *BROTLI_WINDOWS.end());
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: i32::try_from(window).unwrap_or(22),
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut coded, &parameters)
        .expect("writing into memory cannot fail");
    coded
}

/// The quality that a reader gives to each coding, in thousandths; 0: it doesn't take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted([u16; CODINGS.len()]);

impl Accepted {
    /// Reads `Accept-Encoding` (RFC 9110 §12.5.3). Without it, the bytes go as they are: a reader
    /// that can't decode says nothing.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let mut named: [Option<u16>; CODINGS.len()] = [None; CODINGS.len()];
        let mut any = None;
        for value in headers.get_all(ACCEPT_ENCODING) {
            let Ok(text) = value.to_str() else { continue };
            for part in text.split(',') {
                let mut pieces = part.split(';');
                let name = pieces.next().unwrap_or_default().trim();
                let quality = pieces.find_map(quality).unwrap_or(1000);
                if name == "*" {
                    any = Some(quality);
                    continue;
                }
                let name = name.strip_prefix("x-").unwrap_or(name);
                let known =
                    CODINGS.iter().position(|known| known.name().eq_ignore_ascii_case(name));
                if let Some(place) = known {
                    named[place] = Some(quality);
                }
            }
        }
        let unnamed = |place: usize| match (any, place) {
            (Some(quality), _) => quality,
            (None, 0) => UNNAMED,
            (None, _) => 0,
        };
        Self(std::array::from_fn(|place| named[place].unwrap_or_else(|| unnamed(place))))
    }

    /// The coding to answer in, of those for which there is a size: the one liked best, of equals
    /// the smallest. Where nothing suits, the bytes go as they are.
    pub(super) fn best(self, sizes: [Option<usize>; CODINGS.len()]) -> Coding {
        let suiting = CODINGS.iter().enumerate().filter_map(|(place, coding)| {
            let size = sizes[place]?;
            (self.0[place] > 0).then_some((self.0[place], std::cmp::Reverse(size), *coding))
        });
        let best = suiting.max_by_key(|(quality, size, _)| (*quality, *size));
        best.map_or(Coding::Identity, |(_, _, coding)| coding)
    }
}

/// `q=0.5` in thousandths; what can't be read counts as 1.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value: f32 = value.trim().parse().unwrap_or(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    Some((value.clamp(0.0, 1.0) * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use http::HeaderValue;

    use super::*;

    const ALL: [Option<usize>; 4] = [Some(100), Some(40), Some(30), Some(35)];

    fn chosen(header: &'static str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
        Accepted::read(&headers).best(ALL).name()
    }

    #[test]
    fn the_best_liked_coding_is_chosen_and_the_smallest_of_equals() {
        assert_eq!(chosen("gzip"), "gzip");
        assert_eq!(chosen("gzip, deflate, br, zstd"), "br");
        assert_eq!(chosen("gzip;q=1.0, br;q=0.5"), "gzip");
        assert_eq!(chosen("x-gzip"), "gzip");
        assert_eq!(chosen("GZIP ; Q=0.3"), "gzip");
        assert_eq!(chosen("deflate"), "identity");
        assert_eq!(chosen("*"), "br");
        assert_eq!(chosen(""), "identity");
    }

    #[test]
    fn a_quality_of_zero_is_honoured() {
        assert_eq!(chosen("gzip;q=0"), "identity");
        assert_eq!(chosen("gzip;q=0.000, br;q=0, zstd"), "zstd");
        assert_eq!(chosen("*;q=0, gzip"), "gzip");
        assert_eq!(chosen("br;q=0, *"), "zstd");
        assert_eq!(chosen("identity;q=0, gzip;q=0.1"), "gzip");
        assert_eq!(chosen("identity, gzip;q=0.5"), "identity");
    }

    #[test]
    fn a_coding_that_was_not_prepared_is_not_chosen() {
        let mut headers = HeaderMap::new();
        assert_eq!(Accepted::read(&headers).best(ALL), Coding::Identity);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        let sizes = [Some(100), Some(40), None, None];
        assert_eq!(Accepted::read(&headers).best(sizes), Coding::Gzip);
    }

    #[test]
    fn each_coding_gives_the_same_bytes_back_and_the_same_twice() {
        let bytes = Bytes::from("A story about a river. ".repeat(2000));
        for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            let coded = coding.encode(&bytes).expect("smaller");
            assert_eq!(coded, coding.encode(&bytes).expect("smaller"), "{coding:?}");
            let mut back = Vec::new();
            match coding {
                Coding::Gzip => {
                    flate2::read::GzDecoder::new(&coded[..]).read_to_end(&mut back).expect("gzip");
                }
                Coding::Brotli => {
                    brotli::BrotliDecompress(&mut &coded[..], &mut back).expect("brotli");
                }
                _ => back = zstd::bulk::decompress(&coded, bytes.len()).expect("zstd"),
            }
            assert_eq!(back, bytes, "{coding:?}");
        }
        assert_eq!(Coding::Gzip.encode(&Bytes::from_static(b"x")), None);
    }
}
