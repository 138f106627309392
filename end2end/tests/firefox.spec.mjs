// A short talk in Firefox: sign in, start, answer aloud and by typing, stop.
import { expect, nothingRuns, speech, test as base } from "../fixtures.mjs";
import { callableAddress, FileVoice, firefox, whyNoFirefox } from "../harness/firefox.mjs";

const test = base.extend({
  // Firefox does not call 127.0.0.1.
  serverEnv: [{ VESTIBULE_REHEARSAL_MEDIA: callableAddress() }, { scope: "worker" }],
});

/** What a person does in a page that Playwright does not drive. */
class Person {
  constructor(page) {
    this.page = page;
  }

  async press(name) {
    await this.click(`::-p-xpath(//button[normalize-space(.)="${name}" or @aria-label="${name}"])`);
  }

  async click(selector) {
    await (await this.page.waitForSelector(selector, { visible: true })).click();
  }

  async write(selector, text) {
    await (await this.page.waitForSelector(selector)).type(text);
  }

  /** Waits until a part of the page shows these words. */
  async sees(selector, words) {
    const read = (selector) => [...document.querySelectorAll(selector)].map((part) => part.textContent.replace(/\s+/g, " ")).join(" | ");
    const shown = () => this.page.evaluate(read, selector).catch(() => "between two pages");
    await expect.poll(shown, { timeout: 30_000 }).toContain(words);
  }

  async hydrated() {
    await this.page.waitForSelector("html[data-hydrated=true]");
  }
}

test("a short talk in Firefox", async ({ server, provider }) => {
  test.skip(Boolean(whyNoFirefox()), whyNoFirefox());
  const browser = await firefox();
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    const voice = await FileVoice.install(page, speech("Maria Lopez."));
    const person = new Person(page);

    const { email, password } = await server.signIn("staff");
    await page.goto(`${server.url}/sign-in`);
    await person.hydrated();
    await person.write("input[type=email]", email);
    await person.write("input[type=password]", password);
    await person.press("Sign in");
    await person.sees("h1", "Welcome");
    await person.hydrated();
    await person.press("Start Pre-visit questions");
    await person.sees("h1", "Pre-visit questions");

    await person.click('::-p-xpath(//label[contains(., "read it on this screen")]//input)');
    await person.press("Start talking");
    await person.sees("#connection", "Connected");
    await person.sees(".said-assistant", "What is the patient's full name?");
    await provider.heard("Maria Lopez.");
    await voice.play();
    await person.sees(".said-person", "Maria Lopez.");
    await person.sees(".said-assistant", "I have Maria Lopez.");
    await person.write('input[aria-label="Type instead of speaking"]', "yes");
    await person.press("Send");
    await person.sees(".said-assistant", "What is the date of birth?");
    await person.sees(".record", "Confirmed");
    expect(await page.$eval("audio", (sound) => !sound.paused && !sound.muted), "the assistant is played").toBe(true);

    await person.press("End");
    await person.click('::-p-xpath(//div[@id="end-menu"]//button[contains(., "Stop talking")])');
    await person.sees(".prepare", "You stopped the conversation. Your answers are safe.");
    await nothingRuns(provider);
    expect(await page.$eval("html", ({ dataset }) => [dataset.tracks, dataset.peers, dataset.timers])).toEqual(["0", "0", "0"]);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
