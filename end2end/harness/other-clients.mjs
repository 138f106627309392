// Other clients than our page: where they come from, how they get a secret, and how a conversation goes.
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { speech } from "./speech.mjs";

const CLIENTS = new URL("../clients/", import.meta.url);
const SDK = new URL("../node_modules/@openai/agents-realtime/dist/bundle/", import.meta.url);

/** A web server of another origin, with a page that holds the stock client and nothing of ours. */
export class OtherPage {
  #server;

  static async serve() {
    const page = new OtherPage();
    page.#server = createServer((request, response) => answer(request.url, response));
    page.#server.listen(0, "127.0.0.1");
    await once(page.#server, "listening");
    page.origin = `http://127.0.0.1:${page.#server.address().port}`;
    return page;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function answer(path, response) {
  const file =
    path === "/" ? new URL("agents.html", CLIENTS) : path === "/agents.mjs" ? new URL("agents.mjs", CLIENTS) : /^\/sdk\/[\w-]+\.mjs$/.test(path) ? new URL(path.slice(5), SDK) : null;
  if (!file) return response.writeHead(404).end();
  const kind = path === "/" ? "text/html" : "text/javascript";
  response.writeHead(200, { "content-type": `${kind}; charset=utf-8` }).end(await readFile(fileURLToPath(file)));
}

/** The operator's own program beside another client: it signs in and asks for secrets, over our API. */
export class Desk {
  #url;
  #cookie;

  static async signIn(server, role) {
    const desk = new Desk();
    desk.#url = server.url;
    const { email, password } = await server.signIn(role);
    const answer = await desk.#post("account/sign_in", new URLSearchParams({ "request[email]": email, "request[password]": password }));
    desk.#cookie = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
    return desk;
  }

  /** Opens an intake of a workflow and starts a session on it. */
  async start(name) {
    const workflows = await (await this.#post("workflows/list", new URLSearchParams())).json();
    const workflow = workflows.find((one) => one.name === name).id;
    const intake = await (await this.#post("intakes/open", new URLSearchParams({ "request[workflow]": workflow }))).json();
    const request = { intake, consent: "read_aloud", idempotency_key: `key-${crypto.randomUUID()}` };
    const started = await (await this.#json("sessions/start", request)).json();
    return { intake, secret: started.client_secret, url: new URL(started.calls_url, this.#url).href };
  }

  async read(intake) {
    return (await this.#json("intakes/read", { intake })).json();
  }

  #json(path, request) {
    return this.#post(path, JSON.stringify({ request }), { "content-type": "application/json" });
  }

  async #post(path, body, headers = {}) {
    const answer = await fetch(new URL(`/api/${path}`, this.#url), {
      method: "POST",
      body,
      headers: { ...headers, ...(this.#cookie ? { cookie: this.#cookie } : {}) },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}

/** What is answered to a question: the first row whose words are in it. */
const ANSWERS = [
  [/right\?|correct\?/i, "yes"],
  [/your name/i, "Ada Lovelace"],
  [/reach you/i, "ada@example.org"],
  [/product/i, "the label printer"],
  [/what happened/i, "it prints blank pages"],
  [/since when/i, "since Monday"],
  [/urgent/i, "work is slowed down"],
  [/call you back/i, "yes"],
];

/** What the form of the support request holds after those answers. */
export const ANSWERED = {
  full_name: "Ada Lovelace",
  contact: "ada@example.org",
  product: "the label printer",
  what_happened: "it prints blank pages",
  since_when: "since Monday",
  urgency: "Work is slowed down",
  may_call_back: "yes",
};

/** Any short sentence: the provider is told what it hears. */
export const anySentence = () => speech("Yes, of course.");

/** The last question. It is answered aloud: talking cuts off what is still being said. */
const LAST = /call you back/i;

/**
 * Answers every question until the call is over: the first ones and the last aloud, the rest typed.
 * `client` has `nextQuestion()`, `says(wavFile)` and `types(text)`.
 */
export async function converse(client, provider, { aloud }) {
  const questions = [];
  for (let question = await client.nextQuestion(); question !== null; question = await client.nextQuestion()) {
    questions.push(question);
    if (questions.length > 30) throw new Error(`no end of questions: ${questions.join(" | ")}`);
    const [, answer] = ANSWERS.find(([words]) => words.test(question)) ?? [null, "skip"];
    if (questions.length <= aloud || LAST.test(question)) {
      await provider.heard(answer);
      await client.says(anySentence());
    } else {
      await client.types(answer);
    }
  }
}
