// Signing in and out, and pages that lead nowhere.
import { accessible, expect, fitsItsWidth, hydrated, pictures, test } from "../fixtures.mjs";

test("the sign-in page has no fault and shows the way in", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in$/);
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "sign-in");
});

test("a wrong password is refused in words that do not tell whether the person exists", async ({ page, server, problems }) => {
  problems.expect(/status of 422/);
  const { email } = await server.signIn("staff");
  const refusals = [];
  for (const who of [email, "nobody@example.com"]) {
    await page.goto("/sign-in");
    await hydrated(page);
    await page.getByLabel("Email").fill(who);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = page.getByRole("alert").filter({ hasText: /\S/ });
    await expect(alert).toBeVisible();
    refusals.push(await alert.innerText());
  }
  expect(refusals[0]).toBe(refusals[1]);
  await accessible(page);
  await pictures(page, "sign-in-refused");
});

test("one signs in, comes to the page one wanted, and signs out", async ({ page, server }) => {
  const { email, password } = await server.signIn("staff");
  await page.goto("/intakes?status=open");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await hydrated(page);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/intakes\?status=open$/);
  await hydrated(page);

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto("/intakes");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("signing in works without scripts, and so does reading", async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const page = await context.newPage();
  const { email, password } = await server.signIn("admin");
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /welcome/i })).toBeVisible();
  await page.goto("/intakes?status=complete");
  await page.getByRole("link", { name: "New client" }).first().click();
  await expect(page.getByRole("group", { name: "Full name" })).toContainText("Nora Whitfield");
  await context.close();
});

test("what is refused without scripts is said in words", async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const signIn = async (page, { email, password }) => {
    await page.goto("/sign-in");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  const [page, other] = [await context.newPage(), await context.newPage()];
  const staff = await server.signIn("staff");
  await signIn(page, { ...staff, password: "not the password" });
  await expect(page.getByText("The email address or the password is not right.")).toBeVisible();
  await signIn(page, staff);
  // Somebody who may not start intakes signs in beside it.
  await signIn(other, await server.signIn("analyst"));
  await page.getByRole("button", { name: "Start New client" }).click();
  await expect(page.getByText("Your role does not start intakes. Ask an admin of your workspace.")).toBeVisible();
  await context.close();
});

test("an address that leads nowhere says so and leads back", async ({ page, signIn, problems }) => {
  problems.expect(/status of 404/);
  await signIn("staff");
  for (const path of ["/nowhere", "/intakes/018f0000-0000-7000-8000-000000000000", "/intakes/nothing"]) {
    const answer = await page.goto(path);
    expect(answer.status(), path).toBe(404);
    await hydrated(page);
    await expect(page.getByRole("heading", { level: 1, name: "Nothing here" })).toBeVisible();
  }
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, "not-found");
  await page.getByRole("link", { name: "Go to the start page" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /welcome/i })).toBeVisible();
});
