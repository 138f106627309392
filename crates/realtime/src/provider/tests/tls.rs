//! A provider whose certificate nobody vouches for gets no key (requirement A18).

use super::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use url::Url;

const ANSWER: &[u8] =
    b"HTTP/1.1 201 Created\r\nlocation: /v1/realtime/calls/rtc_1\r\ncontent-length: 5\r\nconnection: close\r\n\r\nv=0\r\n";

/// A server with a certificate of its own making. Gives its base URL, the certificate, and what it
/// received over connections that were set up.
async fn server() -> (Url, Vec<u8>, Arc<Mutex<Vec<u8>>>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.der().to_vec();
    let key =
        tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der())
            .unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("https://{}/v1", listener.local_addr().unwrap())).unwrap();
    let received = Arc::new(Mutex::new(Vec::new()));
    runtime::Tasks::new().spawn("mock provider", {
        let received = Arc::clone(&received);
        async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut buffer = vec![0; 64 * 1024];
                // The whole request is small: read until its last boundary.
                while !received.lock().unwrap().ends_with(b"--\r\n") {
                    match stream.read(&mut buffer).await {
                        Ok(count) if count > 0 => {
                            received.lock().unwrap().extend_from_slice(&buffer[..count])
                        }
                        _ => break,
                    }
                }
                let _ = stream.write_all(ANSWER).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (base, certificate, received)
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused_before_anything_is_sent() {
    let (base, certificate, received) = server().await;
    let profile = crate::testing::profile(base);
    let provider = Provider::new(profile.clone(), Clock::system()).unwrap();
    let call = ProviderCallId::parse("rtc_1").unwrap();
    assert_eq!(
        provider
            .create_call(&offer(), &configuration(), "6f1c")
            .await,
        Err(CreateCallError::Unreachable)
    );
    assert_eq!(provider.hangup(&call).await, Err(HangupError::Unreachable));
    assert_eq!(
        provider.attach(&call).await.unwrap_err(),
        AttachError::Failed
    );
    assert!(received.lock().unwrap().is_empty());

    // The same server, trusted: so it was the certificate, and nothing else.
    let trusted = reqwest::Certificate::from_der(&certificate).unwrap();
    let client = client(&profile).tls_certs_only([trusted]).build().unwrap();
    let key = profile.key_header().unwrap();
    let provider = Provider(Arc::new(Inner {
        profile,
        client,
        key,
        clock: Clock::system(),
    }));
    assert_eq!(
        provider
            .create_call(&offer(), &configuration(), "6f1c")
            .await
            .map(|created| created.call),
        Ok(call)
    );
    assert!(String::from_utf8_lossy(&received.lock().unwrap()).contains(KEY));
}
