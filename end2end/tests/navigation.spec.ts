import { expect, test } from "../fixtures.js";

test("pages change without a new document, back and forward retrace them", async ({ page, chat, person, settings, isMobile }) => {
  test.skip(isMobile, "the sections of the settings are a page of their own there");
  await chat.open();
  await page.evaluate(() => Object.assign(window, { kept: true }));
  await expect(page).toHaveTitle("New chat · Latchkey");

  // Whatever sections were looked at, one step back closes the settings.
  await page.keyboard.press("Control+,");
  await expect(settings.dialog).toBeVisible();
  for (const section of ["Appearance", "Data"]) {
    await settings.dialog.getByRole("link", { name: section }).click();
    await expect(page).toHaveURL(`/?settings=${section.toLowerCase()}`);
  }
  await page.goBack();
  await expect(settings.dialog).toBeHidden();
  await expect(page).toHaveURL("/");

  await page.goForward();
  await expect(settings.dialog).toBeVisible();
  await settings.dialog.getByRole("link", { name: "Manage API Keys" }).click();
  await expect(page).toHaveURL("/api-keys");
  await expect(page).toHaveTitle("API keys · Latchkey");
  await expect(settings.dialog).toBeHidden();
  await page.goBack();
  await expect(settings.dialog).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(person.name.split(" ")[0]!);
  await expect(page).toHaveTitle("New chat · Latchkey");
  expect(await page.evaluate(() => "kept" in window)).toBe(true);
});

test("a link out of the application is the browser's", async ({ page, chat, person }) => {
  await chat.open();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(person.name.split(" ")[0]!);
  await page.evaluate(() => {
    Object.assign(window, { kept: true });
    document.querySelector("main")!.insertAdjacentHTML("afterbegin", '<a href="/api/health">A link out</a>');
  });
  await page.getByRole("link", { name: "A link out" }).click();
  await expect(page).toHaveURL("/api/health");
});
