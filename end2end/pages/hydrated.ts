import { test, type Page } from "@playwright/test";

/** Waits until the page answers to clicks and keys, not only shows itself. With scripts off it does so at once. */
export async function hydrated(page: Page) {
  if (test.info().project.use.javaScriptEnabled === false) return;
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
}
