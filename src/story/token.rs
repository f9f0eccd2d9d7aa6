//! Tokens by which partners read their feeds.
//!
//! # Promises
//! - A token is printed where it is made, and nowhere else: neither this type nor its digest shows
//!   anything of it.
//! - Digests are compared in constant time.

use std::fmt;

use super::Secret;

/// With this every token begins, so that people and scanners for leaked secrets know what it is.
pub const TOKEN_PREFIX: &str = "fwp_";
/// Bytes of chance in a token.
const BYTES: usize = 32;
/// Letters that they come to.
const LETTERS: usize = 43;
/// Base64 for addresses (RFC 4648 §5), without padding.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A token: `fwp_` and 43 letters.
#[derive(Clone)]
pub struct Token(Secret);

/// What is kept of a token.
///
/// A plain digest: a token has 256 bits of chance, so that nobody finds it by trying, however fast
/// that goes. What slows guessing down (salt, Argon2) is for words that people choose, and would
/// cost every request what it costs who guesses.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenDigest(blake3::Hash);

impl Token {
    /// A token of these bytes of chance.
    pub fn of(chance: [u8; BYTES]) -> Self {
        let mut text = String::with_capacity(TOKEN_PREFIX.len() + LETTERS);
        text.push_str(TOKEN_PREFIX);
        for three in chance.chunks(3) {
            let bits = (0..3).fold(0_usize, |bits, place| {
                bits << 8 | usize::from(three.get(place).copied().unwrap_or_default())
            });
            for letter in 0..=three.len() {
                text.push(char::from(ALPHABET[bits >> (18 - 6 * letter) & 63]));
            }
        }
        Self(Secret::new(text))
    }

    /// Reads a token as somebody sent it; none: it can't be one.
    pub fn read(text: &str) -> Option<Self> {
        let letters = text.strip_prefix(TOKEN_PREFIX)?.as_bytes();
        let is_one = letters.len() == LETTERS && letters.iter().all(|it| ALPHABET.contains(it));
        is_one.then(|| Self(Secret::new(text.to_owned())))
    }

    /// The token itself, for the one who is to have it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What is kept of it.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(blake3::hash(self.0.expose().as_bytes()))
    }
}

impl TokenDigest {
    /// The digest as it was kept; none: it isn't one.
    pub fn kept(bytes: &[u8]) -> Option<Self> {
        blake3::Hash::from_slice(bytes).ok().map(Self)
    }

    /// To be kept.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_base64_for_addresses_as_others_write_it() {
        let chance: [u8; BYTES] = std::array::from_fn(|place| u8::try_from(place * 8).unwrap_or(0));
        let token = Token::of(chance);
        // python3: base64.urlsafe_b64encode(bytes(range(0, 256, 8)))
        assert_eq!(token.expose(), "fwp_AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg");
        assert_eq!(Token::of([0xff; BYTES]).expose(), format!("fwp_{}8", "_".repeat(42)));
    }

    #[test]
    fn what_was_made_is_read_and_nothing_else_is() {
        let token = Token::of([7; BYTES]);
        let read = Token::read(token.expose()).expect("a token");
        assert!(read.digest() == token.digest());
        assert!(TokenDigest::kept(token.digest().as_bytes()) == Some(token.digest()));
        assert!(Token::of([8; BYTES]).digest() != token.digest());
        let letters = token.expose().trim_start_matches(TOKEN_PREFIX);
        for odd in ["", "fwp_", letters, "fwp_short", &format!("{}x", token.expose())] {
            assert!(Token::read(odd).is_none(), "{odd}");
        }
        assert!(Token::read(&format!("fwp_{}=", &letters[1..])).is_none());
    }

    #[test]
    fn neither_is_printed() {
        let token = Token::of([7; BYTES]);
        assert_eq!(format!("{token:?} {:?}", token.digest()), "Token(…) TokenDigest(…)");
    }
}
