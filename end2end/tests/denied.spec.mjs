// The browser refuses the microphone: the page says how to allow it and goes on without.
import { accessible, expect, fitsItsWidth, nothingRuns, pictures, test } from "../fixtures.mjs";

test("a refused microphone is explained, and one types instead", async ({ context, page, server, intake, signIn, provider }) => {
  // Nothing is granted means that everything is refused.
  await context.grantPermissions([], { origin: server.url });
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await page.getByRole("button", { name: "Check microphone" }).click();
  await expect(page.getByText("The microphone is blocked for this page.")).toBeVisible();
  await expect(page.locator(".how-to li")).not.toHaveCount(0);
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "microphone-blocked");

  const before = (await provider.ledger()).calls.length;
  await intake.agree();
  await page.getByRole("button", { name: "Start talking" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The microphone is blocked" })).toBeVisible();
  expect((await provider.ledger()).calls.length, "no call was made").toBe(before);
  await intake.isCleanedUp();

  await intake.startTyping();
  await intake.greets();
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
