//! The text of a PostgreSQL URL: what the server does with it before tokio-postgres reads it.

use super::tls::{TlsMode, TlsSettings};

/// The parameters of a URL that tokio-postgres knows.
const KNOWN: [&str; 18] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// The URL once for each of its hosts, with that one alone.
pub(super) fn for_each_host(url: &str) -> Vec<String> {
    let scheme = url.find("://").map_or(0, |at| at + 3);
    let begin = url.find('@').map_or(scheme, |at| at + 1);
    let end = url[begin..]
        .find(['/', '?'])
        .map_or(url.len(), |at| begin + at);
    let alone = |host| [&url[..begin], host, &url[end..]].concat();
    url[begin..end].split(',').map(alone).collect()
}

/// Refuses an `@` that is not the end of the user and the password: tokio-postgres would take what follows it for the
/// host, and the rest of a password would be shown and sent to a name server. What stands before it ends with the first
/// `/` or `?` (RFC 3986, 3.2).
pub(super) fn refuse_plain_at(url: &str) -> Result<(), String> {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let Some((login, rest)) = after_scheme.split_once('@') else {
        return Ok(());
    };
    if rest.contains('@') {
        return Err("contains an @ that is not percent-encoded (%40)".to_owned());
    }
    if login.contains(['/', '?']) {
        return Err(
            "contains an @ that is not percent-encoded (%40), or before it a / (%2F) or a ? (%3F)"
                .to_owned(),
        );
    }
    Ok(())
}

/// Where the parameters of a URL begin, with their question mark.
fn parameters(url: &str) -> Option<usize> {
    url.find('?')
}

/// Whether a URL has this parameter.
pub(super) fn names(url: &str, name: &str) -> bool {
    let parameters = parameters(url).map_or("", |at| &url[at + 1..]);
    form_urlencoded::parse(parameters.as_bytes()).any(|(found, _)| found == name)
}

/// Takes the parameters about TLS out of a URL, because tokio-postgres does not know all of them.
pub(super) fn without_tls(url: &str) -> Result<(String, TlsSettings), String> {
    let mut tls = TlsSettings::default();
    let Some(at) = parameters(url) else {
        return Ok((url.to_owned(), tls));
    };
    let (base, parameters) = url.split_at(at);
    let mut others = Vec::new();
    for parameter in parameters[1..].split('&') {
        // In a form a plus sign would be a space.
        let plain = parameter.replace('+', "%2B");
        match form_urlencoded::parse(plain.as_bytes()).next() {
            Some((name, mode)) if name == "sslmode" => tls.mode = TlsMode::parse(&mode)?,
            Some((name, path)) if name == "sslrootcert" => tls.root_file = Some(path.into_owned()),
            Some((name, _)) if !KNOWN.contains(&&*name) => return Err(unknown(&name)),
            _ => others.push(parameter),
        }
    }
    Ok((format!("{base}?{}", others.join("&")), tls))
}

/// The error for a parameter that nobody knows. It shows the name only if it can be one.
fn unknown(name: &str) -> String {
    let is_name = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match is_name {
        true => format!("has the parameter {name}, which this server does not know"),
        false => "has a parameter that this server does not know".to_owned(),
    }
}
