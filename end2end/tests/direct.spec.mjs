// Direct: the browser makes the call at the provider itself, and tells the server which it is.
import { expect, nothingRuns, test } from "../fixtures.mjs";

test.use({ serverEnv: { VESTIBULE_DEMO_CONNECTION: "direct" } });

test("a direct call is the same intake", async ({ page, intake, voice, signIn, provider }) => {
  let dialled;
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/v1/realtime/calls")) dialled = new URL(request.url());
  });
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.startTyping();
  expect(dialled.origin, "at the provider").not.toBe(new URL(page.url()).origin);
  await intake.typeThrough([
    ["What is the patient's full name?", "Maria Lopez"],
    ["I have Maria Lopez.", "yes"],
  ]);
  await intake.asks("What is the date of birth?");
  await intake.holds("Patient's name", "Maria Lopez", "Confirmed");
  expect(await voice.channels()).toEqual(["oai-events"]);
  const [call] = await provider.running();
  expect(call.authorization, "the page's secret is the provider's").toBe("secret");
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
});

test("a page that names a call which is not its own is refused in words", async ({ page, intake, signIn, provider, incidents, problems }) => {
  incidents.expect("not_under_control");
  problems.expect(/status of 4\d\d/);
  await page.route("**/api/sessions/report_call", async (route) => {
    const body = route.request().postDataJSON();
    body.request.call = "rtc_somebody_elses";
    await route.continue({ postData: JSON.stringify(body) });
  });
  await signIn("staff");
  await intake.open("Pre-visit questions");
  await intake.agree();
  await page.getByRole("button", { name: "Start typing" }).click();
  // Nobody controls it, so within the time of grace it is over.
  await expect(intake.prepare).toContainText(/control/i, { timeout: 30_000 });
  await intake.isCleanedUp();
  await nothingRuns(provider);
});
