//! JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 and nothing else.
//!
//! A token names its session, so that signing out ends it. The crate brings no cryptography of its own unless asked to
//! bring all of it; the one algorithm wanted is given to it here.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, TokenData, Validation, decode, encode,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use signature::{Error as SignatureError, Signer, Verifier};

use entity::Timestamp;

const ISSUER: &str = "latchkey";

/// Whether a bearer is to be judged as a token: three parts, the first of which is a JSON object in base64.
pub fn looks_like_token(bearer: &str) -> bool {
    bearer.starts_with("ey") && bearer.bytes().filter(|byte| *byte == b'.').count() == 2
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

/// Signs and checks tokens.
pub struct Tokens {
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// With a secret of at least 32 bytes.
    pub fn new(secret: &SecretString) -> Self {
        static HS256_ONLY: CryptoProvider = CryptoProvider {
            signer_factory: |algorithm, key| {
                hs256(*algorithm, key.family(), key.as_bytes()).map(|mac| Box::new(mac) as Box<dyn JwtSigner>)
            },
            verifier_factory: |algorithm, key| {
                hs256(*algorithm, key.family(), key.try_get_as_bytes()?)
                    .map(|mac| Box::new(mac) as Box<dyn JwtVerifier>)
            },
            key_utils: KeyUtils::new_unimplemented(),
        };
        // A second call finds the same provider in place.
        let _ = HS256_ONLY.install_default();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "sub", "exp"]);
        // The crate would ask the system for the time; ours is compared below.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let secret = secret.expose_secret().as_bytes();
        Self {
            sign: EncodingKey::from_secret(secret),
            check: DecodingKey::from_secret(secret),
            validation,
        }
    }

    /// A token for a session.
    pub fn issue(
        &self,
        user_id: &str,
        session_id: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, crate::Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user_id.to_owned(),
            sid: session_id.to_owned(),
            iat: now.seconds(),
            exp: expires_at.seconds(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.sign)
            .map_err(|error| crate::Error::Internal(format!("signing a token: {error}")))
    }

    /// The session of a token that is ours and has not ended; nothing otherwise.
    pub fn session_of(&self, token: &str, now: Timestamp) -> Option<String> {
        let TokenData { claims, .. } = decode::<Claims>(token, &self.check, &self.validation).ok()?;
        (now.seconds() < claims.exp).then_some(claims.sid)
    }
}

struct Hs256(Hmac<Sha256>);

fn hs256(algorithm: Algorithm, family: AlgorithmFamily, secret: &[u8]) -> Result<Hs256, JwtError> {
    if algorithm != Algorithm::HS256 || family != AlgorithmFamily::Hmac {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Hmac::new_from_slice(secret)
        .map(Hs256)
        .map_err(|_| ErrorKind::InvalidKeyFormat.into())
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        self.0
            .clone()
            .chain_update(message)
            .verify_slice(signature)
            .map_err(SignatureError::from_source)
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn tokens(secret: &str) -> Tokens {
        Tokens::new(&SecretString::from(secret.repeat(32)))
    }

    #[test]
    fn a_token_leads_to_its_session_until_it_ends() {
        let tokens = tokens("a");
        let token = tokens.issue("user", "session", at(1_000), at(2_000)).unwrap();
        assert!(looks_like_token(&token));
        assert_eq!(tokens.session_of(&token, at(1_999)).as_deref(), Some("session"));
        assert_eq!(tokens.session_of(&token, at(2_000)), None);
    }

    #[test]
    fn foreign_forged_and_unsigned_tokens_lead_nowhere() {
        let ours = tokens("a");
        let token = ours.issue("user", "session", at(0), at(2_000)).unwrap();
        assert_eq!(tokens("b").session_of(&token, at(1)), None);
        let parts: Vec<&str> = token.split('.').collect();
        let part = |json: &str| BASE64.encode(json);
        let claims = part(r#"{"iss":"latchkey","sub":"user","sid":"other","iat":0,"exp":9999999999}"#);
        for forged in [
            format!("{}.{claims}.{}", parts[0], parts[2]),
            format!("{}.{claims}.", part(r#"{"alg":"none"}"#)),
            format!("{}.{claims}.{}", part(r#"{"alg":"HS512"}"#), parts[2]),
            format!("{}.{claims}.{}", part(r#"{"alg":"RS256"}"#), parts[2]),
            "ey..".to_owned(),
            String::new(),
        ] {
            assert_eq!(ours.session_of(&forged, at(1)), None, "{forged}");
        }
    }
}
