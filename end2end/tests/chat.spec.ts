import { expect, test } from "../fixtures.js";
import { newestAnswer, sql } from "../database.js";
import { hydrated } from "../pages/hydrated.js";
import { Script } from "../program.js";

test("a question is answered, and everything around it works", async ({ page, person, chat, sidebar }) => {
  await chat.open();
  await expect(chat.send).toBeDisabled();
  const script = new Script();
  const id = await chat.say(`Hello there ${script.token}`);
  await expect(chat.composer).toBeFocused();
  await expect(chat.stop).toBeVisible();
  await script.say("# Title\n\nSome *words* and\n\n```rust\nfn main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
  await expect(chat.answers.last().locator("figure.code")).toBeVisible();
  await expect(chat.answers.last().locator("figcaption")).toContainText("rust");
  await script.end();
  await chat.settled();
  await expect(chat.answers.last().getByRole("table")).toBeVisible();
  await sidebar.show();
  await expect(sidebar.row("Hello there")).toHaveAttribute("aria-current", "page");
  if (await page.getByRole("button", { name: "Close menu" }).isVisible())
    await page.getByRole("button", { name: "Close menu" }).click();

  const answer = chat.answers.last();
  await answer.getByRole("button", { name: "Good answer" }).click();
  await expect.poll(() => sql(`SELECT feedback FROM messages WHERE thread_id = '${id}' AND role = 'assistant'`)).toEqual([{ feedback: "up" }]);
  await expect(answer.getByRole("button", { name: "Good answer" })).toHaveAttribute("aria-pressed", "true");

  await answer.getByRole("button", { name: "Details" }).click();
  await expect(page.getByRole("dialog")).toContainText("Scripted");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  expect(person.email).toBeTruthy();
});

test("a stopped answer keeps what it has, and can be asked for again", async ({ page, chat, person }) => {
  await chat.open();
  const script = new Script();
  const id = await chat.say(`Stop me ${script.token}`);
  await script.say("This far");
  await expect(chat.answers.last()).toContainText("This far");
  await chat.stop.click();
  await expect(chat.answers.last()).toContainText(/stopped/i);
  expect(newestAnswer(id)).toMatchObject({ status: "stopped", content: "This far" });

  await chat.answers.last().getByRole("button", { name: "Retry" }).click();
  await expect(chat.stop).toBeVisible();
  await expect(chat.answers).toHaveCount(1);
  await script.say("All of it");
  await script.end();
  await chat.settled();
  await expect(chat.answers.last()).toContainText("All of it");
  await page.reload();
  await hydrated(page);
  await expect(chat.answers).toHaveCount(1);
  await expect(chat.answers.last()).toContainText("All of it");
  expect(person.email).toBeTruthy();
});

test("a reload in the middle of an answer loses not one character", async ({ page, chat, person }) => {
  await chat.open();
  const script = new Script();
  const id = await chat.say(`Long one ${script.token}`);
  const words = Array.from({ length: 40 }, (_, i) => `word${i} äöü😀 `);
  for (const word of words.slice(0, 20)) await script.say(word);
  await expect(chat.answers.last()).toContainText("word19");
  await page.reload();
  await hydrated(page);
  await expect(chat.answers.last()).toContainText("word19");
  for (const word of words.slice(20)) await script.say(word);
  await script.end();
  await chat.settled();
  const stored = newestAnswer(id)!;
  expect(stored).toMatchObject({ status: "complete", content: words.join("") });
  await expect(chat.answers.last().locator(".prose")).toHaveText(words.join("").trim());
  expect(person.email).toBeTruthy();
});

test("a lost network is said, and what was missed comes", async ({ page, context, chat, person, allowConsole }) => {
  allowConsole(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  await chat.open();
  const script = new Script();
  await chat.say(`Offline ${script.token}`);
  await script.say("Before. ");
  await expect(chat.answers.last()).toContainText("Before.");
  await context.setOffline(true);
  // Chromium keeps an open stream while "offline"; reloading the feed is what a real loss leads to.
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await script.say("Meanwhile. ");
  await context.setOffline(false);
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await script.say("After.");
  await script.end();
  await chat.settled();
  await expect(chat.answers.last()).toContainText("Before. Meanwhile. After.");
  expect(person.email).toBeTruthy();
});

test("a model that breaks is told with what to do next", async ({ chat, person }) => {
  await chat.open();
  const script = new Script();
  await chat.say(`Break ${script.token}`);
  await script.say("Half");
  await script.fail();
  const answer = chat.answers.last();
  await expect(answer.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(answer).toContainText("Half");
  await expect(answer).toContainText(/Request/);
  await answer.getByRole("button", { name: "Retry" }).click();
  await script.say("Whole");
  await script.end();
  await chat.settled();
  await expect(chat.answers).toHaveCount(1);
  await expect(chat.answers.last()).toContainText("Whole");
  expect(person.email).toBeTruthy();
});

test("an edited message replaces what followed it", async ({ chat, person }) => {
  await chat.open();
  await chat.say("First question");
  await chat.settled();
  await chat.composer.fill("Second question");
  await chat.composer.press("Enter");
  await expect(chat.answers).toHaveCount(2);
  await chat.settled();

  await chat.questions.first().hover();
  await chat.questions.first().getByRole("button", { name: "Edit message" }).click();
  const field = chat.log.getByRole("textbox", { name: "Edit message" });
  await field.fill("Better question");
  await chat.log.getByRole("button", { name: "Send" }).click();
  await expect(chat.answers).toHaveCount(1);
  await expect(chat.answers.last()).toContainText("You said: Better question");
  await expect(chat.questions).toHaveCount(1);
  // Nothing is destroyed: what was replaced is out of the conversation, not out of the database.
  expect(sql(`SELECT count(*) AS n FROM messages WHERE thread_id = '${chat.threadId()}'`)).toEqual([{ n: 6 }]);
  expect(person.email).toBeTruthy();
});

test("what is typed survives a reload, and Shift+Enter breaks the line", async ({ page, chat, person }) => {
  await chat.open();
  await chat.composer.pressSequentially("One");
  await chat.composer.press("Shift+Enter");
  await chat.composer.pressSequentially("Two");
  await page.reload();
  await hydrated(page);
  await expect(chat.composer).toHaveValue("One\nTwo");
  await chat.composer.press("Enter");
  await expect(page).toHaveURL(/\/chat\//);
  await chat.settled();
  await chat.open();
  await expect(chat.composer).toHaveValue("");
  expect(person.email).toBeTruthy();
});

test("markdown attacks are shown, not run", async ({ page, chat, person }) => {
  await chat.open();
  const script = new Script();
  await chat.say(`<script>document.title = "owned"</script> \u202Egnp.exe ${script.token}`);
  await script.say('<img src=x onerror="document.title=\'owned\'">\n\n[click](javascript:document.title="owned") <svg onload=alert(1)>\n\n![x](https://example.org/x.png)\n\n</script><script>document.title="owned"</script>\n');
  await script.end();
  await chat.settled();
  await expect(chat.questions.last()).toContainText("<script>");
  await expect(chat.answers.last()).toContainText("<img src=x");
  for (const bad of ["img", "script", "svg[onload]", "a[href^='javascript']"]) await expect(chat.answers.last().locator(`.prose ${bad}`)).toHaveCount(0);
  await page.reload();
  await hydrated(page);
  await expect(chat.answers.last()).toContainText("<img src=x");
  expect(await page.title()).not.toBe("owned");
  expect(person.email).toBeTruthy();
});

test("a thread is renamed, pinned, deleted and brought back", async ({ page, chat, sidebar, person, isMobile }) => {
  test.skip(isMobile, "the drawer closes over the toast; the same code runs");
  await chat.open();
  await chat.say("Old name");
  await chat.settled();
  await sidebar.act("Old name", "Rename");
  const field = sidebar.list.getByRole("textbox", { name: "Title of the chat" });
  await field.fill("<b>New</b> name");
  await field.press("Enter");
  await expect(sidebar.row("New")).toBeVisible();
  await expect(sidebar.list.locator("b")).toHaveCount(0);
  await sidebar.act("<b>New</b> name", "Pin");
  await expect(sidebar.list.getByRole("heading", { name: "Pinned" })).toBeVisible();
  await sidebar.act("<b>New</b> name", "Delete");
  await expect(sidebar.rows).toHaveCount(0);
  await expect(page).toHaveURL("/");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(sidebar.row("New")).toBeVisible();
  expect(sql(`SELECT deleted_at FROM threads WHERE user_id = (SELECT id FROM users WHERE email = '${person.email}')`)).toEqual([{ deleted_at: null }]);
});

test("a chat is exported from its menu", async ({ page, chat, person }) => {
  await chat.open();
  await chat.say("Export me");
  await chat.settled();
  await page.getByRole("button", { name: "Chat menu" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export as Markdown" }).click();
  const stream = await (await download).createReadStream();
  let text = "";
  for await (const piece of stream) text += piece;
  expect(text).toContain("Export me");
  expect(text).toContain("You said: Export me");
  expect(person.email).toBeTruthy();
});

test("what is typed before the page is alive comes after what was kept", async ({ page, chat, person }) => {
  await chat.open();
  await chat.composer.fill("A long thought, not sent yet.");
  // The program of the page takes its time.
  let alive = () => {};
  const slow = new Promise<void>((go) => (alive = go));
  await page.route("**/*.wasm", async (route) => {
    await slow;
    await route.continue();
  });
  await page.goto("/", { waitUntil: "commit" });
  await expect(chat.composer).toHaveValue("");
  await chat.composer.pressSequentially("And one more");
  alive();
  await hydrated(page);
  await expect(chat.composer).toHaveValue("A long thought, not sent yet.\n\nAnd one more");
  await page.reload();
  await hydrated(page);
  await expect(chat.composer).toHaveValue("A long thought, not sent yet.\n\nAnd one more");
  expect(person.email).toBeTruthy();
});
