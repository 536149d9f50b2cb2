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
  await expect(page.getByRole("alert").filter({ hasText: "picture.png: " })).toContainText("This kind of file can't be read here");
  await expectAccessible(page);
  await expectNothingSticksOut(page);
  await picture("documents");

  await row.click();
  const dialog = page.getByRole("dialog", { name: "Terms" });
  await expect(dialog.getByText("The refund period is thirty days.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await projects.newChat.click();
  await page.getByRole("combobox", { name: "Model" }).selectOption("builtin");
  const thread = await chat.say("How long is the refund period?");
  await chat.settled();
  const citation = chat.answers.last().getByRole("button", { name: "Source 1" });
  await expect(citation).toHaveText("[1]");
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
