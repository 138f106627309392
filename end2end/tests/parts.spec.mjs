// Pages in files of their own: who opens an intake waits for none of them, and one that does not come is told.
import { accessible, expect, fitsItsWidth, hydrated, nothingRuns, pictures, test } from "../fixtures.mjs";

/** The names of the code files that a page asks for. */
const asked = (page) => {
  const names = [];
  page.on("request", (request) => {
    const name = new URL(request.url()).pathname.split("/").pop();
    if (name.endsWith(".wasm")) names.push(name);
  });
  return names;
};

test("an intake loads the code of no other page", async ({ page, signIn, intake }) => {
  await signIn("staff");
  await intake.open("New client");
  const names = asked(page);
  await page.reload();
  await hydrated(page);
  expect(names).toEqual(["vestibule.wasm"]);

  await page.getByRole("link", { name: /^intakes/i }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Intakes" })).toBeVisible();
  expect(names).toContain("split_intakes_page.wasm");
  expect(names).not.toContain("split_home_page.wasm");

  // A document says which parts it needs, so that they come along with the rest, and come once.
  const parts = async (path) => (await (await page.request.get(path)).text()).match(/split_\w+\.wasm/g) ?? [];
  const own = new URL(intake.url).pathname;
  const documents = await Promise.all(Array.from({ length: 20 }, (_, n) => parts(n % 2 ? own : "/")));
  documents.forEach((named, n) => expect(named).toEqual(n % 2 ? [] : ["split_home_page.wasm"]));
  names.length = 0;
  await page.goto("/");
  await hydrated(page);
  expect(names.filter((name) => name === "split_home_page.wasm")).toHaveLength(1);
});

test("a page whose code does not come says so, and the call goes on", async ({ page, signIn, intake, provider, problems }) => {
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await page.reload();
  await hydrated(page);
  await intake.startTyping();
  await intake.greets();

  problems.expect(/ERR_FAILED|Failed to fetch/);
  await page.route("**/split_home_page.wasm", (route) => route.abort());
  await page.getByRole("link", { name: "Home" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "The server cannot be reached" })).toBeVisible();
  await expect(page.getByRole("link", { name: /^Live/ })).toBeVisible();
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "page-not-loaded");

  await page.goBack();
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await page.unroute("**/split_home_page.wasm");
  await page.getByRole("link", { name: "Home" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /welcome/i })).toBeVisible();
});
