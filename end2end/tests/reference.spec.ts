import { expect, expectAccessible, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";

const reference = "/api/docs";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the reference", async ({ page, picture }) => {
      test.slow();
      await page.goto(reference);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("API reference");
      await expectAccessible(page);
      await picture(`reference-${colorScheme}`);
      // A long page scrolls, but never to the side.
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      await page.goto(`${reference}#chat`);
      await expect(page.getByRole("heading", { name: "Send a message" })).toBeInViewport();
      await picture(`reference-chat-${colorScheme}`);
    });
  });
}

test("a call is copied as it stands, and works", async ({ page, context, person, baseURL, isMobile }) => {
  test.skip(isMobile, "the same there");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(reference);
  const section = page.getByRole("article", { name: "List threads" });
  await section.getByRole("button", { name: "Copy the call: List threads" }).click();
  await expect(section.getByRole("status").first()).toHaveText("Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain("/api/threads");
  expect(copied).toContain("Authorization: Bearer $LATCHKEY_KEY");
  expect(copied.startsWith("curl http")).toBe(true);
  expect(person.email).toBeTruthy();
  expect(baseURL).toBeTruthy();
});

test("people get there from their keys and by keyboard", async ({ page, keys, person, isMobile }) => {
  await keys.open();
  await page.getByRole("button", { name: "How to use it" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "API reference" }).click();
  await expect(page).toHaveURL(reference);
  await expect(page.getByText("Your API keys may call everything that is marked.")).toBeVisible();
  await page.getByRole("navigation", { name: "Elsewhere" }).getByRole("link", { name: "API keys" }).click();
  await expect(keys.heading).toBeVisible();
  if (isMobile) return;
  await hydrated(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("api ref");
  await page.getByRole("option", { name: "API reference" }).click();
  await expect(page).toHaveURL(reference);
  expect(person.email).toBeTruthy();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("everything is there to be read", async ({ page }) => {
    await page.goto(reference);
    await expect(page.getByRole("heading", { name: "Send a message" })).toBeVisible();
    await page.getByText("Why it may be refused").first().click();
    await expect(page.getByText("monthly_limit_reached").nth(1)).toBeVisible();
    await expect(page.getByRole("button", { name: /Copy/ })).toHaveCount(0);
  });
});
