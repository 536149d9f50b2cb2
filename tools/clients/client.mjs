// What a program that uses OpenAI's library does and sees.
import assert from "node:assert/strict";
import OpenAI from "openai";

const { BASE_URL, KEY, SMALL_KEY } = process.env;
const options = { baseURL: BASE_URL, maxRetries: 0, timeout: 60_000 };
const client = new OpenAI({ ...options, apiKey: KEY });
const user = (content) => ({ role: "user", content });
const hello = [user("Hello")];

/** Sees that an act fails as the library's own class of errors. */
const refused = (kind, status, code, act) =>
  assert.rejects(act, (error) => {
    assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}`);
    assert.equal(error.status, status);
    assert.equal(error.code, code);
    assert.ok(error.error.message);
    return true;
  });

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["builtin", "tiny"]);
assert.equal((await client.models.retrieve("builtin")).owned_by, "builtin");

for (const model of models) {
  const whole = await client.chat.completions.create({
    model,
    messages: [{ role: "system", content: "Answer briefly." }, user("Which tram goes up to Graça?")],
    max_completion_tokens: 40,
  });
  assert.equal(whole.object, "chat.completion");
  assert.ok(whole.choices[0].message.content);
  assert.ok(["stop", "length"].includes(whole.choices[0].finish_reason));
  assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

  const stream = await client.chat.completions.create({
    model,
    messages: hello,
    max_tokens: 40,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.ok(text);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);

  // The library puts the pieces together by itself and holds them against its own types.
  const runner = client.chat.completions.stream({ model, messages: hello, max_tokens: 40 });
  assert.ok(await runner.finalContent());
}

const wrong = new OpenAI({ ...options, apiKey: `sk-${"0".repeat(48)}` });
await refused(OpenAI.AuthenticationError, 401, "invalid_api_key", () => wrong.models.list());
await refused(OpenAI.PermissionDeniedError, 403, "endpoint_not_allowed", () =>
  client.embeddings.create({ model: "builtin", input: "Hello" }),
);
await refused(OpenAI.NotFoundError, 404, "model_not_found", () =>
  client.chat.completions.create({ model: "gpt-9", messages: hello }),
);
await refused(OpenAI.BadRequestError, 400, "invalid_request", () =>
  client.chat.completions.create({ model: "builtin", messages: hello, tools: [{ type: "function", function: { name: "f" } }] }),
);
const small = new OpenAI({ ...options, apiKey: SMALL_KEY });
await small.chat.completions.create({ model: "builtin", messages: hello });
await refused(OpenAI.RateLimitError, 429, "monthly_limit_reached", () =>
  small.chat.completions.create({ model: "builtin", messages: hello }),
);
