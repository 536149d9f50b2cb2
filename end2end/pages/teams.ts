import type { Locator, Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class TeamsPage {
  readonly create: Locator;
  readonly name: Locator;
  readonly link: Locator;

  constructor(private readonly page: Page) {
    this.create = page.getByRole("button", { name: "Create team" });
    this.name = page.getByRole("dialog").getByLabel("Name");
    this.link = page.getByRole("status").locator("code");
  }

  async open() {
    await this.page.goto("/teams");
    await hydrated(this.page);
  }

  /** Makes a team and waits for its page. */
  async make(name: string) {
    await this.create.first().click();
    await this.name.fill(name);
    await this.page.getByRole("dialog").getByRole("button", { name: "Create team" }).click();
    await this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  /** Makes an invitation; its link. */
  async invite(role: string) {
    await this.page.getByLabel("Role", { exact: true }).selectOption({ label: role });
    await this.page.getByRole("button", { name: "Create link" }).click();
    await this.link.waitFor();
    return (await this.link.textContent())!;
  }

  member(name: string): Locator {
    return this.page.getByRole("listitem").filter({ hasText: name });
  }
}
