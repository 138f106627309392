// How the browser tests run: one real Chromium, one server per group of tests, real audio.
import { defineConfig } from "@playwright/test";
import { chromium } from "./harness/chromium.mjs";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  timeout: 90_000,
  expect: { timeout: 10_000 },
  workers: 1, // sound is real time: two calls at once on a small machine starve each other
  retries: 0, // a test that passes at the second try is a test that fails
  forbidOnly: !!process.env.CI,
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [["list"], ["json"]] : [["list"]],
  use: { browserName: "chromium", viewport: { width: 1280, height: 800 }, trace: { mode: "retain-on-failure", screenshots: false }, locale: "en-US" },
  projects: [
    {
      name: "default",
      testIgnore: /denied\.spec\.mjs/,
      use: { launchOptions: chromium({ allowed: true }) },
    },
    {
      // Nobody presses "allow" for the browser: whether there is a microphone is the test's to say.
      name: "denied",
      testMatch: /denied\.spec\.mjs/,
      use: { launchOptions: chromium({ allowed: false }) },
    },
  ],
});
