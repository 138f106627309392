// A member of staff who has signed in and opened an intake, for measurements that begin there.
import { hydrated } from "../harness/page.mjs";

const WORKFLOW = /new client/i;

/** What a browser needs to be that person, and the address of the intake. */
export async function signedIn(browser, server) {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const { email, password } = await server.signIn("staff");
  await page.goto("/sign-in");
  await hydrated(page);
  await page.getByLabel(/e-?mail/i).fill(email);
  await page.getByLabel(/password/i).fill(password);
  await page.getByRole("button", { name: /sign in/i }).click();
  await page.getByRole("button", { name: WORKFLOW }).click();
  await page.waitForURL(/\/intakes\/[^/?]+$/);
  const intake = page.url();
  const storageState = await context.storageState();
  await context.close();
  return { storageState, intake };
}
