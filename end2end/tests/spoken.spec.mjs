// Talking for real: sound both ways over WebRTC. What is heard is given, so that words are certain.
import { accessible, expect, nothingRuns, pictures, test } from "../fixtures.mjs";

// Browser, server, provider and voice share two cores here, and speech is in real time: a turn cut
// by a stall is tried again.
test.describe.configure({ retries: 1 });

test.use({ serverEnv: { VESTIBULE_REHEARSAL_VOICE: "detect" } });

/** Questions, spoken answers, and the words that are heard. */
const INSURANCE = [
  ["Was anyone hurt?", "No."],
  ["What is your full name?", "Robert Ortega."],
  ["I have Robert Ortega.", "Yes."],
  ["What kind of loss is it?", "A car accident."],
  ["On what date did it happen?", "November third twenty twenty six."],
  ["November 3, 2026", "Yes."],
  ["tell me in your own words", "Another car hit mine at the traffic light."],
];

test("a spoken intake: the form fills while one talks, and it ends complete", async ({ page, intake, voice, signIn, provider }) => {
  test.setTimeout(240_000);
  await signIn("staff");
  await intake.open("First notice of loss");
  // What is on file already is not asked again.
  for (const [label, value] of [
    ["Injuries", "Nobody"],
    ["Policy number", "MV204518"],
    ["Phone number", "555 0142"],
    ["Time of loss", "17:30"],
    ["Place of loss", "42 Maple Street, Springfield"],
    ["Estimated damage", "4000"],
    ["Still safe to use", "No"],
  ]) {
    await intake.write(label, value);
  }
  await intake.startTalking();
  await expect(page.getByRole("button", { name: "Mute" })).toBeVisible();
  for (const [question, answer] of INSURANCE) {
    await intake.asks(question);
    await provider.heard(answer);
    await voice.say(answer);
    if (question.includes("kind of loss")) {
      await intake.asks("On what date");
      expect(await voice.receivedEnergy(), "the assistant is heard").toBeGreaterThan(0);
      await intake.holds("Full name", "Robert Ortega", "Confirmed");
      await expect(intake.field("Full name").locator(".origin")).toHaveText(/^Heard at /);
      await expect(intake.spoken.filter({ hasText: "Robert Ortega." })).not.toContainText("typed");
      await accessible(page);
      await pictures(page, "intake-talking");
    }
  }
  await intake.hasStatus("complete");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  for (const [label, value] of [
    ["Anyone hurt", "No"],
    ["Full name", "Robert Ortega"],
    ["Kind of loss", "Car accident"],
    ["Date of loss", "3 November 2026"],
    ["What happened", "Another car hit mine at the traffic light."],
  ]) {
    await intake.holds(label, value, "Confirmed");
  }

  // Sealed: the page had no channel through which to change the conversation.
  expect(await voice.channels()).toEqual([]);
  const call = (await provider.ledger()).calls.at(-1);
  expect(call.data_channel).toBe(false);
  expect(call.authorization).toBe("api_key");
});

test("one who speaks over the assistant silences it", async ({ page, intake, voice, signIn, provider }) => {
  test.setTimeout(90_000);
  await signIn("staff");
  await intake.open("New client");
  await intake.startTalking();
  const opening = intake.captions.locator(".said-assistant").first();
  await expect(page.getByText("The assistant is speaking")).toBeVisible({ timeout: 20_000 });
  await provider.heard("Excuse me, one moment please.");
  await voice.interrupt("Excuse me, one moment please.");
  await expect(opening).toContainText("Interrupted");
  // It goes on from there, as a listener would.
  await intake.asks("What is your full name?");
  await expect(intake.captions.locator(".said")).not.toHaveCount(1);
  await pictures(page, "intake-interrupted");

  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await expect(intake.prepare).toContainText("You stopped the conversation. Your answers are safe.");
});

test("nothing is heard while muted, except while talking is held", async ({ page, intake, voice, signIn, provider }) => {
  test.setTimeout(120_000);
  await signIn("staff");
  await intake.open("First notice of loss");
  await intake.startTalking();
  await intake.asks("Was anyone hurt?");
  await page.keyboard.press("m");
  await expect(page.getByRole("button", { name: "Mute" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByText("Muted", { exact: true })).toBeVisible();
  await provider.heard("No.");
  await voice.say("Nobody must hear this sentence.");
  await expect(intake.spoken).toHaveCount(0);
  await accessible(page);

  const hold = page.getByRole("button", { name: "Hold to talk" });
  await hold.hover();
  await page.mouse.down();
  await expect(page.getByRole("button", { name: "Talking…" })).toBeVisible();
  await voice.say("No.");
  await intake.asks("What is your full name?");
  await page.mouse.up();
  await expect(intake.spoken).toHaveCount(1);
  await intake.holds("Anyone hurt", "No", "Confirmed");

  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("the microphone is tried before a call, and given back", async ({ page, signIn }) => {
  // Chromium's fake microphone speaks here, not the test.
  await signIn("staff");
  await page.getByRole("button", { name: "Start New client" }).click();
  await page.getByRole("button", { name: "Check microphone" }).click();
  await expect(page.getByText("We hear you.")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-tracks", "1");
  await accessible(page);
  await pictures(page, "intake-microphone-check");
  await page.getByRole("link", { name: "Home" }).click();
  await expect(page.getByRole("heading", { name: /welcome/i })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-tracks", "0");
});
