import { expect, expectAccessible, test } from "../fixtures.js";
import { sql } from "../database.js";
import { hydrated } from "../pages/hydrated.js";

test("the theme is kept, and the next page is rendered with it", async ({ page, settings, person }) => {
  await settings.open("Appearance");
  await settings.dialog.getByText("Dark", { exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect.poll(() => sql(`SELECT theme FROM users WHERE email = '${person.email}'`)).toEqual([{ theme: "dark" }]);
  const source = await (await page.request.get("/")).text();
  expect(source).toMatch(/<html[^>]*data-theme="dark"/);
  await page.reload();
  await hydrated(page);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a name is saved where it stands and is everywhere at once", async ({ page, settings, person }) => {
  await settings.open("General");
  const name = settings.dialog.getByRole("textbox", { name: "Name" });
  await name.fill("Grace Hopper");
  await name.press("Enter");
  await expect(settings.dialog.getByText("Saved").first()).toBeVisible();
  await expect(page.getByText("Grace Hopper").first()).toBeAttached();
  await expect.poll(() => sql(`SELECT name FROM users WHERE email = '${person.email}'`)).toEqual([{ name: "Grace Hopper" }]);
});

test("a new password ends the other sessions", async ({ page, settings, person, browser, baseURL, allowConsole }) => {
  allowConsole(/status of 400|status of 401/);
  const elsewhere = await browser.newContext();
  await elsewhere.request.post(`${baseURL}/api/auth/login`, { data: person });
  expect((await elsewhere.request.get(`${baseURL}/api/auth/me`)).status()).toBe(200);

  await settings.open("Account");
  await expect(settings.dialog.getByText("This device")).toBeVisible();
  await settings.dialog.getByRole("button", { name: "Change password" }).click();
  const current = settings.dialog.getByLabel("Current password");
  await current.fill("wrong wrong wrong");
  await settings.dialog.getByLabel("New password").fill("a brand new password");
  await settings.dialog.getByRole("button", { name: "Save" }).click();
  await expect(current).toHaveAttribute("aria-invalid", "true");
  await current.fill(person.password);
  await settings.dialog.getByRole("button", { name: "Save" }).click();
  await expect(current).toBeHidden();
  expect((await elsewhere.request.get(`${baseURL}/api/auth/me`)).status()).toBe(401);
  await page.reload();
  await expect(page).toHaveURL(/settings=account/);
  await elsewhere.close();
});

test("deleting everything asks for a word", async ({ page, chat, settings, person }) => {
  await chat.open();
  await chat.say("To be deleted");
  await chat.settled();
  await settings.open("Data");
  await settings.dialog.getByRole("button", { name: "Delete all" }).click();
  const confirm = page.getByRole("dialog", { name: "Delete all chats?" });
  const go = confirm.getByRole("button", { name: "Delete all chats" });
  const word = (await confirm.locator("strong").textContent())!;
  await confirm.getByLabel("Confirmation").fill(word);
  await go.click();
  await expect(confirm).toBeHidden();
  await expect
    .poll(() => sql(`SELECT count(*) AS n FROM threads WHERE deleted_at IS NULL AND user_id = (SELECT id FROM users WHERE email = '${person.email}')`))
    .toEqual([{ n: 0 }]);
});

test("an account is deleted by hand, with its password", async ({ page, chat, settings, person, signInPage, allowConsole }) => {
  allowConsole(/status of 400/);
  await chat.open();
  await chat.say("To be forgotten");
  await chat.settled();
  await settings.open("Account");
  await settings.dialog.getByRole("button", { name: "Delete account" }).click();
  const confirm = page.getByRole("dialog", { name: "Delete your account?" });
  const go = confirm.getByRole("button", { name: "Delete account" });
  await expect(confirm.getByLabel("Confirmation")).toBeFocused();
  await expect(go).toBeDisabled();
  await expectAccessible(page);
  await confirm.getByLabel("Confirmation").fill((await confirm.locator("strong").textContent())!);
  await confirm.getByLabel("Your password").fill("wrong wrong wrong");
  await go.click();
  await expect(confirm.getByLabel("Your password")).toHaveAttribute("aria-invalid", "true");
  await confirm.getByLabel("Your password").fill(person.password);
  await confirm.getByLabel("Your password").press("Enter");
  await expect(page).toHaveURL(/\/sign-in/);

  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in/);
  await hydrated(page);
  await signInPage.signIn(person);
  await expect(signInPage.alert).toBeVisible();
  await expect.poll(() => sql(`SELECT count(*) AS n FROM messages WHERE content = 'To be forgotten' AND user_id NOT IN (SELECT id FROM users WHERE deleted_at IS NULL)`)).toEqual([{ n: 0 }]);
});
