import { expect, newPerson, test } from "../fixtures.js";

test("without scripts a person signs up, chats, reads and signs out", async ({ page, allowConsole, signUpPage, signInPage, chat, keys }) => {
  // The page asks for the WASM early, and without scripts nobody fetches it.
  allowConsole(/preloaded using link preload but not used/);
  const person = newPerson();
  await signUpPage.open();
  await signUpPage.signUp(person);
  await expect(page).toHaveURL("/");

  await chat.composer.fill("Hello without scripts");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(/\/chat\//);
  await expect(chat.questions.last()).toContainText("Hello without scripts");
  await expect(async () => {
    await page.reload();
    await expect(chat.answers.last()).toContainText("You said: Hello without scripts", { timeout: 100 });
  }).toPass();

  await chat.composer.fill("And again");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(chat.questions).toHaveCount(2);
  await page.goto("/");
  await expect(page.getByRole("link", { name: "Hello without scripts" })).toBeVisible();
  await page.goto("/api-keys");
  await expect(keys.heading).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).first().click();
  await expect(page).toHaveURL(/\/sign-in/);
  await signInPage.open();
  await signInPage.signIn({ ...person, password: "not the password at all" });
  await expect(signInPage.alert).toBeVisible();
  await expect(signInPage.email).toHaveValue(person.email);
  await signInPage.signIn(person);
  await expect(page).toHaveURL("/");
});
