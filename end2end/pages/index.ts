export { SignInPage } from "./sign-in.js";
export { SignUpPage } from "./sign-up.js";
export { StartPage } from "./start.js";
