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

  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
