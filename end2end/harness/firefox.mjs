// Debian's Firefox ESR over WebDriver BiDi: the one Firefox that is there without a download.
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import puppeteer from "puppeteer-core";

/** A fresh Firefox whose microphone needs no permission and whose sound may play. */
export function firefox() {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX,
    headless: true,
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.autoplay.default": 0,
      "media.autoplay.blocking_policy": 0,
      // Nothing but this machine is used.
      "app.normandy.enabled": false,
      "datareporting.healthreport.uploadEnabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "toolkit.telemetry.enabled": false,
    },
  });
}

/** Why there can be no test in Firefox here, or nothing. */
export function whyNoFirefox() {
  if (!process.env.FIREFOX) return "there is no Firefox here";
  if (!callableAddress()) return "this machine has no address but 127.0.0.1, which Firefox does not call";
  return "";
}

/** An address of this machine that Firefox calls, which it does not do with 127.0.0.1; or none. */
export function callableAddress() {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

/**
 * A voice that says one sentence again and again. Firefox makes no sound graph on a machine without a
 * sound card, but it plays a file into a stream: the sentence, and minutes of silence to wait in.
 */
export class FileVoice {
  #page;

  static async install(page, file) {
    await page.evaluateOnNewDocument(replaceMicrophone, (await readFile(file)).toString("base64"));
    const voice = new FileVoice();
    voice.#page = page;
    return voice;
  }

  play() {
    return this.#page.evaluate(() => window.testVoice.play());
  }
}

// Runs in the page, before any of its own scripts.
function replaceMicrophone(base64) {
  const SECONDS_OF_SILENCE = 300;
  const TAG_BYTES = 8; // a chunk's name and length

  const withSilence = () => {
    const sentence = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const header = new DataView(sentence.buffer);
    const bytesPerSecond = header.getUint32(28, true);
    const wav = new Uint8Array(sentence.length + SECONDS_OF_SILENCE * bytesPerSecond);
    wav.set(sentence);
    const view = new DataView(wav.buffer);
    let data = 12;
    while (String.fromCharCode(...wav.subarray(data, data + 4)) !== "data") data += TAG_BYTES + view.getUint32(data + 4, true);
    view.setUint32(4, wav.length - TAG_BYTES, true);
    view.setUint32(data + 4, wav.length - data - TAG_BYTES, true);
    return new Blob([wav], { type: "audio/wav" });
  };

  let audio;
  window.testVoice = {
    play: () => {
      audio.currentTime = 0;
    },
  };
  if (!navigator.mediaDevices) return; // not a secure context, such as about:blank
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    // The permission is asked for as in real life; only the sound is ours.
    const granted = await real(constraints);
    for (const track of granted.getTracks()) track.stop();
    audio = new Audio(URL.createObjectURL(withSilence()));
    await new Promise((resolve) => audio.addEventListener("canplay", resolve, { once: true }));
    const stream = audio.mozCaptureStream();
    audio.currentTime = audio.duration / 2;
    await audio.play();
    return stream;
  };
}
