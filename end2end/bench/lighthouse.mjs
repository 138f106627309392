// What Lighthouse says of the pages people see most. Run by `cargo xtask bench lighthouse`, on the real
// release. Nothing here passes or fails.
import { chromium as browserType } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";
import { createServer } from "node:net";
import { chromium } from "../harness/chromium.mjs";
import { Server } from "../harness/server.mjs";
import { signedIn } from "./signed-in.mjs";

const RUNS = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices"];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function measure(url, port, cookie, form) {
  const flags = { port, onlyCategories: CATEGORIES, logLevel: "error", extraHeaders: cookie ? { Cookie: cookie } : {} };
  const { lhr } = await lighthouse(url, flags, form === "desktop" ? desktopConfig : undefined);
  if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`${url} led to ${lhr.finalDisplayedUrl}`);
  return lhr;
}

const server = await Server.start();
const port = await freePort();
const options = chromium({ allowed: true });
const browser = await browserType.launch({ ...options, args: [...(options.args ?? []), `--remote-debugging-port=${port}`] });
try {
  const { storageState, intake } = await signedIn(browser, server);
  const cookie = storageState.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const pages = [["sign-in", `${server.url}/sign-in`], ["list", `${server.url}/intakes`, cookie], ["intake", intake, cookie]];
  console.log(`${"page".padEnd(10)}${"form".padEnd(10)}${CATEGORIES.map((name) => name.padStart(16)).join("")}   (median of ${RUNS})`);
  for (const [name, url, cookie] of pages) {
    for (const form of ["desktop", "mobile"]) {
      const results = [];
      for (let run = 0; run < RUNS; run++) results.push(await measure(url, port, cookie, form));
      const scores = CATEGORIES.map((id) => Math.round(median(results.map(({ categories }) => categories[id].score)) * 100));
      console.log(`${name.padEnd(10)}${form.padEnd(10)}${scores.map((score) => String(score).padStart(16)).join("")}`);
      const [last] = results.slice(-1);
      const lost = Object.values(last.categories)
        .flatMap(({ auditRefs }) => auditRefs)
        .filter(({ weight }) => weight > 0)
        .map(({ id }) => last.audits[id])
        .filter(({ score }) => score !== null && score < 0.9);
      for (const audit of lost) console.log(`  ${audit.id}: ${audit.displayValue ?? audit.title}`);
    }
  }
} finally {
  await browser.close();
  await server.remove();
}
