// A pause: both sides are silent, and what is said in private goes nowhere.
import { accessible, expect, fitsItsWidth, nothingRuns, pictures, test } from "../fixtures.mjs";

test.describe.configure({ retries: 1 });
test.use({ serverEnv: { VESTIBULE_REHEARSAL_VOICE: "detect" } });

test("while paused nothing is sent, heard or recorded, and then the question is asked again", async ({ page, intake, voice, signIn, provider }) => {
  test.setTimeout(150_000);
  await signIn("staff");
  await intake.open("First notice of loss");
  await intake.startTalking();
  await intake.asks("Was anyone hurt?");

  await page.getByRole("button", { name: "Pause" }).click();
  const goOn = page.getByRole("button", { name: "Go on" });
  await expect(goOn).toBeFocused();
  await expect(page.locator("#connection")).toHaveText(/paused/i);
  await expect(page.getByRole("textbox", { name: "Type instead of speaking" })).toBeHidden();
  const turns = await intake.spoken.count();
  await voice.say("She must not hear of this.");
  await page.waitForTimeout(2_000);
  expect(await intake.spoken.count(), "captions of what was said in private").toBe(turns);
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "intake-paused", [1280, 390, 360]);

  await goOn.click();
  await expect(page.locator("#connection")).toHaveText(/connected/i);
  await provider.heard("No.");
  await voice.say("No.");
  await intake.asks("What is your full name?");

  // In the middle of the assistant's words, by the keyboard.
  await provider.heard("Robert Ortega.");
  await voice.say("Robert Ortega.");
  await expect(intake.said.last()).toContainText("I have", { timeout: 20_000 });
  await page.locator("body").press("p");
  await expect(goOn).toBeFocused();
  await expect(page.locator(".speaking"), "nobody speaks").toHaveCount(0);
  await page.waitForTimeout(1_000); // what was on its way arrives, unheard
  const before = await voice.receivedEnergy();
  await page.waitForTimeout(1_500);
  expect((await voice.receivedEnergy()) - before, "sound during a pause").toBeLessThan(0.001);
  await goOn.press("Enter");
  await intake.asks("Robert Ortega");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
