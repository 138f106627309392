// The person's microphones: connected, pulled out, taken by another program. Over the voice's own.

export class Devices {
  #page;

  /** Must run before the page is opened, and after the voice was installed. The first name is the default. */
  static async install(page, names) {
    await page.addInitScript(replaceDevices, names);
    const devices = new Devices();
    devices.#page = page;
    return devices;
  }

  /** Pulls one out: its track ends, and the list is another. */
  disconnect(name) {
    return this.#page.evaluate((name) => window.testDevices.disconnect(name), name);
  }

  /** Plugs one in. */
  connect(name) {
    return this.#page.evaluate((name) => window.testDevices.connect(name), name);
  }

  /** Another program takes the microphone, or lets it go: its track is muted, or no more. */
  silence(silent) {
    return this.#page.evaluate((silent) => window.testDevices.silence(silent), silent);
  }

  /** What asking for a microphone fails with from now on, as "NotReadableError"; null for nothing. */
  refuse(error) {
    return this.#page.evaluate((error) => window.testDevices.refuse(error), error);
  }

  /** The names of the open microphones, and whether each lets sound through. */
  open() {
    return this.#page.evaluate(() => window.testDevices.open());
  }
}

// Runs in the page, before any of its own scripts.
function replaceDevices(names) {
  const { mediaDevices } = navigator;
  if (!mediaDevices) return; // not a secure context, such as about:blank
  let connected = [...names];
  let silent = false;
  let refusal = null;
  const microphones = [];
  const idOf = (name) => `id of ${name}`;
  const live = () => microphones.filter(({ track }) => track.readyState === "live");
  const changed = () => mediaDevices.dispatchEvent(new Event("devicechange"));

  const real = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async ({ audio }) => {
    if (refusal) throw new DOMException("as the test wants it", refusal);
    const { deviceId, ...others } = audio;
    const name = deviceId ? connected.find((name) => idOf(name) === deviceId.exact) : connected[0];
    if (!name) throw new DOMException("as the test wants it", deviceId ? "OverconstrainedError" : "NotFoundError");
    const stream = await real({ audio: others });
    const [track] = stream.getAudioTracks();
    Object.defineProperty(track, "label", { value: name });
    Object.defineProperty(track, "muted", { get: () => silent });
    microphones.push({ name, track });
    return stream;
  };
  mediaDevices.enumerateDevices = async () =>
    connected.map((name) => {
      const facts = { deviceId: idOf(name), kind: "audioinput", label: name, groupId: "" };
      return Object.create(MediaDeviceInfo.prototype, Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, { value }])));
    });

  window.testDevices = {
    disconnect(gone) {
      connected = connected.filter((name) => name !== gone);
      for (const { name, track } of live()) {
        if (name !== gone) continue;
        track.stop(); // which says nothing by itself, unlike a device that goes away
        track.dispatchEvent(new Event("ended"));
      }
      changed();
    },
    connect(name) {
      connected = [...connected, name];
      changed();
    },
    silence(now) {
      silent = now;
      for (const { track } of live()) track.dispatchEvent(new Event(now ? "mute" : "unmute"));
    },
    refuse: (error) => (refusal = error),
    open: () => live().map(({ name, track }) => ({ name, enabled: track.enabled })),
  };
}
