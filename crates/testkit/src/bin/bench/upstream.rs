//! A provider that answers at once with constants, so that what is measured is ours: nginx, which also
//! the peer mints from.

use anyhow::{Context, ensure};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Where the peer expects it.
const PORT: u16 = 9099;
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs until it is dropped.
pub(crate) struct Upstream(Child);

impl Upstream {
    /// Starts nginx with its files in a folder.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        ensure!(
            TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok(),
            "port {PORT} is in use"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(folder))?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("nginx cannot be started: apt-get install nginx-light")?;
        let upstream = Self(child);
        let since = Instant::now();
        while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).is_err() {
            ensure!(since.elapsed() < PATIENCE, "nginx did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(upstream)
    }

    /// Where its API begins.
    pub(crate) fn url() -> String {
        format!("http://127.0.0.1:{PORT}/v1")
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body;
  server {{
    listen 127.0.0.1:{PORT};
    location = /v1/realtime/client_secrets {{
      default_type application/json;
      return 200 '{{"value":"ek_constant","expires_at":4102444800,"session":{{"type":"realtime"}}}}';
    }}
    location = /v1/realtime/calls {{
      default_type application/sdp;
      add_header Location /v1/realtime/calls/rtc_$request_id always;
      return 201 "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    }}
    location ~ ^/v1/realtime/calls/rtc_[0-9a-f]+/hangup$ {{
      default_type application/json;
      return 200 '{{}}';
    }}
    location / {{ return 404; }}
  }}
}}
"#
    )
}
