import type { Locator, Page } from "@playwright/test";

export class Sidebar {
  readonly region: Locator;
  readonly list: Locator;
  readonly rows: Locator;
  readonly newChat: Locator;
  readonly search: Locator;

  constructor(readonly page: Page) {
    this.region = page.getByRole("complementary", { name: "Sidebar" });
    this.list = this.region.getByRole("navigation", { name: "Chats" });
    this.rows = this.list.getByRole("link");
    this.newChat = this.region.getByRole("link", { name: "New chat" });
    this.search = this.region.getByRole("button", { name: "Search" });
  }

  /** On a phone the sidebar is a drawer. */
  async show() {
    const menu = this.page.getByRole("button", { name: "Open menu" });
    // It is that only while it is open; its buttons are still to be seen while it closes.
    const open = this.page.getByRole("dialog", { name: "Menu", exact: true });
    if ((await menu.isVisible()) && !(await open.isVisible())) await menu.click();
    await this.newChat.waitFor();
  }

  row(title: string): Locator {
    return this.list.getByRole("link", { name: title });
  }

  /** Opens the menu of a row and chooses from it. */
  async act(title: string, action: string) {
    await this.row(title).hover();
    await this.list.getByRole("button", { name: `Actions for ${title}` }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }
}
