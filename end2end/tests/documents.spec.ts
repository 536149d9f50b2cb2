// Documents of a project: added, cited, read, deleted.
import { expect, expectAccessible, expectNothingSticksOut, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";

const TERMS = "# Terms\n\nThe refund period is thirty days. A zebra is shipped within two weeks.\n";

test("a document is added, an answer cites it, and it goes with everything", async ({ page, chat, projects, sidebar, person, picture, allowConsole }) => {
  allowConsole(/status of 400/);
  await chat.open();
  await sidebar.show();
  const id = await projects.make("Shop");
  await expect(page.getByText("No documents in this project yet")).toBeVisible();
  await picture("documents-none");
  const files = page.getByLabel("Documents to add");
  await files.setInputFiles([
    { name: "terms.md", mimeType: "text/markdown", buffer: Buffer.from(TERMS) },
    { name: "picture.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]) },
  ]);
  const row = page.getByRole("button", { name: /^Terms Markdown/ });
  await expect(row).toBeVisible();
  const sent = page.getByRole("list", { name: "Files on their way" }).getByRole("listitem");
  await expect(sent).toHaveCount(1);
  await expect(sent.filter({ hasText: "picture.png" }).getByRole("alert")).toContainText("This kind of file can't be read here");
  await expectAccessible(page);
  await expectNothingSticksOut(page);
  await picture("documents");

  await page.getByRole("button", { name: "Dismiss picture.png" }).click();
  await expect(sent).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Documents" })).toBeFocused();

  await row.click();
  const dialog = page.getByRole("dialog", { name: "Terms" });
  await expect(dialog.getByText("The refund period is thirty days.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await projects.newChat.click();
  await page.getByRole("combobox", { name: "Model" }).selectOption("builtin");
  const thread = await chat.say("How long is the refund period?");
  await chat.settled();
  const citation = chat.answers.last().getByRole("button", { name: "Source 1", exact: true });
  await expect(citation).toHaveText("[1]");
  await expect(chat.answers.last().getByRole("list", { name: "Sources" }).getByRole("button")).toHaveText(["[1] Terms"]);
  await picture("sources");
  await citation.click();
  const about = page.getByRole("dialog", { name: "About this answer" });
  await expect(about.getByText("A zebra is shipped within two weeks.")).toBeVisible();
  await expectAccessible(page);
  await picture("citation");
  await page.keyboard.press("Escape");
  // It stands there after a reload too.
  await page.reload();
  await hydrated(page);
  await expect(citation).toBeVisible();

  await page.goto(`/projects/${id}`);
  await hydrated(page);
  await page.getByRole("button", { name: "Delete Terms" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete document" }).click();
  await expect(page.getByText("No documents in this project yet")).toBeVisible();
  await chat.open(thread);
  await expect(chat.answers.last()).toContainText("The refund period is thirty days. [1]");
  await expect(citation).toHaveCount(0);
  expect(person.email).toBeTruthy();
});

test("files are dropped onto the page, stopped, and tried again", async ({ page, chat, projects, sidebar, person, isMobile }) => {
  test.skip(isMobile, "nothing is dropped there");
  await chat.open();
  await sidebar.show();
  await projects.make("Shop");
  // As slow as a telephone: the long one is still on its way when it is stopped.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const speed = (uploadThroughput: number, latency: number) =>
    session.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput: -1, uploadThroughput });
  await speed(5e4, 20);
  const files = await page.evaluateHandle((terms) => {
    const held = new DataTransfer();
    held.items.add(new File(["A long text. ".repeat(40_000)], "long.txt", { type: "text/plain" }));
    held.items.add(new File([terms], "terms.md", { type: "text/markdown" }));
    return held;
  }, TERMS);
  await page.locator("body").dispatchEvent("dragover", { dataTransfer: files });
  await expect(page.getByText("Drop to add to this project")).toBeVisible();
  await page.locator("body").dispatchEvent("drop", { dataTransfer: files });
  await expect(page.getByText("Drop to add to this project")).toBeHidden();
  const sent = page.getByRole("list", { name: "Files on their way" }).getByRole("listitem");
  const long = sent.filter({ hasText: "long.txt" });
  await expect(long).toContainText(/Sending, \d+ %/);
  await expect(sent.filter({ hasText: "terms.md" })).toContainText("Waiting");
  await expectAccessible(page);
  await long.getByRole("button", { name: "Stop" }).click();
  await expect(long).toContainText("Stopped");
  // The one behind it goes on.
  await expect(page.getByRole("button", { name: /^Terms Markdown/ })).toBeVisible();
  await expect(sent).toHaveCount(1);
  await speed(-1, 0);
  await long.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("button", { name: /^long Text/ })).toBeVisible();
  await expect(sent).toHaveCount(0);
  expect(person.email).toBeTruthy();
});

test("many documents come page by page", async ({ page, chat, projects, sidebar, person }) => {
  await chat.open();
  await sidebar.show();
  const id = await projects.make("Shop");
  const files = page.getByLabel("Documents to add");
  const many = Array.from({ length: 52 }, (_, at) => ({ name: `n${at}.txt`, mimeType: "text/plain", buffer: Buffer.from(`Number ${at}.`) }));
  await files.setInputFiles(many);
  const rows = page.getByRole("button", { name: /^n\d+ Text/ });
  await expect(rows).toHaveCount(52);
  await expect(page.getByRole("list", { name: "Files on their way" }).getByRole("listitem")).toHaveCount(0);
  await page.reload();
  await hydrated(page);
  await expect(rows).toHaveCount(50);
  await page.getByRole("button", { name: "Show more" }).last().click();
  await expect(rows).toHaveCount(52);
  // News of some project, this one too, takes nobody back to the beginning.
  await page.getByRole("main").getByRole("radio", { name: "Teal" }).check({ force: true });
  await files.setInputFiles([{ name: "n52.txt", mimeType: "text/plain", buffer: Buffer.from("Number 52.") }]);
  await expect(rows).toHaveCount(53);
  await expect(rows.first()).toContainText("n52");
  expect(id && person.email).toBeTruthy();
});
