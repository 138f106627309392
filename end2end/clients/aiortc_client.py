"""A client without a browser: it posts its offer with a secret, sends sound, and reads the events.

It is driven by lines of JSON on standard input ({"says": "file.wav"} or {"types": "text"}), and tells
what happens on standard output ({"connected_ms": 80}, {"question": "..."}, {"over": {...}}).
"""

import asyncio
import fractions
import json
import os
import sys
import time
import urllib.request
import wave
from collections import Counter, deque

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

RATE = 16_000
FRAME = RATE // 50  # samples in 20 ms


def tell(**what):
    print(json.dumps(what), flush=True)


class Microphone(MediaStreamTrack):
    """Silence, and whatever it is given to say; one frame every 20 ms."""

    kind = "audio"

    def __init__(self):
        super().__init__()
        self.samples = deque()
        self.sent = 0
        self.began = None

    def say(self, path):
        with wave.open(path) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE), path
            sound = file.readframes(file.getnframes())
        self.samples.extend(memoryview(sound).cast("h"))

    async def recv(self):
        if self.began is None:
            self.began = time.monotonic()
        await asyncio.sleep(max(0, self.began + self.sent / RATE - time.monotonic()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        count = min(FRAME, len(self.samples))
        taken = [self.samples.popleft() for _ in range(count)] + [0] * (FRAME - count)
        frame.planes[0].update(b"".join(sample.to_bytes(2, "little", signed=True) for sample in taken))
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.sent, fractions.Fraction(1, RATE)
        self.sent += FRAME
        return frame


class Client:
    def __init__(self):
        self.peer = RTCPeerConnection()
        self.microphone = Microphone()
        self.peer.addTrack(self.microphone)
        self.channel = self.peer.createDataChannel("oai-events")
        self.events = Counter()
        self.frames = 0
        self.words = ""
        self.over = asyncio.Event()
        self.channel.on("message", self.on_event)
        self.channel.on("close", self.over.set)
        self.peer.on("track", lambda track: asyncio.ensure_future(self.listen(track)))

    async def listen(self, track):
        try:
            while True:
                await track.recv()
                self.frames += 1
        except Exception:  # the other side has hung up
            self.over.set()

    async def connect(self, url, secret):
        began = time.monotonic()
        opened = asyncio.Event()
        self.channel.on("open", opened.set)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        answer, location = await asyncio.to_thread(post, url, secret, self.peer.localDescription.sdp)
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await asyncio.wait_for(opened.wait(), 15)
        tell(connected_ms=round((time.monotonic() - began) * 1000), location=location)

    def on_event(self, text):
        event = json.loads(text)
        self.events[event["type"]] += 1
        if event["type"] == "response.output_audio_transcript.done":
            self.words = event["transcript"]
        elif event["type"] == "response.done":
            # Whoever says something and asks for no tool waits for an answer.
            response = event["response"]
            acts = any(item["type"] == "function_call" for item in response["output"])
            if self.words and response["status"] == "completed" and not acts:
                tell(question=self.words)
            self.words = ""

    def send(self, event):
        self.channel.send(json.dumps(event))

    def types(self, text):
        content = [{"type": "input_text", "text": text}]
        self.send({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})
        self.send({"type": "response.create"})


def post(url, secret, offer):
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/sdp"}
    request = urllib.request.Request(url, data=offer.encode(), headers=headers, method="POST")
    # Nothing of this leaves the machine, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=15) as answer:
        assert answer.status == 201, answer.status
        return answer.read().decode(), answer.headers["Location"]


async def obey(client):
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        order = json.loads(line)
        if "says" in order:
            client.microphone.say(order["says"])
        else:
            client.types(order["types"])


async def main():
    client = Client()
    await client.connect(os.environ["CALLS_URL"], os.environ["CLIENT_SECRET"])
    orders = asyncio.ensure_future(obey(client))
    await client.over.wait()
    orders.cancel()
    tell(over={"events": dict(client.events), "frames": client.frames})
    await client.peer.close()


asyncio.run(main())
