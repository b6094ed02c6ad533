// An OpenID provider with the endpoints of Auth0, and a browser that logs in there without a screen.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { claims } from "./action.mjs";
import { Provider } from "./packages.mjs";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" };

// Where the paths of Auth0's endpoints differ from those of this provider.
const ROUTES = {
  authorization: "/authorize",
  token: "/oauth/token",
  userinfo: "/userinfo",
  jwks: "/.well-known/jwks.json",
  end_session: "/oidc/logout",
};

// What the provider says to those who would run it for the public: of its store, and how long things live in it.
for (const level of ["info", "warn"]) {
  const say = console[level];
  console[level] = (...words) => /oidc-provider (NOTICE|WARNING): /.test(words[0]) || say(...words);
}

/**
 * Starts a provider for `clients`, whose tokens carry what the Action `code` adds. `users` are the accounts, by id;
 * `metadata` is what all clients bear.
 */
export async function start({ path, clients, metadata, users, code }) {
  // The provider has to know which claims there are; an Action that fails, fails the login, later.
  const names = async (user) => Object.keys(await claims(code, user, metadata).catch(() => ({})));
  const added = (await Promise.all(Object.values(users).map(names))).flat();
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(origin + path, {
    clients: clients.map(({ id, secret, redirect }) => ({
      client_id: id,
      client_secret: secret,
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "RS256",
    })),
    cookies: { keys: [randomBytes(16).toString("hex")] },
    jwks: { keys: [key] },
    routes: ROUTES,
    scopes: ["openid", "profile", "email", "offline_access"],
    // A custom claim comes with every login; the others, as with Auth0, with their scopes, and in the ID token, too.
    claims: { openid: ["sub", ...added], email: ["email", "email_verified"], profile: ["name", "nickname"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    pkce: { required: () => false },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, error) => {
      ctx.body = `${error.error}: ${error.error_description}`;
    },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id,
        name: id,
        nickname: id,
        email: users[id].email,
        email_verified: true,
        ...(await claims(code, users[id], metadata)),
      }),
    }),
    // The programs are the platform's own: nobody is asked whether they may know who logs in.
    loadExistingGrant: async (ctx) => {
      const { session, client } = ctx.oidc;
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope("openid profile email offline_access");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (request.method !== "POST" || !request.url.startsWith("/interaction/")) return answer(request, response);
    let form = "";
    request.on("data", (piece) => (form += piece));
    request.on("end", () => {
      const login = { accountId: new URLSearchParams(form).get("login") };
      provider.interactionFinished(request, response, { login }).catch((error) => response.destroy(error));
    });
  });
  return { origin, issuer: origin + path, stop: () => (server.closeAllConnections(), server.close()) };
}

/** Opens `url`, logs in as `user`, and returns the address that the browser is sent to outside the provider. */
export async function login(url, user, origin) {
  const cookies = new Map();
  const open = async (url, form) => {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form,
      redirect: "manual",
      headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (!location) throw new Error(`${response.status} ${(await response.text()).split("\n")[0]}`);
    return new URL(location, url);
  };
  let next = await open(url);
  for (let steps = 0; next.origin === origin; steps++) {
    if (steps === 8) throw new Error(`the login leads on and on: ${next}`);
    const isForm = next.pathname.startsWith("/interaction/");
    next = await open(next, isForm ? new URLSearchParams({ login: user }) : undefined);
  }
  return next;
}
