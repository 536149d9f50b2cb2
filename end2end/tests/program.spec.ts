import { expect, test } from "../fixtures.js";
import { newestAnswer, sql } from "../database.js";
import { Script, call, chat as talk } from "../program.js";

test("a program chats through a key while its person watches, until the key is revoked", async ({ page, context, person, keys, chat, sidebar }) => {
  await keys.open();
  const secret = await keys.make("My CLI Tool");
  await keys.close();
  await expect(keys.row("My CLI Tool")).toBeVisible();

  // The program begins a thread; the person sees it appear and opens it.
  await chat.open();
  const script = new Script();
  const events = talk(secret, { content: `Deploy checklist ${script.token}` });
  const first = await events.next();
  const threadId = first.value!.threadId as string;
  await script.until("asked");
  await sidebar.show();
  await sidebar.row("Deploy checklist").click();
  await expect(page).toHaveURL(`/chat/${threadId}`);
  await expect(chat.questions.last()).toContainText("Deploy checklist");
  await expect(chat.questions.last()).toContainText("via My CLI Tool");

  // Piece by piece, without a reload.
  await script.say("Run the **ledger migration** first");
  await expect(chat.answers.last().locator("strong")).toHaveText("ledger migration");
  await script.say(", then the API.");
  await expect(chat.answers.last()).toContainText("first, then the API.");
  await script.end();
  await chat.settled();
  let last = first.value;
  for await (const event of events) last = event;
  expect(last).toMatchObject({ type: "done", status: "complete" });

  // A second question in the same thread, written while the person looks at it.
  const second = new Script();
  const more = talk(secret, { threadId, content: `Who has to be awake? ${second.token}` });
  await more.next();
  await second.until("asked");
  await second.say("Two people");
  await expect(chat.answers).toHaveCount(2);
  await expect(chat.answers.last()).toContainText("Two people");

  // Revoked elsewhere, while that stream is running.
  const other = await context.newPage();
  await other.goto("/api-keys");
  await other.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await other.getByRole("button", { name: "Revoke key My CLI Tool" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
  await expect(other.getByRole("button", { name: "Revoke key My CLI Tool" })).toBeHidden();
  const revoked = performance.now();
  let end;
  for await (const event of more) end = event;
  expect(performance.now() - revoked, "a running stream ends within a second").toBeLessThan(1000);
  expect(end).toMatchObject({ type: "error", code: "invalid_api_key" });
  const refused = await call(secret, "/api/threads");
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: "Invalid API key" });

  // The answer is the person's all the same, and every row knows whose it is.
  await second.say(" and a dog.");
  await second.end();
  await expect(chat.answers.last()).toContainText("Two people and a dog.");
  await chat.settled();
  expect(newestAnswer(threadId)).toMatchObject({ content: "Two people and a dog.", status: "complete" });
  const rows = sql<{ email: string; via: number }>(
    `SELECT users.email, messages.api_key_id IS NOT NULL AS via FROM messages JOIN users ON users.id = messages.user_id WHERE thread_id = '${threadId}'`,
  );
  expect(rows).toHaveLength(4);
  expect(rows.every((row) => row.email === person.email && row.via === 1)).toBe(true);
});

test("an answer of somebody else's never appears", async ({ chat, sidebar, person, browser, baseURL }) => {
  const stranger = await browser.newContext();
  const register = await stranger.request.post(`${baseURL}/api/auth/register`, {
    data: { name: "Stranger", email: `${crypto.randomUUID()}@example.org`, password: "stranger stranger" },
  });
  expect(register.status()).toBe(201);
  await chat.open();
  const headers = { origin: baseURL! };
  const said = await stranger.request.post(`${baseURL}/api/chat`, { headers, data: { content: "A secret of mine", stream: false } });
  expect(said.status()).toBe(200);
  // Something of one's own arrives after it, so the feed has had its chance.
  const own = await chat.page.request.post(`${baseURL}/api/chat`, { headers, data: { content: "Mine", stream: false } });
  expect(own.status()).toBe(200);
  await sidebar.show();
  await expect(sidebar.row("Mine")).toBeVisible();
  await expect(sidebar.rows).toHaveCount(1);
  expect(person.email).toBeTruthy();
  await stranger.close();
});
