// Projects: made, filled, changed, deleted; and chats that move in and out.
import { expect, expectAccessible, expectNothingSticksOut, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";

test("a project is made, and a chat in it is told what it says", async ({ page, chat, projects, sidebar, person }) => {
  await chat.open();
  await sidebar.show();
  const id = await projects.make("Billing deploy", { color: "Teal", instructions: "Answer in one sentence." });
  await expect(page).toHaveURL(`/projects/${id}`);
  await expect(page).toHaveTitle("Billing deploy · Latchkey");
  await expect(projects.instructions).toHaveValue("Answer in one sentence.");
  await expect(page.getByRole("main").getByRole("radio", { name: "Teal" })).toBeChecked();
  await expect(page.getByText("billing-deploy", { exact: true })).toBeVisible();
  await projects.newChat.click();
  await expect(page).toHaveURL(`/?project=${id}`);
  const chip = page.getByRole("main").getByRole("link", { name: "Billing deploy" });
  await expect(chip).toBeVisible();
  const thread = await chat.say("What may go wrong?");
  await chat.settled();
  const row = await (await page.request.get(`/api/threads/${thread}`)).json();
  expect(row.thread.projectId).toBe(id);
  // The way to the project is beside the title, on a phone in the menu.
  await page.getByRole("button", { name: "Chat menu" }).click();
  await page.getByRole("menuitem", { name: "Open “Billing deploy”" }).click();
  await expect(page).toHaveURL(`/projects/${id}`);
  await expect(projects.chats).toHaveText([/What may go wrong/]);
  await sidebar.show();
  await expect(projects.row("Billing deploy 1 chat")).toBeVisible();
  // Back to the chat, and to where it was begun: that chat has its project still.
  await page.goBack();
  await expect(page).toHaveURL(`/chat/${thread}`);
  await page.goBack();
  await expect(page).toHaveURL(`/?project=${id}`);
  await expect(chip).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(chip).toBeVisible();
  await page.getByRole("link", { name: "Not in this project" }).click();
  await expect(page).toHaveURL("/");
  await expect(chip).toHaveCount(0);
  expect(person.email).toBeTruthy();
});

test("what is set is saved, and what is refused stays to be mended", async ({ page, chat, projects, sidebar, person, allowConsole }) => {
  allowConsole(/status of 400/);
  await chat.open();
  await sidebar.show();
  await projects.make("Billing");
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  const name = page.getByLabel("Name of the project");
  await name.fill("Right\u202eleft");
  await name.press("Enter");
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(name).toHaveValue("Right\u202eleft");
  await name.fill("Billing deploy");
  await name.press("Enter");
  await expect(projects.heading).toHaveText("Billing deploy");

  await page.getByRole("main").getByRole("radio", { name: "Violet" }).check({ force: true });
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await projects.instructions.fill("x".repeat(8_001));
  await page.getByRole("main").getByRole("button", { name: "Save" }).click();
  await expect(projects.instructions).toHaveAttribute("aria-invalid", "true");
  await expect(projects.instructions).toHaveValue("x".repeat(8_001));
  await projects.instructions.fill("Be brief.");
  await page.getByRole("main").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Instructions saved")).toBeVisible();
  await page.getByRole("main").getByLabel("Model").selectOption({ label: "Builtin" });
  await expect(page.getByRole("status").filter({ hasText: "Saved" }).last()).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(projects.heading).toHaveText("Billing deploy");
  await expect(projects.instructions).toHaveValue("Be brief.");
  await expect(page.getByRole("main").getByRole("radio", { name: "Violet" })).toBeChecked();
  await projects.newChat.click();
  await expect(page.getByRole("combobox", { name: "Model" })).toHaveValue("builtin");
  expect(person.email).toBeTruthy();
});

test("what is typed while it is saved stays, and a refused choice takes no other back", async ({ page, chat, projects, sidebar, person, allowConsole }) => {
  allowConsole(/ERR_FAILED/);
  await chat.open();
  await sidebar.show();
  await projects.make("Billing");
  const main = page.getByRole("main");
  // The next change waits until it is let go, and comes to what is said then.
  const hold = async () => {
    let go: (end: "continue" | "abort") => void = () => {};
    const end = new Promise<"continue" | "abort">((said) => (go = said));
    const waits = new Promise<void>((waiting) => {
      void page.route(
        "**/_fn/change_project",
        async (route) => {
          waiting();
          await ((await end) === "abort" ? route.abort() : route.continue());
        },
        { times: 1 },
      );
    });
    return { go, waits };
  };
  const saving = await hold();
  await projects.instructions.fill("Be brief.");
  await main.getByRole("button", { name: "Save" }).click();
  await saving.waits;
  await projects.instructions.fill("Be brief. And kind.");
  saving.go("continue");
  await expect(page.getByText("Instructions saved")).toBeVisible();
  await expect(projects.instructions).toHaveValue("Be brief. And kind.");
  await main.getByRole("button", { name: "Save" }).click();
  await expect(main.getByRole("button", { name: "Discard" })).toBeHidden();

  const choosing = await hold();
  await main.getByRole("radio", { name: "Violet" }).check({ force: true });
  await choosing.waits;
  await main.getByLabel("Model").selectOption({ label: "Builtin" });
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  choosing.go("abort");
  await expect(page.getByText("The project was not changed.")).toBeVisible();
  await expect(main.getByRole("radio", { name: "Violet" })).not.toBeChecked();
  await expect(main.getByLabel("Model")).toHaveValue("builtin");
  await page.reload();
  await hydrated(page);
  await expect(projects.instructions).toHaveValue("Be brief. And kind.");
  await expect(main.getByLabel("Model")).toHaveValue("builtin");
  expect(person.email).toBeTruthy();
});

test("a chat moves in, out and into a new project, and outlives them", async ({ page, chat, projects, sidebar, person, allowConsole }) => {
  test.slow();
  // At the end the project is asked for once more.
  allowConsole(/status of 404/);
  await chat.open();
  await chat.say("Wanderer");
  await chat.settled();
  await sidebar.show();
  const first = await projects.make("First");
  await sidebar.show();
  await sidebar.act("Wanderer", "Move to project…");
  await projects.dialog.getByRole("button", { name: "First" }).click();
  await expect(page.getByText("Moved to “First”")).toBeVisible();
  await expect(projects.chats).toHaveText([/Wanderer/]);
  // By mistake.
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(projects.chats).toHaveCount(0);
  await sidebar.show();
  await sidebar.act("Wanderer", "Move to project…");
  await projects.dialog.getByRole("button", { name: "First" }).click();
  await expect(projects.chats).toHaveCount(1);
  await sidebar.show();
  await expect(projects.row("First 1 chat")).toBeVisible();
  await sidebar.act("Wanderer", "Move to project…");
  await expect(projects.dialog.getByRole("button", { name: "First" })).toHaveAttribute("aria-current", "true");
  await projects.dialog.getByRole("button", { name: "New project" }).click();
  await projects.fill("Second");
  await expect(page.getByText("Moved to “Second”")).toBeVisible();
  await sidebar.show();
  await expect(projects.row("Second 1 chat")).toBeVisible();
  await expect(projects.row("First 0 chats")).toBeVisible();
  await sidebar.act("Wanderer", "Move to project…");
  await projects.dialog.getByRole("button", { name: "No project" }).click();
  await expect(projects.row("Second 0 chats")).toBeVisible();
  await sidebar.act("Wanderer", "Move to project…");
  await projects.dialog.getByRole("button", { name: "First" }).click();
  await expect(projects.row("First 1 chat")).toBeVisible();

  await page.goto(`/projects/${first}`);
  await hydrated(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await projects.dialog.getByRole("button", { name: "Delete project" }).click();
  await expect(page).toHaveURL("/projects");
  await expect(page.getByText("Project deleted. Its chats are kept")).toBeVisible();
  await sidebar.show();
  await expect(sidebar.row("Wanderer")).toBeVisible();
  await expect(projects.row("First")).toHaveCount(0);
  await page.goto(`/projects/${first}`);
  await expect(page.getByText("There is no such project")).toBeVisible();
  expect(person.email).toBeTruthy();
});

test.describe("that page is not found", () => {
  test("a project of somebody else is not there", async ({ page, chat, projects, sidebar, person, browser, allowConsole, isMobile }) => {
    test.skip(isMobile, "two browsers, once");
    allowConsole(/status of 404/);
    await chat.open();
    await sidebar.show();
    const id = await projects.make("Mine");
    const guest = await browser.newContext({ baseURL: new URL(page.url()).origin });
    await guest.request.post("/api/auth/register", { data: { ...person, email: `${crypto.randomUUID()}@example.org` } });
    const theirs = await guest.newPage();
    expect((await theirs.goto(`/projects/${id}`))?.status()).toBe(404);
    await expect(theirs.getByText("There is no such project")).toBeVisible();
    await guest.close();
  });
});

test("search and go leads to projects", async ({ page, chat, projects, sidebar, person, isMobile }) => {
  test.skip(isMobile, "opened by keyboard");
  await chat.open();
  await sidebar.show();
  const id = await projects.make("Lighthouse");
  await chat.open();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog").getByRole("combobox")).toBeFocused();
  await page.keyboard.type("lightho");
  await page.getByRole("option", { name: "Lighthouse" }).click();
  await expect(page).toHaveURL(`/projects/${id}`);
  await expect(projects.heading).toHaveText("Lighthouse");
  expect(person.email).toBeTruthy();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("projects", async ({ page, chat, projects, sidebar, person, picture }) => {
      test.slow();
      await projects.open();
      await expect(page.getByText("No projects yet")).toBeVisible();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`projects-empty-${colorScheme}`);
      await page.getByRole("main").getByRole("button", { name: "New project" }).first().click();
      await expect(projects.dialog.getByLabel("Name")).toBeFocused();
      await expectAccessible(page);
      await picture(`new-project-${colorScheme}`);
      await projects.fill("Billing deploy", { color: "Teal", instructions: "We ship on Fridays. Answer in one sentence, and name the runbook." });
      await projects.heading.filter({ hasText: "Billing deploy" }).waitFor();
      await expectAccessible(page);
      await picture(`project-empty-${colorScheme}`);
      await projects.newChat.click();
      await expect(chat.composer).toBeVisible();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`project-new-chat-${colorScheme}`);
      await chat.say("What may go wrong on Friday?");
      await chat.settled();
      await sidebar.show();
      for (const [name, color] of [["Research", "Violet"], ["Onboarding of everybody who comes to us this winter", "Amber"]]) {
        await projects.make(name!, { color });
        await sidebar.show();
      }
      await projects.row("Billing deploy").click();
      await projects.heading.filter({ hasText: "Billing deploy" }).waitFor();
      await expect(projects.chats).toHaveCount(1);
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`project-${colorScheme}`);
      await sidebar.show();
      await expectAccessible(page);
      await picture(`project-sidebar-${colorScheme}`);
      await sidebar.act("What may go wrong on Friday?", "Move to project…");
      await expect(projects.dialog.getByRole("button", { name: "Research" })).toBeVisible();
      await expectAccessible(page);
      await picture(`move-${colorScheme}`);
      await page.keyboard.press("Escape");
      await projects.open();
      await expect(page.getByRole("main").getByRole("link", { name: "Research" })).toBeVisible();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`projects-${colorScheme}`);
      expect(person.email).toBeTruthy();
    });
  });
}
