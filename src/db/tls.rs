//! TLS to PostgreSQL. The modes are those of libpq.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// `sslmode` and `sslrootcert` of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TlsSettings {
    pub mode: TlsMode,
    /// The path of a file with the certificates of the authorities to trust, in PEM.
    pub root_file: Option<String>,
}

/// When to use TLS, and what to check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    /// TLS if PostgreSQL offers it. Checks nothing.
    #[default]
    Prefer,
    /// TLS. Checks the certificate only if there is a file of authorities, as libpq does.
    Require,
    /// Checks that an authority has signed the certificate.
    VerifyCa,
    /// Checks that the certificate is that of the host too.
    VerifyFull,
}

impl TlsMode {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(
                "has an sslmode that is not one of disable, prefer, require, verify-ca and verify-full"
                    .to_owned(),
            ),
        }
    }

    /// The part of the mode that tokio-postgres knows.
    pub(super) fn negotiation(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

impl TlsSettings {
    /// What makes the connections.
    ///
    /// # Errors
    /// A sentence for the operator when the file cannot be used.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(ring::default_provider());
        let checks = match self.mode {
            TlsMode::VerifyFull => Checks::Host,
            TlsMode::VerifyCa => Checks::Authority,
            TlsMode::Require if self.root_file.is_some() => Checks::Authority,
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => Checks::Nothing,
        };
        let roots = Arc::new(self.roots()?);
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .map_err(|error| format!("has an sslrootcert that cannot be used: {error}"))?;
        let verifier = Verifier {
            checks,
            webpki,
            provider: Arc::clone(&provider),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("cannot be reached by TLS: {error}"))?;
        let mut config = config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        // For sslnegotiation=direct of PostgreSQL 17.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    /// The authorities of the file, or without one the public authorities that Mozilla trusts.
    fn roots(&self) -> Result<RootCertStore, String> {
        let Some(path) = &self.root_file else {
            return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());
        };
        let wrong = |error: &dyn std::error::Error| {
            format!("has an sslrootcert that cannot be read: {path}: {error}")
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
            let certificate = certificate.map_err(|error| wrong(&error))?;
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
        if roots.is_empty() {
            return Err(format!("has an sslrootcert without a certificate: {path}"));
        }
        Ok(roots)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checks {
    Nothing,
    Authority,
    Host,
}

/// Checks a certificate as far as the mode asks for it. Whatever the mode, the server must hold the certificate's key.
#[derive(Debug)]
struct Verifier {
    checks: Checks,
    webpki: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.checks == Checks::Nothing {
            return Ok(ServerCertVerified::assertion());
        }
        let verified =
            self.webpki
                .verify_server_cert(certificate, intermediates, host, ocsp_response, now);
        match verified {
            // The name is checked last, when all the rest holds.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.checks == Checks::Authority => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
