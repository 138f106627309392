//! The least of HTTP/1.1: one connection, kept alive, one request at a time. A full client would cost
//! more than the server it measures.

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A larger answer is a mistake.
const MAX_ANSWER: usize = 4 << 20;

/// One kept-alive connection.
pub(crate) struct Http {
    stream: BufReader<TcpStream>,
    authority: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The first cookie that was set, `name=value`.
    pub(crate) cookie: Option<String>,
    pub(crate) body: String,
}

impl Http {
    /// Connects to `http://host:port`.
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        let authority = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(authority)
            .await
            .with_context(|| format!("{url} cannot be reached"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            authority: authority.to_owned(),
        })
    }

    /// Posts a body.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<Answer> {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.authority,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> anyhow::Result<Answer> {
        let status = self.line().await?;
        let status = status
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .with_context(|| format!("no HTTP answer: {status}"))?;
        let (mut length, mut chunked, mut cookie) = (None, false, None);
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse::<usize>()?),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "set-cookie" => cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
        let body = match (length, chunked) {
            (_, true) => self.chunks().await?,
            (Some(length), false) => self.bytes(length).await?,
            (None, false) if status == 204 => Vec::new(),
            (None, false) => bail!("an answer without a length"),
        };
        Ok(Answer {
            status,
            cookie,
            body: String::from_utf8(body)?,
        })
    }

    async fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(self.line().await?.trim(), 16)?;
            body.extend(self.bytes(length).await?);
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(
            self.stream.read_line(&mut line).await? > 0,
            "the connection was closed"
        );
        Ok(line.trim_end().to_owned())
    }

    async fn bytes(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        ensure!(length <= MAX_ANSWER, "an answer of {length} bytes");
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await?;
        Ok(bytes)
    }
}
