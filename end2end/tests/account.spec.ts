import { expect, expectAccessible, newPerson, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";

test("a person signs up, signs out and signs in again", async ({ page, signUpPage, signInPage, sidebar }) => {
  const person = newPerson();
  await signUpPage.open();
  await signUpPage.signUp(person);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Ada");

  await page.reload();
  await hydrated(page);
  await sidebar.show();
  await page.getByRole("button", { name: /Ada Lovelace/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);

  await signInPage.open();
  await signInPage.signIn(person);
  await expect(page).toHaveURL("/");
});

test("whoever is not signed in is asked to sign in", async ({ page, signInPage }) => {
  for (const path of ["/", "/api-keys", "/chat/0190a1b2-0000-7000-8000-000000000000"]) {
    await page.goto(path);
    await expect(page).toHaveURL(/\/sign-in/);
    await expect(signInPage.submit).toBeVisible();
  }
});

test("a wrong password is told in place, and the e-mail stays", async ({ page, context, person, signInPage }) => {
  await context.clearCookies();
  await signInPage.open();
  await signInPage.signIn({ ...person, password: "not the password at all" });
  await expect(signInPage.alert).toBeVisible();
  await expect(signInPage.email).toHaveValue(person.email);
  await expect(page).toHaveURL(/\/sign-in/);
  await expectAccessible(page);

  // What came back is shown once: a reload is a fresh form.
  await page.reload();
  await expect(signInPage.alert).toBeHidden();

  await signInPage.signIn(person);
  await expect(page).toHaveURL("/");
});

test("an e-mail that is in use is told in place", async ({ page, context, person, signUpPage }) => {
  await context.clearCookies();
  await signUpPage.open();
  await signUpPage.signUp({ ...newPerson("Somebody Else"), email: person.email });
  await expect(signUpPage.alert).toBeVisible();
  await expect(signUpPage.email).toHaveValue(person.email);
  await expect(page).toHaveURL(/\/sign-up/);
});

test("an unknown path is a real 404, signed in or not", async ({ page, context, person, allowConsole }) => {
  allowConsole(/status of 404/);
  for (const path of ["/no-such-page", `/chat/0190a1b2-0000-7000-8000-000000000000`]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await hydrated(page);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    await expectAccessible(page);
  }
  expect(person.email).toBeTruthy();
  await context.clearCookies();
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  await hydrated(page);
  await expectAccessible(page);
});
