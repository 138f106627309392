// What a test gets: a running server, a page whose complaints fail the test, and a voice.
//
//   import { test, expect } from "../fixtures.mjs";
//   test.use({ serverEnv: { NAME: "value" } });        // optional; such a file gets a server of its own
//   test("…", async ({ page, server, signIn, voice, problems }) => { … });
import { test as base } from "@playwright/test";
import { Intake } from "./harness/intake.mjs";
import { Problems, hydrated } from "./harness/page.mjs";
import { Server } from "./harness/server.mjs";
import { Voice } from "./harness/voice.mjs";

export { expect } from "@playwright/test";
export { nothingRuns } from "./harness/intake.mjs";
export { accessible, fitsAThumb, fitsItsWidth, hydrated, pictures } from "./harness/page.mjs";
export { Server } from "./harness/server.mjs";
export { speech } from "./harness/speech.mjs";

export const test = base.extend({
  /** Added to the server's environment, as a short deadline; `undefined` takes a variable away. */
  serverEnv: [{}, { option: true, scope: "worker" }],

  /** The server under test, shared by the tests of a worker that ask for the same environment. */
  server: [
    async ({ serverEnv }, use) => {
      const server = await Server.start(serverEnv);
      await use(server);
      await server.remove();
    },
    { scope: "worker", timeout: 90_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  /** What the page complained about; `problems.expect(/…/)` lets a test provoke it. */
  problems: async ({}, use) => use(new Problems()),

  context: async ({ context, problems }, use) => {
    context.on("page", (page) => problems.watch(page));
    await use(context);
  },

  page: async ({ page, problems, server }, use, info) => {
    const logged = server.log.length;
    await use(page);
    if (info.status !== info.expectedStatus) {
      await info.attach("server log", { body: server.log.slice(logged), contentType: "text/plain" });
    }
    if (problems.unexpected.length > 0) throw new Error(`the page complained:\n${problems.unexpected.join("\n")}`);
  },

  /**
   * What the server took for work against a session. A test that provokes it says so:
   * `incidents.expect("foreign_item")`; in every other one it is a false alarm, and fails.
   */
  incidents: [
    async ({ server }, use) => {
      const expected = new Set();
      const from = server.log.length;
      await use({ expect: (what) => expected.add(what) });
      const told = server.log.slice(from).matchAll(/somebody works against a session.*?what=\W*([a-z_]+)/g);
      const unexpected = [...told].map(([, what]) => what).filter((what) => !expected.has(what));
      if (unexpected.length > 0) throw new Error(`taken for work against a session: ${unexpected.join(", ")}`);
    },
    { auto: true },
  ],

  /** `await signIn("staff")`: through the page, as a person does. Who, and another page, can be given. */
  signIn: async ({ page, server }, use) => {
    await use(async (role, where = page) => {
      const { email, password } = typeof role === "string" ? await server.signIn(role) : role;
      await where.goto("/sign-in");
      await hydrated(where);
      await where.getByLabel(/e-?mail/i).fill(email);
      await where.getByLabel(/password/i).fill(password);
      await where.getByRole("button", { name: /sign in/i }).click();
      await where.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
      await hydrated(where);
      return { email, password };
    });
  },

  /** The other side: `await provider.heard("Ann Lee")`, `await provider.faults({…})`. */
  provider: async ({ server }, use) => {
    const provider = await server.provider();
    await use(provider);
    await provider.faults();
  },

  /** Speaks into the page's microphone: `await voice.say("My name is Ann Lee.")`. */
  voice: async ({ page }, use) => use(await Voice.install(page)),

  /** The intake page: `await intake.open("New client")`. */
  intake: async ({ page, voice }, use) => use(new Intake(page, voice)),
});
