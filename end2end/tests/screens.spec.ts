// Every screen in both themes and both sizes: axe finds nothing, nothing sticks out, and a picture is kept.
import { expect, expectAccessible, expectNothingSticksOut, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";
import { sql } from "../database.js";
import { Script, chat as talk } from "../program.js";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("sign in and sign up", async ({ page, picture, signInPage, signUpPage }) => {
      await signInPage.open();
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`sign-in-${colorScheme}`);
      await signUpPage.open();
      await expectAccessible(page);
      await picture(`sign-up-${colorScheme}`);
    });

    test("a chat", async ({ page, picture, person, keys, chat, sidebar }) => {
      await chat.open();
      await expect(page.getByRole("heading", { level: 1 })).toContainText("Ada");
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`new-chat-${colorScheme}`);

      await keys.open();
      const secret = await keys.make("My CLI Tool");
      await keys.close();
      const script = new Script();
      const events = talk(secret, { content: `We ship the billing change on Friday. Draft a checklist from the runbook, keep it to what can go wrong. ${script.token}` });
      const first = await events.next();
      await script.say(
        "From the runbook, these are the three places where a billing deploy has failed before:\n\n" +
          "1. **Migration order.** Run the ledger migration before the API rolls.\n2. **Webhook replays.** Pause the queue, deploy, then resume.\n3. **Rounding.** Compare yesterday's totals.\n\n" +
          "```shell\n# before: nothing in flight\nbilling queue pause --drain\nbilling migrate --to 2026_11_ledger\n```\n\n| step | who |\n|---|---|\n| pause | on-call |\n",
      );
      await script.end();
      for await (const _ of events);
      await chat.open(first.value!.threadId as string);
      await chat.settled();
      const next = new Script();
      await chat.composer.fill(`And who has to be awake? ${next.token}`);
      await chat.send.click();
      await next.say("Two people: the on-call engineer for the API and someone who can approve a ledger rollback.");
      await expect(chat.answers.last()).toContainText("Two people");
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`chat-${colorScheme}`);
      await next.end();
      await chat.settled();
      await chat.answers.last().getByRole("button", { name: "Details" }).click();
      await expect(page.getByRole("dialog")).toContainText("Scripted");
      await expectAccessible(page);
      await picture(`details-${colorScheme}`);
      await page.keyboard.press("Escape");
      if (await page.getByRole("button", { name: "Open menu" }).isVisible()) {
        await sidebar.show();
        await expectAccessible(page);
        await picture(`menu-${colorScheme}`);
      }
      expect(person.email).toBeTruthy();
    });

    test("API keys", async ({ page, picture, person, keys }) => {
      await keys.open();
      await expectAccessible(page);
      await picture(`api-keys-empty-${colorScheme}`);
      for (const name of ["My CLI Tool", "Nightly report", "WordPress plugin", "Old laptop"]) {
        await keys.make(name);
        await keys.close();
      }
      const owner = `user_id = (SELECT id FROM users WHERE email = '${person.email}')`;
      sql(`UPDATE api_keys SET last_used_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-4 minutes') WHERE name = 'My CLI Tool' AND ${owner};
        UPDATE api_keys SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+6 days') WHERE name = 'Nightly report' AND ${owner};
        UPDATE api_keys SET expires_at = NULL WHERE name = 'WordPress plugin' AND ${owner};
        UPDATE api_keys SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-4 days') WHERE name = 'Old laptop' AND ${owner}`);
      await keys.open();
      await expect(keys.row("Old laptop")).toContainText("Expired");
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`api-keys-${colorScheme}`);

      await keys.create.click();
      await keys.name.fill("Backup job");
      await expectAccessible(page);
      await picture(`create-key-${colorScheme}`);
      await keys.submit.click();
      await expect(keys.dialog.getByRole("heading", { name: "Your new key" })).toBeVisible();
      await expectAccessible(page);
      // Every picture of it would be another key.
      await page.locator("dialog code").first().evaluate((code) => (code.textContent = `sk-4be1c0${"•".repeat(42)}`));
      await picture(`reveal-key-${colorScheme}`);
      await keys.close();
      await page.getByRole("button", { name: "Revoke key My CLI Tool" }).click();
      await expectAccessible(page);
      await picture(`revoke-key-${colorScheme}`);
    });

    test("teams", async ({ page, picture, person, teams }) => {
      await teams.open();
      await expectAccessible(page);
      await picture(`teams-empty-${colorScheme}`);
      await teams.make("Ledger crew");
      await teams.invite("Member");
      // Every picture of it would be another link.
      await teams.link.evaluate((code) => (code.textContent = "https://chat.example.org/invite/kX3v…"));
      await expectAccessible(page);
      await expectNothingSticksOut(page);
      await picture(`team-${colorScheme}`);
      await page.getByRole("button", { name: "Archive" }).click();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Cancel" }).click();
      await teams.open();
      await expect(page.getByRole("link", { name: /Ledger crew/ })).toBeVisible();
      await expectAccessible(page);
      await picture(`teams-${colorScheme}`);
      expect(person.email).toBeTruthy();
    });

    test("settings", async ({ page, picture, person, settings, baseURL }) => {
      for (const message of ["Hello", "And once more"]) {
        const origin = baseURL!;
        expect((await page.request.post("/api/chat", { data: { content: message, stream: false, model: "builtin" }, headers: { origin } })).ok()).toBe(true);
      }
      for (const section of ["General", "Account", "Appearance", "Chat", "Templates", "Usage", "Data"] as const) {
        await settings.open(section);
        if (section === "Usage") await expect(settings.dialog.getByRole("img", { name: /2 messages in 30 days/ })).toBeVisible();
        if (section === "Account") await expect(settings.dialog.getByText("This device")).toBeVisible();
        if (section === "Templates") await expect(settings.dialog.getByText("Explain something")).toBeVisible();
        await expectAccessible(page);
        await expectNothingSticksOut(page);
        await picture(`settings-${section.toLowerCase()}-${colorScheme}`);
      }
      expect(person.email).toBeTruthy();
    });

    test("the palette", async ({ page, picture, person, chat, isMobile }) => {
      test.skip(isMobile, "opened by keyboard");
      await chat.open();
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("dialog").getByRole("combobox")).toBeFocused();
      await expectAccessible(page);
      await picture(`palette-${colorScheme}`);
      expect(person.email).toBeTruthy();
    });

    test("the design system", async ({ page, person, isMobile }, info) => {
      expect(person.email).toBeTruthy();
      // The frame scrolls inside; for a picture of all of it the window is as high as that.
      await page.setViewportSize({ width: isMobile ? 360 : 1280, height: 5000 });
      await page.goto("/design-system");
      await hydrated(page);
      await expectAccessible(page);
      await page.screenshot({ path: `artifacts/${info.project.name}-design-${colorScheme}.png`, fullPage: true, animations: "disabled" });
    });
  });
}
