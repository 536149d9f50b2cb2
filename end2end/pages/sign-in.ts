import type { Locator, Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class SignInPage {
  readonly email: Locator;
  readonly password: Locator;
  readonly submit: Locator;
  readonly alert: Locator;

  constructor(private readonly page: Page) {
    this.email = page.getByLabel("E-mail", { exact: true });
    this.password = page.getByLabel("Password", { exact: true });
    this.submit = page.getByRole("button", { name: "Sign in" });
    this.alert = page.getByRole("alert").filter({ hasText: /\S/ });
  }

  async open() {
    await this.page.goto("/sign-in");
    await hydrated(this.page);
  }

  async signIn(person: { email: string; password: string }) {
    await this.email.fill(person.email);
    await this.password.fill(person.password);
    await this.submit.click();
  }
}
