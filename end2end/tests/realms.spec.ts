// The switch between one's own things and a team's, and chats that a team shares.
import type { Browser, Page } from "@playwright/test";
import { expect, expectAccessible, expectNothingSticksOut, newPerson, test } from "../fixtures.js";
import { ChatPage, RealmSwitch, Sidebar } from "../pages/index.js";
import { hydrated } from "../pages/hydrated.js";

/** Makes a team; its id. */
async function makeTeam(page: Page, name: string) {
  const made = await page.request.post("/api/teams", { data: { name }, headers: { origin } });
  expect(made.status()).toBe(201);
  return (await made.json()).team.id as string;
}

const origin = `http://127.0.0.1:${process.env.LATCHKEY_E2E_PORT}`;

/** Somebody else in a browser of their own, who has joined a team. */
async function join(page: Page, browser: Browser, team: string, role: string, name = "Grace Hopper") {
  const invited = await page.request.post(`/api/teams/${team}/invites`, { data: { role }, headers: { origin } });
  expect(invited.status()).toBe(201);
  const { token } = (await invited.json()).invite;
  const context = await browser.newContext({ baseURL: origin });
  const person = newPerson(name);
  expect((await context.request.post("/api/auth/register", { data: person })).status()).toBe(201);
  const joined = await context.request.post(`/api/invites/${token}/accept`, { data: {}, headers: { origin } });
  expect(joined.status()).toBe(200);
  return { context, page: await context.newPage() };
}

test("who is in no team sees no switch, and who joins one does without a reload", async ({ page, chat, realm, sidebar, person }) => {
  await chat.open();
  await sidebar.show();
  await expect(realm.button).toHaveCount(0);
  await makeTeam(page, "Ledger crew");
  await expect(realm.button).toBeVisible();
  await realm.shows("Personal");
  expect(person.email).toBeTruthy();
});

test("a new chat lies in the team that is chosen, and the list follows the choice", async ({ page, chat, realm, sidebar, person }) => {
  await makeTeam(page, "Ledger crew");
  await chat.open();
  await chat.say("My own question");
  await chat.settled();
  await sidebar.show();
  await expect(sidebar.row("My own question")).toBeVisible();
  await realm.choose("Ledger crew");
  await expect(page).toHaveURL("/");
  await sidebar.show();
  await expect(sidebar.rows).toHaveCount(0);
  await expect(sidebar.list).toContainText("Your chats will be listed here.");
  // A reload stays, and nothing of the other realm flashes up: the server knows.
  await page.reload();
  await hydrated(page);
  await sidebar.show();
  await realm.shows("Ledger crew");
  await expect(sidebar.rows).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByText("Only you see it until you share it.")).toBeVisible();
  const thread = await chat.say("A question for the crew");
  await chat.settled();
  const row = await (await page.request.get(`/api/threads/${thread}`)).json();
  expect(row.thread.teamId).toBeTruthy();
  expect(row.thread.visibility).toBe("private");
  await sidebar.show();
  await expect(sidebar.row("A question for the crew")).toBeVisible();
  await realm.choose("Personal");
  await expect(page).toHaveURL("/");
  await sidebar.show();
  await expect(sidebar.row("My own question")).toBeVisible();
  await expect(sidebar.row("A question for the crew")).toHaveCount(0);
  // The address of a team's chat brings its team along; the back button goes back.
  await page.goto(`/chat/${thread}`);
  await hydrated(page);
  await sidebar.show();
  await realm.shows("Ledger crew");
  await page.goBack();
  await expect(page).toHaveURL("/");
  expect(person.email).toBeTruthy();
});

