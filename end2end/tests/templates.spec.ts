import { seedMessages, sql } from "../database.js";
import { expect, expectAccessible, expectNothingSticksOut, newPerson, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";
import { ChatPage, Settings, SignUpPage, Templates } from "../pages/index.js";

test("a template is made in the settings, filled in at the composer and sent", async ({ page, chat, settings, templates, person }) => {
  await settings.open("Templates");
  await templates.create.click();
  await templates.name.fill("Release note");
  await templates.prompt.fill("Write a release note for {{product}} {{ version }}.\n\n{{changes}}");
  await expect(templates.chips).toHaveText(["product", "version", "changes"]);
  await templates.save.click();
  await expect(templates.row("Release note")).toContainText("Write a release note for");

  await chat.open();
  await chat.composer.pressSequentially("/rel");
  await expect(templates.options).toHaveText([/Release note/]);
  await templates.options.first().click();
  const fields = page.getByRole("form", { name: "Release note" });
  await expect(fields.getByLabel("product")).toBeFocused();
  await page.keyboard.type("Latchkey");
  await page.keyboard.press("Enter");
  await expect(fields.getByLabel("version")).toBeFocused();
  await page.keyboard.type("1.2");
  await page.keyboard.press("Enter");
  // What stands on a line of its own in the prompt has room for several.
  await page.keyboard.type("- faster");
  await page.keyboard.press("Enter");
  await page.keyboard.type("- {{calmer}}");
  await fields.getByRole("button", { name: "Insert" }).click();
  await expect(chat.composer).toHaveValue("Write a release note for Latchkey 1.2.\n\n- faster\n- {{calmer}}");
  await expect(chat.composer).toBeFocused();
  await chat.send.click();
  await expect(chat.questions.first()).toContainText("Write a release note for Latchkey 1.2.");
  expect(person.email).toBeTruthy();
});

test("the built-in ones are on the empty screen, and what is written is kept", async ({ page, chat, person, templates }) => {
  const source = await (await page.request.get("/")).text();
  expect(source).toContain("Explain … to somebody who has never heard of it.");
  await chat.open();
  const ways = page.getByRole("group", { name: "Templates to begin with" }).getByRole("button");
  await expect(ways).toHaveText([/^Explain something/, /^Summarise a text/, /^Draft a message/, /^Review code/]);
  await chat.composer.fill("Kept");
  await ways.filter({ hasText: "Draft a message" }).click();
  const fields = page.getByRole("form", { name: "Draft a message" });
  await expect(fields.getByLabel("tone")).toBeFocused();
  await page.keyboard.type("friendly");
  await page.keyboard.press("Escape");
  await expect(fields).toBeHidden();
  await expect(chat.composer).toHaveValue("Kept");
  await expect(chat.composer).toBeFocused();
  // What was typed is there again.
  await ways.filter({ hasText: "Draft a message" }).click();
  await expect(fields.getByLabel("tone")).toHaveValue("friendly");
  await fields.getByLabel("recipient").fill("the team");
  await fields.getByRole("button", { name: "Insert" }).click();
  await expect(chat.composer).toHaveValue(/^Kept\n\nWrite a friendly message to the team about \{\{subject\}\}\./);
  // What is left to fill in is marked: typing takes its place.
  await expect(chat.composer).toBeFocused();
  await page.keyboard.type("Friday");
  await expect(chat.composer).toHaveValue(/about Friday\. Keep it short/);
  await expect(templates.list).toBeHidden();
  expect(person.email).toBeTruthy();
});

test("all of it works without a mouse", async ({ page, chat, templates, person, baseURL, isMobile }) => {
  test.skip(isMobile, "a phone has no keyboard to speak of");
  for (const [name, prompt] of [["Plain words", "No fields in here."], ["Planet", "Where is {{planet}}?"]]) {
    const made = await page.request.post("/api/templates", { data: { name, prompt }, headers: { origin: baseURL! } });
    expect(made.status()).toBe(201);
  }
  await chat.open();
  await expect(chat.composer).toBeFocused();
  // Letters that are typed before the list is there are looked for all the same.
  await page.keyboard.type("/plan");
  await expect(templates.options).toHaveText([/Planet/]);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await expect(templates.options).toHaveText([/Planet/, /Plain words/, /Explain something/]);
  await page.keyboard.press("ArrowDown");
  const active = await chat.composer.getAttribute("aria-activedescendant");
  await expect(page.locator(`#${active}`)).toContainText("Plain words");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  const fields = page.getByRole("form", { name: "Planet" });
  await expect(fields.getByLabel("planet")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.composer).toHaveValue("/pl");
  await expect(chat.composer).toBeFocused();
  await page.keyboard.type("a");
  await expect(templates.list, "Esc closed it").toBeHidden();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Hello there\n");
  await expect(page).toHaveURL(/\/chat\//);
  await chat.settled();

  await page.keyboard.type("/plane");
  await expect(templates.options).toHaveCount(1);
  await page.keyboard.press("Enter");
  await page.keyboard.type("Mars");
  await page.keyboard.press("Enter");
  await expect(chat.composer).toHaveValue("Where is Mars?");
  await expect(chat.composer).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.questions.last()).toContainText("Where is Mars?");
  await chat.settled();

  // A slash that means something else is sent as it is, and one within a line opens nothing.
  await page.keyboard.type("either/or");
  await expect(templates.list).toBeHidden();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("/no such template");
  await expect(page.getByText("No template has this name.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(chat.questions.last()).toContainText("/no such template");
  await chat.settled();

  // By the button: the list has a field of its own.
  await page.getByRole("button", { name: "Templates" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("plain");
  await expect(page.getByRole("combobox", { name: "Search templates" })).toHaveValue("plain");
  await page.keyboard.press("Enter");
  await expect(chat.composer).toHaveValue("No fields in here.");
  expect(person.email).toBeTruthy();
});

test("a team's template is there for the others in the team", async ({ page, templates, teams, person, browser, baseURL, isMobile }) => {
  test.skip(isMobile, "two browsers, once");
  // Two people, ten documents.
  test.slow();
  await teams.open();
  await teams.make("Template crew");
  const team = new URL(page.url()).pathname.split("/").at(-1)!;
  const link = await teams.invite("Viewer");
  const guest = await browser.newContext();
  const theirs = await guest.newPage();
  await theirs.goto(link);
  await theirs.getByRole("link", { name: "Create an account" }).click();
  await hydrated(theirs);
  await new SignUpPage(theirs).signUp(newPerson("Grace Hopper"));
  await expect(theirs).toHaveURL(link);
  await hydrated(theirs);
  await theirs.getByRole("button", { name: "Join team" }).click();
  await expect(theirs).toHaveURL(/\/teams\//);

  await new Settings(page).open("Templates");
  await templates.create.click();
  await templates.name.fill("Incident report");
  await templates.prompt.fill("Write an incident report about {{incident}}.");
  await templates.dialog.getByLabel("For", { exact: true }).selectOption({ label: "Template crew" });
  await templates.save.click();
  await expect(templates.group("Template crew").getByRole("listitem")).toHaveText(/Incident report/);

  const theirTemplates = new Templates(theirs);
  await new Settings(theirs).open("Templates");
  const row = theirTemplates.group("Template crew").getByRole("listitem").filter({ hasText: "Incident report" });
  await expect(row).toBeVisible();
  // Who only reads can't change it, but make one of their own of it.
  await expect(row.getByRole("button", { name: "Actions for Incident report" })).toHaveCount(0);
  await row.getByRole("button", { name: "Duplicate Incident report" }).click();
  await expect(theirTemplates.name).toHaveValue("Copy of Incident report");
  await theirTemplates.save.click();
  await expect(theirTemplates.group("Yours").getByRole("listitem")).toHaveText(/Copy of Incident report/);

  // In a chat of the team it is offered to everybody there.
  const origin = baseURL!;
  const said = await page.request.post("/api/chat", { data: { content: "Hello", stream: false, model: "builtin", teamId: team }, headers: { origin } });
  const thread = (await said.json()).thread.id as string;
  const chat = new ChatPage(page);
  await chat.open(thread);
  await chat.composer.pressSequentially("/inc");
  await expect(templates.options).toHaveText([/Incident report.*Template crew/]);
  await guest.close();
  expect(person.email).toBeTruthy();
});

test("what is wrong is told in place, and nothing typed is lost", async ({ page, settings, templates, person, allowConsole, isMobile }) => {
  allowConsole(/status of 400|Failed to fetch|ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  await settings.open("Templates");
  await templates.create.click();
  await templates.prompt.fill("Say {{what}}.");
  await templates.save.click();
  await expect(templates.name).toHaveAttribute("aria-invalid", "true");
  await expect(templates.name).toBeFocused();
  await templates.name.fill("Kept");

  // Leaving the settings in the middle.
  await page.keyboard.press("Escape");
  await expect(templates.dialog).toBeHidden();
  await page.keyboard.press("Control+,");
  if (isMobile) await templates.dialog.getByRole("button", { name: "All settings" }).click();
  await templates.dialog.getByRole("link", { name: "Templates" }).click();
  await expect(templates.name).toHaveValue("Kept");
  await expect(templates.prompt).toHaveValue("Say {{what}}.");

  await page.route("**/_fn/create_template", (route) => route.abort());
  await templates.save.click();
  await expect(templates.dialog.getByRole("alert").filter({ hasText: "can't be reached" })).toBeVisible();
  await expect(templates.prompt).toHaveValue("Say {{what}}.");
  await page.unroute("**/_fn/create_template");
  await templates.save.click();
  await expect(templates.row("Kept")).toBeVisible();

  await templates.act("Kept", "Edit");
  await templates.name.fill("Renamed");
  await templates.dialog.getByRole("button", { name: "Save" }).click();
  await expect(templates.row("Renamed")).toBeVisible();
  await templates.act("Renamed", "Delete");
  const confirm = page.getByRole("dialog", { name: "Delete “Renamed”?" });
  await confirm.getByRole("button", { name: "Delete" }).click();
  await expect(templates.row("Renamed")).toHaveCount(0);
  await expect(templates.create).toBeFocused();
  expect(sql(`SELECT count(*) AS n FROM templates WHERE user_id = (SELECT id FROM users WHERE email = '${person.email}')`)).toEqual([{ n: 0 }]);
});

test("many templates come page by page and are found by name", async ({ settings, templates, person, page }) => {
  const user = `(SELECT id FROM users WHERE email = '${person.email}')`;
  const uuid = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-7' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";
  sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
    INSERT INTO templates (id, user_id, name, prompt, created_at, updated_at)
    SELECT ${uuid}, ${user}, 'Number ' || i, 'Say ' || i, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || i || ' minutes'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM n`);
  await settings.open("Templates");
  const rows = templates.group("Yours").getByRole("listitem");
  await expect(rows).toHaveCount(20);
  const more = templates.dialog.getByRole("button", { name: "Show more" });
  await more.focus();
  await page.keyboard.press("Enter");
  await expect(rows).toHaveCount(30);
  await expect(more).toHaveCount(0);
  // The focus goes on with what came.
  await expect(rows.nth(20).getByRole("button").first()).toBeFocused();
  await templates.dialog.getByRole("searchbox", { name: "Search templates" }).fill("number 2");
  await expect(rows).toHaveCount(12);
  await templates.dialog.getByRole("searchbox", { name: "Search templates" }).fill("nothing like it");
  await expect(templates.dialog.getByText("No template has this name")).toBeVisible();
});

test("an address of a message that is gone says so and stays at the end", async ({ page, chat, person }) => {
  const thread = seedMessages(person.email, 200);
  const older: string[] = [];
  page.on("request", (request) => request.url().endsWith("/_fn/older_messages") && older.push(request.url()));
  await page.goto(`/chat/${thread}?message=01900000-0000-7000-8000-000000000000`);
  await hydrated(page);
  await expect(page.getByText("That message is not in this chat any more.")).toBeVisible();
  await expect(page).toHaveURL(`/chat/${thread}`);
  await expect(chat.log.getByText("Answer 200")).toBeInViewport();
  expect(older).toEqual([]);
});

test("letters typed before search has come for the first time are in it", async ({ page, chat, person, isMobile }) => {
  test.skip(isMobile, "opened by keyboard");
  await chat.open();
  // Its piece takes its time.
  let come = () => {};
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.route(/palette/, async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("keyz");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("b");
  come();
  const field = page.getByRole("combobox", { name: /Search chats/ });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("keyb");
  await page.keyboard.type("oard");
  await expect(field).toHaveValue("keyboard");
  await expect(page.getByRole("dialog").getByRole("option")).toHaveText([/Keyboard shortcuts/]);
  await expect(chat.composer).toHaveValue("");
  expect(person.email).toBeTruthy();
});

test("dates are written in the chosen language, after a reload too", async ({ page, settings, keys, person }) => {
  await keys.open();
  await keys.make("Dated");
  await keys.close();
  await settings.open("General");
  await settings.dialog.getByLabel("Language of dates").selectOption("de-DE");
  await expect.poll(() => sql(`SELECT settings FROM users WHERE email = '${person.email}'`)).toEqual([{ settings: expect.stringContaining("de-DE") }]);
  await keys.open();
  await page.reload();
  await hydrated(page);
  await expect(keys.row("Dated").locator("time").first()).toHaveText(/\d{2}\.\d{2}\.\d{4}|Minute|Sekunde|jetzt/);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("templates look as they should", async ({ page, picture, chat, settings, templates, person, baseURL }) => {
      for (const [name, prompt] of [
        ["Release note", "Write a release note for {{product}} {{version}}.\n\n{{changes}}"],
        ["Standup", "Turn these notes into a standup of three lines."],
      ]) {
        await page.request.post("/api/templates", { data: { name, prompt }, headers: { origin: baseURL! } });
      }
      await chat.open();
      await expect(page.getByRole("group", { name: "Templates to begin with" })).toContainText("Standup");
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`templates-empty-screen-${colorScheme}`);
      await chat.composer.pressSequentially("/");
      await expect(templates.options).toHaveCount(6);
      await expectAccessible(page);
      await picture(`templates-list-${colorScheme}`);
      await chat.composer.pressSequentially("rel");
      await expect(templates.options).toHaveCount(1);
      await templates.options.first().click();
      await expect(page.getByLabel("product")).toBeFocused();
      await page.keyboard.type("Latchkey");
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`templates-fields-${colorScheme}`);
      await page.keyboard.press("Escape");
      await chat.composer.fill("");
      await chat.say("Hello");
      await chat.settled();
      await page.getByRole("button", { name: "Templates" }).click();
      await expect(templates.options).toHaveCount(6);
      await expectAccessible(page);
      await picture(`templates-in-a-chat-${colorScheme}`);

      await settings.open("Templates");
      await expect(templates.row("Release note")).toBeVisible();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`settings-templates-${colorScheme}`);
      await templates.act("Release note", "Edit");
      await expect(templates.chips).toHaveCount(3);
      await expectAccessible(page);
      await picture(`settings-template-${colorScheme}`);
      expect(person.email).toBeTruthy();
    });
  });
}
