import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import {
  ApiKeysPage,
  ChatPage,
  ProjectsPage,
  RealmSwitch,
  Settings,
  Sidebar,
  SignInPage,
  SignUpPage,
  TeamsPage,
  Templates,
} from "./pages/index.js";

export type Person = { name: string; email: string; password: string };

type Fixtures = {
  /** Says that this test makes the browser complain on purpose: Chromium itself reports every answer of 400 and above. */
  allowConsole: (message: RegExp) => void;
  /** Takes a picture of the page for people to look at. */
  picture: (name: string) => Promise<void>;
  /** A person of this test's own, signed in in this browser. */
  person: Person;
  signUpPage: SignUpPage;
  signInPage: SignInPage;
  chat: ChatPage;
  sidebar: Sidebar;
  keys: ApiKeysPage;
  settings: Settings;
  teams: TeamsPage;
  templates: Templates;
  projects: ProjectsPage;
  realm: RealmSwitch;
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
      // What tells the model server which script to play is not for people.
      await page.evaluate(() => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
          const text = texts.currentNode as Text;
          if (text.data.includes("[script:")) text.data = text.data.replace(/\s*\[script:[\w-]+\]/, "");
        }
      });
      await page.screenshot({ path, animations: "disabled" });
    });
  },

  // Made through the API: how people sign up is a test of its own.
  person: async ({ context, baseURL }, use) => {
    const person = newPerson();
    const answer = await context.request.post(`${baseURL}/api/auth/register`, { data: person });
    expect(answer.status()).toBe(201);
    await use(person);
  },

  signUpPage: async ({ page }, use) => use(new SignUpPage(page)),
  signInPage: async ({ page }, use) => use(new SignInPage(page)),
  chat: async ({ page }, use) => use(new ChatPage(page)),
  sidebar: async ({ page }, use) => use(new Sidebar(page)),
  keys: async ({ page }, use) => use(new ApiKeysPage(page)),
  settings: async ({ page }, use) => use(new Settings(page)),
  teams: async ({ page }, use) => use(new TeamsPage(page)),
  templates: async ({ page }, use) => use(new Templates(page)),
  projects: async ({ page }, use) => use(new ProjectsPage(page)),
  realm: async ({ page }, use) => use(new RealmSwitch(page)),
});

/** Fails where axe finds anything at all, once what fades or slides in has arrived: half-way in, everything is too faint. */
export async function expectAccessible(page: Page) {
  await arrived(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((n) => `${n.html}\n  ${n.failureSummary}`).join("\n  ")}`,
  );
  expect(found, "axe finds nothing").toEqual([]);
}

/** Waits until nothing moves that ends by itself. A dialog begins to fade in with the first frame it is drawn in. */
async function arrived(page: Page) {
  await page.evaluate(async () => {
    const moving = () => document.getAnimations().filter((it) => it.effect?.getComputedTiming().endTime !== Infinity);
    do {
      await Promise.allSettled(moving().map((it) => it.finished));
      await new Promise(requestAnimationFrame);
    } while (moving().length > 0);
  });
}

/** Fails where the page is wider or higher than the window: what is longer scrolls inside the frame. */
export async function expectNothingSticksOut(page: Page) {
  const sizes = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    return { wide: scrollWidth - clientWidth, high: scrollHeight - clientHeight };
  });
  expect(sizes).toEqual({ wide: 0, high: 0 });
}

/** A person that no other test knows: all tests share one server and one database. */
export function newPerson(name = "Ada Lovelace"): Person {
  return { name, email: `${crypto.randomUUID()}@example.org`, password: "correct horse battery staple" };
}

export { expect };
