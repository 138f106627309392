// The client without a browser, as a child process that speaks lines of JSON.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../clients/aiortc_client.py", import.meta.url));

export class Aiortc {
  #child;
  #lines;
  #complaints = "";

  constructor({ url, secret }) {
    const env = { ...process.env, CALLS_URL: url, CLIENT_SECRET: secret };
    this.#child = spawn(process.env.AIORTC_PYTHON, [SCRIPT], { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stderr.setEncoding("utf8").on("data", (chunk) => (this.#complaints += chunk));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Milliseconds until its channel was open, and the `Location` it was given. */
  async connected() {
    return this.#next();
  }

  async nextQuestion() {
    const line = await this.#next();
    if (line.question) return line.question;
    this.report = line.over;
    return null;
  }

  says(file) {
    this.#order({ says: file });
  }

  types(text) {
    this.#order({ types: text });
  }

  async ended() {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  kill() {
    this.#child.kill("SIGKILL");
  }

  #order(order) {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  async #next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the client ended:\n${this.#complaints}`);
    return JSON.parse(value);
  }
}
