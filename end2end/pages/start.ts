import { expect, type Locator, type Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class StartPage {
  readonly heading: Locator;
  readonly signOut: Locator;

  constructor(private readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1 });
    this.signOut = page.getByRole("button", { name: "Sign out" });
  }

  /** The start page is reached by signing in or up; this is how one knows to be there. */
  async expectGreeting(name: string) {
    await expect(this.page).toHaveURL("/");
    await expect(this.heading).toContainText(name);
    await hydrated(this.page);
  }
}
