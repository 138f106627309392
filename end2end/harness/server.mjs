// The built server as a child process with a data folder of its own.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "./provider.mjs";

const READY_WITHIN = 60_000; // the first start makes the demo workspace and hashes its passwords
const STOP_WITHIN = 15_000; // calls are hung up and recorded first

export class Server {
  #child;
  #log = "";
  #folder;
  #env;
  #port = 0;

  /** Starts a server. `env` is added to its environment; `undefined` takes a variable away. */
  static async start(env = {}) {
    const server = new Server();
    server.#env = env;
    server.#folder = await mkdtemp(join(tmpdir(), "vestibule-e2e-"));
    await server.start();
    return server;
  }

  /** Starts it (again), on the same port and with the same data. */
  async start() {
    const binary = process.env.VESTIBULE_BIN;
    if (!binary) throw new Error("VESTIBULE_BIN names the server to test; `cargo xtask e2e` sets it");
    const child = spawn(binary, ["serve"], { env: this.#variables(), cwd: this.#folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.url = await new Promise((resolve, reject) => {
      const fail = (reason) => reject(new Error(`the server ${reason}:\n${this.#log}`));
      const timer = setTimeout(() => fail("did not get ready"), READY_WITHIN);
      const read = (chunk) => {
        this.#log += chunk;
        const address = /listening on (http:\/\/[^\s]+)/.exec(this.#log.slice(this.#logStart));
        if (address) {
          clearTimeout(timer);
          resolve(address[1]);
        }
      };
      this.#logStart = this.#log.length;
      child.stdout.setEncoding("utf8").on("data", read);
      child.stderr.setEncoding("utf8").on("data", read);
      child.once("error", (error) => fail(`does not start (${error.message})`));
      child.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
    });
    this.#port = Number(new URL(this.url).port);
  }
  #logStart = 0;

  #variables() {
    const env = { ...process.env, ...this.#own(), ...this.#env };
    for (const name of Object.keys(env)) if (env[name] === undefined) delete env[name];
    return env;
  }

  #own() {
    return {
      VESTIBULE_LISTEN: `127.0.0.1:${this.#port}`,
      VESTIBULE_DATA_DIR: join(this.#folder, "data"),
      VESTIBULE_KEY_FILE: join(this.#folder, "key"),
      VESTIBULE_DEMO_PASSWORDS_FILE: this.#passwords,
      VESTIBULE_TEST_ENDPOINTS: "1",
      VESTIBULE_REHEARSAL_FILE: this.#rehearsal,
      // Fast and the same everywhere: no thinking, no sound, no recognition. Tests of sound ask for it.
      VESTIBULE_REHEARSAL_STEP_MS: "20",
      VESTIBULE_REHEARSAL_VOICE: "captions",
      VESTIBULE_HEARING_MODEL: undefined,
      // One person does in a minute here what a whole office does in a day.
      VESTIBULE_STARTS_PER_USER: "1000",
      VESTIBULE_SIGN_INS_PER_ACCOUNT: "1000",
    };
  }

  get #passwords() {
    return join(this.#folder, "demo-passwords.json");
  }

  get #rehearsal() {
    return join(this.#folder, "rehearsal.json");
  }

  /** The rehearsal provider inside this server, as its tests see it. */
  async provider() {
    return new Provider(JSON.parse(await readFile(this.#rehearsal, "utf8")));
  }

  get dataFolder() {
    return join(this.#folder, "data");
  }

  /** Everything the server has printed so far. */
  get log() {
    return this.#log;
  }

  /** The demo sign-in of a role: `admin`, `supervisor`, `staff` or `analyst`. */
  async signIn(role) {
    const all = JSON.parse(await readFile(this.#passwords, "utf8"));
    const found = Object.entries(all).find(([email]) => email.startsWith(`${role}@`));
    if (!found) throw new Error(`no demo sign-in for ${role}; there are ${Object.keys(all).join(", ")}`);
    return { email: found[0], password: found[1] };
  }

  /** Makes a user of the demo workspace who has not done anything yet, as an operator would. */
  async createUser(role, email) {
    const password = `${randomUUID()}`;
    const command = ["admin", "create-user", "--email", email, "--name", `New ${role}`, "--workspace", "Demo workspace", "--role", role];
    const child = spawn(process.env.VESTIBULE_BIN, command, { env: this.#variables(), cwd: this.#folder, stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (said += chunk));
    child.stdin.end(`${password}\n`);
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`the user was not made:\n${said}`);
    return { email, password };
  }

  /** Asks it to stop, as an operator would; resolves to its exit code. */
  stop() {
    return this.#end("SIGTERM");
  }

  /** Ends it without a chance to clean up. */
  kill() {
    return this.#end("SIGKILL");
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN);
    const [code, by] = await ended;
    clearTimeout(timer);
    if (signal === "SIGTERM" && by === "SIGKILL") throw new Error(`the server did not stop when asked:\n${this.#log}`);
    return code;
  }

  async remove() {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
