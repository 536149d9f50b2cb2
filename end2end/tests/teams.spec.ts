import { expect, newPerson, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";
import { ApiKeysPage, SignUpPage, TeamsPage } from "../pages/index.js";
import { call } from "../program.js";

test("somebody joins a team by a link, gets a key of it, and loses both", async ({ page, teams, person, browser, isMobile }) => {
  test.skip(isMobile, "two browsers, once");
  await teams.open();
  await teams.make("Ledger crew");
  const link = await teams.invite("Member");

  // Who has no account is led back to the invitation once they have one.
  const guest = await browser.newContext();
  const theirs = await guest.newPage();
  const grace = newPerson("Grace Hopper");
  await theirs.goto(link);
  await expect(theirs).toHaveURL(/\/sign-in/);
  await theirs.getByRole("link", { name: "Create an account" }).click();
  await hydrated(theirs);
  await new SignUpPage(theirs).signUp(grace);
  await expect(theirs).toHaveURL(link);
  await hydrated(theirs);
  await expect(theirs.getByRole("heading", { level: 1 })).toHaveText("Join Ledger crew?");
  await theirs.getByRole("button", { name: "Join team" }).click();
  await expect(theirs).toHaveURL(/\/teams\/[0-9a-f-]+$/);
  await expect(theirs.getByRole("heading", { level: 1 })).toHaveText("Ledger crew");
  const team = theirs.url();
  // A member invites nobody.
  await expect(theirs.getByRole("button", { name: "Create link" })).toHaveCount(0);

  // A link is for one person.
  await theirs.goto(link);
  await expect(theirs.getByText("This invitation is good for nothing any more")).toBeVisible();

  const keys = new ApiKeysPage(theirs);
  await keys.open();
  const secret = await keys.make("Crew bot", "Ledger crew");
  expect((await call(secret, "/api/threads")).status).toBe(200);

  await page.reload();
  await hydrated(page);
  const row = new TeamsPage(page).member("Grace Hopper");
  await row.getByRole("button", { name: /role of Grace Hopper/ }).click();
  // The new role shows at once, and is true when the server has said so.
  const changed = page.waitForResponse(/\/_fn\/change_member/);
  await page.getByRole("menuitemradio", { name: /Viewer/ }).click();
  await expect(row.getByRole("button", { name: /Viewer, role of/ })).toBeVisible();
  expect((await changed).status()).toBe(200);
  // Who only reads writes through no key either.
  const refused = await call(secret, "/api/threads", { method: "POST", body: "{}" });
  expect(refused.status).toBe(403);

  await row.getByRole("button", { name: "Remove Grace Hopper" }).click();
  const removed = page.waitForResponse(/\/_fn\/remove_member/);
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
  expect((await removed).status()).toBe(200);
  const answer = await call(secret, "/api/threads");
  expect(answer.status).toBe(401);
  expect((await answer.json()).error).toBe("API key invalid - no longer a team member");
  await theirs.goto(team);
  await expect(theirs.getByText("There is no such team")).toBeVisible();
  await guest.close();
  expect(person.email).toBeTruthy();
});

test("a team's name that is no name is told in place", async ({ page, teams, person, allowConsole }) => {
  allowConsole(/status of 400/);
  await teams.open();
  await teams.create.first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Create team" }).click();
  await expect(teams.name).toHaveAttribute("aria-invalid", "true");
  await teams.name.fill("Right\u202eleft");
  await page.getByRole("dialog").getByRole("button", { name: "Create team" }).click();
  await expect(teams.name).toHaveAttribute("aria-invalid", "true");
  await expect(teams.name).toHaveValue("Right\u202eleft");
  expect(person.email).toBeTruthy();
});

test("a title that is refused stays where it was typed", async ({ page, chat, sidebar, person, allowConsole }) => {
  allowConsole(/status of 400/);
  await chat.open();
  await chat.say("Hello");
  await expect(page).toHaveURL(/\/chat\//);
  await sidebar.show();
  await page.getByRole("button", { name: /Actions for Hello/ }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  const title = page.getByLabel("Title of the chat");
  await title.fill("Right\u202eleft");
  await title.press("Enter");
  await expect(page.getByLabel("Title of the chat")).toHaveValue("Right\u202eleft");
  await expect(page.getByLabel("Title of the chat")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Title of the chat").fill("Right");
  await page.getByLabel("Title of the chat").press("Enter");
  await expect(sidebar.row("Right")).toBeVisible();
  expect(person.email).toBeTruthy();
});
