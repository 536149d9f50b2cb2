import { expect, type Locator, type Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class ApiKeysPage {
  readonly heading: Locator;
  readonly create: Locator;
  readonly table: Locator;
  readonly dialog: Locator;
  readonly name: Locator;
  readonly submit: Locator;
  readonly secret: Locator;
  readonly copy: Locator;
  readonly done: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1, name: "API keys" });
    this.create = page.getByRole("button", { name: "Create key" }).first();
    this.table = page.getByRole("table", { name: "API keys" });
    this.dialog = page.getByRole("dialog");
    this.name = this.dialog.getByRole("textbox", { name: "Name" });
    this.submit = this.dialog.getByRole("button", { name: "Create key" });
    this.secret = this.dialog.getByTestId("secret");
    this.copy = this.dialog.getByRole("button", { name: "Copy key" });
    this.done = this.dialog.getByRole("button", { name: "Done" });
  }

  async open() {
    await this.page.goto("/api-keys");
    await hydrated(this.page);
    await expect(this.heading).toBeVisible();
  }

  row(name: string): Locator {
    return this.table.getByRole("row").filter({ hasText: name });
  }

  /** Makes a key and reads its secret where a person would: in the dialog, shown. The dialog stays open. */
  async make(name: string, scope?: string): Promise<string> {
    await this.create.click();
    await this.name.fill(name);
    if (scope) await this.dialog.getByLabel("Scope").selectOption({ label: scope });
    await this.submit.click();
    await expect(this.dialog.getByRole("heading", { name: "Your new key" })).toBeVisible();
    await this.dialog.getByRole("button", { name: "Show key" }).click();
    const shown = this.dialog.getByText(/sk-[0-9a-f]{48}/).first();
    await expect(shown).toBeVisible();
    return /sk-[0-9a-f]{48}/.exec((await shown.textContent())!)![0];
  }

  /** Closes the dialog of a new key, copied or not. */
  async close() {
    await this.done.click();
    const anyway = this.dialog.getByRole("button", { name: "Close anyway" });
    if (await anyway.isVisible()) await anyway.click();
    await expect(this.dialog).toBeHidden();
  }

  async revoke(name: string) {
    await this.page.getByRole("button", { name: `Revoke key ${name}` }).click();
    await this.dialog.getByRole("button", { name: "Revoke key" }).click();
  }
}
