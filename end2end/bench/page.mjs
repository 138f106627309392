// How quickly the intake page is there, and how quickly a click becomes a call. Run by
// `cargo xtask bench page`, on the real release. Nothing here passes or fails.
import { chromium as browserType } from "@playwright/test";
import { chromium } from "../harness/chromium.mjs";
import { hydrated } from "../harness/page.mjs";
import { Server } from "../harness/server.mjs";
import { signedIn } from "./signed-in.mjs";

const LOADS = 10;
const CALLS = 20;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const spread = (values) => `${Math.round(median(values))} ms (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

// Times are the page's own, from the start of its navigation.
function watch() {
  window.seen = {};
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.seen.largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  const look = () => {
    const { hydrated, call } = document.documentElement?.dataset ?? {};
    if (hydrated === "true") window.seen.clickable ??= performance.now();
    if (call === "live") window.seen.live ??= performance.now();
  };
  new MutationObserver(look).observe(document, { attributes: true, childList: true, subtree: true });
  document.addEventListener("click", () => (window.seen.clicked = performance.now()), { capture: true });
}

async function load(browser, storageState, url) {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  const files = [];
  page.on("requestfinished", (request) => files.push(request));
  await page.addInitScript(watch);
  await page.goto(url);
  await hydrated(page);
  await page.waitForLoadState("load");
  await page.waitForTimeout(300); // a late paint
  const times = await page.evaluate(() => ({
    ...window.seen,
    first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    answered: performance.getEntriesByType("navigation")[0].responseStart,
  }));
  let code = 0;
  for (const request of files) {
    if (/\.(wasm|js)$/.test(new URL(request.url()).pathname)) code += (await request.sizes()).responseBodySize;
  }
  await context.close();
  return { ...times, code, requests: files.length };
}

async function call(browser, storageState, url) {
  const context = await browser.newContext({ storageState, permissions: ["microphone"] });
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  await hydrated(page);
  await page.getByRole("radio", { name: /read it on this screen/ }).check();
  await page.getByRole("button", { name: /^(start talking|resume)$/i }).click();
  await page.locator("html[data-call=live]").waitFor({ state: "attached", timeout: 20_000 });
  const { clicked, live } = await page.evaluate(() => window.seen);
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.locator("#end-menu").getByRole("button", { name: "Stop talking" }).click();
  await page.locator("html:not([data-call=live])").waitFor({ state: "attached" });
  await context.close();
  return live - clicked;
}

const server = await Server.start({ VESTIBULE_REHEARSAL_STEP_MS: "0" });
const browser = await browserType.launch(chromium({ allowed: true }));
try {
  const { storageState, intake: url } = await signedIn(browser, server);

  const loads = [];
  for (let n = 0; n < LOADS; n++) loads.push(await load(browser, storageState, url));
  const of = (name) => loads.map((one) => one[name]);
  console.log(`intake page, signed in, nothing cached, ${LOADS} loads, median (least to most)`);
  console.log(`  code (wasm + JS, as sent)  ${kilobytes(median(of("code")))}`);
  console.log(`  requests                   ${median(of("requests"))}`);
  console.log(`  first byte                 ${spread(of("answered"))}`);
  console.log(`  first paint                ${spread(of("first"))}`);
  console.log(`  largest paint              ${spread(of("largest"))}`);
  console.log(`  clickable                  ${spread(of("clickable"))}`);

  const calls = [];
  for (let n = 0; n < CALLS; n++) calls.push(await call(browser, storageState, url));
  console.log(`click to connected, rehearsal provider, ${CALLS} calls: ${spread(calls)}`);
} finally {
  await browser.close();
  await server.remove();
}
