// Runs in a page of another origin: the stock client as it is published, and counters around it.
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession, tool } from "/sdk/openai-realtime-agents.mjs";

/** A promise that others resolve; asked for again, it is the next one. */
class Queue {
  #ready = [];
  #waiting = [];
  put(value) {
    const taker = this.#waiting.shift();
    if (taker) taker(value);
    else this.#ready.push(value);
  }
  take() {
    if (this.#ready.length > 0) return Promise.resolve(this.#ready.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

const all = {}; // every event, by type
const typed = {}; // those that the client's own schemas accepted
const said = [];
const errors = [];
const toolRuns = [];
const questions = new Queue();
let session;

const count = (counts, type) => (counts[type] = (counts[type] ?? 0) + 1);

function watch(transport) {
  let words = "";
  transport.on("*", (event) => {
    // The client announces an event to everybody before it announces it by its type.
    if (!(event.type in all)) transport.on(event.type, () => count(typed, event.type));
    count(all, event.type);
    if (event.type === "response.output_audio_transcript.done") {
      said.push(event.transcript);
      words = event.transcript;
    }
    if (event.type === "response.done") {
      // Whoever says something and asks for no tool waits for an answer.
      const { status, output } = event.response;
      if (words && status === "completed" && !output.some(({ type }) => type === "function_call")) questions.put(words);
      words = "";
    }
  });
  transport.on("connection_change", (status) => {
    if (status === "disconnected") questions.put(null);
  });
}

/** A tool of the client's own, which takes whatever it is given. */
function ownTool({ name, description, parameters }) {
  return tool({
    name,
    description,
    parameters,
    strict: false,
    execute: async (given) => {
      toolRuns.push({ name, given });
      return JSON.stringify({ ok: true, field: given.field, value: given.value, state: "confirmed" });
    },
  });
}

window.stock = {
  /** Connects; resolves to the milliseconds it took. */
  async connect({ url, secret, instructions, tools = [] }) {
    const agent = new RealtimeAgent({ name: "Another assistant", instructions, tools: tools.map(ownTool) });
    const transport = new OpenAIRealtimeWebRTC();
    session = new RealtimeSession(agent, { transport });
    session.on("error", ({ error }) => errors.push(error?.message ?? error?.error?.message ?? JSON.stringify(error)));
    watch(transport);
    const began = performance.now();
    await session.connect({ apiKey: secret, url });
    transport.connectionState.dataChannel.addEventListener("close", () => questions.put(null));
    return performance.now() - began;
  },
  callId: () => session.transport.callId,
  /** Has the model speak. */
  begin: () => session.transport.sendEvent({ type: "response.create" }),
  types: (text) => session.sendMessage(text),
  /** The next thing that was said to its end and waits for an answer; null when the call is over. */
  nextQuestion: () => questions.take(),
  report: () => ({ all, typed, said, errors, toolRuns, history: session.history.length }),
  close: () => session.close(),
};
