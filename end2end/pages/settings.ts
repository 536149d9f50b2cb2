import type { Locator, Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export type Section = "General" | "Account" | "Appearance" | "Chat" | "Templates" | "Usage" | "Data";

export class Settings {
  readonly dialog: Locator;
  readonly manageKeys: Locator;

  constructor(readonly page: Page) {
    this.dialog = page.getByRole("dialog", { name: "Settings" });
    this.manageKeys = this.dialog.getByRole("link", { name: "Manage API Keys" });
  }

  /** Where one begins: on a phone the list of sections, else the first section beside it. */
  async openList() {
    await this.page.goto("/?settings=");
    await hydrated(this.page);
    await this.dialog.getByRole("link", { name: "Appearance" }).waitFor();
  }

  async open(section: Section, path = "/") {
    await this.page.goto(`${path}?settings=${section.toLowerCase()}`);
    await hydrated(this.page);
    await this.dialog.getByRole("heading", { name: section }).waitFor();
  }
}
