// On a telephone: nothing scrolls sideways, and the dock is always under the thumb.
import { accessible, expect, fitsItsWidth, hydrated, nothingRuns, pictures, test } from "../fixtures.mjs";

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

test("every page fits a narrow screen", async ({ page, signIn }) => {
  await page.goto("/sign-in");
  await hydrated(page);
  await fitsItsWidth(page);
  await signIn("admin");
  await fitsItsWidth(page);
  await accessible(page);
  for (const path of ["/intakes", "/intakes?status=complete", "/intakes?status=abandoned"]) {
    await page.goto(path);
    await hydrated(page);
    await fitsItsWidth(page);
    await accessible(page);
    await page.locator("tbody").getByRole("link").first().click();
    await expect(page.locator("#timeline-title")).toBeAttached();
    await fitsItsWidth(page);
    await accessible(page);
  }
  await page.goto("/");
  await hydrated(page);
  await page.getByRole("button", { name: "Menu" }).click();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await accessible(page);
  await pictures(page, "phone-menu", [390]);
  await page.getByRole("link", { name: /intakes/i }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Intakes" })).toBeVisible();
});

test("conversation and form take turns, with the dock below both", async ({ page, intake, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await fitsItsWidth(page);
  await intake.startTyping();
  const dock = page.getByRole("region", { name: "Microphone and typing" });
  await intake.greets();
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");
  await expect(dock).toBeInViewport({ ratio: 1 });
  await fitsItsWidth(page);
  await accessible(page);

  await page.getByRole("button", { name: /^form/i }).click();
  await expect(intake.field("Patient's name")).toBeInViewport();
  await expect(intake.captions).toBeHidden();
  await expect(dock).toBeInViewport({ ratio: 1 });
  await fitsItsWidth(page);
  await accessible(page);
  await pictures(page, "phone-form", [390]);
  await intake.type("yes");
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");

  // Another height, as when a keyboard comes up, leaves the captions at their end; a place that was
  // scrolled to stays.
  await page.getByRole("button", { name: "Conversation" }).click();
  await intake.asks("What is the date of birth?");
  const below = () => intake.captions.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  await expect.poll(() => intake.captions.evaluate((log) => log.scrollHeight > log.clientHeight), "the captions scroll").toBe(true);
  await expect.poll(below, "at the end").toBeLessThan(2);
  await page.setViewportSize({ width: 360, height: 480 });
  await expect.poll(below, "still at the end").toBeLessThan(2);
  const height = () => intake.captions.evaluate((log) => log.clientHeight);
  const low = await height();
  await intake.captions.evaluate((log) => (log.scrollTop = 0));
  await page.setViewportSize({ width: 360, height: 740 });
  await expect.poll(height, "the higher window").toBeGreaterThan(low);
  expect(await intake.captions.evaluate((log) => log.scrollTop), "where it was scrolled to").toBe(0);

  await expect(page.getByRole("button", { name: /^form/i })).toContainText(/\d/);
  await intake.end("Abandon");
  await intake.hasStatus("abandoned");
  await expect(page.getByRole("button", { name: /^form/i }), "what a closed intake lacks is not counted").toHaveText("Form");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("what must be chosen before a start is not covered", async ({ page, intake, signIn }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  for (const size of [{ width: 360, height: 740 }, { width: 390, height: 844 }, { width: 1280, height: 800 }]) {
    await page.setViewportSize(size);
    for (const radio of await page.getByRole("radio").all()) {
      await radio.scrollIntoViewIfNeeded();
      const hit = await radio.evaluate((element) => {
        const { left, top, width, height } = element.getBoundingClientRect();
        return document.elementFromPoint(left + width / 2, top + height / 2) === element;
      });
      expect(hit, `a choice can be pressed at ${size.width} × ${size.height}`).toBe(true);
    }
  }
});
