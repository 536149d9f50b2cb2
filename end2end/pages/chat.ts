import { expect, type Locator, type Page } from "@playwright/test";
import { hydrated } from "./hydrated.js";

export class ChatPage {
  readonly composer: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly title: Locator;
  readonly log: Locator;
  readonly questions: Locator;
  readonly answers: Locator;

  constructor(readonly page: Page) {
    this.composer = page.getByRole("textbox", { name: "Message", exact: true });
    this.send = page.getByRole("button", { name: "Send", exact: true });
    this.stop = page.getByRole("button", { name: "Stop", exact: true });
    this.title = page.getByRole("heading", { level: 1 });
    this.log = page.getByRole("log", { name: "Conversation" });
    this.questions = this.log.getByRole("article").filter({ has: page.getByRole("heading", { name: "You" }) });
    this.answers = this.log.getByRole("article").filter({ has: page.getByRole("heading", { name: "Answer" }) });
  }

  async open(thread?: string) {
    await this.page.goto(thread ? `/chat/${thread}` : "/");
    await hydrated(this.page);
  }

  /** Says something and waits until it has its place in a thread. Gives the thread's id back. */
  async say(text: string): Promise<string> {
    await this.composer.fill(text);
    await this.send.click();
    await expect(this.page).toHaveURL(/\/chat\/[0-9a-f-]{36}/);
    return this.threadId();
  }

  threadId(): string {
    return new URL(this.page.url()).pathname.split("/").at(-1)!;
  }

  /** What stands below the newest answer once it has settled. */
  async settled(answer = this.answers.last()) {
    await expect(answer.getByRole("button", { name: "Copy answer" })).toBeVisible();
  }
}
