// What happens to a person in the middle of a conversation: the microphone, the page, the network, the
// machine. docs/robustness.md has a row for each of these.
import { accessible, expect, fitsAThumb, fitsItsWidth, hydrated, nothingRuns, pictures, test } from "../fixtures.mjs";
import { Hiding, holdBackSound, setClockWrong, slowDown } from "../harness/browser-ways.mjs";
import { Devices } from "../harness/devices.mjs";

const WORKFLOW = "Pre-visit questions";
const HEADSET = "Jabra Evolve headset";
const DESK = "Desk microphone";

const WIDTHS = [1280, 360];

/** A new state is looked at by a person, and by what finds faults of access. */
async function looks(page, name) {
  await accessible(page);
  await fitsItsWidth(page);
  await pictures(page, name, WIDTHS);
}

const parts = (page) => ({
  connection: page.locator("#connection"),
  dock: page.getByRole("region", { name: "Microphone and typing" }),
  alert: page.locator(".dock-alert"),
  microphone: page.getByRole("button", { name: "Mute", exact: true }),
  heard: page.locator(".mic-words"),
  told: page.locator("#call-state-spoken"),
});

/** The newest session of the intake, as it is on record. */
async function onRecord(page) {
  const intake = new URL(page.url()).pathname.split("/").at(-1);
  return page.evaluate(async (intake) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/intakes/read", { method: "POST", headers, body: JSON.stringify({ request: { intake } }) });
    return (await answer.json()).sessions[0];
  }, intake);
}

/** Notes every sign of progress that is shown from now on, however shortly; returns how to read them. */
async function watchForProgress(page) {
  await page.evaluate(() => {
    window.progress = new Set();
    const look = () => {
      const text = document.querySelector("main").textContent;
      for (const words of ["Opening…", "Connecting…", "Going on…"]) if (text.includes(words)) window.progress.add(words);
      if (document.querySelector('button[aria-label="Send"] .spinner')) window.progress.add("sending");
    };
    new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
  });
  return () => page.evaluate(() => [...window.progress].sort());
}

async function stop(intake, provider) {
  await intake.end("Stop talking");
  await intake.isCleanedUp();
  await nothingRuns(provider);
}

test("a microphone that is pulled out is said, another one takes its place, and it is known again", async ({ page, intake, voice, signIn, provider }) => {
  const devices = await Devices.install(page, [HEADSET, DESK]);
  const { alert, heard, dock, microphone, told } = parts(page);
  await signIn("staff");
  await intake.open(WORKFLOW);
  await intake.startTalking();
  await intake.asks("What is the patient's full name?");
  const [call] = await provider.running();

  await devices.disconnect(HEADSET);
  await expect(alert).toContainText("The microphone was disconnected or switched off. The assistant cannot hear you.");
  await expect(told).toContainText("disconnected or switched off");
  await expect(dock).toContainText("No microphone");
  expect(await devices.open(), "no other one is opened unasked").toEqual([]);
  await looks(page, "microphone-gone");

  // Another one, by the keyboard; the call goes on and hears it.
  const other = alert.getByRole("button", { name: `Use ${DESK}` });
  await other.focus();
  await other.press("Enter");
  await expect(alert).toHaveCount(0);
  await expect(heard).toHaveText("Listening");
  await provider.heard("Maria Lopez.");
  await voice.say("Maria Lopez.");
  await intake.asks("I have Maria Lopez.");

  // One that is gone while muted comes back by itself, and is muted still.
  await microphone.click();
  await devices.disconnect(DESK);
  await expect(alert).toContainText("Connect it again, use another one, or type.");
  await expect(alert.getByRole("button"), "there is none to use").toHaveText(["Check microphone"]);
  await alert.getByRole("button").click();
  await expect(alert).toContainText("No microphone was found. Connect one, then check again.");
  await devices.connect(HEADSET);
  await expect(alert.getByRole("button")).toHaveText([`Use ${HEADSET}`]);
  await devices.connect(DESK);
  await expect(alert, "it is known again").toHaveCount(0);
  await expect(heard).toHaveText("Muted");
  expect(await devices.open()).toEqual([{ name: DESK, enabled: false }]);
  await microphone.click();
  expect(await devices.open()).toEqual([{ name: DESK, enabled: true }]);

  expect(await provider.running(), "it is the same call").toMatchObject([{ id: call.id }]);
  await stop(intake, provider);
  expect(await onRecord(page)).toMatchObject({ state: "ended", reason: "staff_ended" });
});

