// The password again, after much talking: while a conversation waits for it, and before one starts.
import { accessible, expect, fitsItsWidth, nothingRuns, pictures, test } from "../fixtures.mjs";

test.describe.configure({ retries: 1 });
// Ten seconds of talking must be left for a start, so two are enough to be asked at the next one.
test.use({ serverEnv: { VESTIBULE_PROVE_AGAIN_SECONDS: "12", VESTIBULE_REHEARSAL_VOICE: "detect" } });

test("the conversation waits in silence for the password, and goes on with it", async ({ page, intake, voice, signIn, provider, problems }) => {
  test.setTimeout(150_000);
  problems.expect(/status of 422/);
  const { password } = await signIn("staff");
  await intake.open("First notice of loss");
  await intake.startTalking();
  await intake.asks("Was anyone hurt?");

  const dialog = page.getByRole("dialog", { name: "Your password again" });
  await expect(dialog).toBeVisible({ timeout: 30_000 });
  const field = dialog.getByLabel("Password");
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute("autocomplete", "current-password");
  await expect(dialog.getByRole("timer")).toContainText(/4 min \d+ s/);
  await expect(page.locator("#connection")).toHaveText("Waiting for your password");
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "password-again", [1280, 360]);

  // Nothing of what is said meanwhile is heard, and nothing is played.
  const turns = await intake.spoken.count();
  const energy = await voice.receivedEnergy();
  await voice.say("She must not hear of this.");
  await page.waitForTimeout(1_500);
  expect(await intake.spoken.count(), "captions of what was said while it waits").toBe(turns);
  expect((await voice.receivedEnergy()) - energy, "sound while it waits").toBeLessThan(0.001);

  // Closed, it waits all the same, and the way back stands in the dock.
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByText("The conversation waits for your password.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Pause" })).toBeDisabled();
  await page.locator("body").press("p");
  await expect(page.locator("#connection")).toHaveText("Waiting for your password");
  await accessible(page);
  await pictures(page, "password-wanted", [1280, 360]);
  await page.getByRole("button", { name: "Give password" }).click();

  await field.fill("not the password");
  await field.press("Enter");
  await expect(dialog.getByRole("alert")).toHaveText("The password is not right.");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await accessible(page);
  await pictures(page, "password-wrong", [1280, 360]);
  await field.fill(password);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator("#connection")).toHaveText(/connected/i);
  await expect(page.getByText("The conversation waits for your password.")).toHaveCount(0);

  // Asked again when it is due again; here one may stop instead.
  await expect(dialog).toBeVisible({ timeout: 30_000 });
  await expect(field).toHaveValue("");
  await dialog.getByRole("button", { name: "Stop talking" }).click();
  await expect(dialog).toBeHidden();
  await expect(intake.prepare).toContainText("You stopped the conversation. Your answers are safe.");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("a start that wants the password goes on by itself when it was given", async ({ page, intake, signIn, provider, problems }) => {
  problems.expect(/status of 403/);
  const { password } = await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();
  await page.waitForTimeout(4_000); // so much talking that less is left than a start wants
  await intake.end("Stop talking");
  await intake.isCleanedUp();

  await expect(intake.prepare).toContainText("Your password is asked for first");
  await accessible(page);
  await pictures(page, "password-before-start", [1280, 360]);
  await page.getByRole("button", { name: "Start typing" }).click();
  const dialog = page.getByRole("dialog", { name: "Your password again" });
  await expect(dialog.getByLabel("Password")).toBeFocused();
  await expect(dialog.getByRole("timer")).toHaveCount(0);
  await accessible(page);

  await dialog.getByRole("button", { name: "Not now" }).click();
  await expect(dialog).toBeHidden();
  await expect(intake.prepare.getByRole("alert")).toHaveText("You have talked for a long time; give your password to go on.");
  await intake.isCleanedUp();

  await page.getByRole("button", { name: "Start typing" }).click();
  await dialog.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await intake.isLive();
  await expect(dialog).toBeHidden();
  await intake.asks("What is the patient's full name?");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
