/** Who may do what: accounts, roles, sessions, tokens; and who is told of what was done. */
export { type Account, type AccountChange, addUser, changeUser, plainLogin } from './accounts.ts';
export { type AttemptRule, Attempts } from './attempts.ts';
export { demandSafety, type Exposure, isExposed, isLoopback, type Mode, modeOf } from './mode.ts';
export { type Attempt, type OpenIdOptions, OpenIdProvider } from './openid.ts';
export { hashPassword, isPassword } from './password.ts';
export { LEAST_CHARACTERS, MOST_CHARACTERS } from './password-rules.ts';
export { LOCAL, type Person } from './person.ts';
export type { PeopleStore, Session, Token, User } from './ports.ts';
export { type Action, demandRole, isAtLeast, LEAST, ROLES, type Role } from './roles.ts';
export { hashSecret } from './secrets.ts';
export {
  changeOwnPassword,
  IDLE_MS,
  type LoggedIn,
  logIn,
  logInVouched,
  logOut,
  personOfSession,
  SESSION_MS,
} from './sessions.ts';
export {
  MOST_DAYS,
  makeToken,
  personOfToken,
  revokeToken,
  TOKEN_PREFIX,
  tokensFor,
  USUAL_DAYS,
} from './tokens.ts';
export {
  addWebhook,
  changeWebhook,
  deliverDue,
  RETRY_AFTER_MS,
  removeWebhook,
  signatureOf,
  TEST_EVENT,
  testWebhook,
  WEBHOOK_EVENTS,
  type Webhook,
  type WebhookEvent,
  type WebhookStore,
} from './webhooks.ts';
