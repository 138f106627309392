//! Taking connections: no more at once than the process can hold, and none that never asks for
//! anything. Without this, open sockets alone could keep calls from being hung up.

use axum::serve::Listener;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep, sleep_until},
};

/// Connections at once. Below the usual limit of 1024 open files, with room for calls and database.
const CONNECTIONS: usize = 700;
/// A connection must have got its first answer by then; half a request never does.
const FIRST_ANSWER: Duration = Duration::from_secs(40);
/// A pause after the system refused to give a connection, as when files have run out.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener with places.
pub struct Bounded {
    inner: TcpListener,
    places: Arc<Semaphore>,
    first_answer: Duration,
}

impl Bounded {
    /// With places in front of it.
    #[must_use]
    pub fn new(inner: TcpListener) -> Self {
        Self::with(inner, CONNECTIONS, FIRST_ANSWER)
    }

    fn with(inner: TcpListener, places: usize, first_answer: Duration) -> Self {
        Self {
            inner,
            places: Arc::new(Semaphore::new(places)),
            first_answer,
        }
    }
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                return std::future::pending().await;
            };
            match self.inner.accept().await {
                Ok((stream, address)) => {
                    // Events are small and must not wait for more.
                    let _ = stream.set_nodelay(true);
                    let waiting = Some(Box::pin(sleep_until(Instant::now() + self.first_answer)));
                    return (
                        Connection {
                            stream,
                            waiting,
                            _place: place,
                        },
                        address,
                    );
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection with its place, and until its first answer a time by which it must come.
pub struct Connection {
    stream: TcpStream,
    waiting: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(waiting) = &mut self.waiting
            && waiting.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.waiting = None;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.waiting = None;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: axum::serve::IncomingStream<'_, Bounded>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::timeout,
    };

    const SOON: Duration = Duration::from_millis(200);

    async fn bounded(places: usize, first_answer: Duration) -> (Bounded, SocketAddr) {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = inner.local_addr().unwrap();
        (Bounded::with(inner, places, first_answer), address)
    }

    #[tokio::test]
    async fn a_connection_without_a_place_waits_until_another_one_ends() {
        let (mut listener, address) = bounded(1, Duration::from_secs(60)).await;
        let _clients = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        let (first, _) = listener.accept().await;
        assert!(timeout(SOON, listener.accept()).await.is_err());
        drop(first);
        assert!(timeout(SOON * 50, listener.accept()).await.is_ok());
    }

    #[tokio::test]
    async fn a_connection_that_never_gets_an_answer_is_over_and_one_that_got_one_may_stay() {
        let (mut listener, address) = bounded(2, SOON).await;
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET / HT").await.unwrap();
        let (mut silent, _) = listener.accept().await;
        let mut asked = TcpStream::connect(address).await.unwrap();
        let (mut answered, _) = listener.accept().await;
        answered.write_all(b"x").await.unwrap();

        let mut buffer = [0; 64];
        assert_eq!(silent.read(&mut buffer).await.unwrap(), 8);
        let error = silent.read(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        assert!(timeout(SOON * 2, answered.read(&mut buffer)).await.is_err());
        asked.write_all(b"more").await.unwrap();
        assert_eq!(answered.read(&mut buffer).await.unwrap(), 4);
    }
}
