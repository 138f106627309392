// Everything without a pointer.
import { expect, hydrated, nothingRuns, test } from "../fixtures.mjs";

/** Presses Tab until something has the focus, and checks that the focus can be seen. */
async function tabTo(page, target) {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const focused = document.activeElement;
      const style = focused && getComputedStyle(focused);
      const around = focused?.closest("label");
      const outline = (element) => element && getComputedStyle(element).outlineStyle !== "none";
      return focused === document.body || outline(focused) || outline(around) || style.boxShadow !== "none";
    });
    expect(seen, "the focus can be seen").toBe(true);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab does not lead to ${target}`);
}

test("an intake from sign-in to its end by keyboard alone", async ({ page, server, intake, provider }) => {
  const { email, password } = await server.signIn("staff");
  const { keyboard } = page;
  await page.goto("/sign-in");
  await hydrated(page);
  await expect(page.getByLabel("Email")).toBeFocused();
  await keyboard.type(email);
  await keyboard.press("Tab");
  await keyboard.type(password);
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /welcome/i })).toBeVisible();
  await hydrated(page);

  // The skip link is the first thing and leads to the page.
  await keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the page" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeHidden();

  await tabTo(page, page.getByRole("button", { name: "Start Pre-visit questions" }));
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Pre-visit questions" })).toBeVisible();
  await tabTo(page, page.getByRole("radio", { name: /read it aloud/ }));
  await keyboard.press("Space");
  await expect(page.getByRole("radio", { name: /read it aloud/ })).toBeChecked();
  await tabTo(page, page.getByRole("button", { name: "Start typing" }));
  await keyboard.press("Enter");
  await intake.isLive();
  await intake.asks("What is the patient's full name?");
  await tabTo(page, page.getByRole("textbox", { name: "Type instead of speaking" }));
  await keyboard.type("Maria Lopez");
  await keyboard.press("Enter");
  await intake.asks("I have Maria Lopez.");
  await keyboard.type("yes");
  await keyboard.press("Enter");
  await intake.asks("What is the date of birth?");

  // E edits what is asked now; Escape leaves it; the focus goes back to the value.
  await tabTo(page, intake.field("Patient's name").locator(".value-button"));
  await keyboard.press("Enter");
  await expect(intake.field("Patient's name").getByRole("textbox")).toBeFocused();
  await keyboard.type("Marie Lopes");
  await keyboard.press("Enter");
  await intake.holds("Patient's name", "Marie Lopes", "Edited");
  await expect(intake.field("Patient's name").locator(".value-button")).toBeFocused();
  await keyboard.press("e");
  await expect(intake.field("Date of birth").locator("input")).toBeFocused();
  await keyboard.press("Escape");
  await expect(intake.field("Date of birth").locator(".value-button")).toBeFocused();

  await keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: "Review", level: 2 })).toBeVisible();
  await tabTo(page, intake.review.getByRole("button", { name: "Escalate" }));
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Escalate this intake" });
  await expect(dialog.getByRole("textbox")).toBeFocused();
  await keyboard.type("Wants a nurse.");
  await tabTo(page, dialog.getByRole("button", { name: "Escalate", exact: true }));
  await keyboard.press("Enter");
  await intake.hasStatus("attention");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
