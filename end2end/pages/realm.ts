import { expect, type Locator, type Page } from "@playwright/test";

/** The switch at the top of the sidebar. */
export class RealmSwitch {
  readonly button: Locator;

  constructor(readonly page: Page) {
    this.button = page.getByRole("button", { name: /: choose whose chats are shown$/ });
  }

  async choose(name: string) {
    await this.button.click();
    await this.page.getByRole("menuitemradio", { name }).click();
    await this.shows(name);
  }

  async shows(name: string) {
    // Also when it is in a drawer that has closed, because the choice led to another page.
    const button = this.page.locator('button[aria-label$=": choose whose chats are shown"]');
    await expect(button).toHaveAttribute("aria-label", `${name}: choose whose chats are shown`);
  }
}
