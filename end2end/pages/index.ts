export { ApiKeysPage } from "./api-keys.js";
export { ChatPage } from "./chat.js";
export { Settings } from "./settings.js";
export { Sidebar } from "./sidebar.js";
export { SignInPage } from "./sign-in.js";
export { SignUpPage } from "./sign-up.js";
export { TeamsPage } from "./teams.js";
