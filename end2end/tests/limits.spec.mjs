// The clock: a secret that is too old, and a conversation that is over.
import { accessible, expect, nothingRuns, pictures, test } from "../fixtures.mjs";

const SESSION_SECONDS = 12;

test.use({ serverEnv: { VESTIBULE_SECRET_SECONDS: "10", VESTIBULE_SESSION_SECONDS: String(SESSION_SECONDS) } });

test("a secret that has expired opens no call", async ({ page, intake, signIn, provider, problems }) => {
  problems.expect(/status of 401/);
  const before = (await provider.ledger()).calls.length;
  await signIn("staff");
  await intake.open("Pre-visit questions");
  let dead; // in microseconds
  page.on("response", async (response) => {
    if (response.url().endsWith("/api/sessions/start")) dead = (await response.json()).expires_at;
  });
  // The page's offer is held until the secret's time is over.
  await page.route("**/v1/realtime/calls", async (route) => {
    await expect.poll(() => dead, "the secret's expiry").toBeTruthy();
    await expect.poll(() => Date.now() * 1000 > dead, { timeout: 15_000 }).toBe(true);
    await route.continue();
  });
  await intake.agree();
  await page.getByRole("button", { name: "Start typing" }).click();
  await expect(intake.prepare.getByRole("alert")).toHaveText("The start took too long. Start again.", { timeout: 20_000 });
  await expect(page.getByRole("radio", { name: /read it on this screen/ }), "how the person agreed holds").toBeChecked();
  await intake.isCleanedUp();
  expect((await provider.ledger()).calls.length, "no call was made").toBe(before);
  await nothingRuns(provider);
  await accessible(page);
  await pictures(page, "secret-expired");
});

test("a conversation ends at its deadline, and can be resumed", async ({ page, intake, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");
  await expect(page.getByRole("timer", { name: "Time left" })).toBeVisible();
  await expect(intake.prepare).toContainText("The time for this conversation is over.", { timeout: 20_000 });
  await intake.isCleanedUp();
  await nothingRuns(provider);
  const call = (await provider.ledger()).calls.at(-1);
  // The session began a little before the call, and hanging up takes a second at most.
  expect(call.ended_at_ms - call.created_at_ms).toBeLessThan((SESSION_SECONDS + 1) * 1000);
  await intake.holds("Patient's name", "Maria Lopez");
  await accessible(page);
  await pictures(page, "deadline");
  await intake.startTyping();
  await intake.asks("I have Maria Lopez.");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
