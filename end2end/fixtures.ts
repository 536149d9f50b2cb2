import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { SignInPage, SignUpPage, StartPage } from "./pages/index.js";

type Fixtures = {
  /** Says that this test makes the browser complain on purpose: Chromium itself reports every answer of 400 and above. */
  allowConsole: (message: RegExp) => void;
  /** Takes a picture of the page for people to look at. */
  picture: (name: string) => Promise<void>;
  signUpPage: SignUpPage;
  signInPage: SignInPage;
  startPage: StartPage;
};

export const test = base.extend<Fixtures>({
  // Every test has it, asked for or not: a page that works but complains is broken.
  allowConsole: [
    async ({ page }, use) => {
      const allowed: RegExp[] = [];
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
      await use((message) => allowed.push(message));
      const unexpected = complaints.filter((complaint) => !allowed.some((message) => message.test(complaint)));
      expect(unexpected, "the console stays silent").toEqual([]);
    },
    { auto: true },
  ],

  picture: async ({ page }, use, info) => {
    await use(async (name) => {
      const path = `artifacts/${info.project.name}-${name}.png`;
      await page.screenshot({ path, fullPage: true, animations: "disabled" });
    });
  },

  signUpPage: async ({ page }, use) => use(new SignUpPage(page)),
  signInPage: async ({ page }, use) => use(new SignInPage(page)),
  startPage: async ({ page }, use) => use(new StartPage(page)),
});

/** Fails where axe finds anything at all. */
export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((n) => n.html).join("\n  ")}`);
  expect(found, "axe finds nothing").toEqual([]);
}

/** A person that no other test knows: all tests share one server and one database. */
export function newPerson(name = "Ada Lovelace") {
  return { name, email: `${crypto.randomUUID()}@example.org`, password: "correct horse battery staple" };
}

export { expect };
