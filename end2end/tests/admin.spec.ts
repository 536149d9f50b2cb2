import { expect, expectAccessible, expectNothingSticksOut, newPerson, test } from "../fixtures.js";
import { sql } from "../database.js";
import { hydrated } from "../pages/hydrated.js";

test("an administrator finds somebody, gives them a plan and suspends them", async ({ page, person, picture, browser, baseURL, isMobile }) => {
  test.skip(isMobile, "two browsers, once");
  sql(`UPDATE users SET role = 'admin' WHERE email = '${person.email}'`);
  const guest = await browser.newContext();
  const grace = newPerson("Grace Hopper");
  expect((await guest.request.post(`${baseURL}/api/auth/register`, { data: grace })).status()).toBe(201);
  const theirs = await guest.newPage();

  await page.goto("/admin");
  await hydrated(page);
  await expect(page).toHaveTitle("Administration · Latchkey");
  await page.getByLabel("Search users").fill(grace.email.slice(0, 12).toUpperCase());
  const row = page.getByRole("table").first().getByRole("row").filter({ hasText: grace.email });
  await expect(page.getByRole("table").first().getByRole("row")).toHaveCount(2);
  await expectAccessible(page);
  await expectNothingSticksOut(page);
  await picture("admin");

  await row.getByRole("button", { name: "Change Grace Hopper" }).click();
  await page.getByRole("menuitemradio", { name: "Keyless" }).click();
  await expect(row).toContainText("Keyless");
  await row.getByRole("button", { name: "Change Grace Hopper" }).click();
  await page.getByRole("menuitem", { name: "Suspend" }).click();
  await expect(row).toContainText("Suspended");
  // It takes effect at once.
  await theirs.goto(`${baseURL}/`);
  await expect(theirs).toHaveURL(/\/sign-in/);
  await guest.close();
});

test("for whoever is no administrator there is no such page", async ({ page, person, allowConsole }) => {
  allowConsole(/status of 404/);
  // The first account of an instance is an administrator's.
  sql(`UPDATE users SET role = 'user' WHERE email = '${person.email}'`);
  const answer = await page.goto("/admin");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is nothing here");
});
