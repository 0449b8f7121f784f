use std::fmt;
use std::fs::File;
use std::io::Read;
use std::str::FromStr;

use super::{AppEnv, Secret};
use crate::clock::Random;

/// The size of the largest file with a secret, in bytes.
const LARGEST_FILE: u64 = 64 * 1024;

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
        let Some(text) = self.text(name) else {
            return default;
        };
        parse(text.trim()).unwrap_or_else(|problem| {
            self.wrong.push(format!("  {name} {problem}"));
            default
        })
    }

    /// A setting that holds a secret. Its value may stand in a file that the variable with `_FILE` at its end names. The
    /// value is never part of an error.
    pub(super) fn value_or_file<T>(
        &mut self,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let in_file = format!("{name}_FILE");
        let Some(path) = self.text(&in_file) else {
            return self.value(name, default, parse);
        };
        if self.text(name).is_some() {
            self.wrong.push(format!(
                "  {name} and {in_file} are both set; set one of them"
            ));
            return default;
        }
        let path = path.trim();
        let read = content(path).and_then(|text| {
            parse(&text).map_err(|problem| format!("names {path}, whose content {problem}"))
        });
        read.unwrap_or_else(|problem| {
            self.wrong.push(format!("  {in_file} {problem}"));
            default
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|text| !text.trim().is_empty())
    }

    /// Reports a setting that is required but not set.
    pub(super) fn required(&mut self, name: &str) {
        if self.text(name).is_none() {
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
        self.value_or_file(name, None, |text| {
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

/// What a file with a secret holds, without a line break at its end. An error names the file and not its content.
fn content(path: &str) -> Result<String, String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text))
        .map_err(|error| format!("names a file that cannot be read: {path}: {error}"))?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(format!("names a file of more than 64 KiB: {path}"));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() {
        return Err(format!("names an empty file: {path}"));
    }
    Ok(line.to_owned())
}
