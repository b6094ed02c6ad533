// The Action that puts a user's roles into tokens, run as Auth0 runs it.
import vm from "node:vm";

// Names that Auth0 keeps for itself: the call succeeds, and the claim is missing.
const RESERVED = "groups roles permissions entitlements iss sub aud exp iat nonce email".split(" ");

/**
 * The claims that `code` adds to the ID token of a user for an application with that metadata. Without `roles`, the
 * event says nothing of authorization.
 */
export async function claims(code, user, metadata) {
  const exports = {};
  const module = { exports };
  // Nothing of this process is in reach: no `require`, no `process`.
  vm.runInNewContext(code, { exports, module }, { timeout: 1000 });
  const added = {};
  const token = { setCustomClaim: (name, value) => RESERVED.includes(name) || (added[name] = value) };
  const event = { user: { email: user.email, email_verified: true }, client: { metadata }, request: {} };
  if (user.roles) event.authorization = { roles: user.roles };
  const denied = [];
  const api = {
    idToken: token,
    // Another token: what is set there alone is in no ID token.
    accessToken: { setCustomClaim: () => {} },
    access: { deny: (reason) => denied.push(reason) },
  };
  await module.exports.onExecutePostLogin(event, api);
  if (denied.length > 0) throw new Error(`the Action denies access: ${denied}`);
  // Through JSON, as on the wire: objects of another context are no plain ones here.
  return JSON.parse(JSON.stringify(added));
}
