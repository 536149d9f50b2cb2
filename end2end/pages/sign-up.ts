import type { Locator, Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class SignUpPage {
  readonly name: Locator;
  readonly email: Locator;
  readonly password: Locator;
  readonly submit: Locator;
  readonly alert: Locator;

  constructor(private readonly page: Page) {
    this.name = page.getByLabel("Name", { exact: true });
    this.email = page.getByLabel("E-mail", { exact: true });
    this.password = page.getByLabel("Password", { exact: true });
    this.submit = page.getByRole("button", { name: "Create account" });
    this.alert = page.getByRole("alert").filter({ hasText: /\S/ });
  }

  async open() {
    await this.page.goto("/sign-up");
    await hydrated(this.page);
  }

  async signUp(person: { name: string; email: string; password: string }) {
    await this.name.fill(person.name);
    await this.email.fill(person.email);
    await this.password.fill(person.password);
    await this.submit.click();
  }
}
