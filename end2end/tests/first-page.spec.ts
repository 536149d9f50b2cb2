import { expect, expectAccessible, newPerson, test } from "../fixtures.js";
import { hydrated } from "../pages/hydrated.js";

test("a person signs up, signs out and signs in again", async ({ page, signUpPage, signInPage, startPage }) => {
  const person = newPerson();
  await signUpPage.open();
  await signUpPage.signUp(person);
  await startPage.expectGreeting(person.name);

  await page.reload();
  await startPage.expectGreeting(person.name);

  await startPage.signOut.click();
  await expect(page).toHaveURL(/\/sign-in/);

  await signInPage.open();
  await signInPage.signIn(person);
  await startPage.expectGreeting(person.name);
});

test("whoever is not signed in is asked to sign in", async ({ page, signInPage }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(signInPage.submit).toBeVisible();
});

test("a wrong password is told in place, and the e-mail stays", async ({
  page,
  allowConsole,
  signUpPage,
  signInPage,
  startPage,
}) => {
  allowConsole(/status of 401/);
  const person = newPerson();
  await signUpPage.open();
  await signUpPage.signUp(person);
  await startPage.expectGreeting(person.name);
  await startPage.signOut.click();
  await expect(page).toHaveURL(/\/sign-in/);

  await signInPage.open();
  await signInPage.signIn({ ...person, password: "not the password at all" });
  await expect(signInPage.alert).toBeVisible();
  await expect(signInPage.email).toHaveValue(person.email);
  await expect(page).toHaveURL(/\/sign-in/);
  await expectAccessible(page);

  await signInPage.signIn(person);
  await startPage.expectGreeting(person.name);
});

test("an e-mail that is in use is told in place", async ({ page, allowConsole, signUpPage, startPage }) => {
  allowConsole(/status of 409/);
  const person = newPerson();
  await signUpPage.open();
  await signUpPage.signUp(person);
  await startPage.expectGreeting(person.name);
  await startPage.signOut.click();
  await expect(page).toHaveURL(/\/sign-in/);

  await signUpPage.open();
  await signUpPage.signUp({ ...newPerson("Somebody Else"), email: person.email });
  await expect(signUpPage.alert).toBeVisible();
  await expect(signUpPage.email).toHaveValue(person.email);
  await expect(page).toHaveURL(/\/sign-up/);
});

test("an unknown path is a real 404", async ({ page, allowConsole }) => {
  allowConsole(/status of 404/);
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectAccessible(page);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the pages in ${colorScheme}`, async ({ page, picture, signUpPage, signInPage, startPage }) => {
    await page.emulateMedia({ colorScheme });

    await signInPage.open();
    await expectAccessible(page);
    await picture(`sign-in-${colorScheme}`);

    const person = newPerson();
    await signUpPage.open();
    await expectAccessible(page);
    await picture(`sign-up-${colorScheme}`);

    await signUpPage.signUp(person);
    await startPage.expectGreeting(person.name);
    await expectAccessible(page);
    await picture(`start-${colorScheme}`);

    // The frame is as large as the window; what is longer scrolls inside it, and nothing sticks out.
    const sizes = await page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return { wide: scrollWidth - clientWidth, high: scrollHeight - clientHeight };
    });
    expect(sizes).toEqual({ wide: 0, high: 0 });
  });
}
