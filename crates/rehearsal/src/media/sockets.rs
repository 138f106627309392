//! The UDP sockets for media: one for each announced address, so that what goes out comes from the
//! address that was announced.

use crate::config::MediaAddress;
use crate::faults::SharedFaults;
use runtime::Tasks;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Datagrams are dropped when the calls' task is so far behind.
const BACKLOG: usize = 2_048;
const LARGEST_DATAGRAM: usize = 2_000;

/// What came in.
pub(super) struct Datagram {
    pub(super) source: SocketAddr,
    /// The announced address of the socket it came to.
    pub(super) destination: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

/// All sockets of one provider.
#[derive(Debug)]
pub(crate) struct MediaSockets {
    sockets: Vec<(SocketAddr, Arc<UdpSocket>)>,
    faults: SharedFaults,
}

impl MediaSockets {
    /// Binds every address.
    pub(crate) async fn bind(
        addresses: &[MediaAddress],
        faults: SharedFaults,
    ) -> std::io::Result<Self> {
        let mut sockets = Vec::new();
        for address in addresses {
            let socket = UdpSocket::bind(address.bind).await?;
            // A socket refuses to send at once until the runtime has seen that it can, and the first
            // datagrams of a call are the ones whose loss costs most.
            socket.writable().await?;
            let bound = socket.local_addr()?;
            let announced = SocketAddr::new(address.announce.unwrap_or(bound.ip()), bound.port());
            sockets.push((announced, Arc::new(socket)));
        }
        Ok(Self { sockets, faults })
    }

    /// The addresses that callers are told.
    pub(crate) fn announced(&self) -> Vec<SocketAddr> {
        self.sockets
            .iter()
            .map(|(announced, _)| *announced)
            .collect()
    }

    /// Starts to receive on all of them.
    pub(super) fn receive(&self, tasks: &Tasks) -> mpsc::Receiver<Datagram> {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        for (announced, socket) in &self.sockets {
            let (destination, socket, sender, faults, stop) = (
                *announced,
                Arc::clone(socket),
                sender.clone(),
                self.faults.clone(),
                tasks.clone(),
            );
            tasks.spawn("rehearsal media socket", async move {
                let mut buffer = vec![0; LARGEST_DATAGRAM];
                loop {
                    let received = tokio::select! {
                        received = socket.recv_from(&mut buffer) => received,
                        () = stop.stopping() => return,
                    };
                    // An ICMP error of an earlier send is reported here too; it concerns nobody.
                    let Ok((length, source)) = received else {
                        continue;
                    };
                    if faults.media_is_lost() {
                        continue;
                    }
                    let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                    let _ = sender.try_send(Datagram {
                        source,
                        destination,
                        bytes,
                    });
                }
            });
        }
        receiver
    }

    /// Sends from the socket that belongs to the source. A full socket buffer loses the datagram,
    /// as the network might.
    pub(super) fn send(&self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) {
        if self.faults.media_is_lost() {
            return;
        }
        let socket = self
            .sockets
            .iter()
            .find(|(announced, _)| *announced == source)
            .or(self.sockets.first());
        if let Some((_, socket)) = socket {
            let _ = socket.try_send_to(bytes, destination);
        }
    }
}
