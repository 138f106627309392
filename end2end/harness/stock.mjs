// The stock client in a browser's page, driven from here. Playwright's pages and Puppeteer's both do.
export class Stock {
  #page;
  #voice;

  /** `voice` has been installed in the page. */
  static async open(page, origin, voice) {
    const stock = new Stock();
    stock.#page = page;
    stock.#voice = voice;
    await page.goto(origin);
    await page.waitForFunction(() => Boolean(window.stock));
    return stock;
  }

  /** Milliseconds until it was connected. */
  connect(options) {
    return this.#page.evaluate((options) => window.stock.connect(options), options);
  }

  nextQuestion() {
    return this.#page.evaluate(() => window.stock.nextQuestion());
  }

  says(file) {
    return this.#voice.play(file);
  }

  types(text) {
    return this.#page.evaluate((text) => window.stock.types(text), text);
  }

  begin() {
    return this.#page.evaluate(() => window.stock.begin());
  }

  callId() {
    return this.#page.evaluate(() => window.stock.callId());
  }

  report() {
    return this.#page.evaluate(() => window.stock.report());
  }

  close() {
    return this.#page.evaluate(() => window.stock.close());
  }
}
