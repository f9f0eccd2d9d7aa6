//! Content codings of answers, undone a step at a time. Pure.
//!
//! # Promises
//! - A step writes no more than the room it is given: whoever calls can stop a body that grows and
//!   grows.
//! - A body that ends within its coding, or goes on behind its end, is an error.
//! - No coding looks back over more than 16 MiB (Brotli) or 8 MiB (Zstandard, RFC 9659).
//!
//! # Limits
//! - One coding for a body. Several on top of each other are refused: nobody needs them, and they
//!   multiply what a few bytes grow to.

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use http::{HeaderMap, header::CONTENT_ENCODING};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

/// What we ask for.
pub(super) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// The most that Zstandard may look back over, as a power of two.
const ZSTD_WINDOW: u32 = 23;

/// A coding that can't be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DecodeError {
    /// It ends too early.
    Truncated(&'static str),
    /// It is no such coding.
    Garbled(&'static str),
    /// It has another name, or there are several.
    Coding(String),
}

/// Undoes one coding.
pub(super) struct Decoder {
    coding: Coding,
    /// Whether the coded bytes have come to an end: only the next member may follow.
    ended: bool,
    /// Whether anything was read at all.
    begun: bool,
}

enum Coding {
    Gzip(Decompress),
    Deflate(Deflate),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(ZstdDecoder<'static>),
}

/// Either form of deflate, known by its first two bytes: most send the zlib form that RFC 9110
/// §8.4.1.2 asks for, some the bare stream.
#[derive(Default)]
struct Deflate {
    first: Option<u8>,
    stream: Option<Decompress>,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
}

impl Decoder {
    /// For the coding that a head names; none where the body comes as it is.
    pub(super) fn for_head(headers: &HeaderMap) -> Result<Option<Self>, DecodeError> {
        let mut named = Vec::new();
        for line in headers.get_all(CONTENT_ENCODING) {
            let line = String::from_utf8_lossy(line.as_bytes()).to_ascii_lowercase();
            let names = line.split(',').map(str::trim);
            named.extend(names.filter(|n| !n.is_empty() && *n != "identity").map(str::to_owned));
        }
        let coding = match named.as_slice() {
            [] => return Ok(None),
            [one] => match one.as_str() {
                "gzip" | "x-gzip" => Coding::Gzip(Decompress::new_gzip(15)),
                "deflate" => Coding::Deflate(Deflate::default()),
                "br" => {
                    let memory = StandardAlloc::default;
                    // The strict form takes no windows of up to 1 GiB.
                    Coding::Brotli(Box::new(BrotliState::new_strict(memory(), memory(), memory())))
                }
                "zstd" => {
                    let unusable = |_| DecodeError::Garbled("zstd");
                    let mut decoder = ZstdDecoder::new().map_err(unusable)?;
                    decoder
                        .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW))
                        .map_err(unusable)?;
                    Coding::Zstd(decoder)
                }
                _ => return Err(DecodeError::Coding(one.chars().take(40).collect())),
            },
            several => {
                let several = several.join(", ");
                return Err(DecodeError::Coding(several.chars().take(80).collect()));
            }
        };
        Ok(Some(Self { coding, ended: false, begun: false }))
    }

    fn name(&self) -> &'static str {
        match self.coding {
            Coding::Gzip(_) => "gzip",
            Coding::Deflate(_) => "deflate",
            Coding::Brotli(_) => "br",
            Coding::Zstd(_) => "zstd",
        }
    }

    /// Reads some of `input` and writes some into `output`. Where all is read and the output is not
    /// filled, nothing more comes of this input.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, DecodeError> {
        let garbled = DecodeError::Garbled(self.name());
        match input.first() {
            None if self.ended => return Ok(Step { read: 0, written: 0 }),
            Some(first) if self.ended => self.next_member(*first)?,
            _ => {}
        }
        self.begun |= !input.is_empty();
        let step = match &mut self.coding {
            Coding::Gzip(stream) => {
                let (step, ended) = inflate(stream, input, output).ok_or(garbled.clone())?;
                self.ended |= ended;
                step
            }
            Coding::Deflate(deflate) => {
                let (step, ended) = deflate.step(input, output).ok_or(garbled.clone())?;
                self.ended |= ended;
                step
            }
            Coding::Brotli(state) => {
                let (mut left, mut read) = (input.len(), 0);
                let (mut room, mut written, mut total) = (output.len(), 0, 0);
                let result = BrotliDecompressStream(
                    &mut left,
                    &mut read,
                    input,
                    &mut room,
                    &mut written,
                    output,
                    &mut total,
                    state,
                );
                match result {
                    BrotliResult::ResultFailure => return Err(garbled),
                    BrotliResult::ResultSuccess => self.ended = true,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
                }
                Step { read, written }
            }
            Coding::Zstd(decoder) => {
                let done = decoder.run_on_buffers(input, output).map_err(|_| garbled.clone())?;
                self.ended = done.remaining == 0;
                Step { read: done.bytes_read, written: done.bytes_written }
            }
        };
        if step.read == 0 && step.written == 0 && !input.is_empty() && !output.is_empty() {
            return Err(garbled);
        }
        Ok(step)
    }

    /// The coded bytes are all there were.
    pub(super) fn finish(&self) -> Result<(), DecodeError> {
        // An empty body has no coding, whatever its head says.
        (self.ended || !self.begun).then_some(()).ok_or(DecodeError::Truncated(self.name()))
    }

    /// Gzip and Zstandard may go on with another member (RFC 1952 §2.2, RFC 8878 §3.1).
    fn next_member(&mut self, first: u8) -> Result<(), DecodeError> {
        match &mut self.coding {
            Coding::Gzip(stream) if first == 0x1f => *stream = Decompress::new_gzip(15),
            Coding::Zstd(_) => {}
            _ => return Err(DecodeError::Garbled(self.name())),
        }
        self.ended = false;
        Ok(())
    }
}

