// What browsers do to a page by themselves: hide it, hold back its sound, sleep, and slow it down.

/** A page that can be hidden, with a screen that can be kept on. Must run before the page is opened. */
export class Hiding {
  #page;

  static async install(page) {
    await page.addInitScript(makeHideable);
    const hiding = new Hiding();
    hiding.#page = page;
    return hiding;
  }

  /** Hides it: sound and meter stop, the screen's lock is taken, as on a telephone. */
  hide() {
    return this.#page.evaluate(() => window.testHiding.hide());
  }

  show() {
    return this.#page.evaluate(() => window.testHiding.show());
  }

  /** Whether the meters run, the sound plays, and how many locks keep the screen on. */
  state() {
    return this.#page.evaluate(() => window.testHiding.state());
  }
}

// Runs in the page, before any of its own scripts.
function makeHideable() {
  let visibility = "visible";
  const contexts = [];
  const locks = [];
  Object.defineProperty(document, "visibilityState", { get: () => visibility });
  window.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      if (options.length === 0) contexts.push(this); // the voice of the test has options
    }
  };
  const wakeLock = {
    request: async () => {
      if (visibility === "hidden") throw new DOMException("the page is hidden", "NotAllowedError");
      const lock = { released: false, release: async () => void (lock.released = true) };
      locks.push(lock);
      return lock;
    },
  };
  Object.defineProperty(navigator, "wakeLock", { value: wakeLock });

  const turn = (to) => {
    visibility = to;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  };
  const open = () => contexts.filter(({ state }) => state !== "closed");
  window.testHiding = {
    async hide() {
      turn("hidden");
      for (const lock of locks) lock.released = true;
      for (const sound of document.querySelectorAll("audio")) sound.pause();
      await Promise.all(open().map((context) => context.suspend()));
    },
    show: () => turn("visible"),
    state: () => ({
      metersRun: open().every(({ state }) => state === "running"),
      soundPlays: [...document.querySelectorAll("audio")].every(({ paused }) => !paused),
      locks: locks.filter(({ released }) => !released).length,
    }),
  };
}

/** Sound plays only from within a click, as where a person has told the browser to block it. */
export async function holdBackSound(page) {
  await page.addInitScript(() => {
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = async function () {
      if (window.event?.type !== "click") throw new DOMException("as the test wants it", "NotAllowedError");
      await play.call(this);
    };
    Object.defineProperty(HTMLMediaElement.prototype, "autoplay", { set() {} });
  });
}

/** A browser whose clock is wrong. */
export async function setClockWrong(page, milliseconds) {
  await page.addInitScript((wrong) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + wrong;
  }, milliseconds);
}

/** A slow machine on a slow network, from now on. */
export async function slowDown(page, { cpu, latency, kilobitsPerSecond }) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  const throughput = (kilobitsPerSecond * 1000) / 8;
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput: throughput, uploadThroughput: throughput });
}
