import type { Locator, Page } from "@playwright/test";

/** Templates in the settings, and in the list at the composer. */
export class Templates {
  readonly dialog: Locator;
  readonly create: Locator;
  readonly name: Locator;
  readonly prompt: Locator;
  readonly chips: Locator;
  readonly save: Locator;
  readonly list: Locator;
  readonly options: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole("dialog", { name: "Settings" });
    this.create = this.dialog.getByRole("button", { name: "New template" });
    this.name = this.dialog.getByRole("textbox", { name: "Name" });
    this.prompt = this.dialog.getByRole("textbox", { name: "Prompt" });
    this.chips = this.dialog.getByRole("status", { name: "Fields" }).locator("bdi");
    this.save = this.dialog.getByRole("button", { name: "Create template" });
    this.list = page.getByRole("listbox", { name: "Templates" });
    this.options = this.list.getByRole("option");
  }

  group(name: string): Locator {
    return this.dialog.getByRole("region", { name });
  }

  row(name: string): Locator {
    return this.dialog.getByRole("listitem").filter({ hasText: name });
  }

  /** Opens the menu of a row and chooses from it. */
  async act(name: string, action: string) {
    await this.dialog.getByRole("button", { name: `Actions for ${name}` }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }
}
