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

/// An answer before its body.
struct Head {
    status: u16,
    length: Option<usize>,
    chunked: bool,
    cookie: Option<String>,
}

/// Server-sent events, one after the other.
pub(crate) struct Events {
    http: Http,
    /// What has come and is no whole line yet, or was not asked for yet.
    read: String,
}

impl Events {
    /// The data of the next event, which is one line here; none when the stream is over.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            while let Some(end) = self.read.find('\n') {
                let line: String = self.read.drain(..=end).collect();
                if let Some(data) = line.strip_prefix("data:") {
                    return Ok(Some(data.trim().to_owned()));
                }
            }
            let chunk = self.http.chunk().await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            self.read.push_str(std::str::from_utf8(&chunk)?);
        }
    }
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
        self.ask("POST", path, headers, body).await?;
        self.answer().await
    }

    /// Opens a stream of server-sent events, which takes the connection.
    pub(crate) async fn events(
        mut self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Events> {
        self.ask("GET", path, headers, "").await?;
        let head = self.head().await?;
        ensure!(
            head.status == 200 && head.chunked,
            "{path}: {}",
            head.status
        );
        Ok(Events {
            http: self,
            read: String::new(),
        })
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<()> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.authority,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        Ok(())
    }

    async fn head(&mut self) -> anyhow::Result<Head> {
        let status = self.line().await?;
        let status = status
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .with_context(|| format!("no HTTP answer: {status}"))?;
        let mut head = Head {
            status,
            length: None,
            chunked: false,
            cookie: None,
        };
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                return Ok(head);
            };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = Some(value.parse::<usize>()?),
                "transfer-encoding" => head.chunked = value.eq_ignore_ascii_case("chunked"),
                "set-cookie" => head.cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
    }

    async fn answer(&mut self) -> anyhow::Result<Answer> {
        let head = self.head().await?;
        let body = match (head.length, head.chunked) {
            (_, true) => self.chunks().await?,
            (Some(length), false) => self.bytes(length).await?,
            (None, false) if head.status == 204 => Vec::new(),
            (None, false) => bail!("an answer without a length"),
        };
        Ok(Answer {
            status: head.status,
            cookie: head.cookie,
            body: String::from_utf8(body)?,
        })
    }

    async fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.chunk().await?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    /// The next part of a body; nothing at its end.
    async fn chunk(&mut self) -> anyhow::Result<Vec<u8>> {
        let length = usize::from_str_radix(self.line().await?.trim(), 16)?;
        let chunk = self.bytes(length).await?;
        self.line().await?;
        Ok(chunk)
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
