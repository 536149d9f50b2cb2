import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNothingSticksOut, test } from "../fixtures.js";
import { sql } from "../database.js";
import type { Settings } from "../pages/index.js";

const SAMPLE = "../server/tests/it/archive/conversations.json";

const importDialog = (page: Page) => page.getByRole("dialog", { name: "Import" });

/** Chooses a file in the dialog, and waits for what becomes of it. */
async function importFile(page: Page, settings: Settings, file: string | { name: string; mimeType: string; buffer: Buffer }) {
  await settings.dialog.getByRole("button", { name: "Import" }).click();
  const dialog = importDialog(page);
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose a file" }).click();
  await (await chooser).setFiles(file);
  return dialog;
}

/** Everything through Settings: a file on the disk. */
async function exportEverything(page: Page, settings: Settings, to: string) {
  const download = page.waitForEvent("download");
  await settings.dialog.getByRole("link", { name: "Export" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^latchkey-\d{4}-\d\d-\d\d\.zip$/);
  await file.saveAs(to);
  return to;
}

test("export, delete all, import, everything back", async ({ page, person, chat, sidebar, settings, baseURL }, info) => {
  const origin = baseURL!;
  const post = async (path: string, data: unknown) => {
    const answer = await page.request.post(path, { data, headers: { origin } });
    expect(answer.ok()).toBe(true);
    return answer.json();
  };
  const { project } = await post("/api/projects", { name: "Harbour", color: "teal", context: "Speak of ships" });
  const file = { name: "berths.txt", mimeType: "text/plain", buffer: Buffer.from("A tug has the third berth.") };
  const added = await page.request.post("/api/documents", { multipart: { projectId: project.id, file }, headers: { origin } });
  expect(added.status()).toBe(201);
  await post("/api/templates", { name: "Greeting", prompt: "Say hello to {{name}}" });
  await post("/api/chat", { content: "Where do the ships lie?", projectId: project.id, stream: false, model: "builtin" });
  await post("/api/chat", { content: "What do gulls eat?", stream: false, model: "builtin" });
  const owner = `user_id = (SELECT id FROM users WHERE email = '${person.email}')`;
  const all = () =>
    sql(`SELECT t.title, m.role, m.content, m.created_at, p.name FROM threads t JOIN messages m ON m.thread_id = t.id
      LEFT JOIN projects p ON p.id = t.project_id WHERE t.deleted_at IS NULL AND t.${owner} ORDER BY t.title, m.seq`);
  const before = all();
  expect(before).toHaveLength(4);

  await settings.open("Appearance");
  await settings.dialog.getByText("Dark", { exact: true }).click();
  await expect.poll(() => sql(`SELECT theme FROM users WHERE email = '${person.email}'`)).toEqual([{ theme: "dark" }]);
  await settings.open("Data");
  const archive = await exportEverything(page, settings, info.outputPath("archive.zip"));

  await settings.dialog.getByRole("button", { name: "Delete all" }).click();
  const confirm = page.getByRole("dialog", { name: "Delete all chats?" });
  await confirm.getByLabel("Confirmation").fill("delete all chats");
  await confirm.getByRole("button", { name: "Delete all chats" }).click();
  await expect(confirm).toBeHidden();
  expect(all()).toEqual([]);
  expect((await page.request.delete(`/api/projects/${project.id}`, { headers: { origin } })).status()).toBe(204);
  sql(`DELETE FROM templates WHERE ${owner}`);
  await page.request.patch("/api/user/settings", { data: { themePreference: "light" }, headers: { origin } });

  let dialog = await importFile(page, settings, archive);
  await expect(dialog.getByText("2 chats with 4 messages, 1 project, 1 document, 1 template and your settings imported.")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  expect(all()).toEqual(before);
  expect(sql(`SELECT d.title, p.content FROM documents d JOIN passages p ON p.document_id = d.id WHERE d.${owner}`)).toEqual([
    { title: "berths", content: "A tug has the third berth." },
  ]);
  expect(sql(`SELECT name, color, context FROM projects WHERE ${owner}`)).toEqual([{ name: "Harbour", color: "teal", context: "Speak of ships" }]);
  expect(sql(`SELECT name FROM templates WHERE ${owner}`)).toEqual([{ name: "Greeting" }]);

  // Once more: nothing is new.
  dialog = await importFile(page, settings, archive);
  await expect(dialog.getByText("There was nothing new in this file.")).toBeVisible();
  await expect(dialog.getByText("2 chats, 1 project, 1 document and 1 template there already.")).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
  expect(all()).toEqual(before);

  // The sidebar heard of it, without being asked anew, and the chat opens.
  await page.keyboard.press("Escape");
  await expect(settings.dialog).toBeHidden();
  await sidebar.show();
  await expect(sidebar.row("Where do the ships lie?")).toBeVisible();
  await sidebar.row("What do gulls eat?").click();
  await expect(chat.questions.last()).toContainText("What do gulls eat?");
});

test("what ChatGPT sent comes in, and what can't says why", async ({ page, person, sidebar, settings }) => {
  await settings.open("Data");
  const dialog = await importFile(page, settings, SAMPLE);
  await expect(dialog.getByText("4 chats with 11 messages imported.")).toBeVisible();
  await dialog.getByText("2 things skipped").click();
  await expect(dialog.getByText("There is nothing in it that can be shown")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  // The archived one is in the list below at once.
  await expect(settings.dialog.getByText("Name this bird")).toBeVisible();
  await page.keyboard.press("Escape");
  await sidebar.show();
  await expect(sidebar.row("Bread without a scale")).toBeVisible();
  expect(person.email).toBeTruthy();
});

test("a file that is none says so, and another can be chosen", async ({ page, person, settings }) => {
  await settings.open("Data");
  const dialog = await importFile(page, settings, { name: "holiday.zip", mimeType: "application/zip", buffer: Buffer.from("no archive") });
  await expect(dialog.getByText("This is neither a ZIP archive nor JSON.")).toBeVisible();
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose another file" }).click();
  await (await chooser).setFiles(SAMPLE);
  await expect(dialog.getByText("4 chats with 11 messages imported.")).toBeVisible();
  expect(person.email).toBeTruthy();
});

test("an import can be stopped while it is sent", async ({ page, person, settings }, info) => {
  // As slow as a telephone: the file is still on its way when it is stopped.
  const file = info.outputPath("conversations.json");
  const sample = readFileSync(SAMPLE, "utf8").trim();
  writeFileSync(file, `[${sample.slice(1, -1)}, "${"x".repeat(3_000_000)}"]`);
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await settings.open("Data");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 20, downloadThroughput: 1e6, uploadThroughput: 2e5 });
  const dialog = await importFile(page, settings, file);
  await expect(dialog.getByRole("progressbar")).toBeVisible();
  await expect(dialog.getByText("Sending conversations.json")).toBeVisible();
  // Esc does not throw it away by accident.
  await page.keyboard.press("Escape");
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Stop" }).click();
  await expect(dialog.getByText("Stopped.")).toBeVisible();
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await expect
    .poll(() => sql(`SELECT count(*) AS n FROM threads WHERE user_id = (SELECT id FROM users WHERE email = '${person.email}')`))
    .toEqual([{ n: 0 }]);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the pictures of it", async ({ page, picture, person, settings }) => {
      await settings.open("Data");
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`data-${colorScheme}`);
      await settings.dialog.getByRole("button", { name: "Import" }).click();
      const dialog = importDialog(page);
      await expect(dialog.getByRole("button", { name: "Choose a file" })).toBeVisible();
      await expectAccessible(page);
      await picture(`import-${colorScheme}`);
      const session = await page.context().newCDPSession(page);
      await session.send("Network.enable");
      const slow = { offline: false, latency: 20, downloadThroughput: 1e6, uploadThroughput: 2e5 };
      await session.send("Network.emulateNetworkConditions", slow);
      const chooser = page.waitForEvent("filechooser");
      await dialog.getByRole("button", { name: "Choose a file" }).click();
      await (await chooser).setFiles({ name: "what-chatgpt-sent-me.zip", mimeType: "application/zip", buffer: Buffer.alloc(2_000_000, "[") });
      await expect(dialog.getByText("Sending what-chatgpt-sent-me.zip")).toBeVisible();
      await expectAccessible(page);
      await picture(`import-sending-${colorScheme}`);
      await dialog.getByRole("button", { name: "Stop" }).click();
      await session.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1, downloadThroughput: -1, latency: 0 });
      const again = page.waitForEvent("filechooser");
      await dialog.getByRole("button", { name: "Choose another file" }).click();
      await (await again).setFiles(SAMPLE);
      await dialog.getByText("2 things skipped").click();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`import-done-${colorScheme}`);
      expect(person.email).toBeTruthy();
    });
  });
}
