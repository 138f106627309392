// What goes wrong on the way: the provider, the tab, the page, the server.
import { accessible, expect, hydrated, nothingRuns, pictures, test } from "../fixtures.mjs";

test("a provider that is down leaves the intake open for typing and another try", async ({ page, intake, signIn, provider, problems }) => {
  problems.expect(/status of 50\d/);
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await provider.faults({ create: { status: 503, times: 1 } });
  await intake.agree();
  await page.getByRole("button", { name: "Start typing" }).click();
  await expect(intake.prepare).toContainText("Your answers are safe.");
  await expect(intake.prepare).toContainText(/try again/i);
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await intake.hasStatus("open");
  await accessible(page);
  await pictures(page, "provider-down");
  await expect(page.getByRole("region", { name: "Timeline" })).toContainText(/provider|service/i);

  // Typing by hand works, and so does another try.
  await intake.write("Patient's name", "Maria Lopez");
  await intake.startTyping();
  await intake.asks("What is the date of birth?");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("after a reload the form and the conversation come back, and one goes on", async ({ page, intake, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.typeThrough([
    ["What is the patient's full name?", "Maria Lopez"],
    ["I have Maria Lopez.", "yes"],
  ]);
  await intake.asks("What is the date of birth?");

  await page.reload();
  await hydrated(page);
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");
  await nothingRuns(provider);
  await expect(intake.prepare).toContainText("The page closed or lost its connection. Your answers are safe.");
  await expect(page.getByRole("log", { name: "Captions" })).toBeVisible();
  await accessible(page);
  await pictures(page, "intake-reloaded");

  await intake.startTyping();
  await intake.asks("We go on where we stopped. What is the date of birth?");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("a closed tab ends the call, and says so when one comes back", async ({ context, page, intake, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();
  const another = await context.newPage();
  await page.close();
  await nothingRuns(provider);
  await another.goto(intake.url);
  await hydrated(another);
  await expect(another.getByRole("main").getByText("The page closed or lost its connection. Your answers are safe.")).toBeVisible();
  await expect(another.getByRole("heading", { name: "Go on talking" })).toBeVisible();
});

test("a call goes on while one looks at another page, and is seen in another window", async ({ context, page, intake, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();

  const other = await context.newPage();
  await other.goto(intake.url);
  await hydrated(other);
  await expect(other.getByText("You are talking in another window")).toBeVisible();
  await accessible(other);
  await pictures(other, "intake-watched");

  await page.getByRole("link", { name: "Home" }).click();
  await expect(page.getByRole("heading", { name: /welcome/i })).toBeVisible();
  await page.getByRole("link", { name: /live ·/i }).click();
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");
  // The form fills in the other window too.
  await expect(other.getByRole("group", { name: "Patient's name" })).toContainText("Maria Lopez");

  await other.getByRole("button", { name: "Go on here" }).click();
  await other.getByRole("radio", { name: /read it on this screen/ }).check();
  await other.getByRole("button", { name: "Start typing" }).click();
  await expect(other.locator("html")).toHaveAttribute("data-call", "live", { timeout: 20_000 });
  await intake.isCleanedUp();
  await expect.poll(async () => (await provider.running()).length, "one call runs").toBe(1);
  await other.close();
  await nothingRuns(provider);
});

test("signing out ends the call", async ({ page, intake, signIn, provider }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  await intake.greets();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await nothingRuns(provider);
});

test("a lost network is said, and the page goes on by itself", async ({ context, page, intake, signIn, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  await signIn("staff");
  await intake.open("New client");
  await context.setOffline(true);
  await expect(page.getByText("You are offline.")).toBeVisible();
  await accessible(page);
  await pictures(page, "offline");
  await context.setOffline(false);
  await expect(page.getByText("You are offline.")).toHaveCount(0);
  await intake.write("Full name", "Anna Keller");
});
