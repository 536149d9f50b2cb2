import { expect, expectAccessible, test } from "../fixtures.js";
import { seedTeam, setPlan, sql } from "../database.js";
import { hydrated } from "../pages/hydrated.js";
import { call } from "../program.js";

test("the secret is shown once and is nowhere else", async ({ page, keys, person }) => {
  const requested: string[] = [];
  page.on("request", (request) => requested.push(`${request.url()} ${request.headers().referer ?? ""}`));
  await keys.open();
  const secret = await keys.make("Reveal");
  const hidden = secret.slice(0, 16);
  await keys.dialog.getByRole("button", { name: "Show key" }).click();
  // Masked, not even the document holds it.
  expect(await page.content()).not.toContain(hidden);
  await keys.close();

  const everywhere = async () => {
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]));
    return [await page.content(), await page.title(), page.url(), stored, ...requested].join("\n");
  };
  expect(await everywhere()).not.toContain(hidden);
  await page.reload();
  await hydrated(page);
  await expect(keys.row("Reveal")).toContainText(`${secret.slice(0, 9)}…`);
  expect(await everywhere()).not.toContain(hidden);
  const source = await (await page.request.get("/api-keys")).text();
  expect(source).toContain("Reveal");
  expect(source).not.toContain(hidden);
  const list = await (await page.request.get("/api/api-keys")).text();
  expect(list).not.toContain(hidden);
  // What is stored is a hash.
  expect(JSON.stringify(sql(`SELECT * FROM api_keys WHERE user_id = (SELECT id FROM users WHERE email = '${person.email}')`))).not.toContain(hidden);
  expect((await call(secret, "/api/threads")).status).toBe(200);
});

test("a key that was not copied is not lost by accident", async ({ page, keys, person }) => {
  await keys.open();
  await keys.make("Careless");
  await page.keyboard.press("Escape");
  await expect(keys.dialog).toBeVisible();
  await expect(keys.dialog).toContainText("You have not copied the key");
  let asked = false;
  page.once("dialog", async (dialog) => {
    asked = dialog.type() === "beforeunload";
    await dialog.dismiss();
  });
  await page.evaluate(() => location.reload());
  await expect.poll(() => asked, "leaving the page warns").toBe(true);
  await expect(keys.dialog).toBeVisible();
  await keys.dialog.getByRole("button", { name: "Close anyway" }).click();
  await expect(keys.dialog).toBeHidden();
  expect(person.email).toBeTruthy();
});

test("copying says so, and then closing asks nothing", async ({ page, context, keys, person }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await keys.open();
  const secret = await keys.make("Copied");
  await keys.copy.click();
  await expect(keys.dialog.getByText("Copied").first()).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await keys.done.click();
  await expect(keys.dialog).toBeHidden();
  await expect(keys.row("Copied")).toContainText("Never used");
  expect(person.email).toBeTruthy();
});

test("a new key can be tried at once", async ({ keys, person }) => {
  await keys.open();
  await keys.make("Tried");
  await keys.dialog.getByRole("button", { name: "Test key" }).click();
  await expect(keys.dialog.getByText(/works/i)).toBeVisible();
  await keys.close();
  expect(person.email).toBeTruthy();
});

test("the examples really work", async ({ page, keys, person }) => {
  await keys.open();
  await page.getByRole("button", { name: "How to use it" }).click();
  const dialog = page.getByRole("dialog");
  for (const language of ["curl", "Python", "JavaScript"]) {
    await dialog.getByRole("tab", { name: language }).click();
    await expect(dialog.locator("code").filter({ hasText: "/api/chat" }).first()).toBeVisible();
  }
  await expectAccessible(page);
  expect(person.email).toBeTruthy();
});

test("bad names are told in place and lose nothing", async ({ page, keys, person, allowConsole }) => {
  allowConsole(/status of 400/);
  await keys.open();
  await keys.create.click();
  await keys.name.fill("   ");
  await keys.submit.click();
  await expect(keys.name).toHaveAttribute("aria-invalid", "true");
  await expect(keys.name).toBeFocused();
  await expectAccessible(page);
  await keys.name.fill("x".repeat(101));
  await keys.submit.click();
  await expect(keys.name).toHaveAttribute("aria-invalid", "true");
  await expect(keys.name).toHaveValue("x".repeat(101));
  // Whoever reads a list must not be fooled by characters that turn the text around.
  await keys.name.fill("innocent \u202Eexe.evil");
  await keys.submit.click();
  await expect(keys.name).toHaveAttribute("aria-invalid", "true");
  await expect(keys.name).toHaveValue("innocent \u202Eexe.evil");
  await keys.name.fill("<script>alert(1)</script>");
  await keys.submit.click();
  await expect(keys.dialog.getByRole("heading", { name: "Your new key" })).toBeVisible();
  await keys.close();
  await expect(keys.row("<script>alert(1)</script>")).toBeVisible();
  expect(person.email).toBeTruthy();
});

test("a key gets its team, its end and another name", async ({ keys, page, person }) => {
  seedTeam(person.email, "Platform team");
  await keys.open();
  await keys.create.click();
  await keys.name.fill("Nightly report");
  await keys.dialog.getByRole("combobox", { name: "Scope" }).selectOption({ label: "Platform team" });
  await keys.dialog.getByText("30 days", { exact: true }).click();
  await expect(keys.dialog.getByText(/Expires on /)).toBeVisible();
  await keys.submit.click();
  await expect(keys.dialog.getByRole("heading", { name: "Your new key" })).toBeVisible();
  await keys.close();
  await expect(keys.row("Nightly report")).toContainText("Platform team");
  const [row] = sql<{ days: number }>(
    `SELECT round(julianday(expires_at) - julianday('now')) AS days FROM api_keys WHERE name = 'Nightly report' AND user_id = (SELECT id FROM users WHERE email = '${person.email}')`,
  );
  expect(row!.days).toBe(30);

  await page.getByRole("button", { name: "Rename key Nightly report" }).click();
  const field = page.getByRole("textbox", { name: "Name of the key" });
  await field.fill("Daily report");
  await field.press("Enter");
  await expect(keys.row("Daily report")).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(keys.row("Daily report")).toBeVisible();
});

test("revoking asks, and gives the focus back to the heading", async ({ page, keys, person }) => {
  await keys.open();
  await keys.make("Old laptop");
  await keys.close();
  await page.getByRole("button", { name: "Revoke key Old laptop" }).click();
  await expect(keys.dialog).toContainText("Old laptop");
  await expect(keys.dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expectAccessible(page);
  await keys.dialog.getByRole("button", { name: "Revoke key" }).click();
  await expect(keys.table).toBeHidden();
  await expect(keys.heading).toBeFocused();
  expect(person.email).toBeTruthy();
});

test("whose plan has no keys is told so, and finds no way to them", async ({ page, keys, settings, person }) => {
  await keys.open();
  setPlan(person.email, "keyless");
  await keys.open();
  await expect(page.getByText("You can't have API keys here")).toBeVisible();
  await expect(page.getByRole("button", { name: "Create key" })).toHaveCount(0);
  await expectAccessible(page);
  await settings.openList();
  await expect(settings.manageKeys).toHaveCount(0);
  setPlan(person.email, "free");
  await settings.openList();
  await settings.manageKeys.click();
  await expect(keys.heading).toBeVisible();
});
