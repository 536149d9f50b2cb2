import { expect, newPerson, test } from "../fixtures.js";

test("without scripts a person signs up, out and in through plain forms", async ({
  page,
  allowConsole,
  signUpPage,
  signInPage,
  startPage,
}) => {
  // The page asks for the WASM early, and without scripts nobody fetches it.
  allowConsole(/preloaded using link preload but not used/);
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

  await signInPage.signIn(person);
  await startPage.expectGreeting(person.name);
});
