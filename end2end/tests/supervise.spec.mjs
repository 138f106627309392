// Those who supervise: what runs now, and stopping it.
import { accessible, expect, fitsItsWidth, hydrated, nothingRuns, pictures, test as base } from "../fixtures.mjs";
import { Intake } from "../harness/intake.mjs";

const test = base.extend({
  /** A supervisor at another desk, looking at what runs. */
  desk: async ({ browser, server, signIn, problems }, use) => {
    const context = await browser.newContext({ baseURL: server.url });
    const desk = await context.newPage();
    problems.watch(desk);
    await signIn("supervisor", desk);
    await desk.getByRole("link", { name: "Running" }).click();
    await expect(desk.getByRole("heading", { level: 1, name: "Running" })).toBeVisible();
    await use(desk);
    await context.close();
  },
});

// One person may talk twice at once here.
test.use({ serverEnv: { VESTIBULE_LIVE_PER_USER: "2" } });

const NOBODY = { name: "Nobody is talking now" };
const rows = (desk) => desk.locator("tbody").getByRole("row");
const dialogOf = (desk) => desk.getByRole("dialog", { name: "Stop now?" });

/** Another page of the same person, on an intake of its own. */
async function talksToo(page, workflow) {
  const other = new Intake(await page.context().newPage());
  await other.open(workflow);
  await other.startTyping();
  return other;
}

test("a colleague's conversation appears by itself, and is stopped in words on both sides", async ({ page, intake, signIn, provider, desk }) => {
  await expect(desk.getByRole("heading", NOBODY)).toBeVisible();
  await accessible(desk);
  await fitsItsWidth(desk);
  await pictures(desk, "running-none");

  await signIn("staff");
  await expect(page.getByRole("link", { name: "Running" })).toHaveCount(0);
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");

  const row = rows(desk).filter({ hasText: "Pre-visit questions" });
  await expect(row).toContainText("Live");
  await expect(row).toContainText(/\d+ (s|min)/);
  await expect(row).toContainText(/min left/);
  await expect(desk.getByText("1 conversation is running.")).toBeVisible();
  await expect(row.getByRole("link")).toHaveAttribute("href", new URL(intake.url).pathname);
  await accessible(desk);
  await fitsItsWidth(desk);
  await pictures(desk, "running");

  // Asked once, and nothing is stopped by a second Enter.
  const stop = row.getByRole("button", { name: /^Stop .+, Pre-visit questions$/ });
  await stop.focus();
  await desk.keyboard.press("Enter");
  const dialog = dialogOf(desk);
  await expect(dialog).toContainText("The call is hung up at once. What was filled in stays.");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await accessible(desk);
  await pictures(desk, "running-sure");
  await desk.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(stop).toBeFocused();

  await desk.keyboard.press("Enter");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await desk.keyboard.press("Tab");
  await desk.keyboard.press("Enter");
  await expect(desk.getByRole("status").filter({ hasText: "1 conversation was stopped" })).toBeVisible();
  await expect(desk.getByRole("heading", NOBODY)).toBeVisible();
  await expect(desk.getByRole("heading", { level: 1 }), "the focus is not lost with the row").toBeFocused();
  await pictures(desk, "running-stopped");

  await expect(intake.prepare).toContainText("The conversation was stopped by a supervisor", { timeout: 5_000 });
  await expect(intake.prepare).toContainText("Your answers are safe.");
  await intake.holds("Patient's name", "Maria Lopez");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await accessible(page);
  await pictures(page, "stopped-by-a-supervisor");
});

