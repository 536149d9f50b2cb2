import { expect, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";

test("search finds what was said and goes there, also far up in a long chat", async ({ page, chat, person, isMobile, baseURL }) => {
  test.skip(isMobile, "opened by keyboard");
  const origin = baseURL!;
  const said = await page.request.post("/api/chat", { data: { content: "Where is the lighthouse keeper?", stream: false, model: "builtin" }, headers: { origin } });
  const thread = (await said.json()).thread.id as string;
  for (let number = 0; number < 40; number++) {
    const more = await page.request.post("/api/chat", { data: { threadId: thread, content: `Number ${number}`, stream: false, model: "builtin" }, headers: { origin } });
    expect(more.ok()).toBe(true);
  }
  await chat.open();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog").getByRole("combobox")).toBeFocused();
  await page.keyboard.type("lighthouse keep");
  const found = page.getByRole("option").filter({ has: page.locator("mark") });
  await expect(found.first()).toContainText("Where is the lighthouse keeper?");
  await found.first().click();
  await expect(page).toHaveURL(`/chat/${thread}`);
  const question = chat.log.getByRole("article").filter({ hasText: "Where is the lighthouse keeper?" }).first();
  await expect(question).toBeInViewport();
  // A reload begins at the end again.
  await page.reload();
  await hydrated(page);
  await expect(chat.log.getByText("Number 39").last()).toBeInViewport();
  expect(person.email).toBeTruthy();
});
