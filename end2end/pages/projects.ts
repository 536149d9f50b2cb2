import type { Locator, Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class ProjectsPage {
  readonly section: Locator;
  readonly dialog: Locator;
  readonly heading: Locator;
  readonly instructions: Locator;
  readonly newChat: Locator;
  /** The chats on a project's page. */
  readonly chats: Locator;

  constructor(private readonly page: Page) {
    this.section = page.getByRole("navigation", { name: "Projects" });
    // On a phone the open sidebar is a dialog too, but no `<dialog>`.
    this.dialog = page.locator("dialog[open]");
    this.heading = page.getByRole("heading", { level: 1 });
    this.instructions = page.getByRole("main").getByLabel("Instructions");
    this.newChat = page.getByRole("main").getByRole("link", { name: "New chat in this project" });
    this.chats = page.getByRole("region", { name: "Chats" }).locator('a[href^="/chat/"]');
  }

  async open() {
    await this.page.goto("/projects");
    await hydrated(this.page);
  }

  /** Makes a project with the button beside the sidebar's section, and waits for its page. */
  async make(name: string, more: { color?: string; instructions?: string; shared?: boolean } = {}) {
    await this.section.getByRole("button", { name: "New project" }).click();
    await this.fill(name, more);
    await this.heading.filter({ hasText: name }).waitFor();
    // On a phone the sidebar closes when the page changes, and is still to be seen while it does.
    await this.page.getByRole("button", { name: "Close menu" }).waitFor({ state: "hidden" });
    return new URL(this.page.url()).pathname.split("/").at(-1)!;
  }

  /** Fills in the dialog and sends it off. */
  async fill(name: string, { color, instructions, shared }: { color?: string; instructions?: string; shared?: boolean } = {}) {
    await this.dialog.getByLabel("Name").fill(name);
    if (color) await this.dialog.getByRole("radio", { name: color }).check({ force: true });
    if (instructions) await this.dialog.getByLabel("Instructions").fill(instructions);
    if (shared) await this.dialog.getByRole("radio", { name: "The team" }).check({ force: true });
    await this.dialog.getByRole("button", { name: "Create project" }).click();
  }

  row(name: string): Locator {
    return this.section.getByRole("link", { name });
  }
}
