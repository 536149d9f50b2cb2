import { expect, test } from "../fixtures.js";

test.skip(({ isMobile }) => isMobile, "a phone has no keyboard to speak of");

test("a key is made without a mouse", async ({ page, keys, person }) => {
  await keys.open();
  const press = async (key: string, until: () => Promise<boolean>) => {
    for (let i = 0; i < 60 && !(await until()); i++) await page.keyboard.press(key);
    expect(await until(), `${key} leads there`).toBe(true);
  };
  const focused = (name: RegExp) => () => page.evaluate((source) => {
    const active = document.activeElement as HTMLElement | null;
    return new RegExp(source).test(active?.getAttribute("aria-label") ?? active?.textContent ?? "");
  }, name.source);
  await press("Tab", focused(/^Create key$/));
  await page.keyboard.press("Enter");
  await expect(keys.name).toBeFocused();
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await expect(keys.dialog.getByRole("heading", { name: "Your new key" })).toBeVisible();
  await press("Tab", focused(/^Done$/));
  await page.keyboard.press("Enter");
  await press("Tab", focused(/^Close anyway$/));
  await page.keyboard.press("Enter");
  await expect(keys.row("By keyboard")).toBeVisible();
  expect(person.email).toBeTruthy();
});

test("a chat is begun, left and found again without a mouse", async ({ page, chat, sidebar, person }) => {
  await chat.open();
  await expect(chat.composer).toBeFocused();
  await page.keyboard.type("Typed only");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/chat\//);
  await chat.settled();
  const url = page.url();

  await page.keyboard.press("Control+Shift+O");
  await expect(page).toHaveURL("/");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog").getByRole("combobox");
  await expect(palette).toBeFocused();
  await page.keyboard.type("Typed");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(url);

  await page.keyboard.press("Control+,");
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeHidden();
  await page.keyboard.press("Control+/");
  await expect(page.getByRole("dialog")).toContainText(/shortcuts/i);
  await page.keyboard.press("Escape");
  await expect(sidebar.row("Typed only")).toHaveAttribute("aria-current", "page");
  expect(person.email).toBeTruthy();
});
