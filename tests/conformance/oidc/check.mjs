// Logs people in to each environment's programs, as they are rendered, and holds who gets in to `identity.groups`.
//
//   SUPERCARGO_TOOLS=… SUPERCARGO_ACTIONS=… node check.mjs PROJECT
//
// The provider, the client and oauth2-proxy are not ours. Only the issuer's host differs from what is rendered: it is
// the provider's. Callbacks are registered for the hosts of the ingresses, and asked for as each program's own settings
// say. SUPERCARGO_ACTIONS is a folder with the Action of each environment, <environment>.js.
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";

import { client, YAML } from "./packages.mjs";
import { PROGRAMS } from "./programs.mjs";
import { login, start } from "./provider.mjs";
import { startProxy, visit } from "./proxy.mjs";

const project = process.argv[2];
const LEVELS = ["admins", "editors", "viewers"];

const parsed = (...names) => {
  const file = path.join(project, ...names);
  return existsSync(file) ? YAML.parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS()) : [];
};

/** What is rendered for an environment, and what its values want. */
function environment(name) {
  const services = {};
  for (const service of Object.keys(PROGRAMS)) {
    const folder = ["out", name, "services", service];
    const [values] = parsed(...folder, "values.yaml");
    const ingress = parsed(...folder, "manifests", "route.yaml").find((document) => document?.kind === "Ingress");
    if (values && ingress) services[service] = { values, host: ingress.spec.rules[0].host };
  }
  const identity = Object.assign({}, ...["base", name].map((layer) => parsed("values", `${layer}.yaml`)[0]?.identity));
  // The mark of the environment's applications, which its Action looks for.
  const metadata = { "managed-by": "supercargo", environment: name };
  const code = readFileSync(path.join(process.env.SUPERCARGO_ACTIONS, `${name}.js`), "utf8");
  return { name, services, identity, metadata, code };
}

/** One account for each group, for all, and for those who have to stay outside. */
function accounts(groups) {
  const all = LEVELS.flatMap((level) => groups[level]);
  const roles = {
    ...Object.fromEntries(all.map((group) => [`one of ${group}`, [group]])),
    "one of all groups": all,
    "one of a group and of others": ["others", all.at(-1)],
    "one of groups of similar names": all.flatMap((group) => [`${group}-old`, `old-${group}`, group.toUpperCase()]),
    "one of groups called like levels": [...LEVELS, "admin", "Admin"],
    "one without a group": [],
    "one whose groups nobody knows": undefined,
  };
  const address = (number) => `user-${number}@example.com`;
  const entries = Object.entries(roles).map(([name, roles], number) => [name, { roles, email: address(number) }]);
  return Object.fromEntries(entries);
}

/** Everything that is wrong with the logins of an environment, in words. `say` gets what was asked and adjusted. */
async function problems({ services, identity, metadata, code }, say) {
  const found = [];
  const users = accounts(identity.groups);
  const issuer = new URL(identity.issuer);
  const programs = Object.entries(services).map(([service, rendered]) => ({
    ...PROGRAMS[service].read(rendered),
    registered: `https://${rendered.host}${PROGRAMS[service].callback}`,
    id: `${service}-${randomBytes(4).toString("hex")}`,
    secret: randomBytes(24).toString("base64url"),
  }));
  const clients = programs.map(({ id, secret, registered }) => ({ id, secret, redirect: registered }));
  const provider = await start({ path: issuer.pathname, clients, metadata, users, code });
  // The one thing that has to differ: everything else is asked for as it is rendered.
  const isIssuers = (url) => url === issuer.origin || url?.startsWith(`${issuer.origin}/`);
  const adjusted = (url) => (isIssuers(url) ? provider.origin + url.slice(issuer.origin.length) : url);
  say(`${issuer.origin} is ${provider.origin} here`);
  try {
    for (const program of programs) {
      const pkce = program.pkce ?? "off";
      say(`${program.name} asks for "${program.scope}", PKCE ${pkce}, and to come back to ${program.redirect}`);
      for (const [name, user] of Object.entries(users)) {
        const has = (group) => user.roles?.includes(group);
        const levels = LEVELS.filter((level) => identity.groups[level].some(has));
        try {
          const { claims, userinfo } = await logIn(program, provider, adjusted, name);
          const groups = claims[identity.groupsClaim];
          if (!isDeepStrictEqual(groups, user.roles ?? [])) {
            const claim = `the claim ${identity.groupsClaim} is ${JSON.stringify(groups)}`;
            found.push(`${program.name}: ${name}: ${claim}`);
          }
          const [decided, wanted] = [program.decide(claims, userinfo), program.wanted(levels)];
          if (decided !== wanted) found.push(`${program.name}: ${name} gets "${decided}", not "${wanted}"`);
        } catch (error) {
          const causes = [error.message, error.error_description, error.cause?.message].filter(Boolean);
          found.push(`${program.name}: ${name}: ${causes.join(": ")}`);
        }
      }
    }
    const proxied = programs.find(({ name }) => name === "oauth2-proxy");
    if (proxied) {
      const { values } = services["oauth2-proxy"];
      const visits = await visitors(values, proxied, provider, adjusted, users, identity.groups);
      found.push(...visits.map((problem) => `the real oauth2-proxy: ${problem}`));
    }
  } finally {
    provider.stop();
  }
  return found;
}

