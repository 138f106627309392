use super::*;
use std::net::Ipv4Addr;

fn caller(data_channel: bool) -> Caller {
    Caller::new(CallerOptions {
        data_channel,
        bind: Some(Ipv4Addr::LOCALHOST.into()),
        ..CallerOptions::default()
    })
    .unwrap()
}

/// The answer of the real provider in the shape that it was captured in: ice-lite, public addresses
/// over UDP and TCP, the attributes of the session before the first section.
fn captured(offer: &str) -> String {
    let mids: Vec<&str> = offer
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("a=mid:"))
        .collect();
    let opus = offer
        .lines()
        .find_map(|line| {
            line.strip_prefix("a=rtpmap:")?
                .strip_suffix(" opus/48000/2")
        })
        .unwrap();
    let fingerprint = ["7E"; 32].join(":");
    let candidates = "a=candidate:1352698770 1 udp 2130706431 198.51.100.7 3478 typ host ufrag HqBApb\r\n\
        a=candidate:2321888134 1 tcp 1671430143 198.51.100.7 443 typ host tcptype passive ufrag HqBApb\r\n";
    let credentials = "a=ice-ufrag:HqBApb\r\na=ice-pwd:aaaabbbbccccddddeeeeffff\r\n";
    let mut answer = format!(
        "v=0\r\no=- 4596005847736977740 1784852417 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
         a=msid-semantic:WMS *\r\na=fingerprint:sha-256 {fingerprint}\r\na=ice-lite\r\na=group:BUNDLE {}\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF {opus} 0 8\r\nc=IN IP4 0.0.0.0\r\na=setup:active\r\na=mid:{}\r\n{credentials}\
         a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:{opus} opus/48000/2\r\na=fmtp:{opus} minptime=10;useinbandfec=1\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=ssrc:3830135120 cname:realtimeapi\r\n\
         a=ssrc:3830135120 msid:realtimeapi audio\r\na=msid:realtimeapi audio\r\na=sendrecv\r\n{candidates}",
        mids.join(" "),
        mids[0],
    );
    if let Some(channel) = mids.get(1) {
        answer.push_str(&format!(
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=setup:active\r\n\
             a=mid:{channel}\r\na=sendrecv\r\na=sctp-port:5000\r\na=max-message-size:1073741823\r\n{credentials}"
        ));
    }
    answer
}

#[tokio::test]
async fn the_real_providers_answer_is_understood_with_and_without_a_data_channel() {
    for data_channel in [true, false] {
        let caller = caller(data_channel);
        assert_eq!(caller.offer().contains("m=application"), data_channel);
        let answer = captured(caller.offer());
        let live = caller.connect(&answer).unwrap();
        assert!(!live.state().connected);
        live.vanish().await;
    }
}

#[tokio::test]
async fn what_is_no_answer_to_the_offer_is_refused() {
    let refused = |answer: &str| caller(true).connect(answer).map(|_| ()).unwrap_err();
    assert!(matches!(refused("hello"), CallerError::Answer));
    let of_another = captured(caller(false).offer());
    assert!(matches!(refused(&of_another), CallerError::Answer));
}

#[test]
fn nothing_is_not_offered() {
    let nothing = Caller::new(CallerOptions {
        audio: false,
        data_channel: false,
        ..CallerOptions::default()
    });
    assert!(matches!(
        nothing.map(|_| ()).unwrap_err(),
        CallerError::NothingToOffer
    ));
}
