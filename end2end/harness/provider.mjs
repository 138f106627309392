// The rehearsal provider's own side: what it was asked, what it will hear, and what goes wrong there.

export class Provider {
  #root;
  #key;

  constructor({ url, key }) {
    this.#root = new URL("/test/", url);
    this.#key = key;
  }

  /** Replaces everything that is to go wrong; nothing, when nothing is given. */
  async faults(faults = {}) {
    await this.#ask("faults", faults);
  }

  /** What will be heard instead of the sound of the next turns, one text for each. */
  async heard(...texts) {
    await this.#ask("heard", { texts });
  }

  /** Every call and every request there ever was. */
  async ledger() {
    return (await this.#ask("ledger")).json();
  }

  /** The calls that still run. */
  async running() {
    return (await this.ledger()).calls.filter((call) => call.running);
  }

  async #ask(what, body) {
    const answer = await fetch(new URL(what, this.#root), {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`the provider answered ${answer.status} to ${what}: ${await answer.text()}`);
    return answer;
  }
}
