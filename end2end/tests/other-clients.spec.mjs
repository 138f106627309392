// The stock client of the protocol's makers, as it is published, and a client without a browser.
import { expect, test as base, nothingRuns, Server } from "../fixtures.mjs";
import { Aiortc } from "../harness/aiortc.mjs";
import { callableAddress, FileVoice, firefox, whyNoFirefox } from "../harness/firefox.mjs";
import { ANSWERED, anySentence, converse, Desk, OtherPage } from "../harness/other-clients.mjs";
import { Rehearsal } from "../harness/rehearsal.mjs";
import { Stock } from "../harness/stock.mjs";

/** What it is told by its own makers to say; nobody must ever hear it. */
const ITS_INSTRUCTIONS = "# Opening line\nI am another assistant.";

const test = base.extend({
  otherPage: [
    async ({}, use) => {
      const page = await OtherPage.serve();
      await use(page);
      page.close();
    },
    { scope: "worker" },
  ],
  /** Our server, where pages of that origin may post offers. */
  server: [
    async ({ otherPage }, use) => {
      const server = await Server.start({
        VESTIBULE_CALLS_ORIGINS: otherPage.origin,
        VESTIBULE_REHEARSAL_STEP_MS: "1",
        VESTIBULE_REHEARSAL_MEDIA: callableAddress(),
      });
      await use(server);
      await server.remove();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  desk: async ({ server }, use) => use(await Desk.signIn(server, "staff")),
});

/** The intake is complete, by the model and through our tools. */
async function isComplete(desk, intake) {
  await expect.poll(async () => (await desk.read(intake)).sessions[0].state, { timeout: 15_000 }).toBe("ended");
  const view = await desk.read(intake);
  expect(view).toMatchObject({ status: "complete", sessions: [{ reason: "finished" }] });
  const fields = view.sections.flatMap((section) => section.fields);
  expect(Object.fromEntries(fields.map(({ key, value }) => [key, value]))).toEqual(ANSWERED);
  expect(fields.map((field) => field.set_by)).toEqual(fields.map(() => "Assistant"));
}

/** Its own settings were sent and put back, and drove nothing. */
async function spokeForUs({ said, errors, toolRuns }, provider) {
  expect(said[0]).toContain("this is the help desk");
  expect(said.join("\n")).not.toContain("another assistant");
  expect(toolRuns, "it ran no tool").toEqual([]);
  // It saw our tool calls, answered each that it has no such tool, and that was taken out.
  expect(errors.filter((error) => !/^Tool \w+ not found$/.test(error))).toEqual([]);
  expect(errors.length).toBeGreaterThan(8);
  const call = (await provider.ledger()).calls.at(-1);
  expect(call.events_received["session.update"]).toBeGreaterThanOrEqual(4); // two of its own, our question and what put ours back
  expect(call.events_received["conversation.item.delete"]).toBe(errors.length);
  for (const part of ["instructions", "tools", "tool_choice", "output_modalities", "model"]) {
    expect(call.session_now[part], part).toEqual(call.session_given[part]);
  }
}

function accepted({ all, typed }) {
  expect(typed, "every event fits the client's own schemas").toEqual(all);
}

/** For the record: how long it took to connect, and what was compared. */
function note(info, milliseconds, counts) {
  const events = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const description = `connected in ${Math.round(milliseconds)} ms; ${events} events of ${Object.keys(counts).length} types`;
  info.annotations.push({ type: "numbers", description });
}

const field = (key, label, kind) => `${key} | ${label} | ${kind} | required | no_read_back | What is your ${label.toLowerCase()}?`;

test("the rehearsal provider alone serves the stock client, every event as it expects it", async ({ page, voice, otherPage }, info) => {
  const rehearsal = await Rehearsal.start(otherPage.origin);
  try {
    const stock = await Stock.open(page, otherPage.origin, voice);
    const description = [field("name", "Name", "short_text"), field("town", "Town", "short_text"), field("age", "Age", "number")].join("\n");
    const properties = { field: { type: "string", enum: ["name", "town", "age"], description }, value: { type: "string" }, confirmed: { type: "boolean" } };
    const parameters = { type: "object", properties, required: ["field", "value", "confirmed"], additionalProperties: false };
    const milliseconds = await stock.connect({
      url: rehearsal.calls,
      secret: await rehearsal.mint(),
      instructions: "# Opening line\nHello from the client.",
      tools: [{ name: "set_field", description: "Save an answer.", parameters }],
    });
    expect(await stock.callId()).toMatch(/^rtc_/);
    await stock.begin();
    for (const [question, answer] of [["name", "Ada Lovelace"], ["town", "London"], ["age", "36"]]) {
      expect((await stock.nextQuestion()).toLowerCase()).toContain(question);
      await rehearsal.provider.heard(answer);
      await stock.says(anySentence());
    }
    await expect.poll(async () => (await stock.report()).toolRuns.length).toBe(3);
    // Everything that followed the last answer has come.
    await expect.poll(async () => (await rehearsal.provider.ledger()).calls[0].usage.responses).toBeGreaterThanOrEqual(7);
    const report = await stock.report();
    accepted(report);
    expect(report.errors).toEqual([]);
    expect(report.said[0]).toContain("Hello from the client.");
    expect(report.toolRuns.map(({ given }) => [given.field, given.value])).toEqual([["name", "Ada Lovelace"], ["town", "London"], ["age", "36"]]);
    expect(report.history).toBeGreaterThan(6);
    note(info, milliseconds, report.all);
    await stock.close();
    await expect.poll(async () => (await rehearsal.provider.running()).length).toBe(0);
  } finally {
    await rehearsal.stop();
  }
});

test("in Chromium it completes an intake through our calls endpoint", async ({ page, voice, otherPage, desk, provider }, info) => {
  const stock = await Stock.open(page, otherPage.origin, voice);
  const { intake, secret, url } = await desk.start("Support request");
  const milliseconds = await stock.connect({ url, secret, instructions: ITS_INSTRUCTIONS });
  expect(await stock.callId(), "the location was readable across origins").toMatch(/^vs_/);
  await converse(stock, provider, { aloud: 3 });
  await isComplete(desk, intake);
  const report = await stock.report();
  accepted(report);
  await spokeForUs(report, provider);
  await nothingRuns(provider);
  note(info, milliseconds, report.all);
});

test("in Firefox it does the same", async ({ otherPage, desk, provider }, info) => {
  test.skip(Boolean(whyNoFirefox()), whyNoFirefox());
  const browser = await firefox();
  try {
    const page = await browser.newPage();
    const voice = await FileVoice.install(page, anySentence());
    const stock = await Stock.open(page, otherPage.origin, voice);
    const { intake, secret, url } = await desk.start("Support request");
    const milliseconds = await stock.connect({ url, secret, instructions: ITS_INSTRUCTIONS });
    await converse(stock, provider, { aloud: 2 });
    await isComplete(desk, intake);
    const report = await stock.report();
    accepted(report);
    await spokeForUs(report, provider);
    await nothingRuns(provider);
    note(info, milliseconds, report.all);
  } finally {
    await browser.close();
  }
});

test("a client without a browser does the same", async ({ desk, provider }, info) => {
  test.skip(!process.env.AIORTC_PYTHON, "there is no Python with aiortc here");
  const { intake, secret, url } = await desk.start("Support request");
  const client = new Aiortc({ url, secret });
  try {
    const { connected_ms: milliseconds, location } = await client.connected();
    expect(location).toMatch(/^\/v1\/realtime\/calls\/vs_/);
    await converse(client, provider, { aloud: 2 });
    await isComplete(desk, intake);
    expect(await client.ended()).toBe(0);
    expect(client.report.frames, "sound came back").toBeGreaterThan(50);
    await nothingRuns(provider);
    note(info, milliseconds, client.report.events);
  } finally {
    client.kill();
  }
});
