// The intake page as a person uses it: start, talk or type, look, end.
import { expect } from "@playwright/test";
import { hydrated } from "./page.mjs";

/** How long the assistant may take to say something new, its speech included. */
const ANSWERS_WITHIN = 30_000;

export class Intake {
  constructor(page, voice) {
    this.page = page;
    this.voice = voice;
    this.root = page.locator("html");
    this.captions = page.getByRole("log", { name: "Captions" });
    /** What the assistant has said, one element per utterance. */
    this.said = this.captions.locator(".said-assistant .said-text");
    this.spoken = this.captions.locator(".said-person");
    this.answers = page.getByRole("region", { name: "Answers" });
    this.prepare = page.getByRole("region", { name: /get ready to talk|go on talking/i });
    this.review = page.locator("section.review");
  }

  /** Opens a new intake of a workflow from the start page. */
  async open(workflow) {
    await this.page.goto("/");
    await hydrated(this.page);
    await this.page.getByRole("button", { name: `Start ${workflow}` }).click();
    await this.page.waitForURL(/\/intakes\/[^/?]+$/);
    await expect(this.page.getByRole("heading", { level: 1, name: workflow })).toBeVisible();
    this.url = this.page.url();
  }

  /** Says how the person agreed. */
  async agree() {
    await this.page.getByRole("radio", { name: /read it on this screen/ }).check();
  }

  async startTalking() {
    await this.agree();
    await this.page.getByRole("button", { name: /^(start talking|resume)$/i }).click();
    await this.isLive();
  }

  async startTyping() {
    await this.agree();
    await this.page.getByRole("button", { name: "Start typing" }).click();
    await this.isLive();
  }

  async isLive() {
    await expect(this.root).toHaveAttribute("data-call", "live", { timeout: 20_000 });
    await expect(this.page.locator("#connection")).toHaveText(/connected/i);
  }

  /** Waits until the assistant has begun to greet. One who types need not hear it to its end. */
  async greets() {
    await expect(this.said.first()).toContainText("Hello", { timeout: ANSWERS_WITHIN });
  }

  /** Waits until the assistant's last words match, and it has said them to the end. */
  async asks(words) {
    const last = this.captions.locator(".said").last();
    await expect(last, "the assistant's words").toContainText(words, { timeout: ANSWERS_WITHIN });
    await expect(last).toHaveClass(/said-assistant/);
    await expect(last).toHaveAttribute("aria-busy", "false", { timeout: ANSWERS_WITHIN });
    await expect(this.page.locator(".speaking"), "somebody still speaks").toHaveCount(0, { timeout: ANSWERS_WITHIN });
  }

  /** Answers by typing. */
  async type(text) {
    const box = this.page.getByRole("textbox", { name: "Type instead of speaking" });
    await box.fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
    await expect(box).toHaveValue("");
  }

  /** A question and the typed answer to it, again and again. */
  async typeThrough(turns) {
    for (const [question, answer] of turns) {
      await this.asks(question);
      await this.type(answer);
    }
  }

  field(label) {
    return this.answers.getByRole("group", { name: label, exact: true });
  }

  /** That a field holds a value in a state. */
  async holds(label, value, state) {
    await expect(this.field(label)).toContainText(value);
    if (state) await expect(this.field(label).locator(".chip")).toHaveText(new RegExp(`${state}$`));
  }

  /** Corrects a field by hand. */
  async write(label, value) {
    const field = this.field(label);
    await field.locator(".value-button").click();
    const control = field.getByRole("combobox").or(field.locator("input, textarea"));
    if ((await control.evaluate((element) => element.tagName)) === "SELECT") await control.selectOption({ label: value });
    else await control.fill(value);
    await field.getByRole("button", { name: "Save" }).click();
    await expect(field.locator(".chip")).toHaveText(/Edited$/);
  }

  /** Takes an item of the End menu. */
  async end(item) {
    await this.page.getByRole("button", { name: "End", exact: true }).click();
    await this.page.locator("#end-menu").getByRole("button", { name: item }).click();
  }

  /** The status beside the name. */
  async hasStatus(status) {
    await expect(this.page.locator(".intake-name .badge").first()).toHaveText(new RegExp(status, "i"), { timeout: 15_000 });
  }

  /** After a call, whatever ended it: nothing of it is left in the page, and nothing secret was kept. */
  async isCleanedUp() {
    await expect(this.root).not.toHaveAttribute("data-call", /connecting|live|preparing/, { timeout: 15_000 });
    for (const kind of ["tracks", "peers", "timers"]) {
      // A page that never opened one does not say so.
      await expect(this.page.locator(`html:not([data-${kind}]), html[data-${kind}="0"]`), `open ${kind}`).toHaveCount(1);
    }
    await expect.poll(() => this.voice.liveTracks(), "live microphone tracks").toBe(0);
    await expect.poll(() => this.voice.openPeers(), "open peer connections").toBe(0);
    expect(await everythingKept(this.page), "what the page keeps").not.toMatch(/ek_/);
  }
}

/** All text a page can reach or leave behind in this browser: its document, storages, cookies and state. */
async function everythingKept(page) {
  const seen = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches = await window.caches.keys();
    return JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      history.state,
      location.href,
      databases,
      caches,
      document.documentElement.outerHTML,
    ]);
  });
  const stored = await page.context().storageState({ indexedDB: true });
  return seen + JSON.stringify(stored);
}

/** The provider has hung up everything. */
export async function nothingRuns(provider) {
  await expect.poll(async () => (await provider.running()).map((call) => call.id), { message: "calls left running", timeout: 20_000 }).toEqual([]);
}