test("all of a person, and all of the workspace, on a telephone", async ({ page, intake, signIn, provider, desk, browser, server }) => {
  await desk.setViewportSize({ width: 360, height: 740 });
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  const second = await talksToo(page, "Support request");
  const context = await browser.newContext({ baseURL: server.url });
  const admin = await context.newPage();
  await signIn("admin", admin);
  const third = new Intake(admin);
  await third.open("New client");
  await third.startTyping();

  await expect(rows(desk)).toHaveCount(3);
  await expect(desk.getByText("has 2 conversations.")).toBeVisible();
  await accessible(desk);
  await fitsItsWidth(desk);
  await pictures(desk, "running-several", [1280, 390, 360]);

  await desk.getByRole("button", { name: /^Stop all of / }).click();
  const dialog = dialogOf(desk);
  await fitsItsWidth(desk);
  await pictures(desk, "running-sure-all", [360]);
  await dialog.getByRole("button", { name: /^Stop all of / }).click();
  await expect(desk.getByRole("status").filter({ hasText: /2 conversations of .+ were stopped\./ })).toBeVisible();
  await expect(rows(desk)).toHaveCount(1);
  for (const each of [intake, second]) await expect(each.prepare).toContainText("was stopped by a supervisor");

  await desk.getByRole("button", { name: "Stop all", exact: true }).click();
  await dialog.getByRole("button", { name: "Stop all", exact: true }).click();
  await expect(desk.getByRole("status").filter({ hasText: "1 conversation was stopped." })).toBeVisible();
  await expect(desk.getByRole("heading", NOBODY)).toBeVisible();
  await expect(third.prepare).toContainText("was stopped by a supervisor");
  await nothingRuns(provider);
  await context.close();
});

test("who does not supervise has no link and is refused in words", async ({ page, signIn, browser, server, problems }) => {
  problems.expect(/status of 403/);
  for (const role of ["staff", "analyst"]) {
    const context = await browser.newContext({ baseURL: server.url });
    const other = await context.newPage();
    await signIn(role, other);
    await expect(other.getByRole("link", { name: "Intakes" }).first()).toBeVisible();
    await expect(other.getByRole("link", { name: "Running" })).toHaveCount(0);
    const answer = await other.goto("/running");
    expect(answer.status()).toBe(403);
    await hydrated(other);
    await expect(other.getByRole("heading", { level: 1, name: "Not for your role" })).toBeVisible();
    await accessible(other);
    await context.close();
  }
  await signIn("admin");
  await expect(page.getByRole("link", { name: "Running" })).toBeVisible();
});

test("a page that cannot reach the server says so, and comes back by itself", async ({ desk, problems }) => {
  problems.expect(/ERR_FAILED|Failed to fetch|ERR_INTERNET/);
  await desk.route("**/api/sessions/supervise", (route) => route.abort());
  await expect(desk.getByText("The server cannot be reached.")).toBeVisible();
  await expect(desk.getByText("What is shown may be out of date.")).toBeVisible();
  await accessible(desk);
  await pictures(desk, "running-unreachable");
  await desk.unroute("**/api/sessions/supervise");
  await expect(desk.getByText("The server cannot be reached.")).toBeHidden();
});

test("what runs can be read without scripts", async ({ page, intake, signIn, provider, browser, server }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const reader = await context.newPage();
  const { email, password } = await server.signIn("supervisor");
  await reader.goto("/sign-in?next=/running");
  await reader.getByLabel(/e-?mail/i).fill(email);
  await reader.getByLabel(/password/i).fill(password);
  await reader.getByRole("button", { name: /sign in/i }).click();
  await reader.waitForURL("**/running");
  await expect(rows(reader)).toHaveCount(1);
  await expect(rows(reader)).toContainText("Pre-visit questions");
  await expect(reader.getByRole("button", { name: /^Stop/ })).toHaveCount(0);
  await context.close();
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("nothing is asked while the page is hidden", async ({ desk }) => {
  let asked = 0;
  desk.on("request", (request) => {
    if (request.url().endsWith("/api/sessions/supervise")) asked += 1;
  });
  await expect.poll(() => asked, "it asks by itself").toBeGreaterThan(1);
  await desk.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  const before = asked;
  await desk.waitForTimeout(4_500); // two turns of the timer
  expect(asked, "questions while hidden").toBe(before);
  await desk.evaluate(() => {
    delete document.visibilityState;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await expect.poll(() => asked, "it asks again when it is shown").toBeGreaterThan(before);
  // Leaving the page takes the timer along.
  await desk.getByRole("link", { name: /^intakes/i }).click();
  await expect(desk.locator("html")).toHaveAttribute("data-timers", "0");
});
