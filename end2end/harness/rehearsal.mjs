// The rehearsal provider as a process of its own, without us.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "./provider.mjs";

const READY_WITHIN = 20_000;

export class Rehearsal {
  #child;
  #folder;
  #key;
  #log = "";

  /** Starts one that pages of `origin` may call. */
  static async start(origin) {
    const rehearsal = new Rehearsal();
    rehearsal.#folder = await mkdtemp(join(tmpdir(), "vestibule-rehearsal-"));
    const file = join(rehearsal.#folder, "rehearsal.json");
    const env = {
      ...process.env,
      VESTIBULE_REHEARSAL_CORS: origin,
      VESTIBULE_REHEARSAL_FILE: file,
      VESTIBULE_REHEARSAL_STEP_MS: "1",
      VESTIBULE_REHEARSAL_VOICE: "captions",
      VESTIBULE_TEST_ENDPOINTS: "1",
    };
    delete env.VESTIBULE_HEARING_MODEL;
    await rehearsal.#run(env);
    const { url, key } = JSON.parse(await readFile(file, "utf8"));
    rehearsal.url = url;
    rehearsal.#key = key;
    rehearsal.provider = new Provider({ url, key });
    return rehearsal;
  }

  async #run(env) {
    this.#child = spawn(process.env.VESTIBULE_BIN, ["rehearsal"], { env, stdio: ["ignore", "pipe", "pipe"] });
    await new Promise((resolve, reject) => {
      const fail = (reason) => reject(new Error(`the rehearsal provider ${reason}:\n${this.#log}`));
      const timer = setTimeout(() => fail("did not get ready"), READY_WITHIN);
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk) => {
          this.#log += chunk;
          if (this.#log.includes("listening on")) {
            clearTimeout(timer);
            resolve();
          }
        });
      }
      this.#child.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
    });
  }

  /** A secret for one page, as a server of the page's own would mint it. */
  async mint() {
    const answer = await fetch(`${this.url}/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: JSON.stringify({ session: { type: "realtime" } }),
    });
    if (!answer.ok) throw new Error(`no secret: ${answer.status} ${await answer.text()}`);
    return (await answer.json()).value;
  }

  get calls() {
    return `${this.url}/realtime/calls`;
  }

  async stop() {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
