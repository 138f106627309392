// The server stops while somebody talks, politely and not, and comes back.
import { expect, nothingRuns, pictures, test } from "../fixtures.mjs";

// A server of its own, for no other test wants to lose it.
test.use({ serverEnv: { VESTIBULE_SESSION_SECONDS: "3000" } });

const TURNS = [
  ["What is the patient's full name?", "Maria Lopez"],
  ["I have Maria Lopez.", "yes"],
];

test("a server that stops says so, hangs up, and when it is back one goes on where one was", async ({ page, server, intake, signIn, problems }) => {
  problems.expect(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|Failed to fetch/);
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.typeThrough(TURNS);
  await intake.asks("What is the date of birth?");

  await server.stop();
  await expect(intake.prepare).toContainText("The server was restarted. Your answers are safe.");
  await intake.isCleanedUp();
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");
  await pictures(page, "server-stopped");
  await server.start();

  await intake.startTyping();
  await intake.asks("What is the date of birth?");
  await intake.type("1990-05-17");
  await intake.asks("May 17, 1990");

  // Not politely this time: the next start hangs up what was left.
  await server.kill();
  await server.start();
  await page.reload();
  await expect(intake.prepare).toContainText("The server lost control of the call and ended it. Your answers are safe.");
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");
  await nothingRuns(await server.provider());
});