impl Deflate {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Option<(Step, bool)> {
        if let Some(stream) = &mut self.stream {
            return inflate(stream, input, output);
        }
        let (low, high) = match (self.first, input) {
            (None, [low, high, ..]) => (*low, *high),
            (Some(low), [high, ..]) => (low, *high),
            (None, [first]) => {
                self.first = Some(*first);
                return Some((Step { read: 1, written: 0 }, false));
            }
            (_, []) => return Some((Step { read: 0, written: 0 }, false)),
        };
        let is_zlib = low & 0x0f == 8 && u16::from_be_bytes([low, high]).is_multiple_of(31);
        let stream = self.stream.insert(Decompress::new(is_zlib));
        if let Some(first) = self.first.take() {
            // One byte of either form writes nothing yet.
            inflate(stream, &[first], output)?;
        }
        inflate(stream, input, output)
    }
}

/// One step of a deflate stream, and whether it ended.
fn inflate(stream: &mut Decompress, input: &[u8], output: &mut [u8]) -> Option<(Step, bool)> {
    let (read, written) = (stream.total_in(), stream.total_out());
    let status = stream.decompress(input, output, FlushDecompress::None).ok()?;
    let step = Step {
        read: usize::try_from(stream.total_in() - read).ok()?,
        written: usize::try_from(stream.total_out() - written).ok()?,
    };
    Some((step, status == Status::StreamEnd))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use http::HeaderValue;

    use super::*;

    fn decoder(name: &str) -> Result<Option<Decoder>, DecodeError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_str(name).expect("a value"));
        Decoder::for_head(&headers)
    }

    /// Decodes with input and output cut into pieces of these sizes.
    fn decoded(
        name: &str,
        coded: &[u8],
        pieces: usize,
        room: usize,
    ) -> Result<Vec<u8>, DecodeError> {
        let mut decoder = decoder(name)?.expect("a coding");
        let (mut whole, mut output) = (Vec::new(), vec![0; room]);
        for piece in coded.chunks(pieces) {
            let mut rest = piece;
            loop {
                let step = decoder.step(rest, &mut output)?;
                rest = &rest[step.read..];
                whole.extend_from_slice(&output[..step.written]);
                if rest.is_empty() && step.written < room {
                    break;
                }
            }
        }
        decoder.finish().map(|()| whole)
    }

    pub(super) fn coded(name: &str, bytes: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::new(6);
        match name {
            "gzip" | "x-gzip" => {
                let mut coder = flate2::write::GzEncoder::new(Vec::new(), level);
                coder.write_all(bytes).expect("memory");
                coder.finish().expect("memory")
            }
            "deflate" => {
                let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), level);
                coder.write_all(bytes).expect("memory");
                coder.finish().expect("memory")
            }
            "br" => {
                let mut coded = Vec::new();
                let parameters = brotli::enc::BrotliEncoderParams::default();
                brotli::BrotliCompress(&mut &bytes[..], &mut coded, &parameters).expect("memory");
                coded
            }
            _ => zstd::bulk::compress(bytes, 3).expect("memory"),
        }
    }

    fn sample() -> Vec<u8> {
        (0..20_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect()
    }

    #[test]
    fn each_coding_is_undone_however_it_is_cut() {
        for name in ["gzip", "x-gzip", "deflate", "br", "zstd"] {
            let coded = coded(name, &sample());
            for (pieces, room) in [(1, 1000), (7, 3), (100_000, 100_000), (1000, 1), (3, 64)] {
                let whole = decoded(name, &coded, pieces, room).expect(name);
                assert_eq!(whole, sample(), "{name} {pieces} {room}");
            }
        }
    }

    #[test]
    fn deflate_without_the_zlib_form_is_undone_too() {
        let level = flate2::Compression::new(6);
        let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), level);
        coder.write_all(&sample()).expect("memory");
        let coded = coder.finish().expect("memory");
        for pieces in [1, 2, 100_000] {
            assert_eq!(decoded("deflate", &coded, pieces, 4096).expect("raw"), sample());
        }
    }

    #[test]
    fn a_body_that_ends_within_its_coding_is_an_error_wherever_it_ends() {
        for name in ["gzip", "deflate", "br", "zstd"] {
            let coded = coded(name, &sample()[..4000]);
            for end in 1..coded.len() {
                let result = decoded(name, &coded[..end], 512, 4096);
                assert_eq!(result, Err(DecodeError::Truncated(name)), "{name} {end}");
            }
        }
    }

    #[test]
    fn gzip_and_zstd_go_on_with_further_members_and_nothing_else_follows_an_end() {
        for name in ["gzip", "zstd"] {
            let twice = [coded(name, b"one "), coded(name, b"two")].concat();
            for pieces in [1, 5, 1000] {
                assert_eq!(decoded(name, &twice, pieces, 64).expect(name), b"one two");
            }
        }
        for name in ["gzip", "deflate", "br", "zstd"] {
            let more = [coded(name, b"one "), b"rubbish behind the end".to_vec()].concat();
            assert!(decoded(name, &more, 1000, 64).is_err(), "{name}");
        }
    }

    #[test]
    fn bytes_that_were_changed_on_the_way_are_an_error() {
        for name in ["gzip", "deflate"] {
            let mut coded = coded(name, &sample());
            let last = coded.len() - 6;
            coded[last] ^= 1;
            assert!(decoded(name, &coded, 512, 4096).is_err(), "{name}");
        }
        for name in ["gzip", "br", "zstd"] {
            assert!(decoded(name, b"<rss>plain text</rss> that is not coded", 512, 64).is_err());
        }
    }

    #[test]
    fn several_codings_and_unknown_ones_are_refused_and_identity_is_none() {
        for name in ["gzip, gzip", "br,gzip", "compress", "aes128gcm", "dcb", "gzip;q=1"] {
            assert!(matches!(decoder(name), Err(DecodeError::Coding(_))), "{name}");
        }
        for name in ["identity", "", " , ", "identity, Identity"] {
            assert!(matches!(decoder(name), Ok(None)), "{name}");
        }
        assert!(matches!(decoder("GZip"), Ok(Some(_))));
    }

    #[test]
    fn an_empty_body_has_no_coding() {
        for name in ["gzip", "deflate", "br", "zstd"] {
            assert_eq!(decoded(name, b"", 1, 64), Ok(Vec::new()), "{name}");
        }
    }

    #[test]
    fn a_window_of_zstd_beyond_eight_mebibytes_is_refused() {
        let mut coder = zstd::stream::Encoder::new(Vec::new(), 3).expect("memory");
        coder.window_log(27).expect("a window");
        coder.include_contentsize(false).expect("no size");
        coder.write_all(&sample()).expect("memory");
        let coded = coder.finish().expect("memory");
        assert_eq!(decoded("zstd", &coded, 4096, 4096), Err(DecodeError::Garbled("zstd")));
    }
}
