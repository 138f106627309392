// How Chromium is started: with nothing but this machine, and a microphone that plays a file.
import { microphoneFile } from "./speech.mjs";

// Chromium's own chatter with the outside is switched off: nothing but this machine is used.
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  // A machine that has only the loopback interface can place calls too.
  "--allow-loopback-in-peer-connection",
];

// A microphone that plays a spoken sentence and a pause, for ever.
const microphone = () => [
  "--use-fake-device-for-media-stream",
  `--use-file-for-fake-audio-capture=${microphoneFile()}`,
  "--autoplay-policy=no-user-gesture-required",
];

/** Launch options. With `allowed`, the browser's question for the microphone is answered with yes. */
export function chromium({ allowed }) {
  const args = [...quiet, ...microphone(), ...(allowed ? ["--use-fake-ui-for-media-stream"] : [])];
  return { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args };
}
