// What is wanted of every page: no complaint in the console, no accessibility fault, a picture.
import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SCREENS = fileURLToPath(new URL("../screens/", import.meta.url));
const SCHEMES = ["light", "dark"];

/**
 * Console errors, uncaught exceptions and refusals by the content security policy. A test fails on
 * each one that it did not say to expect.
 */
export class Problems {
  #found = [];
  #expected = [];

  watch(page) {
    page.on("console", (message) => {
      if (message.type() === "error") this.#found.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#found.push(`exception: ${error.message}`));
    page.on("crash", () => this.#found.push("the page crashed"));
  }

  /** Says that messages matching this are part of the test, such as /status of 401/. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  get unexpected() {
    return this.#found.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
  }
}

/** Waits until the page answers to clicks: the server's rendering alone does not. */
export async function hydrated(page) {
  await expect(page.locator("html[data-hydrated=true]")).toBeAttached({ timeout: 20_000 });
}

/** No fault that axe can find, in light and in dark. */
export async function accessible(page) {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const faults = violations.map(
      ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.target.join(" ")}\n      ${node.failureSummary}`).join("\n")}`,
    );
    expect(faults.join("\n"), `accessibility of ${page.url()} in ${colorScheme}`).toBe("");
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Nothing scrolls sideways. */
export async function fitsItsWidth(page) {
  const { content, window: width } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(content, `width of ${page.url()}`).toBeLessThanOrEqual(width);
}

/** Whatever can be pressed within a part of the page is large enough for a thumb. */
export async function fitsAThumb(part) {
  const targets = part.locator("button:visible, select:visible, input:visible, a:visible");
  await expect(targets).not.toHaveCount(0);
  for (const target of await targets.all()) {
    const { width, height } = await target.boundingBox();
    expect(Math.min(width, height), `size of ${await target.evaluate((element) => element.outerHTML.slice(0, 120))}`).toBeGreaterThanOrEqual(44);
  }
}

/** Pictures in light and dark, wide and narrow, for a person to look at; kept in screens/. */
export async function pictures(page, name, widths = [1280, 390]) {
  await mkdir(SCREENS, { recursive: true });
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: `${SCREENS}${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before) await page.setViewportSize(before);
}