/** What is wrong where everybody comes to oauth2-proxy itself, for a page below its domain. */
async function visitors(values, program, provider, adjusted, users, groups) {
  const found = [];
  const domain = values.extraArgs.find((one) => one.startsWith("--whitelist-domain="))?.split("=.")[1];
  const page = `https://tekton.${domain}/`;
  let proxy;
  try {
    proxy = await startProxy(values, program, adjusted);
  } catch (error) {
    return [error.message];
  }
  for (const [name, user] of Object.entries(users)) {
    const wanted = program.wanted(LEVELS.filter((level) => groups[level].some((group) => user.roles?.includes(group))));
    try {
      const visited = await visit(proxy, page, name, provider.origin);
      if (visited.decided !== wanted) found.push(`${name} gets "${visited.decided}", not "${wanted}"`);
      if (visited.decided === "in" && !isDeepStrictEqual(visited.groups, user.roles)) {
        found.push(`${name}: the page sees the groups ${visited.groups}`);
      }
    } catch (error) {
      found.push(`${name}: ${error.message}`);
    }
  }
  await proxy.stop();
  return found;
}

/** One login from the first request to the claims, all of them verified by the client. */
async function logIn(program, provider, adjusted, user) {
  const secret = client.ClientSecretBasic(program.secret);
  const insecure = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
  let config = await client.discovery(new URL(provider.issuer), program.id, undefined, secret, insecure);
  const server = config.serverMetadata();
  if (program.endpoints) {
    // Without discovery, each address is a setting.
    const { authorize, token, userinfo } = program.endpoints;
    const metadata = {
      issuer: server.issuer,
      jwks_uri: server.jwks_uri,
      authorization_endpoint: adjusted(authorize),
      token_endpoint: adjusted(token),
      userinfo_endpoint: adjusted(userinfo),
    };
    for (const [name, address] of Object.entries(metadata)) {
      if (address !== server[name]) throw new Error(`the ${name} is ${address}, not ${server[name]}`);
    }
    config = new client.Configuration(metadata, program.id, undefined, secret);
    client.allowInsecureRequests(config);
    client.enableNonRepudiationChecks(config);
  } else if (adjusted(program.issuer) !== server.issuer) {
    // To the byte, as the libraries of these programs compare it.
    throw new Error(`the issuer is ${adjusted(program.issuer)}, not ${server.issuer}`);
  }
  const state = client.randomState();
  const parameters = { redirect_uri: program.redirect, scope: program.scope, state };
  const verifier = program.pkce ? client.randomPKCECodeVerifier() : undefined;
  if (verifier) {
    const isPlain = program.pkce === "plain";
    parameters.code_challenge = isPlain ? verifier : await client.calculatePKCECodeChallenge(verifier);
    parameters.code_challenge_method = program.pkce;
  }
  const nonce = program.hasNonce ? client.randomNonce() : undefined;
  if (nonce) parameters.nonce = nonce;
  const back = await login(client.buildAuthorizationUrl(config, parameters), user, provider.origin);
  const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  return { claims, userinfo };
}

