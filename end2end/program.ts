// A program that uses the API with a key: plain HTTP, no browser.
const base = () => `http://127.0.0.1:${process.env.LATCHKEY_E2E_PORT}`;

export type Event = { type: string; [field: string]: unknown };

/** A call with a key. */
export const call = (key: string, path: string, init: RequestInit = {}) =>
  fetch(base() + path, {
    ...init,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...init.headers },
  });

/** The events of a chat, as they come, until the server ends the stream. */
export async function* chat(key: string, request: Record<string, unknown>): AsyncGenerator<Event> {
  const response = await call(key, "/api/chat", { method: "POST", body: JSON.stringify(request) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  let rest = "";
  for await (const bytes of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += bytes;
    const frames = rest.split("\n\n");
    rest = frames.pop()!;
    for (const frame of frames) {
      const data = frame.split("\n").find((line) => line.startsWith("data:"));
      if (data) yield JSON.parse(data.slice(5)) as Event;
    }
  }
}

const control = () => `http://127.0.0.1:${process.env.LATCHKEY_E2E_MODEL_PORT}/control/`;

/** An answer that the test speaks piece by piece: put `token` into what is said. */
export class Script {
  readonly name = crypto.randomUUID();
  readonly token = `[script:${this.name}]`;

  private post = (steps: unknown[]) => fetch(control() + this.name, { method: "POST", body: JSON.stringify(steps) });
  /** Says something more. */
  say = async (text: string) => void (await this.post([{ text }]));
  /** Ends the answer well. */
  end = async () => void (await this.post([{ end: true }]));
  /** Breaks the connection. */
  fail = async () => void (await this.post([{ fail: true }]));
  /** Waits until the model server was asked, or the server has hung up. */
  until = async (what: "asked" | "closed") => void (await fetch(`${control()}${this.name}?until=${what}`));
}
