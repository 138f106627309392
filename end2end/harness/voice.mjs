// A caller with a voice: whatever a test says is played into the page's microphone track.
import { readFile } from "node:fs/promises";
import { speech } from "./speech.mjs";

export class Voice {
  #page;

  /** Must run before the page is opened, for it takes getUserMedia's place. */
  static async install(page) {
    await page.addInitScript(replaceMicrophone);
    const voice = new Voice();
    voice.#page = page;
    return voice;
  }

  /** Says a sentence; resolves when its last sample has been played. */
  async say(text) {
    await this.play(speech(text));
  }

  async play(file) {
    const wav = (await readFile(file)).toString("base64");
    await this.#page.evaluate((data) => window.testVoice.play(data), wav);
  }

  /** Starts saying something and does not wait, to talk over the other side. */
  async interrupt(text) {
    const wav = (await readFile(speech(text))).toString("base64");
    await this.#page.evaluate((data) => void window.testVoice.play(data), wav);
  }

  /** How many microphone tracks the page still holds open. */
  liveTracks() {
    return this.#page.evaluate(() => window.testVoice.liveTracks());
  }

  /** How many peer connections the page has not closed. */
  openPeers() {
    return this.#page.evaluate(() => window.testVoice.openPeers());
  }

  /** How much sound has come from the other side so far: 0 as long as it was silent. */
  receivedEnergy() {
    return this.#page.evaluate(() => window.testVoice.receivedEnergy());
  }

  /** The labels of the data channels that the page has opened. */
  channels() {
    return this.#page.evaluate(() => window.testVoice.channels());
  }

  /**
   * Sends events through the data channel, as a page under a stranger's control would: all of them in
   * one go, for the call may be hung up at the first.
   */
  send(...events) {
    return this.#page.evaluate((texts) => window.testVoice.send(texts), events.map((event) => JSON.stringify(event)));
  }
}

// Runs in the page, before any of its own scripts.
function replaceMicrophone() {
  const tracks = [];
  const peers = [];
  const channels = [];
  let context;
  let destination;

  const open = async () => {
    if (!context) {
      context = new AudioContext({ sampleRate: 48000 });
      destination = context.createMediaStreamDestination();
      // A node that plays nothing keeps the track sending frames of silence between utterances.
      const silence = new ConstantSourceNode(context, { offset: 0 });
      silence.connect(destination);
      silence.start();
    }
    await context.resume();
  };

  window.testVoice = {
    async play(base64) {
      await open();
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes.buffer) });
      source.connect(destination);
      const ended = new Promise((resolve) => source.addEventListener("ended", resolve, { once: true }));
      source.start();
      await ended;
    },
    liveTracks: () => tracks.filter((track) => track.readyState === "live").length,
    openPeers: () => peers.filter((peer) => peer.connectionState !== "closed").length,
    channels: () => channels.map((channel) => channel.label),
    send: (texts) => texts.forEach((text) => channels.at(-1).send(text)),
    async receivedEnergy() {
      let energy = 0;
      for (const peer of peers) {
        for (const report of (await peer.getStats()).values()) {
          if (report.type === "inbound-rtp") energy += report.totalAudioEnergy ?? 0;
        }
      }
      return energy;
    },
  };

  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...configuration) {
      super(...configuration);
      peers.push(this);
    }

    createDataChannel(label, ...options) {
      const channel = super.createDataChannel(label, ...options);
      channels.push(channel);
      return channel;
    }
  };

  if (!navigator.mediaDevices) return; // not a secure context, such as about:blank
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    // The permission is asked for as in real life; only the sound is ours.
    const granted = await real(constraints);
    for (const track of granted.getTracks()) track.stop();
    await open();
    const track = destination.stream.getAudioTracks()[0].clone();
    tracks.push(track);
    return new MediaStream([track]);
  };
}
