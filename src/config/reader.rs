use std::fmt;
use std::str::FromStr;

use super::{AppEnv, Secret};
use crate::clock::Random;

/// Reads settings by name and collects what is wrong with them.
pub(super) struct Reader<G> {
    pub get: G,
    pub wrong: Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    pub(super) fn value<T>(
        &mut self,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let Some(text) = (self.get)(name).filter(|text| !text.trim().is_empty()) else {
            return default;
        };
        parse(text.trim()).unwrap_or_else(|problem| {
            self.wrong.push(format!("  {name} {problem}"));
            default
        })
    }

    /// Reports a setting that is required but not set.
    pub(super) fn required(&mut self, name: &str) {
        if (self.get)(name).is_none_or(|text| text.trim().is_empty()) {
            self.wrong.push(format!(
                "  {name} is missing; it is required when SMTP_URL is set"
            ));
        }
    }

    pub(super) fn number<T>(&mut self, name: &str, default: T, least: T, most: T) -> T
    where
        T: FromStr + PartialOrd + Copy + fmt::Display,
    {
        self.value(name, default, |text| match text.parse::<T>() {
            Ok(number) if number >= least && number <= most => Ok(number),
            _ => Err(format!(
                "is not a whole number from {least} to {most}: {text}"
            )),
        })
    }

    pub(super) fn switch(&mut self, name: &str, default: bool) -> bool {
        self.value(name, default, |text| match text {
            "true" | "1" | "on" => Ok(true),
            "false" | "0" | "off" => Ok(false),
            _ => Err(format!("is neither true nor false: {text}")),
        })
    }

    /// A secret. In production it needs at least 32 bytes, as many as the digest of HS256 (RFC 8725 3.5).
    pub(super) fn secret(&mut self, name: &str, env: AppEnv) -> Option<Secret> {
        self.value(name, None, |text| {
            if env == AppEnv::Production && text.len() < 32 {
                return Err(
                    "is shorter than 32 bytes; make one with: openssl rand -base64 48".into(),
                );
            }
            Ok(Some(Secret(text.as_bytes().to_vec())))
        })
    }

    pub(super) fn secret_key(&mut self, env: AppEnv) -> (Secret, bool) {
        let problems = self.wrong.len();
        if let Some(secret) = self.secret("SECRET_KEY", env) {
            return (secret, false);
        }
        if env == AppEnv::Production && self.wrong.len() == problems {
            self.wrong
                .push("  SECRET_KEY is missing; make one with: openssl rand -base64 48".into());
        }
        (Secret(Random::Os.bytes::<48>().to_vec()), true)
    }
}