test("a microphone that another program takes is said, and is not shown as heard", async ({ page, intake, voice, signIn, provider }) => {
  const devices = await Devices.install(page, [HEADSET]);
  const { alert, heard, microphone } = parts(page);
  await signIn("staff");
  await intake.open(WORKFLOW);

  // Before the call: in words, and the next try is made without them.
  await devices.refuse("NotReadableError");
  await intake.agree();
  await page.getByRole("button", { name: "Start talking" }).click();
  await expect(intake.prepare.getByRole("alert")).toHaveText("Another program is using the microphone. Close it, then check again.");
  await expect(intake.prepare).toContainText("The call did not come about. Your answers are safe.");
  await expect(intake.prepare.getByText("Another program is using"), "said once").toHaveCount(1);
  await nothingRuns(provider);
  await looks(page, "microphone-busy");
  await devices.refuse(null);
  await page.getByRole("button", { name: "Start talking" }).click();
  await intake.isLive();
  await expect(alert).toHaveCount(0);
  await intake.greets();

  // In the call.
  await provider.heard("One moment.");
  await voice.interrupt("One moment.");
  await expect(microphone).not.toHaveAttribute("data-level", "0");
  await devices.silence(true);
  await expect(alert).toContainText("Another program or a switch has silenced the microphone. The assistant cannot hear you.");
  await expect(heard).toHaveText("Not heard");
  await voice.interrupt("This cannot be seen.");
  await page.waitForTimeout(500); // several rounds of the meter
  await expect(microphone).toHaveAttribute("data-level", "0");
  await pictures(page, "microphone-silenced", WIDTHS);
  await devices.silence(false);
  await expect(alert).toHaveCount(0);
  await expect(heard).toHaveText("Listening");

  // Or it is taken away altogether, by a setting.
  await devices.silence(true);
  await devices.refuse("NotAllowedError");
  await alert.getByRole("button", { name: "Check microphone" }).click();
  await expect(alert).toContainText("The microphone is blocked for this page. The assistant cannot hear you.");
  await expect(alert.getByRole("listitem")).not.toHaveCount(0);
  await expect(heard, "the old one is open and silent still").toHaveText("Not heard");
  await looks(page, "microphone-blocked-in-call");
  await stop(intake, provider);
});

test("a page that was hidden comes back with its sound, its meter, its screen and the right time", async ({ page, intake, signIn, provider }) => {
  const TEN_MINUTES = 600_000;
  await setClockWrong(page, -TEN_MINUTES);
  const hiding = await Hiding.install(page);
  await signIn("staff");
  await intake.open(WORKFLOW);
  const [, minutes] = /Up to (\d+) min/.exec(await intake.prepare.textContent());
  await intake.startTalking();
  await intake.greets();
  const all = { metersRun: true, soundPlays: true, locks: 1 };
  await expect.poll(() => hiding.state()).toEqual(all);
  // By the browser's own clock there would be ten minutes more.
  await expect(page.getByRole("timer", { name: "Time left" })).toHaveText(new RegExp(`^\\s*${minutes} min left`));

  await hiding.hide();
  expect(await hiding.state()).toEqual({ metersRun: false, soundPlays: false, locks: 0 });
  const beat = (count) => page.waitForRequest("**/api/sessions/heartbeat", { timeout: 6_000 * count });
  await beat(1); // it goes on while the page is hidden
  const next = beat(1);
  const shown = Date.now();
  await hiding.show();
  await next;
  expect(Date.now() - shown, "the server is told at once").toBeLessThan(2_000);
  await expect.poll(() => hiding.state()).toEqual(all);
  await expect(parts(page).heard).toHaveText("Listening");
  await stop(intake, provider);
  expect((await hiding.state()).locks, "the screen may sleep again").toBe(0);
});