test("what is shared is there at once for the team, and gone at once when it is taken back", async ({ page, chat, realm, sidebar, person, browser, isMobile }) => {
  test.skip(isMobile, "two browsers, once");
  const team = await makeTeam(page, "Ledger crew");
  const guest = await join(page, browser, team, "member");
  const theirs = { chat: new ChatPage(guest.page), realm: new RealmSwitch(guest.page), sidebar: new Sidebar(guest.page) };
  await theirs.chat.open();
  await theirs.realm.choose("Ledger crew");
  await expect(theirs.sidebar.rows).toHaveCount(0);

  await chat.open();
  await realm.choose("Ledger crew");
  await chat.say("Where is the runbook?");
  await chat.settled();
  await expect(theirs.sidebar.rows).toHaveCount(0);
  await page.getByRole("button", { name: "Share with team" }).click();
  await expect(theirs.sidebar.row("Where is the runbook?")).toBeVisible();
  await expect(theirs.sidebar.row("Where is the runbook?")).toContainText("shared by Ada Lovelace");
  await expect(page.getByRole("main").getByText("Shared", { exact: true })).toBeVisible();

  // A member writes to it, and both see that.
  await theirs.sidebar.row("Where is the runbook?").click();
  await theirs.chat.settled();
  await expect(guest.page.getByText("Shared by Ada Lovelace", { exact: true })).toBeVisible();
  await theirs.chat.say("In the wiki, I think");
  await expect(chat.log).toContainText("In the wiki, I think");
  // Somebody else's chat is not for them to delete or to take back.
  await guest.page.getByRole("button", { name: "Chat menu" }).click();
  await expect(guest.page.getByRole("menuitem", { name: "Rename" })).toBeVisible();
  await expect(guest.page.getByRole("menuitem", { name: "Delete" })).toHaveCount(0);
  await expect(guest.page.getByRole("menuitem", { name: "Make private" })).toHaveCount(0);
  await guest.page.keyboard.press("Escape");

  await sidebar.act("Where is the runbook?", "Make private");
  await expect(theirs.sidebar.row("Where is the runbook?")).toHaveCount(0);
  await expect(guest.page.getByText("There is no such chat")).toBeVisible();
  // Taken back by mistake: the toast has the way.
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect(theirs.sidebar.row("Where is the runbook?")).toBeVisible();
  await guest.context.close();
  expect(person.email).toBeTruthy();
});

test("a viewer reads what is shared, and is told why there is nothing to write in", async ({ page, chat, realm, person, browser, isMobile, picture }) => {
  test.skip(isMobile, "two browsers, once");
  const team = await makeTeam(page, "Ledger crew");
  await chat.open();
  await realm.choose("Ledger crew");
  const thread = await chat.say("Read this");
  await chat.settled();
  await page.getByRole("button", { name: "Share with team" }).click();
  await expect(page.getByRole("main").getByText("Shared", { exact: true })).toBeVisible();

  const guest = await join(page, browser, team, "viewer", "Vera Rubin");
  const theirs = { chat: new ChatPage(guest.page), realm: new RealmSwitch(guest.page), sidebar: new Sidebar(guest.page) };
  await theirs.chat.open();
  await theirs.realm.choose("Ledger crew");
  await expect(guest.page.getByText(/You are a viewer of “Ledger crew”/)).toBeVisible();
  await expect(theirs.chat.composer).toBeHidden();
  await expect(guest.page.getByRole("button", { name: "New project" })).toHaveCount(0);
  await theirs.sidebar.row("Read this").click();
  await expect(guest.page).toHaveURL(`/chat/${thread}`);
  await expect(guest.page.getByText(/You are a viewer of this team/)).toBeVisible();
  await expect(theirs.chat.composer).toBeHidden();
  await expectAccessible(guest.page);
  await guest.page.getByRole("button", { name: "Actions for Read this" }).click();
  await expect(guest.page.getByRole("menuitem")).toHaveText(["Export as Markdown", "Export as JSON"]);
  await guest.page.keyboard.press("Escape");

  // Removed while the team is on show: back to one's own, with a word about it.
  const me = await (await guest.context.request.get("/api/user/settings")).json();
  expect(me).toBeTruthy();
  const members = await (await page.request.get(`/api/teams/${team}`)).json();
  const vera = members.team.members.find((member: { name: string }) => member.name === "Vera Rubin");
  await guest.page.goto("/");
  await hydrated(guest.page);
  await theirs.realm.shows("Ledger crew");
  const removed = await page.request.delete(`/api/teams/${team}/members/${vera.userId}`, { headers: { origin } });
  expect(removed.ok()).toBe(true);
  await expect(guest.page.getByText("You are no longer in “Ledger crew”")).toBeVisible();
  await expect(theirs.realm.button).toHaveCount(0);
  await expect(theirs.chat.composer).toBeVisible();
  await guest.context.close();
  await picture("shared-chat");
  expect(person.email).toBeTruthy();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the switch", async ({ page, chat, realm, sidebar, person, picture }) => {
      test.slow();
      await makeTeam(page, "Ledger crew");
      await makeTeam(page, "A team with a name that is much too long for the width of any sidebar");
      await chat.open();
      await sidebar.show();
      await realm.button.click();
      await expect(page.getByRole("menuitemradio")).toHaveCount(3);
      await expectAccessible(page);
      await picture(`switch-${colorScheme}`);
      await page.keyboard.press("Escape");
      await realm.choose("A team with a name that is much too long for the width of any sidebar");
      await sidebar.show();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`team-new-chat-${colorScheme}`);
      expect(person.email).toBeTruthy();
    });
  });
}
