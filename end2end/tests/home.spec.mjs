// The start page and the list, and what each role sees and may do.
import { accessible, expect, fitsItsWidth, hydrated, pictures, test } from "../fixtures.mjs";

const WORKFLOWS = ["New client", "First notice of loss", "Pre-visit questions", "Support request"];

test("the start page shows what can be started and what needs attention", async ({ page, signIn }) => {
  await signIn("supervisor");
  for (const name of WORKFLOWS) {
    await expect(page.getByRole("heading", { level: 3, name })).toBeVisible();
    await expect(page.getByRole("button", { name: `Start ${name}` })).toBeEnabled();
  }
  await expect(page.getByRole("region", { name: "Needs attention" }).getByRole("listitem")).not.toHaveCount(0);
  await expect(page.getByRole("link", { name: /intakes.*need attention/i })).toBeVisible();
  await expect(page.getByRole("complementary", { name: "About this provider" })).toContainText(/rehears/i);
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "home");
});

test("the list is filtered by its address and searched without it", async ({ page, signIn }) => {
  await signIn("supervisor");
  await page.getByRole("link", { name: /intakes/i }).first().click();
  const rows = page.locator("tbody").getByRole("row");
  await expect(rows).not.toHaveCount(0);
  const all = await rows.count();
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "intakes");

  await page.getByLabel("Status").selectOption("escalated");
  await expect(page).toHaveURL(/status=escalated/);
  await expect(rows).not.toHaveCount(all);
  for (const row of await rows.all()) await expect(row).toContainText("Needs attention");
  await pictures(page, "intakes-filtered");

  await page.goto("/intakes");
  await hydrated(page);
  await page.getByRole("searchbox", { name: "Search intakes" }).fill("Whitfield");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/\/intakes$/);
  await page.getByRole("searchbox", { name: "Search intakes" }).fill("nothing like it");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No intake matches" })).toBeVisible();
  await accessible(page);
  await pictures(page, "intakes-none-found");
});

test("the list of one who has opened nothing teaches the next step", async ({ page, signIn, server }) => {
  await signIn(await server.createUser("staff", "newcomer@example.com"));
  await page.goto("/intakes");
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "No intakes yet" })).toBeVisible();
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "intakes-empty");
});

test("a finished and an escalated intake can be looked over", async ({ page, signIn }) => {
  await signIn("admin");
  for (const [status, name, words] of [
    ["complete", "review-complete", "Everything needed was captured."],
    ["escalated", "review-escalated", "Why it was escalated"],
  ]) {
    await page.goto(`/intakes?status=${status}`);
    await hydrated(page);
    await page.locator("tbody").getByRole("link").first().click();
    await expect(page.getByText(words)).toBeVisible();
    await expect(page.getByRole("region", { name: "Timeline" }).getByRole("listitem")).not.toHaveCount(0);
    await accessible(page);
    await fitsItsWidth(page);
    await pictures(page, name);
  }
});

test("each role sees what it may", async ({ page, signIn, browser, server }) => {
  await signIn("staff");
  await page.getByRole("button", { name: "Start New client" }).click();
  await page.waitForURL(/\/intakes\/[^/]+$/);
  const opened = page.url();

  const people = [
    { name: "staff", who: "staff", list: "some", runs: true, reads: true, talks: true },
    // Staff see what they opened themselves, and nothing of a colleague.
    { name: "colleague", who: await server.createUser("staff", "colleague@example.com"), list: "none", runs: true, reads: false },
    { name: "supervisor", who: "supervisor", list: "some", runs: true, reads: true, talks: true },
    { name: "admin", who: "admin", list: "some", runs: true, reads: true, talks: true },
    { name: "analyst", who: "analyst", list: "masked", runs: false, reads: true, talks: false },
  ];
  for (const { name, who, list, runs, reads, talks } of people) {
    await test.step(name, async () => {
      const context = await browser.newContext({ baseURL: server.url });
      const other = await context.newPage();
      await signIn(who, other);
      await expect(other.getByRole("button", { name: "Start New client" })).toHaveCount(runs ? 1 : 0);

      await other.goto("/intakes?status=complete");
      await hydrated(other);
      const rows = other.locator("tbody").getByRole("row");
      if (list === "none") {
        await expect(rows).toHaveCount(0);
      } else {
        await rows.getByRole("link", { name: "New client" }).first().click();
        const phone = other.getByRole("group", { name: "Phone number" });
        if (list === "masked") await expect(phone).toContainText("Hidden for your role");
        else await expect(phone).toContainText("555 010 1174");
        await expect(other.getByRole("button", { name: "JSON" })).toHaveCount(list === "masked" ? 0 : 1);
      }

      const answer = await other.goto(opened);
      expect(answer.status()).toBe(reads ? 200 : 404);
      await hydrated(other);
      if (reads) {
        await expect(other.getByRole("heading", { level: 1, name: "New client" })).toBeVisible();
        await expect(other.getByRole("button", { name: "Start talking" })).toHaveCount(talks ? 1 : 0);
        await expect(other.getByRole("button", { name: "Add Full name" })).toHaveCount(talks ? 1 : 0);
      } else {
        await expect(other.getByRole("heading", { level: 1 })).toHaveText("Nothing here");
      }
      if (!talks) {
        await accessible(other);
        await pictures(other, `intake-as-${name}`);
      }
      await context.close();
    });
  }
});