test("a short loss of the network passes, a long one ends the call in words and on record", async ({ context, page, intake, signIn, provider, problems }) => {
  test.setTimeout(120_000);
  problems.expect(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  const { connection, alert, heard, told } = parts(page);
  await signIn("staff");
  await intake.open(WORKFLOW);
  await intake.startTalking();
  await intake.greets();
  const [call] = await provider.running();

  // Another network: for a moment nothing goes anywhere.
  await context.setOffline(true);
  await provider.faults({ media_lost: true });
  await expect(page.getByText("You are offline.")).toBeVisible();
  await expect(connection).toHaveText(/Reconnecting…|Updates are delayed…/, { timeout: 10_000 });
  await expect(heard).toHaveText("Not heard", { timeout: 10_000 });
  await expect(alert, "too short for a warning").toHaveCount(0);
  await provider.faults();
  await context.setOffline(false);
  await expect(connection).toHaveText("Connected", { timeout: 15_000 });
  await expect(told).toHaveText("Connected");
  await expect(heard).toHaveText("Listening");
  await expect(page.getByText("You are offline.")).toHaveCount(0);
  expect(await provider.running(), "it is the same call").toMatchObject([{ id: call.id }]);
  await intake.type("Maria Lopez");
  await intake.asks("I have Maria Lopez.");

  // Only the call's own way is cut: first quietly, after five seconds in words, at last for good.
  await provider.faults({ media_lost: true });
  await expect(connection).toHaveText("Reconnecting…", { timeout: 10_000 });
  await pictures(page, "reconnecting", WIDTHS);
  await expect(alert).toContainText("Connection lost. We keep trying. Your answers are safe.", { timeout: 10_000 });
  await expect(alert.getByRole("button")).toHaveText("Stop and type");
  await pictures(page, "connection-lost", WIDTHS);
  await expect(intake.prepare).toContainText("The call dropped. Your answers are safe.", { timeout: 30_000 });
  await intake.isCleanedUp();
  await nothingRuns(provider);
  await pictures(page, "call-dropped", WIDTHS);
  expect(await onRecord(page)).toMatchObject({ state: "ended", reason: "tab_lost" });
  await intake.hasStatus("open");
  await intake.holds("Patient's name", "Maria Lopez", "Heard");
  await provider.faults();
  await page.getByRole("button", { name: "Resume" }).click();
  await intake.isLive();
  await expect(intake.said.last(), "it asks where it stopped").toContainText("We go on", { timeout: 20_000 });
  await stop(intake, provider);
});

test("sound that the browser holds back is one press away", async ({ page, intake, signIn, provider }) => {
  await holdBackSound(page);
  const { alert } = parts(page);
  await signIn("staff");
  await intake.open(WORKFLOW);
  await intake.startTyping();
  await expect(alert).toContainText("The browser holds back the sound.");
  await expect(page.locator("#changes-spoken")).toContainText("The browser holds back the sound.");
  const plays = () => page.locator("audio").evaluate((sound) => !sound.paused);
  expect(await plays()).toBe(false);
  await looks(page, "sound-held-back");
  const button = page.getByRole("button", { name: "Let me hear the assistant" });
  await button.focus();
  await button.press("Enter");
  await expect(alert).toHaveCount(0);
  await expect.poll(plays).toBe(true);
  await stop(intake, provider);
});

test("on a slow machine and a slow network everything is done once, and what takes long says so", async ({ page, intake, signIn, provider }) => {
  test.setTimeout(150_000);
  const asked = {};
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === "POST") asked[pathname] = (asked[pathname] ?? 0) + 1;
  });
  await signIn("staff");
  await page.goto("/");
  await hydrated(page);
  await slowDown(page, { cpu: 6, latency: 400, kilobitsPerSecond: 400 });

  const seen = await watchForProgress(page);

  await page.getByRole("button", { name: `Start ${WORKFLOW}` }).dblclick();
  await page.waitForURL(/\/intakes\/[^/?]+$/, { timeout: 30_000 });
  await expect(page.getByRole("heading", { level: 1, name: WORKFLOW })).toBeVisible({ timeout: 30_000 });
  await intake.agree();
  await page.getByRole("button", { name: "Start typing" }).dblclick();
  await intake.isLive();
  await intake.greets();
  const box = page.getByRole("textbox", { name: "Type instead of speaking" });
  await box.fill("Maria Lopez");
  await page.getByRole("button", { name: "Send" }).dblclick();
  await expect(box).toHaveValue("", { timeout: 15_000 });
  await intake.asks("I have Maria Lopez.");
  await intake.holds("Patient's name", "Maria Lopez", "Heard");
  await expect(intake.spoken).toHaveCount(1);

  await page.getByRole("button", { name: "Pause" }).click();
  const goOn = page.getByRole("button", { name: /^Go/ });
  await goOn.dblclick();
  await expect(goOn).toHaveCount(0, { timeout: 15_000 });
  await intake.end("Abandon");
  await intake.hasStatus("abandoned");
  await intake.isCleanedUp();
  await nothingRuns(provider);
  expect(asked).toMatchObject({ "/api/intakes/open": 1, "/api/sessions/start": 1, "/api/sessions/type_turn": 1, "/api/sessions/pause": 2, "/api/intakes/abandon": 1 });
  expect(await seen()).toEqual(["Connecting…", "Going on…", "Opening…", "sending"]);
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("every warning fits, and can be pressed with a thumb", async ({ page, intake, signIn, provider }) => {
    await holdBackSound(page);
    const devices = await Devices.install(page, [HEADSET, DESK]);
    const { alert, dock } = parts(page);
    const fits = async () => {
      await expect(dock).toBeInViewport({ ratio: 1 });
      await fitsItsWidth(page);
      await fitsAThumb(page.locator(".dock, .intake-head, .tabs"));
    };
    await signIn("staff");
    await intake.open(WORKFLOW);
    await intake.startTalking();
    await intake.greets();
    await devices.silence(true);
    await expect(alert).toHaveCount(2);
    await fits();
    await accessible(page);
    await alert.getByRole("button", { name: "Let me hear the assistant" }).tap();
    await devices.disconnect(HEADSET);
    await expect(alert).toContainText("disconnected");
    await fits();
    await devices.silence(false);
    await devices.refuse("NotAllowedError");
    await alert.getByRole("button", { name: `Use ${DESK}` }).tap();
    await expect(alert).toContainText("The microphone is blocked for this page.");
    await fits();
    await devices.refuse(null);
    await alert.getByRole("button", { name: "Check microphone" }).tap();
    await expect(alert).toHaveCount(0);
    await fits();
    await stop(intake, provider);
  });
});