/** Faults, by what they are, each with what has to be said about it. One that changes nothing is a mistake here. */
const FAULTS = {
  "the Action names the claim otherwise": [
    /grafana: .* gets "none", not "Admin"/,
    (it) => (it.code = it.code.replaceAll(it.identity.groupsClaim, "https://example.com/group")),
  ],
  "the Action sets only the access token": [
    /the claim \S+ is undefined/,
    (it) => (it.code = it.code.replace(/ *api\.idToken.*\n/, "")),
  ],
  "the Action fails where nobody has a role": [
    /argo-cd: one whose groups nobody knows/,
    (it) => (it.code = it.code.replace(/\(event\.auth.*$/m, "event.authorization.roles;")),
  ],
  "the applications have the mark of another environment": [
    /argo-cd: one of .* gets "none", not "role:admin"/,
    (it) => (it.metadata.environment += "-other"),
  ],
  "the claim has a reserved name": [
    /oauth2-proxy: one of .* gets "none", not "in"/,
    (it) => Object.assign(it, JSON.parse(JSON.stringify(it).replaceAll(it.identity.groupsClaim, "groups"))),
  ],
  "oauth2-proxy lacks a group": [
    /oauth2-proxy: one of .* gets "none", not "in"/,
    ({ args }) => args.splice(args.findIndex((one) => one.startsWith("--allowed-group=")), 1),
  ],
  "oauth2-proxy lets everybody in": [
    /oauth2-proxy: one without a group gets "in", not "none"/,
    (it) => (it.proxy.extraArgs = it.args.filter((one) => !one.startsWith("--allowed-group="))),
  ],
  "oauth2-proxy looks at another claim": [
    /oauth2-proxy: one of .* gets "none", not "in"/,
    (it) => it.option("oidc-groups-claim", "groups"),
  ],
  "oauth2-proxy does not ask for an address": [
    /oauth2-proxy: one of .* gets "none", not "in"/,
    (it) => it.option("scope", "openid profile"),
  ],
  "oauth2-proxy does not ask for an ID token": [
    /oauth2-proxy: .*: openid scope must be requested/,
    (it) => it.option("scope", "profile email"),
  ],
  "oauth2-proxy's issuer has no final slash": [
    /oauth2-proxy: .*: the issuer is/,
    (it) => it.option("oidc-issuer-url", it.identity.issuer.slice(0, -1)),
  ],
  "oauth2-proxy comes back to another host": [
    /oauth2-proxy: .*: 400 invalid_redirect_uri/,
    (it) => it.option("redirect-url", "https://login.example.com/oauth2/callback"),
  ],
  "oauth2-proxy shows its challenge in plain text": [
    /oauth2-proxy: .*code_challenge_method/,
    (it) => it.option("code-challenge-method", "plain"),
  ],
  "Grafana makes admins of editors": [
    /grafana: one of \S+ gets "Admin", not "Editor"/,
    (it) => it.role((path) => path.replace("'Editor'", "'Admin'")),
  ],
  "Grafana forgets its admins": [
    /grafana: one of \S+ gets "none", not "Admin"/,
    (it) => it.role((path) => path.slice(path.indexOf("||") + 3)),
  ],
  "Grafana looks at another claim": [
    /grafana: one of \S+ gets "none", not "Admin"/,
    (it) => it.role((path) => path.replaceAll(it.identity.groupsClaim, "groups")),
  ],
  "Grafana takes a part of a name for it": [
    /grafana: one of groups of similar names gets "Admin"/,
    (it) => it.role((path) => path.replace(/contains\((.*?)\[\*\], /, "contains(join(' ', $1), ")),
  ],
  "Grafana's expression has a mistake": [
    /grafana: .*: the expression is refused/,
    (it) => it.role((path) => path.replace("contains(", "contains((")),
  ],
  "Grafana lets strangers look": [
    /grafana: one without a group gets "Viewer", not "none"/,
    (it) => (it.oauth.role_attribute_strict = false),
  ],
  "Grafana asks for tokens elsewhere": [
    /grafana: .*: the token_endpoint is/,
    (it) => (it.oauth.token_url = it.oauth.token_url.replace("/oauth/token", "/token")),
  ],
  "Grafana has another address": [
    /grafana: .*: 400 invalid_redirect_uri/,
    (it) => (it.grafana["grafana.ini"].server.root_url += "/grafana"),
  ],
  "Argo CD looks at no claim of groups": [
    /argo-cd: one of \S+ gets "none", not "role:admin"/,
    (it) => (it.rbac.scopes = '["groups","email"]'),
  ],
  "Argo CD lets strangers look": [
    /argo-cd: one without a group gets "role:readonly", not "none"/,
    (it) => (it.rbac["policy.default"] = "role:readonly"),
  ],
  "Argo CD makes admins of viewers": [
    /argo-cd: one of \S+ gets "role:admin", not "role:readonly"/,
    (it) => (it.rbac["policy.csv"] = it.rbac["policy.csv"].replace("role:readonly", "role:admin")),
  ],
  "Argo CD has another host": [
    /argo-cd: .*: 400 invalid_redirect_uri/,
    (it) => (it.services["argo-cd"].values.global.domain = "argo.example.com"),
  ],
  "somebody is an admin in the values alone": [
    /argo-cd: one of operators gets "none", not "role:admin"/,
    (it) => it.identity.groups.admins.push("operators"),
  ],
};

/** A copy of an environment with short ways to what faults are planted in. */
function copy(original) {
  const it = structuredClone(original);
  const hidden = (name, value) => Object.defineProperty(it, name, { value, enumerable: false });
  hidden("proxy", it.services["oauth2-proxy"].values);
  hidden("args", it.proxy.extraArgs);
  hidden("grafana", it.services["kube-prometheus-stack"].values.grafana);
  hidden("oauth", it.grafana["grafana.ini"]["auth.generic_oauth"]);
  hidden("rbac", it.services["argo-cd"].values.configs.rbac);
  const place = (name) => it.args.findIndex((one) => one.startsWith(`--${name}=`));
  hidden("option", (name, value) => (it.args[place(name)] = `--${name}=${value}`));
  const variable = "GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_PATH";
  hidden("role", (change) => (it.grafana.env[variable] = change(it.grafana.env[variable])));
  return it;
}

const failures = [];
const folders = readdirSync(path.join(project, "out"));
const environments = folders.filter((name) => existsSync(path.join(project, "out", name, "services")));
let [logins, visits, complete] = [0, 0, undefined];
for (const name of environments) {
  const rendered = environment(name);
  const count = Object.keys(rendered.services).length;
  if (count === Object.keys(PROGRAMS).length) complete ??= rendered;
  const found = await problems(rendered, (line) => console.log(`${name}: ${line}`));
  failures.push(...found.map((problem) => `${name}: ${problem}`));
  const people = Object.keys(accounts(rendered.identity.groups)).length;
  logins += count * people;
  if (rendered.services["oauth2-proxy"]) visits += people;
}
if (!complete) failures.push(`no environment of ${environments.join(", ")} has all programs`);
for (const [fault, [expected, plant]] of Object.entries(complete ? FAULTS : {})) {
  const changed = copy(complete);
  plant(changed);
  if (isDeepStrictEqual({ ...changed }, { ...complete })) failures.push(`nothing to plant: ${fault}`);
  const found = await problems(changed, () => {});
  if (!found.some((problem) => expected.test(problem))) {
    failures.push(`not noticed: ${fault}\n    ${found.slice(0, 3).join("\n    ") || "nothing was said"}`);
  }
  // What is said here of a program has to be what it does.
  if (fault.startsWith("oauth2-proxy") && !found.some((problem) => problem.startsWith("the real oauth2-proxy: "))) {
    failures.push(`the real oauth2-proxy has nothing against it: ${fault}`);
  }
}
for (const failure of failures) console.error(`oidc: ${failure}`);
const faults = `${Object.keys(FAULTS).length} planted faults`;
const done = `${logins} logins and ${visits} visits to oauth2-proxy in ${environments.length} environments`;
console.log(`oidc: ${done}, ${faults}, ${failures.length} problems`);
process.exitCode = failures.length === 0 ? 0 : 1;
