// Stands in for somebody else's model server, speaking OpenAI's chat completions. A prompt whose last message carries
// [script:NAME] is answered piece by piece as the test says over /control; any other prompt at once, by echoing it.
import { createServer } from "node:http";
import { EventEmitter } from "node:events";

const scripts = new Map();
const script = (name) => {
  if (!scripts.has(name)) scripts.set(name, { queue: [], asked: false, closed: false, news: new EventEmitter() });
  return scripts.get(name);
};

const body = async (request) => {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
};

const send = (response, payload) => response.write(`data: ${JSON.stringify(payload)}\n\n`);
const piece = (content) => ({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] });
const last = { id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const usage = { id: "c", object: "chat.completion.chunk", choices: [], usage: { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 } };

const finish = (response) => {
  send(response, last);
  send(response, usage);
  response.end("data: [DONE]\n\n");
};

async function complete(request, response) {
  const { messages } = JSON.parse(await body(request));
  const asked = messages.at(-1).content;
  const name = /\[script:([\w-]+)\]/.exec(asked)?.[1];
  response.setHeader("content-type", "text/event-stream");
  if (!name) {
    send(response, piece(`You said: ${asked}`));
    return finish(response);
  }
  const play = script(name);
  response.on("close", () => {
    play.closed = true;
    play.news.emit("news");
  });
  play.asked = true;
  play.closed = false;
  play.news.emit("news");
  for (;;) {
    while (play.queue.length > 0) {
      const step = play.queue.shift();
      if (step.end) return finish(response);
      if (step.fail) return response.destroy();
      send(response, piece(step.text));
    }
    if (play.closed) return;
    await new Promise((resolve) => play.news.once("news", resolve));
  }
}

/** POST /control/NAME takes a list of steps; GET /control/NAME?until=asked|closed answers when that has happened. */
async function control(request, response, url) {
  const play = script(url.pathname.slice("/control/".length));
  if (request.method === "POST") {
    play.queue.push(...JSON.parse(await body(request)));
    play.news.emit("news");
    return response.end();
  }
  const until = url.searchParams.get("until");
  while (!play[until]) await new Promise((resolve) => play.news.once("news", resolve));
  response.end();
}

/** Serves at 127.0.0.1 and this port. */
export function serveModels(port) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    const answer =
      url.pathname === "/v1/chat/completions"
        ? complete(request, response)
        : url.pathname.startsWith("/control/")
          ? control(request, response, url)
          : url.pathname === "/v1/models"
            ? response.end(JSON.stringify({ object: "list", data: [{ id: "scripted", object: "model" }] }))
            : response.writeHead(404).end();
    Promise.resolve(answer).catch((error) => response.destroy(error));
  });
  server.listen(port, "127.0.0.1");
  return server;
}
