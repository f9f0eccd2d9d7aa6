//! Signatures (WebSub §7) and words that nobody can guess.

use ring::{
    hmac::{self, Algorithm, Key},
    rand::{SecureRandom, SystemRandom},
};

use crate::story::Secret;

/// The value of `X-Hub-Signature` for a body.
pub(super) fn signature(secret: &Secret, body: &[u8]) -> String {
    let tag = hmac::sign(&Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()), body);
    format!("sha256={}", hex(tag.as_ref()))
}

/// Whether a header's value signs a body. Compared in constant time.
pub(super) fn is_signed(value: &str, secret: &Secret, body: &[u8]) -> bool {
    let Some((method, digits)) = value.trim().split_once('=') else { return false };
    let Some(algorithm) = algorithm(method) else { return false };
    let Some(tag) = bytes(digits.trim()) else { return false };
    let key = Key::new(algorithm, secret.expose().as_bytes());
    hmac::verify(&key, body, &tag).is_ok()
}

/// The methods of WebSub §7.1.
fn algorithm(method: &str) -> Option<Algorithm> {
    match method.trim().to_ascii_lowercase().as_str() {
        "sha1" => Some(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "sha256" => Some(hmac::HMAC_SHA256),
        "sha384" => Some(hmac::HMAC_SHA384),
        "sha512" => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

/// 32 letters and digits with 128 bits of chance; none: the system has none.
pub(super) fn random() -> Option<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let value = |digit: &u8| char::from(*digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    if digits.len() % 2 == 1 {
        return None;
    }
    digits.chunks(2).map(|pair| Some(value(&pair[0])? << 4 | value(&pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"what do ya want for nothing?";

    /// RFC 4231 §4.3 and RFC 2202 §3.
    #[test]
    fn signatures_are_those_of_the_standards() {
        let secret = Secret::new("Jefe".to_owned());
        let sha256 = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature(&secret, BODY), sha256);
        for right in
            [sha256, &sha256.to_uppercase(), "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"]
        {
            assert!(is_signed(right, &secret, BODY), "{right}");
        }
        for wrong in [
            "",
            "sha256=",
            "sha256=5b",
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384g",
            "md5=750c783e6ab0b503eaa86e310a5db738",
            &sha256[7..],
        ] {
            assert!(!is_signed(wrong, &secret, BODY), "{wrong}");
        }
        assert!(!is_signed(sha256, &secret, b"something else"));
        assert!(!is_signed(sha256, &Secret::new("jefe".to_owned()), BODY));
    }

    #[test]
    fn chance_gives_other_words_each_time() {
        let (one, two) = (random().expect("chance"), random().expect("chance"));
        assert_ne!(one, two);
        assert_eq!(one.len(), 32);
    }
}
